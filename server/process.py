"""The one estate of this process: the ASGI server's while it runs, else made at its first use."""

from __future__ import annotations

import asyncio
import atexit
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from server import log
from server.estate import Estate

_lock = threading.Lock()
_estates: list[Estate] = []


def estate() -> Estate:
    """What this process owns; where no server has opened it, as in a test, it is closed at exit."""
    with _lock:
        if not _estates:
            _estates.append(Estate())
        return _estates[-1]


def close() -> None:
    """Ends what this process owns; whoever asks next gets an estate that is new."""
    with _lock:
        ending = list(_estates)
        _estates.clear()
    for one in ending:
        one.close()


@asynccontextmanager
async def lifespan(_: object) -> AsyncIterator[None]:
    """Gets ready for the first visitor while the server comes up, and ends all with it."""
    log.set_up()
    close()
    own = Estate()
    with _lock:
        _estates.append(own)
    ready = asyncio.create_task(asyncio.to_thread(own.get_ready))
    try:
        yield
    finally:
        await asyncio.to_thread(own.close)
        await ready


atexit.register(close)
