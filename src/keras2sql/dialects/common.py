"""Spellings that several databases share."""

import re
import string
from collections.abc import Mapping

_CALL = re.compile(r"[a-z]\w*\(")

# Of texts.  What lower() does to letters beyond ASCII differs between engines.
_MARKS = string.punctuation.replace("'", "''").replace("{", "{{").replace("}", "}}")
_BLANKS = "||".join(f"chr({code})" for code in range(9, 14))
TEXTS: dict[str, str] = {
    "absent": "({0} IS NULL)",
    "lower": f"translate({{0}}, '{string.ascii_uppercase}', '{string.ascii_lowercase}')",
    "strip_punctuation": f"translate({{0}}, '{_MARKS}', '')",
    "spaced": f"ltrim(translate({{0}}, {_BLANKS}, '     '))",
    "first_word": "substr({0}, 1, strpos({0} || ' ', ' ') - 1)",
    "after_word": "ltrim(substr({0}, strpos({0} || ' ', ' ') + 1))",
    "character": "substr({0}, {1}, 1)",
}

# The functions of graph.expr as most engines spell them.  Infix operators are not
# here: they are the same everywhere, and the renderer knows their precedence.
MATHEMATICS: dict[str, str] = {
    "abs": "abs({0})",
    "max": "greatest*",
    "min": "least*",
    "exp": "exp({0})",
    "ln": "ln({0})",
    "sqrt": "sqrt({0})",
    "pow": "power({0}, {1})",
    "pow_in_range": "power({0}, {1})",
    "sin": "sin({0})",
    "cos": "cos({0})",
    "tan": "tan({0})",
    "asin": "asin({0})",
    "acos": "acos({0})",
    "atan": "atan({0})",
    "atan2": "atan2({0}, {1})",
    "sinh": "sinh({0})",
    "cosh": "cosh({0})",
    "tanh": "tanh({0})",
    "asinh": "asinh({0})",
    "acosh": "acosh({0})",
    "atanh": "atanh({0})",
    "floor": "floor({0})",
    "ceil": "ceil({0})",
    "trunc": "trunc({0})",
    "round": "round({0})",
    "sign": "sign({0})",
}


def qualified(functions: Mapping[str, str], catalog: str) -> dict[str, str]:
    """The spellings with `catalog` in front of what they call, so that it is no function of the
    user's; greatest() and least() are no functions to standard SQL, but its syntax."""
    syntax = ("greatest*", "least*")
    called = {fn: text for fn, text in functions.items() if text not in syntax}
    return {**functions, **{fn: _CALL.sub(rf"{catalog}\g<0>", text) for fn, text in called.items()}}
