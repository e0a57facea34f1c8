"""Days that are first asked for after something was deleted, which was used later than that.

Its usage of them is told by nobody any more: they are at least what they are, and no zeros.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from simulator import World
from stats import comparison, remarks
from stats.conflict import Why
from stats.knowledge import Knowledge
from stats.model import Dimension, FarmId, Filter, Question, Report, Window
from stats.outcome import Outcome
from stats.remark import RemarkKind
from stats.whose import Whose
from stats.zone import Zone
from tests.stats.asking import asking, question
from tests.stats.autumn import FIRST, NOW, autumn_world, fleet, job, queue, records
from tests.stats.checkups import FARM, later, of

D, DAY = Dimension, timedelta(days=1)
GONE = {D.QUEUE: queue(3), D.FLEET: fleet(1)}
KINDS = pytest.mark.parametrize("kind", GONE, ids=str)
Filled = Callable[..., Path]


def listing(world: World, *gone: str) -> World:
    """The world after some queues and fleets were deleted."""
    queues = tuple(one for one in world.queues if one.queue_id not in gone)
    fleets = tuple(one for one in world.fleets if one.fleet_id not in gone)
    return replace(world, queues=queues, fleets=fleets)


def asked(world: World, first: int, last: int, *by: str, kind: D = D.QUEUE) -> Question:
    """Days of the farm, counted from 0 and both included."""
    window = FIRST + first * DAY, FIRST + (last + 1) * DAY
    found = question(world, window, *by, scope=kind.value, period="daily")
    return replace(found, scope=replace(found.scope, whole=True))


def told(world: World, home: Path, about: Question, now: datetime | None = None) -> Report:
    with asking(world, now, history=str(home)) as one:
        return one.report(about)


def days(first: int, last: int) -> tuple[Window, ...]:
    return (Window(FIRST + first * DAY, FIRST + (last + 1) * DAY),)


@pytest.fixture(scope="module")
def histories(tmp_path_factory: pytest.TempPathFactory) -> dict[D, Path]:
    """Days 7 to 9, by queue and by fleet; what is deleted then was used on all of them."""
    found = {kind: tmp_path_factory.mktemp(kind.value) for kind in GONE}
    for kind, home in found.items():
        about = asked(autumn_world(), 7, 9, kind.value, "usage_type", kind=kind)
        report = told(autumn_world(), home, about)
        used = report.table[report.table[kind.column] == GONE[kind]]
        assert len(set(used["period_start"])) == 3
    return found


@pytest.fixture
def filled(histories: dict[D, Path], tmp_path: Path) -> Filled:
    """A copy of one of those histories."""

    def copied(kind: D = D.QUEUE) -> Path:
        return Path(shutil.copytree(histories[kind], tmp_path / kind.value, dirs_exist_ok=True))

    return copied


@KINDS
@pytest.mark.parametrize("by", [(), ("user",)], ids=str)
def test_they_are_at_least_what_they_are_and_so_they_stay(
    filled: Filled, kind: D, by: tuple[str, ...]
) -> None:
    """Days after its last usage are what they are: nothing is known of it then."""
    home, left = filled(kind), listing(autumn_world(), GONE[kind])
    for _ in range(2):
        report = told(left, home, asked(left, 0, 12, *by, kind=kind))
        assert (report.doubtful, report.unknown) == (days(0, 6), ())
        assert "or after something was deleted" in "\n".join(one.text for one in remarks.of(report))


@KINDS
def test_what_lacks_is_named_when_they_are_asked_for_and_once_they_are_in_history(
    filled: Filled, kind: D
) -> None:
    home, left = filled(kind), listing(autumn_world(), GONE[kind])
    name = {D.QUEUE: "Queue 3", D.FLEET: "F1"}[kind]
    for last in (6, 6, 9):
        report = told(left, home, asked(left, 0, last, kind=kind))
        said = {one.kind: one.text for one in remarks.of(report)}
        assert said[RemarkKind.LEFT_OUT] == (
            f"On 7 days (20–26 Oct 2025) usage of {kind.value}s that were deleted before those "
            f"were asked for is not in this, if there was any: {name}."
        )
        assert "asked for so late, or after something was deleted," in said[RemarkKind.DOUBTFUL]
        assert (RemarkKind.DELETED in said) == (last == 9)


def test_days_of_history_are_no_more_known_by_the_calendar(filled: Filled) -> None:
    home, left = filled(), listing(autumn_world(), GONE[D.QUEUE])
    told(left, home, asked(left, 0, 9))
    with asking(left, history=str(home)) as one:
        known = one.reporter.certainty.of_farm(FarmId(left.farms[0].farm_id), [D.QUEUE])
    at = {(day.start - FIRST) // DAY: what for day, what in known.items()}
    assert {n for n, what in at.items() if what is Knowledge.DOUBTFUL} == set(range(7))
    assert {n for n, what in at.items() if what is Knowledge.KNOWN} == {7, 8, 9}


def test_they_are_held_against_no_other_days(filled: Filled) -> None:
    """Not when they are asked for, and not once they are in history."""
    home, left = filled(), listing(autumn_world(), GONE[D.QUEUE])
    for _ in range(2):
        before, now = (told(left, home, asked(left, *some)) for some in ((4, 6), (7, 9)))
        held = comparison.of_comparison(now, before)
        said = [one.text for one in held.remarks if one.kind is RemarkKind.COMPARISON]
        assert (held.is_comparable, said) == (
            False,
            [
                "Not comparable with the window before, 24–26 Oct 2025: the service may have "
                "forgotten usage of 3 days (24–26 Oct 2025) of it, or something was deleted, "
                "before those were asked for."
            ],
        )


@pytest.mark.parametrize("period", ["hourly", "daily"])
def test_so_it_is_by_the_hour_and_in_other_zones(filled: Filled, period: str) -> None:
    left = listing(autumn_world(), GONE[D.QUEUE])
    zone = {"hourly": "UTC", "daily": "America/Los_Angeles"}[period]
    start = FIRST + 2 * DAY + timedelta(hours=7)
    some = replace(asked(left, 2, 3), window=Window(start, start + DAY), timezone=zone)
    some = replace(some, period=type(some.period)(period))
    assert told(left, filled(), some).doubtful == (some.window,)


def test_that_a_filter_finds_nothing_there_is_not_said_of_what_is_not_known(filled: Filled) -> None:
    """The job was of that queue alone."""
    left, where = listing(autumn_world(), GONE[D.QUEUE]), (Filter(D.JOB, frozenset({job(3)})),)
    assert any(at.keys["job"] == job(3) for at in records() if at.at < FIRST + 7 * DAY)
    report = told(left, filled(), replace(asked(left, 0, 6, "user"), where=where))
    assert report.table.empty
    assert remarks.of_nothing(report).text == remarks.MATCHES_NOTHING


def test_where_nothing_is_told_of_others_they_are_not_known(filled: Filled) -> None:
    world = autumn_world()
    ours = world.usage["queue_id"] == GONE[D.QUEUE]
    left = listing(replace(world, usage=world.usage[ours]), GONE[D.QUEUE])
    home = filled()
    for _ in range(2):
        report = told(left, home, asked(left, 0, 6))
        assert (report.doubtful, report.unknown) == ((), days(0, 6))
        assert report.total_cost_usd.sum == 0


def test_a_gap_between_days_of_its_usage_is_at_least_that(filled: Filled) -> None:
    home, left = filled(), listing(autumn_world(), GONE[D.QUEUE])
    told(autumn_world(), home, asked(autumn_world(), 0, 2, "queue", "usage_type"))
    report = told(left, home, asked(left, 0, 9, "queue", "usage_type"))
    assert (report.doubtful, report.unknown) == (days(3, 6), ())


def test_what_was_not_there_yet_when_the_service_was_asked_lacks_on_no_day_before(
    tmp_path: Path,
) -> None:
    """Days 0 to 2 were asked for in the middle of day 6, without it; and then it came."""
    world = autumn_world()
    left = listing(world, GONE[D.QUEUE])
    then = FIRST + 6.5 * DAY
    told(replace(left, now=then), tmp_path, asked(left, 0, 2, "queue", "usage_type"), then)
    told(world, tmp_path, asked(world, 7, 9, "queue", "usage_type"))
    report = told(left, tmp_path, asked(left, 0, 9, "queue", "usage_type"))
    assert (report.doubtful, report.unknown) == (days(6, 6), ())


@pytest.mark.parametrize("used", [True, False])
def test_what_was_used_before_was_there_also_if_it_was_not_listed_for_a_while(
    tmp_path: Path, used: bool
) -> None:
    """Days 1 to 3 were asked for in the middle of day 6, without it, and then days beside them."""
    world = autumn_world()
    left = listing(world, GONE[D.QUEUE])
    then, day_0 = FIRST + 6.5 * DAY, world.usage["started_at"] < FIRST + DAY
    if not used:
        idle = day_0 & (world.usage["queue_id"] == GONE[D.QUEUE])
        world = replace(world, usage=world.usage[~idle])
    told(replace(left, now=then), tmp_path, asked(left, 1, 3, "queue", "usage_type"), then)
    told(world, tmp_path, asked(world, 7, 9, "queue", "usage_type"))
    for since in (world, left):
        told(world, tmp_path, asked(world, 0, 0, "queue", "usage_type"))
        report = told(since, tmp_path, asked(since, 0, 3))
        lacks = used and since is left  # while it is listed it can be asked for
        assert (report.doubtful, report.unknown) == (days(1, 3) if lacks else (), ())


@pytest.mark.parametrize("by", [(), ("user",), ("usage_type",)], ids=str)
def test_a_day_that_is_of_it_and_told_by_no_queue_stays_beside_more_of_others(
    tmp_path: Path, by: tuple[str, ...]
) -> None:
    """Day 7, that alone was asked about it, has more usage of others by then than it had in all."""
    world = autumn_world()
    left = listing(world, GONE[D.QUEUE])
    told(world, tmp_path, asked(world, 7, 7, *by))
    assert told(left, tmp_path, asked(left, 0, 1), NOW + DAY).doubtful == days(0, 1)
    like = of(left, days(7, 7), queue_id=queue(1))
    for kind in ("COMPUTE", "LICENSE", "PERSISTENT_VOLUME", "SNAPSHOT"):
        for hour in range(9):
            at, more = FIRST + 7 * DAY + timedelta(hours=hour), {"usage_type": kind}
            left = later(left, at, like, cost_usd=900.0, runtime_seconds=900_000, **more)
    with asking(left, NOW + 2 * DAY, history=str(tmp_path)) as one:
        outcome, collector = Outcome(FarmId(FARM)), one.reporter.collector(Zone("UTC"))
        collector.checkup.check(outcome, days(7, 7), lambda *_: None)
        assert (outcome.errors, outcome.written) == ([], 0)
        assert [(one.day, one.why) for one in outcome.conflicts] == [(*days(7, 7), Why.TOLD)]
        total = one.reporter.history.listed(Whose(FARM, D.QUEUE).shelf)
        origin = one.reporter.history.told(total).days[days(7, 7)[0]]
    assert (origin.first_asked_at, origin.fetched_at) == (NOW, NOW)
    assert told(left, tmp_path, asked(left, 0, 1), NOW + 3 * DAY).doubtful == days(0, 1)
    report = told(left, tmp_path, asked(left, 7, 7, "instance_type"), NOW + 3 * DAY)
    assert report.doubtful == days(7, 7)


@KINDS
def test_that_there_was_one_is_known_too_where_all_totals_with_it_are_lost(
    filled: Filled, kind: D
) -> None:
    """They are made of what there is by queue (or fleet) when somebody needs them."""
    home, left = filled(kind), listing(autumn_world(), GONE[kind])
    for file in home.rglob("cut=usage_type/*.parquet"):
        file.unlink()
    for last in (6, 6, 9, 6):
        assert told(left, home, asked(left, 0, last, kind=kind)).doubtful == days(0, 6)


def test_of_one_that_was_never_used_nothing_is_claimed(tmp_path: Path) -> None:
    world = autumn_world()
    idle = world.usage["queue_id"] != GONE[D.QUEUE]
    world = replace(world, usage=world.usage[idle])
    left = listing(world, GONE[D.QUEUE])
    told(world, tmp_path, asked(world, 7, 9, "queue", "usage_type"))
    report = told(left, tmp_path, asked(left, 0, 9, "queue", "usage_type"))
    assert (report.doubtful, report.unknown) == ((), ())


@pytest.mark.parametrize("by", ["", "too late"], ids=["not told by queue", "asked by queue later"])
def test_where_no_cut_tells_what_was_used_all_that_were_listed_may_have_been(
    tmp_path: Path, by: str
) -> None:
    world = autumn_world()
    left = listing(world, GONE[D.QUEUE])
    told(world, tmp_path, asked(world, 7, 9))
    if by:
        told(left, tmp_path, asked(left, 7, 9, "queue", "usage_type"))
    assert told(left, tmp_path, asked(left, 0, 6)).doubtful == days(0, 6)


def test_a_question_about_others_lacks_nothing(filled: Filled) -> None:
    left = listing(autumn_world(), GONE[D.QUEUE])
    some = replace(asked(left, 0, 9), where=(Filter(D.QUEUE, frozenset({queue(1), queue(4)})),))
    report = told(left, filled(), some)
    assert (report.doubtful, report.unknown) == ((), ())
