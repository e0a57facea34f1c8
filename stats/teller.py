"""What goes on, said on standard error."""

from __future__ import annotations

import time
from dataclasses import replace

from stats.output import say
from stats.progress import Progress


class Teller:
    """Says on standard error what is being done: what is new at most once a second.

    What goes on and on is said every ten seconds.
    """

    def __init__(self) -> None:
        self._last = ""
        self._at = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        said = str(replace(progress, seconds=0))
        if time.monotonic() - self._at >= (10 if said == self._last else 1):
            self._last, self._at = said, time.monotonic()
            say(str(progress))
