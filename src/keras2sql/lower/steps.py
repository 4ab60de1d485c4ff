"""Which cells become columns of which step.

A cell is kept as a column when something reads it twice, when a sum reads another sum,
or when the expression around it would be nested too deeply; everything else is written
where it is used.  So each value is computed once.
"""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Container, Iterable, Sequence, Set
from dataclasses import dataclass, field

from keras2sql.dialects.limits import Limits
from keras2sql.lower.cells import Cell

# One operation on columns costs no more than reading one, unless it is wanted very often.
_CHEAP = {"lt", "le", "gt", "ge", "eq", "ne", "add", "sub", "mul", "neg", "abs"}
_CHEAP_USES = 4
_UNLIMITED = 10_000


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
            stack.append((cell, True))
            if cell not in given:
                stack.extend((a, False) for a in reversed(cell.args) if a not in seen)
    return order


def schedule(
    outputs: Sequence[Cell],
    limits: Limits,
    given: Set[Cell] = frozenset(),
    forced: Set[Cell] = frozenset(),
    by_layer: bool = True,
    divided: bool = False,
) -> Schedule:
    """Columns and stages for these outputs.

    Cells that are `given` are columns already; those `forced` become columns in any case.  If
    `divided`, no stage has more products than the engine computes at its full speed.
    """
    cells = ordered(outputs, given)
    kept = _kept(cells, outputs, limits, given, forced)
    reads = _reads(cells, kept, given)
    stages = _stages([c for c in cells if c in kept], reads, given, by_layer)
    if limits.steps is not None and len(stages) > limits.steps - 2:
        stages = _stages([c for c in cells if c in kept], reads, given, by_layer=False)
    stages = _parted(stages, _totals_apart)
    if limits.joins is not None:
        stages = _parted(stages, lambda cells: _joining(cells, limits.joins or 2))
    if divided and limits.products is not None:
        stages = _divided(stages, _products(cells, kept), limits.products, limits.steps)
    stage_of = {cell: i for i, stage in enumerate(stages) for cell in stage.cells}
    last_use: dict[Cell, int] = {}
    for i, stage in enumerate(stages):
        for cell in stage.cells:
            last_use.update(dict.fromkeys(reads[cell], i))
    for cell in outputs:
        own = cell in kept or cell in given or cell.fn == "column"
        for read in [cell] if own else reads[cell]:
            last_use[read] = len(stages)
    return Schedule(stages, last_use, stage_of)


def _kept(
    cells: list[Cell],
    outputs: Sequence[Cell],
    limits: Limits,
    given: Set[Cell],
    forced: Set[Cell],
) -> set[Cell]:
    """The cells, arguments first, that become columns."""
    keeper = _Keeper(cells, outputs, limits.nesting or _UNLIMITED, given, forced)
    for cell in cells:
        keeper.visit(cell)
    return keeper.kept


class _Keeper:
    """Goes through cells, arguments first; `kept` are those that become columns.

    `depth` tells how deeply the text of a cell is nested, `sums` has the cells whose text holds a
    sum, and `deepest` is how deeply the database takes it.
    """

    def __init__(
        self,
        cells: list[Cell],
        outputs: Sequence[Cell],
        deepest: int,
        given: Set[Cell],
        forced: Set[Cell],
    ) -> None:
        self.given, self.forced, self.roots, self.deepest = given, forced, set(outputs), deepest
        self.uses: Counter[Cell] = Counter(outputs)
        for cell in cells:
            self.uses.update(cell.args)
        self.kept: set[Cell] = set()
        self.depth: dict[Cell, int] = {}
        self.sums: set[Cell] = set()

    def visit(self, cell: Cell) -> None:
        if cell.leaf or cell in self.given:
            self.depth[cell] = 0
            return
        self._keep_what_it_reads(cell)
        self._keep_what_is_too_deep(cell)
        if cell.fn in ("sum", "dot") or self._reads_a_sum(cell):
            self.sums.add(cell)
        always = cell.fn in ("lookup", "total", "pack")
        root_of_sums = cell in self.roots and cell in self.sums
        if always or root_of_sums or cell in self.forced or self._is_read_often(cell):
            self.kept.add(cell)

    def _is_column(self, cell: Cell) -> bool:
        return cell in self.kept or cell in self.given

    def _keep_what_it_reads(self, cell: Cell) -> None:
        """Sums that a sum reads, and the key of a lookup."""
        for arg in cell.args:
            if not arg.args or self._is_column(arg):
                continue
            if cell.fn == "lookup" or (cell.fn in ("sum", "pack") and arg in self.sums):
                self.kept.add(arg)

    def _keep_what_is_too_deep(self, cell: Cell) -> None:
        own = _levels(cell)
        inner = {a: 0 if a in self.kept else self.depth[a] for a in cell.args}
        self.kept.update(a for a, depth in inner.items() if own + depth > self.deepest)
        fitting = [depth for depth in inner.values() if own + depth <= self.deepest]
        self.depth[cell] = own + max(fitting, default=0)

    def _reads_a_sum(self, cell: Cell) -> bool:
        """In its text, not as a column."""
        return any(a in self.sums and a not in self.kept for a in cell.args)

    def _is_read_often(self, cell: Cell) -> bool:
        """So that a column pays; one operation on columns costs no more than reading one."""
        of_columns = all(a.leaf or self._is_column(a) for a in cell.args)
        cheap = cell.fn in _CHEAP and of_columns
        return self.uses[cell] > (_CHEAP_USES if cheap else 1)


