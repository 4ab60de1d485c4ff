"""What scikit-learn says of a random pipeline, and what databases say that is something else.

How far a database may be off is what rounding can do: it is measured by rows that differ from the
ones asked for in their last digits.  Where all before a comparison is exact, nothing is allowed.
"""

from __future__ import annotations

import math
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from catboost import CatBoost, CatBoostError
from hypothesis import reject
from lightgbm import LGBMModel
from sklearn.cluster import Birch
from sklearn.ensemble import IsolationForest
from sklearn.ensemble._forest import BaseForest
from sklearn.ensemble._gb import BaseGradientBoosting
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, LocalOutlierFactor
from sklearn.tree import BaseDecisionTree

import keras2sql
from databases import load
from estimators.build import Built, wanted
from estimators.cases_boosters import SINGLE
from keras2sql.dialects import get
from keras2sql.engines import Engine
from keras2sql.errors import DialectLimitError
from keras2sql.heads import head
from keras2sql.read.any import read
from properties.pipelines import NUMBERS, Description, probes, table

Array = np.ndarray[Any, Any]
NEAR = 1e-9
NUDGE = 1e-9
LAST = 1e-14


# All distances are the same to the last digit to a row that is far out, and any is the least.
_BY_DISTANCE = (Birch, LocalOutlierFactor, KNeighborsClassifier, KNeighborsRegressor)
_TREES = (BaseDecisionTree, BaseForest, BaseGradientBoosting, IsolationForest, LGBMModel, CatBoost)


@dataclass
class Told:
    """What came of it: `wrong` is a line for each column that is something else, `rounded` for
    each of which the rows next to the one asked for are so too; `counts` of what was compared."""

    wrong: list[str] = field(default_factory=list)
    rounded: list[str] = field(default_factory=list)
    counts: Counter[str] = field(default_factory=Counter)


def fitted(description: Description) -> Built:
    """The pipeline fitted; what scikit-learn itself can't fit is not tried."""
    frame, targets = table(description.seed)
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            model = description.model.fit(frame, targets[description.target])
        except (ValueError, CatBoostError):
            reject()
        network = read(model)
    graph = head(
        network.graph, network.task, network.classes, network.probabilities, network.targets
    )
    return Built(model, network, graph, probes(model, frame, description.seed))


def check(description: Description, engines: list[Engine], told: Told) -> None:
    """Each database, by the strategy that it chooses and by another."""
    made = fitted(description)
    try:
        expected = _said(made, made.probes)
    except StopIteration:  # scikit-learn has no answer to any row
        reject()
    random = np.random.default_rng([description.seed, 2])
    slack = _Slack(made, expected, description.exact, random)
    what = re.sub(r"\s+", " ", repr(description.model))
    told.counts[type(made.model[-1]).__name__] += 1
    for engine in engines:
        load(engine, "pipeline_rows", made.frame)
        others = get(engine.dialect_name).strategies
        for strategy in ("auto", others[random.integers(len(others))]):
            asked = f"{engine.dialect_name} {strategy}"
            try:
                program = keras2sql.convert(
                    made.model, engine.dialect_name, "pipeline_rows", "id", strategy=strategy
                )
                found = program.run(engine).sort_values("id")
            except DialectLimitError as error:
                told.counts[f"{asked}: refused ({str(error)[:90]})"] += 1
                continue
            told.counts[asked] += 1
            assert list(found) == ["id", *expected], (list(found), list(expected))
            lines = [
                line
                for name, values in expected.items()
                for line in slack.differences(name, found[name].to_numpy(dtype=object), values)
            ]
            for listed, places in ((told.wrong, False), (told.rounded, True)):
                some = [line for rounds, line in lines if rounds is places]
                if some:
                    more = f", and {len(some) - 1} more" if len(some) > 1 else ""
                    listed.append(f"{asked}: {some[0]}{more}: seed {description.seed}: {what}")


def _said(made: Built, rows: pd.DataFrame) -> dict[str, Array]:
    told = wanted(Built(made.model, made.network, made.graph, rows))
    return {name: np.asarray(values, dtype=object) for name, values in told.items()}


