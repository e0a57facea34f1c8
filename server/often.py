"""What is said again and again is told a few times a minute, and then counted."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterator
from threading import Lock

_MOST = 20
"""Lines that are alike, in a minute."""
_SECONDS = 60.0


class Often:
    """Counts the lines that are alike, a minute at a time; for any number of threads."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = Lock()
        self._since = monotonic()
        self._said: Counter[str] = Counter()

    def is_told(self, line: str) -> bool:
        """Whether the line, which counts from now on, was said less often than is told."""
        with self._lock:
            self._said[line] += 1
            return self._said[line] <= _MOST

    def left_out(self) -> Iterator[tuple[str, int]]:
        """The lines that were left out, and how many of each, once their minute is over."""
        with self._lock:
            now = self._monotonic()
            if now - self._since < _SECONDS:
                return
            said, self._said, self._since = self._said, Counter(), now
        yield from ((line, many - _MOST) for line, many in said.items() if many > _MOST)
