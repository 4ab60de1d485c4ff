"""A Spark session over 1, 2 and 4 partitions: ``python -m benchmarks.cluster``.

The rows are made where they are scored, and the predictions go nowhere (Spark's sink "noop"), so
that the query alone is measured.  Beside rows per second stand the stages of the job, the exchanges
between partitions in the physical plan, and a checksum of all predictions, which must be the same.
"""

from __future__ import annotations

import argparse
import re
import time
from typing import Any

from benchmarks.databases.columnar import Spark
from benchmarks.networks import Dense
from keras2sql import convert
from keras2sql.engines import connect

NETWORKS = {"W1": (10, 32, 16, 3), "W2": (30, 128, 64, 1), "W3": (784, 128, 10)}
PRECISION = {"W3": "single"}  # in which Spark has arrays: it compiles each sum of 784 columns
FEWER = {"W3": 20}  # times as few rows
PARTITIONS = (1, 2, 4)
EXCHANGES = re.compile(r"\b(?:\w*Exchange|SinglePartition|CollectLimit)\b")


def exchanges(spark: Any, query: str) -> list[str]:
    """What moves rows from partition to partition, or to the driver, in the physical plan."""
    plan = spark.sql(query)._jdf.queryExecution().executedPlan().toString()
    return sorted(set(EXCHANGES.findall(plan)))


def stages(spark: Any, group: str) -> int:
    """The stages of the jobs of a group."""
    tracker = spark.sparkContext.statusTracker()
    jobs = (tracker.getJobInfo(job) for job in tracker.getJobIdsForGroup(group))
    return sum(len(job.stageIds) for job in jobs if job is not None)


def measure(spark: Any, name: str, rows: int, partitions: int, repeat: int) -> None:
    """Print a line for a network over so many partitions."""
    network, rows = Dense.random(*NETWORKS[name]), max(rows // FEWER.get(name, 1), 1)
    features = [f"f{i}" for i in range(network.width)]
    made = [f"sin(id * {i + 1}) AS {feature}" for i, feature in enumerate(features)]
    spark.range(0, rows, 1, partitions).selectExpr("id", *made).createOrReplaceTempView("rows")
    precision = PRECISION.get(name, "double")
    told = {"features": features, "name": name, "precision": precision}
    program = convert(network.keras(), "spark", "rows", "id", **told)
    taken = []
    with connect(spark) as engine, engine.having(program.dialect.session):
        for run in range(repeat):
            group = f"{name}-{partitions}-{run}"
            spark.sparkContext.setJobGroup(group, group)
            begun = time.perf_counter()
            spark.sql(program.query).write.format("noop").mode("overwrite").save()
            taken.append(time.perf_counter() - begun)
        counted = stages(spark, group)
        found = exchanges(spark, program.query)
        summed = spark.sql(f"SELECT bit_xor(xxhash64(*)) FROM (\n{program.query}\n)").first()[0]
    print(
        f"{name} {program.plan.strategy:8} {partitions} partitions  {rows / min(taken):12,.0f} "
        f"rows/s  {counted} stages  exchanges: {', '.join(found) or 'none'}  checksum {summed:x}"
    )


def main() -> None:
    """Print a line for each network and number of partitions."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workloads", default=",".join(NETWORKS))
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--repeat", type=int, default=3)
    chosen = parser.parse_args()
    spark = Spark(max(PARTITIONS)).connection
    for name in chosen.workloads.split(","):
        for partitions in PARTITIONS:
            measure(spark, name, chosen.rows, partitions, chosen.repeat)
    spark.stop()


if __name__ == "__main__":
    main()
