"""What a dialect is: data about one database, and the few methods that read it.

Adding a database is one file that fills a `Dialect` in (or derives it from its true
family with `dataclasses.replace`), and one row in the conformance matrix.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from keras2sql.dialects.arithmetic import Arithmetic
from keras2sql.dialects.costs import Costs
from keras2sql.dialects.keywords import RESERVED
from keras2sql.dialects.limits import Limits
from keras2sql.dialects.reading import Reading
from keras2sql.dialects.searching import Searching
from keras2sql.dialects.storage import Storage
from keras2sql.errors import DialectLimitError, InputError, UnsupportedDialectError
from keras2sql.sql.grammar import Grammar


@dataclass(frozen=True)
class Dialect:
    """One database.

    `functions` spells the scalar functions of `graph.expr`; `{0}` is the first argument.
    A function that is missing there is replaced by its identity in `lower.identities`, or
    refused; so are those of two arguments that are `slow`, where speed comes before a short
    text.  `cast` turns a source column into the computing type, and `hold` keeps what it
    gave within +-`most`, where the engine's arithmetic does not raise, as `hold_note` tells
    the reader; `valid_raw` tests the source column for being a number (neither NULL
    nor NaN).  `step` is how a step is written so that the engine computes it once, and
    `wide_step` how one of more than `wide_bytes` is, if not the same way; `shared` is one
    that several steps read (`shared_values` a table of values that several joins read), and with
    more than `long_chain` steps all are written like it.
    `recursion` tells how a recursive step is built: with "join" selects nest, with "arrays"
    they do and rows are found by their place in arrays, with "phases" nothing nests; what its
    statement needs stands `before_recursion`.  `array` is
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
    `whole` makes a whole number of what counts rows, if that is of another type.
    `storage` tells how tables and views are made, `reading` how columns are read, `grammar` how a
    query is put together, `searching` how many values are looked up in a table at once, where the
    database can.
    `catalog` stands before the name of a built-in function where a user's own might be found.
    `case_sensitive_names`: whether "a" and "A", quoted, are two columns of one table.
    `literal_of` writes the literal of a value, where a text in its place would not be read
    as one of its type.
    `arithmetic` tells what is computed where there is no number.
    `whole_quotient` divides whole numbers.  `lists` has what computes on arrays by compiled
    functions: "collect" makes one of many rows, "join" one of many arrays, "append" of two;
    "fill" repeats a value, "gather" picks by an array of places, "each" computes for each
    element, "product" multiplies with each array of an array.  `listed` is an array of values,
    and `unnest` joins rows `e` (v, n = 1, 2, ...) of an array, where the engine can.  `block`
    is how many weights a record has in columns where it can't, as measured; 0: one.
    `aliases_first`: whether a name in a select list is rather one of the list's own aliases
    than a column of the source.  `backslash` is how it is written where it is an escape:
    in "texts", in "names".  `missing` is a number that is not there, inside of arithmetic, and
    `row_value` a value in the first row of a table of values, of which outer joins give NULL
    where they find no row.  `computed_anew`: whether a step that several read is computed for
    each of them.
    """

    name: str
    title: str
    aliases: tuple[str, ...]
    tested: str
    types: Mapping[str, str]
    functions: Mapping[str, str]
    limits: Limits
    slow: frozenset[str] = frozenset()
    strategies: tuple[str, ...] = ("columns", "rows")
    quote_mark: str = '"'
    cast: str = "CAST({0} AS {type})"
    cast_text: str = "CAST({0} AS {type})"
    text_key: str = "{0}"
    hold: str = "{0}"
    hold_note: str = ""
    most: float = math.inf
    valid_raw: str = "NOT isnan(CAST({0} AS {type}))"
    step: str = "{name} AS (\n{select}\n)"
    barrier: str = ""
    long_chain: int | None = None
    shared: str = "{name} AS MATERIALIZED (\n{select}\n)"
    shared_values: str = "{name}({columns}) AS MATERIALIZED (VALUES\n  {rows}\n)"
    recursion: str = ""
    before_recursion: str = ""
    whole: str = "{0}"
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
    whole_quotient: str = "{0} / {1}"
    lists: Mapping[str, str] = field(default_factory=dict)
    listed: str = ""
    unnest: str = ""
    block: int = 0
    wide_step: str = ""
    wide_bytes: int = 20_000
    session: tuple[str, ...] = ()
    own_session: tuple[str, ...] = ()
    script: tuple[str, ...] = ()
    storage: Storage = field(default_factory=Storage)
    reading: Reading = field(default_factory=Reading)
    searching: Searching | None = None
    grammar: Grammar = field(default_factory=Grammar)
    number: str = "{digits}"
    single_number: str = "{digits}"
    typed_number: str = "{digits}"
    exponent: bool = True
    long_digits: bool = False
    infinity: str = "'Infinity'"
    not_a_number: str = "'NaN'"
    true: str = "TRUE"
    false: str = "FALSE"
    date: str = "DATE '{0}'"
    null_text: bool = False
    catalog: str = ""
    case_sensitive_names: bool = False
    literal_of: str = ""
    aliases_first: bool = False
    backslash: Mapping[str, str] = field(default_factory=dict)
    missing: str = "NULL"
    row_value: str = "{0}"
    computed_anew: bool = False
    notes: str = ""
    extra_reserved: frozenset[str] = field(default_factory=frozenset)

    # -- names

    def quote(self, name: str) -> str:
        """`name` as an identifier; bare where that is safe in every SQL, else quoted."""
        if not name or "\0" in name:
            raise InputError(f"{name!r} can't be the name of a column or table in {self.title}")
        plain = name.isascii() and name.isidentifier() and name == name.lower()
        if plain and name not in RESERVED and name not in self.extra_reserved:
            return name
        mark = self.quote_mark
        name = name.replace("\\", self.backslash.get("names", "\\"))
        return mark + name.replace(mark, mark * 2) + mark

    def folded(self, name: str) -> str:
        """The same for names that are one to the database: case, and what it cuts off."""
        if not self.case_sensitive_names:
            name = "".join(c.lower() if c.isascii() else c for c in name)
        limit = self.limits.identifier_bytes
        return name if limit is None else name.encode()[:limit].decode(errors="ignore")

    # -- literals

    def _held_in(self, value: float, precision: str) -> str:
        """The precision of a number: where single is computed in double, what has no place in it
        keeps its own."""
        wide = self.types["single"] == self.types["double"]
        beyond = value and math.isfinite(value) and not 1e-37 < abs(value) < 3e38
        return "double" if wide and beyond else precision

    def literal(self, value: float, precision: str = "double") -> str:
        """A number inside arithmetic, exact to the last bit of `precision`."""
        precision = self._held_in(value, precision)
        value = rounded(value, precision)
        if not math.isfinite(value):
            return self.typed(value, precision)
        if self._misread(value):
            return "({} * {})".format(*(self.literal(v) for v in _apart(value)))
        template = self.single_number if precision == "single" else self.number
        return template.format(digits=self.digits(value, precision), type=self.types[precision])

    def literals(self, values: Sequence[float], precision: str = "double") -> list[str]:
        """`literal` of each; of many at once in a third of the time."""
        sizes = np.abs(values)
        least = 1e-270 if self.long_digits else 0.0  # see `_misread`
        plain = precision != "single" and self.number == "{digits}"
        if not plain or not ((sizes >= least) & (sizes < math.inf)).all():
            return [self.literal(v, precision) for v in values]
        texts = list(map(repr, map(float, values)))
        if self.long_digits:
            texts = [
                format(v, ".18g") if len(text) > 14 else text
                for v, text in zip(values, texts, strict=True)
            ]
        if not self.exponent:
            return texts
        return [text if "e" in text else text.removesuffix(".0") + "e0" for text in texts]

    def typed(self, value: float, precision: str = "double") -> str:
        """A number that carries its type, for where nothing beside it does."""
        precision = self._held_in(value, precision)
        value = rounded(value, precision)
        if value != value:
            return self.not_a_number.format(type=self.types[precision])
        if math.isinf(value):
            return ("-" if value < 0 else "") + self.infinity.format(type=self.types[precision])
        if self._misread(value):
            return self.literal(value)
        digits = self.digits(value, precision)
        return self.typed_number.format(digits=digits, type=self.types[precision])

    def _misread(self, value: float) -> bool:
        """Whether the parser rounds twice even so: it scales tiny numbers in two steps."""
        return self.long_digits and 0 < abs(value) < 1e-270

    def digits(self, value: float, precision: str = "double") -> str:
        """The shortest decimal digits that give `value` back."""
        if precision == "single":
            narrow = rounded(value, precision)
            if math.isinf(narrow) and math.isfinite(value):
                raise DialectLimitError(
                    f"a weight of {value:.2g} is more than single precision holds; choose "
                    "precision='double', and strategy='columns' where arrays are single"
                )
            text = str(np.float32(narrow))
        else:
            text = repr(float(value))
            # A parser that rounds twice is exact when the digits lie close to the number.
            if self.long_digits and len(text) > 14:
                text = format(value, ".18g")
        if self.exponent and "e" not in text:
            text += "e0"
        return text.removesuffix(".0").replace(".0e", "e") if "e" in text else text

    def constant(self, value: object) -> str:
        """A label or other constant of any of the types that models carry."""
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return self.true if value else self.false
        if isinstance(value, int):
            return str(value)
        if isinstance(value, float):
            return self.typed(value)
        if isinstance(value, datetime.date):
            return self.date.format(value.isoformat())
        text = str(value)
        if "\0" in text:
            raise InputError(f"{text!r} holds a NUL character, which {self.title} can't store")
        parts = text.replace("'", "''").split("\\")
        whole = self.backslash.get("texts", "\\").join(parts)
        return self.own(f"concat('{whole}')") if "'" in whole.replace("''", "") else f"'{whole}'"

    # -- functions

    def has(self, fn: str) -> bool:
        """Whether the dialect spells this function itself."""
        return fn in self.functions

    def call(self, fn: str, args: list[str]) -> str:
        """The function applied to spelled arguments; n-ary where the template ends in ``*``."""
        template = self.functions.get(fn)
        if template is None:
            raise UnsupportedDialectError(f"{self.title} has no function for '{fn}'")
        if template.endswith("*"):
            return f"{template[:-1]}({', '.join(args)})"
        return template.format(*args)

    def own(self, call: str) -> str:
        """A call of a built-in function, such as ``count(*)``, that is no user's function."""
        return self.catalog + call

    def counted(self, text: str) -> str:
        """A number of rows, as whole numbers are."""
        return self.whole.format(text, type=self.types["int"])

    def held(self, text: str, packed: bool = False) -> str:
        """A spelled number, kept within what the engine computes with, and with arrays."""
        return self.hold.format(text, most=self._most(packed))

    def note(self, packed: bool = False) -> str:
        """What `held` does, for the reader; empty where it does nothing."""
        return self.hold_note.format(most=self._most(packed))

    def _most(self, packed: bool) -> str:
        most = self.packed_most if packed and math.isfinite(self.packed_most) else self.most
        return f"{most:g}".replace("e+", "e")

    # -- tables of values


def rounded(value: float, precision: str) -> float:
    """`value` as the precision holds it: beyond the range of single precision infinite."""
    if precision != "single":
        return float(value)
    with np.errstate(over="ignore"):
        return float(np.float32(value))


def _apart(value: float) -> tuple[float, float]:
    """Two numbers of ordinary size whose product is a tiny one, exactly."""
    return math.ldexp(value, 300), math.ldexp(1.0, -300)
