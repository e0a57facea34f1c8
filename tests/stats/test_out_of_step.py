"""Cuts of different moments, while usage still comes in: asked for anew, or spoken of."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from simulator import Fault, SimulatorSettings, tiny_world
from simulator.tiny import ROBOT
from stats.aggregation import Stage
from stats.progress import Progress
from tests.stats.asking import START, Asker, asking, question, wait_until

TINY = tiny_world()
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
DAY = timedelta(days=1)
NOW = MONDAY + 3 * DAY
"""Monday's 8 dollars and Tuesday's 3 are Ada's and Ben's; Wednesday's 2 are a job of a robot's."""

DAYS = MONDAY, NOW
BY_USER = question(TINY, DAYS, "user")
OF_ROBOT = question(TINY, DAYS, "instance_type", "job", where={"user": {ROBOT}})


def passes(one: Asker, seconds: float) -> None:
    """Time passes for everybody."""
    one.reporter._clock.sleep(seconds)
    one.clock.advance(seconds=seconds)


def shows(one: Asker, days: int) -> None:
    """From now on the service has the usage of so many days."""
    one.service_clock.now = MONDAY + days * DAY


def in_turn(*steps: tuple[Stage, Callable[[], None]]) -> Callable[[Progress], None]:
    """Called with the progress: does each thing once, when its stage has come after the others."""
    left = list(steps)

    def tell(progress: Progress) -> None:
        if left and progress.doing == left[0][0].value:
            left.pop(0)[1]()

    return tell


def comes_in(one: Asker, days: int) -> Callable[[], None]:
    """Four minutes pass, and there is the usage of so many days."""

    def passing() -> None:
        one.clock.advance(minutes=4)
        shows(one, days)

    return passing


def test_a_witness_from_before_a_job_is_asked_for_anew() -> None:
    with asking(TINY, NOW, hurry=1e6, cache_seconds=900.0) as one:
        shows(one, 2)
        one.report(question(TINY, DAYS))
        passes(one, 120)
        one.report(question(TINY, DAYS, "job", "user"))
        passes(one, 800)
        shows(one, 3)
        report = one.report(OF_ROBOT)
    assert report.total_cost_usd.sum == 2.0
    assert report.notes == ()


def test_answers_that_are_all_kept_but_of_different_moments_are_asked_for_anew() -> None:
    with asking(TINY, NOW, hurry=1e6) as one:
        shows(one, 1)
        assert one.report(question(TINY, DAYS)).total_cost_usd.sum == 8.0
        passes(one, 600)
        shows(one, 2)
        with one.reporter.prepared([BY_USER]):  # by somebody who looks elsewhere before it is there
            wait_until(lambda: len(one.starts()) == 2)
        passes(one, 180)
        report = one.report(BY_USER)
    assert report.total_cost_usd.sum == 11.0
    assert sum(usage.cost_usd.sum for usage in report.total_by_usage_type.values()) == 11.0
    assert report.unattributed_cost_usd == 0.0
    assert report.notes == ()


def test_cuts_that_a_busy_farm_sets_apart_are_asked_for_anew() -> None:
    with asking(TINY, NOW, hurry=200) as one:
        shows(one, 1)
        one.simulator.faults.add(Fault(START, "busy", skip=1, seconds=240))
        report = one.report(BY_USER, progress=in_turn((Stage.BUSY, comes_in(one, 2))))
    assert report.total_cost_usd.sum == 11.0
    assert sum(usage.cost_usd.sum for usage in report.total_by_usage_type.values()) == 11.0
    assert report.notes == ()


def test_cuts_that_stay_apart_are_spoken_of() -> None:
    slow = SimulatorSettings(running_base_seconds=60.0)
    with asking(TINY, NOW, slow, hurry=100) as one:
        shows(one, 1)
        busy = Fault(START, "busy", seconds=240)
        tell = in_turn(
            (Stage.COMPUTING, lambda: one.simulator.faults.add(busy)),
            (Stage.BUSY, comes_in(one, 2)),
            (Stage.COMPUTING, lambda: one.simulator.faults.add(busy)),
            (Stage.BUSY, comes_in(one, 3)),
        )
        report = one.report(BY_USER, progress=tell)
    assert report.total_cost_usd.sum == 11.0
    assert report.unattributed_cost_usd == 2.0
    assert report.notes == (
        "The total and the rows differ by $2.00. They were added up 4 minutes apart, and "
        "usage may have come in meanwhile: asked again later, they may agree.",
    )


def test_a_settled_window_is_not_asked_for_twice() -> None:
    with asking(TINY, NOW + 30 * DAY, hurry=1e6) as one:
        one.report(question(TINY, DAYS))
        passes(one, 300)
        one.report(BY_USER)
        assert len(one.starts()) == 2
