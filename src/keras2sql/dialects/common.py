"""Spellings of functions that several databases share."""

from __future__ import annotations

import string

# What they all call by the name that it has in graph.expr.
_NAMED = "abs exp ln sqrt sin cos tan asin acos atan sinh cosh tanh asinh acosh atanh"
_NAMED += " floor ceil trunc round sign"
_MARKS = string.punctuation.replace("'", "''").replace("{", "{{").replace("}", "}}")


def mathematics(catalog: str = "") -> dict[str, str]:
    """The functions of graph.expr as most engines spell them, with `catalog` in front of what is
    called, so that it is no function of a user's.

    greatest() and least() are no functions to standard SQL, but its syntax.  Infix operators are
    not here: they are the same everywhere, and the renderer knows their precedence.
    """
    return {
        "max": "greatest*",
        "min": "least*",
        **{name: f"{catalog}{name}({{0}})" for name in _NAMED.split()},
        "pow": f"{catalog}power({{0}}, {{1}})",
        "pow_in_range": f"{catalog}power({{0}}, {{1}})",
        "atan2": f"{catalog}atan2({{0}}, {{1}})",
    }


def texts(catalog: str = "") -> dict[str, str]:
    """Those of texts.  What lower() does to letters beyond ASCII differs between engines."""
    c = catalog
    blanks = "||".join(f"{c}chr({code})" for code in range(9, 14))
    upper, lower = string.ascii_uppercase, string.ascii_lowercase
    return {
        "absent": "({0} IS NULL)",
        "lower": f"{c}translate({{0}}, '{upper}', '{lower}')",
        "strip_punctuation": f"{c}translate({{0}}, '{_MARKS}', '')",
        "spaced": f"{c}ltrim({c}translate({{0}}, {blanks}, '     '))",
        "first_word": f"{c}substr({{0}}, 1, {c}strpos({{0}} || ' ', ' ') - 1)",
        "after_word": f"{c}ltrim({c}substr({{0}}, {c}strpos({{0}} || ' ', ' ') + 1))",
        "character": f"{c}substr({{0}}, {{1}}, 1)",
    }


MATHEMATICS, TEXTS = mathematics(), texts()

_DOUBLED = TEXTS["strip_punctuation"].replace("\\", r"\\")
STRIPPED = _DOUBLED.removesuffix("'')").replace("''", r"\'") + "'')"
"""``strip_punctuation`` where a backslash is doubled in a text and a quote stands behind one."""
