"""Networks and forests of many shapes: those whose times the costs are fitted to, and others to
check by."""

from __future__ import annotations

from benchmarks.networks import Convolutional, Dense, Forest, Network, Words

Shape = Network | Forest


def _dense(*sizes: tuple[int, ...]) -> dict[str, Network]:
    return {"-".join(map(str, s)): Dense.random(*s) for s in sizes}


def _functions(*shapes: tuple[str, tuple[int, ...]]) -> dict[str, Network]:
    return {
        f"{'-'.join(map(str, sizes))} {activation}": Dense.random(*sizes, activation=activation)
        for activation, sizes in shapes
    }


def _trees(*shapes: tuple[int, int, int, bool]) -> dict[str, Forest]:
    return {
        f"{trees} {'boosted ' if boosted else ''}trees of depth {depth}, {width} features": (
            Forest(trees, depth, width, boosted)
        )
        for trees, depth, width, boosted in shapes
    }


def _images(*shapes: tuple[int, tuple[int, ...], tuple[int, ...]]) -> dict[str, Network]:
    return {
        f"{side}x{side} conv {'-'.join(map(str, filters))} dense {'-'.join(map(str, hidden))}": (
            Convolutional.random(side, filters, *hidden)
        )
        for side, filters, hidden in shapes
    }


def _words(*shapes: tuple[int, int, int, tuple[int, ...], bool]) -> dict[str, Network]:
    return {
        f"{words} of {vocabulary:,} words in {size}, {'mean' if pooled else 'all'}, dense "
        f"{'-'.join(map(str, hidden))}": Words.random(
            vocabulary, size, words, *hidden, pooled=pooled
        )
        for vocabulary, size, words, hidden, pooled in shapes
    }


FITTED: dict[str, Shape] = {
    **_dense(
        (10, 32, 16, 3), (3, 4, 1), (4, 16, 3), (8, 8, 8, 1), (12, 16, 4), (6, 32, 1),
        (30, 32, 2), (16, 48, 24, 1), (30, 64, 32, 1), (64, 32, 10), (50, 100, 50, 1),
        (120, 64, 5), (30, 128, 64, 1), (200, 100, 10), (8, 8, 8, 8, 8, 8, 1),
    ),
    **_functions(
        ("tanh", (8, 32, 1)), ("sigmoid", (6, 16, 16, 1)), ("elu", (12, 40, 20, 1)),
        ("tanh", (20, 64, 32, 1)),
    ),
    **_trees(
        (10, 3, 6, False), (30, 5, 10, False), (80, 4, 12, False), (20, 8, 10, False),
        (40, 3, 8, True), (120, 5, 16, True),
    ),
    **_images((6, (4,), (4,)), (8, (8,), (16, 3)), (12, (4,), (10,))),
    **_words(
        (50, 4, 2, (8, 1), False), (1000, 8, 2, (8, 1), False), (300, 8, 8, (1,), True),
        (2000, 16, 4, (8, 1), True), (500, 4, 24, (4, 1), True), (1000, 8, 32, (1,), False),
        (4000, 16, 48, (8, 1), True), (5000, 32, 3, (16, 1), False), (2000, 8, 96, (1,), True),
    ),
}  # fmt: skip
CHECKED: dict[str, Shape] = {
    **_dense(
        (2, 3, 1), (5, 5, 1), (4, 10, 2), (7, 12, 1), (10, 10, 10, 3), (9, 24, 1), (13, 20, 5),
        (15, 15, 15, 15, 1), (20, 40, 1), (24, 32, 16, 4), (40, 20, 1), (18, 60, 30, 2),
        (60, 60, 10), (32, 96, 48, 1), (100, 50, 25, 3), (80, 120, 1), (150, 64, 32, 1),
        (256, 64, 10),
    ),
    **_functions(("elu", (10, 24, 12, 1)), ("sigmoid", (15, 50, 1))),
    **_trees((25, 4, 8, False), (15, 7, 12, False), (80, 3, 10, True)),
    **_images((7, (6,), (8, 2)), (10, (8,), (10,))),
    **_words(
        (100, 8, 3, (8, 1), False), (3000, 16, 2, (16, 8, 1), False), (1000, 8, 16, (1,), True),
        (1500, 16, 64, (16, 1), True), (800, 8, 20, (8, 3), False), (10_000, 16, 100, (1,), True),
    ),
}  # fmt: skip
