"""Long lines of SQL, broken where a reader would break them: at commas, then at AND, then at signs.

What is outermost is broken first, so that what belongs together stays on a line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from functools import cache

LONGEST = 120  # columns that a line has at most, unless it is one text, number or name
# What rounds by a number, which is added and taken off again, is read as one.
_ADDED_AND_TAKEN = re.compile(r"\+ (\S+) - \1(?=[\s),]|$)")


@cache
def tokens(name: str, text_escapes: bool, name_escapes: bool) -> re.Pattern[str]:
    """What finds texts, names within the marks `name`, words, blanks and signs: together all of a
    line.

    `text_escapes`, `name_escapes`: whether a backslash takes the meaning from what stands behind it
    in a text, and in a name.
    """
    quoted = {"'": text_escapes, '"': name_escapes, "`": name_escapes}
    found = [r"[rR]'[^']*'"]
    for mark, escapes in quoted.items():
        if escapes:
            found.append(rf"{mark}(?:[^{mark}\\]|{mark}{mark}|\\.)*{mark}")
        else:
            found.append(f"{mark}(?:[^{mark}]|{mark}{mark})*{mark}")
    if name == "[":
        found.append(r"\[(?:[^\]]|\]\])*\]")
    # Numbers and names with a point in them as one: most of a long line is numbers.
    found += [r"[\w.]+", r"\s+", r"[^\w\s]"]
    return re.compile("|".join(found), re.DOTALL)


_OPENING, _CLOSING = frozenset({"(", "[", "CASE"}), frozenset({")", "]", "END"})
# How weakly what stands around such a word holds together; a line is broken before it.
_BEFORE = {
    "THEN": 1, "WHEN": 0, "ELSE": 0, "OR": 2, "AND": 3, "+": 5, "-": 5, "*": 6, "/": 6, "||": 6,
    "CROSS": 0, "WITH": 4,
}  # fmt: skip
_COMMA, _KINDS = 0, 10


def broken(text: str, indent: str, pattern: re.Pattern[str]) -> str:
    """`text`, which stands behind `indent`, without lines that are longer than `LONGEST`.

    Only blanks between words become line ends, none inside of a text or a name, which `pattern`
    finds; see `tokens`.
    """
    # Most texts are short, or were broken where they were made.
    if len(indent) + len(text) <= LONGEST:
        return text
    lines = text.split("\n")
    if len(indent) + len(lines[0]) <= LONGEST and max(map(len, lines)) <= LONGEST:
        return text
    done: list[str] = []
    for line in _logical(text, pattern):
        first = not done
        bare = line if first else line.lstrip(" ")
        before = indent if first else line[: len(line) - len(bare)]
        done.append(("" if first else before) + _fitted(bare, before, pattern))
    return "\n".join(done)


def _logical(text: str, pattern: re.Pattern[str]) -> Iterator[str]:
    """The lines of a text, one that ends inside of a quoted text with those behind it."""
    start = place = 0
    for part in pattern.findall(text):
        if "\n" in part and part[0].isspace():
            end = place + part.index("\n")
            yield text[start:end]
            start = end + 1
        place += len(part)
    yield text[start:]


def _fitted(line: str, indent: str, pattern: re.Pattern[str]) -> str:
    """A line behind `indent`, on as many as it needs."""
    if _fits(line, indent):
        return line
    breaks = _breaks(line, pattern)
    if not breaks:
        return line
    pieces, start = [], 0
    for end, next_start in breaks:
        pieces.append(line[start:end])
        start = next_start
    pieces.append(line[start:])
    return _filled(pieces, indent, pattern)


def _filled(pieces: list[str], indent: str, pattern: re.Pattern[str]) -> str:
    """The pieces, as many to a line as it takes; those behind the first line stand further in."""
    lines: list[str] = []
    further = indent + "  "
    for piece in pieces:
        before = further if lines else indent
        if lines and "\n" not in lines[-1] and _fits(f"{lines[-1]} {piece}", before):
            lines[-1] += f" {piece}"
        else:
            lines.append(_fitted(piece, before, pattern))
    return f"\n{further}".join(lines)


def _fits(text: str, indent: str) -> bool:
    if "\n" not in text:
        return len(indent) + len(text) <= LONGEST
    first, *others = text.split("\n")
    return len(indent) + len(first) <= LONGEST and all(len(one) <= LONGEST for one in others)


def _breaks(line: str, pattern: re.Pattern[str]) -> list[tuple[int, int]]:
    """Where a line is broken: the begins and ends of the blanks around which least is cut apart."""
    parts = pattern.findall(line)
    last = len(parts) - 1
    found: list[tuple[int, int]] = []
    weakest = math.inf
    depth = start = end = 0
    together = {rounding.end(1) for rounding in _ADDED_AND_TAKEN.finditer(line)}
    for number, part in enumerate(parts):
        start, end = end, end + len(part)
        if part in _OPENING:
            depth += 1
        elif part in _CLOSING:
            depth -= 1
        if part[0] != " " or not 0 < number < last or start in together:
            continue
        before, after = parts[number - 1], parts[number + 1]
        kind = _COMMA if before == "," else _BEFORE.get(after)
        if after == "END":
            kind = 0
        if kind is None or before == "(":
            continue
        rank = depth * _KINDS + kind
        if rank < weakest:
            weakest = rank
            found.clear()
        if rank == weakest:
            found.append((start, end))
    return found
