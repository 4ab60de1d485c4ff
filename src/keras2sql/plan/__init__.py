"""Which strategy holds which part of a graph, and why."""

from keras2sql.plan.choice import (
    PRECISIONS,
    STRATEGIES,
    UNROLLED,
    WEIGHTS,
    carried_out,
    for_rows,
    foreseen,
    lower,
    plan,
    sequence_form,
)
from keras2sql.plan.fastest import HOPELESS, PATIENCE, SPELLED, WORSE
from keras2sql.plan.planned import Form, Plan

__all__ = [
    "HOPELESS",
    "PATIENCE",
    "PRECISIONS",
    "SPELLED",
    "STRATEGIES",
    "UNROLLED",
    "WEIGHTS",
    "WORSE",
    "Form",
    "Plan",
    "carried_out",
    "for_rows",
    "foreseen",
    "lower",
    "plan",
    "sequence_form",
]
