"""Sessions whose browser has gone: closed in time, with all that Streamlit keeps for them.

Streamlit keeps them for a browser that comes back, from two minutes on for nobody, and then until
somebody else goes: their last pages, the files that those offer, and three open files for each,
also of those who came and never asked for a page.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Protocol

from streamlit import runtime

_LOG = logging.getLogger(__name__)

GONE_SECONDS = 75.0
"""After which nobody is waited for; Streamlit itself forgets after 120 how to close a session."""

LOOK_EVERY_SECONDS = 15.0


class Sessions(Protocol):
    """What is used of Streamlit's runtime; in the event loop's thread."""

    def all_ids(self) -> Iterable[str]:
        """Those whose browser is there, and those that are kept for one that comes back."""

    def is_active_session(self, session_id: str) -> bool:
        """Whether its browser is there."""

    def close_session(self, session_id: str) -> None:
        """Ends it for good."""


class Visits:
    """Since when the browsers are gone whose sessions are still there."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._gone: dict[str, float] = {}

    def close_gone(self, sessions: Sessions) -> None:
        """Closes the sessions whose browser has not been seen for long enough."""
        now = self._monotonic()
        gone = [one for one in sessions.all_ids() if not sessions.is_active_session(one)]
        self._gone = {one: self._gone.get(one, now) for one in gone}
        for one, since in self._gone.items():
            if now - since >= GONE_SECONDS:
                sessions.close_session(one)


class _OfStreamlit:
    """Its own; only its manager knows of a session that has not drawn anything."""

    def __init__(self) -> None:
        self._runtime = runtime.get_instance()
        self.is_active_session = self._runtime.is_active_session

    def all_ids(self) -> Iterable[str]:
        return [one.session.id for one in self._runtime._session_mgr.list_sessions()]

    def close_session(self, session_id: str) -> None:
        """Ends it at once, unless it is back, or logs why not: that keeps no other from ending."""
        asyncio.get_running_loop().call_soon(self._close, session_id)

    def _close(self, session_id: str) -> None:
        if not self.is_active_session(session_id):
            self._runtime.close_session(session_id)


@asynccontextmanager
async def closing_those_that_have_gone() -> AsyncIterator[None]:
    """Within, as long as the server runs."""
    task = asyncio.create_task(_closes(Visits()))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _closes(visits: Visits) -> None:
    while True:
        await asyncio.sleep(LOOK_EVERY_SECONDS)
        if runtime.exists():
            try:
                visits.close_gone(_OfStreamlit())
            except Exception:  # noqa: BLE001 - of a private part: the next look may go well
                _LOG.exception("Sessions that are gone could not be closed")
