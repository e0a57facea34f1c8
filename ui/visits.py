"""Sessions whose browser has gone: closed in time, with all that Streamlit keeps for them.

Streamlit keeps them for a browser that comes back, and from two minutes on for nobody: their last
pages and the files that those offer stay until many others have gone too.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Protocol

from streamlit import runtime

GONE_SECONDS = 75.0
"""After which nobody is waited for; Streamlit itself forgets after 120 how to close a session."""

_LOOK_EVERY_SECONDS = 15.0


class Sessions(Protocol):
    """What is used of Streamlit's runtime."""

    def is_active_session(self, session_id: str) -> bool:
        """Whether its browser is there."""

    def close_session(self, session_id: str) -> None:
        """Ends it for good; in the event loop's thread."""


class Visits:
    """Who has been here; thread-safe."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._seen: dict[str, float] = {}
        self._lock = threading.Lock()

    def note(self, session_id: str) -> None:
        """A session draws a page now."""
        with self._lock:
            self._seen[session_id] = self._monotonic()

    def close_gone(self, sessions: Sessions) -> None:
        """Closes the sessions whose browser has not been seen for long enough."""
        now = self._monotonic()
        with self._lock:
            for one in self._seen:
                if sessions.is_active_session(one):
                    self._seen[one] = now
            gone = [one for one, at in self._seen.items() if now - at >= GONE_SECONDS]
            for one in gone:
                del self._seen[one]
        for one in gone:
            sessions.close_session(one)


VISITS = Visits()


@asynccontextmanager
async def closing_those_that_have_gone() -> AsyncIterator[None]:
    """Within, as long as the server runs."""
    task = asyncio.create_task(_closes())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _closes() -> None:
    while True:
        await asyncio.sleep(_LOOK_EVERY_SECONDS)
        if runtime.exists():
            VISITS.close_gone(runtime.get_instance())
