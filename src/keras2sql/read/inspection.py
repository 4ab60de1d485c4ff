"""What is known of a model; of one whose inputs have an open length, before that is told."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from keras2sql import notebook
from keras2sql.errors import ModelFileError, one_line
from keras2sql.graph.trees import Trees
from keras2sql.read.network import LayerInfo, Network, Shape, Steps

# Lengths that a network is read with where its own is open: convolutions may have windows that
# are longer than the first.
HEADERS = ("layer", "class", "output", "parameters", "SQL")

_TRIED = (8, 64, 512)


@dataclass(frozen=True, eq=False)
class Inspection:
    """What is known of a model.

    `network` is None where a layer is unsupported, or inputs have sizes that nothing tells:
    these are in `open`.  `inputs` and `outputs` have the shapes of all, with None for what an
    open size decides; `example` is then the network of the length `length`.  `per` is what the
    network computes at once, a row or a time step; `notes` say how it converts, or, below the
    `heading`, with what.
    """

    name: str
    keras: tuple[int, int]
    layers: tuple[LayerInfo, ...]
    network: Network | None
    open: Mapping[str, Shape] = field(default_factory=dict)
    inputs: Mapping[str, Shape] = field(default_factory=dict)
    outputs: Mapping[str, Shape] = field(default_factory=dict)
    example: Network | None = None
    length: int = 0
    per: str = "row"
    heading: str = ""
    notes: tuple[tuple[str, str], ...] = ()
    framework: str = "Keras"

    @property
    def written(self) -> str:
        """By what the model was written."""
        return f"{self.framework} {'.'.join(map(str, self.keras))}"

    @property
    def problems(self) -> list[tuple[str, str, str]]:
        """``(path, class, reason)`` of every unsupported layer."""
        return [(one.path, one.class_name, one.problem) for one in self.layers if one.problem]

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """Of each layer its path, class, shape, parameters, and what is against it, or yes."""
        return [
            (
                one.path,
                one.class_name,
                shown(one.shape),
                f"{one.parameters:,}",
                one.problem or "yes",
            )
            for one in self.layers
        ]

    @property
    def facts(self) -> list[tuple[str, str]]:
        """What there is to say of the whole: ``(what, value)``."""
        found = [("parameters", f"{sum(one.parameters for one in self.layers):,}")]
        if self.problems:
            return [*found, ("unsupported", f"{len(self.problems)} of {len(self.layers)} layers")]
        network = self.network or self.example
        if network is None:
            return found
        at = "" if self.network else f" for {self.length} steps"
        work = f"{network.graph.multiply_adds():,}{at}"
        kinds = {t.layer: t.kind for t in network.graph.inputs}
        forests = [t.op.forest for t in network.graph.tensors() if isinstance(t.op, Trees)]
        if forests:
            # What is added to all is a tree without a node that asks for something.
            trees = sum(int((~f.leaf[f.roots]).sum()) for f in forests)
            nodes = sum(f.nodes - int(f.leaf[f.roots].sum()) for f in forests)
            found.append(("trees", f"{trees:,}, of {nodes:,} nodes"))
        found.append((f"multiply-adds per {self.per}", work))
        for name, shape in self.inputs.items():
            length = ", its length is open" if name in self.open else ""
            found.append((f"input {name}", f"{shown(shape)} {kinds.get(name, '')}{length}"))
        found += [(f"output {name}", shown(shape)) for name, shape in self.outputs.items()]
        if network.task:
            found.append(("wrapped as", network.task))
        if network.classes is not None:
            found.append(("classes", ", ".join(map(str, network.classes))))
        return found

    def __repr__(self) -> str:
        facts = "; ".join(f"{what} {value}" for what, value in self.facts[:2])
        return f"<Inspection of {self.name}: {len(self.layers)} layers; {facts}>"

    def _repr_html_(self) -> str:
        title = f"{self.name}, written by {self.written}"
        notes = notebook.heading(self.heading) if self.heading else ""
        notes += notebook.table(self.notes) if self.notes else ""
        return (
            notebook.heading(title)
            + notebook.table(self.facts)
            + notebook.table(self.rows, HEADERS)
            + notes
        )

    def __str__(self) -> str:
        rows = [tuple(map(one_line, row)) for row in self.rows]
        parts = [
            [f"{self.name}, written by {self.written}"],
            aligned([HEADERS, *rows]),
            aligned(self.facts),
            [*([self.heading] if self.heading else []), *aligned(self.notes)],
        ]
        return "\n\n".join("\n".join(part) for part in parts if part)


def shown(shape: Shape | None) -> str:
    """A shape in words."""
    return "?" if shape is None else " x ".join(map(str, shape)) or "scalar"


def aligned(rows: Sequence[tuple[str, ...]]) -> list[str]:
    """Rows of texts as lines, in columns."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)] if rows else []
    return ["  ".join(c.ljust(w) for c, w in zip(r, widths, strict=True)).rstrip() for r in rows]


