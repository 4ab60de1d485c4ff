"""Random networks of any kind, with extreme weights and inputs: Keras == SQL.

A fixed share here; tools/random_networks.py runs thousands.
"""

from __future__ import annotations

import pytest

from keras2sql.engines import Engine
from properties.wild_check import Told, ask, check


@pytest.mark.parametrize("first", range(0, 24, 6))
def test_wild_networks(first: int, duckdb_engine: Engine, sqlite_engine: Engine) -> None:
    told = Told()
    for seed in range(first, first + 6):
        check(ask(seed), [duckdb_engine, sqlite_engine], told)
    assert told.wrong == []
    assert told.counts["duckdb rows single"] + told.counts["duckdb rows single array"] >= 4


def test_a_wild_network_on_servers(postgres_engine: Engine, clickhouse_engine: Engine) -> None:
    told = Told()
    for seed in (41, 43, 51, 63, 68, 200):
        check(ask(seed), [postgres_engine, clickhouse_engine], told)
    assert told.wrong == []


def test_no_number_within_keras(duckdb_engine: Engine) -> None:
    """A shrink or a bounded rectifier of Keras makes a number of NaN, where SQL says NULL."""
    told = Told()
    for seed in (1436, 10374):
        check(ask(seed), [duckdb_engine], told)
    assert told.wrong == []
    assert len(told.undefined) == 5


def test_merged_weights_beyond_single_precision(duckdb_engine: Engine) -> None:
    told = Told()
    check(ask(2078), [duckdb_engine], told)
    assert (told.wrong, told.undefined) == ([], [])


def test_a_zero_times_a_large_weight(duckdb_engine: Engine, sqlite_engine: Engine) -> None:
    """Which a rescaling makes exactly, and which merged into the weights is 1e30 less 1e30."""
    told = Told()
    check(ask(41844), [duckdb_engine, sqlite_engine], told)
    assert (told.wrong, told.rounded) == ([], [])


def test_what_keras_rounds_away_within_a_layer(duckdb_engine: Engine) -> None:
    """The offset of a normalization of one element, which Keras adds to 1e30 times its mean."""
    told = Told()
    for seed in (40486, 40606, 41306, 41727):
        check(ask(seed), [duckdb_engine], told)
    assert told.wrong == []
    assert told.rounded
