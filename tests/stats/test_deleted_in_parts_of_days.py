"""A queue was deleted: hours of a day, and days of another zone, are told with what they lack."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from simulator import Fault, World
from simulator.faults import START, Kind
from stats import conflict, lookup, parts, remarks
from stats.conflict import Why
from stats.dayfile import Shelf
from stats.errors import NotFound
from stats.model import Dimension, FarmId, Question, Report, Scope, Window
from stats.outcome import Outcome
from stats.remark import RemarkKind
from stats.zone import Zone
from tests.stats.asking import asking, question
from tests.stats.autumn import FIRST, autumn_world, queue
from tests.stats.frames import cut
from tests.stats.test_deleted_since import asked, notes_of_deleted, without

GONE = queue(2)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
BY_QUEUE = ("queue", "usage_type")
ZONE = Zone("America/Los_Angeles")


@pytest.fixture(scope="module")
def before() -> World:
    return autumn_world()


@pytest.fixture(scope="module")
def filled(before: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history of five days by queue."""
    folder = tmp_path_factory.mktemp("history")
    with asking(before, history=str(folder)) as one:
        one.report(asked(before, 5, *BY_QUEUE))
    return folder


def told(world: World, source: Path, home: Path, about: Question) -> Report:
    if home != source:
        shutil.copytree(source, home, dirs_exist_ok=True)
    with asking(world, history=str(home)) as one:
        return one.report(about)


def hours(world: World, end: timedelta, *by: str) -> Question:
    """The first hours of the farm."""
    return replace(asked(world, 1, *by), window=Window(FIRST, FIRST + end))


def in_california(world: World, *by: str) -> Question:
    start = FIRST + DAY + 7 * HOUR
    zone = "America/Los_Angeles"
    about = question(world, (start, start + 3 * DAY), *by, period="daily", timezone=zone)
    return replace(about, scope=replace(about.scope, whole=True))


@pytest.mark.parametrize("by", [(), BY_QUEUE, ("user",)], ids=str)
def test_hours_of_a_day_are_at_least_what_is_told_of_the_others(
    before: World, filled: Path, tmp_path: Path, by: tuple[str, ...]
) -> None:
    after = without(before, GONE)
    report = told(after, filled, tmp_path, hours(after, 23 * HOUR, *by))
    assert report.doubtful == (report.question.window,)
    assert "lost or written over" not in " ".join(one.text for one in remarks.of(report))
    (said,) = notes_of_deleted(report)
    assert said.endswith("not all of this window: Queue 2.")


def test_hours_of_which_history_has_the_total_only_are_held_against_it(
    before: World, tmp_path: Path
) -> None:
    with asking(before, history=str(tmp_path / "then")) as one:
        one.report(asked(before, 1))
    after = without(before, GONE)
    report = told(after, tmp_path / "then", tmp_path / "now", hours(after, 23 * HOUR))
    assert report.doubtful == (report.question.window,)
    idle = before.usage["queue_id"] == GONE
    with asking(replace(before, usage=before.usage[~idle]), history=str(tmp_path / "idle")) as one:
        one.report(asked(before, 1))
    report = told(after, tmp_path / "idle", tmp_path / "after", hours(after, 23 * HOUR))
    assert report.doubtful == ()


@pytest.mark.parametrize("by", [(), BY_QUEUE], ids=str)
def test_days_of_another_zone_are_at_least_what_is_told_of_the_others(
    before: World, filled: Path, tmp_path: Path, by: tuple[str, ...]
) -> None:
    after = without(before, GONE)
    about = in_california(after, *by)
    report = told(after, filled, tmp_path, about)
    assert report.doubtful == (about.window,)
    (said,) = notes_of_deleted(report)
    assert said.endswith("not all of this window: Queue 2.")
    utc = asked(after, 4, *BY_QUEUE)
    report = told(after, tmp_path, tmp_path, utc)
    assert notes_of_deleted(report) == ["Counts queues that were deleted since: Queue 2."]
    assert report.doubtful == ()


def test_without_anything_deleted_they_are_known(
    before: World, filled: Path, tmp_path: Path
) -> None:
    for about in (hours(before, 23 * HOUR), in_california(before)):
        report = told(before, filled, tmp_path, about)
        assert (report.doubtful, notes_of_deleted(report)) == ((), [])


@pytest.mark.parametrize("kind", ["failed", "access_denied", "validation"])
@pytest.mark.parametrize("where", ["hours", "another zone"])
def test_where_that_can_not_be_looked_at_the_answer_is_there_and_is_at_least_that(
    before: World, filled: Path, tmp_path: Path, kind: Kind, where: str
) -> None:
    shutil.copytree(filled, tmp_path, dirs_exist_ok=True)
    about = hours(before, 23 * HOUR) if where == "hours" else in_california(before)
    with asking(before, history=str(tmp_path)) as one:
        sure = one.another(history="off").ask(about)
        starts = len(one.starts())
        one.simulator.faults.add(Fault(START, kind, times=None, skip=starts))
        report = one.report(about)
    assert report.total_cost_usd == sure.total_cost_usd
    assert report.doubtful == (about.window,)
    said = [said.text for said in remarks.of(report) if said.kind is RemarkKind.DOUBTFUL]
    assert len(said) == 2
    assert said[0].startswith("It was at least so much")
    assert "late" not in said[0]
    assert "still tells as much of" in said[1]
    assert "could not be looked at." in said[1]


