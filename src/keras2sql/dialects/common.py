"""Spellings that several databases share."""

import string

# Of texts.  What lower() does to letters beyond ASCII differs between engines.
_MARKS = string.punctuation.replace("'", "''").replace("{", "{{").replace("}", "}}")
_BLANKS = "||".join(f"chr({code})" for code in range(9, 14))
TEXTS: dict[str, str] = {
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
