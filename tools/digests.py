"""A digest of the SQL of every golden network and conformance case, to see what a change changes.

    python tools/digests.py > before
    (the change)
    python tools/digests.py > after; diff before after

A line is the digest and what it is of: dialect, strategy, precision, case.  Where a case is
refused, the digest is that of the message.  ``--only duckdb`` takes one dialect, and
``--show PATTERN`` prints the SQL of the cases whose line holds the pattern.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path

os.environ.update(KERAS_BACKEND="numpy", JAX_ENABLE_X64="1", JAX_PLATFORMS="cpu")  # as the tests do
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

import numpy as np

from conformance.matrix import JAX
from golden.networks import texts
from keras2sql import heads
from keras2sql.dialects import DIALECTS, Dialect
from keras2sql.errors import Keras2SQLError
from keras2sql.graph.core import Graph
from keras2sql.graph.simplify import simplify
from keras2sql.lower.source import Source
from keras2sql.plan import lower, plan
from keras2sql.sql.render import render
from layers import CASES, STATEFUL
from layers.build import built


def statement(graph: Graph, dialect: Dialect, strategy: str, precision: str) -> str:
    """The SQL, with the tables that it reads; or why there is none."""
    features = {t.layer: [f"{t.layer}_{i}" for i in range(t.size)] for t in graph.inputs}
    source = Source("case_rows", ("id",), features)
    try:
        chosen = plan(graph, dialect, strategy, precision=precision)
        lowered = lower(graph, chosen, source, dialect)
    except Keras2SQLError as error:
        return f"{type(error).__name__}: {error}"
    tables = [f"{table.name}: {table.rows} rows" for table in lowered.tables]
    return "\n".join([*tables, render(lowered.query, dialect)])


def all_statements(only: str | None) -> Iterator[tuple[str, str]]:
    """What each is of, and its text."""
    for path, text in texts():
        if only is None or f".{only}." in path.name:
            yield f"golden {path.name}", text
    for case in [*CASES, *STATEFUL]:
        if case.id in JAX:  # Keras on numpy can't build it
            continue
        graph = simplify(heads.bare(built(case).graph))
        for dialect in DIALECTS.values():
            if only not in (None, dialect.name):
                continue
            for strategy in dialect.strategies:
                for precision in ("double", "single"):
                    about = f"{dialect.name} {strategy} {precision} {case.id}"
                    yield about, statement(graph, dialect, strategy, precision)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", metavar="DIALECT")
    parser.add_argument("--show", metavar="PATTERN")
    asked = parser.parse_args()
    np.seterr(all="ignore")
    for about, text in all_statements(asked.only):
        if asked.show is None:
            print(hashlib.sha256(text.encode()).hexdigest()[:16], about)
        elif asked.show in about:
            print(f"-- {about}\n{text}\n")


if __name__ == "__main__":
    main()
