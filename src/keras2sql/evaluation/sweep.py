"""The sweep: sizes of each family that double until one does not work, then those between."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from keras2sql.dialects import DIALECTS, Dialect
from keras2sql.engines import Engine
from keras2sql.estimates import spelled
from keras2sql.evaluation import record
from keras2sql.evaluation.cases import Case, Measured, measure
from keras2sql.evaluation.networks import FAMILIES, Family

REFINED = 2
"""Sizes that are tried between the largest that works and the least that does not."""

PATIENCE = 30.0
"""Seconds that one case may take, unless the budget is shorter."""

ATTEMPTS = 2
"""Times that a case is tried which ends the process."""

Told = Callable[[str], None]


@dataclass
class Sweep:
    """What is to be measured, and what was: `found` is the record, kept at `path`."""

    families: list[str]
    strategies: list[str]
    rows: int
    budget: float
    found: dict[str, Any]
    path: Path | None
    tell: Told

    def target(self, name: str, engine: Engine, deadline: float) -> None:
        """Measure a target until this moment, of `time.monotonic`."""
        dialect = DIALECTS[engine.dialect_name]
        strategies = [s for s in self.strategies if s in dialect.strategies]
        self._register(name, engine, dialect, strategies)
        series = [(f, s) for f in self.families for s in strategies]
        for i, (family, strategy) in enumerate(series):
            left = deadline - time.monotonic()
            share = left / (len(series) - i)
            self._series(name, FAMILIES[family], strategy, engine, dialect, share)

    def _register(self, name: str, engine: Engine, dialect: Dialect, strategies: list[str]) -> None:
        target = {
            "name": name,
            "dialect": dialect.name,
            "engine": engine.version(),
            "strategies": strategies,
        }
        known = [one["name"] for one in self.found["targets"]]
        if name in known:
            self.found["targets"][known.index(name)] = target
        else:
            self.found["targets"].append(target)

    def _series(
        self,
        target: str,
        family: Family,
        strategy: str,
        engine: Engine,
        dialect: Dialect,
        share: float,
    ) -> None:
        """One family by one strategy, for so many seconds."""
        began = time.monotonic()
        sizes = self._sizes(target, family, strategy)
        for size in sizes:
            case = Case(family.name, strategy, size, size if family.counted else self.rows)
            left = share - (time.monotonic() - began)
            seconds = min(PATIENCE, left)
            expected = self._expected(target, case)
            if seconds <= 0 or (expected and expected > seconds):
                # Nothing that a limit is the cause of: there was no time for it.
                self._keep(target, case, unfinished(expected, seconds))
                return
            self.tell(f"{target}: {family.name} {size:,}, {strategy}")
            told = self._attempt(target, case, engine, dialect, seconds)
            if told["limit"] == "time" and seconds < PATIENCE:  # it may well work, given more
                told |= {"status": "unfinished", "limit": "budget"}
            self._keep(target, case, told)

    def _sizes(self, target: str, family: Family, strategy: str) -> Iterator[int]:
        """Sizes that are still to be measured, each after what became of the one before."""
        series = (target, family.name, strategy)
        for size in family.sizes:
            if self._done(*series, size) is None:
                yield size
            if self._failed(*series, size):
                break
        for _ in range(0 if family.counted else REFINED):
            middle = self._between(*series)
            if middle is None:
                return
            yield middle

    def _between(self, *series: str) -> int | None:
        """The size half-way from the largest that works to the least that does not."""
        known = [c for c in self.found["cases"] if _series_of(c) == series]
        good = [c["size"] for c in known if c["status"] == "works"]
        bad = [c["size"] for c in known if c["status"] == "fails"]
        if not good or not bad:
            return None
        low, high = max(good), min(bad)
        middle = round(math.sqrt(low * high))
        return middle if low < middle < high and high > 1.2 * low else None

    def _done(self, target: str, family: str, strategy: str, size: int) -> dict[str, Any] | None:
        """What is known of a case that need not be tried again."""
        for one in self.found["cases"]:
            if (*_series_of(one), one["size"]) == (target, family, strategy, size):
                return None if one["status"] in ("running", "unfinished") else one
        return None

    def _failed(self, target: str, family: str, strategy: str, size: int) -> bool:
        known = self._done(target, family, strategy, size)
        return known is None or known["status"] != "works"

    def _expected(self, target: str, case: Case) -> float | None:
        """Seconds that a case may take by the growth of the two before it; an engine that can't
        be interrupted would be waited for."""
        known = [
            c
            for c in self.found["cases"]
            if _series_of(c) == (target, case.family, case.strategy)
            and c["status"] == "works"
            and c["size"] < case.size
        ]
        known.sort(key=lambda c: c["size"])
        if len(known) < 2:
            return None
        before, last = known[-2:]
        growth = math.log(max(1.0, _taken(last) / _taken(before)))
        power = growth / math.log(last["size"] / before["size"])
        return float(_taken(last) * (case.size / last["size"]) ** min(power, 4.0))

    def _attempt(
        self, target: str, case: Case, engine: Engine, dialect: Dialect, seconds: float
    ) -> dict[str, Any]:
        """Measure a case; a record says beforehand that it is being tried."""
        before = self._find(target, case)
        tried = 1 + (before or {}).get("attempts", 0)
        if tried > ATTEMPTS:
            why = f"the process has ended {ATTEMPTS} times while it ran"
            return Measured("fails", "memory", why).record()
        self._keep(target, case, running(tried))
        try:
            return measure(case, engine, dialect, seconds).record()
        except KeyboardInterrupt:
            self._keep(target, case, running(tried - 1))
            raise

    def _find(self, target: str, case: Case) -> dict[str, Any] | None:
        wanted = (target, case.family, case.strategy, case.size)
        return next((c for c in self.found["cases"] if (*_series_of(c), c["size"]) == wanted), None)

    def _keep(self, target: str, case: Case, told: dict[str, Any]) -> None:
        """Into the record, in the place of what was there of this case."""
        entry = {
            "target": target,
            "family": case.family,
            "strategy": case.strategy,
            "size": case.size,
        }
        before = self._find(target, case)
        if before is not None:
            self.found["cases"].remove(before)
        self.found["cases"].append({**entry, **told})
        if self.path is not None:
            record.save(self.found, self.path)


def running(attempts: int) -> dict[str, Any]:
    """The entry of a case that is being tried, counting how often."""
    return Measured("running").record() | {"attempts": attempts}


def unfinished(expected: float | None, seconds: float) -> dict[str, Any]:
    """The entry of a case that there was no time for."""
    why = "the budget was spent before"
    if expected and seconds > 0:
        why = f"would take about {spelled(expected)}, and the budget leaves it {spelled(seconds)}"
    return Measured("unfinished", "budget", why).record()


def _series_of(case: dict[str, Any]) -> tuple[str, str, str]:
    return case["target"], case["family"], case["strategy"]


def _taken(case: dict[str, Any]) -> float:
    """Seconds of a case that works."""
    parts = ("convert", "load", "plan", "run", "key")
    return max(1e-3, sum(case.get(part) or 0.0 for part in parts))
