"""Wrong usage becomes one line on stderr, and a reader that has gone no error."""

from __future__ import annotations

import sys
from typing import Any

import typer
from typer.core import TyperGroup

from keras2sql.cli import console
from keras2sql.passwords import hide, secrets

WRONG = 2
INTERRUPTED = 130

# Of Click's, which some versions of Typer import and others bring.
_UsageError: Any = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "UsageError")


class Verbs(TyperGroup):
    """The verbs of the command line; every call ends with an exit code."""

    def main(self, args: Any = None, *rest: Any, **options: Any) -> Any:
        """Run the verb that `args`, or else those of the process, name, and exit."""
        given = [str(arg) for arg in (sys.argv[1:] if args is None else args)]
        try:
            code = super().main(args, *rest, **{**options, "standalone_mode": False})
        except _UsageError as error:
            code = WRONG
            if not given:
                console.tell(error.format_message().rstrip() + "\n")  # the help
            else:
                console.note(f"error: {_told(error, given)}; see `{self._help(given)}`")
        except typer.Abort:
            code = INTERRUPTED
        except SystemExit as stop:
            # What Click makes of a reader of its help that has gone.
            code = 0 if isinstance(stop.__context__, BrokenPipeError) else stop.code
        sys.exit(code)

    def _help(self, given: list[str]) -> str:
        """What shows how the verb is used."""
        verb = f" {given[0]}" if given[0] in self.commands else ""
        return f"keras2sql{verb} --help"


def _told(error: Any, given: list[str]) -> str:
    """What is wrong, without the passwords of URLs that stand in the wrong place."""
    near = getattr(error, "possibilities", None)
    meant = f", did you mean {', '.join(near)}?" if near else ""
    said = _missing(error) or (error.message if near else error.format_message())
    said = said.rstrip(".")
    hidden = {secret for arg in given if ":" in arg for secret in secrets(arg)}
    return hide(said[0].lower() + said[1:] + meant, hidden)


def _missing(error: Any) -> str:
    """All that the verb needs and was not given; empty where something else is wrong."""
    if type(error).__name__ != "MissingParameter" or error.ctx is None:
        return ""
    needed = [p for p in error.ctx.command.params if p.required and p.name not in error.ctx.params]
    names = [max(p.opts, key=len) if p.opts[0].startswith("-") else p.metavar for p in needed]
    *most, last = [str(name) for name in names]
    listed = f"{', '.join(most)} and {last}" if most else last
    return f"{error.ctx.info_name} needs {listed}"
