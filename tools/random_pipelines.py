"""Random pipelines of scikit-learn, drawn by Hypothesis, on real databases: scikit-learn == SQL.

    nice python tools/random_pipelines.py --seed 1 --count 200 --on duckdb,sqlite

The same seed draws the same pipelines.  Every column that is something else is a line; at the end
stands how often each estimator was the last step, and each database answered by each strategy.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from contextlib import ExitStack
from pathlib import Path

os.environ.update(KERAS_BACKEND="numpy")
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import UnsatisfiedAssumption
from random_networks import engine

from properties.pipeline_check import Told, check
from properties.pipelines import Description, descriptions


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--on", default="duckdb,sqlite")
    asked = parser.parse_args()
    told, began, done = Told(), time.monotonic(), []
    with ExitStack() as stack:
        engines = [stack.enter_context(engine(name, stack)) for name in asked.on.split(",")]

        @seed(asked.seed)
        @settings(
            max_examples=asked.count,
            deadline=None,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(description=descriptions())
        def each(description: Description) -> None:
            before = len(told.wrong)
            try:
                check(description, engines, told)
            except UnsatisfiedAssumption:
                raise
            except Exception as error:  # goes on with the next
                told.wrong.append(f"{type(error).__name__}: {error}: {description}")
            done.append(description)
            for line in told.wrong[before:]:
                print(line, flush=True)

        each()
    for what, times in sorted(told.counts.items()):
        print(f"{times:6d} {what}")
    for line in told.rounded:
        print(f"by rounding: {line}")
    print(f"{len(done)} pipelines of seed {asked.seed}, {time.monotonic() - began:.0f} s")
    print(f"{len(told.wrong)} differences, {len(told.rounded)} more by rounding")
    sys.exit(1 if told.wrong else 0)


if __name__ == "__main__":
    main()
