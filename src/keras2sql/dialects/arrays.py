"""What a database does with arrays: as columns of a source, and in products."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Arrays:
    """`cast` turns a column into an array of ``{type}``, and `narrow` one of 64 bit into one of 32
    where numbers could raise.  `whole` tests the column for `count` elements and no NULL, `numbers`
    for no NaN, where that is another test; `instead` stands for one that is not whole, made of
    `missing`, or of what a missing number is elsewhere, where arrays can't be NULL; `safe` is for
    what such a test let pass.  `element` reads one of them, counted from 1.

    `listed` is an array of values, and `unnest` joins rows `e` (v, n = 1, 2, ...) of an array,
    where the engine can.
    """

    cast: str
    whole: str
    listed: str
    numbers: str = ""
    narrow: str = ""
    instead: str = ""
    missing: str = ""
    safe: str = "{0}"
    element: str = "{0}[{place}]"
    unnest: str = ""


@dataclass(frozen=True)
class Gathering:
    """By the strategies in `least`, and for recurrences over a row as "loops", inputs of so many
    and more columns become one array at once, of each column as `number`; `whole` is that array,
    if it is whole, where the test for columns of arrays is more than it takes.
    """

    least: Mapping[str, int]
    number: str
    whole: str = ""


@dataclass(frozen=True)
class Matrices:
    """A layer as one value: the products of an array with all rows of a matrix.

    A step of one row holds a matrix, as `value` of a text of nested lists.  Its rows are neurons,
    spelled as `neuron` and of `neuron_type`, of which `weights` and `bias` are read;
    truth values are of `truth_type`.  `places` are
    the whole numbers from 1 up to `end`, which is left out, `flatten` makes one list of a list of
    lists, and `found` is the element of a table at a computed place, from 0, or the first.
    `aggregates` are sums and the like of a list of `count` numbers.
    """

    value: str
    neuron: str
    neuron_type: str
    truth_type: str
    weights: str
    bias: str
    places: str
    flatten: str
    found: str
    aggregates: Mapping[str, str]


@dataclass(frozen=True)
class Products:
    """Products of arrays by a compiled function of the engine.

    `pack` makes an array of numbers (`single_pack` one of 32 bit of any) and `dot` its product
    with an array of literals (which may span lines, with `lines`), fastest on arrays of `part`
    numbers (0: of any length); it is of 64 bit whatever they are, if it `widens`.  `precision` is
    that of arrays, if there is but one, and within +-`most` are the numbers in them, if they must
    be held.  `matrices`: all products of a layer at once, where the engine computes on lists of
    lists.
    """

    pack: str
    dot: str
    single_pack: str = ""
    lines: bool = False
    part: int = 0
    widens: bool = False
    precision: str = ""
    most: float = math.inf
    gathering: Gathering | None = None
    matrices: Matrices | None = None
