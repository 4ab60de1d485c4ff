"""What a strategy will take, from what a graph computes and what the database takes for it."""

from __future__ import annotations

from dataclasses import dataclass

from keras2sql.dialects.base import Dialect
from keras2sql.dialects.costs import Costs, Time
from keras2sql.graph.work import Product, Work
from keras2sql.lower.packing import Packing


@dataclass(frozen=True)
class Estimate:
    """Seconds that a strategy is expected to take for `ROWS` rows, and those of them for
    planning and what else there is to do once."""

    strategy: str
    seconds: float
    once: float

    def __str__(self) -> str:
        return f"{self.strategy} {spelled(self.seconds)}"


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
        by_rows = strategy == "rows"
        time = _rows(work, costs) if by_rows else _spelled(work, dialect, costs, packing)
        found.append(Estimate(strategy, time.whole / 1e9, time.once / 1e9))
    return sorted(found, key=lambda e: e.seconds)


def packed(product: Product, dialect: Dialect, packing: Packing) -> bool:
    """Whether a product is taken with arrays."""
    return packing.holds(product.terms, product.outputs, dialect)


def _spelled(work: Work, dialect: Dialect, costs: Costs, packing: Packing) -> Time:
    time = Time.of(costs.statement) + Time.of(costs.value) * work.values
    time += Time.of(costs.product) * work.other
    for p in work.products:
        by = costs.arrays if packed(p, dialect, packing) else costs.sums
        time += by(p.terms, p.outputs) * p.vectors
    return time


def _rows(work: Work, costs: Costs) -> Time:
    madds = work.other + sum(p.multiply_adds for p in work.products)
    counted = (
        (costs.rows_statement, 1),
        (costs.rows_tensor, work.tensors),
        (costs.rows_weight, work.written),
        (costs.rows_value, work.values),
        (costs.rows_moved, work.moved),
        (costs.rows_product, madds),
    )
    return sum((Time.of(unit) * count for unit, count in counted), Time())
