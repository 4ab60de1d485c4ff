"""How large a statement is, read from its tree; what a database takes is the dialect's affair."""

from __future__ import annotations

from collections.abc import Mapping

from keras2sql.sql.tree import Body, Query, Read, Recursion, Select, Values, relations, selects


def width(body: Body) -> int:
    """How many columns a step has."""
    if isinstance(body, Values | Recursion):
        return len(body.columns)
    return len(selects(body)[0].columns)


def tables(body: Body) -> int:
    """How many tables the largest join of a step has, that which it reads first among them."""
    return max((_tables(select) for select in selects(body)), default=0)


def _tables(select: Select) -> int:
    inner = _tables(select.source) if isinstance(select.source, Select) else 0
    return max(inner, len(select.joins) + 1)


def expansions(query: Query) -> int:
    """How many steps are planned for the largest, where each is written out wherever another
    reads it."""
    reads = query.reads()
    found: dict[str, int] = {}
    for step in query.steps:
        others = [one for one in reads[step.name] if one != step.name]
        found[step.name] = 1 + sum(found[one] for one in others)
    return max(found.values(), default=0)


def contexts(query: Query, beside: int) -> int:
    """How many relations the whole reads, where a step is written out wherever another reads it,
    a table of values is a union of selects, and the step's barrier reads `beside` of its own."""
    found: dict[str, int] = {}
    for step in query.steps:
        body, own = step.body, step.name
        if isinstance(body, Values):
            found[own] = len(body.rows)
            continue
        barrier = 0 if isinstance(body, Recursion) else beside
        found[own] = barrier + sum(_contexts(one, found, own) for one in selects(body))
    return _contexts(query.answer, found, "")


def _contexts(select: Select, found: Mapping[str, int], own: str) -> int:
    inner = _contexts(select.source, found, own) if isinstance(select.source, Select) else 0
    steps = [one.step for one in relations(select) if isinstance(one, Read) and one.step != own]
    return inner + len(relations(select)) + sum(found[step] for step in steps)
