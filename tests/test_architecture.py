"""The rules of the house: which part may import which, and that no table is forgotten."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from typing import Any

import pytest

from keras2sql.dialects import DIALECTS
from keras2sql.errors import UnsupportedDialectError
from keras2sql.graph import ops
from keras2sql.graph.core import Builder, tensor
from keras2sql.layers import REGISTRY
from keras2sql.lower import columns, scalars
from keras2sql.lower import methods as methods_of_ops
from keras2sql.lower.lowering import Lowering
from keras2sql.lower.rows import elements, vectors
from keras2sql.lower.rows import writer as rows
from keras2sql.lower.source import Source
from keras2sql.read.sklearn import ESTIMATORS, TRANSFORMERS

TESTS = Path(__file__).parent
SOURCE = TESTS.parent / "src" / "keras2sql"
FILES = sorted(SOURCE.rglob("*.py"))
LONGEST = 400

# A part is a module or a package directly in keras2sql.  These may import, of it, no more:
MAY_IMPORT: dict[str, set[str]] = {
    "passwords": set(),
    "jsonable": set(),
    "notebook": set(),
    "errors": {"passwords"},
    "sql": {"errors"},
    "report": {"errors", "version"},
    "frames": {"errors"},
    "graph": {"errors"},
    "dialects": {"errors", "sql"},
    "layers": {"errors", "graph"},
    "heads": {"errors", "graph"},
    "read": {"errors", "notebook", "graph", "layers"},
    "lower": {"errors", "sql", "graph", "dialects"},
    "estimates": {"errors", "sql", "graph", "dialects", "lower"},
    "sizes": {"errors", "graph", "dialects"},
    "plan": {"errors", "sql", "graph", "dialects", "lower", "estimates"},
    "engines": {"errors", "passwords", "sql", "dialects"},
    "statement": {
        *("errors", "notebook", "sql", "graph", "dialects", "lower", "features", "plan", "read")
    },
    "checks": {"errors", "sql", "graph", "dialects", "lower", "engines", "statement"},
    "features": {"errors", "graph", "dialects", "read"},
    "explain": {
        *("graph", "dialects", "lower", "estimates", "features", "plan", "statement", "outlook")
    },
    "outlook": {"errors", "sizes", "sql", "graph", "estimates", "plan", "statement"},
    "picture": {"estimates", "graph", "read", "report", "statement"},
    "dbt": {"errors", "sql", "graph", "dialects", "statement"},
    "program": {"frames", "engines", "statement", "checks", "explain", "deployment", "scoring"},
}

# From the ground up.  A part may import those on floors below its own, for types too.
FLOORS = """
    callable_package jsonable notebook passwords version
    errors
    frames report sql graph
    dialects layers heads
    engines lower read sizes
    estimates features
    plan
    sequences statement
    outlook picture
    checks dbt explain
    deployment
    scoring
    program
    api catalogue inspecting
    demo evaluation serving verification
    keras2sql
    cli recipes
    __main__
"""

HEAVY = ["keras", "jax", "tensorflow", "torch", "sklearn", "scikeras", "pandas", "sqlalchemy"]
HEAVY += ["typer", "rich", "duckdb", "pyarrow", "chdb", "datafusion", "pyspark", "jinja2"]
HEAVY += ["matplotlib", "polars", "grandalf", "fastapi", "uvicorn", "pygments"]


def part(path: Path) -> str:
    """The part a file belongs to; "keras2sql" for the package's own __init__."""
    first = path.relative_to(SOURCE).parts[0].removesuffix(".py")
    return "keras2sql" if first == "__init__" else first


def module_part(name: str) -> str | None:
    """The part that a dotted module name belongs to; None outside of keras2sql."""
    first, _, rest = name.partition(".")
    if first != "keras2sql":
        return None
    second = rest.partition(".")[0]
    exists = (SOURCE / second).is_dir() or (SOURCE / f"{second}.py").is_file()
    return second if second and exists else "keras2sql"


def nodes(tree: ast.AST, types: bool) -> Iterator[ast.AST]:
    """All nodes; without `types`, not those that only a type checker runs."""
    yield tree
    for child in ast.iter_child_nodes(tree):
        if types or not (isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test)):
            yield from nodes(child, types)


def imported(tree: ast.AST, types: bool) -> Iterator[str]:
    """The parts that a file imports anywhere in it, inside functions too."""
    for node in nodes(tree, types):
        names: list[str] = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: imports are absolute here"
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        yield from (found for name in names if (found := module_part(name)) is not None)


def imports(types: bool = True) -> dict[Path, set[str]]:
    return {
        path: set(imported(ast.parse(path.read_text(encoding="utf-8")), types)) - {part(path)}
        for path in FILES
    }


def module(path: Path) -> str:
    """The dotted name of a file."""
    return ".".join(path.relative_to(SOURCE.parent).with_suffix("").parts)


