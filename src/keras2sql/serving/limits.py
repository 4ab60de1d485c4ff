"""What a request may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """Seconds for a request to arrive, and again to be answered; megabytes of a model file, of the
    memory of the process that reads it, and of an answer; rows that are scored at once; requests
    that are worked on at once, and that wait for it."""

    seconds: float = 60.0
    upload: int = 64
    memory: int = 4096
    answer: int = 64
    rows: int = 1_000
    together: int = 2
    waiting: int = 16

    @property
    def body(self) -> int:
        """Bytes of a request: model and weights in base64, and what is said beside them."""
        return (self.upload << 20) * 4 // 3 + (1 << 20)
