"""What is said of a question is the same whoever answers: the service, or history the next time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from simulator import World
from simulator.tiny import FARM, tiny_world
from stats import remarks
from stats.compact import compact
from stats.model import FarmId, Period, Report
from stats.outcome import Outcome
from stats.zone import Zone
from tests.stats.test_what_is_known import DAY, MONDAY, SOON, asked, asking_at

LATER = SOON + 3 * DAY


def without_costs(world: World, *costs: float) -> World:
    """The service tells no more of what cost so much."""
    return replace(world, usage=world.usage[~world.usage["cost_usd"].isin(costs)])


def asked_again(
    home: Path,
    then: World,
    now: World,
    *by: str,
    period: Period = Period.TOTAL,
    times: int = 2,
) -> list[tuple[Report, int]]:
    """After its total was asked for, and then something of it changed; and how many runs it took.

    Each time from a process that knows only what history does.
    """
    with asking_at(SOON, home, then) as asker:
        asker.report(asked())
    found = []
    for _ in range(times):
        with asking_at(LATER, home, now) as asker:
            report = asker.report(replace(asked(*by), period=period))
            found.append((report, len(asker.starts())))
    return found


def said(report: Report) -> tuple[list[str], float, float]:
    """The sentences; and the total, and what of it no row holds."""
    total = sum(usage.cost_usd.sum for usage in report.total_by_usage_type.values())
    return [one.text for one in remarks.of(report)], total, report.unattributed_cost_usd


@pytest.mark.parametrize("by", [("user",), ("queue", "user"), ("job",)], ids=str)
def test_what_the_service_tells_no_more_is_said_each_time(tmp_path: Path, by) -> None:
    then = tiny_world(LATER)
    first, *others = asked_again(tmp_path, then, without_costs(then, 1.0), *by, times=3)
    assert first[1] > 0
    assert [runs for _, runs in others] == [0, 0]
    assert [said(report) for report, _ in others] == [said(first[0])] * 2
    assert said(first[0])[1:] == (13.0, 1.0)
    (text,) = [text for text in said(first[0])[0] if "told $1.00 less" in text]
    assert text == (
        "On 1 day the service told $1.00 less in all when this breakdown was asked for than it had "
        "before. What it told before stands in the total; no row holds the difference."
    )


def test_usage_that_came_late_is_said_each_time_until_it_is_taken_in(tmp_path: Path) -> None:
    """Days of late usage are not kept by a question: history's total would not hold it."""
    now = tiny_world(LATER)
    first, second = asked_again(tmp_path, without_costs(now, 1.0), now, "instance_type")
    assert said(second[0]) == said(first[0])
    assert said(first[0])[1:] == (13.0, 0.0)
    assert [text for text in said(first[0])[0] if "$1.00 more than history has" in text]


BY_THE_HOUR = pytest.mark.parametrize("by", [("usage_type",), ("user",)], ids=str)


@BY_THE_HOUR
@pytest.mark.parametrize(
    ("costs", "less"),
    [
        ((1.0,), "On 1 day the service told $1.00 less"),
        ((1.0, 3.0), "On 2 days the service told $4"),
    ],
    ids=["some of a day", "and all of another"],
)
def test_so_it_is_by_the_hour(tmp_path: Path, by, costs: tuple[float, ...], less: str) -> None:
    """A day of which nothing is told any more is not kept, and asked for again each time."""
    then = tiny_world(LATER)
    now = without_costs(then, *costs)
    first, second = asked_again(tmp_path, then, now, *by, period=Period.HOURLY)
    assert said(second[0]) == said(first[0])
    assert said(first[0])[1:] == (13.0, sum(costs))
    assert [text for text in said(first[0])[0] if text.startswith(less)]
    assert bool(second[1]) == (3.0 in costs)


@BY_THE_HOUR
def test_what_came_late_is_said_of_hours_each_time(tmp_path: Path, by) -> None:
    now = tiny_world(LATER)
    then = without_costs(now, 1.0)
    first, second = asked_again(tmp_path, then, now, *by, period=Period.HOURLY)
    assert said(second[0]) == said(first[0])
    assert said(first[0])[1:] == (13.0, 0.0)
    assert [text for text in said(first[0])[0] if "$1.00 more than history has" in text]


def rescaled(world: World, factor: float) -> World:
    """The farm has another cost scale factor by then."""
    return replace(world, farms=tuple(replace(f, cost_scale_factor=factor) for f in world.farms))


def test_another_scale_factor_of_the_total_is_said_each_time(tmp_path: Path) -> None:
    then = rescaled(tiny_world(LATER), 1.0)
    first, second = asked_again(tmp_path, then, rescaled(then, 0.5), "user")
    assert first[1] > 0
    assert second[1] == 0
    assert said(second[0]) == said(first[0])
    says = "were reported with a cost scale factor of 1; now it is 0.5."
    assert [text for text in said(first[0])[0] if says in text]


