"""Spellings that several databases share."""

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
