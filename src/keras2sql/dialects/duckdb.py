"""DuckDB: steps stay apart by themselves, infinities and NaN are numbers."""

from keras2sql.dialects.base import Dialect, Limits
from keras2sql.dialects.common import MATHEMATICS, TEXTS

DUCKDB = Dialect(
    name="duckdb",
    title="DuckDB",
    aliases=("duck", "motherduck"),
    tested="executed",
    types={"double": "DOUBLE", "single": "FLOAT", "int": "BIGINT", "str": "VARCHAR"},
    functions={**MATHEMATICS, **TEXTS, "round": "round_even({0}, 0)", "isnan": "isnan({0})"},
    # A value by greatest() takes 41 ns in 32 bit and 11 in 64, by CASE 4.
    slow=frozenset({"max", "min"}),
    strategies=("columns", "arrays"),
    limits=Limits(select_columns=20_000, nesting=200, steps=900),
    cast_text='(CAST({0} AS VARCHAR) COLLATE "binary")',
    valid_raw="NOT isnan(CAST({0} AS DOUBLE))",
    single_number="{digits}::{type}",
    typed_number="CAST({digits} AS {type})",
    infinity="CAST('Infinity' AS {type})",
    not_a_number="CAST('NaN' AS {type})",
    recursion="join",
    pack="[{0}]",
    # By benchmarks/calibrate.py arrays are faster from here on: 64 bit twice, 32 bit by a
    # tenth and more.  Below, where they gain less, columns are good to read.
    arrays_from=120,
    # An array of literals plans 15 times slower than the cast of a text.
    dot="list_inner_product({0}, '[{1}]'::{type}[])",
)
