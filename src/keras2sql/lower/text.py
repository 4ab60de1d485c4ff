"""Cells become SQL text: precedence, brackets, line breaks."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from keras2sql.dialects.base import Dialect
from keras2sql.dialects.numbers import Numbers
from keras2sql.lower.cells import INFIX, Cell
from keras2sql.lower.sizes import bound
from keras2sql.lower.steps import ordered
from keras2sql.sql.render import WIDTH

OR, AND, NOT, COMPARE, ADD, MUL, NEG, ATOM = 1, 2, 3, 4, 5, 6, 7, 9

_PRECEDENCE = {"or": OR, "and": AND, "add": ADD, "sub": ADD, "mul": MUL, "div": MUL}
# Products are bracketed as they round and overflow, and long conditions as they were balanced.
_ASSOCIATIVE = {"add"}
INDENT = "\n      "
# Functions of numbers of single precision that may leave it.
_GROWING = {"exp", "pow", "pow_in_range", "sinh", "cosh", "tan", "div"}

# Functions that give the type that they take.
_KEEPING = {"sum", "dot", "pack", "add", "sub", "mul", "neg", "abs", "max", "min"}


def bracketed(terms: list[str], flat: int, glue: str = " + ") -> str:
    """`terms` joined by `glue`; more than `flat` of them in bracketed groups, balanced.

    Engines recurse over a sum as it is written, so a long flat one hits their stack, and
    runs slower where it does not.  A term may start with "-", which then replaces the plus.
    """
    if len(terms) <= flat:
        return _join(terms, glue)
    size = max(flat, math.isqrt(len(terms)))
    size = math.ceil(len(terms) / math.ceil(len(terms) / size))  # groups of about one size
    groups = [terms[i : i + size] for i in range(0, len(terms), size)]
    return bracketed([f"({_join(group, glue)})" for group in groups], flat, glue)


def _join(terms: list[str], glue: str) -> str:
    minus = "-" if glue == " + " else "\0"
    pieces = [f" - {term[1:]}" if term[:1] == minus else glue + term for term in terms]
    pieces[0] = terms[0]
    parts: list[str] = []
    length = 0
    for piece in pieces:
        length += len(piece)
        if parts and length > WIDTH - 8:
            piece = piece.lstrip()
            length = len(piece)
            parts.append(INDENT)
        parts.append(piece)
    return "".join(parts)


def listed(parts: list[str], before: int = 0) -> str:
    """`parts` with commas between, on several lines where one would be too long; `before` is
    how much stands before the first."""
    lines: list[str] = []
    for part in parts:
        taken = before if len(lines) == 1 else 0
        if lines and taken + len(lines[-1]) + len(part) <= WIDTH - 12:
            lines[-1] += f", {part}"
        else:
            lines.append(part)
    return f",{INDENT}  ".join(lines)


class Speller:
    """Spells cells; `names` holds the column of each cell that already is one.

    `lookups` spells a lookup that this step joins.
    """

    def __init__(self, dialect: Dialect, precision: str = "double") -> None:
        self.dialect = dialect
        self.precision = precision
        self._known: dict[Cell, bool] = {}
        self._nulls = dialect.numbers.missing == "NULL"

    def text(self, cell: Cell, names: Mapping[Cell, str]) -> str:
        """The whole of `cell` as one item of a select list; it is not itself a column yet."""
        return self._spell(cell, names, top=True)[0]

    def _spell(self, cell: Cell, names: Mapping[Cell, str], top: bool = False) -> tuple[str, int]:
        if cell in names and not top:
            return names[cell], ATOM
        if cell.fn == "const":
            return self._constant(cell, typed=top)
        if cell.fn == "threshold":  # of 64 bit whatever is computed with: so it tells exactly
            return self.dialect.literal(cell.value), NEG if cell.value < 0 else ATOM
        spell = _SPECIAL.get(cell.fn)
        if spell is not None:
            return spell(self, cell, names)
        if cell.fn in INFIX:
            return self._infix(cell, names)
        args = [self._spell(a, names)[0] for a in cell.args]
        return self._function(cell.fn, args), ATOM

    def _function(self, fn: str, args: list[str]) -> str:
        limit = self.dialect.limits.arguments
        while limit and len(args) > limit:
            args = [
                self.dialect.call(fn, args[i : i + limit])
                if len(args[i : i + limit]) > 1
                else args[i]
                for i in range(0, len(args), limit)
            ]
        return self.dialect.call(fn, args)

    def _constant(self, cell: Cell, typed: bool) -> tuple[str, int]:
        value = cell.value
        if isinstance(value, float):
            number = self.dialect.typed if typed else self.dialect.literal
            text = number(value, self.precision)
            return text, NEG if text.startswith("-") else ATOM
        text = self.dialect.numbers.missing if value is None else self.dialect.constant(value)
        return text, NEG if text.startswith("-") else ATOM

    def value(self, value: Any, typed: bool = True) -> str:
        """A number or a text; if `typed`, one that carries its type."""
        if isinstance(value, str):
            return self.dialect.constant(value)
        number = self.dialect.typed if typed else self.dialect.literal
        return number(float(value), self.precision)

    def row_value(self, value: Any, first: bool) -> str:
        """A number or a text in a table of values; in its `first` row with its type."""
        text = self.value(value, typed=first)
        return self.dialect.constants.nullable.format(text) if first else text

    def key(self, key: Any) -> str:
        """What the rows of a table are known by: a whole number, or a text."""
        if isinstance(key, str):
            return self.dialect.casts.key.format(self.dialect.constant(key))
        return str(int(key))

    def _infix(self, cell: Cell, names: Mapping[Cell, str]) -> tuple[str, int]:
        fn, sign = cell.fn, INFIX[cell.fn]
        if fn == "not":
            return f"NOT {self._within(cell.args[0], names, NOT)}", NOT
        if fn == "neg":
            return f"-{self._within(cell.args[0], names, ATOM)}", NEG
        own = _PRECEDENCE.get(fn, COMPARE)
        left = self._within(cell.args[0], names, own + (own == COMPARE))
        right = self._within(cell.args[1], names, own + (fn not in _ASSOCIATIVE))
        if right.startswith("-"):
            # "- -" would open a comment.
            if fn in ("add", "sub"):
                sign, right = INFIX["sub" if fn == "add" else "add"], right[1:]
            else:
                right = f"({right})"
        wide = len(left.rpartition("\n")[2]) + len(right.partition("\n")[0]) > WIDTH - 12
        return f"{left}{INDENT if wide else ' '}{sign} {right}", own

    def _within(self, cell: Cell, names: Mapping[Cell, str], least: int) -> str:
        text, precedence = self._spell(cell, names)
        return text if precedence >= least else f"({text})"

    def _sum(self, cell: Cell, names: Mapping[Cell, str]) -> tuple[str, int]:
        bias, coefficients = cell.value
        terms = [self.dialect.literal(bias, self.precision)] if bias else []
        literals = self.dialect.literals(coefficients, self.precision)
        units = 1.0 in coefficients or -1.0 in coefficients
        for n, name in enumerate(map(names.get, cell.args)):
            if name is None or units:
                terms.append(self._term(coefficients[n], literals[n], cell.args[n], names))
            else:
                terms.append(f"{literals[n]} * {name}")
        return bracketed(terms, self.dialect.limits.terms), ADD if len(terms) > 1 else MUL

    def _term(self, weight: float, literal: str, arg: Cell, names: Mapping[Cell, str]) -> str:
        unit = weight in (1.0, -1.0)
        name = names.get(arg) or self._within(arg, names, MUL if unit else NEG)
        if name.startswith("-"):
            name = f"({name})"  # "--" would open a comment
        if unit:
            return name if weight > 0 else f"-{name}"
        return f"{literal} * {name}"

    def _case(self, cell: Cell, names: Mapping[Cell, str]) -> tuple[str, int]:
        results = [*cell.args[1::2], cell.args[-1]]
        if len(cell.args) % 2 == 1:
            results = [*cell.args[1:-1:2], cell.args[-1]]
        typed = all(r.fn == "const" for r in results)

        def result(c: Cell) -> str:
            if c.fn == "const":
                return self._constant(c, typed)[0]
            text = self._spell(c, names)[0]
            return self.dialect.grammar.truth.format(text) if c.truth else text

        branches = [
            f"WHEN {self._spell(test, names)[0]} THEN {result(value)}"
            for test, value in zip(cell.args[0:-1:2], cell.args[1:-1:2], strict=True)
        ]
        otherwise = cell.args[-1]
        tail = (
            []
            if otherwise.fn == "const"
            and otherwise.value is None
            and (self._nulls or any(map(_is_label, results)))
            else [f"ELSE {result(otherwise)}"]
        )
        text = " ".join(["CASE", *branches, *tail, "END"])
        if len(text) > WIDTH:
            text = INDENT.join(["CASE", *(f"  {line}" for line in (*branches, *tail)), "END"])
        return self.dialect.grammar.test.format(text) if cell.truth else text, ATOM

    def widens(self, cell: Cell, names: Mapping[Cell, str]) -> bool:
        """Whether a sum of numbers of single precision is of double: as literals are, or the
        results of functions."""
        if self.dialect.numbers.single == Numbers.single:
            return True
        inner = (c for c in ordered([cell], names) if c.args and c not in names)
        return any(c.fn not in _KEEPING for c in inner)

    def narrowed(self, cell: Cell, text: str, names: Mapping[Cell, str], wide: bool = False) -> str:
        """A spelled cell in single precision, which it may leave; `wide`: what it reads may be
        of double."""
        narrow = self.dialect.arithmetic.narrow
        inner = [c for c in ordered([cell], names) if c not in names]
        if narrow and (wide or any(c.fn in _GROWING for c in inner) or _outgrows(inner)):
            return narrow.format(text)
        return f"CAST({text} AS {self.dialect.types['single']})"

    def _pack(self, cell: Cell, names: Mapping[Cell, str]) -> tuple[str, int]:
        parts = [self._spell(a, names)[0] for a in cell.args]
        # Products of arrays raise for NULL; the row has no prediction by another condition.
        parts = [
            f"coalesce({part}, 0)" if self._nullable(a) else part
            for a, part in zip(cell.args, parts, strict=True)
        ]
        products = self.dialect.need(self.dialect.products, "products of arrays")
        template = products.pack
        if self.precision == "single":  # functions widen to 64 bit
            if self.dialect.arithmetic.narrow:
                parts = [
                    self.narrowed(a, part, names) if a.args and a not in names else part
                    for a, part in zip(cell.args, parts, strict=True)
                ]
            template = products.single_pack or template
        return template.format(listed(parts), type=self.dialect.types[self.precision]), ATOM

    def _nullable(self, cell: Cell) -> bool:
        """Whether the cell may be NULL though no feature is: for ids that no table has."""
        for one in ordered([cell], self._known):
            if one in self._known:
                continue
            if one.fn == "lookup":
                found = one.value[0].otherwise is None
            elif one.fn == "total":
                found = one.value[0] != "sum"
            elif one.fn == "const":
                found = one.value is None
            else:
                found = any(self._known[a] for a in one.args)
            self._known[one] = found
        return self._known[cell]

    def _dot(self, cell: Cell, names: Mapping[Cell, str]) -> tuple[str, int]:
        bias, weights = cell.value
        digits, precision = self.dialect.digits, self.precision
        type_, first, products = self.dialect.types[precision], 0, []
        by = self.dialect.need(self.dialect.products, "products of arrays")
        for vector in cell.args:
            after = first + len(vector.args) if len(cell.args) > 1 else len(weights)
            numbers = [digits(w, precision).removesuffix("e0") for w in weights[first:after]]
            text = self._spell(vector, names)[0]
            literals = ", ".join(numbers)
            if by.lines:
                literals = listed(numbers, len(by.dot.format(text, "", type=type_)))
            products.append(by.dot.format(text, literals, type=type_))
            first = after
        product = f"{INDENT}+ ".join(products)
        if not bias:
            single = NEG if product.startswith("-") else ATOM
            return product, single if len(products) == 1 else ADD
        if product.startswith("-"):
            return f"{self.dialect.literal(bias, precision)}{INDENT}- {product[1:]}", ADD
        return f"{product}{INDENT}+ {self.dialect.literal(bias, precision)}", ADD


def label_if(cell: Cell) -> tuple[Cell, Cell] | None:
    """The test and the label of a cell that is NULL where the test does not hold."""
    if cell.fn != "case" or len(cell.args) != 3:
        return None
    test, label, otherwise = cell.args
    missing = otherwise.fn == "const" and otherwise.value is None
    return (test, label) if missing and _is_label(label) else None


def _is_label(cell: Cell) -> bool:
    """Whether it is a label, of which a missing one is NULL, whatever a missing number is."""
    if cell.fn == "const":
        return not isinstance(cell.value, float) and cell.value is not None
    if cell.fn == "lookup":
        return cell.value[0].values.dtype.kind not in "fiub"
    return cell.fn == "case" and any(map(_is_label, (*cell.args[1::2], cell.args[-1])))


def _outgrows(cells: list[Cell]) -> bool:
    """Whether double, as functions give it, may hold what single precision has no number for;
    the last of `cells` is made of the others, and of numbers of single precision."""
    if not any(c.args and not c.truth and c.fn not in {*_KEEPING, "case"} for c in cells):
        return False
    largest = float(np.finfo(np.float32).max)
    sizes: dict[Cell, float] = {}
    for c in cells:
        args = [sizes.get(a, largest) for a in c.args]
        size = bound(c, args)
        sizes[c] = size if math.isfinite(size) else max([largest, *args])
    return sizes[cells[-1]] > largest


_SPECIAL: dict[str, Callable[..., tuple[str, int]]] = {
    "sum": Speller._sum,
    "case": Speller._case,
    "dot": Speller._dot,
    "pack": Speller._pack,
}
