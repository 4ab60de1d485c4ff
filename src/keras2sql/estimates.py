"""What a strategy will take, from what a graph computes and what the database takes for it."""

from __future__ import annotations

from dataclasses import dataclass

from keras2sql.dialects.base import Dialect
from keras2sql.dialects.costs import Costs, total
from keras2sql.graph.work import Product, Work
from keras2sql.lower.packing import Packing


@dataclass(frozen=True)
class Estimate:
    """Seconds that a strategy is expected to take for `ROWS` rows."""

    strategy: str
    seconds: float

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
        if strategy == "rows":
            seconds = _rows(work, costs)
        else:
            packing = Packing.PAYING if strategy == "arrays" else Packing.NONE
            seconds = _spelled(work, dialect, costs, packing)
        found.append(Estimate(strategy, seconds / 1e9))
    return sorted(found, key=lambda e: e.seconds)


def packed(product: Product, dialect: Dialect, packing: Packing) -> bool:
    """Whether a product is taken with arrays."""
    return packing.holds(product.terms, product.outputs, dialect)


def _spelled(work: Work, dialect: Dialect, costs: Costs, packing: Packing) -> float:
    seconds = total(costs.statement) + work.values * total(costs.value)
    seconds += work.other * total(costs.product)
    for p in work.products:
        by = costs.arrays if packed(p, dialect, packing) else costs.sums
        seconds += p.vectors * by(p.terms, p.outputs)
    return seconds


def _rows(work: Work, costs: Costs) -> float:
    madds = work.other + sum(p.multiply_adds for p in work.products)
    return (
        total(costs.rows_statement)
        + work.tensors * total(costs.rows_tensor)
        + work.weights * total(costs.rows_weight)
        + work.values * total(costs.rows_value)
        + work.moved * total(costs.rows_moved)
        + madds * total(costs.rows_product)
    )
