"""The processor's own rounding, turned: what an answer owes to it shows without a look inside.

After the first of the checks that CESTAC and Kahan describe: a result that moves when sums and
products are rounded up, down or towards zero is made of its roundings.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import platform
from collections.abc import Iterator
from contextlib import contextmanager

_MODES = {
    "x86_64": {"down": 0x400, "up": 0x800, "to zero": 0xC00},
    "aarch64": {"up": 0x400000, "down": 0x800000, "to zero": 0xC00000},
}
MODES = tuple(_MODES["x86_64"])
"""The directions; the processor's own is to the nearest."""


@contextmanager
def rounded(mode: str) -> Iterator[None]:
    """Every sum and product of this thread is rounded in the direction `mode`, one of `MODES`."""
    library = ctypes.CDLL(ctypes.util.find_library("m"))
    before = library.fegetround()
    if library.fesetround(_MODES[platform.machine()][mode]):
        raise RuntimeError(f"this processor does not round {mode}")
    try:
        yield
    finally:
        library.fesetround(before)
