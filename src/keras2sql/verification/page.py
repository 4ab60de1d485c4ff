"""The page of a verification: errors, calibration, confusion between both sides, the worst rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from keras2sql import picture
from keras2sql.report import bars, dots, render

if TYPE_CHECKING:
    from keras2sql.verification.report import Report

Array = npt.NDArray[Any]

POINTS = 1_500
"""Of a plot; more can't be told apart, and make the page long."""

COLUMNS, LABELS = 60, 20
TENTHS = np.linspace(0.0, 1.0, 11)


@dataclass(frozen=True, eq=False)
class Sides:
    """What both sides answered for the rows that both have: numbers by column, and the labels
    decided for, as texts; empty where the model decides nothing."""

    model: Mapping[str, Array]
    database: Mapping[str, Array]
    decided: tuple[tuple[str, str], ...] = ()


def page(report: Report, sides: Sides) -> str:
    """HTML of a report."""
    labels, left_out = _labels(sides)
    columns = list(report.columns.itertuples(index=False, name=None))
    columns.sort(key=lambda one: -one[1])
    heads = [str(name) for name in report.worst.columns]
    return render(
        "verification.html",
        ok=report.ok,
        model=report.model,
        engine=report.engine,
        facts=report.facts(),
        drawing=_drawing(report),
        plots=list(_plots(report, sides)),
        calibration=list(_calibration(sides)),
        confusion=_confusion(sides, labels),
        labels=labels,
        left_out=left_out,
        columns=columns[:COLUMNS],
        heads=heads,
        worst=[
            list(zip(heads, map(_shown, row), strict=True))
            for row in report.worst.itertuples(index=False, name=None)
        ],
    )


def _drawing(report: Report) -> str:
    """The network as the database holds it."""
    from markupsafe import Markup

    program = report.program
    if program is None:
        return ""
    network = program.network
    return Markup(picture.svg(network.name, network.layers, network.graph, program, alone=False))


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return "" if np.isnan(value) else f"{value:.9g}"
    return "" if value is None else str(value)


def _plots(report: Report, sides: Sides) -> Iterator[dict[str, str]]:
    wanted, got = _numbers(sides, logarithms=False)
    finite = np.isfinite(wanted) & np.isfinite(got)
    wanted, got = wanted[finite], got[finite]
    off = np.abs(got - wanted) / (1 + np.abs(wanted))
    some = off > 0
    if not some.any():
        return
    points = _chosen(wanted[some], off[some])
    title = "Differences by the model's number"
    svg = dots(title, "what the model answers", "difference", points, report.tolerance)
    caption = f"{int(some.sum()):,} of {len(off):,} numbers differ at all"
    yield {"title": title, "svg": svg, "caption": caption}
    counts, edges = np.histogram(np.log10(off[some]), bins=20)
    title = "How many differ by how much"
    svg = bars(
        title, "decimal logarithm of the difference", "numbers", edges.tolist(), counts.tolist()
    )
    yield {"title": title, "svg": svg, "caption": f"half are below {np.median(off[some]):.2g}"}


def _numbers(sides: Sides, logarithms: bool) -> tuple[Array, Array]:
    """All numbers of both sides."""
    names = [n for n in sides.model if logarithms or not n.startswith("LogProba_")]
    nothing = np.empty(0)
    return (
        np.concatenate([nothing, *(sides.model[name] for name in names)]),
        np.concatenate([nothing, *(sides.database[name] for name in names)]),
    )


def _chosen(x: Array, y: Array) -> list[tuple[float, float]]:
    """Of many points the highest, and as many of the rest in even steps."""
    order = np.argsort(-y, kind="stable")
    highest, rest = order[: POINTS // 2], order[POINTS // 2 :]
    step = max(1, -(-len(rest) // (POINTS // 2)))
    chosen = np.sort(np.concatenate([highest, rest[::step]]))
    return list(zip(x[chosen].tolist(), y[chosen].tolist(), strict=True))


def _calibration(sides: Sides) -> Iterator[dict[str, Any]]:
    """Probabilities of all classes together, by tenths."""
    names = [name for name in sides.model if name.startswith("Proba_")]
    if not names:
        return
    wanted = np.concatenate([sides.model[name] for name in names])
    got = np.concatenate([sides.database[name] for name in names])
    there = np.isfinite(wanted) & np.isfinite(got)
    wanted, got = wanted[there], got[there]
    tenth = np.clip(np.digitize(wanted, TENTHS) - 1, 0, 9)
    for i in range(10):
        mine = tenth == i
        if mine.any():
            model, database = float(wanted[mine].mean()), float(got[mine].mean())
            yield {
                "range": f"{TENTHS[i]:.1f} to {TENTHS[i + 1]:.1f}",
                "count": int(mine.sum()),
                "model": model,
                "database": database,
                "difference": abs(database - model),
            }


def _labels(sides: Sides) -> tuple[list[str], int]:
    """The labels that are shown, and how many are not."""
    counted = Counter(label for pair in sides.decided for label in set(pair))
    kept = [label for label, _ in counted.most_common(LABELS)]
    return sorted(kept), len(counted) - len(kept)


def _confusion(sides: Sides, labels: list[str]) -> list[dict[str, Any]]:
    pairs = Counter(sides.decided)
    return [
        {
            "label": wanted,
            "cells": [
                {"label": got, "count": pairs[wanted, got], "same": wanted == got} for got in labels
            ],
        }
        for wanted in labels
    ]
