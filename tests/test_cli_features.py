"""Which columns feed which input: from --features, once per input, or from the table itself."""

from __future__ import annotations

import csv
import io
import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import keras
import numpy as np
import pytest
from keras import layers as L
from typer.testing import CliRunner

import keras2sql
from keras2sql.cli.app import app
from keras2sql.cli.names import feature_lists
from keras2sql.engines import connect
from keras2sql.errors import InputError
from keras2sql.features import option

ROWS = 6
NUMBERS = [f"{letter}{step}" for step in (1, 2, 3) for letter in "ab"]


def run(*args: object) -> tuple[int, str, str]:
    done = CliRunner().invoke(app, [str(a) for a in args], prog_name="keras2sql")
    return done.exit_code, done.stdout, done.stderr


def failed(*args: object) -> str:
    code, out, err = run(*args)
    assert (code, out) == (2, ""), (code, out, err)
    assert err.count("\n") == 1
    return err.removeprefix("error: ").rstrip()


def gru(length: int | None = None) -> Any:
    return keras.Sequential([keras.Input((length, 2), name="x"), L.GRU(3), L.Dense(1, name="out")])


def words() -> Any:
    return keras.Sequential(
        [
            keras.Input((None,), name="ids"),
            L.Embedding(30, 4),
            L.LSTM(3),
            L.Dense(1, name="out"),
        ]
    )


def two(first: str = "numbers", second: str = "ids") -> Any:
    numbers, ids = keras.Input((2,), name=first), keras.Input((1,), name=second)
    found = L.Flatten()(L.Embedding(30, 3)(ids))
    return keras.Model([numbers, ids], L.Dense(1, name="out")(L.Concatenate()([numbers, found])))


def mixed() -> Any:
    numbers, steps = keras.Input((2,), name="numbers"), keras.Input((None, 2), name="steps")
    joined = L.Concatenate()([numbers, L.GRU(2)(steps)])
    return keras.Model([numbers, steps], L.Dense(1, name="out")(joined))


def both() -> Any:
    left, right = keras.Input((None, 1), name="left"), keras.Input((None, 2), name="right")
    joined = L.Concatenate()([L.GRU(2)(left), L.GRU(2)(right)])
    return keras.Model([left, right], L.Dense(1, name="out")(joined))


BUILT = {"gru": gru, "words": words, "two": two, "mixed": mixed, "both": both}
BUILT["fixed"] = lambda: gru(3)
BUILT["odd"] = lambda: two("a=b", 'c,"d"')


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the models; their weights are of all sizes."""
    folder = tmp_path_factory.mktemp("models")
    keras.utils.set_random_seed(7)
    rng = np.random.default_rng(7)
    for name, build in BUILT.items():
        model = build()
        model.set_weights([rng.normal(size=w.shape).astype("float32") for w in model.get_weights()])
        model.save(folder / f"{name}.keras")
    return folder


def columns() -> dict[str, Any]:
    rng = np.random.default_rng(8)
    numbers = {name: rng.normal(size=ROWS).round(3).tolist() for name in NUMBERS}
    ids = {f"w{i}": rng.integers(0, 30, ROWS).tolist() for i in range(4)}
    return {"id": list(range(ROWS)), **numbers, **ids}


TABLES = {
    "wide": ["id", *NUMBERS],
    "odd_wide": ["id", *NUMBERS, "w0"],
    "one": ["id", "a1", "b1"],
    "texts": ["id", "w0", "w1", "w2", "w3"],
    "flat": ["id", "a1", "b1", "w0"],
}


@pytest.fixture(params=["duckdb", "sqlite"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with the tables, a long one too."""
    path = tmp_path / "t.db"
    if request.param == "duckdb":
        duckdb.connect(str(path)).close()
    else:
        path.touch()
    given = columns()
    with connect(f"{request.param}:///{path}") as engine:
        for table, names in TABLES.items():
            types = ", ".join(f"{n} {'INTEGER' if n[0] in 'iw' else 'REAL'}" for n in names)
            engine.execute_script([f"CREATE TABLE {table} ({types.replace('REAL', 'DOUBLE')})"])
            for row in zip(*(given[n] for n in names), strict=True):
                engine.execute_script([f"INSERT INTO {table} VALUES {row}"])
        engine.execute_script(
            ["CREATE TABLE long_rows (id INTEGER, t INTEGER, a DOUBLE, b DOUBLE)"]
        )
        for step in (1, 2, 3):
            for row in zip(given["id"], given[f"a{step}"], given[f"b{step}"], strict=True):
                engine.execute_script(
                    [f"INSERT INTO long_rows VALUES ({row[0]}, {step}, {row[1]}, {row[2]})"]
                )
    return f"{request.param}:///{path}"


