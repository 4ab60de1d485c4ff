"""What a dialect is: data about one database, in groups.

Adding a database is one file that fills a `Dialect` in (or derives it from its true
family with `dataclasses.replace`), and one row in the conformance matrix.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from keras2sql.dialects.arithmetic import Arithmetic
from keras2sql.dialects.arrays import Arrays, Products
from keras2sql.dialects.casts import Bounds, Casts
from keras2sql.dialects.constants import Constants
from keras2sql.dialects.costs import Costs
from keras2sql.dialects.limits import Limits
from keras2sql.dialects.naming import Naming
from keras2sql.dialects.numbers import Numbers
from keras2sql.dialects.reading import Reading
from keras2sql.dialects.remarks import ATANH
from keras2sql.dialects.rows import Rows
from keras2sql.dialects.searching import Searching
from keras2sql.dialects.settings import Settings
from keras2sql.dialects.spelling import Spelling
from keras2sql.dialects.storage import Predictions, Tables, Views
from keras2sql.dialects.walking import Walking
from keras2sql.sql.grammar import Grammar
from keras2sql.sql.steps import Recursing, Steps

Tested = Literal["executed", "relative executed", "parsed"]
"""Every statement of the cases runs on the database itself, or on one of its family, or is read
by a parser of its language alone."""


@dataclass(frozen=True, kw_only=True)
class Dialect(Spelling):
    """One database, in groups; a group that can be None is None where the database has no such
    thing, and then nobody asks for it.

    `types` are the names of the types of numbers of 64 and of 32 bit ("double", "single"), of
    whole numbers ("int") and of texts ("str").  `names`, `numbers` and `constants` tell how such
    are written, `casts` how columns become such, and `bounds` where numbers have to stay.
    `functions` spells the scalar functions of `graph.expr`; `{0}` is the first argument.  A
    function that is missing there is replaced by its identity in `lower.identities`, or refused; so
    are those of two arguments that are `slow`, where speed comes before a short text.
    `arithmetic` tells what is computed where there is no number.  `remarks` say why a spelling,
    which is a part of a step, is as it is.

    `grammar` tells how a query is put together, `steps` how its steps are kept apart, `recursion`
    how one reads itself, and `searching` how many values are looked up in a table at once.
    Without `arrays` the elements of a tensor are columns, each of them; without `products` of such
    there is no strategy "arrays", and without `rows` none of that name.

    `reading` tells how the columns of a source are read.  `session` holds settings that belong
    before the query, in its transaction (`own_session` those before all others that the product
    itself runs), `script` the statements that a script for the database's own shell begins with,
    and `script_end` those that undo them behind its query.
    There can be `tables` of weights, tables of `predictions`, and `views` that are deployed.

    `limits` and `costs` are measured: what the engine takes in one statement, and what the
    strategies take, of which times were foretold that were off by `sure` times at most.  `tested`
    tells how the tests know that the SQL is right, and `tested_by` on which database, or by whose
    parser, where that is not the database itself; `notes` are for people.
    """

    name: str
    title: str
    aliases: tuple[str, ...]
    tested: Tested
    tested_by: str = ""
    notes: str = ""
    types: Mapping[str, str]
    names: Naming
    numbers: Numbers
    constants: Constants
    casts: Casts
    bounds: Bounds | None
    functions: Mapping[str, str | Callable[[], str]]
    slow: frozenset[str] = frozenset()
    remarks: Mapping[str, str] = field(default_factory=lambda: ATANH)
    arithmetic: Arithmetic
    grammar: Grammar
    steps: Steps
    recursion: Recursing | None
    searching: Searching | None
    arrays: Arrays | None
    products: Products | None
    walking: Walking | None = None
    rows: Rows | None
    reading: Reading
    session: tuple[Settings, ...]
    own_session: tuple[Settings, ...] = ()
    script: tuple[str, ...]
    script_end: tuple[str, ...] = ()
    tables: Tables | None
    predictions: Predictions | None
    views: Views | None
    limits: Limits
    costs: Costs | None
    sure: float = 2.5

    @property
    def how_tested(self) -> str:
        """How the tests know that the SQL is right, and on or by what."""
        return f"{self.tested} ({self.tested_by})" if self.tested_by else self.tested
