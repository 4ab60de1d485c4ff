"""What a case is: an estimator and what it is fitted to, from which all suites build."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, eq=False)
class Case:
    """An estimator that is not fitted yet, and the data of `data.py` that it is fitted to.

    `target` names another target than that of the data; `tolerance` is how far the database may be
    from scikit-learn, relative to 1 and the number itself, where that is more than rounding.
    """

    estimator: Any
    data: str
    target: str = ""
    tolerance: float = 1e-9

    @functools.cached_property
    def id(self) -> str:
        told = re.sub(r" at 0x[0-9a-f]+|\s+", "", repr(self.estimator))
        short = told if len(told) < 70 else f"{self.kind}({told.count('=')} arguments)"
        return f"{short}-{self.data}" + (f"-{self.target}" if self.target else "")

    @property
    def kind(self) -> str:
        return type(self.estimator).__name__


def case(estimator: Any, data: str, target: str = "", tolerance: float = 1e-9) -> Case:
    return Case(estimator, data, target, tolerance)
