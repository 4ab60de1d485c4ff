"""Spellings of what finds the words of a text, as Python's `str.lower` and `re` do it.

A word is what letters and digits of all scripts, and underscores, make up; marks that combine with
a letter are none.  Measured for each character of Unicode 14 but those for private use:
``[\\p{L}\\p{N}_]`` is the ``\\w`` of Python to DuckDB, ClickHouse, DataFusion, Spark and MariaDB.
A character that was assigned since is as new to the one as the version of its Unicode is.  Letters
become small as in Python, but for two: the capital I with a dot, which is replaced, and the
capital sigma, whose small letter depends on its place; ClickHouse, DataFusion and Spark know it, in
the others a text with one has none (NULL).
"""

from __future__ import annotations

import functools
import itertools
import sys
from collections.abc import Callable, Iterable
from string import ascii_lowercase, ascii_uppercase, punctuation

# The one letter that becomes two, and the one whose small letter depends on what is beside it.
DOTTED, SMALL_DOTTED, SIGMA = "\u0130", "i\u0307", "\u03a3"

CLASS = r"[^\p{{L}}\p{{N}}_]+"


def by_expression(
    replaced: str,
    number: str,
    lower: str,
    *,
    pattern: str = CLASS,
    padded: str = "(' ' || {0} || ' ')",
    length: str = "length",
    replace: str = "replace",
) -> dict[str, str]:
    """The functions of a database that has regular expressions: `replaced` spells that of the
    text {0}, the pattern {1} and what is put for all that is like it, {2}; `number` a whole number
    as one with a fraction, `lower` a text in small letters."""
    spaced = replaced.format("{0}", f"'{pattern}'", "'  '")
    shorter = f"{replace}({{0}}, {{1}}, {{2}})"
    return {
        "lower_unicode": lower,
        "words": padded.replace("{0}", spaced),
        "replace": shorter,
        "without_words": replaced.format("{0}", "{1}", "''"),
        "occurrences": number.replace("{0}", f"{length}({{0}}) - {length}({shorter})"),
    }


def postgres(catalog: str = "") -> dict[str, str | Callable[[], str]]:
    """The functions of PostgreSQL, whose classes of characters and small letters are those of the
    locale of a database: all characters are named. `catalog` stands in front of what is called."""
    c = catalog

    def lower() -> str:
        capitals, small, foreign = _capitals()
        return (
            f"CASE WHEN {c}strpos({{0}}, '{SIGMA}') > 0 THEN NULL "
            f"WHEN {{0}} ~ '[{DOTTED}{foreign}]' THEN {c}translate("
            f"{c}replace({{0}}, '{DOTTED}', '{SMALL_DOTTED}'), '{capitals}', '{small}') "
            f"ELSE {c}translate({{0}}, '{ascii_uppercase}', '{ascii_lowercase}') END"
        )

    def words() -> str:
        return f"(' ' || {c}regexp_replace({{0}}, '[^{_word()}]+', '  ', 'g') || ' ')"

    replace = f"{c}replace({{0}}, {{1}}, {{2}})"
    return {
        "lower_unicode": lower,
        "words": words,
        "replace": replace,
        "without_words": f"{c}regexp_replace({{0}}, {{1}}, '', 'g')",
        "occurrences": f"CAST({c}length({{0}}) - {c}length({replace}) AS double precision)",
    }


def _all() -> Iterable[str]:
    return map(chr, range(sys.maxunicode + 1))


@functools.cache
def _word() -> str:
    """All characters of words."""
    return _ranges(c for c in _all() if c.isalnum() or c == "_")


@functools.cache
def _capitals() -> tuple[str, str, str]:
    """Letters that become small, what they become, and those beyond ASCII as a class."""
    pairs = [(c, c.lower()) for c in _all() if c.lower() != c and c not in (DOTTED, SIGMA)]
    foreign = _ranges(capital for capital, _ in pairs if not capital.isascii())
    return "".join(c for c, _ in pairs), "".join(s for _, s in pairs), foreign


def _ranges(characters: Iterable[str]) -> str:
    """Characters as a class of a regular expression has them, without its brackets."""
    parts = []
    for _, run in itertools.groupby(enumerate(map(ord, characters)), key=lambda p: p[1] - p[0]):
        codes = [code for _, code in run]
        dash = "-" if len(codes) > 2 else ""
        parts.append(chr(codes[0]) + (dash + chr(codes[-1]) if len(codes) > 1 else ""))
    return "".join(parts)


# SQLite has neither regular expressions nor letters beyond ASCII. It is told of European letters,
# and of the marks of European typography: dashes, quotes, dots, arrows, currencies.
_EUROPEAN = "".join(map(chr, range(0xA0, 0x180)))
_TYPOGRAPHY = "\u2009\u200b\u2026\u202f\u2030\u2032\u2033\u2039\u203a\u20ac\u2122\u2212\ufe0f\ufeff"
_TYPOGRAPHY += "".join(map(chr, [*range(0x300, 0x310), 0x327, 0x328]))  # accents apart
_TYPOGRAPHY += "".join(map(chr, [*range(0x2010, 0x2023), *range(0x2190, 0x2194)]))
_EACH = """(WITH RECURSIVE each(i, x) AS (SELECT 1, {0} UNION ALL
SELECT i + 1, replace(x, substr('{characters}', i, 1), {by}) FROM each WHERE i <= {count})
SELECT x FROM each WHERE i > {count})"""


def sqlite() -> dict[str, str]:
    """The functions of SQLite, which goes through a list of capitals, and one of all marks that
    part words. A text with other characters has no words (NULL)."""
    capitals = "".join(c for c in _EUROPEAN if c.lower() != c and c != DOTTED)
    marks = "".join(c for c in punctuation + _EUROPEAN + _TYPOGRAPHY if not c.isalnum())
    small = _each(capitals, f"substr('{capitals.lower()}', i, 1)")
    lowered = f"lower(replace({{0}}, '{DOTTED}', '{SMALL_DOTTED}'))"
    blank = "x"
    for code in range(9, 14):
        blank = f"replace({blank}, char({code}), ' ')"
    apart = _each(marks.replace("_", ""), "' '").replace("{0}", blank)
    strange = f"'*[^' || char(9) || '-' || char(13) || ' -~\u00a0-\u017f{_TYPOGRAPHY}]*'"
    replace = "replace({0}, {1}, {2})"
    return {
        "lower_unicode": small.replace("{0}", lowered),
        "words": f"(SELECT CASE WHEN x GLOB {strange} OR instr(CAST(x AS BLOB), x'00') THEN NULL "
        f"ELSE '  ' || replace({apart}, ' ', '  ') || '  ' END FROM (SELECT {{0}} AS x))",
        "replace": replace,
        "occurrences": f"CAST(length({{0}}) - length({replace}) AS REAL)",
    }


def _each(characters: str, by: str) -> str:
    """The text {0} with each of the characters replaced."""
    quoted = characters.replace("'", "''").replace("{", "{{").replace("}", "}}")
    found = _EACH.replace("{characters}", quoted).replace("{by}", by)
    return found.replace("{count}", str(len(characters)))
