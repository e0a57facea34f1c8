"""Who has many sessions keeps nobody else waiting, where the proxy tells addresses apart."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from urllib.parse import urlsplit

from websockets.sync.client import ClientConnection, connect

from simulator import Simulator, SimulatorSettings, tiny_world
from simulator.tiny import FARM
from tests.browser.serving import pointing_at
from tests.server.running import PATIENCE_SECONDS, run, running

GREEDY, NEWCOMER = "192.0.2.1", "192.0.2.2"
SESSIONS = 12
START = "StartSessionsStatisticsAggregation"
SECONDS_A_RUN = 1.0


def link(n: int) -> dict[str, str]:
    """A window of three days that no other has a part of."""
    end = date(2026, 3, 8) - timedelta(days=4 * n)
    start = end - timedelta(days=2)
    return {"farm": FARM, "window": "dates", "start": f"{start}", "end": f"{end}"}


def begins(n: int) -> str:
    return link(n)["start"]


@contextmanager
def visiting(url: str, forwarded: str) -> Iterator[ClientConnection]:
    """A socket as a proxy passes it on from a browser at that address."""
    there = urlsplit(url).netloc
    how = {"open_timeout": PATIENCE_SECONDS, "close_timeout": PATIENCE_SECONDS, "max_size": None}
    headers = {"X-Forwarded-For": forwarded}
    address = f"ws://{there}/_stcore/stream"
    with connect(address, additional_headers=headers, proxy=None, **how) as client:
        yield client


def foreign_runs(home: Path, newcomers: str, **variables: str) -> int:
    """How many runs of others begin between a newcomer's coming and its own first one."""

    def visit(n: int, forwarded: str) -> str:
        with visiting(url, forwarded) as client:
            return run(client, link(n))

    settings = SimulatorSettings(running_base_seconds=SECONDS_A_RUN)
    with (
        Simulator(tiny_world(), settings) as farm,
        running(home, **pointing_at(farm.url), **variables) as url,
        ThreadPoolExecutor(SESSIONS + 1) as pool,
    ):

        def started() -> list[str]:
            calls = [r for r in farm.requests if r.operation == START]
            return [str(call.parameters["startTime"])[:10] for call in calls]

        many: list[Future[str]] = [pool.submit(visit, n, GREEDY) for n in range(1, SESSIONS)]
        until = time.monotonic() + PATIENCE_SECONDS
        while len(started()) < 4 and time.monotonic() < until:
            time.sleep(0.05)
        before = len(started())
        visit(0, newcomers)
        after = started()[before:]
        for one in many:
            one.cancel()
    return after.index(begins(0))


def test_a_newcomer_at_another_address_waits_for_two_runs_of_others_at_most(tmp_path: Path) -> None:
    assert foreign_runs(tmp_path, NEWCOMER) <= 2


def test_an_address_that_no_proxy_tells_gains_nothing(tmp_path: Path) -> None:
    """Whoever writes one without being the proxy is of the same address as all who come so."""
    assert foreign_runs(tmp_path, NEWCOMER, FORWARDED_ALLOW_IPS="192.0.2.99") > 2
