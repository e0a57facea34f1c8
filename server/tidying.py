"""Memory: what nobody needs any more is let go of once a minute, and not at each page's end.

Streamlit would look through all of memory after every run of a page, with everybody waiting.
"""

from __future__ import annotations

import ctypes
import gc
import threading
from collections.abc import Callable

import pyarrow as pa

EVERY_SECONDS = 60.0

_also: list[Callable[[], None]] = []


def also(let_go: Callable[[], None]) -> None:
    """From now on that is called each time too."""
    _also.append(let_go)


def settle() -> None:
    """What was made while the server came up stays, and is not looked through any more."""
    gc.collect()
    gc.freeze()


def tidy() -> None:
    """Lets go of what nobody needs, and gives its memory back to the system."""
    for let_go in _also:
        let_go()
    gc.collect()
    pa.default_memory_pool().release_unused()
    _trim()


def _trim() -> None:
    """Gives back what the C library keeps for the next who asks; other systems need no asking."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim:
        trim(0)


class Tidying:
    """Tidies every so often, in a thread of its own, from its start until it is closed."""

    def __init__(self, every_seconds: float = EVERY_SECONDS) -> None:
        self._every = every_seconds
        self._closed = threading.Event()
        self._thread = threading.Thread(target=self._tidies, name="farm-tidying", daemon=True)

    def start(self) -> None:
        """From now on."""
        self._thread.start()

    def close(self) -> None:
        """Ends it."""
        self._closed.set()
        self._thread.join()

    def _tidies(self) -> None:
        while not self._closed.wait(self._every):
            tidy()
