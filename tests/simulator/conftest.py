"""Worlds and simulators for the tests of the simulator itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.client import BaseClient

from simulator import Simulator, World, build_world, tiny_world
from simulator.tiny import COMP, FARM
from tests.simulator.asking import running

NOW = datetime(2026, 11, 23, 15, tzinfo=UTC)


@pytest.fixture(scope="session")
def big_world() -> World:
    return build_world(seed=7, now=NOW)


@pytest.fixture(scope="session")
def big(big_world: World) -> Iterator[tuple[Simulator, BaseClient]]:
    """The big world, served to read only."""
    with running(big_world) as both:
        yield both


@pytest.fixture
def small() -> Iterator[tuple[Simulator, BaseClient]]:
    """The tiny world, for one test alone."""
    with running(tiny_world()) as both:
        yield both


@pytest.fixture
def simulator(small: tuple[Simulator, BaseClient]) -> Simulator:
    return small[0]


@pytest.fixture
def boto(small: tuple[Simulator, BaseClient]) -> BaseClient:
    return small[1]


@pytest.fixture
def question() -> dict[str, Any]:
    """A sound Start in the tiny world."""
    start = datetime(2026, 3, 1, tzinfo=UTC)
    return {
        "farmId": FARM,
        "resourceIds": {"queueIds": [COMP]},
        "startTime": start,
        "endTime": start + timedelta(days=7),
        "groupBy": ["USAGE_TYPE"],
        "statistics": ["SUM"],
    }
