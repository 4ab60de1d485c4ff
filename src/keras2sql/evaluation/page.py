"""The report of an evaluation: verdicts, plots, limits, and how to measure the same again."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any

from keras2sql.evaluation.networks import FAMILIES, Family
from keras2sql.evaluation.verdicts import PATIENCE, Case, Verdict, verdicts
from keras2sql.report import Line, curves, render
from keras2sql.report.plots import FIRST, SECOND, THIRD

TITLES = {
    "depth": "Depth",
    "width": "Width",
    "convolution": "Convolutions",
    "sequence": "Sequences",
    "trees": "Trees",
    "rows": "Rows",
}
COLOURS = {"columns": FIRST, "arrays": SECOND, "rows": THIRD}
LEGEND = (
    {"name": "columns", "mark": "●", "colour": "--first"},
    {"name": "arrays", "mark": "■", "colour": "--second"},
    {"name": "rows", "mark": "▲", "colour": "--third"},
)


def page(found: dict[str, Any]) -> str:
    """HTML of a record."""
    told = {(one.target, one.family): one for one in verdicts(found)}
    names = [target["name"] for target in found["targets"]]
    measured = [f for f in FAMILIES.values() if any(family == f.name for _, family in told)]
    good = [case for case in found["cases"] if case["status"] == "works"]
    errors = [case["error"] for case in good if case["error"] is not None]
    return render(
        "evaluation.html",
        names=_listed(names),
        targets=found["targets"],
        rows=found["settings"]["rows"],
        patience=PATIENCE,
        families=[_family(family, names, told, found["cases"]) for family in measured],
        legend=LEGEND,
        limits=[case for case in found["cases"] if case["status"] in ("fails", "wrong")],
        error=max(errors, default=None),
        compared=len(good),
        environment=_environment(found),
        made_by=found["keras2sql"],
    )


def _listed(names: Sequence[str]) -> str:
    if len(names) > 4:
        return f"{len(names)} databases"
    return " and ".join([", ".join(names[:-1]), *names[-1:]]) if len(names) > 1 else "".join(names)


def _environment(found: dict[str, Any]) -> list[tuple[str, str]]:
    engines = [
        (one["name"], f"{one['engine']}, dialect {one['dialect']}") for one in found["targets"]
    ]
    return [*engines, *((name, str(value)) for name, value in found["environment"].items())]


def _family(
    family: Family,
    names: Sequence[str],
    told: dict[tuple[str, str], Verdict],
    cases: list[Case],
) -> dict[str, Any]:
    mine = [case for case in cases if case["family"] == family.name]
    of = {name: [case for case in mine if case["target"] == name] for name in names}
    nothing = {"verdict": "", "largest": None, "strategy": ""}
    cells = []
    for name in names:
        verdict = told.get((name, family.name))
        cells.append({"target": name, **(vars(verdict) if verdict else nothing)})
    return {
        "name": family.name,
        "title": TITLES[family.name],
        "axis": family.axis,
        "about": family.about,
        "cells": cells,
        "plots": [_plot(family, name, of[name]) for name in names if _drawn(of[name])],
        "rows": [row for name in names for row in _rows(name, of[name])],
    }


def _drawn(cases: list[Case]) -> bool:
    return any(case["status"] == "works" for case in cases)


def _rows(target: str, cases: list[Case]) -> list[dict[str, Any]]:
    """The largest that works, of each strategy."""
    found = []
    for strategy in dict.fromkeys(case["strategy"] for case in cases):
        mine = sorted((c for c in cases if c["strategy"] == strategy), key=lambda c: c["size"])
        good = [case for case in mine if case["status"] == "works"]
        worse = [case for case in mine if case["status"] not in ("works", "running")]
        why = f"{worse[0]['size']:,}: {worse[0]['why']}" if worse else ""
        nothing = dict.fromkeys(("size", "plan", "run", "key", "rows_per_second", "multiply_adds"))
        best = good[-1] if good else {"target": target, "strategy": strategy, **nothing}
        size = best.get("statement_bytes")
        kilobytes = "–" if size is None else f"{max(1, round(size / 1000)):,} kB"
        found.append({**best, "why": why, "kilobytes": kilobytes})
    return found


def _plot(family: Family, target: str, cases: list[Case]) -> dict[str, str]:
    """Time by work, a line for each strategy."""
    work = (
        "size"
        if family.counted or not any(c.get("multiply_adds") for c in cases)
        else "multiply_adds"
    )
    label = family.axis if work == "size" else "multiply-adds per row"
    lines = []
    for strategy, colour in COLOURS.items():
        mine = sorted((c for c in cases if c["strategy"] == strategy), key=lambda c: c["size"])
        points = [(c[work], c["run"]) for c in mine if c["status"] == "works"]
        ends = [(c[work], points[-1][1]) for c in mine if c["status"] == "fails" and points]
        if points:
            lines.append(Line(strategy, points, colour, ends[:1]))
    found = crossovers(lines)
    title = f"{TITLES[family.name]} in {target}: seconds by {label}"
    places = [place for place, _, _ in found]
    caption = "; ".join(f"{b} overtake {a} at {_round(place):,}" for place, a, b in found)
    return {
        "target": target,
        "svg": curves(title, label, "seconds", lines, places),
        "caption": f"{caption} {label}" if caption else _no_crossing(lines),
    }


def _no_crossing(lines: Sequence[Line]) -> str:
    """Which is the fastest where all of them were measured."""
    shared = set.intersection(*({x for x, _ in line.points} for line in lines))
    if len(lines) < 2 or not shared:
        return ""
    fastest = min(lines, key=lambda line: dict(line.points)[max(shared)])
    return f"no crossover; {fastest.name} are the fastest"


def _round(value: float) -> int:
    """Two digits."""
    return int(float(f"{value:.2g}"))


def crossovers(lines: Sequence[Line]) -> list[tuple[float, str, str]]:
    """Where one line of a pair becomes the lower: its place, the lower before, and behind.

    Between points a line is straight over logarithmic axes.
    """
    found = []
    for a, b in itertools.combinations(lines, 2):
        places = sorted({x for x, _ in a.points} & {x for x, _ in b.points})
        gaps = [math.log(dict(a.points)[x] / dict(b.points)[x]) for x in places]
        for (x0, g0), (x1, g1) in itertools.pairwise(zip(places, gaps, strict=True)):
            if g0 * g1 < 0:
                place = math.exp(math.log(x0) + math.log(x1 / x0) * g0 / (g0 - g1))
                found.append((place, *((a.name, b.name) if g0 < 0 else (b.name, a.name))))
    return sorted(found)
