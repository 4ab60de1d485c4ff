"""Arrays of cells, and their products with constants, as text."""

from __future__ import annotations

from collections.abc import Mapping

from keras2sql.dialects.base import Dialect
from keras2sql.lower.cells import Cell
from keras2sql.lower.kinds import is_null
from keras2sql.lower.layout import listed
from keras2sql.lower.single import narrowed
from keras2sql.lower.steps import ordered


class PackSpeller:
    """Spells arrays by what a dialect has for their products."""

    def __init__(self, dialect: Dialect, precision: str) -> None:
        self.dialect = dialect
        self.precision = precision
        self._may_be_null: dict[Cell, bool] = {}

    def pack(self, cell: Cell, texts: list[str], names: Mapping[Cell, str]) -> str:
        """An array of the arguments of `cell`, whose `texts` are spelled; `names` has the cells
        that are columns."""
        single = self.precision == "single"
        narrow = self.dialect.arithmetic.narrow
        elements = []
        for arg, text in zip(cell.args, texts, strict=True):
            if self._nullable(arg):
                # Products of arrays raise for NULL; the row has no prediction by another condition.
                text = f"coalesce({text}, 0)"
            is_computed = bool(arg.args) and arg not in names
            if single and narrow and is_computed:  # functions widen to 64 bit
                text = narrowed(self.dialect, arg, text, names)
            elements.append(text)
        products = self.dialect.need(self.dialect.products, "products of arrays")
        template = products.pack
        if single and products.single_pack:
            template = products.single_pack
        return template.format(listed(elements), type=self.dialect.types[self.precision])

    def _nullable(self, cell: Cell) -> bool:
        """Whether the cell may be NULL though no feature is: for ids that no table has."""
        known = self._may_be_null
        for one in ordered([cell], known):
            if one not in known:
                known[one] = self._nullable_by_args(one)
        return known[cell]

    def _nullable_by_args(self, cell: Cell) -> bool:
        if cell.fn == "lookup":
            table, _ = cell.value
            return table.otherwise is None
        if cell.fn == "total":
            how, *_ = cell.value
            return bool(how != "sum")
        if cell.fn == "const":
            return is_null(cell)
        return any(self._may_be_null[arg] for arg in cell.args)

    def products(self, cell: Cell, arrays: list[str]) -> list[str]:
        """The product of each of the spelled `arrays`, which `cell` reads one after the other,
        with its own part of the coefficients."""
        _, weights = cell.value
        by = self.dialect.need(self.dialect.products, "products of arrays")
        type_ = self.dialect.types[self.precision]
        products = []
        start = 0
        for vector, array in zip(cell.args, arrays, strict=True):
            end = start + len(vector.args) if len(arrays) > 1 else len(weights)
            digits = [self._digits(weight) for weight in weights[start:end]]
            literals = ", ".join(digits)
            if by.lines:
                in_front = by.dot.format(array, "", type=type_)
                literals = listed(digits, len(in_front))
            products.append(by.dot.format(array, literals, type=type_))
            start = end
        return products

    def _digits(self, weight: float) -> str:
        return self.dialect.digits(weight, self.precision).removesuffix("e0")
