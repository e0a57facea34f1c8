"""HTTP around the service, on loopback; faults that are about the wire happen here."""

from __future__ import annotations

import json
import socket
import sys
import threading
import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from simulator.errors import ServiceError
from simulator.faults import GET, Fault, Faults, refusal
from simulator.service import Call, Recorded, Requests, Service, routed
from simulator.settings import SimulatorSettings
from simulator.world import World

_NOT_JSON = b"<html><body>Bad gateway</body></html>"


def real_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


class Simulator:
    """Deadline Cloud and the identity store on 127.0.0.1, from `with` to the end of its block.

    `clock` says when it is for running times, expiry and what has been used by now; `port` 0 is
    any free one. Raises OSError on entering if the port is taken.
    """

    def __init__(
        self,
        world: World,
        settings: SimulatorSettings | None = None,
        *,
        clock: Callable[[], datetime] = real_clock,
        port: int = 0,
    ) -> None:
        self.world = world
        self.settings = settings or SimulatorSettings()
        self.faults = Faults()
        self._requests = Requests()
        self._clock = clock
        self._service = Service(world, self.settings, clock)
        self._port = port
        self._server: _Server | None = None

    @property
    def url(self) -> str:
        """The endpoint for boto3; raises RuntimeError unless it is running."""
        if self._server is None:
            raise RuntimeError("the simulator is not running: use it in a with block")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def requests(self) -> list[Recorded]:
        """The requests so far (the last hundred thousand)."""
        return self._requests.all()

    @property
    def most_running(self) -> int:
        """The highest number of aggregations of one farm that ran at once."""
        return self._service.aggregations.most_running

    @property
    def turned_away(self) -> int:
        """How many Starts came while an aggregation held the farm."""
        return self._service.aggregations.turned_away

    @property
    def running_seconds(self) -> float:
        """How long all aggregations so far ran, added up."""
        return self._service.aggregations.running_seconds

    def start(self) -> Self:
        """Listens and answers until `stop`; the same as entering a with block."""
        exchange = Exchange(
            self._service, self.faults, self._requests, self._clock, self.settings.page_seconds
        )
        self._server = _Server(self._port, exchange)
        threading.Thread(
            target=self._server.serve_forever, args=(0.02,), name="simulator", daemon=True
        ).start()
        return self

    def becomes(self, world: World) -> None:
        """From now on it answers of another world; aggregations of before are gone.

        Raises RuntimeError unless it is running.
        """
        if self._server is None:
            raise RuntimeError("the simulator is not running: use it in a with block")
        self.world = world
        self._service = Service(world, self.settings, self._clock)
        self._server.exchange.service = self._service

    def stop(self) -> None:
        """Ends the server and its open connections; does nothing if it isn't running."""
        if self._server is not None:
            server, self._server = self._server, None
            server.end()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


class Exchange:
    """What the HTTP handlers need of the simulator."""

    def __init__(
        self,
        service: Service,
        faults: Faults,
        requests: Requests,
        clock: Callable[[], datetime],
        page_seconds: float,
    ) -> None:
        self.service = service
        self.faults = faults
        self.requests = requests
        self.clock = clock
        self.page_seconds = page_seconds
        self.stopping = threading.Event()

    def answer(self, call: Call) -> tuple[Fault | None, dict[str, Any]]:
        """The body for a call and the fault that befalls it; raises a ServiceError."""
        self.requests.record(call, self.clock())
        fault = self.faults.take(call.operation)
        if call.operation == GET and self.page_seconds:
            self.stopping.wait(self.page_seconds)
        if fault is None:
            return None, self.service.answer(call, None)
        if fault.kind == "slow":
            self.stopping.wait(fault.seconds)
        refused = refusal(fault)
        if refused:
            raise refused
        if fault.kind in ("cut", "malformed"):
            return fault, {}
        return fault, self.service.answer(call, fault)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def __init__(self, port: int, exchange: Exchange) -> None:
        self.exchange = exchange
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(("127.0.0.1", port), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)

    def end(self) -> None:
        """Stops listening and hangs up on everybody."""
        self.exchange.stopping.set()
        self.shutdown()
        self.server_close()
        with self._open_lock:
            for connection in self._open:
                try:
                    connection.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue  # the client hung up first


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1  # headers and body leave together
    server: _Server

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        identity = (self.headers.get("X-Amz-Target") or "").startswith("AWSIdentityStore")
        try:
            call = routed(self.command, self.path, self.headers.get("X-Amz-Target"), body)
            fault, answer = self.server.exchange.answer(call)
        except ServiceError as error:
            self._refuse(error, identity=identity)
            return
        self._send(200, self._damaged(json.dumps(answer).encode(), fault), fault, identity)

    def _refuse(self, error: ServiceError, *, identity: bool) -> None:
        headers = {"x-amzn-ErrorType": error.code}
        if error.retry_after is not None:
            headers["Retry-After"] = str(error.retry_after)
        if identity:
            said = {"__type": error.code, "Message": error.message}
            named = {"resourceId": "ResourceId", "resourceType": "ResourceType"}
            said |= {named[k]: v for k, v in error.members.items() if k in named}
        else:
            said = {"message": error.message, **error.members}
        self._send(error.status, json.dumps(said).encode(), None, identity, headers)

    def _damaged(self, body: bytes, fault: Fault | None) -> bytes:
        kind = fault.kind if fault else None
        if kind == "malformed":
            return _NOT_JSON
        return body[: len(body) // 2] if kind == "truncated" else body

    def _send(
        self,
        status: int,
        body: bytes,
        fault: Fault | None,
        identity: bool,
        headers: dict[str, str] | None = None,
    ) -> None:
        kind = fault.kind if fault else None
        if kind == "cut":
            self.close_connection = True
            return
        self.send_response(status)
        self.send_header("x-amzn-RequestId", str(uuid.uuid4()))
        dialect = "application/x-amz-json-1.1" if identity else "application/json"
        self.send_header("Content-Type", dialect)
        self.send_header("Content-Length", str(len(body)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if kind == "cut_amid" else body)
        self.close_connection = self.close_connection or kind == "cut_amid"

    def log_message(self, *_: Any) -> None:
        """Keeps quiet: what was asked is in `Simulator.requests`."""
