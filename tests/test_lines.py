"""Lines of generated SQL are short, and what is broken says the same."""

from __future__ import annotations

import re

import numpy as np
import pytest

from conformance.matrix import DATABASES, Database
from keras2sql import api
from keras2sql.dialects import Dialect, get
from keras2sql.errors import Keras2SQLError
from keras2sql.graph.core import Builder, Graph
from keras2sql.read.network import Network
from keras2sql.sql.lines import LONGEST, broken, tokens
from keras2sql.sql.render import short
from layers import CASES
from layers.case import Case
from test_grammar import statement

MOST = 200
LAYERS = (
    "LSTM",
    "ConvLSTM3D",
    "MultiHeadAttention",
    "CategoryEncoding",
    "SimpleRNN",
    "LayerNormalization",
)
FIRSTS = {case.layer: case for case in reversed(CASES)}
PLAIN = tokens('"', False, False)


def too_long(text: str) -> list[str]:
    """Lines of more characters, unless it is one text or name that takes them."""
    found = []
    for line in text.splitlines():
        whole = max(map(len, re.findall(r"'[^']*'?|\"[^\"]*\"|[^\s'\"]+", line)), default=0)
        if len(line) > MOST and len(line) - whole > LONGEST:
            found.append(line)
    return found


def listed(rng: np.random.Generator, depth: int = 0) -> str:
    """Numbers in one another's brackets."""
    if depth == 3 or rng.random() < 0.8:
        number = f"{rng.normal() * 10.0 ** rng.integers(-9, 9):.{rng.integers(1, 17)}g}"
        return number + rng.choice(["", "", "", "e0"]) if "e" not in number else number
    items = [listed(rng, depth + 1) for _ in range(rng.integers(1, 40))]
    around = rng.choice(["f({})", "[{}]", "({})", "1.5 + ({})", "g({}) * -2.5"])
    return str(around).format(", ".join(items))


@pytest.mark.parametrize("seed", range(40))
def test_numbers_are_broken_like_names(seed: int) -> None:
    """A list of them is taken for one word until it is broken itself."""
    rng = np.random.default_rng(seed)
    text = f"f({', '.join(listed(rng) for _ in range(60))})"
    made = broken(text, "  ", PLAIN)
    assert " ".join(made.split()) == text
    assert made.count("\n") > 3
    names = re.sub(r"\d", "n", re.sub(r"(?<=\d)e[+-]", "nn", text)).replace("-n", "nn")
    like = re.sub(r"\d", "n", re.sub(r"(?<=\d)e[+-]", "nn", made)).replace("-n", "nn")
    assert broken(names, "  ", PLAIN) == like


@pytest.mark.parametrize("database", DATABASES, ids=lambda database: database.dialect)
def test_statements_have_short_lines(database: Database) -> None:
    dialect = get(database.dialect)
    for layer in LAYERS:
        for strategy in dialect.strategies:
            assert too_long(_statement(FIRSTS[layer], dialect, strategy)) == []


def _statement(case: Case, dialect: Dialect, strategy: str) -> str:
    try:
        return statement(case, dialect, strategy)
    except Keras2SQLError:  # of tables or arrays that the database has not, or of what it limits
        return ""


@pytest.mark.parametrize("dialect", ["duckdb", "postgresql", "sqlite", "clickhouse", "mssql"])
def test_long_names_and_hostile_texts_stay_whole(dialect: str) -> None:
    quote, constant = get(dialect).quote, get(dialect).constant
    names = [quote(f'it\'s ({number}, "AND" [x]] \\ + y') for number in range(9)]
    texts = [constant(f"WHEN '{number}, ) AND \\' + (") for number in range(9)]
    parts = [f"{name} = {text}" for name, text in zip(names, texts, strict=True)]
    found = short(" AND ".join(parts), get(dialect), "    ")
    assert len(found.splitlines()) > 3
    assert re.sub(r"\n +", " ", found) == " AND ".join(parts)


def test_the_outermost_is_broken_first() -> None:
    case = "CASE WHEN " + " AND ".join(f"column_{i} > {i}" for i in range(9)) + " THEN 1 ELSE 0 END"
    text = f"greatest({case}, {case}, 0) + 1e-84 - 1e-84"
    lines = broken(text, "    ", PLAIN).splitlines()
    assert max(map(len, lines)) <= LONGEST
    assert lines[-1].strip().endswith("+ 1e-84 - 1e-84")
    assert [line.strip().partition(" ")[0] for line in lines][:2] == ["greatest(CASE", "WHEN"]


def test_a_line_that_fits_stays_as_it_is() -> None:
    text = "a + " * 20 + "b"
    assert broken(text, "  ", PLAIN) == text
    assert broken("x" * 300, "  ", PLAIN) == "x" * 300


def test_a_text_over_several_lines_is_not_cut() -> None:
    text = "f('[1, 2,\n      3, 4]') * g(" + ", ".join(f"argument_{i}" for i in range(30)) + ")"
    found = broken(text, "    ", PLAIN)
    assert "'[1, 2,\n      3, 4]'" in found
    assert max(map(len, found.splitlines())) <= LONGEST


def test_the_names_of_many_features_are_told_in_several_lines() -> None:
    g = Builder()
    x = g.input("x", (40,))
    with g.at("y"):
        y = g.contract(x, np.ones((40, 1)))
    names = [f"a_feature_with_a_name_{i}" for i in range(40)]
    network = Network(graph=Graph((x,), {"y": y}), name="long", layers=(), keras=(3, 15))
    made = api.program(network, "duckdb", table="t", key="id", features=names)
    assert max(map(len, made.query.splitlines())) <= LONGEST
