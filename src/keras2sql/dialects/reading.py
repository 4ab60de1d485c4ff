"""How a database reads the columns of a source, beyond a cast."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reading:
    """`boolean` and `booleans` spell a column of truth values, and one of arrays of such, where
    the cast to a number takes none; `decimal` and `decimal_array` the same of numbers larger than
    the cast takes, of the types `decimals`, where that raises.  `value_type` is the type of one
    value, where columns have none of their own and hold values of any; `texts` are the types that
    are no numbers.

    `no_codes` tests that in a list of columns, each as `type_name`, none is of a type whose cast
    to a number gives a code in place of what it says; of arrays `nothing` stands for one, {1},
    that does not pass a test, {0}.

    `lateral_aliases`: whether a name that no column has may be what the same select list calls
    another one. `pseudo_columns` are names, in lower case, that give something though no column
    has them: the number of a row, the time of day. `hidden_columns`: whether ``*`` may leave
    out columns that have a name. `lost_names`, in lower case, are names that the column of a
    table can have and that of a subquery or a view can't.
    """

    boolean: str = "{0}"
    booleans: str = "{0}"
    decimal: str = "{0}"
    decimal_array: str = "{0}"
    decimals: tuple[str, ...] = ()
    type_name: str = ""
    no_codes: str = ""
    nothing: str = ""
    value_type: str = ""
    texts: tuple[str, ...] = ()
    pseudo_columns: frozenset[str] = frozenset()
    lateral_aliases: bool = False
    hidden_columns: bool = False
    lost_names: frozenset[str] = frozenset()
