"""Recurrent layers: cells, directions, states, masks, lengths."""

from __future__ import annotations

from layers.case import Case, Inner, case, with_values

ALL = {"return_sequences": True, "return_state": True}
SEQUENCES = {"return_sequences": True}
ZEROS = {"zero_output_for_mask": True}
TWO = {"units": 2}
LAYERS = ("SimpleRNN", "GRU", "LSTM")
CELL = Inner("GRUCell", TWO)
STACK = [Inner("LSTMCell", {"units": 3}), Inner("GRUCell", TWO), Inner("SimpleRNNCell", TWO)]
ONE = [Inner("GRUCell", {"units": 2, "reset_after": False}), Inner("LSTMCell", TWO)]
CONV = {"filters": 2, "kernel_size": 2}
FIRST = {"data_format": "channels_first"}


def states(layer: str) -> int:
    return 2 if "LSTM" in layer else 1


def masked(layer: str, steps: int, features: int = 2, /, **config: object) -> Case:
    return Case(layer, ((steps, features),), config, masks=((steps,),))


def both(inner: str, merge: str | None = "concat", /, **config: object) -> dict[str, object]:
    """The config of a Bidirectional around this layer."""
    return {"layer": Inner(inner, TWO | config), "merge_mode": merge}


def of_each(layer: str) -> list[Case]:
    """What is tried on each of the three main layers."""
    count = states(layer)
    known = tuple(range(1, count + 1))
    initial = ((2,),) * count
    return [
        *(case(layer, (steps, 2), **TWO) for steps in (1, 2, 7, 50)),
        case(layer, (3, 2), **TWO | ALL),
        case(layer, (3, 1), **TWO | ALL, go_backwards=True),
        case(layer, (3, 2), **TWO, use_bias=False),
        case(layer, (3, 2), **TWO, activation="relu"),
        case(layer, (3, 2), **TWO, unroll=True),
        case(layer, (2, 2), **TWO, dropout=0.3, recurrent_dropout=0.2),
        with_values("wide", layer, (2, 2), **TWO),
        masked(layer, 7, **TWO),
        masked(layer, 4, **TWO | ALL),
        masked(layer, 4, **TWO | ALL, unroll=True),
        masked(layer, 4, **TWO | ALL, go_backwards=True),
        masked(layer, 4, **TWO | ALL, **ZEROS),
        masked(layer, 4, **TWO, **ZEROS),
        masked(layer, 4, **TWO | SEQUENCES, **ZEROS, unroll=True),
        Case(layer, ((3, 2), *initial), TWO | ALL, states=known),
        Case(layer, ((3, 2), *initial), TWO | ALL, states=known, masks=((3,),)),
        Case(layer, ((3, 2), *initial), TWO | ALL | {"unroll": True}, states=known, masks=((3,),)),
        Case(layer, ((3, 2), *initial), TWO | {"unroll": True}, states=known, masks=((3,),)),
        Case(layer, ((3, 2), *initial), TWO | {"go_backwards": True}, states=known, masks=((3,),)),
        Case(f"{layer}Cell", ((3,), *initial), TWO, states=known),
        Case(f"{layer}Cell", ((1,), *initial), {**TWO, "use_bias": False}, states=known),
        Case(f"{layer}Cell", ((2,), *initial), {**TWO, "activation": "relu"}, states=known),
        case("RNN", (2, 3), cell=Inner(f"{layer}Cell", TWO), return_state=True),
        *(case("Bidirectional", (3, 2), **both(layer, m)) for m in ("concat", None)),
        case("Bidirectional", (3, 2), **both(layer, "sum", **ALL)),
        Case("Bidirectional", ((3, 2),), both(layer, "sum"), masks=((3,),)),
        Case("Bidirectional", ((3, 2),), both(layer, "concat", **ALL), masks=((3,),)),
    ]


