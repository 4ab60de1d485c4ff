"""Nested lists as SQL: a tensor of shape (16, 32) is a list of 16 lists of 32 numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from keras2sql.dialects.arrays import Matrices
from keras2sql.dialects.rows import Lists
from keras2sql.sql.names import Names

Sizes = tuple[int | None, ...]


@dataclass(frozen=True)
class Nested:
    """A spelled list of lists.

    `sizes` has the length of its list for each axis of what is computed: None where it has no list
    for an axis, and 1 where the only element there serves for all.  Its elements may be `neurons`:
    weights and a bias.
    """

    text: str
    sizes: Sizes
    neurons: bool = False

    @staticmethod
    def of(text: str, shape: tuple[int, ...], rank: int) -> Nested:
        """A tensor that is broadcast to one of so many axes, as numpy does."""
        missing: Sizes = (None,) * (rank - len(shape))
        return Nested(text, missing + shape)


class Loops:
    """Functions over nested lists, by functions of a database on lists.

    The parameters of its lambdas have names that no column has: DuckDB takes a column for the
    parameter of that name, where it reads a field of it.
    """

    def __init__(self, lists: Lists, matrices: Matrices, taken: Names) -> None:
        self.lists = lists
        self.matrices = matrices
        self._taken = taken
        self._parameters: dict[tuple[str, int], str] = {}

    def _parameter(self, wish: str, depth: int) -> str:
        """One of a lambda in loops at this depth."""
        if (wish, depth) not in self._parameters:
            self._parameters[wish, depth] = self._taken.take(wish)
        return self._parameters[wish, depth]

    def _place(self, depth: int) -> str:
        """Of an element, from 1."""
        return self._parameter("i", depth)

    def over(
        self,
        operands: Sequence[Nested],
        function: Callable[[list[str]], str],
        depth: int = 0,
    ) -> str:
        """A nested list of what `function` makes of the spelled elements of the operands.

        All operands have the same number of sizes, one for each axis of the result; what they have
        below these axes `function` gets as it is.
        """
        sizes = [one.sizes for one in operands]
        if not sizes[0]:
            return function([one.text for one in operands])
        length = max(own[0] for own in sizes if own[0] is not None)
        leader = next(n for n, own in enumerate(sizes) if own[0] == length)
        element = self._parameter("n" if operands[leader].neurons else "e", depth)
        place = self._place(depth)
        inside = []
        by_place = False
        for n, one in enumerate(operands):
            rest = one.sizes[1:]
            if one.sizes[0] is None:
                inside.append(replace(one, sizes=rest))
            elif n == leader:
                inside.append(replace(one, text=element, sizes=rest))
            elif one.sizes[0] == length and length > 1:
                inside.append(replace(one, text=f"{one.text}[{place}]", sizes=rest))
                by_place = True
            else:
                inside.append(replace(one, text=f"{one.text}[1]", sizes=rest))
        parameters = f"{element}, {place}" if by_place else element
        text = self.over(inside, function, depth + 1)
        return self.lists.each.format(operands[leader].text, parameters, text)

    def transposed(self, text: str, shape: tuple[int, ...], order: Sequence[int]) -> str:
        """The axes of a nested list in another order."""
        places = [""] * len(order)
        for depth, axis in enumerate(order):
            places[axis] = f"[{self._place(depth)}]"
        result = text + "".join(places)
        for depth in reversed(range(len(order))):
            numbers = self.matrices.places.format(end=shape[order[depth]] + 1)
            result = self.lists.each.format(numbers, self._place(depth), result)
        return result

    def flat(self, text: str, rank: int) -> str:
        """All elements of a nested list as one list."""
        for _ in range(rank - 1):
            text = self.matrices.flatten.format(text)
        return text

    def parted(self, text: str, shape: tuple[int, ...]) -> str:
        """A list as a nested one of this shape, of two axes and more."""
        *outer, last = shape
        start = ""
        for depth, size in enumerate(outer):
            place = f"({self._place(depth)} - 1)"
            start = place if not start else f"({start} * {size} + {place})"
        result = self.lists.part.format(text, f"{start} * {last} + 1", f"{start} * {last} + {last}")
        for depth in reversed(range(len(outer))):
            numbers = self.matrices.places.format(end=outer[depth] + 1)
            result = self.lists.each.format(numbers, self._place(depth), result)
        return result