def taken(steps: Steps | None, length: int) -> Steps:
    """The reading with this length where `steps` leave a size open."""

    def sized(shapes: Mapping[str, Shape]) -> Mapping[str, Shape]:
        known = shapes if steps is None else {**shapes, **steps.sized(shapes)}
        return {n: tuple(length if d is None else d for d in s) for n, s in known.items()}

    return Steps(sized) if steps is None else replace(steps, sized=sized)


def opened(unread: Inspection, at: Callable[[int], Inspection]) -> Inspection:
    """What is known of a model with open inputs: what two readings `at` a length share.

    `unread` is what is known without a length.
    """
    known: Inspection | None = None
    for length in _TRIED:
        one = _tried(at, length)
        if one is None or (known is not None and one.network is None):
            continue
        other = _tried(at, 2 * length) or _tried(at, length - 1) or one
        known = replace(_shared(one, other), network=None, example=one.network, length=length)
        if one.network is not None:
            break
    found = replace(known or unread, open=unread.open)
    if known is not None and all(shape.count(None) == 1 for shape in unread.open.values()):
        return found
    return replace(found, layers=tuple(_refused(one, unread) for one in found.layers))


def _tried(at: Callable[[int], Inspection], length: int) -> Inspection | None:
    """What a model is at this length; None where it can't have it."""
    try:
        return at(length)
    except ModelFileError:
        return None


def _shared(one: Inspection, other: Inspection) -> Inspection:
    """What two readings have in common: sizes that differ are open."""
    shapes = {info.path: info.shape for info in other.layers}
    return replace(
        one,
        layers=tuple(replace(i, shape=_common(i.shape, shapes.get(i.path))) for i in one.layers),
        inputs={n: _common(s, other.inputs.get(n)) or s for n, s in one.inputs.items()},
        outputs={n: _common(s, other.outputs.get(n)) or s for n, s in one.outputs.items()},
    )


def _common(one: Shape | None, other: Shape | None) -> Shape | None:
    if one is None or other is None or len(one) != len(other):
        return one
    return tuple(a if a == b else None for a, b in zip(one, other, strict=True))


def _refused(info: LayerInfo, unread: Inspection) -> LayerInfo:
    """An input whose open sizes nothing but the model itself can tell, as a problem."""
    shape = next((i.shape for i in unread.layers if i.path == info.path), None) or ()
    if info.class_name != "InputLayer" or None not in shape or info.problem:
        return info
    problem = (
        f"the input shape {shape} leaves sizes open (None); build the model with a fixed input "
        "shape, and give it these weights"
    )
    return replace(info, shape=shape, problem=problem)


def per_step(shape: Shape) -> int:
    """How many numbers a step has, of an input with one open size."""
    return math.prod(n for n in shape if n is not None)


def ways(opened: Mapping[str, Shape], alone: bool = True) -> str:
    """What tells the length of these inputs, in one line; `alone`: there are no others."""
    (name, shape), *others = opened.items()
    if others or not alone:
        named = ", ".join(f"{n} {s}" for n, s in opened.items())
        plural = "s" if others else ""
        return (
            f"the input{plural} {named} {'have open lengths' if others else 'has an open length'}: "
            "name the features of each input, whose number tells it: features={input: [...]} "
            "(--features INPUT=a,b,... once per input)"
        )
    return (
        f"the input {name} of shape {shape} has an open length: give --features for all steps, "
        f"{per_step(shape)} per step, or --order-by for a table with a row per key and step (in "
        "Python features=[...] or Sequence([...], order_by=...))"
    )