def test_days_whose_total_is_told_anew_are_of_the_factor_of_now(tmp_path: Path) -> None:
    now = rescaled(tiny_world(LATER), 1.0)
    few = replace(now, usage=now.usage.assign(cost_usd=now.usage["cost_usd"] / 2))
    first, *_ = asked_again(tmp_path, few, rescaled(now, 2.0), "user")
    assert not [text for text in said(first[0])[0] if "were reported with" in text]


def test_a_day_that_tells_more_of_one_thing_and_less_of_another_is_not_kept(tmp_path: Path) -> None:
    """Its rows hold no more than history's total, which would fall by what came late."""
    world = tiny_world(LATER)
    before, after = without_costs(world, 1.0), without_costs(world, 2.5)
    first, second = asked_again(tmp_path, before, after, "user")
    assert said(second[0]) == said(first[0])
    assert said(first[0])[1:] == (13.0, 2.5)
    texts = " ".join(said(first[0])[0])
    assert "$2.50 less" in texts
    assert "$1.00 more than history has" in texts


@pytest.mark.parametrize("change", [lambda world: world, lambda world: without_costs(world, 99.0)])
def test_where_nothing_has_changed_nothing_is_said_of_it(
    tmp_path: Path, change: Callable[[World], World]
) -> None:
    then = tiny_world(LATER)
    for report, _ in asked_again(tmp_path, then, change(then), "user"):
        assert not [text for text in said(report)[0] if "less" in text or "more than" in text]


def test_what_was_told_less_stays_said_of_months_that_are_put_together(tmp_path: Path) -> None:
    then = tiny_world(LATER)
    first, *_ = asked_again(tmp_path, then, without_costs(then, 1.0), "user")
    with asking_at(LATER, tmp_path, then) as asker:
        history = asker.reporter.history
        assert list(compact(history, history.shelves(), LATER + 60 * DAY))
    with asking_at(LATER, tmp_path, then) as asker:
        assert said(asker.report(asked("user"))) == said(first[0])
        assert asker.starts() == []


FEW = (("usage_type",), ("usage_type", "user"), ("queue", "user"), ("job", "queue"))


def collected(home: Path, now: World, *, verify: bool = False) -> None:
    """A few cuts by queues of the tiny world's days, as the command does it."""
    with asking_at(LATER, home, now) as asker:
        collector, outcome = asker.reporter.collector(Zone("UTC")), Outcome(FarmId(FARM))
        days = collector.days(MONDAY - 2 * DAY)
        if verify:
            collector.checkup.check(outcome, days, lambda *_: None)
        every = collector.pieces(FarmId(FARM), days, to_the_end=verify)
        pieces = [p for p in every if p.shelf.by in FEW and p.shelf.resource == "queue"]
        assert len(list(collector.collect(outcome, pieces, lambda *_: None))) == len(pieces)
    assert outcome.errors == []


def told_twice(home: Path, now: World, *by: str) -> tuple[list[str], float, float]:
    """What is said, and is said again by who asks next."""
    found = []
    for _ in range(2):
        with asking_at(LATER, home, now) as asker:
            found.append(said(asker.report(asked(*by))))
    assert found[0] == found[1]
    return found[0]


ORDERS = {
    "collected": ("collect",),
    "verified": ("verify",),
    "collected and verified": ("collect", "verify"),
    "verified and collected": ("verify", "collect"),
    "reported and collected": ("report", "collect"),
    "reported and verified": ("report", "verify"),
}


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], float, float]:
    """What a question is told where the service tells less."""
    then = tiny_world(LATER)
    home = tmp_path_factory.mktemp("asked")
    report, *_ = asked_again(home, then, without_costs(then, 1.0), "queue", "user")
    return said(report[0])


@pytest.mark.parametrize("order", ORDERS.values(), ids=ORDERS)
def test_what_is_collected_says_what_a_question_is_told(tmp_path: Path, order, first) -> None:
    then, by, home = tiny_world(LATER), ("queue", "user"), tmp_path
    now = without_costs(then, 1.0)
    with asking_at(SOON, home, then) as asker:
        asker.report(asked())
    for command in order:
        if command == "report":
            with asking_at(LATER, home, now) as asker:
                assert said(asker.report(asked(*by))) == first
        else:
            collected(home, now, verify=command == "verify")
    assert told_twice(home, now, *by) == first


def test_collecting_takes_in_what_came_late_beside_what_is_forgotten(tmp_path: Path) -> None:
    """Of the day 2.50 USD are forgotten, and 1.00 of another usage type came late."""
    world = tiny_world(LATER)
    before, now = without_costs(world, 1.0), without_costs(world, 2.5)
    with asking_at(SOON, tmp_path, before) as asker:
        asker.report(asked())
    collected(tmp_path, now)
    texts, whole, unattributed = told_twice(tmp_path, now, "usage_type", "user")
    assert (whole, unattributed) == (13.0, 2.5)
    assert "$2.50 less" in " ".join(texts)
    assert "AWS does not tell" not in " ".join(texts)
