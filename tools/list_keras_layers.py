"""Write src/keras2sql/layers/names.py: the layers that the installed Keras has.

Run it after an update of Keras::

    KERAS_BACKEND=jax python tools/list_keras_layers.py > src/keras2sql/layers/names.py
"""

from __future__ import annotations

import inspect

import keras


def layers() -> list[tuple[str, str]]:
    """``(name, family)`` of each layer class of `keras.layers`, aliases and bases left out."""
    named: dict[type, list[str]] = {}
    for name, kind in vars(keras.layers).items():
        if inspect.isclass(kind) and issubclass(kind, keras.layers.Layer):
            named.setdefault(kind, []).append(name)
    for base in (keras.layers.Layer, keras.layers.Wrapper):
        del named[base]
    return sorted((_own_name(kind, names), _family(kind)) for kind, names in named.items())


def _own_name(kind: type, names: list[str]) -> str:
    """The name that files hold, among the aliases of a class."""
    from keras.src.api_export import get_name_from_symbol

    exported = get_name_from_symbol(kind).split(".")[-1]
    assert exported in names, (exported, names)
    return exported


def _family(kind: type) -> str:
    """The folder of Keras's source that it is in."""
    path = kind.__module__.split(".")
    if "image_preprocessing" in path:
        return "image"
    return path[path.index("layers") + 1] if "layers" in path else "code"


def main() -> None:
    print('"""The layers of Keras, by family; written by tools/list_keras_layers.py."""\n')
    print("from __future__ import annotations\n")
    print(f'KERAS = "{keras.__version__}"\n')
    print("LAYERS: tuple[tuple[str, str], ...] = (")
    for name, family in layers():
        print(f'    ("{name}", "{family}"),')
    print(")")


if __name__ == "__main__":
    main()
