"""PostgreSQL with the extension pgvector: a linear map is a product of vectors.

``<#>`` is the negative inner product, computed in C over 32 bit.  A vector takes neither
NULL nor NaN nor infinity and has at most 16,000 elements; numbers in it are held within
+-1e15, so that those of many layers, and their sums, stay below 3e38.
"""

from dataclasses import replace

from keras2sql.dialects.arrays import Products
from keras2sql.dialects.costs import Costs
from keras2sql.dialects.postgres import POSTGRES

PGVECTOR = replace(
    POSTGRES,
    name="pgvector",
    title="PostgreSQL with pgvector",
    aliases=("postgres+pgvector", "postgresql+pgvector"),
    notes="CREATE EXTENSION vector comes first; arrays compute in single precision, and numbers "
    "beyond 1e15 count as 1e15 there; the rest as in PostgreSQL",
    products=Products(
        pack="ARRAY[{0}]::vector",
        lines=True,
        dot="-({0} <#> '[{1}]'::vector)",
        precision="single",
        most=1e15,
    ),
    limits=replace(POSTGRES.limits, elements=16_000),
    costs=Costs(
        statement=(5.77e05, 579),
        value=(0, 0),
        product=(7.42e03, 14),
        join=(2.52e05, 163),
        joined=(1.55e03, 2.67),
        table=(1.78e03, 0.0429),
        read=(42.2, 0),
        packed=(2.46e04, 25),
        call=(0, 5.3),
        array_product=(303, 0.215),
        rows_statement=(7.27e05, 0),
        rows_tensor=(1.33e05, 0),
        rows_weight=(4.88e03, 0),
        rows_value=(0, 1.23e03),
        rows_moved=(0, 470),
        rows_product=(0, 9.54),
        rows_found=(8.14e04, 1.23e03),
        rows_level=(0, 600),
        choice=(6.06e03, 0.288),
        branch=(0, 16.2),
        function=(2.22e04, 21.1),
    ),
)
