"""Runs the conformance suites and prints how many cases of each layer pass, by column::

    python tests/conformance/report.py [arguments for pytest]

Exits with 1 if any cell is not whole.
"""

from __future__ import annotations

import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import pytest

from conformance.matrix import EXECUTED
from layers import CASES, STATEFUL
from layers.cases_text import SHIPPED

TESTS = Path(__file__).parent.parent
# Tests are named after the dialect, or after the fixture of the engine.
ENGINES = {d.engine: d.title for d in reversed(EXECUTED)} | {d.dialect: d.title for d in EXECUTED}
COLUMNS = ("Keras", *(d.title for d in EXECUTED))
SUITES = {
    "test_the_graph_computes_what_keras_computes": "",
    "test_every_database_computes_what_the_graph_computes": "database",
    "test_numpy_answers_as_tensorflow_did": "",
    "test_databases_answer_as_tensorflow_did": "database",
}
LAYER_OF = {case.id: case.layer for case in (*CASES, *STATEFUL)} | {
    name: layer for layer, names in SHIPPED.items() for name in names
}

Cells = Mapping[tuple[str, str], Counter[str]]


def cell(nodeid: str) -> tuple[str, str] | None:
    """(layer, column) of a test; None for those that are no part of the matrix."""
    found = re.fullmatch(r".*::(\w+)\[(.*)\]", nodeid, re.DOTALL)
    if found is None or found[1] not in SUITES:
        return None
    column, name = "Keras", found[2]
    if SUITES[found[1]]:
        engine = next(e for e in ENGINES if name.startswith(f"{e}-") or name.endswith(f"-{e}"))
        column = ENGINES[engine]
        name = name.removeprefix(f"{engine}-").removesuffix(f"-{engine}")
    return (LAYER_OF[name], column) if name in LAYER_OF else None


def tallied(outcomes: Iterable[tuple[str, str]]) -> Cells:
    """``(test, outcome)`` counted by cell."""
    cells: dict[tuple[str, str], Counter[str]] = {}
    for nodeid, outcome in outcomes:
        if (at := cell(nodeid)) is not None:
            cells.setdefault(at, Counter())[outcome] += 1
    return cells


def whole(count: Counter[str]) -> bool:
    return 0 < count["passed"] == count.total()


def lines(cells: Cells) -> list[str]:
    """The matrix: cases that pass, of how many where some do not, and the sums."""
    rows = [("layer", *COLUMNS)]
    for layer in sorted({layer for layer, _ in cells}):
        counts = [cells.get((layer, column), Counter()) for column in COLUMNS]
        rows.append((layer, *map(_shown, counts)))
    sums = [sum((n for (_, c), n in cells.items() if c == column), Counter()) for column in COLUMNS]
    rows.append(("cases", *map(_shown, sums)))
    layers = {column: [n for (_, c), n in cells.items() if c == column] for column in COLUMNS}
    held = (f"{sum(map(whole, counts))} of {len(counts)}" for counts in layers.values())
    rows.append(("layers", *held))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return [
        "  ".join([row[0].ljust(widths[0]), *map(str.rjust, row[1:], widths[1:])]) for row in rows
    ]


def _shown(count: Counter[str]) -> str:
    if not count:
        return "-"
    return str(count["passed"]) if whole(count) else f"{count['passed']} of {count.total()}"


class Outcomes:
    """A plugin that notes what became of each test."""

    def __init__(self) -> None:
        self.of: dict[str, str] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call" or report.outcome != "passed":
            expected = "xfailed" if hasattr(report, "wasxfail") else report.outcome
            self.of[report.nodeid] = expected


def main(arguments: list[str]) -> int:
    outcomes = Outcomes()
    suites = [str(TESTS / "conformance"), str(TESTS / "test_text_models.py")]
    pytest.main([*suites, "-q", "-n", "2", *arguments], plugins=[outcomes])
    cells = tallied(outcomes.of.items())
    print("\n".join(lines(cells)))
    return 0 if cells and all(map(whole, cells.values())) else 1


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
