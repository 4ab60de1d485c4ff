"""What a dialect is: data about one database, in groups.

Adding a database is one file that fills a `Dialect` in (or derives it from its true
family with `dataclasses.replace`), and one row in the conformance matrix.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from keras2sql.dialects.arithmetic import Arithmetic
from keras2sql.dialects.casts import Bounds, Casts
from keras2sql.dialects.constants import Constants
from keras2sql.dialects.costs import Costs
from keras2sql.dialects.limits import Limits
from keras2sql.dialects.naming import Naming
from keras2sql.dialects.numbers import Numbers
from keras2sql.dialects.reading import Reading
from keras2sql.dialects.searching import Searching
from keras2sql.dialects.spelling import Spelling
from keras2sql.dialects.storage import Storage
from keras2sql.sql.grammar import Grammar
from keras2sql.sql.steps import Recursing, Steps


@dataclass(frozen=True, kw_only=True)
class Dialect(Spelling):
    """One database.

    `functions` spells the scalar functions of `graph.expr`; `{0}` is the first argument.
    A function that is missing there is replaced by its identity in `lower.identities`, or
    refused; so are those of two arguments that are `slow`, where speed comes before a short
    text.
    `array` is
    a source column as an array, where the database has such; `array_whole` tests the column for
    `count` elements and no NULL, `array_numbers` for no NaN, where that is another test;
    `array_instead` stands for one that is not whole, made of `missing`, where arrays can't be
    NULL; `array_safe` is for what
    such a test let pass, and `element` reads one of them, counted from 1.  `pack`
    makes an array of numbers (`single_pack` one of 32 bit of any) and `dot` its product with an
    array of literals (which may span lines, with `dot_lines`), where the engine has a compiled
    one, fastest on arrays of `part` numbers (0: of any length).  By the strategies in `gather`,
    inputs of so many and more columns become one array at once, of each column as
    `gather_number`; `gathered` is that array, if it is whole, where the test of `array` is more
    than it takes.  `costs` tells what the strategies take, as measured; `packed_precision` is
    that of arrays, if there is but one, and within
    +-`packed_most` are the numbers in them, if they must be held.  `session` holds
    statements that belong before the query, in its transaction (`own_session` those before all
    others that the product itself runs); `script` the same for a script that the database's own
    shell runs.
    `names`, `numbers` and `constants` tell how such are written, `casts` how columns become such,
    and `bounds` where numbers have to stay.
    `storage` tells how tables and views are made, `reading` how columns are read, `grammar` how a
    query is put together, `searching` how many values are looked up in a table at once, where the
    database can.
    `arithmetic` tells what is computed where there is no number.
    `lists` has what computes on arrays by compiled
    functions: "collect" makes one of many rows, "join" one of many arrays, "append" of two;
    "fill" repeats a value, "gather" picks by an array of places, "each" computes for each
    element, "product" multiplies with each array of an array.  `listed` is an array of values,
    and `unnest` joins rows `e` (v, n = 1, 2, ...) of an array, where the engine can.  `block`
    is how many weights a record has in columns where it can't, as measured; 0: one.
    `steps` tells how the steps of a query are kept apart, and `recursion` how one reads itself,
    where it can.
    """

    name: str
    title: str
    aliases: tuple[str, ...]
    tested: str
    types: Mapping[str, str]
    names: Naming
    numbers: Numbers
    constants: Constants
    casts: Casts
    bounds: Bounds | None
    steps: Steps
    recursion: Recursing | None
    functions: Mapping[str, str]
    limits: Limits
    slow: frozenset[str] = frozenset()
    strategies: tuple[str, ...] = ("columns", "rows")
    array: str = ""
    array_whole: str = ""
    array_numbers: str = ""
    array_safe: str = "{0}"
    array_instead: str = ""
    element: str = "{0}[{place}]"
    pack: str = ""
    single_pack: str = ""
    dot: str = ""
    dot_lines: bool = False
    part: int = 0
    gather: Mapping[str, int] = field(default_factory=dict)
    gather_number: str = "CAST({0} AS {type})"
    gathered: str = ""
    costs: Costs | None = None
    packed_precision: str = ""
    packed_most: float = math.inf
    arithmetic: Arithmetic = field(default_factory=Arithmetic)
    lists: Mapping[str, str] = field(default_factory=dict)
    listed: str = ""
    unnest: str = ""
    block: int = 0
    session: tuple[str, ...] = ()
    own_session: tuple[str, ...] = ()
    script: tuple[str, ...] = ()
    storage: Storage = field(default_factory=Storage)
    reading: Reading = field(default_factory=Reading)
    searching: Searching | None = None
    grammar: Grammar = field(default_factory=Grammar)
    notes: str = ""
