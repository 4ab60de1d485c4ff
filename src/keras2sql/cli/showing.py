"""inspect, dialects and layers: the verbs that tell."""

from __future__ import annotations

from typing import Annotated

import typer

from keras2sql import api
from keras2sql.cli import options as opt
from keras2sql.cli.console import frame, plain, show, table, write
from keras2sql.read.any import inspect as look


def inspect(
    model: opt.Model,
    dialect: Annotated[
        str, typer.Option("--dialect", "-d", help="Also tell how this database would run it.")
    ] = "",
    weights_file: opt.WeightsFile = "",
    trust_pickle: opt.TrustPickle = False,
    plugin: opt.Plugin = None,
    debug: opt.Debug = False,
) -> None:
    """Show layers, work per row and problems.

    \b
    Example:
      keras2sql demo --export demo
      keras2sql inspect demo/iris.keras --dialect postgres
    """
    found = look(model, weights_file or None, trust_pickle)
    version = ".".join(map(str, found.keras))
    show(plain(f"{found.name}, written by Keras {version}", "bold"))
    rows = [
        (i.path, i.class_name, _shape(i.shape), f"{i.parameters:,}", i.problem or "yes")
        for i in found.layers
    ]
    show(table(["layer", "class", "output", "parameters", "SQL"], rows, "parameters"), "")
    facts = [("parameters", f"{sum(i.parameters for i in found.layers):,}")]
    if found.network is None:
        facts.append(("unsupported", f"{len(found.problems)} of {len(found.layers)} layers"))
    else:
        graph = found.network.graph
        facts.append(("multiply-adds per row", f"{graph.multiply_adds():,}"))
        facts += [(f"input {t.layer}", f"{_shape(t.shape)} {t.kind}") for t in graph.inputs]
        facts += [(f"output {name}", _shape(t.shape)) for name, t in graph.outputs.items()]
        if found.network.task:
            facts.append(("wrapped as", found.network.task))
        if found.network.classes is not None:
            facts.append(("classes", ", ".join(map(str, found.network.classes))))
    show(table(["", ""], facts, header=False))
    if dialect:
        program = api.convert(
            model,
            dialect,
            "source",
            "key",
            weights_file=weights_file or None,
            trust_pickle=trust_pickle,
        )
        write(f"\n{program.explain()}")


def dialects(debug: opt.Debug = False) -> None:
    """List the databases.

    Name, aliases, how each is tested, and the strategies it has.

    \b
    Example:
      keras2sql dialects
    """
    frame(api.dialects())


def layers(debug: opt.Debug = False) -> None:
    """List the Keras layers.

    With notes on those that do not become SQL.

    \b
    Example:
      keras2sql layers
    """
    found = api.layers()
    found["supported"] = found["supported"].map({True: "yes", False: "no"}).fillna("")
    frame(found)


def _shape(shape: tuple[int | None, ...] | None) -> str:
    return "?" if shape is None else " x ".join(map(str, shape)) or "scalar"
