"""How many functions and files of keras2sql one `convert` of the demo model passes.

    python tools/passed.py
    python tools/passed.py --files

A reader who follows a conversion from top to bottom meets so many.  Comprehensions, lambdas and
what a dataclass makes by itself belong to the function that they stand in; imports are done before.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import keras2sql
from keras2sql.demo import FEATURES, LABELS, MODEL

HOUSE = str(Path(keras2sql.__file__).parent)


def passed(dialect: str, strategy: str) -> set[CodeType]:
    """The functions that one conversion calls."""
    found: set[CodeType] = set()

    def note(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(HOUSE) and code.co_name[0] != "<":
            found.add(code)

    sys.setprofile(note)
    try:
        keras2sql.convert(MODEL, dialect, "iris", "id", list(FEATURES), LABELS, strategy=strategy)
    finally:
        sys.setprofile(None)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--dialect", default="duckdb")
    parser.add_argument("--files", action="store_true", help="name the files, too")
    asked = parser.parse_args()
    for strategy in ("columns", "rows"):
        found = passed(asked.dialect, strategy)
        files = Counter(str(Path(code.co_filename).relative_to(HOUSE)) for code in found)
        print(f"{asked.dialect}, {strategy}: {len(found)} functions in {len(files)} files")
        for name in sorted(files) if asked.files else ():
            print(f"  {files[name]:3} {name}")


if __name__ == "__main__":
    main()