def modules(path: Path) -> Iterator[str]:
    """The modules of the house that a file imports, not for types alone."""
    known = {module(one).removesuffix(".__init__"): module(one) for one in FILES}
    for node in nodes(ast.parse(path.read_text(encoding="utf-8")), types=False):
        if isinstance(node, ast.ImportFrom):
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                yield from [known[one] for one in (name, str(node.module)) if one in known][:1]
        elif isinstance(node, ast.Import):
            yield from (known[alias.name] for alias in node.names if alias.name in known)


def words(folder: Path) -> set[str]:
    """The names and the texts in the Python files of a folder of tests."""
    found: set[str] = set()
    for path in folder.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.add(node.value)
            elif isinstance(node, ast.Name):
                found.add(node.id)
            elif isinstance(node, ast.Attribute):
                found.add(node.attr)
    return found


def test_imports_go_one_way() -> None:
    wrong = [
        f"{path.relative_to(SOURCE)} imports {', '.join(sorted(extra))}"
        for path, found in imports().items()
        if (extra := found - MAY_IMPORT.get(part(path), found))
    ]
    assert not wrong


def test_parts_import_those_below_them() -> None:
    lines = FLOORS.split("\n")
    floor = {name: height for height, names in enumerate(lines) for name in names.split()}
    assert {part(path) for path in FILES} == set(floor)
    wrong = [
        f"{path.relative_to(SOURCE)} imports {other}"
        for path, found in imports().items()
        for other in found
        if floor[other] >= floor[part(path)]
    ]
    assert not wrong


def test_modules_import_each_other_in_no_circle() -> None:
    needs = {module(path): set(modules(path)) - {module(path)} for path in FILES}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        pytest.fail(f"a circle of imports: {' -> '.join(error.args[1])}")


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_no_function_imports_from_the_house(path: Path) -> None:
    """An import in a function hides a circle."""
    functions = [
        node
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    ]
    assert not [found for one in functions for found in imported(one, types=True)]


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(SOURCE)))
def test_no_file_grows_past_comfort(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= LONGEST


def test_every_converter_has_cases() -> None:
    named = words(TESTS / "layers")
    assert not [name for name in REGISTRY if ">" not in name and name not in named]


def test_every_estimator_has_cases() -> None:
    named = words(TESTS / "estimators")
    known = {name.partition(".")[2] for name in (*TRANSFORMERS, *ESTIMATORS)} - {""}
    # What an estimator keeps to itself is in its cases.
    assert not sorted(name for name in known - named if not name.startswith("_"))


def every_op() -> set[type[ops.Op]]:
    found: set[type[ops.Op]] = set()
    waiting: list[type[ops.Op]] = [ops.Op]
    while waiting:
        below = waiting.pop().__subclasses__()
        waiting += below
        found.update(below)
    return {kind for kind in found if kind.__module__.startswith("keras2sql.")}


@pytest.mark.parametrize(
    ("strategy", "methods"), [("columns", scalars.METHODS), ("rows", elements.METHODS)]
)
def test_every_op_has_sql_in_each_strategy_or_a_reason(
    strategy: str, methods: dict[type[ops.Op], Any]
) -> None:
    assert set(methods) | set(methods_of_ops.REFUSED[strategy]) == every_op()
    assert not set(methods) & set(methods_of_ops.REFUSED[strategy])
    assert len(every_op()) >= 12


def test_what_arrays_do_not_know_goes_by_elements() -> None:
    assert set(vectors.METHODS) <= set(elements.METHODS)


@pytest.mark.parametrize("strategy", ["columns", "rows"])
def test_an_op_without_sql_is_a_typed_error(strategy: str) -> None:
    class Strange(ops.Op):
        def shape(self, *shapes: ops.Shape) -> ops.Shape:
            return shapes[0]

        def __call__(self, *arrays: ops.Array) -> ops.Array:
            return arrays[0]

    graph = Builder()
    x = graph.input("x", (3,))
    y = tensor(Strange(), (x,), "strange")
    outputs = {f"y_{i}": graph.take(y, [i]) for i in range(3)}
    source = Source("t", ("id",), {"x": ["a", "b", "c"]})
    lower = {"columns": columns.lower, "rows": rows.lower}[strategy]
    wanted = Lowering(graph.graph([x], outputs), source, DIALECTS["duckdb"], tail=0)
    with pytest.raises(UnsupportedDialectError, match=r"strange: the .* no SQL for .* Strange"):
        lower(wanted)


def test_every_dialect_is_in_the_matrix() -> None:
    assert set(DIALECTS) <= words(TESTS / "conformance")


@pytest.mark.parametrize(
    "module",
    ["keras2sql", "keras2sql.read.any", "keras2sql.heads", "keras2sql.lower", "keras2sql.dialects"],
)
def test_importing_loads_nothing_heavy(module: str) -> None:
    code = f"import sys, {module}; print(*[m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert (done.stdout.strip(), done.stderr, done.returncode) == ("", "", 0)
