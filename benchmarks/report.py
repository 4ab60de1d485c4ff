"""The results as a table, as JSON and as a plot."""

from __future__ import annotations

import json
import math
import os
import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
from rich import box
from rich.table import Table

import keras2sql
from benchmarks import THREADS
from benchmarks.contestants import ORBITAL, RUNTIME
from benchmarks.measure import Result
from benchmarks.workloads import CHAIN, WORKLOADS

COLUMNS = (
    "contestant", "x ORT", "of rate", "SQL kB", "convert s", "plan s", "run s", "peak MB", "error",
)  # fmt: skip


def tables(results: Sequence[Result]) -> list[Table]:
    """A table for each workload, a section for each database."""
    made = []
    for name in dict.fromkeys(r.workload for r in results):
        title = CHAIN.title if name == CHAIN.name else WORKLOADS[name].title
        table = Table(title=f"{name}: {title}", box=box.SIMPLE, title_justify="left")
        for column in COLUMNS:
            table.add_column(column, justify="left" if column == "contestant" else "right")
        group: tuple[str, int] | None = None
        for r in (r for r in results if r.workload == name):
            if (r.engine, r.rows) != group:
                group = (r.engine, r.rows)
                table.add_section()
                table.add_row(f"[bold]{r.engine}, {r.rows:,} {unit(r)}[/]")
            table.add_row(*cells(r))
        table.caption = beside_orbital(results, name) or None
        table.caption_justify = "left"
        made.append(table)
    return made


def beside_orbital(results: Sequence[Result], name: str) -> str:
    """How many times as long orbital takes as each strategy does, conversion included."""
    whole = {(r.engine, r.contestant): r.seconds + r.convert for r in results if r.workload == name
             and r.convert is not None}  # fmt: skip
    texts = []
    for engine in dict.fromkeys(engine for engine, contestant in whole if contestant == ORBITAL):
        times = {c: s for (e, c), s in whole.items() if e == engine and c != ORBITAL}
        ratios = [f"{whole[engine, ORBITAL] / s:.1f} ({c})" for c, s in times.items()]
        texts.append(f"orbital over SQL on {engine}, conversion included: {'; '.join(ratios)}")
    return "\n".join(texts)


def unit(result: Result) -> str:
    """What the rows of a result are."""
    workload = WORKLOADS.get(result.workload)
    return "sequences" if workload and workload.steps else "rows"


def cells(r: Result) -> list[str]:
    """One line of a table."""
    chosen = f" ({r.strategy})" if "auto" in r.contestant else ""
    return [
        f"  {r.contestant}{chosen}",
        _number(r.ratio, "{:.2f}"),
        _number(r.fraction, "{:.0%}"),
        _number(r.sql_bytes and r.sql_bytes / 1000, "{:,.0f}"),
        _number(r.convert, "{:.2f}"),
        _number(r.plan, "{:.3f}"),
        _number(r.seconds, "{:.3f}"),
        _number(r.memory, "{:,.0f}"),
        _number(r.error, "{:.0e}"),
    ]


def markdown(results: Sequence[Result], versions: Sequence[str]) -> str:
    """The same for a page of documentation."""
    lines = [f"{', '.join(versions)}; {_machine()['cores']} cores.", ""]
    for name in dict.fromkeys(r.workload for r in results):
        title = CHAIN.title if name == CHAIN.name else WORKLOADS[name].title
        head = ("database", *COLUMNS)
        lines += [f"### {name}: {title}", "", f"| {' | '.join(head)} |"]
        lines.append(f"|{'---|' * 2}{'---:|' * (len(head) - 2)}")
        for r in (r for r in results if r.workload == name):
            row = [f"{r.engine}, {r.rows:,}", *(c.strip() for c in cells(r))]
            lines.append(f"| {' | '.join(row)} |")
        lines += ["", *filter(None, [beside_orbital(results, name)]), ""]
    return "\n".join(lines)


def as_json(results: Sequence[Result], rates: dict[str, float], versions: Sequence[str]) -> str:
    """Everything that was measured."""
    document = {
        "machine": _machine(),
        "versions": [f"keras2sql {keras2sql.__version__}", *versions],
        "multiply_adds_per_second": rates,
        "results": [{**asdict(r), "seconds": r.seconds} for r in results],
    }
    return json.dumps(document, indent=1) + "\n"


def _machine() -> dict[str, Any]:
    return {
        "cores": os.cpu_count(),
        "threads": THREADS,
        "architecture": platform.machine(),
        "python": platform.python_version(),
        "numpy": np.__version__,
    }


def plot(results: Sequence[Result], path: Path) -> None:
    """Bars of the time over that of ONNX Runtime, on a logarithmic axis, as SVG."""
    shown = [r for r in results if r.contestant != RUNTIME and r.ratio]
    left, width, high = 330, 520, 18
    low = min([0.1, *(r.ratio for r in shown if r.ratio)])
    top = max([100.0, *(r.ratio for r in shown if r.ratio)])
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(top))

    def x(ratio: float) -> float:
        return left + width * (math.log10(ratio) - first) / (last - first)

    height = high * (len(shown) + 3)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + width + 70}" height="{height}" '
        'font-family="sans-serif" font-size="11">',
        '<rect width="100%" height="100%" fill="white"/>',
        f'<text x="{left}" y="12">time over that of ONNX Runtime with fetch and write-back</text>',
    ]
    for power in range(first, last + 1):
        at, one = x(10.0**power), power == 0
        colour = "#444" if one else "#ddd"
        parts.append(f'<path d="M{at:.1f} 20V{height - 20}" stroke="{colour}"/>')
        parts.append(
            f'<text x="{at:.1f}" y="{height - 6}" text-anchor="middle">{10.0**power:g}</text>'
        )
    for i, r in enumerate(shown):
        assert r.ratio is not None
        y = 24 + high * i
        start, end = sorted((x(1), x(r.ratio)))
        fill = "#999" if r.contestant == "numpy" else "#3572a5"
        label = f"{r.workload} {r.engine} {r.rows:,}: {r.contestant}"
        parts.append(f'<text x="{left - 8}" y="{y + 11}" text-anchor="end">{label}</text>')
        parts.append(
            f'<rect x="{start:.1f}" y="{y}" width="{max(end - start, 1):.1f}" height="13" '
            f'fill="{fill}"/>'
        )
        parts.append(f'<text x="{end + 4:.1f}" y="{y + 11}">{r.ratio:.2g}</text>')
    path.write_text("\n".join([*parts, "</svg>\n"]), encoding="utf-8")


def _number(value: float | None, form: str) -> str:
    return "–" if value is None else form.format(value)