def predicted(*args: object) -> tuple[Any, str]:
    """The predictions by id, and the notes."""
    code, out, err = run("predict", *args)
    assert code == 0, err
    listed = list(csv.DictReader(io.StringIO(out)))
    found = {int(row["id"]): float(row["out"]) for row in listed}
    return np.array([found[i] for i in range(ROWS)]), err


def expected(saved: Path, name: str, *inputs: Any) -> Any:
    model = keras.models.load_model(saved / f"{name}.keras")
    given = [np.asarray(x, "float32") for x in inputs]
    return np.asarray(model(given if len(given) > 1 else given[0]))[:, 0]


def of(*names: str) -> Any:
    given = columns()
    return np.array([given[name] for name in names]).T


# -- the length of a sequence, from the table


def test_the_number_of_columns_is_the_length(saved: Path, url: str) -> None:
    found, said = predicted(saved / "gru.keras", "--db", url, "--table", "wide", "--key", "id")
    assert said == (
        "features, in the order of the table: a1, b1, a2, b2, a3, b3; 3 steps of 2 for x\n"
    )
    wanted = expected(saved, "gru", of(*NUMBERS).reshape(-1, 3, 2))
    assert np.allclose(found, wanted, atol=1e-5)
    listed, _ = predicted(
        *(saved / "gru.keras", "--db", url, "--table", "wide", "--key", "id"),
        *("--features", ",".join(NUMBERS)),
    )
    assert np.array_equal(listed, found)


def test_ids_of_a_text(saved: Path, url: str) -> None:
    found, said = predicted(saved / "words.keras", "--db", url, "--table", "texts", "--key", "id")
    assert "w0, w1, w2, w3; 4 steps of 1 for ids" in said
    assert np.allclose(found, expected(saved, "words", of("w0", "w1", "w2", "w3")), atol=1e-5)


def test_what_other_inputs_leave(saved: Path, url: str) -> None:
    found, said = predicted(saved / "mixed.keras", "--db", url, "--table", "wide", "--key", "id")
    assert said == (
        "features, in the order of the table: a1, b1, a2, b2, a3, b3; 2 steps of 2 for steps\n"
        "features of each input: numbers takes a1, b1; steps takes a2, b2, a3, b3\n"
    )
    steps = of(*NUMBERS[2:]).reshape(-1, 2, 2)
    assert np.allclose(found, expected(saved, "mixed", of("a1", "b1"), steps), atol=1e-5)


@pytest.mark.parametrize("verb", ["predict", "verify", "deploy", "inspect"])
@pytest.mark.parametrize(
    ("model", "table", "key", "said"),
    [
        (
            "gru",
            "odd_wide",
            "id",
            "7 columns beside key and passthrough (a1, b1, a2, b2, a3, b3, w0)",
        ),
        ("gru", "one", "id", "(a1, b1), a single step of x"),
        ("gru", "long_rows", "id", "(t, a, b), no whole number of steps of x"),
        ("gru", "long_rows", "id,t", "(a, b), a single step of x"),
        ("words", "one", "id,a1", "(b1), a single step of ids"),
        ("mixed", "flat", "id", "(a1, b1, w0), no whole number of steps of steps"),
        ("both", "wide", "id", "which do not tell it"),
    ],
)
def test_a_table_that_does_not_tell_the_length(
    verb: str, model: str, table: str, key: str, said: str, saved: Path, url: str
) -> None:
    more = ["--view", "v"] if verb == "deploy" else []
    path = saved / f"{model}.keras"
    message = failed(verb, path, "--db", url, "--table", table, "--key", key, *more)
    assert said in message
    assert "--features" in message
    assert "unsupported" not in message
    assert ("--order-by" in message) is (model in ("gru", "words"))


