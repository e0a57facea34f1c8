"""A Deadline Cloud statistics service on loopback, as its documents describe it.

Speaks the wire format of botocore's model `deadline` (2023-10-12, rest-json) for six calls, and
answers every other one 403. It checks what the service checks, lets one aggregation run on a farm
at a time, and writes down every request.
"""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.stranger import listings
from tests.stranger.adding import added_up
from tests.stranger.checking import Answer, check
from tests.stranger.records import FarmData

_ROUTES = (
    ("GET", r"/2023-10-12/farms", "ListFarms"),
    ("GET", r"/2023-10-12/farms/(?P<farm>farm-[0-9a-f]{32})", "GetFarm"),
    ("GET", r"/2023-10-12/farms/(?P<farm>farm-[0-9a-f]{32})/queues", "ListQueues"),
    ("GET", r"/2023-10-12/farms/(?P<farm>farm-[0-9a-f]{32})/fleets", "ListFleets"),
    ("POST", r"/2023-10-12/batch-get-job", "BatchGetJob"),
    ("POST", r"/2023-10-12/farms/(?P<farm>[^/]+)/sessions-statistics-aggregation", "Start"),
    ("GET", r"/2023-10-12/farms/(?P<farm>[^/]+)/sessions-statistics-aggregation", "Get"),
)


@dataclass
class Behaviour:
    """What may be set: `polls` is how often an aggregation is IN_PROGRESS before it ends.

    `missing` is "absent" (rows come without a member that records lack) or "left out". `fate`
    gives the final status from a Start's body. `denied` operations are answered 403, `expired`
    answers every call so. `clipped` begins the first bucket with the window, else with the
    calendar. BatchGetJob is allowed where `jobs_alive` says which jobs are not deleted. The next
    `tokens_expire` page tokens are refused, the next `broken` calls answered 500, and refusals
    held back for `delay_seconds`. `spoiled` may alter a page of results.
    """

    polls: int = 1
    page: int = 100
    missing: str = "absent"
    job_names: bool = False
    jobs_alive: frozenset[str] | None = None
    tokens_expire: int = 0
    clipped: bool = False
    fate: Callable[[dict[str, Any]], str] = field(default=lambda body: "COMPLETED")
    denied: frozenset[str] = frozenset()
    expired: bool = False
    others_hold: int = 0
    broken: int = 0
    retry_after: str = "1"
    delay_seconds: float = 0.0
    spoiled: Callable[[dict[str, Any]], Any] = field(default=lambda page: page)


@dataclass
class Request:
    """One request as it came, with the status that it was answered with."""

    operation: str
    farm: str
    body: dict[str, Any]
    signed: bool
    status: int = 0


@dataclass
class _Aggregation:
    farm: str
    body: dict[str, Any]
    status: str
    polls_left: int
    rows: list[dict[str, Any]]


