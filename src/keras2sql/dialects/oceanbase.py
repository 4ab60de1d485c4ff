"""OceanBase in its MySQL mode, seekdb among it: what MySQL takes, but for what stands below.

Measured on seekdb 1.4, which gives its version as MySQL's 5.7.25.  A step is written into its
readers, so that twelve whose columns read two of the one before take 0.2 s, and sixteen 3 s, for
one row.  LIMIT, UNION ALL, GROUP BY, windows and joins change nothing about that; the hint
NO_MERGE does, and lets conditions on the key pass.
"""

from __future__ import annotations

from dataclasses import replace

from keras2sql.dialects.costs import Costs
from keras2sql.dialects.mysql import MYSQL
from keras2sql.dialects.settings import Settings
from keras2sql.sql.steps import Barrier

_NO_MERGE = "/*+ NO_MERGE */"

# A statement ends after ten seconds else; these are microseconds.
_PATIENT = Settings(
    {"ob_query_timeout": "36000000000"},
    statement="SET SESSION {0}",
    lasts=True,
    asked="SELECT @@SESSION.{name}",
)

OCEANBASE = replace(
    MYSQL,
    name="oceanbase",
    title="OceanBase",
    aliases=("seekdb",),
    tested="executed",
    tested_by="",
    notes="in its MySQL mode, as the tests run it in seekdb; features beyond 1e100, and infinity, "
    "count as 1e100; texts as features, recurrences over many steps, predict --into and deploy "
    "need another database; the rest as in MySQL",
    remarks={
        **{spelling: why for spelling, why in MYSQL.remarks.items() if "LIMIT" not in spelling},
        _NO_MERGE: "the hint keeps a step from being written into its readers, which would "
        "compute it anew",
    },
    steps=replace(
        MYSQL.steps,
        barrier=Barrier(
            hint=_NO_MERGE, passes=frozenset({"columns", "rows", "loops", "sequences"})
        ),
        shared="{name} AS (\n{select}\n)",
        anew=False,
    ),
    session=(_PATIENT,),
    script=(_PATIENT.sql,),
    # 150 steps take 0.7 s to plan, 250 take 7; 4,000 columns 1.7 s, 8,000 take 6.  600 kB of sums
    # take two thirds of the 340 MB that seekdb leaves a statement, 1 MB all; 20 tables of values
    # that are joined took less, 24 more, of 60 rows or 500.
    limits=replace(
        MYSQL.limits,
        steps=150,
        expansions=None,
        select_columns=4096,
        statement_bytes=500_000,
        joined=20,
    ),
    # Fitted on a busy machine: off by 52 % in the median.
    costs=Costs(
        statement=(4.01e07, 0),
        value=(0, 300),
        product=(2.48e05, 0),
        join=(1.3e07, 700),
        choice=(1.87e04, 50.3),
        branch=(7.02e05, 0),
        function=(3.55e07, 0),
    ),
)
