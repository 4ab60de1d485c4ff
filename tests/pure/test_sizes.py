"""What is too large for a statement is refused before anything is written."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from keras2sql import api, sizes
from keras2sql.dialects import DIALECTS
from keras2sql.errors import DialectLimitError
from keras2sql.graph.core import Builder, Graph
from keras2sql.graph.expr import X, Y
from keras2sql.graph.scan import scan
from read.archives import archive, changed
from read.archives import functional as small


def convolved(side: int, filters: int) -> Graph:
    """A 3 x 3 convolution of an image in three colours, and the mean of each filter."""
    graph = Builder()
    x = graph.input("x", (side, side, 3))
    windows = np.zeros((side, side, 27), dtype=np.intp)
    y = graph.contract(graph.take(x, windows), np.ones((27, filters)))
    return graph.graph([x], {"y": graph.reduce("mean", y, (0, 1))})


@pytest.mark.parametrize("name", DIALECTS)
@pytest.mark.parametrize("strategy", ["columns", "arrays"])
def test_a_statement_that_spells_a_hundred_million(name: str, strategy: str) -> None:
    graph = convolved(208, 100)
    assert 116e6 < graph.multiply_adds() < 118e6
    with pytest.raises(
        DialectLimitError, match=r"12\d,\d{3},\d{3} operations per row, [\d,]+ times"
    ):
        sizes.check_strategy(graph, DIALECTS[name], strategy, sizes.SLACK)
    fits = (40, 16) if DIALECTS[name].limits.spelled > 40 * 40 * 16 * 28 else (10, 4)
    sizes.check_strategy(convolved(*fits), DIALECTS[name], strategy)


def test_rows_take_it() -> None:
    sizes.check_strategy(convolved(208, 100), DIALECTS["duckdb"], "rows")
    with pytest.raises(DialectLimitError, match=r"elements per row.*times"):
        sizes.check_strategy(convolved(1200, 1), DIALECTS["duckdb"], "rows")


def test_a_recurrence_counts_for_each_step() -> None:
    graph = Builder()
    x = graph.input("x", (50, 3))

    def step(xs: list[Any], states: list[Any]) -> tuple[Any, list[Any]]:
        y = graph.map(X + Y, xs[0], states[0])
        return y, [y]

    every, _ = scan(graph, step, [x], [graph.zeros((3,))])
    assert sizes.operations(graph.graph([x], {"y": every})) == 150


def model(folder: Path, units: int) -> Path:
    config: dict[str, Any] = changed(
        small(), "config", "layers", 0, "config", "batch_shape", to=[None, units]
    )
    config = changed(config, "config", "layers", to=config["config"]["layers"][:1])
    config = changed(config, "config", "output_layers", to=[["x", 0, 0]])
    return archive(folder / "m.keras", config)


def test_more_columns_than_tables_have(tmp_path: Path) -> None:
    for count, features, said in (
        (300_000, "pixels", "300,000 outputs"),
        (15_000_000, None, "15,000,000 outputs"),
    ):
        with pytest.raises(DialectLimitError, match=said):
            api.convert(model(tmp_path, count), "duckdb", "t", "id", features=features)
    wide = convolved(400, 1)
    sizes.check_columns(wide, "pixels", arrays=True)
    sizes.check_columns(wide, {"x": "pixels"}, arrays=True)
    with pytest.raises(DialectLimitError, match=r"480,000 numbers per row.*one column"):
        sizes.check_columns(wide, None, arrays=True)
    with pytest.raises(DialectLimitError, match="database with arrays"):
        sizes.check_columns(wide, {"x": ["a"]}, arrays=False)


@pytest.mark.parametrize(("name", "most"), [("sqlite", 2000), ("postgresql", 1664)])
@pytest.mark.parametrize("strategy", ["auto", "rows"])
def test_more_outputs_than_a_select_list_has(
    name: str, most: int, strategy: str, tmp_path: Path
) -> None:
    features = [f"f{i}" for i in range(most)]
    with pytest.raises(DialectLimitError, match=rf"outputs= \(--outputs\).*up to {most - 2:,}"):
        api.convert(
            model(tmp_path, most - 1), name, "t", "id", features[: most - 1], strategy=strategy
        )
    wanted = [f"x_{i}" for i in range(3)]
    made = api.convert(
        model(tmp_path, most - 3), name, "t", "id", features[: most - 3], outputs=wanted
    )
    assert made.columns == ["id", *wanted]


def test_refusing_is_quick(tmp_path: Path) -> None:
    before = time.process_time()
    with pytest.raises(DialectLimitError):
        api.convert(model(tmp_path, 16_000_000), "clickhouse", "t", "id")
    assert time.process_time() - before < 10  # a tenth of a second, on an idle machine
