"""Models with recurrent layers, as Keras 3 saves them: the graph computes what Keras does."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from model_samples import computing_in, graph_difference, read, saved

from keras2sql.errors import UnsupportedLayerError
from keras2sql.read import read_model

# Keras's jax variables, seen by a newer numpy.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

ROWS = 4
Feeds = dict[str, np.ndarray]


def stacked(keras: Any) -> Any:
    """Recurrent layers on one another."""
    layers = keras.layers
    return keras.Sequential(
        [
            layers.Input((4, 3)),
            layers.LSTM(3, return_sequences=True, name="first"),
            layers.GRU(2, return_sequences=True, go_backwards=True, dropout=0.2),
            layers.GRU(2, return_sequences=True, reset_after=False, use_bias=False),
            layers.SimpleRNN(2, unroll=True),
            layers.Dense(2),
        ]
    )


def text_classifier(keras: Any) -> Any:
    """Texts of different lengths, read in both directions."""
    layers = keras.layers
    x = layers.Input((6,), dtype="int32", name="ids")
    y = layers.Embedding(5, 3, mask_zero=True)(x)
    y = layers.Bidirectional(layers.LSTM(2, return_sequences=True))(y)
    y = layers.Dropout(0.3)(y)
    y = layers.Bidirectional(layers.GRU(2), merge_mode="ave")(y)
    return keras.Model(x, layers.Dense(3, activation="softmax")(y))


def encoder_decoder(keras: Any) -> Any:
    """States handed over, by keyword and by position."""
    layers = keras.layers
    x = layers.Input((3, 2), name="source")
    z = layers.Input((4, 2), name="target")
    _, h, c = layers.LSTM(2, return_state=True, name="encoder")(x)
    decoder = layers.LSTM(2, return_sequences=True, return_state=True, name="decoder")
    y, h, c = decoder(z, initial_state=[h, c])
    again, _, _ = decoder(y, [h, c])
    _, last = layers.GRU(2, return_state=True)(z, c)
    return keras.Model([x, z], [layers.Dense(2)(again), last])


def masked_decoder(keras: Any) -> Any:
    """A mask that is named, one that Keras overlooks, one that is dropped, one handed on."""
    layers = keras.layers
    x = layers.Input((3,), dtype="int32", name="source")
    z = layers.Input((4,), dtype="int32", name="target")
    table = layers.Embedding(4, 2, mask_zero=True)
    _, h, c = layers.LSTM(2, return_state=True)(table(x))
    words = table(z)
    mask = table.compute_mask(z)
    named = layers.LSTM(2, return_sequences=True)(words, initial_state=[h, c], mask=mask)
    silent = layers.LSTM(2, return_sequences=True)(words, initial_state=[h, c])
    return keras.Model([x, z], [layers.GRU(2)(named), layers.GRU(2)(silent)])


def images(keras: Any) -> Any:
    layers = keras.layers
    x = layers.Input((2, 4, 4, 1), name="film")
    y = layers.ConvLSTM2D(2, 2, padding="same", strides=2, return_sequences=True)(x)
    y = layers.TimeDistributed(layers.MaxPooling2D(2))(y)
    y = layers.Bidirectional(layers.ConvLSTM1D(1, 1))(layers.Reshape((2, 1, 2))(y))
    return keras.Model(x, layers.Dense(2)(layers.Flatten()(y)))


def side_by_side(keras: Any) -> Any:
    """Beside a convolution and an attention; one layer called twice."""
    layers = keras.layers
    x = layers.Input((4, 2), name="x")
    shared = layers.LSTM(2, return_sequences=True)
    one, other = shared(x), shared(layers.Conv1D(2, 2, padding="causal")(x))
    y = layers.Attention()([one, other])
    y = layers.Concatenate()([y, layers.Conv1D(3, 3, padding="same")(x), one])
    return keras.Model(x, layers.GlobalMaxPooling1D()(layers.Dense(2)(y)))


def cells(keras: Any) -> Any:
    """Stacks of cells, and two directions with little in common."""
    layers = keras.layers
    x = layers.Input((3, 2), name="x")
    stack = [layers.LSTMCell(2), layers.GRUCell(3), layers.LSTMCell(2)]
    y, first, second, third = layers.RNN(stack, return_sequences=True, return_state=True)(x)
    again = [layers.LSTMCell(2), layers.GRUCell(3), layers.LSTMCell(2)]
    y = layers.RNN(again, return_sequences=True)(y, initial_state=[first, second, third])
    backward = layers.GRU(2, use_bias=False, go_backwards=True, return_sequences=True)
    y = layers.Bidirectional(layers.LSTM(2, return_sequences=True), backward_layer=backward)(y)
    return keras.Model(x, layers.Bidirectional(layers.RNN(layers.SimpleRNNCell(2)))(y))


def sentences(keras: Any) -> Any:
    """Words in sentences in texts: a mask for the words makes one for the sentences."""
    layers = keras.layers
    x = layers.Input((3, 2), dtype="int32", name="ids")
    y = layers.Embedding(3, 2, mask_zero=True)(x)
    y = layers.TimeDistributed(layers.LSTM(2))(y)
    y = layers.GRU(2, return_sequences=True)(layers.Dropout(0.5)(y))
    return keras.Model(x, layers.LSTM(2)(y))


def carrying(keras: Any) -> Any:
    """States that go on from row to row, in both directions of each."""
    layers = keras.layers
    x = layers.Input(batch_shape=(1, 2, 2), name="x")
    y = layers.Bidirectional(layers.LSTM(2, stateful=True, return_sequences=True))(x)
    y = layers.RNN([layers.GRUCell(2), layers.SimpleRNNCell(2)], stateful=True)(y)
    return keras.Model(x, layers.Dense(2)(y))


BUILDERS: dict[str, Callable[[Any], Any]] = {
    build.__name__: build
    for build in (
        stacked,
        text_classifier,
        encoder_decoder,
        masked_decoder,
        images,
        side_by_side,
        cells,
        sentences,
        carrying,
    )
}


@functools.cache
def sample(name: str) -> tuple[Any, Feeds, list[np.ndarray]]:
    """The model, its inputs by name, and Keras's answers to them."""
    import keras

    rng = np.random.default_rng(len(name))
    with computing_in("float64"):
        model = BUILDERS[name](keras)
        model.set_weights([rng.normal(scale=0.8, size=w.shape) for w in model.get_weights()])
        feeds = {t.name: values(t, rng) for t in model.inputs}
        whole = [slice(i, i + 1) for i in range(ROWS)] if name == "carrying" else [slice(ROWS)]
        answers = [called(model, [v[rows] for v in feeds.values()]) for rows in whole]
    listed = [one if isinstance(one, list | tuple) else [one] for one in answers]
    return model, feeds, [np.concatenate(parts) for parts in zip(*listed, strict=True)]