@pytest.mark.parametrize("by", [("usage_type",), ("usage_type", "user")], ids=str)
def test_what_touches_days_of_another_zone_that_are_told_in_part_by_now_is_not_collected(
    before: World, filled: Path, tmp_path: Path, by: tuple[str, ...]
) -> None:
    """Three days of California, after half of a day of UTC that two touch was forgotten."""
    shutil.copytree(filled, tmp_path, dirs_exist_ok=True)
    about, farm = in_california(before), FarmId(before.farms[0].farm_id)
    some = before.usage["started_at"].between(FIRST + 2.5 * DAY, FIRST + 3 * DAY, "left")
    assert before.usage[some]["cost_usd"].sum() > 0
    now = replace(before, usage=before.usage[~some])
    with asking(now, history=str(tmp_path)) as one:
        collector, outcome = one.reporter.collector(ZONE), Outcome(farm)
        days = [d for d in collector.days(about.window.start) if d.end <= about.window.end]
        pieces = [p for p in collector.pieces(farm, days) if p.shelf.by == by]
        for _ in collector.collect(outcome, pieces, lambda *_: None):
            pass
        held = one.another().history.listed(Shelf(farm, Dimension.QUEUE, by))
        assert [day in held for day in days] == [False, False, True]
        errors = conflict.errors(farm, outcome.conflicts, ZONE)
        report = one.another().ask(about)
    assert [(told.day, told.why) for told in outcome.conflicts] == [
        (days[0], Why.ELSEWHERE),
        (days[1], Why.ELSEWHERE),
    ]
    assert [error.exit_code for error in errors] == [4]
    assert "that 2 settled days (2025-10-21 to 2025-10-22) of America/Los_Angeles" in errors[0].what
    assert report.doubtful == (Window(days[0].start, days[1].end),)


def test_while_they_are_told_in_full_they_are_collected(
    before: World, filled: Path, tmp_path: Path
) -> None:
    shutil.copytree(filled, tmp_path, dirs_exist_ok=True)
    about, farm = in_california(before), FarmId(before.farms[0].farm_id)
    with asking(before, history=str(tmp_path)) as one:
        collector, outcome = one.reporter.collector(ZONE), Outcome(farm)
        days = [d for d in collector.days(about.window.start) if d.end <= about.window.end]
        pieces = [p for p in collector.pieces(farm, days) if p.shelf.by == ("usage_type",)]
        for _ in collector.collect(outcome, pieces, lambda *_: None):
            pass
    assert (outcome.written, outcome.conflicts) == (6, [])


NOVEMBER = datetime(2025, 11, 2, tzinfo=UTC)
OF_25_HOURS = Window(NOVEMBER + 7 * HOUR, NOVEMBER + 32 * HOUR)
"""A day of California, on which clocks go back; Colorado's begins and ends an hour sooner."""


def november(home: Path, before: World, zones: Sequence[str]) -> World:
    """A history of the whole day of those zones; and what is left when its last hour is not."""
    for number, zone in enumerate(zones):
        ends = OF_25_HOURS.start - number * HOUR, OF_25_HOURS.end - number * HOUR
        about = question(before, ends, period="daily", timezone=zone)
        with asking(before, history=str(home)) as one:
            one.report(replace(about, scope=replace(about.scope, whole=True)))
    late = before.usage["started_at"].between(OF_25_HOURS.end - HOUR, OF_25_HOURS.end, "left")
    assert before.usage[late]["cost_usd"].sum() > 0  # past the end of the day in UTC
    return replace(before, usage=before.usage[~late])


ZONES = [("America/Los_Angeles",), ("America/Los_Angeles", "America/Denver")]


@pytest.mark.parametrize("zones", ZONES, ids=len)
@pytest.mark.parametrize("is_forgotten", [False, True])
def test_a_day_of_another_zone_on_which_clocks_change_is_looked_at_by_the_hour(
    before: World, tmp_path: Path, zones: Sequence[str], *, is_forgotten: bool
) -> None:
    after = november(tmp_path, before, zones)
    utc = replace(asked(before, 1), window=Window(NOVEMBER, NOVEMBER + DAY))
    with asking(after if is_forgotten else before, history=str(tmp_path)) as one:
        report = one.report(utc)
        by_the_hour = [start for start in one.starts() if start["period"] == "HOURLY"]
    assert report.doubtful == ((utc.window,) if is_forgotten else ())
    assert {start["endTime"] for start in by_the_hour} == {"2025-11-03T08:00:00Z"}


