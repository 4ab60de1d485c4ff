"""Draw the pictures of docs/how_it_works.md: ``python tools/make_pictures.py``.

They are SVG with a light and a dark look, and a ground of their own, as a page may have the other.
"""

from __future__ import annotations

from html import escape
from pathlib import Path

FOLDER = Path(__file__).parent.parent / "docs" / "pictures"

STYLE = """<style>
text { font: 14px system-ui, sans-serif; fill: #1d2129; }
.small { font-size: 12px; fill: #667085; }
.code { font: 12px ui-monospace, monospace; }
rect { fill: #eef3fb; stroke: #2463c4; stroke-width: 1.5; }
rect.wall { fill: #fdf0d8; stroke: #c2631a; }
rect.page { fill: #fbfbfa; stroke: none; }
path { fill: none; stroke: #667085; stroke-width: 1.5; }
path.head { fill: #667085; stroke: none; }
@media (prefers-color-scheme: dark) {
  text { fill: #e6e9ee; } .small { fill: #98a2b3; }
  rect { fill: #1c2940; stroke: #79aefc; } rect.wall { fill: #3d2e12; stroke: #f3a765; }
  rect.page { fill: #14171c; }
  path { stroke: #98a2b3; } path.head { fill: #98a2b3; }
}
</style>
"""


class Picture:
    """Boxes, texts and arrows; a page may be narrow, so that pictures are too."""

    def __init__(self, title: str, width: int, height: int) -> None:
        self.parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" role="img">',
            f"<title>{escape(title)}</title>",
            STYLE,
            f'<rect class="page" width="{width}" height="{height}" rx="8"/>',
        ]

    def text(self, x: int, y: int, text: str, kind: str = "", anchor: str = "middle") -> None:
        self.parts.append(
            f'<text x="{x}" y="{y}" text-anchor="{anchor}" class="{kind}">{escape(text)}</text>'
        )

    def box(self, x: int, y: int, width: int, *lines: str, kind: str = "", code: str = "") -> None:
        height = 16 + 18 * len(lines)
        self.parts.append(
            f'<rect x="{x}" y="{y}" width="{width}" height="{height}" rx="6" class="{kind}"/>'
        )
        for i, line in enumerate(lines):
            self.text(x + width // 2, y + 22 + 18 * i, line, code if i else "")

    def arrow(self, x: int, y: int, to_x: int, to_y: int) -> None:
        across = to_x != x
        tip = f"M{to_x} {to_y} l-7 -4 v8 z" if across else f"M{to_x} {to_y} l-4 -7 h8 z"
        self.parts.append(f'<path d="M{x} {y} L{to_x} {to_y}"/><path class="head" d="{tip}"/>')

    def write(self, name: str) -> None:
        path = FOLDER / name
        path.write_text("\n".join([*self.parts, "</svg>"]) + "\n", encoding="utf-8")
        print(f"wrote {path}")


def graph() -> None:
    picture = Picture("From a model to a query", 640, 250)
    steps = (
        ("read", "the file, no Keras"),
        ("graph", "few operations"),
        ("plan", "how to hold each"),
        ("query", "one SELECT"),
    )
    for i, (name, told) in enumerate(steps):
        picture.box(10 + 158 * i, 20, 130, name, told, code="small")
        if i:
            picture.arrow(158 * i - 17, 46, 10 + 158 * i - 1, 46)
    for i, (name, told) in enumerate(
        (("x", "4"), ("x · W + b", "4 → 8"), ("max(·, 0)", "8"), ("x · V + c", "8 → 3"))
    ):
        picture.box(10 + 158 * i, 120, 130, name, told, code="small")
        if i:
            picture.arrow(158 * i - 17, 146, 10 + 158 * i - 1, 146)
    said = (
        "The graph of two dense layers. Numpy can run it too, which is how",
        "the tests compare: model, graph and database give the same numbers.",
    )
    for i, line in enumerate(said):
        picture.text(10, 210 + 18 * i, line, "small", "start")
    picture.write("graph.svg")


def layouts() -> None:
    picture = Picture("Three ways to hold what a layer computes", 640, 250)
    for i, (name, told, lines) in enumerate(
        (
            ("columns", "a column for each number", ("id | h0 | h1 | h2", "7 | .2 | .0 | .9")),
            ("arrays", "an array for each layer", ("id | h", "7 | [.2, .0, .9]")),
            ("rows", "a row for each number", ("id | unit | h", "7 | 0 | .2", "7 | 1 | .0")),
        )
    ):
        x = 10 + 212 * i
        picture.text(x + 98, 24, name)
        picture.text(x + 98, 44, told, "small")
        for j, line in enumerate(lines):
            picture.box(x, 60 + 46 * j, 196, line)
        uses = ("small layers, any database", "wide layers", "convolutions, large layers")[i]
        picture.text(x + 98, 226, uses, "small")
    picture.write("layouts.svg")


def barrier() -> None:
    picture = Picture("What a barrier is for", 640, 230)
    picture.text(160, 24, "without")
    picture.box(40, 40, 240, "h = x · W + b", "a long expression", code="small")
    picture.arrow(100, 92, 100, 128)
    picture.arrow(160, 92, 160, 128)
    picture.arrow(220, 92, 220, 128)
    picture.box(40, 130, 240, "y = h·v1 + h·v2 + h·v3", "computes h three times", code="small")
    picture.text(480, 24, "with")
    picture.box(360, 40, 240, "h = x · W + b", "computed once", code="small")
    picture.arrow(480, 92, 480, 106)
    picture.box(360, 107, 240, "barrier", kind="wall")
    picture.arrow(480, 141, 480, 155)
    picture.box(360, 156, 240, "y = h·v1 + h·v2 + h·v3", "reads what is there", code="small")
    picture.write("barrier.svg")


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    graph()
    layouts()
    barrier()
