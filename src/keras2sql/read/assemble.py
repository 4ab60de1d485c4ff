"""The architecture and its weights become the graph, layer by layer, by their converters.

A layer without a converter does not stop the reading: what it would deliver is replaced
by a stand-in of the recorded shape, or left out, so that every such layer is found.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from keras2sql.errors import Keras2SQLError, ModelFileError
from keras2sql.graph import expr as ex
from keras2sql.graph.core import Builder, Graph, Tensor
from keras2sql.layers import whole
from keras2sql.layers.arguments import unknown_call_arguments
from keras2sql.layers.description import described
from keras2sql.layers.operations import types
from keras2sql.layers.quantization import refuse_incomplete
from keras2sql.layers.registry import REGISTRY, Layer, Refused, converts
from keras2sql.read import blame, keras1_weights, keras2
from keras2sql.read.arguments import (
    call_name,
    filled,
    inner_inputs,
    input_names,
    output_names,
    spread,
)
from keras2sql.read.connections import connections
from keras2sql.read.limits import check_calls, check_growth, check_input, check_nested_calls
from keras2sql.read.masks import pass_mask_on, takes_masks_off
from keras2sql.read.network import LayerInfo, Shape, Steps
from keras2sql.read.order import ordered_calls
from keras2sql.read.problems import called_in_training, carries_state, standing_problem
from keras2sql.read.spec import Call, LayerSpec, ModelSpec, Ref, refs
from keras2sql.read.weights import Weights

# The result of a call: its tensors, or None where they are unknown.
Result = list[Tensor] | None
Values = dict[tuple[str, int], Result]


# A model that a layer wraps is to that layer's converter like any other layer.
_WRAPPED_MODEL = "keras2sql>model"


@converts(_WRAPPED_MODEL)
def _wrapped_model(graph: Builder, layer: Layer, *tensors: Tensor) -> Any:
    return layer.config["call"](*tensors)


@dataclass(eq=False)
class Assembly:
    """The work on one model file."""

    weights: Weights
    keras: tuple[int, int]
    builder: Builder = field(default_factory=Builder)
    infos: dict[LayerSpec, LayerInfo] = field(default_factory=dict)
    inputs: list[Tensor] = field(default_factory=list)
    steps: Steps | None = None
    batch: int | None = None
    stateful: set[LayerSpec] = field(default_factory=set)
    origin: keras1_weights.Origin | None = None
    calls: int = 0
    open: dict[str, Shape] = field(default_factory=dict)  # inputs of sizes that nothing tells

    def graph(self, model: ModelSpec) -> Graph | None:
        """The graph of the outermost model, or None if any layer is unsupported."""
        check_nested_calls(model)
        self._survey(model)
        if self.keras < (2, 0):
            self.origin = keras1_weights.origin_of(model, self.weights)
        values = self._inputs(model)
        self._run(model, values, "", training=False)
        outputs = [self._value(ref, values) for ref in refs(model.outputs)]
        for spec, sources in connections(model).items():
            known = [self.infos[one].path for one in sources if one in self.infos]
            self._note(spec, sources=tuple(known))
        if any(info.problem for info in self.infos.values()) or None in outputs:
            return None
        named = zip(output_names(model), [t for t in outputs if t is not None], strict=True)
        return self.builder.graph(self.inputs, dict(named))

    # -- before any call

    def _survey(self, model: ModelSpec) -> None:
        """Note every layer, in the order of the file, with what is wrong with it as such."""
        for path, spec in model.leaves():
            if spec.is_input and "/" in path:
                continue
            count = sum(a.size for a in self._arrays(spec))
            if self.builder.budget is not None:
                self.builder.budget.weights(count)
            self.infos[spec] = LayerInfo(path, spec.class_name, None, count, standing_problem(spec))

    def _arrays(self, spec: LayerSpec) -> list[Any]:
        inner = [a for child in spec.children.values() for a in self._arrays(child)]
        if spec.model is not None:
            inner += [a for _, leaf in spec.model.leaves() for a in self._arrays(leaf)]
        return [*self.weights.arrays.get(spec, ()), *inner]

    def _note(self, spec: LayerSpec, **changes: Any) -> None:
        info = self.infos.get(spec)
        if info is not None:
            self.infos[spec] = replace(info, **changes)

    def _problem(self, spec: LayerSpec) -> str:
        return self.infos[spec].problem if spec in self.infos else standing_problem(spec)

    @property
    def _troubled(self) -> bool:
        return any(info.problem for info in self.infos.values())

    # -- inputs

    def _inputs(self, model: ModelSpec) -> Values:
        """The model's input tensors, in its order and by its names."""
        specs = {spec.name: spec for spec in model.layers}
        found: list[tuple[str, Ref, LayerSpec]] = []
        shapes: dict[str, Shape] = {}
        for name, ref in zip(input_names(model), refs(model.inputs), strict=True):
            spec = specs.get(ref.layer)
            if spec is None or not spec.is_input:
                raise ModelFileError(f"{model.name}: the input '{ref.layer}' is no input layer")
            found.append((name, ref, spec))
            shapes[name] = self._recorded(model, spec)
        if self.steps is not None:
            shapes = {**shapes, **self.steps.sized(shapes)}
        return {
            (ref.layer, ref.node): self._input(spec, name, shapes[name])
            for name, ref, spec in found
        }

    def _recorded(self, model: ModelSpec, spec: LayerSpec) -> Shape:
        recorded = spec.config.get("batch_shape")
        if not isinstance(recorded, list | tuple) or not recorded:
            recorded = [None, *self._guessed_shape(model, spec)]
        self.batch = recorded[0] if isinstance(recorded[0], int) else self.batch
        if any(n is not None and (type(n) is not int or n < 1) for n in recorded[1:]):
            raise ModelFileError(f"{spec.name}: no shape of an input: {recorded}")
        return tuple(recorded[1:])

    def _input(self, spec: LayerSpec, name: str, shape: Shape) -> Result:
        check_input(spec.name, shape)
        self._note(spec, shape=shape)
        if None in shape:
            self.open[name] = shape
            return None
        told = str(spec.config.get("dtype"))
        known = tuple(n for n in shape if n is not None)
        tensor = self.builder.input(name, known, "str" if told == "string" else "float")
        self.inputs.append(tensor)
        if whole.is_integer(told):
            self.builder.as_integer(tensor, told, raw=True)
        if told == "bool":
            with self.builder.at(spec.name):
                return [self.builder.map(ex.call("ne", ex.X, 0.0), tensor)]
        return [tensor]

    def _guessed_shape(self, model: ModelSpec, spec: LayerSpec) -> tuple[int, ...]:
        """From the kernel of a Dense layer that comes first: the only sure case."""
        first = model.layers[1] if len(model.layers) > 1 else spec
        arrays = self.weights.arrays.get(first, [])
        if first.class_name == "Dense" and arrays and arrays[0].ndim == 2:
            return (int(arrays[0].shape[0]),)
        raise ModelFileError(
            f"{model.name}: the file does not say the shape of the input; give the model an "
            "Input layer, or call it once, and save it again"
        )

    # -- calls

    def _run(self, model: ModelSpec, values: Values, prefix: str, training: bool) -> None:
        """Call all layers of `model`, operands first; `values` has the inputs to begin with."""
        taken = {spec.name for spec in model.layers}
        as_run = self.keras >= (3, 0) and takes_masks_off(model)
        for spec, number, call in ordered_calls(model, as_run):
            path = prefix + call_name(spec.name, number, taken)
            values[spec.name, number] = self._call(spec, path, call, values, training)

    def _value(self, ref: Ref, values: Values) -> Tensor | None:
        result = values.get((ref.layer, ref.node))
        if result is not None:
            if not 0 <= ref.tensor < len(result):
                raise ModelFileError(f"{ref.layer} has no output number {ref.tensor}")
            return result[ref.tensor]
        if ref.shape is None or None in ref.shape:
            return None
        # A stand-in for what an unsupported layer would deliver; there will be no graph.
        return self.builder.input("unknown", tuple(n for n in ref.shape if n is not None))

    def _call(
        self, spec: LayerSpec, path: str, call: Call, values: Values, training: bool
    ) -> Result:
        self.calls += 1
        check_calls(self.calls, path)
        tensors = {ref: self._value(ref, values) for ref in refs([call.args, dict(call.kwargs)])}
        if any(value is None for value in tensors.values()):
            if spec.model is not None:
                self._run(spec.model, self._bound(spec.model, []), f"{path}/", training)
            return None
        args = [filled(a, tensors) for a in call.args]
        kwargs = {k: filled(v, tensors) for k, v in call.kwargs.items()}
        if not args and kwargs and not spec.is_operation:
            args = [kwargs.pop(next(iter(kwargs)))]
        # Inside a model called in training mode, Keras overrules what its layers were called with.
        training = training or bool(kwargs.get("training"))
        if spec.model is not None:
            return self._nested(spec.model, path, args, kwargs, training)
        problem = self._problem(spec)
        # In Keras 3 predict() overrules this; in Keras 2 it did not.
        if training and self.keras < (3, 0) and called_in_training(spec):
            problem = "called with training=True: its result would be random"
        try:
            if problem:
                raise Refused(problem)
            return self._convert(spec, path, args, kwargs)
        except Refused as refusal:
            if spec not in self.infos:
                # A layer of a wrapped model: the wrapper is refused, and says why.
                raise Refused(f"inside it {path} ({spec.class_name}): {refusal}") from refusal
            self._note(spec, problem=str(refusal) or "this use of it is not supported")
            return None

    def _nested(
        self, model: ModelSpec, path: str, args: list[Any], kwargs: dict[str, Any], training: bool
    ) -> Result:
        values = self._bound(model, inner_inputs(model, args[0] if args else []))
        bound = [result[0] for result in values.values() if result]
        for given, mask in zip(bound, spread(kwargs.get("mask")), strict=False):
            if isinstance(mask, Tensor):
                self.builder.masked(given, mask)
        self._run(model, values, f"{path}/", training)
        outputs = [self._value(ref, values) for ref in refs(model.outputs)]
        return None if None in outputs else [t for t in outputs if t is not None]

    def _bound(self, model: ModelSpec, given: Sequence[Tensor]) -> Values:
        """A nested model's inputs stand for what it is called on; unknown if nothing is given."""
        wanted = list(refs(model.inputs))
        if given and len(given) != len(wanted):
            raise ModelFileError(
                f"{model.name} has {len(wanted)} inputs and is called on {len(given)}"
            )
        if not given:
            return {(ref.layer, ref.node): None for ref in wanted}
        types = {spec.name: str(spec.config.get("dtype")) for spec in model.layers if spec.is_input}
        return {
            (ref.layer, ref.node): [whole.taken_in(self.builder, x, types.get(ref.layer, ""))]
            for ref, x in zip(wanted, given, strict=True)
        }

    def _convert(
        self, spec: LayerSpec, path: str, args: list[Any], kwargs: dict[str, Any]
    ) -> Result:
        # Operations take lists as they are; layers, one tensor after the other.
        operands = args if spec.is_operation else [part for arg in args for part in spread(arg)]
        layer = replace(self.layer(spec, path), call_kwargs=kwargs)
        self._refuse_tangled_states(spec)
        check_growth(path, spec.config, operands)
        if spec.key not in REGISTRY:
            raise ModelFileError(f"{path} ({spec.class_name}): the model calls it, as no layer is")
        if said := unknown_call_arguments(spec.key, kwargs):
            raise Refused(said)
        convert = REGISTRY[spec.key].convert
        self.builder.described |= described(layer)
        try:
            with self.builder.at(path), np.errstate(all="ignore"):
                converted = types.converted if spec.is_operation else whole.converted
                result = converted(self.builder, layer, convert, operands)
        except (Refused, Keras2SQLError, RecursionError):
            raise
        except Exception as error:
            if self._troubled:
                return None
            who = f"{path} ({spec.class_name})"
            raise blame.explained(who, error, layer, convert, operands) from error
        outputs = list(result) if isinstance(result, list | tuple) else [result]
        if not all(isinstance(part, Tensor) for part in outputs):
            raise ModelFileError(f"{path} ({spec.class_name}) is called on what is no tensor")
        if not spec.is_operation:
            tensors = [part for part in operands if isinstance(part, Tensor)]
            mask = kwargs.get("mask")
            pass_mask_on(self.builder, spec.key, self.keras, tensors, outputs, mask)
        if spec in self.infos and self.infos[spec].shape is None:
            self._note(spec, shape=outputs[0].shape)
        return outputs

    def _refuse_tangled_states(self, spec: LayerSpec) -> None:
        """A state goes on from one call of its layer to the next, which has to be the next row."""
        if not carries_state(spec):
            return
        if spec in self.stateful:
            raise Refused("stateful, and called more than once for each row")
        if (self.batch or 1) != 1:
            raise Refused(
                f"stateful in batches of {self.batch} rows; build the model with batch size 1"
            )
        self.stateful.add(spec)

    def _wrapped(self, model: ModelSpec, path: str, *tensors: Tensor) -> Tensor | list[Tensor]:
        """The results of a model that a layer wraps."""
        result = self._nested(model, path, [list(tensors)], {}, training=False)
        if result is None:
            raise Refused(f"inside it {path} is called on what is not known")
        return result[0] if len(result) == 1 else result

    def layer(self, spec: LayerSpec, path: str) -> Layer:
        """The layer as its converter sees it; checks the number of its arrays."""
        if spec.model is not None:
            config = {"call": functools.partial(self._wrapped, spec.model, path)}
            return Layer(_WRAPPED_MODEL, spec.name, path, config, keras=self.keras)
        children = {
            name: self.layer(child, f"{path}/{child.name}") for name, child in spec.children.items()
        }
        told = dict(spec.config)
        if not told.get("vocabulary") and spec in self.weights.vocabularies:
            told["vocabulary"] = self.weights.vocabularies[spec]
        layer = Layer(spec.key, spec.name, path, told, (), children, self.keras)
        expected = layer.weight_names()
        refuse_incomplete(spec.config, self.weights.arrays.get(spec, ()), len(expected))
        variables = self.weights.of(spec, expected)
        found = list(variables.values() if isinstance(variables, Mapping) else variables)
        if self.keras < (2, 0) and self.origin is not None:
            try:
                told, variables = keras1_weights.adapted(spec.key, told, found, self.origin)
            except (LookupError, TypeError, ValueError, ArithmeticError) as error:
                raise blame.explained(f"{path} ({spec.class_name})", error, layer) from error
            layer = replace(layer, config=told)
        elif self.keras < (3, 0) and spec.key in keras2.CUDNN.values():
            variables = keras2.from_cudnn(spec.key, keras1_weights.gates_together(spec.key, found))
        if expected and len(variables) != len(expected):
            raise ModelFileError(
                f"{path} ({spec.class_name}): {len(variables)} weights in the file, "
                f"not {len(expected)} ({', '.join(expected)})"
            )
        named = variables.items() if isinstance(variables, Mapping) else enumerate(variables)
        for name, array in named:
            if array.dtype.kind == "f" and not np.isfinite(array).all():
                said = expected[name] if isinstance(name, int) and name < len(expected) else name
                raise ModelFileError(
                    f"{path} ({spec.class_name}): '{said}' holds NaN or infinite values; "
                    "such a model can't be computed"
                )
        return replace(layer, variables=variables)
