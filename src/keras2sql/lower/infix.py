"""Functions that are a sign between their arguments, or in front of one."""

INFIX = {
    "add": "+",
    "sub": "-",
    "mul": "*",
    "div": "/",
    "neg": "-",
    "lt": "<",
    "le": "<=",
    "gt": ">",
    "ge": ">=",
    "eq": "=",
    "ne": "<>",
    "and": "AND",
    "or": "OR",
    "not": "NOT",
}

COMPARING = frozenset({"lt", "le", "gt", "ge", "eq", "ne"})
