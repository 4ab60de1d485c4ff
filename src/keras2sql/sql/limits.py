"""How large a statement is, read from its tree; what a database takes is the dialect's affair."""

from __future__ import annotations

from keras2sql.sql.tree import Body, Query, Recursion, Select, Values, selects


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
