"""Plots as SVG inside of a page, whose colours they take: light, dark, and on paper."""

from __future__ import annotations

import io
import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from keras2sql.report.page import count, duration, missing

COLOURS = {
    "#010101": "var(--ink)",
    "#020202": "var(--muted)",
    "#030303": "var(--line)",
    "#040404": "var(--first)",
    "#050505": "var(--second)",
    "#060606": "var(--third)",
    "#070707": "var(--bad)",
}
"""What matplotlib is told, and what the page's style has for it."""

INK, MUTED, GRID, FIRST, SECOND, THIRD, BAD = COLOURS
MARKERS = {FIRST: "o", SECOND: "s", THIRD: "^"}
WIDTH, HEIGHT = 4.6, 3.1  # inches, of 72 points of the SVG; a phone shows them at their size


@dataclass(frozen=True)
class Line:
    """Points by their x, in one colour; `crosses` is where a line ends at a limit."""

    name: str
    points: Sequence[tuple[float, float]]
    colour: str
    crosses: Sequence[tuple[float, float]] = ()


def curves(
    title: str, x: str, y: str, lines: Sequence[Line], crossovers: Sequence[float] = ()
) -> str:
    """Lines over logarithmic axes, with a vertical line at each crossover."""
    with _figure(title) as (axes, made):
        for line in lines:
            style = {"color": line.colour, "marker": MARKERS.get(line.colour, "o")}
            axes.plot(*_pairs(line.points), label=line.name, markersize=4, linewidth=1.6, **style)
            if line.crosses:
                axes.plot(*_pairs(line.crosses), "x", color=BAD, markersize=6, markeredgewidth=1.8)
        axes.set_xscale("log")
        axes.set_yscale("log")
        _spell(axes.xaxis, count)
        _spell(axes.yaxis, duration)
        for place in crossovers:
            axes.axvline(place, color=MUTED, linestyle=":", linewidth=1)
        axes.set_xlabel(x)
        axes.set_ylabel(y)
    return made[0]


def dots(title: str, x: str, y: str, points: Sequence[tuple[float, float]], limit: float) -> str:
    """Points over their x, of sizes that differ by powers, with a line at a limit."""
    with _figure(title) as (axes, made):
        shown = [(a, b) for a, b in points if b > 0]
        axes.plot(*_pairs(shown), "o", color=FIRST, markersize=3, alpha=0.6, linestyle="none")
        axes.axhline(limit, color=BAD, linestyle="--", linewidth=1.2)
        axes.set_yscale("log")
        axes.set_xlabel(x)
        axes.set_ylabel(y)
    return made[0]


def bars(title: str, x: str, y: str, edges: Sequence[float], counts: Sequence[int]) -> str:
    """A histogram."""
    with _figure(title) as (axes, made):
        widths = [b - a for a, b in itertools.pairwise(edges)]
        axes.bar(edges[:-1], counts, widths, align="edge", color=FIRST, linewidth=0)
        axes.set_xlabel(x)
        axes.set_ylabel(y)
    return made[0]


def _spell(axis: Any, spelling: Callable[[float], str]) -> None:
    """Ticks of a logarithmic axis as people read them: each decade, or more of few decades."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = axis.get_view_interval()
    parts: tuple[float, ...] = (1.0, 2.0, 5.0)
    if high / low > 12:
        parts = (1.0,) if high / low > 200 else (1.0, 3.0)
    axis.set_major_locator(LogLocator(subs=parts))
    axis.set_major_formatter(FuncFormatter(lambda value, _: spelling(value)))
    axis.set_minor_formatter(NullFormatter())


def _pairs(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [a for a, _ in points], [b for _, b in points]


@contextmanager
def _figure(title: str) -> Iterator[tuple[Any, list[str]]]:
    """Axes to draw into, and a list that has the SVG behind it; the same lines, the same bytes."""
    try:
        import matplotlib
        from matplotlib.backends.backend_svg import FigureCanvasSVG
        from matplotlib.figure import Figure
    except ModuleNotFoundError as error:
        raise missing("matplotlib") from error
    settings: Any = {
        "svg.fonttype": "none",
        "svg.hashsalt": title,
        "font.family": "sans-serif",
        "font.size": 11.0,
        "axes.edgecolor": MUTED,
        "axes.labelcolor": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.color": GRID,
        "grid.linewidth": 0.8,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
    }
    made: list[str] = []
    with matplotlib.rc_context(settings):
        figure = Figure(figsize=(WIDTH, HEIGHT), layout="constrained")
        FigureCanvasSVG(figure)
        axes = figure.add_subplot()
        yield axes, made
        axes.set_axisbelow(True)
        text = io.StringIO()
        nobody = dict.fromkeys(("Date", "Creator", "Format", "Type"))
        figure.savefig(text, format="svg", transparent=True, metadata=nobody)
    made.append(_inline(text.getvalue(), title))


def _inline(svg: str, title: str) -> str:
    """The drawing without the head of a file, in the page's colours, with what it shows told."""
    from markupsafe import Markup, escape

    found = _SVG.search(svg)
    assert found is not None
    body = _STYLE.sub("", _UNUSED.sub("", found["body"]))
    body = body.replace("xlink:href", "href")
    for told, wanted in COLOURS.items():
        body = body.replace(told, wanted)
    told = escape(title)
    head = f'<svg viewBox="{found["box"]}" role="img" aria-label="{told}"><title>{told}</title>'
    return Markup(f"{head}{body}</svg>")  # what matplotlib has escaped


_SVG = re.compile(r'<svg [^>]*?viewBox="(?P<box>[\d. ]+)"[^>]*>(?P<body>.*)</svg>', re.DOTALL)
_STYLE = re.compile(r"<style.*?</style>|<metadata>.*?</metadata>", re.DOTALL)
_UNUSED = re.compile(r' id="(figure|axes|patch|line2d|text|[xy]tick|matplotlib[.]axis)_\d+"')
"""Names that nothing refers to, and that several drawings of a page have."""
