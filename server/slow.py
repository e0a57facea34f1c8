"""Ends a socket whose browser takes nothing any more: what waits for it would only grow."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST_SECONDS = 30.0


@dataclass
class SlowReaders:
    """The middleware that gives each message to a socket so many seconds to go out.

    It stands before all others, next to the server.
    """

    app: ASGIApp
    longest_seconds: float = LONGEST_SECONDS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request; a socket that is ended is a browser that has gone."""
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        ended = asyncio.Event()

        async def sent(message: Message) -> None:
            try:
                async with asyncio.timeout(self.longest_seconds):
                    await send(message)
            except TimeoutError:
                ended.set()
                _cut(send)
                raise

        await self.app(scope, _until(ended, receive), sent)


def _until(ended: asyncio.Event, receive: Receive) -> Receive:
    """What a browser sends; once the socket is ended, that it has gone."""

    async def heard() -> Message:
        hearing, ending = asyncio.ensure_future(receive()), asyncio.ensure_future(ended.wait())
        try:
            await asyncio.wait({hearing, ending}, return_when=asyncio.FIRST_COMPLETED)
            if hearing.done():
                return hearing.result()
            return {"type": "websocket.disconnect", "code": 1006}
        finally:
            hearing.cancel()
            ending.cancel()

    return heard


def _cut(send: Send) -> None:
    """Drops the connection, with what waits in it.

    To close it in order, as a server does when an application ends, is to wait for a reader. ASGI
    has no word for this: it is asked of uvicorn's connection, whose method `send` is.
    """
    connection: Any = getattr(send, "__self__", None)
    abort: Callable[[], None] | None = getattr(
        getattr(connection, "transport", None), "abort", None
    )
    if abort:
        abort()
