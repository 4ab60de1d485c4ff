"""BigQuery: GoogleSQL, with the limits of a service, by its pages.

A query has 1,024,000 characters at most, a result 10,000 columns, and a column's name 300
characters (cloud.google.com/bigquery/quotas, .../docs/schemas#column_names).  A recursion ends
after 500 rounds with an error (.../docs/recursive-ctes).
"""

from dataclasses import replace

from keras2sql.dialects.googlesql import GOOGLESQL

BIGQUERY = replace(
    GOOGLESQL,
    name="bigquery",
    title="BigQuery",
    aliases=("bq",),
    tested="relative executed",
    tested_by="GoogleSQL",
    notes="its language runs in the tests, on Google's own analyser and reference evaluator, its "
    "limits are those of its pages; a recursion ends after 500 rounds; the rest as in GoogleSQL",
    names=replace(GOOGLESQL.names, longest=300),
    costs=None,
    limits=replace(GOOGLESQL.limits, select_columns=10_000, statement_bytes=1_000_000),
)
