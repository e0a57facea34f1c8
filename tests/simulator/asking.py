"""Asking a simulator as its users do: with boto3."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.client import BaseClient
from botocore.config import Config
from botocore.exceptions import ClientError

from simulator import Simulator, SimulatorSettings, World

GET = "GetSessionsStatisticsAggregation"
START = "StartSessionsStatisticsAggregation"
_SESSION = boto3.Session(
    aws_access_key_id="simulated", aws_secret_access_key="simulated", region_name="us-west-2"
)


class SetClock:
    """A clock that goes only when told to."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **spans: float) -> None:
        self.now += timedelta(**spans)


def client(simulator: Simulator, service: str = "deadline") -> BaseClient:
    config = Config(
        inject_host_prefix=False,
        retries={"total_max_attempts": 1},
        max_pool_connections=100,
        read_timeout=60,
    )
    return _SESSION.client(service, endpoint_url=simulator.url, config=config)


@contextmanager
def running(
    world: World, clock: SetClock | None = None, **settings: Any
) -> Iterator[tuple[Simulator, BaseClient]]:
    with Simulator(world, SimulatorSettings(**settings), clock=clock or SetClock(world.now)) as sim:
        boto = client(sim)
        yield sim, boto
        boto.close()


def refusal(call: Any, **arguments: Any) -> Mapping[str, Any]:
    """The answer to a call that is refused."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    return caught.value.response


def start(boto: BaseClient, **question: Any) -> str:
    answer = boto.start_sessions_statistics_aggregation(**question)
    return str(answer["aggregationId"])


def rows(boto: BaseClient, farm_id: str, aggregation_id: str) -> list[dict[str, Any]]:
    """All rows of a finished aggregation."""
    pages = boto.get_paginator("get_sessions_statistics_aggregation")
    found = []
    for page in pages.paginate(farmId=farm_id, aggregationId=aggregation_id):
        assert page["status"] == "COMPLETED"
        found += page["statistics"]
    return found


def answered(boto: BaseClient, **question: Any) -> list[dict[str, Any]]:
    """The rows that answer a question."""
    return rows(boto, question["farmId"], start(boto, **question))
