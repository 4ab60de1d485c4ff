"""``--format json``: what a verb tells, as one JSON value on stdout for programs to read.

How values become those of JSON: `keras2sql.jsonable`.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from keras2sql import deployment
from keras2sql.cli.console import write
from keras2sql.demo import Outcome
from keras2sql.jsonable import plain as plain
from keras2sql.jsonable import records as records
from keras2sql.jsonable import text as text
from keras2sql.outlook import outlooks
from keras2sql.program import Program
from keras2sql.read import Inspection
from keras2sql.verification import Report


def tell(value: Any) -> None:
    """The value to stdout; the same value makes the same bytes."""
    write(text(value))


def of_program(program: Program, rows: int | None = None) -> dict[str, Any]:
    """The statements, and how they came about; for so many rows, what each plan would take."""
    plans = (
        []
        if rows is None
        else [asdict(one) | {"feasible": one.feasible} for one in outlooks(program, rows)]
    )
    return {
        "model": program.name,
        "dialect": program.dialect.name,
        "strategy": program.plan.strategy,
        "weights": program.plan.weights,
        "precision": program.plan.precision,
        "reason": program.plan.reason,
        "features": program.features,
        "columns": program.columns,
        "query": program.query,
        "setup": program.setup,
        "teardown": program.teardown,
        "explained": program.explain(rows),
        "plans": plans,
    }


def of_inspection(found: Inspection) -> dict[str, Any]:
    """Layers and what there is to say of the whole."""
    network = found.network or found.example
    return {
        "model": found.name,
        "written_by": found.written,
        "parameters": sum(one.parameters for one in found.layers),
        "multiply_adds": None if network is None else network.graph.multiply_adds(),
        "per": found.per,
        "inputs": dict(found.inputs),
        "outputs": dict(found.outputs),
        "open": list(found.open),
        "task": "" if network is None else network.task,
        "classes": None if network is None else network.classes,
        "layers": [asdict(one) for one in found.layers],
        "notes": dict(found.notes),
    }


def of_report(report: Report) -> dict[str, Any]:
    """All that was compared, and the worst of it."""
    apart = ("columns", "worst", "sides", "program")
    told = {name: value for name, value in vars(report).items() if name not in apart}
    return told | {"columns": records(report.columns), "worst": records(report.worst)}


def of_deployed(found: deployment.Deployed) -> dict[str, Any]:
    """What was made."""
    return {
        "view": str(found.place),
        "kind": found.kind,
        "model": found.model,
        "hash": found.content,
        "change": found.change,
        "tables": dict(found.tables),
    }


def of_demo(outcome: Outcome) -> dict[str, Any]:
    """The predictions, and how they compare."""
    told = {name: value for name, value in vars(outcome).items() if name != "program"}
    return told | {"predictions": records(outcome.predictions)}