class Service:
    """The farms, the aggregations and the request log. Thread-safe."""

    def __init__(self, farms: tuple[FarmData, ...], behaviour: Behaviour) -> None:
        self.farms = {farm.id: farm for farm in farms}
        self.behaviour = behaviour
        self.requests: list[Request] = []
        self.url = ""
        self._aggregations: dict[str, _Aggregation] = {}
        self._running: dict[str, str] = {}
        self._lock = threading.Lock()

    def statuses(self, operation: str) -> list[int]:
        """How the calls of one operation were answered, in order."""
        with self._lock:
            return [r.status for r in self.requests if r.operation == operation]

    def bodies(self) -> list[dict[str, Any]]:
        """The bodies of the Starts that were accepted."""
        with self._lock:
            return [r.body for r in self.requests if r.operation == "Start" and r.status == 200]

    def forget_requests(self) -> None:
        """Begins the log anew."""
        with self._lock:
            self.requests.clear()

    def answer(self, method: str, target: str, raw: bytes, signed: bool) -> tuple[int, Any, Any]:
        """Status, body and headers for one request."""
        parts = urlsplit(target)
        query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        operation, farm_id = _routed(method, parts.path)
        body = json.loads(raw) if raw else query
        request = Request(operation, farm_id, body, signed)
        try:
            answer = self._answered(operation, farm_id, body)
        except Answer as error:
            request.status = error.status
            headers = {**error.headers, "x-amzn-ErrorType": error.code}
            return self._logged(request, error.status, error.body, headers)
        return self._logged(request, 200, answer, {})

    def _logged(
        self, request: Request, status: int, body: Any, headers: Any
    ) -> tuple[int, Any, Any]:
        request.status = status
        with self._lock:
            self.requests.append(request)
        return status, body, headers

    def _answered(self, operation: str, farm_id: str, body: dict[str, Any]) -> dict[str, Any]:
        if self.behaviour.expired:
            raise Answer(403, "ExpiredTokenException", "The security token has expired")
        if self.behaviour.broken > 0:
            self.behaviour.broken -= 1
            raise Answer(500, "InternalServerErrorException", "a moment's trouble")
        closed = {"BatchGetJob"} if self.behaviour.jobs_alive is None else set()
        if operation not in _CALLS or operation in self.behaviour.denied | closed:
            time.sleep(self.behaviour.delay_seconds)
            raise Answer(403, "AccessDeniedException", f"not allowed: deadline:{operation}")
        if operation == "BatchGetJob":
            return self._batch_get_job(body)
        if operation == "ListFarms":
            return listings.list_farms(self.farms.values(), body)
        if farm_id not in self.farms:
            gone = {"resourceId": farm_id, "resourceType": "farm"}
            raise Answer(404, "ResourceNotFoundException", f"no farm {farm_id}", **gone)
        call = {"Start": self._start, "Get": self._get, **_LISTINGS}[operation]
        return call(self.farms[farm_id], body)

    def _batch_get_job(self, body: dict[str, Any]) -> dict[str, Any]:
        jobs, errors = [], []
        for wanted in body["identifiers"]:
            job = self.farms[wanted["farmId"]].jobs.get(wanted["jobId"])
            alive = self.behaviour.jobs_alive or ()
            if job and job.queue == wanted["queueId"] and job.id in alive:
                state = {"lifecycleStatus": "CREATE_COMPLETE", "lifecycleStatusMessage": ""}
                jobs.append(
                    {**wanted, "name": job.name, "priority": 50, **state, **listings.made()}
                )
            else:
                gone = {"code": "ResourceNotFoundException", "message": "no such job"}
                errors.append({**wanted, **gone})
        return {"jobs": jobs, "errors": errors}

    def _start(self, farm: FarmData, body: dict[str, Any]) -> dict[str, Any]:
        check(body, farm)
        fate = self.behaviour.fate(body)
        with self._lock:
            self._throttle(farm.id)
            number = len(self._aggregations)
            aggregation_id = f"{number:032x}"
            self._running[farm.id] = aggregation_id
            self._aggregations[aggregation_id] = _Aggregation(
                farm.id, body, fate, self.behaviour.polls, []
            )
        rows = added_up(farm, body, self.behaviour) if fate == "COMPLETED" else []
        self._aggregations[aggregation_id].rows = rows
        return {"aggregationId": aggregation_id}

    def _throttle(self, farm_id: str) -> None:
        others = self.behaviour.others_hold > 0
        if others:
            self.behaviour.others_hold -= 1
        if others or farm_id in self._running:
            busy = Answer(429, "ThrottlingException", "one running aggregation per farm")
            busy.headers["Retry-After"] = self.behaviour.retry_after
            raise busy

    def _get(self, farm: FarmData, query: dict[str, Any]) -> dict[str, Any]:
        with self._lock:
            found = self._aggregations.get(query.get("aggregationId", ""))
            if found is None or found.farm != farm.id:
                gone = {"resourceId": "aggregation", "resourceType": "aggregation"}
                raise Answer(404, "ResourceNotFoundException", "no such aggregation", **gone)
            if found.polls_left > 0:
                found.polls_left -= 1
                return {"status": "IN_PROGRESS"}
            if self._running.get(farm.id) == query["aggregationId"]:
                del self._running[farm.id]
        if found.status != "COMPLETED":
            return {"status": found.status, "statusMessage": "too large"}
        if "nextToken" in query and self.behaviour.tokens_expire > 0:
            self.behaviour.tokens_expire -= 1
            raise Answer(400, "ValidationException", "the token has expired", reason="OTHER")
        size = min(int(query.get("maxResults", 100)), self.behaviour.page, 100)
        at = int(query.get("nextToken", "0"))
        page: dict[str, Any] = {"status": "COMPLETED", "statistics": found.rows[at : at + size]}
        if at + size < len(found.rows):
            page["nextToken"] = str(at + size)
        spoiled: dict[str, Any] = self.behaviour.spoiled(page)
        return spoiled


_LISTINGS = {
    "GetFarm": listings.get_farm,
    "ListQueues": listings.list_queues,
    "ListFleets": listings.list_fleets,
}
_CALLS = frozenset({*_LISTINGS, "ListFarms", "BatchGetJob", "Start", "Get"})


def _routed(method: str, path: str) -> tuple[str, str]:
    for verb, pattern, operation in _ROUTES:
        match = re.fullmatch(pattern, path)
        if match and verb == method:
            return operation, match.groupdict().get("farm", "")
    return f"{method} {path}", ""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    service: Service

    def _serve(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        signed = "AWS4-HMAC-SHA256" in self.headers.get("Authorization", "")
        status, body, headers = self.service.answer(self.command, self.path, raw, signed)
        data = json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PATCH = do_PUT = do_DELETE = _serve  # noqa: N815 - http.server's names

    def log_message(self, *_: Any) -> None:
        """Says nothing: the requests are kept in `Service.requests`."""


@contextmanager
def serving(farms: tuple[FarmData, ...], behaviour: Behaviour) -> Iterator[Service]:
    """A service on a free port of loopback; its address is `url`."""
    service = Service(farms, behaviour)
    handler = type("Handler", (_Handler,), {"service": service})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    service.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
