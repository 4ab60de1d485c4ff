"""Oracle, Snowflake and Trino, by their manuals: names, texts, numbers, limits."""

from __future__ import annotations

import numpy as np
import pytest

from keras2sql.dialects import get
from keras2sql.engines import connect
from keras2sql.errors import DatabaseError, DialectLimitError, InputError
from tiny import dense, program

ORACLE, SNOWFLAKE, TRINO = map(get, ("oracle", "snowflake", "athena"))


def test_names_are_bare_where_they_are_found_in_capital_letters() -> None:
    """Written id, a name is ID there, which a user has who wrote no quotes, either."""
    for dialect in (ORACLE, SNOWFLAKE):
        assert [dialect.quote(n) for n in ("id", "order", "Id", "a b")] == [
            "id", '"order"', '"Id"', '"a b"',
        ]  # fmt: skip
    assert (ORACLE.quote("date"), SNOWFLAKE.quote("date")) == ('"date"', "date")
    assert [TRINO.quote(n) for n in ("id", "order", 'a"b')] == ["id", '"order"', '"a""b"']
    assert SNOWFLAKE.quote('a"b') == '"a""b"'
    with pytest.raises(InputError, match="can't be the name of a column or table in Oracle"):
        ORACLE.quote('a"b')
    with pytest.raises(DialectLimitError, match="has 129 characters, Oracle takes 128"):
        ORACLE.quote("x" * 129)
    with pytest.raises(DialectLimitError, match="has 256 characters, Snowflake takes 255"):
        SNOWFLAKE.quote("x" * 256)


def test_no_step_is_called_by_a_word_of_the_language() -> None:
    graph = dense([2, 2], ["relu"], layers=["level"])
    for name in ("oracle", "snowflake"):
        query = program(graph, name, features=["a", "b"]).query
        assert "level_2 AS (" in query
        assert "\nlevel AS (" not in query


def test_texts() -> None:
    texts = ["it's", "back\\slash", "a\\'"]
    assert [ORACLE.constant(t) for t in texts] == ["'it''s'", "'back\\slash'", "'a\\'''"]
    assert [TRINO.constant(t) for t in texts] == ["'it''s'", "'back\\slash'", "'a\\'''"]
    assert [SNOWFLAKE.constant(t) for t in texts] == ["'it''s'", "'back\\\\slash'", "'a\\\\'''"]
    with pytest.raises(InputError, match="a text without characters is NULL in Oracle"):
        ORACLE.constant("")
    assert [ORACLE.constant(v) for v in (True, False, None)] == ["1", "0", "NULL"]


def test_numbers_are_of_64_bit_and_none_is_decimal() -> None:
    values = [0.5, -2.0, 1e100, -1.2e-39]
    assert [ORACLE.literal(v) for v in values] == ["0.5d", "-2d", "1e+100d", "-1.2e-39d"]
    assert [SNOWFLAKE.literal(v) for v in values] == [
        "'0.5'::DOUBLE", "-'2'::DOUBLE", "'1e+100'::DOUBLE", "-'1.2e-39'::DOUBLE",
    ]  # fmt: skip
    assert [TRINO.literal(v) for v in values] == ["0.5e0", "-2e0", "1e+100", "-1.2e-39"]
    for dialect in (ORACLE, SNOWFLAKE, TRINO):
        assert dialect.literals(values) == [dialect.literal(v) for v in values]
        assert dialect.literals([5e-324]) == [dialect.literal(5e-324)]
    assert [ORACLE.typed(v) for v in (np.inf, -np.inf, np.nan)] == [
        "BINARY_DOUBLE_INFINITY", "-BINARY_DOUBLE_INFINITY", "BINARY_DOUBLE_NAN",
    ]  # fmt: skip


def test_a_model_too_wide_or_too_long_is_refused() -> None:
    wide = dense([1, 1200, 2], ["tanh", "linear"])
    with pytest.raises(DialectLimitError, match=r"needs 1\d{3} columns, Oracle takes 1000"):
        program(wide, "oracle", features=["a"])
    long = dense([200, 200, 1], ["relu", "linear"])
    for name in ("snowflake", "trino"):
        with pytest.raises(DialectLimitError, match=r"bytes, \w+ takes 1,000,000"):
            program(long, name, features=[f"a{i}" for i in range(200)])


URLS = {
    "oracle+oracledb://me:s3cret@nowhere.invalid/?service_name=x": "oracle",
    "snowflake://me:s3cret@nowhere/db": "snowflake",
    "trino://me:s3cret@nowhere.invalid/db": "trino",
    "redshift+redshift_connector://me:s3cret@nowhere.invalid/db": "redshift",
}


@pytest.mark.parametrize("url", URLS)
def test_a_url_without_its_driver_tells_what_to_install_and_no_password(url: str) -> None:
    with pytest.raises(DatabaseError) as caught, connect(url):
        pass
    assert "s3cret" not in str(caught.value)
    assert f"pip install 'keras2sql[{URLS[url]}]'" in str(caught.value)
