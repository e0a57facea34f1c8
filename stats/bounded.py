"""Every answer over HTTP has an end, in time and in size, whoever asks for it in this process.

botocore's read timeout is about each wait for bytes, so that a server that sends one a second is
listened to for ever. Here it is about the whole answer, from asking to the last byte: of calls, and
of those that botocore makes by itself for credentials.
"""

from __future__ import annotations

import io
import time
from http.client import HTTPResponse
from socket import SocketIO, socket
from typing import Any

from botocore.awsrequest import AWSHTTPConnection, AWSHTTPSConnection

MOST_BYTES = 64 * 2**20
"""Of one answer. The largest known, a hundred jobs or a hundred rows, have less than one MiB."""


class TooLong(Exception):
    """An answer has more bytes than any can have."""


def bound() -> None:
    """Has all of botocore's connections bounded that are made from now on."""
    for kind in (AWSHTTPConnection, AWSHTTPSConnection):
        kind.response_class = _Response


class _Response(HTTPResponse):
    """A response that must have come by the time that the socket would wait for its first byte."""

    def __init__(self, sock: socket, *args: Any, **more: Any) -> None:
        super().__init__(sock, *args, **more)
        raw: Any = self.fp.detach()  # http.client's own buffer
        self.fp = io.BufferedReader(_Bounded(raw, sock))


class _Bounded(io.RawIOBase):
    """A socket's bytes, until a moment and a size; raises TimeoutError, and TooLong."""

    def __init__(self, raw: SocketIO, sock: socket) -> None:
        self._raw = raw
        self._sock = sock
        seconds = sock.gettimeout()
        self._until = None if seconds is None else time.monotonic() + seconds
        self._bytes = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._until is not None:
            left = self._until - time.monotonic()
            if left <= 0:
                raise TimeoutError("the answer had not come in time")
            self._sock.settimeout(left)
        some = self._raw.readinto(buffer)
        self._bytes += some or 0
        if self._bytes > MOST_BYTES:
            raise TooLong(f"it has more than {MOST_BYTES // 2**20} MiB")
        return some

    def close(self) -> None:
        self._raw.close()
        super().close()
