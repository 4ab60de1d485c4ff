"""What a dialect is: data about one database, in groups.

Adding a database is one file that fills a `Dialect` in (or derives it from its true
family with `dataclasses.replace`), and one row in the conformance matrix.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from keras2sql.dialects.arithmetic import Arithmetic
from keras2sql.dialects.arrays import Arrays, Products
from keras2sql.dialects.casts import Bounds, Casts
from keras2sql.dialects.constants import Constants
from keras2sql.dialects.costs import Costs
from keras2sql.dialects.limits import Limits
from keras2sql.dialects.naming import Naming
from keras2sql.dialects.numbers import Numbers
from keras2sql.dialects.reading import Reading
from keras2sql.dialects.rows import Rows
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
    `session` holds statements that belong before the query, in its transaction (`own_session`
    those before all others that the product itself runs); `script` the same for a script that the
    database's own shell runs.
    `names`, `numbers` and `constants` tell how such are written, `casts` how columns become such,
    and `bounds` where numbers have to stay.
    `storage` tells how tables and views are made, `reading` how columns are read, `grammar` how a
    query is put together, `searching` how many values are looked up in a table at once, where the
    database can.
    `arithmetic` tells what is computed where there is no number.
    `steps` tells how the steps of a query are kept apart, and `recursion` how one reads itself,
    where it can.  Where there are no `arrays`, a tensor's elements are columns; where there are no
    `products` of them, there is no strategy "arrays", and no strategy "rows" without `rows`.
    `costs` tells what the strategies take, as measured.
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
    arrays: Arrays | None
    products: Products | None
    rows: Rows | None
    functions: Mapping[str, str]
    limits: Limits
    slow: frozenset[str] = frozenset()
    costs: Costs | None = None
    arithmetic: Arithmetic = field(default_factory=Arithmetic)
    session: tuple[str, ...] = ()
    own_session: tuple[str, ...] = ()
    script: tuple[str, ...] = ()
    storage: Storage = field(default_factory=Storage)
    reading: Reading = field(default_factory=Reading)
    searching: Searching | None = None
    grammar: Grammar = field(default_factory=Grammar)
    notes: str = ""
