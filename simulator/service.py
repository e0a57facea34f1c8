"""One request in, one answer out: routing, checking, faults, the record of what was asked."""

from __future__ import annotations

import functools
import json
import re
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from simulator.aggregation import Aggregations, wire_rows
from simulator.catalogue import Catalogue, describe_user
from simulator.errors import unknown_operation, unreadable
from simulator.faults import GET, START, Fault
from simulator.jobs import Jobs
from simulator.ledger import Question, seconds
from simulator.operations import OPERATIONS
from simulator.paging import Pages
from simulator.periods import offset_seconds
from simulator.request import Handler, Parameters, checked
from simulator.settings import SimulatorSettings
from simulator.world import World

_MOST_REMEMBERED = 100_000
_IDENTITY_TARGET = "AWSIdentityStore."
_PATHS = [
    (name, operation.method, re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", operation.path)))
    for name, operation in OPERATIONS.items()
    if operation.service == "deadline"
]


@dataclass(frozen=True)
class Recorded:
    """One request as it came; `parameters` are the raw members of path, query and body."""

    operation: str
    parameters: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True)
class Call:
    """A request that was routed: the operation's name and its raw members."""

    operation: str
    parameters: dict[str, Any] = field(default_factory=dict)

    @property
    def is_identity(self) -> bool:
        """Whether it is the identity store's, which writes its answers differently."""
        return self.operation == "DescribeUser"


class Service:
    """The simulated services' answers, without the HTTP around them. Thread-safe."""

    def __init__(
        self,
        world: World,
        settings: SimulatorSettings,
        clock: Callable[[], datetime],
    ) -> None:
        self._clock = clock
        self._settings = settings
        self._ledger = world.ledger
        self.aggregations = Aggregations(self._ledger, settings, clock)
        self._row_pages = Pages(settings.page_size, clock)
        self._catalogue = Catalogue(world, Pages(settings.list_page_size, clock))
        jobs = Jobs(world.jobs, self._catalogue, clock, settings.list_page_size)
        self._job_names = jobs.names() if settings.job_names else {}
        self._handlers: dict[str, Handler] = {
            **self._catalogue.handlers(),
            **jobs.handlers(),
            "DescribeUser": functools.partial(describe_user, world),
        }

    def answer(self, call: Call, fault: Fault | None) -> dict[str, Any]:
        """The body of a good answer; raises a ServiceError for any other."""
        asked = checked(OPERATIONS[call.operation], call.parameters)
        if call.operation == START:
            return self._start_aggregation(asked, fault)
        if call.operation == GET:
            return self._get_aggregation(asked, fault)
        return self._handlers[call.operation](asked)

    def _start_aggregation(self, asked: Parameters, fault: Fault | None) -> dict[str, Any]:
        farm_id = asked["farmId"]
        self._catalogue.farm(farm_id)
        for queue_id in asked["resourceIds"].get("queueIds", []):
            self._catalogue.queue(farm_id, queue_id)
        for fleet_id in asked["resourceIds"].get("fleetIds", []):
            self._catalogue.fleet(farm_id, fleet_id)
        question = _question(asked, self._clock())
        return {"aggregationId": self.aggregations.start(question, fault)}

    def _get_aggregation(self, asked: Parameters, fault: Fault | None) -> dict[str, Any]:
        aggregation_id = asked["aggregationId"]
        self._catalogue.farm(asked["farmId"])
        found = self.aggregations.found(asked["farmId"], aggregation_id)
        now = self._clock()
        status, message = found.status(now), found.message(now)
        said = {"statusMessage": message} if message else {}
        if status != "COMPLETED":
            return {"status": status, **said}
        rows = found.rows(self._ledger, drop_missing_keys=self._settings.drop_missing_keys)
        if fault and fault.kind == "empty":
            page, more = self._row_pages.nothing(aggregation_id, asked)
        else:
            page, more = self._row_pages.span(aggregation_id, len(rows), asked)
        written = wire_rows(rows, found.question.statistics, self._job_names, page)
        return {"statistics": written, "status": status, **more}


def _question(asked: Parameters, now: datetime) -> Question:
    ((kind, ids),) = asked["resourceIds"].items()
    return Question(
        farm_id=asked["farmId"],
        resource="QUEUE_ID" if kind == "queueIds" else "FLEET_ID",
        ids=tuple(ids),
        start=seconds(asked["startTime"]),
        end=seconds(asked["endTime"]),
        until=seconds(now),
        period=asked.get("period"),
        offset=offset_seconds(asked.get("timezone")),
        group_by=tuple(asked["groupBy"]),
        statistics=tuple(asked["statistics"]),
    )


def routed(method: str, target: str, target_header: str | None, body: bytes) -> Call:
    """Which operation a request is for; raises a ValidationException if it is for none."""
    split = urlsplit(target)
    if target_header == _IDENTITY_TARGET + "DescribeUser":
        return Call("DescribeUser", _json(body))
    for name, wanted, path in _PATHS:
        found = path.fullmatch(split.path)
        if found and wanted == method:
            in_path = {key: unquote(value) for key, value in found.groupdict().items()}
            query = dict(parse_qsl(split.query, keep_blank_values=True))
            return Call(name, {**_json(body), **query, **in_path})
    raise unknown_operation(method, split.path)


def _json(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        read = json.loads(body)
    except ValueError:
        raise unreadable("The request body is not JSON") from None
    if not isinstance(read, dict):
        raise unreadable("The request body is not an object")
    return read


class Requests:
    """The last requests, in the order of arrival: all of a test's, not all of a server's life."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._seen: deque[Recorded] = deque(maxlen=_MOST_REMEMBERED)

    def record(self, call: Call, at: datetime) -> None:
        """Adds one."""
        with self._lock:
            self._seen.append(Recorded(call.operation, call.parameters, at))

    def all(self) -> list[Recorded]:
        """A copy of the list."""
        with self._lock:
            return list(self._seen)
