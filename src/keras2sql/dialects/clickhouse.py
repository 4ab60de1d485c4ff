"""ClickHouse: steps stay apart by themselves; NULL needs a type of its own, numbers don't.

Features become plain numbers at once, 0 for NULL, and whether they were numbers is a column
of its own: functions of arrays take no NULL, and all are faster without.
"""

from keras2sql.dialects.base import Dialect, Limits
from keras2sql.dialects.common import MATHEMATICS, TEXTS

CLICKHOUSE = Dialect(
    name="clickhouse",
    title="ClickHouse",
    aliases=("ch", "chdb", "clickhousedb"),
    tested="executed",
    types={"double": "Float64", "single": "Float32", "int": "Int64", "str": "String"},
    functions={
        **MATHEMATICS,
        **TEXTS,
        "log": "ln({0})",
        "log1p": "log1p({0})",
        "sigmoid": "sigmoid({0})",
        "erf": "erf({0})",
        "erfc": "erfc({0})",
        "isnan": "isNaN({0})",
        "spaced": "ltrim(translate({0}, char(9, 10, 11, 12, 13), '     '))",
        "first_word": "substring({0}, 1, position({0} || ' ', ' ') - 1)",
        "after_word": "ltrim(substring({0}, position({0} || ' ', ' ') + 1))",
        "character": "substringUTF8({0}, {1}, 1)",
    },
    limits=Limits(nesting=150, steps=90),
    cast="ifNull(CAST({0} AS Nullable({type})), 0)",
    cast_text="ifNull(CAST({0} AS Nullable({type})), '')",
    valid_raw="ifNull({0} = {0}, false)",
    case_sensitive_names=True,
    aliases_first=True,
    backslash=("texts", "names"),
    missing="nan",
    row_value="toNullable({0})",
    exponent=False,
    typed_number="CAST({digits} AS {type})",
    infinity="CAST('inf' AS {type})",
    not_a_number="CAST('nan' AS {type})",
    date="toDate32('{0}')",
)
