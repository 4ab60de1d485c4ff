"""Trees as nested choices: a CASE for each tree and output."""

from __future__ import annotations

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
        self.cells, self.forest, self.x = cells, forest, x

    def output(self, column: int) -> Cell:
        forest, made = self.forest, dict[int, Cell]()
        values = forest.value[:, column].tolist()
        for node in reversed(range(forest.nodes)):  # children are behind their parent
            if forest.leaf[node]:
                made[node] = self.cells.const(values[node])
            else:
                below = (made.pop(int(side[node])) for side in (forest.left, forest.right))
                made[node] = self._choice(node, *below)
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
        forest = self.forest
        x = self.x[int(forest.feature[node])]
        listed = None
        if forest.category is not None and forest.category[node] >= 0:
            listed = forest.categories[int(forest.category[node])]
        if x.fn == "const":
            return self.cells.const(self._known(node, x, listed))
        threshold = float(forest.threshold[node])
        missing = forest.missing_left is not None
        if listed is None and np.isposinf(threshold):  # all numbers go left
            right = missing and not self._missing_left(node)
            return self._given(x) if right else self.cells.const(True)
        test = self._within(x, listed)
        if listed is None:
            test = self._made("le", x, Cell("threshold", (), threshold))
        if missing and self._missing_left(node):
            return self._made("or", test, self._missing(x))
        if missing and self.cells.dialect.arithmetic.nan == "by sign":
            return self._made("and", self._given(x), test)
        return test

    def _missing_left(self, node: int) -> bool:
        missing = self.forest.missing_left
        return missing is not None and bool(missing[node])

    def _known(self, node: int, x: Cell, listed: tuple[int, ...] | None) -> bool:
        """Where a constant goes."""
        if x.value is None or x.value != x.value:
            return self._missing_left(node)
        if listed is not None:
            return x.value in listed
        return bool(x.value <= self.forest.threshold[node])

    def _within(self, x: Cell, listed: tuple[int, ...] | None) -> Cell:
        tests = [self._made("eq", x, self.cells.const(float(one))) for one in listed or ()]
        while len(tests) > 1:
            pairs = zip(tests[::2], tests[1::2], strict=False)
            rest = tests[len(tests) // 2 * 2 :]
            tests = [self._made("or", one, other) for one, other in pairs] + rest
        return tests[0] if tests else self.cells.const(False)

    def _given(self, x: Cell) -> Cell:
        return self._made("not", self._missing(x))

    def _missing(self, x: Cell) -> Cell:
        if self.cells.dialect.has("isnan"):
            return self._made("isnan", x)
        return self.cells.call("isnan", x)

    def _made(self, fn: str, *args: Cell) -> Cell:
        return Cell(fn, args, None, self.cells.group, truth=True)
