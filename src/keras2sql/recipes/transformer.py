"""The layers of Keras's own examples of transformers, and attention by a weight per step.

The classes are those of https://keras.io/examples/nlp/text_classification_with_transformer/
(TransformerBlock, TokenAndPositionEmbedding) and
https://keras.io/examples/nlp/neural_machine_translation_with_transformer/
(TransformerEncoder, PositionalEmbedding).  AttentionLayer and AttentionWithContext are not
among them: their versions differ in what they compute.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keras2sql.errors import InputError
from keras2sql.graph import expr as ex
from keras2sql.graph import functions
from keras2sql.graph.core import Builder, Tensor
from keras2sql.graph.expr import X, Y
from keras2sql.layers.common import need_rank, variable
from keras2sql.layers.registry import REGISTRY, Layer, Refused, converts
from keras2sql.recipes import sinusoids
from keras2sql.recipes.common import options, part, refuse_mask, whole

_HEADS = " ".join(f"{p}_kernel {p}_bias" for p in ("query", "key", "value", "output"))
_DENSE = "up_kernel up_bias down_kernel down_bias"
_NORMS = "gamma_1 beta_1 gamma_2 beta_2"


@converts("*>TransformerBlock", weights=f"{_HEADS} {_DENSE} {_NORMS}")
def transformer_block(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """(steps, embed_dim) -> the same: attention to itself, then two dense layers; each with a
    residual addition and a layer normalisation behind it.
    """
    options(layer, "embed_dim num_heads ff_dim", "rate")
    refuse_mask(graph, x)
    return _block(graph, layer, x, whole(layer, "ff_dim"), 1e-6)


@converts("*>TransformerEncoder", weights=f"{_HEADS} {_DENSE} {_NORMS}")
def transformer_encoder(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """As a TransformerBlock; a mask hides steps from the attention."""
    options(layer, "embed_dim dense_dim num_heads")
    y = _block(graph, layer, x, whole(layer, "dense_dim"), 1e-3)
    return graph.masked(y, graph.mask(x))


def _block(graph: Builder, layer: Layer, x: Tensor, hidden: int, epsilon: float) -> Tensor:
    need_rank(x, 2)
    size, heads = whole(layer, "embed_dim"), whole(layer, "num_heads")
    if x.shape[-1] != size:
        raise Refused(f"its input has {x.shape[-1]} features, and embed_dim={size}")
    attended = _attention(graph, layer, x, size, heads)
    first = _normalized(graph, layer, graph.map(X + Y, x, attended), 1, epsilon)
    up = _dense(graph, layer, first, "up", size, hidden, "relu")
    down = _dense(graph, layer, up, "down", hidden, size, "linear")
    return _normalized(graph, layer, graph.map(X + Y, first, down), 2, epsilon)


def _attention(graph: Builder, layer: Layer, x: Tensor, size: int, heads: int) -> Tensor:
    shapes: dict[str, tuple[str, tuple[int, ...]]] = {
        f"{p}_{kind}": (f"{p}_{kind}", shape)
        for p in ("query", "key", "value")
        for kind, shape in (("kernel", (size, heads, size)), ("bias", (heads, size)))
    }
    shapes["output_kernel"] = ("output_kernel", (heads, size, size))
    shapes["output_bias"] = ("output_bias", (size,))
    config = {"num_heads": heads, "key_dim": size, "use_bias": True}
    return part(graph, layer, "MultiHeadAttention", config, shapes, x, x)


def _dense(
    graph: Builder, layer: Layer, x: Tensor, name: str, size: int, units: int, activation: str
) -> Tensor:
    shapes = {"kernel": (f"{name}_kernel", (size, units)), "bias": (f"{name}_bias", (units,))}
    return part(graph, layer, "Dense", {"units": units, "activation": activation}, shapes, x)


def _normalized(graph: Builder, layer: Layer, x: Tensor, number: int, epsilon: float) -> Tensor:
    size = (x.shape[-1],)
    shapes = {"gamma": (f"gamma_{number}", size), "beta": (f"beta_{number}", size)}
    return part(graph, layer, "LayerNormalization", {"epsilon": epsilon}, shapes, x)


@converts("*>TokenAndPositionEmbedding", weights="one other")
def token_and_position(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """(steps,) ids -> (steps, embed_dim): an embedding of the id plus one of its place."""
    options(layer, "maxlen vocab_size embed_dim")
    return _embedded(graph, layer, x, "maxlen")


def _tables(config: Mapping[str, Any]) -> str:
    return "embeddings" if "d_model" in config else "one other"


@converts("*>PositionalEmbedding", weights=_tables)
def positional_embedding(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """As a TokenAndPositionEmbedding; the id 0 is masked."""
    if "d_model" in layer.config:
        raise Refused(sinusoids.WHICH)
    options(layer, "sequence_length vocab_size embed_dim")
    y = _embedded(graph, layer, x, "sequence_length")
    graph.pads(x, 0.0)
    return graph.masked(y, graph.map(ex.call("ne", X, 0), x))


def _embedded(graph: Builder, layer: Layer, x: Tensor, longest: str) -> Tensor:
    need_rank(x, 1)
    steps, size, words = (
        whole(layer, longest),
        whole(layer, "embed_dim"),
        whole(layer, "vocab_size"),
    )
    if x.shape[0] > steps:
        raise Refused(f"{x.shape[0]} steps, and {longest}={steps}")
    if steps == words:
        raise Refused(f"{longest}={steps} is vocab_size too: which table is which is not told")
    # Archives list them by the names of attributes, HDF5 files as they were made.
    both = [variable(layer, name, (-1, size)) for name in ("one", "other")]
    places, table = sorted(both, key=lambda one: len(one) != steps)
    if (len(places), len(table)) != (steps, words):
        found = f"{len(both[0])} and {len(both[1])}"
        raise Refused(f"its tables have {found} rows, not {steps} and {words}")
    return graph.map(X + Y, graph.lookup(table, x), places[: x.shape[0]])


@converts("*>SimpleAttention", "*>attention", weights="W b")
def simple_attention(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """(steps, n) -> (n,): the steps weighed by ``softmax(tanh(x @ W + b))``, and added up.

    With ``return_sequences`` they are weighed alone.
    """
    options(layer, "", "return_sequences")
    need_rank(x, 2)
    refuse_mask(graph, x)
    steps, size = x.shape
    kernel, bias = variable(layer, "W", (size, 1)), variable(layer, "b", (steps, 1))
    scores = graph.map(ex.tanh(X), graph.contract(x, kernel, bias))
    weighed = graph.map(X * Y, x, functions.softmax(graph, scores, 0))
    if layer.config.get("return_sequences", False):
        return weighed
    return graph.reduce("sum", weighed, 0)


@converts("*>PositionalEncoding")
def positional_encoding(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """Nothing in a file tells in which order its sines and cosines are."""
    raise Refused(sinusoids.WHICH)


def positions(encoding: sinusoids.Encoding) -> None:
    """Register the classes with sines and cosines for those who say in which order they are.

    Raises `InputError` where the other order was registered before.
    """
    before = getattr(REGISTRY["*>PositionalEncoding"].convert, "encoding", encoding)
    if before is not encoding:
        raise InputError(
            "positions_interleaved and positions_concatenated exclude each other: "
            "name the recipe that fits the classes of this model"
        )

    @converts("*>PositionalEncoding", replace=True)
    def encoded(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
        if len(layer.variables):
            raise Refused("it has weights, and the published class has none")
        return sinusoids.encoded(graph, layer, x, encoding)

    encoded.encoding = encoding  # type: ignore[attr-defined]

    @converts("*>PositionalEmbedding", weights=_tables, replace=True)
    def embedded(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
        if "d_model" not in layer.config:
            y: Tensor = positional_embedding(graph, layer, x)
            return y
        return sinusoids.embedded(graph, layer, x, encoding)


@converts("keras_nlp>SinePositionEncoding", "keras_hub>SinePositionEncoding")
def sine_position_encoding(graph: Builder, layer: Layer, x: Tensor) -> Tensor:
    """(steps, n) -> the encoding of its places alone, of KerasNLP and KerasHub."""
    (wavelength,) = options(layer, "max_wavelength")
    need_rank(x, 2)
    if layer.call_kwargs.get("start_index"):
        raise Refused(f"start_index={layer.call_kwargs['start_index']!r}")
    if not isinstance(wavelength, int | float) or isinstance(wavelength, bool) or wavelength <= 0:
        raise Refused(f"max_wavelength={wavelength!r}")
    refuse_mask(graph, x)
    graph.room(*x.shape)
    steps, size = x.shape
    return graph.constant(sinusoids.interleaved(steps, size, float(wavelength)))