def test_a_long_table_is_not_taken_for_columns(tmp_path: Path, url: str) -> None:
    """Its order column and a feature would be two steps of one."""
    model = keras.Sequential([keras.Input((None, 1), name="x"), L.GRU(2), L.Dense(1, name="out")])
    model.save(tmp_path / "m.keras")
    source = ["--db", url, "--table", "(SELECT id, t, a FROM long_rows)", "--key", "id"]
    code, out, err = run("predict", tmp_path / "m.keras", *source)
    assert (code, out) == (2, "")
    assert "does not tell rows apart" in err
    assert "--order-by" in err
    found, _ = predicted(tmp_path / "m.keras", *source, "--order-by", "t")
    assert np.isfinite(found).all()


def test_a_fixed_length_names_the_long_table(saved: Path, url: str) -> None:
    source = ["--db", url, "--table", "long_rows", "--key", "id"]
    message = failed("predict", saved / "fixed.keras", *source)
    assert message.startswith("the model takes 6 numbers per row, and long_rows has 3 columns")
    assert "where the table has a row per key and step, give --order-by" in message
    found, _ = predicted(saved / "fixed.keras", *source, "--order-by", "t")
    assert np.allclose(found, expected(saved, "fixed", of(*NUMBERS).reshape(-1, 3, 2)), atol=1e-5)
    message = failed("predict", saved / "two.keras", "--db", url, "--table", "wide", "--key", "id")
    assert "per row (numbers 2, ids 1), and wide has 6 columns" in message
    assert "--features numbers=... --features ids=..." in message


def test_an_array_of_the_table(saved: Path, tmp_path: Path) -> None:
    given = columns()
    with duckdb.connect(str(tmp_path / "a.db")) as connection:
        connection.execute("CREATE TABLE arrays (id INTEGER, sizes DOUBLE[])")
        for i, row in enumerate(of(*NUMBERS).tolist()):
            connection.execute("INSERT INTO arrays VALUES (?, ?)", [i, row])
    source = ["--db", f"duckdb:///{tmp_path / 'a.db'}", "--table", "arrays", "--key", "id"]
    found, said = predicted(saved / "fixed.keras", *source)
    assert said == "features: the array sizes\n"
    assert np.allclose(found, expected(saved, "fixed", of(*NUMBERS).reshape(-1, 3, 2)), atol=1e-5)
    assert "an array does not tell it" in failed("predict", saved / "gru.keras", *source)
    message = failed("predict", saved / "gru.keras", *source, "--features", "sizes")
    assert message.startswith("'sizes' is one column, and the input x of shape (None, 2) has")
    assert given["id"] == list(range(ROWS))


# -- several inputs

FLAT = ["--table", "flat", "--key", "id"]
TOLD = "features of each input: numbers takes b1, a1; ids takes w0\n"


def test_several_inputs_by_name(saved: Path, url: str, tmp_path: Path) -> None:
    path, lists = saved / "two.keras", ["--features", "ids=w0", "--features", "numbers=b1,a1"]
    found, said = predicted(path, "--db", url, *FLAT, *lists)
    assert said == TOLD
    assert np.allclose(found, expected(saved, "two", of("b1", "a1"), of("w0")), atol=1e-5)
    for verb, more in (("verify", []), ("deploy", ["--view", "v"]), ("inspect", [])):
        code, _, err = run(verb, path, "--db", url, *FLAT, *lists, *more)
        assert code == 0, err
        assert TOLD in err
    code, out, err = run("convert", path, "-d", url.split(":")[0], *FLAT, *lists)
    assert (code, err) == (0, TOLD)
    with connect(url) as engine:
        same = engine.query(out.rstrip().removesuffix(";")).sort_values("id")["out"]
    assert np.array_equal(same, found)
    form = ["--format", "dbt", "-o", tmp_path / "project"]
    code, _, err = run("convert", path, "-d", "duckdb", *FLAT, *lists, *form)
    assert code == 0
    assert err.startswith(TOLD)


