"""Trees as nested choices: a CASE for each tree and output."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from keras2sql.graph.trees import Forest
from keras2sql.lower.cells import Cell, Cells


def nested(cells: Cells, forest: Forest, x: Sequence[Cell]) -> list[Cell]:
    """The cell of each output of a forest, which reads the cells `x`.

    Tests are cells of their own even where they are alike: one more comparison in the branch that
    is taken costs less than a column for each test.
    """
    choices = _Choices(cells, forest, x)
    return [choices.output(column) for column in range(forest.outputs)]


class _Choices:
    def __init__(self, cells: Cells, forest: Forest, x: Sequence[Cell]) -> None:
        self.cells = cells
        self.forest = forest
        self.x = x

    def output(self, column: int) -> Cell:
        """The sum of what all trees give for one output."""
        forest = self.forest
        made: dict[int, Cell] = {}
        values = forest.value[:, column].tolist()
        for node in reversed(range(forest.nodes)):  # children are behind their parent
            if forest.leaf[node]:
                made[node] = self.cells.const(values[node])
            else:
                left = made.pop(int(forest.left[node]))
                right = made.pop(int(forest.right[node]))
                made[node] = self._choice(node, left, right)
        trees = [made[root] for root in forest.roots.tolist()]
        return self.cells.weighted(0.0, np.ones(len(trees)), trees)

    def _choice(self, node: int, left: Cell, right: Cell) -> Cell:
        if left is right:
            return left
        test = self._goes_left(node)
        if test.fn == "const":
            return left if test.value else right
        return Cell("case", (test, left, right), None, self.cells.group)

    def _goes_left(self, node: int) -> Cell:
        """The test of a node."""
        x = self.x[int(self.forest.feature[node])]
        categories = self._categories(node)
        if x.fn == "const":
            return self.cells.const(self._constant_goes_left(node, x, categories))
        if categories is not None:
            test = self._is_any_of(x, categories)
        else:
            threshold = float(self.forest.threshold[node])
            if np.isposinf(threshold):
                return self._number_goes_left(node, x)
            test = self._test("le", x, Cell("threshold", (), threshold))
        if self.forest.missing_left is None:
            return test
        if self._missing_goes_left(node):
            return self._test("or", test, self._is_missing(x))
        if self.cells.dialect.arithmetic.nan == "by sign":
            return self._test("and", self._is_given(x), test)
        return test

    def _categories(self, node: int) -> tuple[int, ...] | None:
        """The values that go left at a node; None where it has a threshold."""
        numbers = self.forest.category
        if numbers is None or numbers[node] < 0:
            return None
        return self.forest.categories[int(numbers[node])]

    def _number_goes_left(self, node: int, x: Cell) -> Cell:
        """The test of a node where all numbers go left."""
        everything = self.forest.missing_left is None or self._missing_goes_left(node)
        return self.cells.const(True) if everything else self._is_given(x)

    def _missing_goes_left(self, node: int) -> bool:
        missing_left = self.forest.missing_left
        return missing_left is not None and bool(missing_left[node])

    def _constant_goes_left(self, node: int, x: Cell, categories: tuple[int, ...] | None) -> bool:
        is_missing = x.value is None or math.isnan(x.value)
        if is_missing:
            return self._missing_goes_left(node)
        if categories is not None:
            return x.value in categories
        return bool(x.value <= self.forest.threshold[node])

    def _is_any_of(self, x: Cell, categories: tuple[int, ...]) -> Cell:
        """Whether `x` is one of these, as balanced pairs."""
        tests = [self._test("eq", x, self.cells.const(float(one))) for one in categories]
        if not tests:
            return self.cells.const(False)
        while len(tests) > 1:
            pairs = [
                self._test("or", one, other)
                for one, other in zip(tests[::2], tests[1::2], strict=False)
            ]
            if len(tests) % 2:
                pairs.append(tests[-1])
            tests = pairs
        return tests[0]

    def _is_given(self, x: Cell) -> Cell:
        return self._test("not", self._is_missing(x))

    def _is_missing(self, x: Cell) -> Cell:
        if self.cells.dialect.has("isnan"):
            return self._test("isnan", x)
        return self.cells.call("isnan", x)

    def _test(self, fn: str, *args: Cell) -> Cell:
        """A condition, a cell of its own."""
        return Cell(fn, args, None, self.cells.group, truth=True)
