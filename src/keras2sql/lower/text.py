"""Cells become SQL text: precedence, brackets, line breaks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from keras2sql.dialects.base import Dialect
from keras2sql.lower import descents, walks
from keras2sql.lower.cells import Cell
from keras2sql.lower.infix import INFIX
from keras2sql.lower.kinds import is_label, is_null
from keras2sql.lower.layout import INDENT, bracketed
from keras2sql.lower.packed_text import PackSpeller
from keras2sql.lower.single import is_wide, narrowed
from keras2sql.sql.render import WIDTH

Names = Mapping[Cell, str]
"""The columns, spelled, of the cells that are columns already."""

OR, AND, NOT, COMPARE, ADD, MUL, NEG, ATOM = 1, 2, 3, 4, 5, 6, 7, 9

_PRECEDENCE = {"or": OR, "and": AND, "add": ADD, "sub": ADD, "mul": MUL, "div": MUL}
# Products are bracketed as they round and overflow, and long conditions as they were balanced.
_ASSOCIATIVE = {"add"}


@dataclass(frozen=True)
class Spelled:
    """SQL, and how strongly what it is made of holds together: an operand that holds less than
    the operator asks for needs brackets."""

    text: str
    precedence: int = ATOM


class Speller:
    """Spells cells in a dialect; numbers are of a `precision`, "double" or "single"."""

    def __init__(self, dialect: Dialect, precision: str = "double") -> None:
        self.dialect = dialect
        self.precision = precision
        self._packs = PackSpeller(dialect, precision)
        self._missing_is_null = dialect.numbers.missing == "NULL"

    def text(self, cell: Cell, names: Names) -> str:
        """The whole of `cell` as one item of a select list; it is not itself a column yet."""
        if cell.fn == "const":
            return self._operand_constant(cell, typed=True).text
        return self._spell_anew(cell, names).text

    def _spell(self, cell: Cell, names: Names) -> Spelled:
        if cell in names:
            return Spelled(names[cell])
        if cell.fn == "const":
            return self._operand_constant(cell)
        return self._spell_anew(cell, names)

    def _spell_anew(self, cell: Cell, names: Names) -> Spelled:
        """A cell that is no constant, also where it is a column."""
        if cell.fn == "threshold":  # of 64 bit whatever is computed with: so it tells exactly
            return Spelled(self.dialect.literal(cell.value), NEG if cell.value < 0 else ATOM)
        special = _SPECIAL.get(cell.fn)
        if special is not None:
            return special(self, cell, names)
        if cell.fn in INFIX:
            return self._infix(cell, names)
        given = list(cell.args)
        if cell.fn in ("max", "min") and self.dialect.arithmetic.last_nan:
            given.sort(key=lambda arg: arg.fn != "const")
        args = [self._spell(arg, names).text for arg in given]
        return Spelled(self._function(cell.fn, args))

    def _function(self, fn: str, args: list[str]) -> str:
        """A call, of calls of the same function where it takes too few arguments."""
        limit = self.dialect.limits.arguments
        while limit and len(args) > limit:
            groups = [args[start : start + limit] for start in range(0, len(args), limit)]
            args = [
                self.dialect.call(fn, group) if len(group) > 1 else group[0] for group in groups
            ]
        return self.dialect.call(fn, args)

    # -- constants

    def _operand_constant(self, cell: Cell, typed: bool = False) -> Spelled:
        """A constant; one that is a condition as such, where a condition is no value."""
        if cell.truth and self.dialect.grammar.truth != "{0}":
            return Spelled("1 = 1" if cell.value else "1 = 0", COMPARE)
        return self._constant(cell, typed)

    def _constant(self, cell: Cell, typed: bool = False) -> Spelled:
        value = cell.value
        if isinstance(value, float):
            number = self.dialect.typed if typed else self.dialect.literal
            text = number(value, self.precision)
        elif value is None:
            text = self.dialect.numbers.missing
        else:
            text = self.dialect.constant(value)
        return Spelled(text, NEG if text.startswith("-") else ATOM)

    def value(self, value: Any, typed: bool = True) -> str:
        """A number or a text; if `typed`, one that carries its type."""
        if isinstance(value, str):
            return self.dialect.constant(value)
        number = self.dialect.typed if typed else self.dialect.literal
        return number(float(value), self.precision)

    def row_value(self, value: Any, first: bool) -> str:
        """A number or a text in a table of values; in its `first` row with its type."""
        text = self.value(value, typed=first)
        if not first:
            return text
        return self.dialect.constants.nullable.format(text)

    def key(self, key: Any) -> str:
        """What the rows of a table are known by: a whole number, or a text."""
        if isinstance(key, str):
            return self.dialect.casts.key.format(self.dialect.constant(key))
        return str(int(key))

    # -- operators

    def _infix(self, cell: Cell, names: Names) -> Spelled:
        fn = cell.fn
        if fn == "not":
            return Spelled(f"NOT {self._operand(cell.args[0], names, NOT)}", NOT)
        if fn == "neg":
            return Spelled(f"-{self._operand(cell.args[0], names, ATOM)}", NEG)
        own = _PRECEDENCE.get(fn, COMPARE)
        compares = own == COMPARE  # which does not chain: a < b < c is no SQL
        left = self._operand(cell.args[0], names, own + 1 if compares else own)
        right = self._operand(cell.args[1], names, own if fn in _ASSOCIATIVE else own + 1)
        sign = INFIX[fn]
        if right.startswith("-"):
            # "- -" would open a comment.
            if fn in ("add", "sub"):
                opposite = "sub" if fn == "add" else "add"
                sign, right = INFIX[opposite], right[1:]
            else:
                right = f"({right})"
        return Spelled(f"{left} {sign} {right}", own)

    def _operand(self, cell: Cell, names: Names, least: int) -> str:
        """A cell where something of this precedence has to stand."""
        spelled = self._spell(cell, names)
        if spelled.precedence >= least:
            return spelled.text
        return f"({spelled.text})"

    def _sum(self, cell: Cell, names: Names) -> Spelled:
        bias, coefficients = cell.value
        literals = self.dialect.literals(coefficients, self.precision)
        terms = [self.dialect.literal(bias, self.precision)] if bias else []
        columns = list(map(names.get, cell.args))
        has_units = 1.0 in coefficients or -1.0 in coefficients
        if has_units or None in columns:
            for weight, literal, arg in zip(coefficients, literals, cell.args, strict=True):
                terms.append(self._term(weight, literal, arg, names))
        else:  # as most are, of thousands
            pairs = zip(literals, columns, strict=True)
            terms += [f"{literal} * {column}" for literal, column in pairs]
        text = bracketed(terms, self.dialect.limits.terms)
        return Spelled(text, ADD if len(terms) > 1 else MUL)

    def _term(
        self,
        weight: float,
        literal: str,
        arg: Cell,
        names: Names,
    ) -> str:
        is_unit = weight in (1.0, -1.0)
        text = names.get(arg) or self._operand(arg, names, MUL if is_unit else NEG)
        if text.startswith("-"):
            text = f"({text})"  # "--" would open a comment
        if not is_unit:
            return f"{literal} * {text}"
        return text if weight > 0 else f"-{text}"

    # -- choices

    def _case(self, cell: Cell, names: Names) -> Spelled:
        *branches, otherwise = cell.results
        # A number among the results has a type, which the others take.
        typed = all(result.fn == "const" for result in cell.results)
        lines = []
        for test, result in zip(cell.tests, branches, strict=True):
            condition = self._spell(test, names).text
            lines.append(f"WHEN {condition} THEN {self._result(result, names, typed)}")
        if not self._is_null_anyway(cell):
            lines.append(f"ELSE {self._result(otherwise, names, typed)}")

        text = " ".join(["CASE", *lines, "END"])
        if len(text) > WIDTH:
            text = INDENT.join(["CASE", *(f"  {line}" for line in lines), "END"])
        if cell.truth:
            text = self.dialect.grammar.test.format(text)
        return Spelled(text)

    def _result(self, cell: Cell, names: Names, typed: bool) -> str:
        """A branch of a CASE, which gives a value: also where it is a condition."""
        if cell.fn == "const":
            return self._constant(cell, typed).text
        text = self._spell(cell, names).text
        return self.dialect.grammar.truth.format(text) if cell.truth else text

    def _is_null_anyway(self, case: Cell) -> bool:
        """Whether what a CASE without an ELSE gives is what it should give otherwise."""
        *_, otherwise = case.results
        if not is_null(otherwise):
            return False
        return self._missing_is_null or any(map(is_label, case.results))

    # -- single precision

    def widens(self, cell: Cell, names: Names) -> bool:
        """See `single.is_wide`."""
        return is_wide(self.dialect, cell, names)

    def narrowed(
        self,
        cell: Cell,
        text: str,
        names: Names,
        wide: bool = False,
    ) -> str:
        """See `single.narrowed`."""
        return narrowed(self.dialect, cell, text, names, wide)

    # -- arrays

    def _pack(self, cell: Cell, names: Names) -> Spelled:
        texts = [self._spell(arg, names).text for arg in cell.args]
        return Spelled(self._packs.pack(cell, texts, names))

    def _dot(self, cell: Cell, names: Names) -> Spelled:
        bias, _ = cell.value
        arrays = [self._spell(arg, names).text for arg in cell.args]
        products = self._packs.products(cell, arrays)
        text = f"{INDENT}+ ".join(products)
        is_negative = text.startswith("-")
        if bias:
            number = self.dialect.literal(bias, self.precision)
            if is_negative:
                return Spelled(f"{number}{INDENT}- {text[1:]}", ADD)
            return Spelled(f"{text}{INDENT}+ {number}", ADD)
        if len(products) > 1:
            return Spelled(text, ADD)
        return Spelled(text, NEG if is_negative else ATOM)

    # -- trees

    def _walk(self, cell: Cell, names: Names) -> Spelled:
        (array,) = cell.args
        return Spelled(walks.reached(self.dialect, cell.value, self._spell(array, names).text))

    def _leaves(self, cell: Cell, names: Names) -> Spelled:
        grove, output = cell.value
        (nodes,) = cell.args
        return Spelled(walks.leaves(self.dialect, grove, output, self._spell(nodes, names).text))

    def _descent(self, cell: Cell, names: Names) -> Spelled:
        descent, output = cell.value
        x = [self._spell(arg, names).text for arg in cell.args]
        return Spelled(descents.spelled(self.dialect, descent, output, x))


_SPECIAL: dict[str, Callable[[Speller, Cell, Names], Spelled]] = {
    "sum": Speller._sum,
    "case": Speller._case,
    "dot": Speller._dot,
    "pack": Speller._pack,
    "walk": Speller._walk,
    "leaves": Speller._leaves,
    "descent": Speller._descent,
}
