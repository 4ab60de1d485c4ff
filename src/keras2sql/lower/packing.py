"""Which products of a statement are taken with arrays."""

from __future__ import annotations

from enum import Enum

from keras2sql.dialects.base import Dialect

PACKED_TERMS = 4
"""A product of at least this many terms is taken with an array, where arrays are asked for."""


class Packing(Enum):
    """No products, all that can be, or those of which the costs say that it pays."""

    NONE = "none"
    ALL = "all"
    PAYING = "paying"

    def holds(self, terms: int, outputs: int, dialect: Dialect) -> bool:
        """Whether a vector of `terms` numbers that is multiplied with `outputs` others
        becomes an array."""
        longest = dialect.limits.elements
        if self is Packing.NONE or terms < PACKED_TERMS or outputs < 2:
            return False
        if longest is not None and terms > longest:
            return False
        if self is Packing.ALL or dialect.costs is None:
            return True
        return dialect.costs.packs(terms, outputs)
