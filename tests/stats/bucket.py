"""S3 over HTTP: moto behind a relay that can deny, fail, hang, cut and shorten.

The relay calls moto's application for S3 itself: moto's own server looks through all of moto's
services for each request, and takes another connection, and most of the time of a test.
"""

from __future__ import annotations

import functools
import io
import os
import socket
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from enum import Enum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from unittest.mock import patch
from urllib.parse import unquote, urlsplit

import boto3
from botocore.utils import parse_to_aware_datetime
from moto.core import serialize
from moto.moto_server.werkzeug_app import create_backend_app
from werkzeug.test import run_wsgi_app

from stats.clock import PatienceWithS3

serialize.parse_to_aware_datetime = functools.cache(parse_to_aware_datetime)  # type: ignore[attr-defined]
"""Of each object whenever it is listed, a third of what a listing costs."""


def _remembered(find: Callable[..., Iterable[str]]) -> Callable[..., Iterable[str]]:
    """By which names moto seeks a member of an answer: the same for each object of a class."""
    known: dict[object, tuple[str, ...]] = {}

    def names(picker: Any, context: Any) -> Iterable[str]:
        member = context.shape, context.key, type(context.obj)
        if member not in known:
            known[member] = tuple(find(picker, context))
        return known[member]

    return names


_picker = serialize.XFormedAttributePicker
_picker.get_possible_keys = _remembered(_picker.get_possible_keys)  # type: ignore[assignment]

REGION = "us-west-2"
KEYS = {"AWS_ACCESS_KEY_ID": "simulated", "AWS_SECRET_ACCESS_KEY": "simulated"}
PATIENT = PatienceWithS3(connect=60.0, answer=60.0, whole=240.0, rests=0.0, attempts=2)
"""How long a test waits for an S3 that is well, on a machine that has much else to do."""

SOON = replace(PATIENT, answer=4.0)
"""For a test whose S3 does not answer, and then does, on such a machine."""

_KEPT_BACK = {"transfer-encoding", "content-length", "connection", "expect"}
_CODES = {
    403: "AccessDenied",
    404: "NoSuchKey",
    503: "SlowDown",
    500: "InternalError",
    400: "ExpiredToken",
    401: "RequestTimeTooSkewed",
}


class Fault(Enum):
    """What goes wrong with an answer that is no error's."""

    HANGS = "hangs"
    DRIPS = "drips"
    CUT = "cut"
    SHORT = "short"
    """Half of it, and said to be all."""
    SIGN_IN = "sign in"
    """The page of whoever stands in between, and all is said to be well."""
    EMPTY = "empty"
    """A listing of nothing."""


@dataclass(frozen=True)
class Call:
    """One request: its kind, and its path with the query."""

    kind: str
    path: str


Faulty = Callable[[Call], int | Fault | None]


def nothing(_: Call) -> None:
    """Nothing goes wrong."""


@dataclass
class Wire:
    """Where S3 is, what goes wrong on the way, and what was asked.

    `past` is the address of the same S3 on whose way nothing goes wrong and nothing is noted.
    """

    url: str = ""
    past: str = ""
    faulty: Faulty = nothing
    calls: list[Call] = field(default_factory=list)
    well: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def fails(self, how: int | Fault, *kinds: str) -> Iterator[None]:
        """While that goes wrong with all calls of some kinds, or with every call."""
        self.faulty, self.well = lambda call: how if call.kind in (kinds or ALL) else None, _event()
        try:
            yield
        finally:
            self.faulty = nothing
            self.well.set()

    def kinds(self) -> list[str]:
        """The kinds of what was asked so far, in order."""
        return [call.kind for call in self.calls]


ALL = ("LIST", "HEAD", "GET", "PUT", "POST", "DELETE")


