"""What is known of a day: when it was first asked for decides, whoever asks, and however often."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulator import World
from simulator.tiny import COMP, FARM, LIGHTING, tiny_world
from stats.knowledge import Knowledge, Rule, Seen
from stats.model import Dimension, FarmId, Period, Question, Report, Scope, Window
from stats.settings import OFF
from tests.stats.asking import asking

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
SOON, LATE = datetime(2026, 3, 10, tzinfo=UTC), datetime(2026, 9, 1, tzinfo=UTC)
RAN = Window(MONDAY, MONDAY + timedelta(days=3))
SPAN = Window(MONDAY - timedelta(days=2), MONDAY + timedelta(days=5))
BEFORE, AFTER = Window(SPAN.start, RAN.start), Window(RAN.end, SPAN.end)
DAY = timedelta(days=1)


def asked(*by: str, window: Window = SPAN, ids: tuple[str, ...] = (COMP, LIGHTING)) -> Question:
    """About the days around those on which something ran; of all queues where both are named."""
    scope = Scope(Dimension.QUEUE, ids, whole=len(ids) == 2)
    return Question(FarmId(FARM), scope, window, by=tuple(map(Dimension, by)))


def asking_at(now: datetime, home: Path | str, world: World | None = None, **more: object):
    return asking(world or tiny_world(now), now, history=str(home), **more)


def told(report: Report) -> tuple[tuple[Window, ...], tuple[Window, ...]]:
    return report.doubtful, report.unknown


def total(report: Report) -> float:
    return sum(usage.cost_usd.sum for usage in report.total_by_usage_type.values())


def collected(home: Path, now: datetime = SOON, world: World | None = None) -> None:
    """History as it is after somebody has asked."""
    with asking_at(now, home, world) as asker:
        asker.report(asked("user"))


def forgetful(now: datetime) -> World:
    """The service knows of nothing any more."""
    world = tiny_world(now)
    return replace(world, usage=world.usage.iloc[:0])


@pytest.mark.parametrize("kept", [True, False], ids=["with history", "without"])
def test_a_link_to_long_ago_says_the_same_each_time_it_is_opened(
    tmp_path: Path, kept: bool
) -> None:
    home = tmp_path if kept else OFF
    with asking_at(LATE, home) as asker:
        reports = [asker.report(asked(*by)) for by in ((), ("user",), (), ("instance_type",))]
    with asking_at(LATE, home) as asker:
        reports += [asker.report(asked(*by)) for by in ((), ("user",))]
    assert {told(report) for report in reports} == {((RAN,), (BEFORE, AFTER))}
    assert {total(report) for report in reports} == {13.0}


@pytest.mark.parametrize("kept", [True, False], ids=["with history", "without"])
def test_days_that_were_asked_for_in_time_are_known_and_those_before_the_first_are_not(
    tmp_path: Path, kept: bool
) -> None:
    home = tmp_path if kept else OFF
    with asking_at(SOON, home) as asker:
        reports = [asker.report(asked(*by)) for by in ((), ("user",), ())]
    assert {told(report) for report in reports} == {((), (BEFORE,))}
    if kept:  # and they stay so
        with asking_at(LATE, home, forgetful(LATE)) as asker:
            assert told(asker.report(asked())) == ((), (BEFORE,))
            assert told(asker.report(asked("user"))) == ((), (BEFORE,))


def test_a_service_that_forgets_nothing_leaves_nothing_in_doubt(tmp_path: Path) -> None:
    with asking_at(LATE, tmp_path, remembered_days="unlimited") as asker:
        assert told(asker.report(asked())) == ((), (BEFORE,))
    with asking_at(LATE, tmp_path) as asker:  # when it is read it is decided
        assert told(asker.report(asked())) == ((RAN,), (BEFORE, AFTER))


@pytest.mark.parametrize("now", [SOON, LATE])
def test_of_a_farm_of_which_no_usage_is_known_nothing_is_known(now: datetime) -> None:
    with asking_at(now, OFF, forgetful(now)) as asker:
        assert told(asker.report(asked())) == ((), (SPAN,))


def test_what_comes_to_be_known_later_makes_no_day_unknown_that_was_known(tmp_path: Path) -> None:
    """Days before the first with usage are asked for while no usage is known of yet."""
    before = replace(asked(), window=BEFORE)
    with asking_at(SOON, tmp_path) as asker:
        first = told(asker.report(before))
        asker.report(asked())
    with asking_at(SOON, tmp_path) as asker:
        assert [first, told(asker.report(before))] == [((), (BEFORE,))] * 2


@pytest.mark.parametrize(("after", "is_late"), [(120, False), (120.1, True)])
def test_a_day_is_known_for_as_long_as_the_service_is_sure_to_remember_it(
    after: float, is_late: bool
) -> None:
    day, rule = Window(MONDAY, MONDAY + DAY), Rule(timedelta(days=120))
    at = day.end + timedelta(days=after)
    used, idle = (rule.of(day, Seen(at, usage), MONDAY - DAY) for usage in (True, False))
    late = (Knowledge.DOUBTFUL, Knowledge.NOT_KNOWN)
    assert (used, idle) == (late if is_late else (Knowledge.KNOWN, Knowledge.KNOWN))


def test_preliminary_days_are_known_and_may_change(tmp_path: Path) -> None:
    now = MONDAY + timedelta(days=4, hours=12)
    with asking_at(now, tmp_path) as asker:
        report = asker.report(asked())
    assert (told(report), report.preliminary_from) == (((), (BEFORE,)), MONDAY + 2 * DAY)


def test_hours_of_long_ago_are_as_little_known_as_their_days() -> None:
    hours = Window(MONDAY - timedelta(hours=5), MONDAY + timedelta(hours=10))
    with asking_at(LATE, OFF) as asker:
        report = asker.report(asked(window=hours))
    assert told(report) == ((Window(MONDAY, hours.end),), (Window(hours.start, MONDAY),))


FORENOON = Window(MONDAY, MONDAY + timedelta(hours=12))


def of_forenoon(period: Period = Period.HOURLY, ids: tuple[str, ...] = (COMP, LIGHTING)):
    return replace(asked(window=FORENOON, ids=ids), period=period)


@pytest.mark.parametrize("period", [Period.HOURLY, Period.TOTAL])
@pytest.mark.parametrize(("ids", "cost"), [((COMP, LIGHTING), 6.0), ((COMP,), 1.5)], ids=str)
def test_hours_of_a_day_that_was_asked_for_in_time_are_known(tmp_path, period, ids, cost) -> None:
    with asking_at(SOON, tmp_path) as asker:
        asker.report(asked("queue", "usage_type"))
    with asking_at(LATE, tmp_path) as asker:
        report = asker.report(of_forenoon(period, ids))
        assert report.total_cost_usd.sum == cost
        assert told(report) == ((), ())
        ends = [start["endTime"] for start in asker.starts()]
        assert ends.count("2026-03-03T00:00:00Z") == 1


def test_hours_are_as_little_known_as_ever_where_the_service_tells_less_of_their_day(tmp_path):
    """In the evening, 2 USD; in the forenoon there may have been more, too."""
    collected(tmp_path)
    world = tiny_world(LATE)
    forgotten = replace(world, usage=world.usage[world.usage["cost_usd"] != 2.0])
    for now, (doubtful, unknown) in (
        (forgotten, ((FORENOON,), ())),
        (forgetful(LATE), ((), (FORENOON,))),
    ):
        with asking_at(LATE, tmp_path, now) as asker:
            assert told(asker.report(of_forenoon())) == (doubtful, unknown)


def test_no_more_is_asked_of_hours_of_days_that_history_does_not_have(tmp_path: Path) -> None:
    with asking_at(SOON + timedelta(days=30), tmp_path) as asker:
        assert told(asker.report(of_forenoon())) == ((), ())
        assert {start["endTime"] for start in asker.starts()} == {"2026-03-02T12:00:00Z"}


def before_usd(cost: float) -> World:
    """The service knows of nothing that cost so much any more, sooner than it is sure to."""
    world = tiny_world(SOON)
    return replace(world, usage=world.usage[world.usage["cost_usd"] != cost])


TOKYO = Window(MONDAY - timedelta(hours=9), MONDAY + timedelta(hours=15))


def of_tokyo(*by: str) -> Question:
    """Of the Monday there, which begins on Sunday at 15:00 UTC."""
    return replace(asked(*by, window=TOKYO), timezone="Asia/Tokyo")


@pytest.mark.parametrize("question", [of_forenoon(), of_tokyo(), of_tokyo("user")], ids=str)
@pytest.mark.parametrize(
    ("world", "is_told"), [(tiny_world(SOON), True), (before_usd(2.0), False)], ids=str
)
def test_hours_and_days_of_another_zone_are_held_against_the_days_that_history_has(
    tmp_path: Path, question: Question, world: World, is_told: bool
) -> None:
    """In the evening of the Monday, 2 USD: of the other hours, there may have been more, too."""
    collected(tmp_path)
    with asking_at(SOON, tmp_path, world) as asker:
        report = asker.report(question)
        assert total(report) > 0
        assert (report.doubtful == ()) is is_told
        assert report.unknown == ()


def test_what_lacks_something_of_history_does_not_go_there(tmp_path: Path) -> None:
    collected(tmp_path)
    with asking_at(SOON, tmp_path, before_usd(2.0)) as asker:
        asker.report(of_tokyo())
    with asking_at(SOON, tmp_path) as asker:
        report = asker.report(of_tokyo())
        assert asker.starts()
    assert told(report) == ((), ())


def test_a_total_does_not_fall_below_what_history_has_where_the_service_forgets(
    tmp_path: Path,
) -> None:
    collected(tmp_path)
    with asking_at(LATE, tmp_path, forgetful(LATE)) as asker:
        report = asker.report(asked("instance_type"))
        assert asker.starts()
    assert (total(report), report.unattributed_cost_usd) == (13.0, 13.0)
    assert (report.unattributed_count, told(report)) == (7, ((), (BEFORE,)))
    assert any("On 3 days the service told $13.00 less" in note for note in report.notes)


def test_usage_that_came_late_counts_and_is_said(tmp_path: Path) -> None:
    world = tiny_world(LATE)
    collected(tmp_path, world=replace(world, usage=world.usage[world.usage["cost_usd"] != 3.0]))
    with asking_at(SOON + DAY, tmp_path, world) as asker:
        report = asker.report(asked("instance_type"))
    assert (total(report), report.unattributed_cost_usd) == (13.0, 0.0)
    assert any("$3.00 more than history has" in note for note in report.notes)


def test_of_some_queues_only_their_own_usage_makes_a_day_more_than_unknown(
    tmp_path: Path,
) -> None:
    with asking_at(LATE, tmp_path) as asker:
        for by in ((), ("queue", "user")):
            asker.report(asked(*by))
        report = asker.report(asked(ids=(LIGHTING,)))  # it ran on the first two days
    two = Window(MONDAY, MONDAY + 2 * DAY)
    assert told(report) == ((two,), (BEFORE, Window(two.end, SPAN.end)))


def without(world: World, queue: str) -> World:
    """It is deleted, and its work is still reported by fleets."""
    return replace(world, queues=tuple(q for q in world.queues if q.queue_id != queue))


def test_of_a_queue_that_had_gone_when_days_were_asked_for_nothing_is_claimed(
    tmp_path: Path,
) -> None:
    first = Window(SPAN.start, MONDAY + DAY)
    with asking_at(SOON, tmp_path) as asker:  # the first days while it was there
        asker.report(asked("queue", "usage_type", window=first))
    gone = without(tiny_world(SOON), LIGHTING)
    with asking_at(SOON, tmp_path, gone) as asker:  # and the rest once it had gone
        whole = replace(asked("queue", "usage_type"), scope=Scope(Dimension.QUEUE, (COMP,), True))
        asker.report(whole)
    with asking_at(SOON, tmp_path, gone) as asker:
        report = asker.report(asked("queue", "usage_type", ids=(LIGHTING,)))
    assert report.total_cost_usd.sum == 4.5
    assert told(report) == ((), (BEFORE, Window(first.end, SPAN.end)))


def test_what_fleets_report_more_than_queues_is_said(tmp_path: Path) -> None:
    gone = without(tiny_world(SOON), LIGHTING)
    scope = Scope(Dimension.QUEUE, (COMP,), whole=True)
    fleets = Scope(Dimension.FLEET, tuple(f.fleet_id for f in gone.fleets), whole=True)
    with asking_at(SOON, tmp_path, gone) as asker:
        asker.report(replace(asked(), scope=fleets))
        asker.report(replace(asked(), scope=scope))
    with asking_at(SOON, tmp_path, gone) as asker:
        report = asker.report(replace(asked(), scope=scope))
        other = asker.report(replace(asked(), scope=fleets))
    (said,) = [note for note in report.notes if "fleets report" in note]
    assert said.startswith("On 2 days fleets report $7.50 more than queues")
    assert not [note for note in other.notes if "queues report" in note]