class _Slack:
    """How far from scikit-learn's answers a database may be, by its own answers to rows nearby."""

    def __init__(
        self, made: Built, expected: dict[str, Array], exact: bool, random: np.random.Generator
    ) -> None:
        self.expected = expected
        self.tolerance = SINGLE if type(made.model[-1]).__name__.startswith("XGB") else NEAR
        self.predicted = ~np.all([pd.isna(values) for values in expected.values()], axis=0)
        # Trees refuse what float32 doesn't hold; here it is on the side of large numbers.
        self.beyond = (made.probes[list(NUMBERS)].astype(float).abs() > 3.4e38).any(axis=1)
        self.cancelled = _cancelled(made)
        self.strict = exact and isinstance(made.model[-1], _TREES)
        self.place = np.cumsum(self.predicted) - 1  # among those of which rows nearby are asked
        rows = made.probes[self.predicted]
        self.steep = [_said(made, _nudged(rows, random, NUDGE)) for _ in range(2)]
        self.nearby = [_said(made, _nudged(rows, random, LAST)) for _ in range(6)]
        if isinstance(made.model[-1], _BY_DISTANCE):
            self.beyond |= (made.probes[list(NUMBERS)].astype(float).abs() > 1e6).any(axis=1)

    def differences(self, name: str, found: Array, wanted: Array) -> Iterator[tuple[bool, str]]:
        """Whether rounding explains it, and the line, of the first row of each kind."""
        told = set()
        for row in range(len(wanted)):
            is_, should = plain(found[row]), plain(wanted[row])
            if not self.predicted[row]:
                same, rounds = is_ is None or self.beyond[row], False
            elif self.beyond[row]:
                continue
            elif isinstance(should, float):
                same, rounds = self._close(name, row, is_, should)
            else:
                same = is_ == should
                rounds = self._tied(row, is_, should)
                rounds |= any(plain(one[name][self.place[row]]) == is_ for one in self.nearby)
            if not same and rounds not in told:
                told.add(rounds)
                yield rounds, f"row {row} {name}: {is_!r}, and scikit-learn says {should!r}"

    def _tied(self, row: int, one: Any, other: Any) -> bool:
        """Whether scikit-learn itself finds two labels as good, but for the last digits."""
        one = int(one) if isinstance(one, float) else one
        pairs = [
            [float(self.expected[f"{what}_{label}"][row]) for label in (one, other)]
            for what in ("Score", "Proba")
            if f"{what}_{one}" in self.expected
        ]
        return any(abs(a - b) <= 1e-12 * (1 + abs(a)) for a, b in pairs)

    def _close(self, name: str, row: int, is_: Any, should: float) -> tuple[bool, bool]:
        if not abs(should) < 1e60 or (name.startswith("LogProba") and should < -30):
            return True, True
        if is_ is None:
            return False, False
        near = self.tolerance * (1 + abs(should))
        if name.startswith("LogProba"):  # of a probability that may be 1 less the other
            near += 1e-15 * math.exp(-should)
        near += self.cancelled[row]
        near += 1e-12 / NUDGE * self._change(self.steep, name, row, should)
        jump = 0.0 if self.strict else 3 * self._change(self.nearby, name, row, should)
        return abs(is_ - should) <= near, abs(is_ - should) <= near + jump

    def _change(self, answers: list[dict[str, Array]], name: str, row: int, should: float) -> float:
        others = [plain(one[name][self.place[row]]) for one in answers]
        return max(abs(other - should) for other in others if other is not None)


def _cancelled(made: Built) -> Array:
    """What is lost of each row where probabilities are told by differences of large logarithms."""
    final, found = made.model[-1], np.zeros(len(made.probes))
    if isinstance(final, GaussianNB):
        for row in range(len(found)):
            try:
                x = made.model[:-1].transform(made.probes.iloc[row : row + 1])
            except ValueError:
                continue
            found[row] = 1e-15 * np.abs(final.predict_joint_log_proba(x)).max()
    return found


def plain(value: Any) -> Any:
    """A value as Python's own; None for one that is missing."""
    if value is None or value is pd.NA or value != value:
        return None
    return value.item() if isinstance(value, np.generic) else value


def _nudged(rows: pd.DataFrame, random: np.random.Generator, by: float) -> pd.DataFrame:
    changed = {
        name: rows[name] * (1 + by * random.uniform(-1, 1, len(rows))) for name in NUMBERS[:3]
    }
    return rows.assign(**changed)
