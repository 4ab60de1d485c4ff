"""Write src/keras2sql/layers/operations/names.py: the operations that the installed Keras has.

Run it after an update of Keras::

    KERAS_BACKEND=jax python tools/list_keras_operations.py \
        > src/keras2sql/layers/operations/names.py
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from typing import Any

import keras


def operations() -> list[tuple[str, str]]:
    """``(function, class of its nodes)`` of each function of `keras.ops`.

    The class is empty for functions that make no nodes, as they take no tensors.
    """
    functions = {n: f for n, f in vars(keras.ops).items() if inspect.isfunction(f)}
    made = {name: _class(function) for name, function in functions.items()}
    # Aliases, as abs() of absolute(), call the function that makes the node.
    return sorted(
        (name, found or _class(functions.get(_called(functions[name]))))
        for name, found in made.items()
    )


def _calls(function: Any) -> list[ast.Call]:
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(function))).body
    assert isinstance(definition, ast.FunctionDef)
    nodes = (node for part in definition.body for node in ast.walk(part))
    return [node for node in nodes if isinstance(node, ast.Call)]


def _class(function: Any) -> str:
    """``Sum`` for a function that calls ``Sum(...).symbolic_call(...)``, or ``Sum(...)(...)``."""
    known = _classes()
    found = (
        [c.func.id for c in _calls(function) if isinstance(c.func, ast.Name)] if function else []
    )
    return next((name for name in found if name in known), "")


def _called(function: Any) -> str:
    """The function that an alias returns a call of."""
    calls = [c.func.id for c in _calls(function) if isinstance(c.func, ast.Name)]
    return calls[0] if len(calls) == 1 else ""


def _classes() -> set[str]:
    found = list(keras.Operation.__subclasses__())
    for kind in found:
        found.extend(kind.__subclasses__())
    return {kind.__name__ for kind in found if kind.__module__.startswith("keras.src.ops.")}


def main() -> None:
    print('"""The operations of Keras; written by tools/list_keras_operations.py."""\n')
    print("from __future__ import annotations\n")
    print(f'KERAS = "{keras.__version__}"\n')
    print("# Function of keras.ops: class of its nodes, empty where it makes none.")
    print("OPERATIONS: dict[str, str] = {")
    for name, kind in operations():
        print(f'    "{name}": "{kind}",')
    print("}")


if __name__ == "__main__":
    main()