CASES: list[Case] = [
    *(one for layer in LAYERS for one in of_each(layer)),
    # the gates
    case("LSTM", (3, 2), **TWO, recurrent_activation="hard_sigmoid", activation="softsign"),
    case("LSTM", (2, 2), **TWO, recurrent_activation="softmax", unit_forget_bias=False),
    case("GRU", (2, 2), **TWO | ALL, reset_after=False),
    case("GRU", (3, 2), **TWO, reset_after=False, use_bias=False, go_backwards=True),
    case("GRU", (2, 2), **TWO, recurrent_activation="hard_sigmoid", activation=None),
    masked("GRU", 4, **TWO, reset_after=False),
    Case("LSTM", ((3, 2),), TWO | SEQUENCES, masks=((3, 2),)),
    # stacked cells
    case("RNN", (3, 2), cell=CELL, return_sequences=True, go_backwards=True),
    case("RNN", (3, 2), cell=STACK, return_state=True),
    case("RNN", (3, 2), cell=ONE, return_sequences=True, return_state=True, unroll=True),
    case("RNN", (3, 2), cell=Inner("StackedRNNCells", {"cells": ONE}), go_backwards=True),
    masked("RNN", 4, cell=ONE, **ALL),
    masked("RNN", 4, cell=STACK, **SEQUENCES, **ZEROS),
    masked("RNN", 4, cell=ONE, unroll=True),
    Case("RNN", ((3, 2), (2,), (2,), (2,)), {"cell": ONE} | ALL, states=((1,), (2, 3))),
    Case(
        "RNN",
        ((3, 2), (2,), (2,), (2,)),
        {"cell": ONE} | ALL,
        states=((1,), (2, 3)),
        masks=((3,),),
    ),
    Case("StackedRNNCells", ((3,), (2,), (2,), (2,)), {"cells": ONE}, states=((1,), (2, 3))),
    Case("StackedRNNCells", ((1,), (2,), (2,), (2,)), {"cells": ONE}, states=((1,), (2, 3))),
    Case("StackedRNNCells", ((3,), (2,), (2,)), {"cells": ONE[1:]}, states=((1, 2),)),
    # both directions
    case("Bidirectional", (1, 2), **both("LSTM", "concat", **SEQUENCES)),
    case("Bidirectional", (2, 2), **both("GRU", "ave")),
    case("Bidirectional", (7, 2), **both("SimpleRNN", "sum", **ALL)),
    case("Bidirectional", (50, 2), **both("LSTM", "concat")),
    masked("Bidirectional", 50, **both("GRU", "mul", **SEQUENCES)),
    case("RNN", (50, 2), cell=ONE, go_backwards=True, return_state=True),
    masked("LSTM", 50, **TWO | ALL, go_backwards=True),
    case("Bidirectional", (3, 2), **both("LSTM", "mul")),
    case("Bidirectional", (3, 2), **both("LSTM", "ave", **SEQUENCES)),
    case("Bidirectional", (3, 2), **both("GRU", None, **SEQUENCES)),
    case("Bidirectional", (3, 2), **both("LSTM", None, return_state=True)),
    case("Bidirectional", (3, 2), **both("GRU", "mul", return_state=True)),
    Case("Bidirectional", ((3, 2),), both("LSTM", None, **SEQUENCES), masks=((3,),)),
    Case("Bidirectional", ((4, 2),), both("GRU", "ave", **SEQUENCES, unroll=True), masks=((4,),)),
    Case("Bidirectional", ((3, 2), (2,), (2,)), both("GRU", "concat", **ALL), states=(1, 2)),
    Case(
        "Bidirectional",
        ((3, 2), (2,), (2,), (2,), (2,)),
        both("LSTM", "concat", **ALL),
        states=(1, 2, 3, 4),
        masks=((3,),),
    ),
    case(
        "Bidirectional",
        (3, 2),
        layer=Inner("LSTM", TWO | SEQUENCES),
        backward_layer=Inner(
            "GRU", {"units": 3, "go_backwards": True, "use_bias": False} | SEQUENCES
        ),
    ),
    case("Bidirectional", (3, 2), layer=Inner("RNN", {"cell": ONE} | ALL)),
    # convolutions
    case("ConvLSTM1D", (2, 3, 2), **CONV),
    case("ConvLSTM1D", (3, 4, 1), **CONV | ALL, padding="same", go_backwards=True),
    case("ConvLSTM1D", (2, 5, 2), **CONV, strides=2, padding="same", use_bias=False),
    case("ConvLSTM1D", (2, 5, 1), **CONV, dilation_rate=2),
    case("ConvLSTM1D", (2, 2, 4), **CONV | FIRST | ALL),
    case("ConvLSTM2D", (2, 3, 3, 1), **CONV),
    case("ConvLSTM2D", (2, 3, 4, 2), filters=1, kernel_size=[2, 3], strides=[1, 2], **SEQUENCES),
    case("ConvLSTM2D", (2, 1, 3, 3), **CONV | FIRST, padding="same", activation="relu"),
    case("ConvLSTM2D", (1, 4, 4, 1), **CONV, dilation_rate=[2, 1], recurrent_activation="tanh"),
    case("ConvLSTM3D", (2, 2, 2, 3, 1), filters=1, kernel_size=2),
    case("ConvLSTM1D", (7, 3, 1), **CONV),
    case("ConvLSTM1D", (50, 3, 1), filters=1, kernel_size=2),
    case("ConvLSTM2D", (7, 2, 2, 1), filters=1, kernel_size=2, **ALL),
    case("ConvLSTM3D", (7, 1, 2, 2, 1), filters=1, kernel_size=[1, 2, 1]),
    masked("TimeDistributed", 7, layer=Inner("Dense", TWO)),
    case("ConvLSTM3D", (1, 2, 2, 3, 1), filters=1, kernel_size=1, strides=[1, 1, 2]),
    case("ConvLSTM3D", (1, 1, 2, 2, 2), **FIRST, filters=1, kernel_size=[1, 2, 1], padding="same"),
    Case("ConvLSTM1D", ((2, 3, 1), (2, 2), (2, 2)), CONV | ALL, states=(1, 2)),
    case("Bidirectional", (2, 3, 1), layer=Inner("ConvLSTM1D", CONV | ALL), merge_mode="sum"),
    # one step after the other
    case("TimeDistributed", (2, 3, 2), layer=Inner("LSTM", TWO)),
    Case("TimeDistributed", ((2, 3, 2),), {"layer": Inner("GRU", TWO)}, masks=((2, 3),)),
    Case("TimeDistributed", ((3, 2),), {"layer": Inner("Dense", TWO)}, masks=((3,),)),
]

# Each row goes on from the one before, so that rows have an order.
STATEFUL: list[Case] = [
    *(case(layer, (2, 2), **TWO | ALL, stateful=True) for layer in LAYERS),
    *(masked(layer, 3, **TWO | ALL, stateful=True) for layer in LAYERS),
    masked("LSTM", 3, **TWO | ALL, stateful=True, unroll=True),
    case("GRU", (1, 2), **TWO, stateful=True, go_backwards=True),
    case("RNN", (2, 2), cell=ONE, stateful=True),
    case("ConvLSTM1D", (2, 3, 1), **CONV, stateful=True),
    case("Bidirectional", (2, 2), **both("LSTM", "concat", stateful=True, **SEQUENCES)),
    Case("GRU", ((2, 2), (2,)), TWO | {"stateful": True}, states=(1,)),
]
