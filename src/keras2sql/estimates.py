"""What a strategy will take, from what a graph computes and what the database takes for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from keras2sql.dialects.base import Dialect
from keras2sql.dialects.costs import ROWS, in_arrays, in_sums
from keras2sql.graph.work import Product, Search, Work
from keras2sql.lower.lookups import CASE_KEYS, CASE_ROWS
from keras2sql.lower.packing import Packing


@dataclass(frozen=True)
class Estimate:
    """Seconds that a strategy is expected to take for `ROWS` rows, and those of them for
    planning and what else there is to do once; arrays may be `matrices`."""

    strategy: str
    seconds: float
    once: float
    matrices: bool = False

    def of(self, rows: int) -> Estimate:
        """The same for so many rows."""
        return replace(self, seconds=self.once + (self.seconds - self.once) * rows / ROWS)

    def __str__(self) -> str:
        name = "matrices" if self.matrices else self.strategy
        return f"{name} {spelled(self.seconds)}"


def spelled(seconds: float) -> str:
    """Two digits, and a unit that fits."""
    for unit, size in (("h", 3600.0), ("min", 60.0), ("s", 1.0), ("ms", 1e-3)):
        if seconds >= size or unit == "ms":
            return f"{float(f'{seconds / size:.2g}'):g} {unit}"
    raise AssertionError


def estimates(work: Work, dialect: Dialect, strategies: tuple[str, ...]) -> list[Estimate]:
    """Of each of these strategies, the fastest first; empty for a database without costs.

    "arrays" are mixed: a layer that takes longer in them is in columns.
    """
    costs = dialect.costs
    if costs is None:
        return []
    found = []
    for strategy in strategies:
        packing = Packing.PAYING if strategy == "arrays" else Packing.NONE
        time = costs.time_of(counts(work, dialect, strategy, packing))
        found.append(Estimate(strategy, time.whole / 1e9, time.once / 1e9))
    return sorted(found, key=lambda e: e.seconds)


def in_matrices(work: Work, dialect: Dialect, beside: bool = False) -> Estimate | None:
    """Of arrays that are nested lists, with weights in the statement or in tables `beside` it; None
    for a database without such costs."""
    costs = dialect.costs
    if costs is None or costs.matrix_statement is None:
        return None
    looked_up = sum(s.keys * s.width for s in work.searches)
    in_tables = sum(s.rows * s.width for s in work.searches) if beside else 0
    counted = Counter(
        matrix_statement=1,
        matrix_input=work.inputs,
        matrix_tensor=work.tensors,
        matrix_weight=0 if beside else work.weights,
        matrix_stored=work.weights - in_tables if beside else 0,
        matrix_table=in_tables,
        matrix_value=work.values - looked_up,
        matrix_moved=work.moved,
        matrix_product=work.multiply_adds - work.other,
        matrix_paired=work.other,
        matrix_found=looked_up,
    )
    time = costs.time_of(counted)
    return Estimate("arrays", time.whole / 1e9, time.once / 1e9, matrices=True)


def in_descents(work: Work, dialect: Dialect) -> Estimate | None:
    """Of columns whose trees are walked down in tables; None for a database without such costs."""
    if dialect.costs is None or dialect.costs.descent is None:
        return None
    counted = counts(work, dialect, "columns", Packing.NONE)
    del counted["choice"], counted["branch"]
    counted["descent"] = sum(w.trees * w.levels * w.outputs for w in work.walks)
    time = dialect.costs.time_of(counted)
    return Estimate("columns", time.whole / 1e9, time.once / 1e9)


def packed(product: Product, dialect: Dialect, packing: Packing) -> bool:
    """Whether a product is taken with arrays."""
    return packing.holds(product.terms, product.outputs, dialect)


def counts(work: Work, dialect: Dialect, strategy: str, packing: Packing) -> Counter[str]:
    """How often each unit of the costs comes in."""
    if strategy == "rows":
        return _by_rows(work, dialect)
    found = Counter(statement=1, value=work.values + work.met, product=work.other)
    in_rounds = dialect.costs is not None and dialect.costs.round is not None
    found["round" if in_rounds else "value"] += work.rounds
    found["function"] = work.functions
    found["choice"] = sum(w.nodes * w.outputs for w in work.walks)
    found["branch"] = sum(w.trees * w.levels * w.outputs for w in work.walks)
    found.update(in_joins(work, dialect))
    found["value"] -= found["totalled"]
    for p in work.products:
        by = in_arrays if packed(p, dialect, packing) else in_sums
        found.update(by(p.terms, p.outputs, p.vectors))
    return found


def _by_rows(work: Work, dialect: Dialect) -> Counter[str]:
    looked_up = sum(s.keys * s.width for s in work.searches)
    found = Counter(
        rows_statement=1,
        rows_tensor=work.tensors,
        rows_step=work.steps,
        rows_weight=work.weights if work.inline else 0,
        rows_level=sum(w.trees * w.levels for w in work.walks),
        rows_value=work.values - looked_up,
        rows_moved=work.moved,
        rows_product=work.multiply_adds - work.other,
        rows_found=looked_up,
    )
    measured = dialect.costs is not None and dialect.costs.rows_ranked is not None
    found["rows_ranked" if measured else "rows_value"] += work.ranked
    found["rows_met" if measured else "rows_value"] += work.met
    apart = dialect.costs is not None and dialect.costs.rows_paired is not None
    found["rows_paired" if apart else "rows_product"] += work.other
    return found


def joined(search: Search) -> bool:
    """Whether the columns strategy takes a join for each of these look-ups, not a CASE."""
    return search.rows > (CASE_KEYS if search.listed else CASE_ROWS)


def at_once(search: Search, dialect: Dialect) -> bool:
    """Whether one join serves all of these look-ups, of which but a sum is wanted."""
    return search.totalled and dialect.searching is not None


def in_joins(work: Work, dialect: Dialect) -> Counter[str]:
    """The units of look-ups by joins, of which each hands on what those before it found."""
    found: Counter[str] = Counter()
    for s in filter(joined, work.searches):
        if at_once(s, dialect):
            found.update(join=1, table=s.numbers, total=1, totalled=s.keys * s.width)
            continue
        found["join"] += s.keys
        found["joined"] += s.keys * s.keys * s.width // 2
        found["table"] += s.numbers * (s.keys if dialect.steps.values_anew else 1)
        found["read"] += s.numbers * s.keys
    return found
