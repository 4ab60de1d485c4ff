"""The rules that all databases keep, for those on which few of the other tests run.

The file of such a database has a ``class TestRules(Rules)``, which says where it tries less.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

import pandas as pd
import pytest

import test_semantics
from keras2sql.engines import Engine
from keras2sql.graph.functions import ACTIVATIONS

Load = Callable[[Engine, str, pd.DataFrame], None]


class Rules:
    """Tests of the fixture `engine`; a parameter of theirs has the values of the attribute."""

    missing: ClassVar[Sequence[Any]] = ("NULL", "NaN")
    count: ClassVar[Sequence[Any]] = (4, 30)
    activation: ClassVar[Sequence[Any]] = tuple(sorted(ACTIVATIONS))
    along_axis: ClassVar[Sequence[Any]] = ("softmax", "log_softmax", "glu")

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        for name in ("missing", "count", "activation", "along_axis"):
            if name in metafunc.fixturenames:
                metafunc.parametrize(name, getattr(self, name))

    def test_a_missing_feature_gives_null(self, missing: str, engine: Engine) -> None:
        test_semantics.test_a_missing_feature_gives_null_in_every_prediction(1, missing, engine)
        test_semantics.test_features_that_no_output_reads_still_count(engine)

    def test_an_id_outside_of_the_table_gives_null(self, count: int, engine: Engine) -> None:
        test_semantics.test_an_id_outside_of_the_table_gives_null(count, engine)

    def test_activations_at_the_ends_of_the_numbers(
        self, activation: str, engine: Engine, load_table: Load, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.before_the_ends(monkeypatch)
        test_semantics.test_activations_at_the_ends_of_the_numbers(
            activation, 2.5, engine, load_table
        )

    def before_the_ends(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Tell of numbers that a database does not have."""

    def test_axes_at_the_ends_of_the_numbers(
        self, along_axis: str, engine: Engine, load_table: Load
    ) -> None:
        test_semantics.test_activations_along_an_axis_at_the_ends_of_the_numbers(
            along_axis, engine, load_table
        )
