"""A network as a drawing: layers as boxes, from the inputs down, and what flows between them.

Where boxes stand and how lines go around them is grandalf's work (Sugiyama's method).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import pairwise
from typing import Any

from keras2sql.errors import one_line
from keras2sql.report.page import missing

STYLE = """<style>
svg { --page: #fbfbfa; --card: #ffffff; --ink: #1d2129; --muted: #667085; --line: #c3c8d0;
  --first: #2463c4; --second: #c2631a; --third: #1f8a55; --bad: #c0362c;
  background: var(--page); font-family: system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
@media (prefers-color-scheme: dark) {
  svg { --page: #14171c; --card: #1c2027; --ink: #e6e9ee; --muted: #98a2b3; --line: #4a5362;
    --first: #79aefc; --second: #f3a765; --third: #6fd3a0; --bad: #ff8a80; }
}
</style>"""
"""Of a drawing by itself; within a page its colours are the page's."""

COLOURS = {"columns": "--first", "arrays": "--second", "rows": "--third", "unsupported": "--bad"}

MOST = 300
"""Boxes of a drawing; of more than that those in the middle are left out."""

LONGEST = 34
SIZE, SMALL = 13, 11.5
LINE, PADDING, GAP = 17, 10, 30
NARROWEST = 110.0


@dataclass(frozen=True)
class Box:
    """A layer: its name, lines that tell of it, and how it is held or that it is unsupported."""

    name: str
    lines: tuple[str, ...] = ()
    mark: str = ""
    sources: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return shortened(self.name, LONGEST)

    @property
    def texts(self) -> list[str]:
        return [shortened(line, LONGEST + 6) for line in (*self.lines, self.mark) if line]

    @property
    def width(self) -> float:
        widths = [_width(self.title, SIZE * 1.06), *(_width(one, SMALL) for one in self.texts)]
        return max(NARROWEST, max(widths) + 2 * PADDING)

    @property
    def height(self) -> float:
        return PADDING + LINE * (1 + len(self.texts)) + PADDING / 2


@dataclass
class Place:
    """Where grandalf puts a box: its middle and its size."""

    w: float
    h: float
    xy: tuple[float, float] = (0.0, 0.0)


Line = list[tuple[float, float]]


def network(title: str, boxes: Sequence[Box], alone: bool = True) -> str:
    """SVG of boxes, each with lines from its sources; `alone`: a file of its own, not in a page.

    The same boxes make the same bytes.  Raises `InputError` where grandalf is not installed.
    """
    shown = _fewer(boxes)
    places, lines = _laid_out(shown)
    left = min((p.xy[0] - p.w / 2 for p in places), default=0.0)
    left = min([left, *(x for line in lines for x, _ in line)])
    right = max((p.xy[0] + p.w / 2 for p in places), default=0.0)
    right = max([right, *(x for line in lines for x, _ in line)])
    bottom = max((p.xy[1] + p.h / 2 for p in places), default=0.0)
    top = min((p.xy[1] - p.h / 2 for p in places), default=0.0)
    width, height = right - left + 2 * GAP, bottom - top + 2 * GAP
    told = escape(one_line(title))
    style = STYLE if alone else ""
    space = ' xmlns="http://www.w3.org/2000/svg"' if alone else ""
    head = (
        f'<svg{space} viewBox="0 0 {_n(width)} {_n(height)}" '
        f'width="{_n(width)}" height="{_n(height)}" role="img" aria-label="{told}">'
    )
    shift = f'<g transform="translate({_n(GAP - left)} {_n(GAP - top)})">'
    drawn = [_line(line) for line in lines]
    drawn += [_box(box, place) for box, place in zip(shown, places, strict=True)]
    return "\n".join([f"{head}<title>{told}</title>{style}{shift}", *drawn, "</g></svg>"]) + "\n"


def _fewer(boxes: Sequence[Box]) -> list[Box]:
    """Of too many boxes the first and the last, and one that tells of the rest."""
    if len(boxes) <= MOST:
        return list(boxes)
    first, last = boxes[: MOST // 2], boxes[len(boxes) - MOST // 2 :]
    hidden = {box.name for box in boxes} - {box.name for box in (*first, *last)}
    told = f"{len(boxes) - len(first) - len(last):,} more layers"
    behind = [replace(b, sources=_renamed(b.sources, hidden, told)) for b in last]
    return [*first, Box(told, sources=(first[-1].name,)), *behind]


def _renamed(names: Sequence[str], hidden: set[str], told: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(told if name in hidden else name for name in names))


# -- layout


def _laid_out(boxes: Sequence[Box]) -> tuple[list[Place], list[Line]]:
    """Where the boxes stand, and the lines between them."""
    try:
        from grandalf.graphs import Edge, Graph, Vertex
        from grandalf.layouts import SugiyamaLayout
        from grandalf.routing import EdgeViewer, route_with_lines
    except ModuleNotFoundError as error:
        raise missing("grandalf") from error
    vertices = [Vertex(number) for number in range(len(boxes))]
    for vertex, box in zip(vertices, boxes, strict=True):
        vertex.view = Place(box.width, box.height)
    edges = [Edge(vertices[a], vertices[b]) for a, b in _pairs(boxes)]
    for edge in edges:
        edge.view = EdgeViewer()
    beside = 0.0
    for part in Graph(vertices, edges).C:
        _draw(SugiyamaLayout(part), part, route_with_lines)
        beside = _moved(part, beside)
    return [vertex.view for vertex in vertices], [_ended(edge) for edge in edges]


def _draw(layout: Any, part: Any, route: Any) -> None:
    layout.route_edge = route
    layout.xspace, layout.yspace = GAP, GAP
    roots = [vertex for vertex in part.sV if not vertex.e_in()]
    layout.init_all(roots=roots or [next(iter(part.sV))])
    layout.draw()


def _ended(edge: Any) -> Line:
    """The line from below the one box to above the other, whatever it passes between them."""
    start, end = (vertex.view for vertex in edge.v)
    if start.xy[1] > end.xy[1]:  # of a circle, which no network has
        return [start.xy, end.xy]
    between = list(getattr(edge.view, "_pts", ()))[1:-1]
    first, last = (between or [end.xy])[0], (between or [start.xy])[-1]
    return [
        (_towards(start, first[0]), start.xy[1] + start.h / 2),
        *between,
        (_towards(end, last[0]), end.xy[1] - end.h / 2),
    ]


def _towards(place: Place, x: float) -> float:
    """Where a line to `x` leaves a box: a little aside, so that lines do not lie on each other."""
    most = place.w / 3
    return place.xy[0] + max(-most, min(most, (x - place.xy[0]) / 4))


def _moved(part: Any, beside: float) -> float:
    """Move what is connected to the right of `beside`; where it ends then."""
    places = [vertex.view for vertex in part.sV]
    top = min(p.xy[1] - p.h / 2 for p in places)
    right = beside - min(p.xy[0] - p.w / 2 for p in places)
    for place in places:
        place.xy = (place.xy[0] + right, place.xy[1] - top)
    for edge in part.sE:
        edge.view._pts = [(x + right, y - top) for x, y in getattr(edge.view, "_pts", ())]
    return float(max(p.xy[0] + p.w / 2 for p in places) + GAP)


def _pairs(boxes: Sequence[Box]) -> Iterator[tuple[int, int]]:
    """From which box to which a line goes, each once."""
    numbers = {box.name: number for number, box in enumerate(boxes)}
    for number, box in enumerate(boxes):
        for source in dict.fromkeys(box.sources):
            if source in numbers and numbers[source] != number:
                yield numbers[source], number


# -- drawing


def _line(points: Line) -> str:
    """A line that bends softly, with a head at its end."""
    (x, y), *rest = points
    d = f"M{_n(x)} {_n(y)}"
    for (x0, y0), (x1, y1) in pairwise([(x, y), *rest]):
        middle = (y0 + y1) / 2
        d += f"C{_n(x0)} {_n(middle)} {_n(x1)} {_n(middle)} {_n(x1)} {_n(y1)}"
    x, y = points[-1]
    head = f"M{_n(x)} {_n(y)}l-4 -8h8z"
    return (
        f'<path d="{d}" style="fill:none;stroke:var(--muted);stroke-width:1.4"/>'
        f'<path d="{head}" style="fill:var(--muted)"/>'
    )


def _box(box: Box, place: Place) -> str:
    x, y = place.xy[0] - place.w / 2, place.xy[1] - place.h / 2
    colour = f"var({COLOURS.get(box.mark.split(':')[0], '--muted')})"
    parts = [
        f"<g><title>{escape(one_line('; '.join((box.name, *box.lines, box.mark)).rstrip('; ')))}"
        f'</title><rect x="{_n(x)}" y="{_n(y)}" width="{_n(place.w)}" height="{_n(place.h)}" '
        f'rx="7" style="fill:var(--card);stroke:{colour};stroke-width:1.5"/>'
    ]
    parts.append(_text(box.title, place.xy[0], y + PADDING + SIZE, SIZE, "var(--ink)", "600"))
    texts = box.texts
    for number, text in enumerate(texts, 1):
        ink = colour if box.mark and number == len(texts) else "var(--muted)"
        height = y + PADDING + SIZE + LINE * number
        parts.append(_text(text, place.xy[0], height, SMALL, ink, "400"))
    return "".join([*parts, "</g>"])


def _text(text: str, x: float, y: float, size: float, colour: str, weight: str) -> str:
    return (
        f'<text x="{_n(x)}" y="{_n(y)}" text-anchor="middle" '
        f'style="font-size:{size}px;font-weight:{weight};fill:{colour}">{escape(text)}</text>'
    )


def shortened(text: str, most: int) -> str:
    """A text in one line of so many characters; of a path the end tells the most."""
    line = one_line(text)
    return line if len(line) <= most else f"{line[: most // 2]}…{line[1 - most + most // 2 :]}"


def _width(text: str, size: float) -> float:
    """About what a text takes; letters of East Asia are as wide as they are high."""
    wide = sum(unicodedata.east_asian_width(letter) in "WF" for letter in text)
    capital = sum(letter.isupper() for letter in text)
    return size * (0.56 * len(text) + 0.46 * wide + 0.1 * capital)


def _n(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
