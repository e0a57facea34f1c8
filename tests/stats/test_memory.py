"""Whatever becomes of a farm and its history, what was once known is told to the cent.

And what was never known is never a number. What happens is drawn: usage, late or in time; a
service that forgets, and tells again; queues and fleets that are deleted, renamed, not listed for
a while, and come back under their own or other ids; collecting; checking up and accepting less,
broken off between any two writes, too; putting files together, taking in those of the release
before, forgetting on purpose; files that are lost or spoiled, or copied over from another moment,
older or newer, in part or after questions alone; questions by the hour and the day, of some ids
and of all, in two zones, of several readers in turn.
MEMORY_EXAMPLES sets how many sequences are drawn, other ones each time.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from simulator import Simulator
from stats.model import Dimension, Period
from stats.zone import Zone
from tests.stats.asking import HeldClock
from tests.stats.bucket import REGION, client, s3_over_http
from tests.stats.memory_again import Again
from tests.stats.questions_of_memory import Asking
from tests.stats.remembering import BEGIN, Studio

_LONGER = int(os.environ.get("MEMORY_EXAMPLES", "0"))
_PHASES = [Phase.reuse, Phase.generate]
"""A failure is shown as it was drawn: to shrink it takes long."""


def drawn(many: int, steps: int) -> settings:
    return settings(
        max_examples=_LONGER or many,
        stateful_step_count=steps,
        deadline=None,
        phases=_PHASES,
        derandomize=not _LONGER,
        report_multiple_bugs=False,
        print_blob=bool(_LONGER),
    )


@pytest.fixture
def service() -> Iterator[tuple[Simulator, HeldClock]]:
    clock = HeldClock(BEGIN)
    with Simulator(Studio(Zone("UTC")).world(), clock=clock) as simulator:
        yield simulator, clock


@pytest.mark.timeout(0 if _LONGER else 1200)
def test_what_was_once_known_is_told_to_the_cent_from_a_folder(
    service: tuple[Simulator, HeldClock], tmp_path: Path
) -> None:
    numbers = count()

    def machine() -> Again:
        return Again(*service, str(tmp_path / f"history-{next(numbers)}"), tmp_path)

    run_state_machine_as_test(machine, settings=drawn(4, 16))


@pytest.mark.timeout(0 if _LONGER else 1200)
def test_what_was_once_known_is_told_to_the_cent_from_a_bucket(
    service: tuple[Simulator, HeldClock], tmp_path: Path
) -> None:
    numbers = count()
    cache = patch.dict(os.environ, XDG_CACHE_HOME=str(tmp_path))
    with s3_over_http() as wire, cache:

        def machine() -> Again:
            name = f"memory-{next(numbers)}"
            region = {"LocationConstraint": REGION}
            client(wire).create_bucket(Bucket=name, CreateBucketConfiguration=region)
            return Again(*service, f"s3://{name}/history", tmp_path)

        run_state_machine_as_test(machine, settings=drawn(1, 8))


_IDS = "the total and by id"
_RAN = [(4, 0), (4, 1), (5, 2), (4, 4)]


def _is_lost_after_questions_only(machine: Again, which: int = 2) -> None:
    machine.begins("UTC", _RAN, None)
    machine.asks(_of_the_week(Dimension.QUEUE), "its own", again=False)
    machine.the_total_is_lost_after_questions_only(
        Dimension.QUEUE, (Dimension.JOB,), which, deleted=True
    )


def _is_lost_where_nothing_is_told_any_more(machine: Again) -> None:
    _is_lost_after_questions_only(machine, 1)


def _older_total_is_copied_over(machine: Again) -> None:
    machine.begins("UTC", _RAN, None)
    machine.collects(6, _IDS)
    machine.is_copied()
    machine.works(4, 3, "COMPUTE", 1)
    machine.verifies(6, _IDS)
    machine.a_cut_is_copied_over(Dimension.FLEET, "total", 0, newer=False)
    machine.asks(_of_the_week(Dimension.FLEET), "its own", again=False)


def _older_cut_comes_back(machine: Again) -> None:
    machine.begins("UTC", _RAN, None)
    machine.collects(6, _IDS)
    machine.an_older_cut_comes_back(Dimension.QUEUE, 0, 3)


def _is_listed_again_after_less_was_told(machine: Again) -> None:
    machine.begins("UTC", _RAN[:3], None)
    machine.its_cut_is_told_less_than_the_total(
        Dimension.QUEUE, 4, 0, 0, "hidden", "then", again=True
    )


def _stays_forgotten_beside_what_comes_late(machine: Again) -> None:
    machine.begins("UTC", _RAN[:3], None)
    machine.its_cut_is_told_less_than_the_total(
        Dimension.QUEUE, 4, 0, 0, "forgotten", "then", again=False
    )


def _has_nothing_while_it_is_not_listed(machine: Again) -> None:
    machine.begins("UTC", _RAN[1:3], None)
    machine.is_not_listed_for_a_while(Dimension.QUEUE, 0, 6, "collected", 0, verify=True)


def _accepting_less_is_broken_off_before_the_total(machine: Again) -> None:
    machine.begins("UTC", _RAN[:2], None)
    machine.collects(6, _IDS)
    machine.deletes(Dimension.QUEUE, 0)
    machine.accepting_less_is_broken_off(Dimension.QUEUE, 7, 6, 2, on=True)


def _of_the_week(resource: Dimension) -> Asking:
    by, most_jobs = (Dimension.USAGE_TYPE,), None
    return Asking(by, resource, 0, {}, "", Period.DAILY, 6, 6, most_jobs, 0, elsewhere=False)


@pytest.mark.parametrize(
    "happens",
    [
        _is_lost_after_questions_only,
        _is_lost_where_nothing_is_told_any_more,
        _older_total_is_copied_over,
        _older_cut_comes_back,
        _is_listed_again_after_less_was_told,
        _stays_forgotten_beside_what_comes_late,
        _has_nothing_while_it_is_not_listed,
        _accepting_less_is_broken_off_before_the_total,
    ],
)
def test_so_it_is_of_what_is_drawn_seldom(
    service: tuple[Simulator, HeldClock], tmp_path: Path, happens: Callable[[Again], None]
) -> None:
    """As it was drawn, one after another: a short drawing may do without."""
    machine = Again(*service, str(tmp_path / "history"), tmp_path)
    happens(machine)
    machine.teardown()
