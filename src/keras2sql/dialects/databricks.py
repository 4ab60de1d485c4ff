r"""Databricks: Spark's SQL, on a warehouse that takes no settings of Spark's.

Without them ${name} in a text would be another text, so a dollar is written \u0024, and a quote \',
which every version of Spark reads as one; the products of arrays, of which no page was found, and
recursion, which ends after 100 rounds (docs.databricks.com/sql/language-manual, WITH), are left
out.  A name has 255 characters (docs.databricks.com/sql/language-manual/sql-ref-names).
"""

from dataclasses import replace

from keras2sql.dialects.common import STRIPPED
from keras2sql.dialects.spark import SPARK

DATABRICKS = replace(
    SPARK,
    name="databricks",
    title="Databricks",
    aliases=("databricks-sql", "dbsql"),
    tested="relative executed",
    tested_by="Spark",
    notes="its statements run in the tests on Spark, without any setting of a session; recurrences "
    "over many steps, and predict --into and deploy need another database",
    names=replace(SPARK.names, longest=255),
    constants=replace(SPARK.constants, escapes={"'": r"\'", "$": r"\u0024"}),
    functions={**SPARK.functions, "strip_punctuation": STRIPPED},
    recursion=None,
    products=None,
    session=(),
    script=(),
    script_end=(),
    predictions=None,
    views=None,
    limits=replace(SPARK.limits, recursions=None),
    costs=None,
)
