"""Ends a socket that sends what no application hears of: pings without end, a message in crumbs.

A server answers the ones and keeps the others, as many as come and before it looks at anybody else.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from server.connection import transport_of
from server.pace import Pace

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

A_SECOND, AT_ONCE = 1.0, 200
"""Browsers answer two pings a minute, and send in parts only what is of many kilobytes."""

_READ_AT_ONCE = 1024
"""Bytes: not two hundred frames, after which others have their turn."""


@dataclass
class WatchedSockets:
    """The middleware that ends a socket which sends too many of those; it is next to the server.

    Where the connection can't be found, nothing is done.
    """

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request."""
        if scope["type"] == "websocket":
            _watch(transport_of(send))
        await self.app(scope, receive, send)


def _watch(transport: asyncio.Transport | None) -> None:
    below = transport.get_protocol() if transport else None
    if transport and isinstance(below, asyncio.Protocol):
        transport.set_protocol(Watched(transport, below))


class Frames:
    """Where frames begin in what a socket sends, however it comes in pieces."""

    def __init__(self) -> None:
        self._begun, self._skipped = b"", 0

    def unheard(self, data: bytes) -> int:
        """How many begin in the next piece that end no message."""
        data, at, found = self._begun + data, self._skipped, 0
        while at + 2 <= len(data):
            length, more = data[at + 1] & 0x7F, 0
            if length > 125:
                more = 2 if length == 126 else 8
                length = int.from_bytes(data[at + 2 : at + 2 + more])
            head = 2 + more + (4 if data[at + 1] & 0x80 else 0)
            if at + head > len(data):
                break
            found += data[at] & 0x88 != 0x80  # not the last of a message, or of none
            at += head + length
        self._begun, self._skipped = data[at:], max(0, at - len(data))
        return found


class Watched(asyncio.BufferedProtocol):
    """Stands between a connection and the server's own protocol."""

    def __init__(self, transport: asyncio.Transport, below: asyncio.Protocol) -> None:
        self._transport, self._below = transport, below
        self._frames, self._pace = Frames(), Pace(A_SECOND, AT_ONCE)
        self._read = bytearray(_READ_AT_ONCE)

    def get_buffer(self, sizehint: int) -> bytearray:
        """Where the next bytes go."""
        return self._read

    def buffer_updated(self, nbytes: int) -> None:
        """Hands them on, or ends the connection."""
        data = bytes(self._read[:nbytes])
        for _ in range(self._frames.unheard(data)):
            if self._pace.pause(time.monotonic()) > 0:
                self._transport.abort()
                return
        self._below.data_received(data)

    def eof_received(self) -> bool | None:
        """What the server makes of the end of what is sent."""
        return self._below.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is over."""
        self._below.connection_lost(exc)

    def pause_writing(self) -> None:
        """More waits for the browser than is good."""
        self._below.pause_writing()

    def resume_writing(self) -> None:
        """No more does."""
        self._below.resume_writing()