def called(model: Any, given: list[np.ndarray]) -> Any:
    return model(given if len(given) > 1 else given[0])


def values(tensor: Any, rng: np.random.Generator) -> np.ndarray:
    """Numbers; for ids whole ones, with nothing in the one row and no padding in another."""
    shape = (ROWS, *tensor.shape[1:])
    if tensor.dtype != "int32":
        return np.asarray(rng.normal(size=shape))
    ids = rng.integers(0, 3, size=shape)
    ids[0] = 0
    ids[1] = np.maximum(ids[1], 1)
    return ids


@pytest.mark.parametrize("source", ["keras", "h5", "live"])
@pytest.mark.parametrize("name", BUILDERS)
def test_agrees_with_keras(name: str, source: str, tmp_path: Path) -> None:
    model, feeds, answers = sample(name)
    network = read(*saved(model, source, tmp_path))
    assert graph_difference(network.graph, feeds, answers) < 1e-12
    assert bool(network.graph.carried) == (name == "carrying")


@pytest.mark.parametrize("name", ["text_classifier", "masked_decoder", "sentences"])
def test_these_depend_on_their_masks(name: str) -> None:
    """Else the test above could not fail for a mask that is lost."""
    model, feeds, answers = sample(name)
    graph = read(model).graph
    padded = {k: np.where(v == 0, 1, v) for k, v in feeds.items()}
    assert graph_difference(graph, padded, answers) > 1e-3


# -- what has no meaning in SQL


def refusal(model: Any) -> str:
    with pytest.raises(UnsupportedLayerError) as caught:
        read_model(model)
    return str(caught.value)


def test_states_of_a_batch_of_rows() -> None:
    import keras

    x = keras.Input(batch_shape=(8, 2, 3))
    model = keras.Model(x, keras.layers.GRU(2, stateful=True, name="memory")(x))
    assert "memory" in refusal(model)
    assert "batches of 8 rows" in refusal(model)


def test_a_state_that_is_used_twice_in_a_row() -> None:
    import keras

    x = keras.Input(batch_shape=(1, 2, 3))
    memory = keras.layers.GRU(3, stateful=True, return_sequences=True, name="memory")
    assert "called more than once" in refusal(keras.Model(x, memory(memory(x))))


def test_a_state_that_goes_on_from_step_to_step() -> None:
    import keras

    x = keras.Input(batch_shape=(1, 4, 2, 3))
    inner = keras.layers.Bidirectional(keras.layers.LSTM(2, stateful=True))
    model = keras.Model(x, keras.layers.TimeDistributed(inner, name="each")(x))
    assert "from step to step" in refusal(model)


def test_a_cell_of_the_users_own() -> None:
    import keras

    @keras.saving.register_keras_serializable("mine")
    class Cell(keras.layers.SimpleRNNCell):  # type: ignore[misc]
        pass

    x = keras.Input((2, 3))
    model = keras.Model(x, keras.layers.RNN(Cell(2, name="odd"), name="around")(x))
    assert "its cell odd (mine>Cell) is not one of Keras's own" in refusal(model)
    model = keras.Model(x, keras.layers.Bidirectional(keras.layers.RNN(Cell(2)), name="two")(x))
    assert "two" in refusal(model)
