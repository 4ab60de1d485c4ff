"""The statement tree: what it reads, what it refuses, and how large it is."""

from __future__ import annotations

import dataclasses

import pytest

from keras2sql.dialects import DIALECTS, get
from keras2sql.sql.limits import expansions, tables, width
from keras2sql.sql.render import render
from keras2sql.sql.tree import (
    CROSS,
    INNER,
    Body,
    Column,
    Join,
    MalformedQuery,
    Product,
    Query,
    Read,
    Recursion,
    Select,
    Step,
    Subquery,
    Table,
    Union,
    Unnested,
    Values,
)

X = (Column("x", "1"),)
SOURCE = Table(("s", "t"))


def query(*bodies: Body, answer: Select | None = None) -> Query:
    """Steps a, b, ..., and an answer that reads the last."""
    steps = tuple(Step(chr(ord("a") + i), body) for i, body in enumerate(bodies))
    return Query(steps, answer or Select(X, Read(steps[-1].name)))


def test_steps_that_are_read() -> None:
    inner = Select(X, Product(Read("a", "x"), Read("b", "y")), also=("a",))
    made = query(
        Select(X, SOURCE),
        Values(("x",), (("1",),)),
        Select(X, inner, (Join(INNER, Read("a"), ("TRUE",)),)),
        Recursion(("x",), Select(X, Read("c")), Select(X, Read("d"))),
        Union((Select(X, Read("d")), Select(X, Subquery("(SELECT 1)", "a")))),
    )
    made.check()
    assert made.reads() == {
        "a": (),
        "b": (),
        "c": ("a", "a", "b", "a"),
        "d": ("c", "d"),
        "e": ("d",),
        "": ("e",),
    }
    assert [width(step.body) for step in made.steps] == [1] * 5
    assert [tables(step.body) for step in made.steps] == [1, 0, 2, 1, 1]
    assert expansions(made) == 7  # a three times, b, c, d, and e itself


@pytest.mark.parametrize(
    ("bodies", "message"),
    [
        ([Select(X, Read("b")), Select(X, SOURCE)], "a reads 'b', which is no step before it"),
        ([Select(X, Read("a"))], "a reads 'a', which is no step before it"),
        ([Select(X, SOURCE, also=("v",))], "a reads 'v'"),
        ([Select((*X, *X), SOURCE)], "two columns called 'x'"),
        ([Values(("x",), (("1", "2"),))], "rows of another length"),
        ([Recursion(("x", "y"), Select(X), Select(X, Read("a")))], "have [1, 2] columns"),
        ([Union((Select(X), Select((*X, Column("y", "1")))))], "have [1, 2] columns"),
        ([Select(X, SOURCE, group=(2,))], "grouped by a column that it does not have"),
        ([Select(X, SOURCE, (Join(INNER, Table(("u",))),))], "joins without a condition"),
        ([Select(X, SOURCE, (Join(CROSS, Table(("u",)), ("1",)),))], "joins without a condition"),
        ([Select(X, Product(SOURCE, Table(("t",))))], "two relations as 't'"),
        ([Select(X, Table(("t",), "e"), (Join(CROSS, Read("A", "E")),))], "reads 'A'"),
        ([Select(X, Product(Table(("t",), "e"), Unnested("v")))], "two relations as 'e'"),
        ([Select(X, Select(X, Read("v")))], "a reads 'v'"),
    ],
)
def test_what_is_no_statement(bodies: list[Body], message: str) -> None:
    with pytest.raises(MalformedQuery) as caught:
        query(*bodies).check()
    assert message in str(caught.value)


def test_two_steps_of_one_name() -> None:
    steps = (Step("a", Select(X)), Step("A", Select(X)))
    with pytest.raises(MalformedQuery, match="two steps are called 'A'"):
        Query(steps, Select(X)).check()


def test_the_answer_is_checked() -> None:
    with pytest.raises(MalformedQuery, match="the answer reads 'b'"):
        query(Select(X), answer=Select(X, Read("b"))).check()


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_groups_by_name_or_by_place(name: str) -> None:
    plain = Select((Column("x", "x"), Column("n", "count(*)")), SOURCE, group=(1,))
    texts = (
        render(query(plain), get(name)),
        render(
            query(dataclasses.replace(plain, columns=(Column("x", "y + 1"), plain.columns[1]))),
            get(name),
        ),
    )
    assert "GROUP BY x" in texts[0]
    by_place = get(name).grammar.group_places
    assert f"GROUP BY {'1' if by_place else 'y + 1'}\n" in texts[1]
