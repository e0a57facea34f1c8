"""The real server on addresses of one's choice, and clients that are no browsers."""

from __future__ import annotations

import http.client
import socket as sockets
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection, connect

from tests.browser.serving import free_port, started

PATIENCE_SECONDS = 120
COMMANDS = {
    "streamlit": ("streamlit", "run", "app.py", "--server.address={}", "--server.port={}"),
    "uvicorn": ("uvicorn", "app:app", "--host={}", "--port={}"),
}


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP; header names are in lower case."""

    status: int
    headers: Mapping[str, str]
    text: str


@contextmanager
def running(
    home: Path, by: str = "streamlit", address: str = "127.0.0.1", under: str = "", **variables: str
) -> Iterator[str]:
    """The address, on loopback, of a server that is healthy."""
    port = free_port()
    first, *rest = (part.format(port if "port" in part else address) for part in COMMANDS[by])
    command = [sys.executable, "-m", first, *rest]
    with started(home, command, f"http://127.0.0.1:{port}{under}", variables) as url:
        yield url


def fetch(url: str, method: str = "GET", body: bytes = b"", **headers: str) -> Answer:
    """What a URL answers, its path sent as it is spelt; `Host` and all others as given."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=PATIENCE_SECONDS)
    path = url.removeprefix(f"http://{parts.netloc}") or "/"
    try:
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        pairs = {name.lower(): value for name, value in answer.getheaders()}
        return Answer(answer.status, pairs, answer.read().decode(errors="replace"))
    finally:
        connection.close()


def socket(
    url: str, origin: str | None = None, *, host: str | None = None, path: str = "/_stcore/stream"
) -> ClientConnection:
    """A socket as a page of ours opens it, or one that comes from elsewhere.

    Raises InvalidStatus where it is refused.
    """
    there, called = urlsplit(url), host or urlsplit(url).netloc
    how = {"open_timeout": PATIENCE_SECONDS, "close_timeout": PATIENCE_SECONDS, "max_size": None}
    line = sockets.create_connection((there.hostname, there.port), PATIENCE_SECONDS)
    return connect(f"ws://{called}{there.path}{path}", sock=line, origin=origin, proxy=None, **how)


def visit(url: str, link: Mapping[str, str], page: str = "") -> str:
    """All that a link's page draws in one run, as text; raises TimeoutError where it never ends."""
    with socket(url) as client:
        return run(client, link, page)


def run(client: ClientConnection, link: Mapping[str, str], page: str = "") -> str:
    """The same, over a socket that is open."""
    asking = BackMsg()
    asking.rerun_script.page_name = page
    asking.rerun_script.query_string = urlencode(link)
    client.send(asking.SerializeToString())
    return finished(client)


def finished(client: ClientConnection) -> str:
    """All that is drawn until the run that is under way has ended, as text."""
    drawn = []
    while True:
        message = ForwardMsg()
        message.ParseFromString(client.recv(PATIENCE_SECONDS))
        if message.WhichOneof("type") == "script_finished":
            return "\n".join(drawn)
        drawn.append(str(message))
