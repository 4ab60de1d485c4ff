"""Long lines of SQL, broken where a reader would break them: at commas, then at AND, then at signs.

What is outermost is broken first, so that what belongs together stays on a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

LONGEST = 120  # columns that a line has at most, unless it is one text, number or name
# What rounds by a number, which is added and taken off again, is read as one.
_ADDED_AND_TAKEN = re.compile(r"\+ (\S+) - \1(?=[\s),]|$)")
_NUMBER = r"-?\d[\w.]*(?:(?<=[eE])[+-]\d+)?"
# Most of what is long are weights, of which a list is one word until it is broken itself.
_NUMBERS = rf"(?<![\w.])(?:{_NUMBER}, )+{_NUMBER}(?![\w.])"


@cache
def tokens(name: str, text_escapes: bool, name_escapes: bool) -> re.Pattern[str]:
    """What finds texts, names within the marks `name`, words, blanks and signs: together all of a
    line.

    `text_escapes`, `name_escapes`: whether a backslash takes the meaning from what stands behind it
    in a text, and in a name.
    """
    quoted = {"'": text_escapes, '"': name_escapes, "`": name_escapes}
    found = [_NUMBERS, r"[rR]'[^']*'"]
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


_QUOTED = re.compile("['\"`\\[]")
_OPENING, _CLOSING = frozenset({"(", "[", "CASE"}), frozenset({")", "]", "END"})
# How weakly what stands around such a word holds together; a line is broken before it.
_BEFORE = {
    "THEN": 1, "WHEN": 0, "ELSE": 0, "OR": 2, "AND": 3, "+": 5, "-": 5, "*": 6, "/": 6, "||": 6,
    "CROSS": 0, "WITH": 4,
}  # fmt: skip
_COMMA, _KINDS = 0, 10
_DIGITS = frozenset("-0123456789")
_COMMAS = re.compile(", ").finditer


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
    if not _QUOTED.search(text):
        yield from text.split("\n")
        return
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
    return _filled(line, 0, len(line), _blanks(line, pattern), indent)


# How weakly what stands around a blank holds together, and where the blank begins and ends.
_Blank = tuple[int, int, int]


def _filled(line: str, begin: int, end: int, blanks: list[_Blank], indent: str) -> str:
    """A part of a line, broken at those of its blanks around which least is cut apart, with as much
    on each line as it takes; those behind the first line stand further in."""
    weakest = min(blanks)[0] if blanks else 0
    lines: list[list[str]] = []
    further = indent + "  "
    room = 0  # columns that are left on the last line; none behind what has several
    first = 0
    for number, (rank, blank, behind) in enumerate([*blanks, (weakest, end, end)]):
        if rank != weakest:
            continue
        piece, within = line[begin:blank], blanks[first:number]
        begin, first = behind, number + 1
        if room and _fits(piece, " " * (LONGEST - room + 1)):
            lines[-1].append(piece)
            room = 0 if "\n" in piece else room - len(piece) - 1
            continue
        before = further if lines else indent
        if within and not _fits(piece, before):
            piece = _filled(line, blank - len(piece), blank, within, before)
        lines.append([piece])
        room = 0 if "\n" in piece else LONGEST - len(further) - len(piece)
    return f"\n{further}".join(map(" ".join, lines))


def _fits(text: str, indent: str) -> bool:
    if "\n" not in text:
        return len(indent) + len(text) <= LONGEST
    first, *others = text.split("\n")
    return len(indent) + len(first) <= LONGEST and all(len(one) <= LONGEST for one in others)


def _blanks(line: str, pattern: re.Pattern[str]) -> list[_Blank]:
    """Where a line may be broken."""
    parts = pattern.findall(line)
    last = len(parts) - 1
    found: list[_Blank] = []
    depth = start = end = 0
    together = {rounding.end(1) for rounding in _ADDED_AND_TAKEN.finditer(line)}
    for number, part in enumerate(parts):
        start, end = end, end + len(part)
        if part in _OPENING:
            depth += _KINDS
        elif part in _CLOSING:
            depth -= _KINDS
        elif ", " in part and part[0] in _DIGITS:
            commas = _COMMAS(part)
            found += [(depth + _COMMA, start + c.start() + 1, start + c.end()) for c in commas]
        if part[0] != " " or not 0 < number < last or start in together:
            continue
        before, after = parts[number - 1], parts[number + 1]
        kind = _COMMA if before == "," else _BEFORE.get(after)
        if after == "END":
            kind = 0
        of_a_number = after in ("+", "-") and before in _BEFORE  # its own sign
        if kind is not None and before != "(" and not of_a_number:
            found.append((depth + kind, start, end))
    return found
