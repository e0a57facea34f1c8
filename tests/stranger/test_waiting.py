"""Nobody waits for ever, and no moment between two looks is an error."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path

import pytest

from stats import cuts
from stats.client import Client, Endpoint
from stats.clock import Clock, Patience
from stats.errors import FarmCostsError
from stats.line import Line
from stats.model import Dimension, FarmId, Report, Window
from stats.names import Names
from stats.plan import YARDSTICK, Run
from stats.ticket import Fetched, Ticket
from stats.zone import Zone
from tests.stranger.asking import NOW, question, reporter
from tests.stranger.records import FIRST, FarmData
from tests.stranger.service import Behaviour, Service
from tests.stranger.truth import Wanted

Opens = Callable[[Behaviour], Service]
LONGEST_SECONDS = 120.0


@contextmanager
def _within(seconds: float, *works: Callable[[], object]) -> Iterator[list[threading.Thread]]:
    """Runs works side by side; whatever is still alive in the end is stuck."""
    threads = [threading.Thread(target=work, daemon=True) for work in works]
    yield threads
    until = time.monotonic() + seconds
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + LONGEST_SECONDS
    while not holds():
        assert time.monotonic() < end, "it never holds"
        time.sleep(0.01)


def _client(service: Service) -> Client:
    endpoint = Endpoint(url=service.url, credentials=("stranger", "stranger"))
    return Client(endpoint, Clock(), Patience(attempts=1))


def _run(farm: FarmData) -> Run:
    window = Window(FIRST, FIRST + timedelta(days=5))
    queues = tuple(farm.queues)[:3]
    return Run(FarmId(farm.id), Dimension.QUEUE, queues, window, 0, YARDSTICK)


def test_forgetting_names_while_people_are_looked_up_does_not_lock_up(
    farm: FarmData, moody: Opens
) -> None:
    service = moody(Behaviour(delay_seconds=0.6))
    names = Names(_client(service), Clock(), seconds=3600)
    user = next(job.user for job in farm.jobs.values() if not job.user.startswith("arn:"))

    def forget() -> None:
        time.sleep(0.2)
        names.forget()

    with _within(LONGEST_SECONDS, lambda: names.people(FarmId(farm.id), [user]), forget) as threads:
        for thread in threads:
            thread.start()
    assert not [thread for thread in threads if thread.is_alive()]


def test_a_last_run_that_ends_between_two_looks_is_no_error(farm: FarmData) -> None:
    class EndsWhenLookedAt(Ticket):
        def __getattribute__(self, name: str) -> object:
            if name == "stage" and not self.answer.done():
                self.answer.set_result(Fetched(None, NOW, 0.0, ()))  # type: ignore[arg-type]
            return super().__getattribute__(name)

    run, clock, patience = _run(farm), Clock(), lambda: 60.0
    asked = question(farm.id, Wanted(tuple(farm.queues), ()))
    one = cuts.Asked(
        asked, run.window, (run.window,), Zone("UTC"), NOW, None, lambda _: None, patience
    )
    cuts._waited([EndsWhenLookedAt(run, None, clock, set())], one)


def test_closing_answers_those_who_wait(farm: FarmData, moody: Opens) -> None:
    service = moody(Behaviour(polls=10_000))
    door = reporter(service)
    ended: list[Report | FarmCostsError] = []
    by = ("user", "queue", "instance_type")
    asked = question(farm.id, Wanted(tuple(farm.queues), by))

    def asks() -> None:
        try:
            ended.append(door.ask(asked))
        except FarmCostsError as error:
            ended.append(error)

    with _within(LONGEST_SECONDS, asks) as threads:
        threads[0].start()
        _until(lambda: bool(service.bodies()))
        door.close()
    assert ended


def test_a_run_asked_for_after_the_close_leaves_nobody_waiting(
    farm: FarmData, moody: Opens, tmp_path: Path
) -> None:
    line = Line(
        _client(moody(Behaviour())),
        Clock(),
        Patience(),
        cache_seconds=60,
        cache_rows=1000,
        turns=tmp_path,
    )
    line.ask(_run(farm)).answer.result(timeout=LONGEST_SECONDS)
    line.close()
    other = replace(_run(farm), ids=tuple(farm.queues)[3:5])
    for _ in range(2):
        with pytest.raises(FarmCostsError):
            line.ask(other).answer.result(timeout=LONGEST_SECONDS)


def test_a_listing_that_expires_between_two_looks_is_asked_for_again(
    farm: FarmData, moody: Opens
) -> None:
    ticks = count()
    clock = Clock(monotonic=lambda: float(next(ticks)))
    for seconds in (2, 3, 4, 5):
        names = Names(_client(moody(Behaviour())), clock, seconds=seconds)
        for _ in range(8):
            assert len(names.queues(FarmId(farm.id))) == 13
