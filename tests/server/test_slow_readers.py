"""A socket whose browser takes nothing any more is ended, with all that waits in it."""

from __future__ import annotations

import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
import uvicorn
from starlette.middleware.errors import ServerErrorMiddleware
from websockets.sync.client import connect

from server.slow import SlowReaders

PATIENCE_SECONDS = 120
LARGE = b"x" * 2**16


@dataclass
class Sends:
    """An application that sends without end, and tells what became of its last socket."""

    sent: int = 0
    told: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        assert scope["type"] == "websocket"
        await receive()
        await send({"type": "websocket.accept"})
        try:
            while self.sent < 400:
                await send({"type": "websocket.send", "bytes": LARGE})
                self.sent += 1
        except OSError:
            self.told.append("could not be sent")
        self.told.append((await receive())["type"])
        self.ended.set()


@contextmanager
def _served(app: Any) -> Iterator[tuple[int, uvicorn.Server]]:
    """A real server of that application, and its port."""
    config = uvicorn.Config(app, port=0, ws="websockets-sansio", lifespan="off", log_level="error")
    one = uvicorn.Server(config)
    thread = threading.Thread(target=one.run)
    thread.start()
    try:
        _waited(lambda: one.started)
        yield one.servers[0].sockets[0].getsockname()[1], one
    finally:
        one.should_exit = one.force_exit = True
        thread.join(PATIENCE_SECONDS)


def _waited(is_so: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.02)


def _silent(port: int) -> socket.socket:
    """A browser that takes next to nothing, and leaves all else where it is."""
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2_048)
    line.connect(("127.0.0.1", port))
    line.sendall(
        b"GET / HTTP/1.1\r\nHost: here\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
    )
    return line


def test_a_socket_that_takes_nothing_is_ended():
    app = Sends()
    with _served(SlowReaders(app, longest_seconds=0.3)) as (port, server), _silent(port):
        assert app.ended.wait(PATIENCE_SECONDS)
        assert app.told == ["could not be sent", "websocket.disconnect"]
        _waited(lambda: not server.server_state.connections)  # though it was never read


@dataclass
class Answers:
    """An application that answers with more than any buffer holds, and tells when it has."""

    ended: threading.Event = field(default_factory=threading.Event)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for _ in range(400):
            await send({"type": "http.response.body", "body": LARGE, "more_body": True})
        await send({"type": "http.response.body", "body": b""})
        self.ended.set()


@pytest.mark.parametrize("around", [lambda app: app, ServerErrorMiddleware])
def test_an_answer_that_nobody_takes_keeps_no_server_from_ending(around):
    app = Answers()
    with (
        _served(around(SlowReaders(app, longest_seconds=0.3))) as (port, server),
        socket.create_connection(("127.0.0.1", port)) as line,
    ):
        line.sendall(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n")
        assert app.ended.wait(PATIENCE_SECONDS)
        _waited(lambda: not server.server_state.connections)


def test_an_answer_that_is_read_slowly_is_read_to_its_end():
    app = Answers()
    with _served(SlowReaders(app, longest_seconds=30.0)) as (port, _):
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
        line.request("GET", "/")
        answer = line.getresponse()
        time.sleep(1.0)
        assert len(answer.read()) == 400 * len(LARGE)
        line.close()


def test_a_socket_that_is_read_slowly_goes_on():
    app = Sends()
    with (
        _served(SlowReaders(app, longest_seconds=30.0)) as (port, _),
        connect(f"ws://127.0.0.1:{port}", max_queue=1, proxy=None) as client,
    ):
        for n in range(400):
            time.sleep(0.2 if n in (5, 200) else 0.0)
            assert len(client.recv(PATIENCE_SECONDS)) == len(LARGE)
        client.close()
        assert app.ended.wait(PATIENCE_SECONDS)
    assert app.told == ["websocket.disconnect"]