def _event() -> threading.Event:
    return threading.Event()


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    wire: Wire

    def _serve(self) -> None:
        body = self._body()
        kind = "LIST" if self.command == "GET" and "list-type=" in self.path else self.command
        call = Call(kind, self.path)
        self.wire.calls.append(call)
        how = self.wire.faulty(call)
        if how is Fault.HANGS:
            self.wire.well.wait(240)
            self.close_connection = True
        elif how is Fault.DRIPS:
            self._drip()
        elif how is Fault.SIGN_IN:
            self._answer(200, {"Content-Type": "text/html"}, b"<html><p>Sign in</p></html>")
        elif how is Fault.EMPTY:
            self._answer(200, {"Content-Type": "application/xml"}, b"<ListBucketResult/>")
        elif isinstance(how, int):
            said = f"<Error><Code>{_CODES[how]}</Code><Message>It is so.</Message></Error>".encode()
            self._answer(how, {}, said)
        else:
            self._pass_on(body, how)

    def _drip(self) -> None:
        """A byte at a time, ten a second."""
        self.send_response(200)
        self.send_header("Content-Length", "10000")
        self.end_headers()
        self.close_connection = True
        with suppress(OSError):
            self.wfile.flush()
            while not self.wire.well.wait(0.1):
                self.wfile.write(b" ")
                self.wfile.flush()

    def _pass_on(self, body: bytes, how: Fault | None) -> None:
        chunks, status, told = run_wsgi_app(_moto(), self._environ(body), buffered=True)
        data = b"".join(chunks)
        said = {k: v for k, v in told.items() if k.lower() not in _KEPT_BACK}
        length = told.get("Content-Length") if self.command == "HEAD" else None
        if how is Fault.SHORT:
            data = data[: len(data) // 2]
        self._answer(int(status.split()[0]), said, data, length, cut=how is Fault.CUT)

    def _environ(self, body: bytes) -> dict[str, Any]:
        """The request as WSGI has it."""
        url = urlsplit(self.path)
        headers = {k: v for k, v in self.headers.items() if k.lower() not in _KEPT_BACK}
        named = {f"HTTP_{name.upper().replace('-', '_')}": v for name, v in headers.items()}
        return named | {
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(url.path).encode().decode("latin-1"),
            "QUERY_STRING": url.query,
            "REQUEST_URI": self.path,
            "RAW_URI": self.path,
            "REMOTE_ADDR": "127.0.0.1",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": str(self.connection.getsockname()[1]),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": headers.get("Content-Type", ""),
        }

    def _answer(
        self,
        status: int,
        headers: dict[str, str],
        data: bytes,
        length: str | None = None,
        *,
        cut: bool = False,
    ) -> None:
        self.send_response(status)
        for name, value in (headers | {"Content-Length": length or str(len(data))}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data[: len(data) // 2] if cut else data)
        if cut:
            self.wfile.flush()
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    def _body(self) -> bytes:
        if self.headers.get("Transfer-Encoding") != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        parts = []
        while size := int(self.rfile.readline(), 16):
            parts.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(parts)

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _serve  # noqa: N815 - http.server's names

    def handle_expect_100(self) -> bool:
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def handle(self) -> None:
        with suppress(ConnectionError):  # the other side had enough
            super().handle()

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256


@functools.cache
def _moto() -> Any:
    """The application that is S3; what is put into buckets stays for the whole test run."""
    return create_backend_app("s3")


@contextmanager
def _serving(wire: Wire) -> Iterator[str]:
    with _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {"wire": wire})) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        wire.well.set()
        server.shutdown()


@contextmanager
def s3_over_http() -> Iterator[Wire]:
    """S3 at an address of its own, which the environment names as long as it is there."""
    wire = Wire()
    with _serving(wire) as wire.url, _serving(Wire()) as wire.past:
        more = {"AWS_ENDPOINT_URL_S3": wire.url, "AWS_DEFAULT_REGION": REGION}
        with patch.dict(os.environ, KEYS | more | {"AWS_EC2_METADATA_DISABLED": "true"}):
            yield wire


def client(wire: Wire) -> Any:
    """boto3's client, past the relay."""
    return boto3.client(
        "s3",
        endpoint_url=wire.past,
        region_name=REGION,
        aws_access_key_id="simulated",
        aws_secret_access_key="simulated",
    )