def test_a_list_for_all_inputs_tells_what_goes_where(saved: Path, url: str) -> None:
    path = saved / "two.keras"
    found, said = predicted(path, "--db", url, *FLAT)
    assert said == (
        "features, in the order of the table: a1, b1, w0\n"
        "features of each input: numbers takes a1, b1; ids takes w0\n"
    )
    assert np.allclose(found, expected(saved, "two", of("a1", "b1"), of("w0")), atol=1e-5)
    program = keras2sql.convert(path, "duckdb", "flat", "id", features=["a1", "b1", "w0"])
    assert program.features == {"numbers": ["a1", "b1"], "ids": ["w0"]}
    assert "  numbers  (2,)  a1, b1\n  ids      (1,)  w0\n" in program.explain()
    assert "\n-- features: numbers takes a1, b1; ids takes w0\n" in program.sql


@pytest.mark.parametrize(
    ("lists", "said"),
    [
        (["nmbers=a1,b1", "ids=w0"], "inputs are numbers, ids; unknown: nmbers; missing: numbers"),
        (["numbers=a1,b1"], "inputs are numbers, ids; missing: ids"),
        (["numbers=a1,b1", "ids=w0", "x=w0"], "inputs are numbers, ids; unknown: x"),
        (["numbers=a1", "numbers=b1"], "comes twice for the input 'numbers'"),
        (["a1,b1", "ids=w0"], "say which input each is for"),
        (["numbers=a1,b1,ids=w0"], "a column whose name holds an equals sign is written in double"),
        (["numbers=a1,b1,w0", "ids=w0"], "input numbers of shape (2,) takes 2 features, not 3"),
        (["numbers=a1,b1", "ids="], "--features ids= '' leaves a name empty"),
        (["a1,b1"], "2 features for a model that takes 3 numbers per row (numbers (2,), ids (1,))"),
        ([""], "leaves a name empty"),
    ],
)
@pytest.mark.parametrize("verb", ["convert", "predict", "inspect"])
def test_lists_that_do_not_fit(
    verb: str, lists: list[str], said: str, saved: Path, url: str
) -> None:
    path = saved / "two.keras"
    source = {"convert": ["-d", "duckdb", *FLAT], "predict": ["--db", url, *FLAT], "inspect": []}
    given = [part for text in lists for part in ("--features", text)]
    assert said in failed(verb, path, *source[verb], *given)


def test_a_single_input_may_be_named(saved: Path, url: str) -> None:
    path, source = saved / "gru.keras", ["--db", url, "--table", "wide", "--key", "id"]
    named, _ = predicted(path, *source, "--features", f"x={','.join(NUMBERS)}")
    plain, _ = predicted(path, *source, "--features", ",".join(NUMBERS))
    assert np.array_equal(named, plain)
    source = ["--db", url, "--table", "long_rows", "--key", "id", "--order-by", "t"]
    steps, _ = predicted(path, *source, "--features", "x=a,b")
    assert np.allclose(steps, plain, rtol=1e-12)
    assert "unknown: y" in failed("predict", path, *source, "--features", "y=a,b")
    message = failed("predict", saved / "mixed.keras", *source, "--features", "steps=a,b")
    assert "a Sequence feeds one input, and the model has 2" in message
    both_named = ["--features", "numbers=a,b", "--features", "steps=a,b"]
    message = failed("predict", saved / "mixed.keras", *source, *both_named)
    assert "feeds one input, and features name 2: numbers, steps" in message


