"""The only door to AWS: the few calls that are made, with botocore's errors told apart.

Each call is tried again where that can help, with growing pauses; only a throttled Start is left
to `aggregation`, which knows what it is waiting for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from copy import copy
from dataclasses import dataclass
from functools import partial
from typing import Any

import boto3
from botocore import UNSIGNED
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError
from botocore.parsers import ResponseParserError

from stats import body, chain, credentials, pause, refusal, wire
from stats.clock import Clock, Patience
from stats.errors import (
    Garbled,
    NotFound,
    ServiceError,
    ServiceFault,
    Throttled,
    Unreachable,
)
from stats.given import Given
from stats.lists import Lists, T, named_jobs, twice
from stats.model import Farm, FarmId, Fleet, Queue
from stats.plan import Run

_WORTH_ANOTHER_TRY = (Unreachable, ServiceFault, Garbled, Throttled)
MOST_JOBS = 100
"""Jobs in one BatchGetJob: the service's limit."""

_UNREADABLE = (
    *(ClientError, ResponseParserError),
    *chain.BROKEN,
)
"""What botocore raises, and what it stumbles over in an answer that breaks its model."""


@dataclass(frozen=True)
class Endpoint:
    """Where the calls go; `url` None is AWS itself, in boto3's own Region.

    `url` is only for an endpoint that boto3 does not know by itself (the built-in simulator).
    """

    url: str | None = None
    credentials: tuple[str, str] | None = None
    connect_seconds: float = 5.0
    read_seconds: float = 30.0

    def client(self, service: str, region: str | None = None) -> BaseClient:
        """A boto3 client; raises AccessError where what boto3 is pointed at can't be used."""
        elsewhere = self.url or chain.custom_endpoint()
        if self.url is None:
            chain.must_be_addresses()
        try:
            core = body.read_strictly(credentials.session(self.read_seconds))
            session = boto3.Session(botocore_session=core, **self._keys())
            chain.must_be_a_region(region or session.region_name, elsewhere=elsewhere is not None)
            unsigned = elsewhere is not None and session.get_credentials() is None
            config = Config(
                connect_timeout=self.connect_seconds,
                read_timeout=self.read_seconds,
                retries={"total_max_attempts": 1},
                max_pool_connections=16,
                inject_host_prefix=elsewhere is None,
                signature_version=UNSIGNED if unsigned else None,
                user_agent_extra="farm-costs",
            )
            client = session.client(
                service,
                endpoint_url=self.url,
                config=config,
                region_name=region or session.region_name or ("us-west-2" if elsewhere else None),
            )
            certificates = chain.certificates_of(core)
        except chain.BROKEN as error:
            raise refusal.of_the_chain(error) from error
        chain.must_be_ways(client.meta.endpoint_url, certificates)
        client.meta.events.register("before-parse", pause.with_whole_seconds)
        return client

    def _keys(self) -> dict[str, str]:
        if self.credentials is None:
            return {}
        key, secret = self.credentials
        return {"aws_access_key_id": key, "aws_secret_access_key": secret}


