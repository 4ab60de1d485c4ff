"""Templates become pages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from keras2sql.errors import InputError
from keras2sql.version import __version__

FOLDER = Path(__file__).parent / "templates"


def render(template: str, **values: Any) -> str:
    """The page; raises `InputError` where the library for it is not installed."""
    try:
        import jinja2
    except ModuleNotFoundError as error:
        raise missing("jinja2") from error
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["count"] = count
    environment.filters["duration"] = duration
    environment.filters["digits"] = digits
    return environment.get_template(template).render(version=__version__, **values)


def missing(library: str) -> InputError:
    return InputError(f"a report needs {library}: pip install 'keras2sql[report]'")


def count(value: float | None) -> str:
    """A number of things, short: 1,250 or 3.4 million."""
    if value is None:
        return "–"
    for unit, size in ((" billion", 1e9), (" million", 1e6)):
        if value >= size:
            return f"{value / size:.3g}{unit}"
    return f"{round(value):,}"


def duration(seconds: float | None) -> str:
    """Seconds in a unit that fits, with two digits."""
    if seconds is None:
        return "–"
    for unit, size in (("h", 3600.0), ("min", 60.0), ("s", 1.0), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size or unit == "µs":
            return f"{float(f'{seconds / size:.2g}'):g} {unit}"
    raise AssertionError


def digits(value: float | None) -> str:
    return "–" if value is None else f"{value:.2g}"
