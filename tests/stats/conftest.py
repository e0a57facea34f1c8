"""The engine over the simulator, by one clock that passes only when somebody waits.

    Client → Relay → Simulator

The relay stands at one address for the whole test run, since boto3's clients take long to make
and are shared. It passes on what goes wrong on the wire, and a test may alter what passes.
"""

from __future__ import annotations

import functools
import http.client
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from copy import copy
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from botocore.client import BaseClient
from botocore.regions import EndpointResolverBuiltins

from simulator import Simulator, SimulatorSettings, World, tiny_world
from simulator.service import routed
from simulator.tiny import COMP, FARM, LIGHTING
from stats.aggregation import Begun, Stage, begin, finish
from stats.client import Client, Endpoint
from stats.clock import Clock, Patience
from stats.line import Line
from stats.model import Dimension, FarmId, Window
from stats.names import Names
from stats.plan import YARDSTICK, Run
from stats.ticket import Ticket
from stats.turn import Turn

START = "StartSessionsStatisticsAggregation"
GET = "GetSessionsStatisticsAggregation"
TINY = tiny_world()
PATIENCE = Patience(attempts=3)
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
WEEK = Window(MONDAY, MONDAY + timedelta(days=7))
RUN = Run(FarmId(FARM), Dimension.QUEUE, (COMP, LIGHTING), WEEK, 0, YARDSTICK)
STUCK_SECONDS = 120.0
"""How long a test waits for what is to happen at once, before it fails: a machine may be busy."""


class HeldTime:
    """One time for all clocks: it passes when somebody sleeps, or when it is told to.

    While it is `held`, whoever sleeps stays asleep. Thread-safe.
    """

    def __init__(self, start: datetime) -> None:
        self.pauses: list[float] = []
        self.chance: Callable[[], float] = lambda: 1.0
        self.elapsed = 0.0
        self._start = start
        self._changed = threading.Condition()
        self._held = False
        self._asleep = 0

    @property
    def clock(self) -> Clock:
        """The engine's clock."""
        return Clock(self.now, lambda: self.elapsed, self._sleep, self._drawn)

    def now(self) -> datetime:
        """The wall clock, for the service too."""
        return self._start + timedelta(seconds=self.elapsed)

    def advance(self, seconds: float) -> None:
        """Passes without anybody's sleep."""
        with self._changed:
            self.elapsed += seconds

    @contextmanager
    def held(self) -> Iterator[None]:
        """Nobody wakes up before the end of the block."""
        self._held = True
        try:
            yield
        finally:
            with self._changed:
                self._held = False
                self._changed.notify_all()

    def until_asleep(self, sleepers: int) -> None:
        """Returns when so many sleep in held time; fails if they never do."""
        with self._changed:
            asleep = self._changed.wait_for(lambda: self._asleep >= sleepers, STUCK_SECONDS)
            assert asleep, f"{self._asleep} of {sleepers} sleep"

    def _drawn(self) -> float:
        return self.chance()

    def _sleep(self, seconds: float) -> None:
        if seconds < 0:
            raise ValueError(f"nobody can sleep for {seconds} seconds")
        with self._changed:
            self.pauses.append(seconds)
            self._asleep += 1
            self._changed.notify_all()
            self._changed.wait_for(lambda: not self._held, STUCK_SECONDS)
            self._asleep -= 1
            self.elapsed += seconds


@dataclass
class Answer:
    """An answer on its way back, to be altered in place; a `body` in bytes is sent as it is.

    It `drips` a byte at a time, after so many seconds each, from the first one or the body's.
    """

    operation: str
    asked: Mapping[str, Any]
    status: int
    headers: dict[str, str]
    body: Any
    drips: float = 0.0
    from_the_first_byte: bool = False


Alter = Callable[[Answer], None]


@dataclass
class Passage:
    """Where the relay passes calls on to, and what it does to the answers."""

    to: str = ""
    alter: Alter | None = None


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1
    passage: Passage

    def _serve(self) -> None:
        asked = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        service = http.client.HTTPConnection(self.passage.to, timeout=STUCK_SECONDS)
        try:
            service.request(self.command, self.path, asked, dict(self.headers))
            answer = service.getresponse()
            self._pass_on(answer, self._altered(answer, asked))
        except (http.client.HTTPException, ConnectionError):
            self.close_connection = True
        finally:
            service.close()

    def _altered(self, answer: http.client.HTTPResponse, asked: bytes) -> Answer:
        call = routed(self.command, self.path, self.headers.get("X-Amz-Target"), asked)
        headers = {k: v for k, v in answer.headers.items() if k not in ("Date", "Server")}
        passing = Answer(call.operation, call.parameters, answer.status, headers, b"")
        try:
            raw = answer.read()
        except http.client.IncompleteRead as cut:
            self.close_connection, passing.body = True, cut.partial
            return passing
        del headers["Content-Length"]
        passing.body = raw
        if self.passage.alter:
            passing.body = json.loads(raw)
            self.passage.alter(passing)
        return passing

    def _pass_on(self, answer: http.client.HTTPResponse, altered: Answer) -> None:
        body = altered.body
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(altered.status)
        for name, value in {"Content-Length": str(len(data)), **altered.headers}.items():
            self.send_header(name, value)
        if altered.from_the_first_byte:
            self._drip(b"HTTP/1.1 200 OK\r\nServer: " + b"x" * 1_000, altered.drips)
        self.end_headers()
        if altered.drips:
            self._drip(data, altered.drips)
        self.wfile.write(data)

    def _drip(self, data: bytes, pause: float) -> None:
        """Sends a byte at a time, until the other side has gone."""
        self.wfile.flush()
        for byte in data:
            time.sleep(pause)
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
        raise ConnectionAbortedError

    do_GET = do_POST = _serve  # noqa: N815 - http.server's names

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, *_: Any) -> None:
        """Says nothing: who asked has gone."""