def _levels(cell: Cell) -> int:
    """How many levels of nesting its own text has: a CASE in a CASE takes a parser as much as two
    calls."""
    if cell.fn == "sum":
        return 3
    return 2 if cell.fn == "case" and any(a.fn == "case" for a in cell.args) else 1


def _products(cells: list[Cell], kept: Set[Cell]) -> dict[Cell, int]:
    """How many products of sums the text of each cell has."""
    found: dict[Cell, int] = {}
    for cell in cells:
        own = len(cell.args) if cell.fn == "sum" else 0
        found[cell] = own + sum(found[a] for a in cell.args if a.args and a not in kept)
    return found


def _divided(
    stages: list[Stage], products: dict[Cell, int], most: int, steps: int | None
) -> list[Stage]:
    """Stages of about one size instead of those with more than `most` products, or with more
    than twice that, or four times, where there would be too many `steps`."""
    if steps is not None and len(stages) > steps - 2:
        return stages

    def evenly(cells: list[Cell]) -> list[list[Cell]]:
        total = sum(products[c] for c in cells)
        count = max(min(-(-total // most), len(cells)), 1)
        ends = [len(cells) * k // count for k in range(count + 1)]
        return [cells[a:b] for a, b in itertools.pairwise(ends)]

    found = _parted(stages, evenly)
    if steps is not None and len(found) > steps - 2:
        return _divided(stages, products, 2 * most, steps)
    return found


def _totals_apart(cells: list[Cell]) -> list[list[Cell]]:
    """The cells in groups: totals over what the same ids find in one table, and all others."""
    groups: dict[object, list[Cell]] = {}
    for cell in cells:
        at = (cell.value[1], cell.args) if cell.fn == "total" else None
        groups.setdefault(at, []).append(cell)
    return list(groups.values())


def _joining(cells: list[Cell], most: int) -> list[list[Cell]]:
    """The cells in groups whose lookups join up to `most` tables with one another, one of which
    is what the step reads."""
    number: dict[tuple[object, Cell], int] = {}  # of the table and the cell that it is joined by
    groups: list[list[Cell]] = [[]]
    for cell in cells:
        group = 0
        if cell.fn == "lookup":
            at = (cell.value[0], cell.args[0])
            group = number.setdefault(at, len(number)) // (most - 1)
        if group == len(groups):
            groups.append([])
        groups[group].append(cell)
    return groups


def _parted(stages: list[Stage], part: Callable[[list[Cell]], list[list[Cell]]]) -> list[Stage]:
    """The stages, each in as many as `part` makes of its cells."""
    found: list[Stage] = []
    seen: Counter[tuple[int, int]] = Counter()
    for stage in stages:
        at = (stage.group, stage.level)
        for cells in part(stage.cells):
            found.append(Stage(stage.group, stage.level, cells, seen[at]))
            seen[at] += 1
    return found


def _reads(cells: list[Cell], kept: Set[Cell], given: Set[Cell]) -> dict[Cell, list[Cell]]:
    """The columns that the text of each cell reads: kept and given cells, source columns."""
    reads: dict[Cell, list[Cell]] = {}
    for cell in cells:
        found: dict[Cell, None] = {}
        for arg in () if cell in given else cell.args:
            if arg.fn == "column" or arg in kept or arg in given:
                found[arg] = None
            else:
                found.update(dict.fromkeys(reads[arg]))
        reads[cell] = list(found)
    return reads


def _stages(
    kept: list[Cell], reads: dict[Cell, list[Cell]], given: Set[Cell], by_layer: bool
) -> list[Stage]:
    """Group columns by layer, and within it by what has to come first.

    With ``by_layer=False`` only the latter: fewer steps, that mix layers.
    """
    place: dict[Cell, tuple[int, int]] = {}
    stages: dict[tuple[int, int], Stage] = {}
    for cell in kept:
        group = cell.group if by_layer else 0
        before = [place[r] for r in reads[cell] if r.fn != "column" and r not in given]
        # A cell that an earlier layer made may be read first by a later one: never go back.
        group = max([group, *(g for g, _ in before)])
        level = max((lv + 1 for g, lv in before if g == group), default=0)
        place[cell] = (group, level)
        stage = stages.setdefault((group, level), Stage(cell.group, level))
        stage.cells.append(cell)
    return [stages[at] for at in sorted(stages)]
