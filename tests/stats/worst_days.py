"""Bad days of the service, drawn from a seed, and what has to hold on each of them."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from simulator import Fault, SimulatorSettings
from simulator.faults import GET, START, Kind
from stats.errors import FarmCostsError
from stats.model import Question
from stats.progress import Progress
from stats.report import Reporter
from tests.stats.asking import Asker, asking, question
from tests.stats.autumn import (
    FIRST,
    LAST,
    NOW,
    QUEUES,
    Figures,
    Key,
    Record,
    autumn_world,
    differences,
    figures,
    queue,
    records,
    rows_of,
)

NAMING = ("GetFarm", "ListFarmMembers", "DescribeUser", "BatchGetJob")
BREAKDOWNS = (
    *(("usage_type",), ("job",), ("user",), ("license_product",)),
    *(("user", "usage_type"), ("queue", "instance_type"), ("fleet", "user"), ("job", "fleet")),
    *(("user", "job", "instance_type"), ("queue", "user", "usage_type")),
)
LONGEST_SECONDS = 300 + 300 + 900
"""Of waiting: for another process, for a busy farm, for an aggregation that does not end."""

MOST_STARTS_A_RUN = 90
"""A farm that is busy is asked for 300 seconds, every four to eight in the end."""

MOST_LOOKS_A_START = 220
"""One that does not end is looked at for 900 seconds, every eight in the end; and after an error,
for 300 more."""


@dataclass(frozen=True)
class Day:
    """What is asked, and what goes wrong: `jumps` is by how many seconds the wall clock does."""

    asked: Question
    faults: tuple[Fault, ...]
    service: SimulatorSettings
    jumps: float = 0.0


def day(draw: random.Random, faults: Sequence[Fault], *, by: Sequence[str] = ()) -> Day:
    """A question of one to three dimensions over one to thirteen queues, which are all of them."""
    ids = tuple(queue(n) for n in range(draw.choice([*range(1, QUEUES), *[QUEUES] * 8])))
    by = by or draw.choice(BREAKDOWNS)
    asked = question(autumn_world(), (FIRST, LAST), *by, ids=ids)
    service = SimulatorSettings(
        running_base_seconds=0.3,  # four looks each
        page_size=50,
        job_names=False,
        timeout_records=draw.choice([None, None, 100]),
    )
    jumps = draw.choice([0.0, 0.0, -90_000.0, -600.0, 600.0, 90_000.0])
    return Day(asked, tuple(faults), service, jumps)


def fault(draw: random.Random, operation: str, kind: Kind) -> Fault:
    """One of a kind, once or for ever, from the first call on or a later one."""
    return Fault(
        operation,
        kind,
        times=draw.choice([1, 2, 3, None]),
        skip=draw.randrange(6),
        retry_after=draw.choice([None, 2]) if kind in ("throttle", "internal_error") else None,
        seconds=1.0 if kind == "slow" else 60.0,
    )


def goes_on(fault: Fault) -> bool:
    """Whether no aggregation has to be started twice for it.

    Endless empty pages are malformed, and what can't be told for ever is asked for anew.
    """
    passes = ("empty", "internal_error", "cut", "cut_amid", "slow", "malformed", "truncated")
    leaves_results = {
        *("throttle", "access_denied", "expired_token", "unrecognized_client"),
        *(passes if fault.times else []),
    }
    return fault.operation in NAMING or (fault.operation == GET and fault.kind in leaves_results)


def loses_sight(fault: Fault) -> bool:
    """Whether an aggregation may run without our knowing: a Start's answer is lost, one is said
    to be gone, may not be looked at or never can be, or it is somebody else's.
    """
    lost = {"cut_amid", "truncated", "slow", "busy"}
    if fault.operation == GET:
        unseen = {"access_denied", "expired_token", "unrecognized_client", "validation"}
        return fault.kind in unseen | {"not_found"} or not fault.times
    return fault.operation in ("*", START) and fault.kind in lost | {"not_found"}


def is_hasty(day: Day) -> bool:
    """Whether answers are waited for briefly, since some are to be slow."""
    return any(fault.kind == "slow" for fault in day.faults)


def is_right_or_helps(day: Day, askers: int = 1) -> None:
    """Asks twice on a bad day, and once it is over: exact, or an error that says what to do.

    What was fetched is not fetched again, and neither waiting nor calls are without bounds. An
    answer is waited for briefly only where some are to be slow: else a machine that stands still
    for a moment would lose a Start's answer, which is a fault that the day does not have.
    """
    asked, right = day.asked, _right(day.asked)
    patience = 0.5 if is_hasty(day) else 60.0
    with asking(autumn_world(), NOW, day.service, hurry=500, read_seconds=patience) as one:
        one.simulator.faults.add(*day.faults)
        began = one.service_clock()
        reporters = [one.reporter, *(one.another() for _ in range(askers - 1))]
        with ThreadPoolExecutor(askers) as pool:
            for came in pool.map(lambda reporter: _outcome(reporter, one, day), reporters * 2):
                _assert_right_or_helpful(day, came, right)
        waited = one.service_clock() - began
        assert waited <= timedelta(seconds=LONGEST_SECONDS * askers * 2)
        _assert_calls_are_bounded(one, day, askers)
        one.simulator.faults.clear()
        one.service_clock.advance(hours=1)
        one.clock.now = NOW
        one.reporter.names.forget()
        again = _outcome(one.reporter, one, day)
        if isinstance(again, FarmCostsError):  # of a run that was under way all the time
            again = rows_of(one.report(asked))
        _assert_right_or_helpful(day, again, right)


def _right(asked: Question) -> dict[Key, Figures]:
    """The rows of a question about all days, from single records."""
    groups: dict[Key, list[Record]] = defaultdict(list)
    for one in records():
        if one.keys[asked.scope.dimension] in asked.scope.ids:
            key = tuple(one.keys[dimension] for dimension in asked.by)
            groups[asked.window.start.isoformat(), *key].append(one)
    return {key: figures(some) for key, some in groups.items()}


def _outcome(reporter: Reporter, one: Asker, day: Day) -> object:
    """The rows, or the error; the clock jumps as soon as there is something to wait for."""
    jumps = iter([day.jumps])

    def jump(_: Progress) -> None:
        one.clock.advance(seconds=next(jumps, 0.0))

    try:
        return rows_of(reporter.ask(day.asked, jump))
    except FarmCostsError as error:
        return error


def _assert_right_or_helpful(day: Day, came: Any, right: Any) -> None:
    """What lacks names only is no error."""
    if isinstance(came, FarmCostsError):
        assert {fault.operation for fault in day.faults} - {*NAMING}, came
        assert came.exit_code in (2, 3, 4)
        assert came.todo, came
        assert came.title != FarmCostsError.title
    else:
        assert differences(came, right) == []


def _assert_calls_are_bounded(one: Asker, day: Day, askers: int) -> None:
    starts = [repr(start) for start in one.starts()]
    runs = len(set(starts))
    assert len(starts) <= runs * MOST_STARTS_A_RUN
    assert one.called(GET) <= len(starts) * MOST_LOOKS_A_START
    for operation in NAMING:
        assert one.called(operation) <= 40
    assert one.simulator.most_running <= 1
    if is_hasty(day):
        return  # any answer may come too late, on a machine that is busy
    if not any(loses_sight(fault) for fault in day.faults):
        assert one.simulator.turned_away == 0
    if all(goes_on(fault) for fault in day.faults):
        assert max(Counter(starts).values()) <= askers + one.simulator.turned_away
