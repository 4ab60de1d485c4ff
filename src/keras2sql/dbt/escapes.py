"""Any text inside Jinja and YAML, so that what dbt makes of it is the text again."""

from __future__ import annotations

import re

_OPENS = re.compile(r"\{(?=[{%#])")


def template(text: str) -> str:
    """The text as a part of a Jinja template that renders to it."""
    # Jinja and the reading of a file turn every end of a line into \n.
    return _OPENS.sub("{{ '{' }}", text).replace("\r", r"{{ '\r' }}")


def literal(text: str) -> str:
    """A Jinja expression that is the text."""
    escaped = "".join(map(_escaped, text))
    # dbt reads plain calls by a parser of its own, which takes escapes as they stand; what is
    # computed it leaves to Jinja.
    return f"'{escaped}'" if escaped == text else f"'{escaped}' ~ ''"


def scalar(text: str) -> str:
    """A YAML scalar that is the text."""
    return '"' + "".join(map(_escaped, text)) + '"'


def _escaped(c: str) -> str:
    if c in "'\"\\{}%#" or not c.isprintable():
        return rf"\x{ord(c):02x}" if ord(c) < 0x100 else rf"\U{ord(c):08x}"
    return c
