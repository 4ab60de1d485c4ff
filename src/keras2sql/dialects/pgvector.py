"""PostgreSQL with the extension pgvector: a linear map is a product of vectors.

``<#>`` is the negative inner product, computed in C over 32 bit.  A vector takes neither
NULL nor NaN nor infinity and has at most 16,000 elements; numbers in it are held within
+-1e15, so that those of many layers, and their sums, stay below 3e38.
"""

from dataclasses import replace

from keras2sql.dialects.costs import Costs
from keras2sql.dialects.postgres import POSTGRES

PGVECTOR = replace(
    POSTGRES,
    name="pgvector",
    title="PostgreSQL with pgvector",
    aliases=("postgres+pgvector", "postgresql+pgvector"),
    strategies=("columns", "arrays", "rows"),
    limits=replace(POSTGRES.limits, elements=16_000),
    pack="ARRAY[{0}]::vector",
    dot="-({0} <#> '[{1}]'::vector)",
    costs=Costs(
        statement=(6.89e05, 593),
        value=(0, 0),
        product=(7.77e03, 12.5),
        packed=(2.47e04, 19.1),
        call=(0, 13.4),
        array_product=(301, 0.206),
        rows_statement=(7.91e05, 0),
        rows_tensor=(1.6e05, 0),
        rows_weight=(4.28e03, 0),
        rows_value=(4.67e03, 1.22e03),
        rows_product=(0, 19.4),
    ),
    packed_precision="single",
    packed_most=1e15,
    notes="CREATE EXTENSION vector comes first; arrays compute in single precision, and numbers "
    "beyond 1e15 count as 1e15 there; the rest as in PostgreSQL",
)