@pytest.mark.parametrize("zones", ZONES, ids=len)
@pytest.mark.parametrize("is_forgotten", [False, True])
def test_what_touches_such_a_day_is_collected_only_while_all_of_that_is_told(
    before: World, tmp_path: Path, zones: Sequence[str], *, is_forgotten: bool
) -> None:
    after, farm = november(tmp_path, before, zones), FarmId(before.farms[0].farm_id)
    with asking(after if is_forgotten else before, history=str(tmp_path)) as one:
        collector, outcome = one.reporter.collector(Zone("UTC")), Outcome(farm)
        pieces = collector.pieces(farm, [Window(NOVEMBER, NOVEMBER + DAY)])
        total = [p for p in pieces if p.shelf.by == ("usage_type",)]
        for _ in collector.collect(outcome, total[:1], lambda *_: None):
            pass
    assert bool(outcome.written) is not is_forgotten
    assert [told.why for told in outcome.conflicts] == [Why.ELSEWHERE] * is_forgotten


def test_of_a_day_that_is_looked_at_by_the_hour_its_own_hours_count_alone() -> None:
    """A dollar in each of two days' 48 hours, of which this one has 25."""
    by, hours = (Dimension.USAGE_TYPE,), [OF_25_HOURS.start + n * HOUR for n in range(-6, 42)]
    told = cut(by, [(at.replace(tzinfo=None), "COMPUTE") for at in hours])
    look = parts.look_at(OF_25_HOURS)
    assert look.costs(told, [OF_25_HOURS]) == {(OF_25_HOURS, "COMPUTE"): 25.0}


@pytest.mark.parametrize("hour", range(24))
def test_a_day_of_another_zone_is_looked_at_as_a_day(hour: int) -> None:
    day = Window(FIRST + hour * HOUR, FIRST + DAY + hour * HOUR)
    look = parts.look_at(day)
    assert not look.hourly
    assert look.zone.is_day(day.start, day.end)


CASES = [
    (BY_QUEUE, True, True),  # what the deleted one had is known
    ((), True, True),  # it is not, and more is told than was
    (BY_QUEUE, False, False),
    ((), False, False),
]


@pytest.mark.parametrize(("by", "is_deleted", "is_left"), CASES)
def test_late_usage_of_another_queue_does_not_stand_for_what_was_deleted(
    before: World, tmp_path: Path, by: tuple[str, ...], *, is_deleted: bool, is_left: bool
) -> None:
    """On each day twice as much of each usage type as the queue had came late of another one."""
    some = before.usage["started_at"].between(FIRST, FIRST + 2 * DAY, "left")
    used = before.usage[some]
    then = replace(before, usage=used)
    late = used[used["queue_id"] == GONE].assign(queue_id=queue(1))
    after = replace(then, usage=pd.concat([used, late, late], ignore_index=True))
    with asking(then, history=str(tmp_path)) as one:
        one.report(asked(before, 2, *by))
    farm = FarmId(before.farms[0].farm_id)
    total = Shelf(farm, Dimension.QUEUE, (Dimension.USAGE_TYPE,))
    with asking(without(after, GONE) if is_deleted else after, history=str(tmp_path)) as one:
        collector, outcome = one.reporter.collector(ZONE), Outcome(farm)
        first = Window(FIRST + 7 * HOUR, FIRST + DAY + 7 * HOUR)
        pieces = [p for p in collector.pieces(farm, [first]) if p.shelf == total]
        for _ in collector.collect(outcome, pieces, lambda *_: None):
            pass
    assert [told.why for told in outcome.conflicts] == [Why.ELSEWHERE] * is_left
    assert outcome.written == (not is_left)


def test_one_that_only_cuts_without_a_total_name_is_heard_of(before: World, tmp_path: Path) -> None:
    """As where somebody was broken off, or totals were lost: it is no stranger, and no zero."""
    with asking(before, history=str(tmp_path)) as one:
        one.report(asked(before, 3, "fleet", "user"))
    for file in tmp_path.rglob("cut=usage_type/*.parquet"):
        file.unlink()
    after = without(before, GONE)
    scope = Scope(Dimension.QUEUE, (GONE,))
    some = [replace(one, scope=scope) for one in (hours(after, 5 * HOUR), in_california(after))]
    with asking(after, history=str(tmp_path)) as one:
        assert [one.report(about).unknown for about in some] == [(a.window,) for a in some]
        assert lookup.resources(
            one.reporter.names,
            some[0].farm_id,
            Dimension.QUEUE,
            "queue 2",
            partial(one.reporter.remembered, some[0].farm_id),
        ) == (GONE,)
        assert one.reporter.named_by_other(some[0].farm_id, Dimension.FLEET)
    (cut_by_user,) = tmp_path.rglob("cut=fleet-user")
    (cut_by_user / "20240101T00Z-20240102T00Z (1).parquet").touch()
    with asking(after, history=str(tmp_path)) as one, pytest.raises(NotFound, match="can't be r"):
        one.report(some[0])
