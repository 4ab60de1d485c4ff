"""PostgreSQL: overflow and underflow are errors, so exp is held inside what it can give.

Its lower bound keeps room for a product with any single precision weight: below
exp(-350), about 1e-152, the answer is that number.  ``OFFSET 0`` keeps a step from being
written into its users, and unlike MATERIALIZED does not store its rows.
"""

from keras2sql.dialects.base import Dialect, Limits
from keras2sql.dialects.common import MATHEMATICS

POSTGRES = Dialect(
    name="postgresql",
    title="PostgreSQL",
    aliases=("postgres", "pg", "pgsql"),
    tested="executed",
    types={"double": "double precision", "single": "real", "int": "bigint", "str": "text"},
    functions={
        **MATHEMATICS,
        "exp": "exp(greatest(least({0}, 709), -350))",
        "sigmoid": "(1 / (1 + exp(greatest(least(-({0}), 350), -350))))",
    },
    limits=Limits(select_columns=1664, nesting=2000, steps=200, identifier_bytes=63),
    valid="{0} < 'NaN'",
    case_sensitive_names=True,
    barrier="\n  OFFSET 0",
    session=("SET LOCAL jit = off",),
    script=("SET jit = off",),
    number="{digits}",
    typed_number="CAST({digits} AS {type})",
    infinity="CAST('Infinity' AS {type})",
    not_a_number="CAST('NaN' AS {type})",
)
