"""The service and its farms for a whole test run, and ways to ask."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.stranger.asking import Asker, asking
from tests.stranger.records import FarmData, empty_farm, main_farm, tangled_farm
from tests.stranger.service import Behaviour, Service, serving


@pytest.fixture(scope="session")
def farm() -> FarmData:
    """The main farm: 13 queues, 4 fleets."""
    return main_farm()


@pytest.fixture(scope="session")
def farms(farm: FarmData) -> tuple[FarmData, ...]:
    """All three farms."""
    return farm, empty_farm(), tangled_farm()


@pytest.fixture(scope="session")
def steady(farms: tuple[FarmData, ...]) -> Iterator[Service]:
    """A service that nobody changes; rows come without members that records lack."""
    with serving(farms, Behaviour(polls=1)) as service:
        yield service


@pytest.fixture(scope="session")
def leaving_out(farms: tuple[FarmData, ...]) -> Iterator[Service]:
    """A service that leaves out rows which lack a grouped key."""
    with serving(farms, Behaviour(polls=0, missing="left out", clipped=True)) as service:
        yield service


@pytest.fixture(scope="session")
def ask(steady: Service) -> Iterator[Asker]:
    """Asks the steady service in this process."""
    with asking(steady) as asker:
        yield asker


@pytest.fixture(scope="session")
def ask_leaving_out(leaving_out: Service) -> Iterator[Asker]:
    """Asks the service that leaves out rows."""
    with asking(leaving_out) as asker:
        yield asker


@pytest.fixture
def moody(farms: tuple[FarmData, ...]) -> Iterator[Callable[[Behaviour], Service]]:
    """Makes a service of one's own, to behave as told."""
    opened = []

    def opens(behaviour: Behaviour) -> Service:
        manager = serving(farms, behaviour)
        opened.append(manager)
        return manager.__enter__()

    yield opens
    for manager in opened:
        manager.__exit__(None, None, None)
