"""What makes a layer unsupported before it is ever called, in words for its owner."""

from __future__ import annotations

import re

from keras2sql.layers import quantization
from keras2sql.layers.operations.table import function_of
from keras2sql.layers.registry import REGISTRY
from keras2sql.read.spec import LayerSpec

_CODE = ("Lambda", "TFSMLayer", "JaxLayer", "FlaxLayer", "TorchModuleWrapper")
_TENSORFLOW = ("TFOpLambda", "TensorFlowOpLayer", "SlicingOpLambda")


def standing_problem(spec: LayerSpec) -> str:
    """Why no call of this layer can be converted; empty if nothing is known against it."""
    if spec.is_input:
        return ""
    if spec.problem:
        return spec.problem
    if reason := quantization.problem(spec.class_name, spec.config):
        return reason
    if spec.key in REGISTRY:
        return next((p for c in spec.children.values() if (p := _child_problem(c))), "")
    if spec.class_name in _CODE:
        return (
            "it holds program code, which is never executed; "
            "use Keras layers or keras.ops in its place"
        )
    if spec.class_name in _TENSORFLOW:
        called = spec.config.get("function") or _node(spec)
        return f"TensorFlow's function {called}; only those with a twin in keras.ops are converted"
    if spec.is_operation:
        return f"no converter for {function_of(spec.class_name)}"
    if ">" in spec.key:
        return f"a class of its own, not one of Keras's; register a converter for '{spec.key}'"
    return "no converter for this class"


def _node(spec: LayerSpec) -> str:
    """The operation of a TensorFlowOpLayer, which TensorFlow 2.0 to 2.3 wrote."""
    node = spec.config.get("node_def")
    found = re.search(r"""\bop["']?\s*:\s*["'](\w+)""", str(node))
    return found[1] if found else "of an unknown name"


def _child_problem(child: LayerSpec) -> str:
    """Layers inside a wrapper; which cells it takes is the business of its converter."""
    if child.model is not None:
        return ""
    if child.class_name.endswith(("Cell", "Cells")):
        inner = next((p for c in child.children.values() if (p := _child_problem(c))), "")
        own = f"inside it {child.name} ({child.class_name}): {child.problem}"
        return own if child.problem else inner
    problem = standing_problem(child)
    if not problem and quantization.scheme_of(child.config) is not None:
        problem = (
            "quantised, which Keras does not heed in a layer inside another: it computes with the "
            "whole numbers as they are; convert the model before `quantize`"
        )
    return f"inside it {child.name} ({child.class_name}): {problem}" if problem else ""


def called_in_training(spec: LayerSpec) -> bool:
    """Whether ``training=True`` changes what the layer computes."""
    if spec.class_name == "BatchNormalization":
        return True
    if any(word in spec.class_name for word in ("Dropout", "Noise", "Random", "Spectral")):
        return True
    return any(bool(spec.config.get(k)) for k in ("dropout", "recurrent_dropout"))


def carries_state(spec: LayerSpec) -> bool:
    """Whether what the layer computes depends on its calls before."""
    if spec.config.get("stateful") and not spec.key.startswith("ops>"):
        return True
    return any(carries_state(child) for child in spec.children.values())
