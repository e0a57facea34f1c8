"""Viewers without a browser: what the server sees of one, over a bare WebSocket."""

from __future__ import annotations

import asyncio
import base64
import os
import socket
import struct
import threading
import time
import urllib.request
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

LONGEST_SECONDS = 600
_STREAM = "/_stcore/stream"
_PAUSE_SECONDS = 0.05
_TICKS = os.sysconf("SC_CLK_TCK")
_MEBIBYTE = 2**20


@dataclass(frozen=True)
class Link:
    """A page and the parameters of its view."""

    page: str
    parameters: Mapping[str, str]

    def message(self) -> bytes:
        """What a browser sends to have it drawn, or drawn once more."""
        asks = BackMsg()
        asks.rerun_script.query_string = urlencode(self.parameters)
        asks.rerun_script.page_name = self.page
        return bytes(asks.SerializeToString())


@dataclass(frozen=True)
class Viewer:
    """One session."""

    socket: ClientConnection

    async def draws(self, link: Link, times: int = 1) -> list[ForwardMsg]:
        """All messages of the last run of so many, one after another."""
        found: list[ForwardMsg] = []
        for _ in range(times):
            await self.socket.send(link.message())
            found = await self.until_done()
        return found

    async def until_done(self) -> list[ForwardMsg]:
        """All messages until a run has come to its end; what was stopped for another does not."""
        found = []
        async with asyncio.timeout(LONGEST_SECONDS):
            while True:
                data = await self.socket.recv(decode=False)
                found.append(ForwardMsg.FromString(bytes(data)))
                if found[-1].script_finished == ForwardMsg.FINISHED_SUCCESSFULLY and (
                    found[-1].WhichOneof("type") == "script_finished"
                ):
                    return found


@asynccontextmanager
async def viewer(url: str) -> AsyncIterator[Viewer]:
    """A session on a server, until it is left."""
    address = f"ws://{urlsplit(url).netloc}{_STREAM}"
    how = {"max_size": None, "open_timeout": LONGEST_SECONDS, "proxy": None}
    async with connect(address, subprotocols=[Subprotocol("streamlit")], **how) as one:  # type: ignore[arg-type]
        yield Viewer(one)


@contextmanager
def never_reading(url: str, link: Link, many: int, messages: int) -> Iterator[None]:
    """So many sessions that ask for a page so many times and take nothing that comes."""
    lines = []
    try:
        for _ in range(many):
            lines.append(_opened(url))
            for _ in range(messages):
                lines[-1].sendall(_frame(link.message()))
        yield
    finally:
        for line in lines:
            line.close()


def _opened(url: str) -> socket.socket:
    where = urlsplit(url)
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    line.settimeout(LONGEST_SECONDS)
    line.connect((where.hostname, where.port))
    key = base64.b64encode(os.urandom(16)).decode()
    line.sendall(
        f"GET {_STREAM} HTTP/1.1\r\nHost: {where.netloc}\r\nUpgrade: websocket\r\n"
        f"Connection: Upgrade\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n"
        "Sec-WebSocket-Protocol: streamlit\r\n\r\n".encode()
    )
    line.recv(16)
    return line


def _frame(data: bytes) -> bytes:
    """A message as a client sends it, masked with zeros."""
    short = len(data) < 126
    length = bytes([0x80 | len(data)]) if short else b"\xfe" + struct.pack("!H", len(data))
    return b"\x82" + length + bytes(4) + data


@dataclass
class Health:
    """How long the server's health took to be told at most, in seconds."""

    url: str
    worst_seconds: float = 0.0
    _done: threading.Event = field(default_factory=threading.Event)

    def asks(self) -> None:
        """Asks again and again, until it is done."""
        while not self._done.wait(_PAUSE_SECONDS):
            begun = time.monotonic()
            with urllib.request.urlopen(
                f"{self.url}/_stcore/health", timeout=LONGEST_SECONDS
            ) as answer:
                answer.read()
            self.worst_seconds = max(self.worst_seconds, time.monotonic() - begun)

    def done(self) -> None:
        """It is asked no more."""
        self._done.set()


@contextmanager
def watched(url: str) -> Iterator[Health]:
    """The server's health, asked for all the while."""
    health = Health(url)
    thread = threading.Thread(target=health.asks)
    thread.start()
    try:
        yield health
    finally:
        health.done()
        thread.join()


@dataclass(frozen=True)
class Process:
    """A server's process on this machine."""

    number: int

    @classmethod
    def of(cls, url: str) -> Process:
        """The server of that address; raises StopIteration where it is not there."""
        port = f"--server.port={urlsplit(url).port}".encode()
        numbers = (int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit())
        return cls(next(n for n in numbers if port in Path(f"/proc/{n}/cmdline").read_bytes()))

    @property
    def cpu_seconds(self) -> float:
        """All that it has used so far."""
        said = Path(f"/proc/{self.number}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(said[11]) + int(said[12])) / _TICKS

    @property
    def memory(self) -> float:
        """MiB that are resident now."""
        pages = int(Path(f"/proc/{self.number}/statm").read_text("utf-8").split()[1])
        return pages * os.sysconf("SC_PAGE_SIZE") / _MEBIBYTE
