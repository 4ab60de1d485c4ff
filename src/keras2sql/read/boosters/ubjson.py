"""UBJSON, as far as XGBoost writes it: JSON whose numbers are bytes.

https://ubjson.org and its strongly typed arrays.
"""

from __future__ import annotations

import struct
from typing import Any

import numpy as np

_NUMBERS = {"i": "b", "U": "B", "I": "h", "l": "i", "L": "q", "d": "f", "D": "d"}
_CONSTANTS = {"Z": None, "T": True, "F": False}
_DEEPEST = 100
_MOST_PARTS = 1 << 23


def loads(content: bytes) -> Any:
    """What the bytes hold; raises `ValueError` where they end early or hold something else."""
    reader = _Reader(content)
    found = reader.value(reader.mark(), 0)
    if reader.place != len(content):
        raise ValueError("there is more behind its end")
    return found


class _Reader:
    def __init__(self, content: bytes) -> None:
        self.content, self.place, self.parts = content, 0, 0

    def value(self, mark: str, depth: int) -> Any:
        self.parts += 1
        if depth > _DEEPEST or self.parts > _MOST_PARTS:
            raise ValueError("it is nested too deeply, or has too many parts")
        if mark in _NUMBERS:
            return self.number(mark)
        if mark in _CONSTANTS:
            return _CONSTANTS[mark]
        if mark == "S":
            return self.text()
        if mark == "C":
            return self.take(1).decode()
        if mark == "{":
            return self.object(depth)
        if mark == "[":
            return self.array(depth)
        raise ValueError(f"an unknown mark {mark!r}")

    def object(self, depth: int) -> dict[str, Any]:
        found = {}
        while self.next() != "}":
            key = self.text()
            found[key] = self.value(self.mark(), depth + 1)
        self.place += 1
        return found

    def array(self, depth: int) -> Any:
        kind = ""
        if self.next() == "$":
            self.place += 1
            kind = self.mark()
        if self.next() != "#":
            if kind:
                raise ValueError("an array has a type and no length")
            found = []
            while self.next() != "]":
                found.append(self.value(self.mark(), depth + 1))
            self.place += 1
            return found
        self.place += 1
        count = self.length()
        if kind:
            return self.numbers(kind, count)
        return [self.value(self.mark(), depth + 1) for _ in range(count)]

    def numbers(self, kind: str, count: int) -> Any:
        if kind not in _NUMBERS:
            raise ValueError(f"an array of {kind!r}")
        code = np.dtype(f">{_NUMBERS[kind]}")
        found = np.frombuffer(self.take(count * code.itemsize), code)
        return found.astype(code.newbyteorder("="))

    def text(self) -> str:
        return self.take(self.length()).decode()

    def length(self) -> int:
        mark = self.mark()
        if mark not in "iUIlL":
            raise ValueError(f"a length of type {mark!r}")
        found = int(self.number(mark))
        if not 0 <= found <= len(self.content) - self.place:
            raise ValueError("it ends early")
        return found

    def number(self, mark: str) -> float:
        code = f">{_NUMBERS[mark]}"
        found: float = struct.unpack(code, self.take(struct.calcsize(code)))[0]
        return found

    def mark(self) -> str:
        return self.take(1).decode("latin-1")

    def next(self) -> str:
        if self.place >= len(self.content):
            raise ValueError("it ends early")
        return chr(self.content[self.place])

    def take(self, count: int) -> bytes:
        if count > len(self.content) - self.place:
            raise ValueError("it ends early")
        self.place += count
        return self.content[self.place - count : self.place]