def test_names_with_equals_signs(saved: Path, tmp_path: Path) -> None:
    path = tmp_path / "o.db"
    with duckdb.connect(str(path)) as connection:
        connection.execute('CREATE TABLE o (id INTEGER, "p=q" DOUBLE, "r,s" DOUBLE, t INTEGER)')
        for i, (a, b, w) in enumerate(of("a1", "b1", "w0").tolist()):
            connection.execute("INSERT INTO o VALUES (?, ?, ?, ?)", [i, a, b, int(w)])
    (tmp_path / "names.txt").write_text("p=q\nr,s\n")
    source = ["--db", f"duckdb:///{path}", "--table", "o", "--key", "id"]
    wanted = expected(saved, "odd", of("a1", "b1"), of("w0"))
    second = ["--features", '"c,""d"""=t']
    for first in ('"a=b"="p=q","r,s"', f'"a=b"=@{tmp_path / "names.txt"}'):
        found, said = predicted(saved / "odd.keras", *source, "--features", first, *second)
        assert 'a=b takes p=q, r,s; c,"d" takes t' in said
        assert np.allclose(found, wanted, atol=1e-5)
    model = keras.Sequential([keras.Input((2,), name="x"), L.Dense(1, name="out")])
    model.save(tmp_path / "m.keras")
    for listed in ('"p=q","r,s"', f"@{tmp_path / 'names.txt'}"):
        found, _ = predicted(tmp_path / "m.keras", *source, "--features", listed)
        assert np.allclose(found, np.asarray(model(of("a1", "b1")))[:, 0], atol=1e-5)
    message = failed("predict", tmp_path / "m.keras", *source, "--features", "p=q,t")
    assert "inputs are x; unknown: p; missing: x" in message
    assert "name holds = is in double quotes" in message


@pytest.mark.parametrize(
    ("texts", "found"),
    [
        (["a, b ,c"], ["a", "b", "c"]),
        (['"a,b" , " c "'], ["a,b", " c "]),
        (['"a""b"'], ['a"b']),
        (["x=a,b", " y = c"], {"x": ["a", "b"], "y": ["c"]}),
        (['"x=y"="a=b",c'], {"x=y": ["a=b", "c"]}),
        (['"a=b",c'], ["a=b", "c"]),
    ],
)
def test_lists_are_read(texts: list[str], found: Any) -> None:
    assert feature_lists(texts) == found


@pytest.mark.parametrize(
    "text", ["", ",", "a,", '"a', '"a"b', "a,b=c", "x=", "=a", '""=a', "x=a=b"]
)
def test_what_is_no_list(text: str) -> None:
    with pytest.raises(InputError):
        feature_lists([text])


@pytest.mark.parametrize(
    "name", ["x", "age and income", "a=b", 'c,"d"', "it's", "@x", " y", "$HOME"]
)
def test_the_option_that_a_message_shows_can_be_typed(name: str) -> None:
    command, typed = shlex.split(option(name, "p,q"))
    assert command == "--features"
    assert feature_lists([typed]) == {name: ["p", "q"]}


# -- Python

MAPPED: dict[str, tuple[Mapping[str, Any], str]] = {
    "unknown": ({"numbers": ["a", "b"], "idz": ["c"]}, "unknown: idz; missing: ids"),
    "missing": ({"numbers": ["a", "b"]}, "missing: ids"),
    "open, missing": ({"numbers": ["a", "b"], "step": ["c"]}, "unknown: step; missing: steps"),
    "open, a column": ({"numbers": ["a", "b"], "steps": "c"}, "'c' is one column, and the input"),
    "open, odd": ({"numbers": ["a", "b"], "steps": ["c"]}, "takes 2 per step, and 1 feature is no"),
}


@pytest.mark.parametrize("name", MAPPED)
def test_a_mapping_that_does_not_fit(name: str, saved: Path) -> None:
    features, said = MAPPED[name]
    model = saved / ("mixed.keras" if name.startswith("open") else "two.keras")
    with pytest.raises(InputError, match=said):
        keras2sql.convert(model, "duckdb", "t", "id", features=features)


def test_a_mapping_to_a_sequence(saved: Path) -> None:
    step = keras2sql.Sequence(["a", "b"], "t")
    named = keras2sql.convert(saved / "gru.keras", "duckdb", "r", "id", features={"x": step})
    plain = keras2sql.convert(saved / "gru.keras", "duckdb", "r", "id", features=step)
    assert named.query == plain.query
    with pytest.raises(InputError, match="unknown: y; missing: x"):
        keras2sql.convert(saved / "gru.keras", "duckdb", "r", "id", features={"y": step})


def test_a_list_in_one_text(saved: Path, url: str) -> None:
    program = keras2sql.convert(
        saved / "two.keras",
        url.split(":")[0],
        "flat",
        "id",
        features={"numbers": ["a1", "b1"], "ids": "a1, W0"},
    )
    with pytest.raises(InputError, match=r"did you mean the list \['a1', 'W0'\]\?"):
        program.run(url)
