"""What a dialect's data makes of names, numbers, constants and calls."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import numpy as np

from keras2sql.dialects.arrays import Products
from keras2sql.dialects.casts import Bounds
from keras2sql.dialects.constants import Constants
from keras2sql.dialects.digits import exact
from keras2sql.dialects.keywords import RESERVED
from keras2sql.dialects.limits import Limits
from keras2sql.dialects.naming import Naming
from keras2sql.dialects.numbers import Numbers
from keras2sql.dialects.rows import Rows
from keras2sql.errors import DialectLimitError, InputError, UnsupportedDialectError

_Group = TypeVar("_Group")


class Spelling:
    """Reads the groups of a `Dialect`, which is data alone."""

    title: str
    types: Mapping[str, str]
    functions: Mapping[str, str | Callable[[], str]]
    names: Naming
    numbers: Numbers
    constants: Constants
    limits: Limits
    bounds: Bounds | None
    products: Products | None
    rows: Rows | None

    @property
    def strategies(self) -> tuple[str, ...]:
        """Those that the database has what it takes for."""
        arrays = () if self.products is None else ("arrays",)
        rows = () if self.rows is None else ("rows",)
        return ("columns", *arrays, *rows)

    def need(self, group: _Group | None, what: str) -> _Group:
        """A group that this database has; raises `UnsupportedDialectError` where it has not."""
        if group is None:
            raise UnsupportedDialectError(f"{self.title} has no {what}")
        return group

    @property
    def packed_precision(self) -> str:
        """What products of arrays compute in, if there is but one; else empty."""
        return "" if self.products is None else self.products.precision

    # -- names

    @property
    def unfit_steps(self) -> frozenset[str]:
        """What no step can be called."""
        return RESERVED if self.names.bare_steps else frozenset()

    def quote(self, name: str) -> str:
        """`name` as an identifier; bare where that is safe in every SQL, else quoted."""
        unfit = not name or name[0] in self.names.unfit_first or "\0" in name
        if unfit or (self.names.unfit and any(part in name for part in self.names.unfit)):
            raise InputError(f"{name!r} can't be the name of a column or table in {self.title}")
        longest = self.names.longest
        if longest is not None and len(name) > longest:
            raise DialectLimitError(
                f"the name {name!r} has {len(name)} characters, {self.title} takes {longest}; "
                "shorten it, or the label that it is made of"
            )
        if self._bare(name):
            return name
        end = self.names.closing or self.names.mark
        name = name.replace("\\", self.names.backslash)
        return self.names.mark + _escaped(name, self.names.escapes or {end: end * 2}) + end

    def _bare(self, name: str) -> bool:
        """Whether a name needs no quotes."""
        plain = name.isascii() and name.isidentifier() and name == name.lower()
        if self.names.letter_first and name[0] == "_":
            return False
        if self.names.bare:
            return plain and name[0] != "_" and name not in self.names.reserved
        return plain and name not in RESERVED and name not in self.names.reserved

    def folded(self, name: str) -> str:
        """The same for names that are one to the database: case, and what it cuts off."""
        if self.names.bare:
            return name.upper() if self._bare(name) else name
        if not self.names.case_sensitive:
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
        digits = self.digits(value, precision)
        if precision != "single":
            return digits
        return self.numbers.single.format(digits=digits, type=self.types[precision])

    def literals(self, values: Sequence[float], precision: str = "double") -> list[str]:
        """`literal` of each; of many at once in a third of the time."""
        sizes = list(map(abs, values))
        least = 1e-270 if self.numbers.long_digits else self.numbers.least  # see `_misread`
        usual = precision != "single" and self.numbers.read is None
        # The sum is NaN if one of them is.
        smallest = min(filter(None, sizes), default=math.inf)
        if not usual or smallest < least or not sum(sizes) < math.inf:
            return [self.literal(v, precision) for v in values]
        texts = list(map(repr, map(float, values)))
        if self.numbers.long_digits:
            texts = [
                format(v, ".18g") if len(text) > 14 else text
                for v, text in zip(values, texts, strict=True)
            ]
        if self.numbers.exponent:
            texts = [t if "e" in t else t.removesuffix(".0") + "e0" for t in texts]
        if self.numbers.written == "{digits}":
            return texts
        return [self._written(text) for text in texts]

    def _written(self, digits: str) -> str:
        sign = "-" if digits.startswith("-") else ""
        plain = digits.removeprefix("-").removesuffix(".0")
        return sign + self.numbers.written.format(digits=plain)

    def typed(self, value: float, precision: str = "double") -> str:
        """A number that carries its type, for where nothing beside it does."""
        precision = self._held_in(value, precision)
        value = rounded(value, precision)
        if value != value:
            return self.numbers.not_a_number.format(type=self.types[precision])
        if math.isinf(value):
            return ("-" if value < 0 else "") + self.numbers.infinity.format(
                type=self.types[precision]
            )
        if self._misread(value):
            return self.literal(value)
        digits = self.digits(value, precision)
        return self.numbers.typed.format(digits=digits, type=self.types[precision])

    def _misread(self, value: float) -> bool:
        """Whether the parser takes no number so small, or rounds twice even so: it scales tiny
        numbers in two steps."""
        rounded_twice = self.numbers.long_digits or self.numbers.read is not None
        return 0 < abs(value) < (1e-270 if rounded_twice else self.numbers.least)

    def digits(self, value: float, precision: str = "double") -> str:
        """The shortest decimal digits that give `value` back, or a sum in brackets that does."""
        if precision == "single":
            narrow = rounded(value, precision)
            if math.isinf(narrow) and math.isfinite(value):
                raise DialectLimitError(
                    f"a weight of {value:.2g} is more than single precision holds; choose "
                    "precision='double', and strategy='columns' where arrays are single"
                )
            text = str(np.float32(narrow))
        elif self.numbers.read is not None:
            return exact(float(value), self.numbers.read)
        else:
            text = repr(float(value))
            # A parser that rounds twice is exact when the digits lie close to the number.
            if self.numbers.long_digits and len(text) > 14:
                text = format(value, ".18g")
        if self.numbers.exponent and "e" not in text:
            text += "e0"
        text = text.removesuffix(".0").replace(".0e", "e") if "e" in text else text
        return text if self.numbers.written == "{digits}" else self._written(text)

    def constant(self, value: object) -> str:
        """A label or other constant of any of the types that models carry."""
        if value is None:
            return "NULL"
        if isinstance(value, bool):
            return self.constants.true if value else self.constants.false
        if isinstance(value, int):
            return str(value)
        if isinstance(value, float):
            return self.typed(value)
        if isinstance(value, datetime.date):
            return self.constants.date.format(value.isoformat())
        text = str(value)
        if "\0" in text:
            raise InputError(f"{text!r} holds a NUL character, which {self.title} can't store")
        if not text and not self.constants.empty:
            raise InputError(f"a text without characters is NULL in {self.title}; give it another")
        parts = [_escaped(part, self.constants.escapes) for part in text.split("\\")]
        whole = self.constants.backslash.join(parts)
        if "\\" in text and "'" in self.constants.backslash:
            return self.own(self.constants.joined.format(f"'{whole}'"))
        units = len(text.encode("utf-16-le", "surrogatepass")) // 2  # as Java counts them
        return self.constants.text.format(f"'{whole}'", length=max(1, units))

    # -- functions

    def has(self, fn: str) -> bool:
        """Whether the dialect spells this function itself."""
        return fn in self.functions

    def call(self, fn: str, args: list[str]) -> str:
        """The function applied to spelled arguments; n-ary where the template ends in ``*``."""
        template = self.functions.get(fn)
        if template is None:
            raise UnsupportedDialectError(f"{self.title} has no function for '{fn}'")
        if callable(template):
            template = template()
        if template.endswith("*"):
            return f"{template[:-1]}({', '.join(args)})"
        return template.format(*args)

    def own(self, call: str) -> str:
        """A call of a built-in function, such as ``count(*)``, that is no user's function."""
        return self.names.catalog + call

    def counted(self, text: str) -> str:
        """A number of rows, as whole numbers are."""
        return self.numbers.count.format(text, type=self.types["int"])

    def held(self, text: str, packed: bool = False) -> str:
        """A spelled number, kept within what the engine computes with, and with arrays."""
        if self.bounds is None:
            return text
        return self.bounds.hold.format(text, most=self._most(self.bounds, packed))

    def note(self, packed: bool = False) -> str:
        """What `held` does, for the reader; empty where it does nothing."""
        if self.bounds is None:
            return ""
        return self.bounds.note.format(most=self._most(self.bounds, packed))

    def _most(self, bounds: Bounds, packed: bool) -> str:
        inside = math.inf if self.products is None else self.products.most
        most = inside if packed and math.isfinite(inside) else bounds.most
        return f"{most:g}".replace("e+", "e")


def _escaped(text: str, escapes: Mapping[str, str]) -> str:
    return text.translate({ord(character): written for character, written in escapes.items()})


def rounded(value: float, precision: str) -> float:
    """`value` as the precision holds it: beyond the range of single precision infinite."""
    if precision != "single":
        return float(value)
    with np.errstate(over="ignore"):
        return float(np.float32(value))


def _apart(value: float) -> tuple[float, float]:
    """Two numbers of ordinary size whose product is a tiny one, exactly."""
    return math.ldexp(value, 300), math.ldexp(1.0, -300)
