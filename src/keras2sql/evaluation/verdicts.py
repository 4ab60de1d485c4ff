"""What is said of a kind of network in a database."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from keras2sql.evaluation.networks import FAMILIES

Case = dict[str, Any]
"""An entry of a record."""

SLOW = 1e-3
"""Seconds for a row from which on a model works slowly."""

PATIENCE = 5.0
"""Seconds to plan a statement from which on it does so too."""


@dataclass(frozen=True)
class Verdict:
    """On one kind of network in one database: "works", "works slowly", "does not work" or
    "not measured", where there was no time for any.

    `largest` is the size of the largest that works, by whichever `strategy`; `next` tells why the
    next larger one does not, and is empty where none was met.
    """

    target: str
    family: str
    verdict: str
    largest: int | None
    strategy: str
    multiply_adds: int
    seconds_per_row: float | None
    next: str


def verdicts(found: dict[str, Any]) -> Iterator[Verdict]:
    for target in found["targets"]:
        for family in FAMILIES:
            cases = [
                c
                for c in found["cases"]
                if (c["target"], c["family"]) == (target["name"], family)
                and c["status"] != "running"
            ]
            if cases:
                yield _verdict(target["name"], family, cases)


def _verdict(target: str, family: str, cases: list[Case]) -> Verdict:
    """By the strategy that takes the largest, and of these the fastest."""
    good = [c for c in cases if c["status"] == "works"]
    if not good:
        reasons = "; ".join(f"{c['strategy']}: {c['why']}" for c in cases if c.get("why"))
        tried = all(c["status"] != "unfinished" for c in cases)
        said = "does not work" if tried else "not measured"
        return Verdict(target, family, said, None, "", 0, None, reasons)
    size = max(c["size"] for c in good)
    best = min((c for c in good if c["size"] == size), key=lambda c: c["run"])
    worse = [c for c in cases if c["status"] != "works" and c["strategy"] == best["strategy"]]
    worse.sort(key=lambda c: c["size"])
    why = f"{worse[0]['size']:,}: {worse[0]['limit']}: {worse[0]['why']}" if worse else ""
    plan = best["plan"] or 0.0
    per_row = max(0.0, best["run"] - plan) / best["rows"]
    said = "works slowly" if per_row > SLOW or plan > PATIENCE else "works"
    work = best["multiply_adds"]
    return Verdict(target, family, said, size, best["strategy"], work, per_row, why)
