"""What a statement may be made of, by the manual of a database that the tests can't start.

A test tells all else apart: a keyword, a function, a sign, a form of literal that nobody has looked
up in that database's manual is in none of its statements.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


KEYWORDS = _words(
    "WITH AS SELECT FROM WHERE CASE WHEN THEN ELSE END AND OR NOT IS NULL CAST "
    "LEFT INNER CROSS JOIN ON UNION ALL"
)
WINDOWS = _words("OVER PARTITION ORDER BY GROUP")
FUNCTIONS = _words("abs exp sqrt sin cos tan asin acos atan floor count max min row_number")
SIGNS = _words("( ) , . + - * / = < > <= >= <>")


@dataclass(frozen=True)
class Vocabulary:
    """`keywords` are written in capital letters, `functions` in small ones in front of a bracket,
    `types` in either; `quoted` is a name in quotes, `text` and `number` are the forms of literals.
    `pages` are those of the manual where it all stands.
    """

    keywords: frozenset[str]
    functions: frozenset[str]
    types: frozenset[str]
    quoted: str
    text: str
    number: str
    pages: tuple[str, ...]
    signs: frozenset[str] = SIGNS

    def strangers(self, statement: str) -> set[str]:
        """What is in a statement and not in the vocabulary."""
        form = re.compile(
            rf"(?P<comment>--[^\n]*)|(?P<text>{self.text})|(?P<quoted>{self.quoted})"
            rf"|(?P<number>{self.number}(?![\w.]))|(?P<word>[A-Za-z_]\w*)(?P<call>\()?"
            r"|(?P<sign><=|>=|<>|::|\S)"
        )
        # A step and a table of values have their columns in brackets behind their names.
        names = set(re.findall(r"(\w+)\([\w, ]+\) AS \(|\bAS (\w+)\(", statement))
        own = {name for pair in names for name in pair}
        found = set()
        for token in form.finditer(statement):
            word, sign = token["word"], token["sign"]
            if sign is not None and sign not in self.signs:
                found.add(sign)
            if word is None or word in self.types or word in self.keywords or word in own:
                continue
            if token["call"] and word not in self.functions:
                found.add(f"{word}()")
            if word.isupper() and not token["call"]:
                found.add(word)
        return found


_EXPONENT = r"\d+(?:\.\d+)?e-?\d+|\d+"

VOCABULARIES = {
    "mssql": Vocabulary(
        keywords=KEYWORDS | WINDOWS | _words("VALUES OFFSET ROWS FETCH NEXT ONLY TRY_CAST IIF"),
        functions=FUNCTIONS | _words("log ceiling round sign power atn2 len nchar"),
        types=frozenset({"float", "bit", "date"}),
        quoted=r"\[(?:[^\]]|\]\])+\]",
        text=r"N'(?:[^'\n]|'')*'",
        number=_EXPONENT,
        pages=(
            "learn.microsoft.com/sql/t-sql/queries/select-transact-sql",
            "learn.microsoft.com/sql/t-sql/queries/select-order-by-clause-transact-sql",
            "learn.microsoft.com/sql/t-sql/queries/table-value-constructor-transact-sql",
            "learn.microsoft.com/sql/t-sql/language-elements/case-transact-sql",
            "learn.microsoft.com/sql/t-sql/functions/mathematical-functions-transact-sql",
            "learn.microsoft.com/sql/t-sql/functions/try-cast-transact-sql",
            "learn.microsoft.com/sql/t-sql/data-types/constants-transact-sql",
        ),
    ),
}
