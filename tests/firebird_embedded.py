"""The Firebird that runs in this process, with databases in files."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path


def url(folder: Path) -> str:
    """The URL of a new database in this folder."""
    start(folder)
    from firebird.driver import create_database, driver_config

    path = folder / "test.fdb"
    driver_config.db_defaults.page_size.value = 16384
    driver_config.db_defaults.db_charset.value = "UTF8"
    driver_config.db_defaults.forced_writes.value = False
    create_database(str(path), user="SYSDBA", charset="UTF8").close()
    return f"firebird://SYSDBA@/{path}?charset=UTF8"


def start(folder: Path) -> None:
    """Load it; it asks for two libraries by names that no path leads to."""
    from firebird.driver import driver_config
    from firebird.embedded.provider import FirebirdProvider

    runtime = FirebirdProvider()
    os.environ["FIREBIRD"] = str(runtime.root)
    os.environ["FIREBIRD_LOCK"] = str(folder)
    for library in ("libtommath.so.1", str(runtime.root / "libtomcrypt.so.1")):
        ctypes.CDLL(library, mode=ctypes.RTLD_GLOBAL)
    driver_config.fb_client_library.value = str(runtime.client_library)
