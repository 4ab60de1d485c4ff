"""What `Program.explain` prints."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from keras2sql.api import Program


def explain(program: Program) -> str:
    """Layers, steps, size, limits and work per row, as a text of aligned lines."""
    network, dialect, plan = program.network, program.dialect, program.plan
    steps = program.lowered.steps
    lines = [f"{network.name} for {dialect.title}", "", "layers"]
    rows = [
        (one.path, one.class_name, str(one.shape or ""), f"{one.parameters:,} parameters")
        for one in network.layers
    ]
    lines += _table(rows)
    work = program.graph.multiply_adds()
    lines += [
        "",
        f"strategy  {plan.strategy} for every layer: {plan.reason}",
        f"weights   {plan.weights}; precision {plan.precision} ({dialect.types[plan.precision]})",
        f"work      {work:,} multiply-adds per row after simplification",
        f"size      {len(program.query.encode()):,} bytes of SQL in {len(steps)} steps",
        "",
        "steps",
    ]
    lines += _table(
        [(s.name, f"computes {s.computed}", f"{s.columns} columns wide") for s in steps]
    )
    limits = dialect.limits
    widest = max([len(program.columns), *(s.columns for s in steps)])
    lines += ["", "limits"]
    lines += _table(
        [
            ("columns of a step", f"{widest:,}", _of(limits.select_columns)),
            ("steps", f"{len(steps)}", _of(limits.steps)),
        ]
    )
    return "\n".join(lines) + "\n"


def _of(limit: int | None) -> str:
    return "no limit known" if limit is None else f"of {limit:,}"


def _table(rows: Sequence[tuple[str, ...]]) -> list[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)] if rows else []
    return [
        "  " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]
