"""Which cells become columns of which step.

A cell is kept as a column when something reads it twice, when a sum reads another sum,
or when the expression around it would be nested too deeply; everything else is written
where it is used.  So each value is computed once.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence, Set
from dataclasses import dataclass, field
from functools import cached_property

from keras2sql.dialects.limits import Limits
from keras2sql.lower.cells import Cell

# One operation on columns costs no more than reading one, unless it is wanted very often.
_CHEAP = {"lt", "le", "gt", "ge", "eq", "ne", "add", "sub", "mul", "neg", "abs"}
_CHEAP_USES = 4
_TESTS = {"lt", "le", "gt", "ge", "eq", "ne"}
_UNLIMITED = 10_000
# That of the features, and the answer.
_OTHER_STEPS = 2


@dataclass
class Stage:
    """The columns that one step computes, and where they belong: the stages of one `group` and
    `level` compute the columns of one layer, `part` by part."""

    group: int
    level: int
    cells: list[Cell] = field(default_factory=list)
    part: int = 0


@dataclass
class Schedule:
    """`stages` in order; `last_use` of each column: the index of the last stage reading it.

    The answer reads as stage ``len(stages)``.
    """

    stages: list[Stage]
    last_use: dict[Cell, int]
    stage_of: dict[Cell, int]

    @cached_property
    def levels(self) -> dict[int, dict[int, list[Stage]]]:
        """The stages of each group and level, in order."""
        found: dict[int, dict[int, list[Stage]]] = {}
        for stage in self.stages:
            found.setdefault(stage.group, {}).setdefault(stage.level, []).append(stage)
        return found

    @cached_property
    def places(self) -> dict[int, int]:
        """Where in `stages` each one stands, by its identity."""
        return {id(stage): number for number, stage in enumerate(self.stages)}

    def is_behind_others(self, stage: Stage) -> bool:
        """Whether no stage of its group and another level comes after this one."""
        number = self.places[id(stage)]
        others = (level for at, level in self.levels[stage.group].items() if at != stage.level)
        return all(self.places[id(level[-1])] < number for level in others)


def ordered(roots: Iterable[Cell], given: Container[Cell] = ()) -> list[Cell]:
    """The cells that `roots` need, each after its arguments; none behind those `given`."""
    order: list[Cell] = []
    seen: set[Cell] = set()
    stack = [(cell, False) for cell in reversed(list(roots))]
    while stack:
        cell, expanded = stack.pop()
        if expanded:
            order.append(cell)
        elif cell not in seen:
            seen.add(cell)
            if cell.args and cell not in given:
                stack.append((cell, True))
                stack += [(arg, False) for arg in reversed(cell.args) if arg not in seen]
            else:
                order.append(cell)
    return order


def schedule(
    outputs: Sequence[Cell],
    limits: Limits,
    given: Set[Cell] = frozenset(),
    forced: Set[Cell] = frozenset(),
    divided: bool = False,
    narrow: bool = False,
) -> Schedule:
    """Columns and stages for these outputs.

    Cells that are `given` are columns already; those `forced` become columns in any case.  If
    `divided`, no stage has more products than the engine computes at its full speed.  Columns that
    are `narrow` round what is computed in double precision.
    """
    cells = ordered(outputs, given)
    if narrow:
        forced = forced | _compared(cells)
    kept = _kept(cells, outputs, limits, given, forced)
    reads = _reads(cells, kept, given)
    columns = [cell for cell in cells if cell in kept]
    stages = _stages(columns, reads, by_layer=True)
    if limits.steps is not None and len(stages) > limits.steps - _OTHER_STEPS:
        stages = _stages(columns, reads, by_layer=False)
    stages = _parted(stages, _totals_apart)
    if limits.joins is not None:
        most = limits.joins
        stages = _parted(stages, lambda cells: _joining(cells, most))
    if divided and limits.products is not None:
        products = _products(cells, kept)
        stages = _divided(stages, products, limits.products, limits.steps)
    return _scheduled(stages, reads, outputs, kept | given)


def _compared(cells: list[Cell]) -> set[Cell]:
    """What is compared with one another, and something else reads too: where it is rounded once
    and once not, the greatest is none of them, and not 0 off itself."""
    found: set[Cell] = set()
    uses = Counter(arg for cell in cells for arg in cell.args)
    for cell in cells:
        is_choice = cell.fn in ("max", "min")
        is_test = cell.fn in _TESTS and all(arg.fn != "const" for arg in cell.args)
        if is_choice or is_test:
            found.update(arg for arg in cell.args if arg.args and uses[arg] > 1)
    return found


def _scheduled(
    stages: list[Stage],
    reads: dict[Cell, list[Cell]],
    outputs: Sequence[Cell],
    columns: Set[Cell],
) -> Schedule:
    """The stages, with the last one that reads each of the `columns`."""
    stage_of: dict[Cell, int] = {}
    last_use: dict[Cell, int] = {}
    for number, stage in enumerate(stages):
        for cell in stage.cells:
            stage_of[cell] = number
            last_use |= dict.fromkeys(reads[cell], number)
    for cell in outputs:
        is_column = cell in columns or cell.fn == "column"
        read = [cell] if is_column else reads[cell]
        last_use |= dict.fromkeys(read, len(stages))
    return Schedule(stages, last_use, stage_of)


def _kept(
    cells: list[Cell],
    outputs: Sequence[Cell],
    limits: Limits,
    given: Set[Cell],
    forced: Set[Cell],
) -> set[Cell]:
    """The cells, arguments first, that become columns."""
    deepest, crowd = limits.nesting or _UNLIMITED, limits.crowd
    cases = limits.cases or _UNLIMITED
    keeper = _Keeper(cells, outputs, deepest, cases, given, forced)
    for cell in cells:
        keeper.visit(cell)
    if crowd is None:
        return keeper.kept
    deep = [cell for cell in keeper.kept if keeper.depth[cell] > crowd.nesting]
    if len(deep) <= crowd.columns:
        return keeper.kept
    keeper = _Keeper(cells, outputs, min(deepest, crowd.nesting), cases, given, forced)
    for cell in cells:
        keeper.visit(cell)
    return keeper.kept


class _Keeper:
    """Goes through cells, arguments first; `kept` are those that become columns.

    `depth` tells how deeply the text of a cell is nested, `cases` how many CASE are in one another
    there, and `sums` has the cells whose text holds a sum; `deepest` is how deeply the database
    takes it, and `most_cases` how many of these.
    """

    def __init__(
        self,
        cells: list[Cell],
        outputs: Sequence[Cell],
        deepest: int,
        most_cases: int,
        given: Set[Cell],
        forced: Set[Cell],
    ) -> None:
        self.given = given
        self.forced = forced
        self.roots = set(outputs)
        self.deepest = deepest
        self.most_cases = most_cases
        read = itertools.chain.from_iterable(cell.args for cell in cells)
        self.uses: Counter[Cell] = Counter(itertools.chain(outputs, read))
        self.kept: set[Cell] = set()
        self.depth: dict[Cell, int] = {}
        self.cases: dict[Cell, int] = {}
        self.sums: set[Cell] = set()

    def visit(self, cell: Cell) -> None:
        if not cell.args or cell in self.given:
            return
        kept, given = self.kept, self.given
        # Most of the arguments of most sums are columns, of which there is nothing to tell.
        written = [a for a in cell.args if a.args and a not in kept and a not in given]
        written = self._without_sums_of_sums(cell, written)
        written = self._without_what_is_too_deep(cell, written)
        if cell.fn in ("sum", "dot") or any(arg in self.sums for arg in written):
            self.sums.add(cell)
        if self._becomes_column(cell, of_columns=not written):
            self.kept.add(cell)

    def _without_sums_of_sums(self, cell: Cell, written: list[Cell]) -> list[Cell]:
        """Of the arguments that stand in the text of a cell, those that stay there: neither sums
        that a sum reads, nor the key of a lookup, nor what trees in tables test."""
        if not written or cell.fn not in ("lookup", "descent", "sum", "pack"):
            return written
        apart = written
        if cell.fn in ("sum", "pack"):
            apart = [arg for arg in written if arg in self.sums]
        self.kept.update(apart)
        return [arg for arg in written if arg not in self.kept]

    def _without_what_is_too_deep(self, cell: Cell, written: list[Cell]) -> list[Cell]:
        """Of the arguments that stand in the text of a cell, those that stay there."""
        own, own_case = _levels(cell), int(cell.fn == "case")
        deepest = most_cases = 0
        stay = []
        for arg in written:
            depth, cases = self.depth[arg], self.cases[arg]
            if own + depth > self.deepest or own_case + cases > self.most_cases:
                self.kept.add(arg)
            else:
                stay.append(arg)
                deepest = max(deepest, depth)
                most_cases = max(most_cases, cases)
        self.depth[cell] = own + deepest
        self.cases[cell] = own_case + most_cases
        return stay

    def _becomes_column(self, cell: Cell, of_columns: bool) -> bool:
        if cell.fn in ("lookup", "descent", "total", "pack") or cell in self.forced:
            return True
        if cell in self.roots and cell in self.sums:
            return True
        # One operation on columns costs no more than reading one.
        cheap = of_columns and cell.fn in _CHEAP
        return self.uses[cell] > (_CHEAP_USES if cheap else 1)


def _levels(cell: Cell) -> int:
    """How many levels of nesting its own text has: a CASE in a CASE takes a parser as much as two
    calls."""
    if cell.fn == "sum":
        return 3
    return 2 if cell.fn == "case" and any(arg.fn == "case" for arg in cell.args) else 1


def _products(cells: list[Cell], kept: Set[Cell]) -> dict[Cell, int]:
    """How many products of sums the text of each cell has."""
    products: dict[Cell, int] = {}
    for cell in cells:
        count = len(cell.args) if cell.fn == "sum" else 0
        for arg in cell.args:
            if arg not in kept and not arg.leaf:
                count += products[arg]
        products[cell] = count
    return products


def _divided(
    stages: list[Stage], products: dict[Cell, int], most: int, steps: int | None
) -> list[Stage]:
    """Stages of about one size instead of those with more than `most` products, or with more
    than twice that, or four times, where there would be too many `steps`."""
    if steps is not None and len(stages) > steps - _OTHER_STEPS:
        return stages

    def evenly(cells: list[Cell]) -> list[list[Cell]]:
        total = sum(products[cell] for cell in cells)
        count = min(math.ceil(total / most), len(cells))
        return _in_parts(cells, max(count, 1))

    divided = _parted(stages, evenly)
    if steps is not None and len(divided) > steps - _OTHER_STEPS:
        return _divided(stages, products, 2 * most, steps)
    return divided


def _in_parts(cells: list[Cell], count: int) -> list[list[Cell]]:
    """The cells in so many parts of about one size."""
    ends = [len(cells) * part // count for part in range(count + 1)]
    return [cells[start:end] for start, end in itertools.pairwise(ends)]


def _totals_apart(cells: list[Cell]) -> list[list[Cell]]:
    """The cells in groups: totals over what the same ids find in one table, and all others."""
    groups: dict[object, list[Cell]] = {}
    for cell in cells:
        group = None
        if cell.fn == "total":
            _, table, _ = cell.value
            group = (table, cell.args)
        groups.setdefault(group, []).append(cell)
    return list(groups.values())


def _joining(cells: list[Cell], most: int) -> list[list[Cell]]:
    """The cells in groups whose lookups join up to `most` tables with one another, one of which
    is what the step reads."""
    number: dict[tuple[object, Cell], int] = {}  # of the table and the cell that it is joined by
    groups: list[list[Cell]] = [[]]
    for cell in cells:
        group = 0
        if cell.fn == "lookup":
            table, _ = cell.value
            (key,) = cell.args
            group = number.setdefault((table, key), len(number)) // (most - 1)
        if group == len(groups):
            groups.append([])
        groups[group].append(cell)
    return groups


def _parted(stages: list[Stage], part: Callable[[list[Cell]], list[list[Cell]]]) -> list[Stage]:
    """The stages, each in as many as `part` makes of its cells."""
    parted: list[Stage] = []
    parts_of: Counter[tuple[int, int]] = Counter()
    for stage in stages:
        level = (stage.group, stage.level)
        for cells in part(stage.cells):
            parted.append(Stage(stage.group, stage.level, cells, parts_of[level]))
            parts_of[level] += 1
    return parted


def _reads(cells: list[Cell], kept: Set[Cell], given: Set[Cell]) -> dict[Cell, list[Cell]]:
    """The columns that the text of each cell reads: kept and given cells, source columns."""
    reads: dict[Cell, list[Cell]] = {}
    for cell in cells:
        columns: dict[Cell, None] = {}
        for arg in () if cell in given else cell.args:
            if arg.fn == "column" or arg in kept or arg in given:
                columns[arg] = None
            else:
                columns.update(dict.fromkeys(reads[arg]))
        reads[cell] = list(columns)
    return reads


def _stages(kept: list[Cell], reads: dict[Cell, list[Cell]], by_layer: bool) -> list[Stage]:
    """Group columns by layer, and within it by what has to come first.

    With ``by_layer=False`` only the latter: fewer steps, that mix layers.
    """
    place_of: dict[Cell, tuple[int, int]] = {}
    stages: dict[tuple[int, int], Stage] = {}
    for cell in kept:
        group, level = cell.group if by_layer else 0, 0
        before = {place_of[one] for one in reads[cell] if one in place_of}
        if before:
            last_group, last_level = max(before)
            # A cell that an earlier layer made may be read first by a later one: never go back.
            if last_group >= group:
                group, level = last_group, last_level + 1
        place_of[cell] = group, level
        stage = stages.get((group, level))
        if stage is None:
            stage = stages[group, level] = Stage(cell.group, level)
        stage.cells.append(cell)
    return [stages[key] for key in sorted(stages)]