class Client:
    """The calls to `deadline` and `identitystore` that the engine makes.

    Thread-safe. Every method raises the errors of `stats.errors`, and nothing of botocore's.
    """

    def __init__(self, endpoint: Endpoint, clock: Clock, patience: Patience) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._patience = patience
        self._given = Given(clock.monotonic)
        self._lists = Lists(clock.monotonic, patience.busy_farm)
        self._deadline = endpoint.client("deadline")
        self._identity: BaseClient | None = None
        self._tell_retry: Callable[[], None] | None = None

    def telling(self, tell_retry: Callable[[], None]) -> Client:
        """The same client, which tells of each call that it makes once more."""
        other = copy(self)
        other._tell_retry = tell_retry
        return other

    @property
    def address(self) -> str:
        """The URL of the service that is asked."""
        return str(self._deadline.meta.endpoint_url)

    def farms(self) -> tuple[Farm, ...]:
        """ListFarms, all pages."""
        return self._listed("list_farms", "farms", wire.farm)

    def cost_scale_factor(self, farm_id: FarmId) -> float:
        """GetFarm: the factor that is already in the farm's figures (1 is none)."""
        read = partial(wire.scale_factor, farm_id=farm_id)
        return float(self._call("get_farm", read, {"farmId": farm_id}, for_names=True)[0])

    def queues(self, farm_id: FarmId) -> tuple[Queue, ...]:
        """ListQueues, all pages."""
        return self._listed("list_queues", "queues", wire.queue, farm_id)

    def fleets(self, farm_id: FarmId) -> tuple[Fleet, ...]:
        """ListFleets, all pages."""
        return self._listed("list_fleets", "fleets", wire.fleet, farm_id)

    def start(self, run: Run) -> str:
        """StartSessionsStatisticsAggregation; returns the aggregation's id.

        Raises Throttled at once: an aggregation is running on the farm already. Raises
        Contradictory where the id is another run's.
        """
        name = "start_sessions_statistics_aggregation"
        request = wire.start_request(run)
        given = self._call(name, wire.aggregation_id, request, wait_if_throttled=False)[0]
        return self._given.take(str(given), run)

    def page(self, farm_id: FarmId, aggregation_id: str, token: str | None) -> wire.Page:
        """GetSessionsStatisticsAggregation: the state, and with it one page of rows."""
        request = {"farmId": farm_id, "aggregationId": aggregation_id, "maxResults": 100}
        if token:
            request["nextToken"] = token
        page: wire.Page = self._call("get_sessions_statistics_aggregation", wire.page, request)[0]
        return page

    def job_names(
        self, farm_id: FarmId, jobs: Iterable[tuple[str, str]]
    ) -> tuple[dict[str, str], dict[str, str]]:
        """BatchGetJob: names by job id, of (queue id, job id) pairs, at most MOST_JOBS of them.

        Deleted jobs are left out. Beside the names, the error codes by job id of those that
        could not be looked up this time.
        """
        identifiers = [{"farmId": farm_id, "queueId": q, "jobId": j} for q, j in jobs]
        read, request = partial(named_jobs, asked=identifiers), {"identifiers": identifiers}
        ask = partial(self._call, "batch_get_job", read, request, for_names=True)
        found, failed = twice(ask)[0]
        return (
            found,
            {job: code for job, code in failed.items() if code != "ResourceNotFoundException"},
        )

    def identity_store_id(self, farm_id: FarmId) -> str | None:
        """ListFarmMembers: the Identity Center store that the farm's people are in."""
        ask = partial(self._call, "list_farm_members", "members", for_names=True)
        return self._lists.first("ListFarmMembers", ask, wire.store_of_member, farm_id)

    def person(self, store_id: str, user_id: str, region: str | None) -> str | None:
        """identitystore:DescribeUser: a person's display name, or None for a deleted user."""
        request = {"IdentityStoreId": store_id, "UserId": user_id}
        read = partial(wire.person, user_id=user_id)
        try:
            name: str | None = self._call(
                "describe_user", read, request, self._identity_store(region), for_names=True
            )[0]
        except NotFound:
            return None
        return name

    def _identity_store(self, region: str | None) -> BaseClient:
        if self._identity is None:
            self._identity = self._endpoint.client("identitystore", region)
        return self._identity

    def _listed(
        self,
        method: str,
        member: str,
        read: Callable[[wire.Answer], T],
        farm_id: FarmId | None = None,
    ) -> tuple[T, ...]:
        ask = partial(self._call, method, member)
        return self._lists.whole(_operation(method), ask, read, farm_id)

    def _call(
        self,
        method: str,
        promised: str | Callable[[wire.Answer], Any],
        request: Mapping[str, Any],
        client: BaseClient | None = None,
        *,
        wait_if_throttled: bool = True,
        for_names: bool = False,
    ) -> tuple[Any, wire.Answer]:
        """The promised member and the whole answer, after as many attempts as help and are due.

        In the member's place there may be what reads the answer, and raises Garbled.
        The pauses between them take no longer, in all, than a busy farm is waited for. What is
        asked only `for_names` is not worth much waiting.
        """
        attempts, longest = self._patience.attempts, self._patience.busy_farm
        if for_names:
            attempts, longest = min(2, attempts), min(self._patience.longest_pause, longest)
        paused = 0.0
        for attempt in range(1, attempts + 1):
            try:
                answer = _once(client or self._deadline, method, request)
                if callable(promised):
                    return promised(answer), answer
                return wire.required(answer, promised, _operation(method)), answer
            except _WORTH_ANOTHER_TRY as error:
                ours = wait_if_throttled or not isinstance(error, Throttled)
                if not ours or attempt == attempts:
                    raise
                floor = error.retry_after
                pause = self._patience.backoff(attempt, floor, self._clock.chance())
                paused += pause
                if paused > longest:
                    raise _too_long(error, longest) from error.__cause__
                if self._tell_retry:
                    self._tell_retry()
                self._clock.sleep(pause)
        raise AssertionError("the last attempt either returns or raises")


def _too_long(error: ServiceError, longest: float) -> ServiceError:
    """The error, with the pause that was asked for and is longer than is waited."""
    if error.retry_after is None:
        return error
    return error.adding(
        f"It asks for a pause of {error.retry_after:.0f} seconds; no more than {longest:.0f} are "
        "waited in all."
    )


def _once(client: BaseClient, method: str, request: Mapping[str, Any]) -> wire.Answer:
    try:
        answer: wire.Answer = getattr(client, method)(**request)
    except _UNREADABLE as error:
        raise refusal.translated(error, _operation(method)) from error
    return answer


def _operation(method: str) -> str:
    return "".join(part.capitalize() for part in method.split("_"))
