"""Ends a connection whose browser takes nothing any more.

What waits for it on a socket would only grow; and a server that is told to end waits for answers.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.connection import transport_of

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

LONGEST_SECONDS = 30.0


@dataclass
class SlowReaders:
    """The middleware that gives each part of an answer, or message, so many seconds to go out.

    It stands before all others, next to the server.
    """

    app: ASGIApp
    longest_seconds: float = LONGEST_SECONDS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request; a socket that is ended is a browser that has gone."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        ended, is_socket = asyncio.Event(), scope["type"] == "websocket"

        async def sent(message: Message) -> None:
            try:
                async with asyncio.timeout(self.longest_seconds):
                    await send(message)
            except TimeoutError:
                ended.set()
                if not _cut(send) or is_socket:  # what is sent to who is not there is dropped
                    raise

        await self.app(scope, _until(ended, receive) if is_socket else receive, sent)


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


def _cut(send: Send) -> bool:
    """Drops the connection, with what waits in it; whether it could be found.

    To close it in order, as a server does when an application ends, is to wait for a reader.
    """
    transport = transport_of(send)
    if transport:
        transport.abort()
    return transport is not None