@dataclass(frozen=True)
class Relay:
    """The relay's own address, and the passage that it takes."""

    url: str
    passage: Passage = field(default_factory=Passage)


@pytest.fixture(scope="session")
def relay() -> Iterator[Relay]:
    """Passes calls on to whichever simulator there is."""
    passage = Passage()
    handler = type("Handler", (_Handler,), {"passage": passage})
    with _Server(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield Relay(f"http://127.0.0.1:{server.server_address[1]}", passage)
        server.shutdown()


@functools.cache
def _made(endpoint: Endpoint, service: str, region: str | None) -> BaseClient:
    return endpoint.client(service, region)


def _turned_to(url: str, client: BaseClient) -> BaseClient:
    """The client that would have been made for another address; both share their connections."""
    host, meta, rules = map(copy, (client._endpoint, client.meta, client._ruleset_resolver))
    host.host = meta._endpoint_url = url
    rules._builtins = rules._builtins | {EndpointResolverBuiltins.SDK_ENDPOINT: url}
    other: BaseClient = object.__new__(type(client))
    vars(other).update(vars(client), _endpoint=host, meta=meta, _ruleset_resolver=rules)
    return other


class SharedEndpoint(Endpoint):
    """An endpoint whose clients are made once for a test run: boto3 takes 10 ms for one."""

    def client(self, service: str, region: str | None = None) -> BaseClient:
        anywhere = Endpoint("http://127.0.0.1:9", self.credentials, read_seconds=self.read_seconds)
        return _turned_to(str(self.url), _made(anywhere, service, region))


@dataclass(frozen=True)
class Engine:
    """The parts of the engine that ask, the service that they ask, and the time of all."""

    simulator: Simulator
    time: HeldTime
    patience: Patience
    client: Client
    turn: Turn
    line: Line
    names: Names

    def calls(self, operation: str) -> list[Mapping[str, Any]]:
        """The members of each call of an operation so far, in order."""
        return [r.parameters for r in self.simulator.requests if r.operation == operation]

    def times(self, operation: str) -> int:
        """How often an operation was called."""
        return len(self.calls(operation))


Open = Callable[..., Engine]


@pytest.fixture
def opened(relay: Relay, tmp_path: Path) -> Iterator[Open]:
    """Opens the engine of a test; `service` is the simulator's own settings (SimulatorSettings).

    What is opened last has the relay to itself.
    """
    stack, lines, others = ExitStack(), list[Line](), set(threading.enumerate())

    def opening(
        world: World = TINY,
        *,
        patience: Patience = PATIENCE,
        cache_seconds: float = 900.0,
        cache_rows: int = 1_000,
        names_seconds: float = 3_600.0,
        read_seconds: float = 60.0,
        alter: Alter | None = None,
        **service: Any,
    ) -> Engine:
        held = HeldTime(world.now)
        settings = SimulatorSettings(**service)
        simulator = stack.enter_context(Simulator(world, settings, clock=held.now))
        relay.passage.to, relay.passage.alter = simulator.url.removeprefix("http://"), alter
        at = SharedEndpoint(relay.url, ("simulated", "simulated"), read_seconds=read_seconds)
        client = Client(at, held.clock, patience)
        line = Line(
            client,
            held.clock,
            patience,
            cache_seconds=cache_seconds,
            cache_rows=cache_rows,
            turns=tmp_path,
        )
        lines.append(line)
        names = Names(client, held.clock, seconds=names_seconds)
        turn = Turn(tmp_path, f"{client.address} {FARM}", held.clock, patience)
        return Engine(simulator, held, patience, client, turn, line, names)

    with stack:
        yield opening
        ended(lines, others)


@pytest.fixture
def engine(opened: Open) -> Engine:
    """The engine over the tiny world, for one test alone."""
    return opened()


def ended(lines: Iterable[Line], others: Iterable[threading.Thread]) -> None:
    """Closes lines and waits for their workers, so that none asks the next test's simulator.

    `others` were there before the lines.
    """
    for line in lines:
        line.close()
    until = time.monotonic() + STUCK_SECONDS
    for worker in set(threading.enumerate()) - set(others):
        if worker.name.startswith("farm-"):
            worker.join(max(0.0, until - time.monotonic()))
            assert not worker.is_alive(), f"{worker.name} still works"


def answered(engine: Engine, run: Run = RUN) -> Ticket:
    """The ticket of a run, once it is answered or failed."""
    ticket = engine.line.ask(run)
    ticket.answer.exception(STUCK_SECONDS)
    return ticket


def begun(engine: Engine, run: Run = RUN, told: list[Stage] | None = None) -> Begun:
    """The run's aggregation, once it is COMPLETED; `told` takes in each stage on the way."""
    stages = [] if told is None else told

    def tell(stage: Stage, _: int) -> None:
        if stages[-1:] != [stage]:
            stages.append(stage)

    ways = engine.turn, engine.time.clock, engine.patience, tell
    one = begin(engine.client, run, *ways, lambda: None)
    finish(engine.client, run, one, *ways)
    return one


def over(run: Run = RUN, *, days: int = 7, **changes: Any) -> Run:
    """The run over so many days from Monday, with other changes."""
    changes = {"window": Window(MONDAY, MONDAY + timedelta(days=days))} | changes
    return replace(run, **changes)
