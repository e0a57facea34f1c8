"""Queues that were deleted since: their days in history count, and the service is not asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from simulator import World
from stats import lookup
from stats.errors import NotFound, UnknownName
from stats.model import Dimension, FarmId, Filter, Question, Report
from tests.stats.asking import Asker, asking, question
from tests.stats.autumn import FIRST, autumn_world, queue

GONE, STAYS = queue(3), queue(4)
FARM = FarmId(autumn_world().farms[0].farm_id)


def without(world: World, *queues: str) -> World:
    """The world after some queues were deleted."""
    kept = tuple(one for one in world.queues if one.queue_id not in queues)
    return replace(world, queues=kept)


def asked(world: World, days: int, *by: str, ids: tuple[str, ...] = ()) -> Question:
    window = (FIRST, FIRST + timedelta(days=days))
    about = question(world, window, *by, ids=ids, period="daily")
    return replace(about, scope=replace(about.scope, whole=not ids))


@pytest.fixture(scope="module")
def before() -> World:
    return autumn_world()


@pytest.fixture(scope="module")
def filled(before: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Report]:
    """A history of seven days by queue, and what the service answered then."""
    folder = tmp_path_factory.mktemp("history")
    with asking(before, history=str(folder)) as one:
        return folder, one.report(asked(before, 7, "queue", "usage_type"))


@pytest.fixture
def after(before: World, filled: tuple[Path, Report]) -> Iterator[Asker]:
    with asking(without(before, GONE), history=str(filled[0])) as one:
        yield one


def cost_of(report: Report, key: str) -> float:
    rows = report.table[report.table["queue_id"] == key]
    return float(rows["cost_usd_sum"].sum())


def test_their_names_are_known_from_history(after: Asker) -> None:
    called = after.reporter.remembered(FARM, Dimension.QUEUE)
    assert called[GONE] == "Queue 3"
    assert len(called) == 13
    assert after.reporter.remembered(FARM, Dimension.FLEET) == {}


def test_the_whole_farm_counts_them_and_says_so(after: Asker, before: World, filled) -> None:
    report = after.report(asked(without(before, GONE), 7, "queue", "usage_type"))
    assert cost_of(report, GONE) == pytest.approx(cost_of(filled[1], GONE)) != 0
    (said,) = [note for note in report.notes if "deleted" in note]
    assert said == "Counts queues that were deleted since: Queue 3."
    assert after.starts() == []


def test_a_breakdown_that_history_does_not_have_has_them_in_its_total_alone(
    after: Asker, before: World, filled: tuple[Path, Report]
) -> None:
    """It is not said of a total that holds all of them that some of their days do not count."""
    report = after.report(asked(without(before, GONE), 7, "user", "usage_type"))
    cost = cost_of(filled[1], GONE)
    (said,) = [note for note in report.notes if "deleted" in note]
    assert said == "Counts queues that were deleted since: Queue 3."
    assert report.unattributed_cost_usd == pytest.approx(cost)
    assert f"told ${cost:,.2f} less in all" in " ".join(report.notes)


def test_a_window_beyond_history_counts_them_on_its_days_alone(after, before) -> None:
    report = after.report(asked(without(before, GONE), 9, "user", "usage_type"))
    (said,) = [note for note in report.notes if "deleted" in note]
    assert "only the days that history tells" in said


def test_without_days_of_history_nothing_is_said(after: Asker, before: World) -> None:
    later = (FIRST + timedelta(days=12), FIRST + timedelta(days=14))
    whole = question(without(before, GONE), later, "queue")
    report = after.report(replace(whole, scope=replace(whole.scope, whole=True)))
    assert [note for note in report.notes if "deleted" in note] == []


def test_in_a_window_that_begins_where_history_ends_it_is_said_what_may_lack(
    before, filled
) -> None:
    """The last day that the queue was listed on ended two days before, and that stays so."""
    folder, lately = filled[0], (FIRST + timedelta(days=9), FIRST + timedelta(days=11))
    whole = question(without(before, GONE), lately, "user")
    for _ in range(2):
        with asking(without(before, GONE), history=str(folder)) as after:
            report = after.report(replace(whole, scope=replace(whole.scope, whole=True)))
        (said,) = [note for note in report.notes if "deleted" in note]
        assert said == (
            "If queues that were deleted about when this window begins had usage in it, that is "
            "not in this: the service tells it no more. Queue 3."
        )


@pytest.mark.parametrize("ids", [(GONE,), (GONE, STAYS)], ids=len)
def test_one_that_is_asked_about_is_told_by_history(after, before, filled, ids) -> None:
    report = after.report(asked(before, 7, "queue", "usage_type", ids=ids))
    assert set(report.table["queue_id"]) == set(ids)
    assert cost_of(report, GONE) == pytest.approx(cost_of(filled[1], GONE))
    assert (report.notes, after.starts()) == ((), [])


@pytest.mark.parametrize("ids", [(GONE,), (GONE, STAYS)], ids=len)
def test_days_that_are_not_in_history_are_asked_for_without_it(after, before, filled, ids) -> None:
    wanted = asked(before, 9, "queue", "usage_type", ids=ids)
    with after.reporter.prepared([wanted]):
        report = after.report(wanted)
    assert cost_of(report, GONE) == pytest.approx(cost_of(filled[1], GONE))
    (said,) = [note for note in report.notes if "deleted" in note]
    assert "only the days that history tells" in said
    starts = [start["resourceIds"]["queueIds"] for start in after.starts()]
    assert all(some == [STAYS] for some in starts)
    assert bool(starts) == (STAYS in ids)


def test_a_breakdown_that_history_lacks_leaves_its_total_unattributed(after, before, filled):
    report = after.report(asked(before, 7, "user", "usage_type", ids=(GONE,)))
    cost = cost_of(filled[1], GONE)
    assert report.table.empty
    assert sum(u.cost_usd.sum for u in report.total_by_usage_type.values()) == pytest.approx(cost)
    assert report.unattributed_cost_usd == pytest.approx(cost) != 0
    assert report.unattributed_count == sum(u.count for u in report.total_by_usage_type.values())
    (note,) = report.notes
    assert f"${cost:,.2f} stand in the total, and in no row" in note
    assert (after.starts(), report.unknown) == ([], ())
    rows = filled[1].table
    used = set(rows.loc[rows["queue_id"] == GONE, "period_start"].dt.to_pydatetime())
    within = [one for one in report.in_no_row for at in used if one.start <= at < one.end]
    hours = sum(((one.end - one.start) for one in report.in_no_row), timedelta())
    assert (len(within), hours) == (len(used), len(used) * timedelta(days=1))
    jobs = replace(asked(before, 7, "job", ids=(GONE,)), most_jobs=5)
    assert after.report(jobs).unattributed_cost_usd == pytest.approx(cost)


def test_days_that_history_has_nothing_of_are_said_beside_that_total(after, before, filled) -> None:
    report = after.report(asked(before, 9, "user", ids=(GONE,)))
    assert report.unattributed_cost_usd == pytest.approx(cost_of(filled[1], GONE))
    assert [(gap.start, gap.end) for gap in report.unknown] == [
        (FIRST + timedelta(days=7), FIRST + timedelta(days=9))
    ]
    assert "only the days that history tells" in report.notes[-1]


@pytest.mark.parametrize("by", [(), ("queue",), ("usage_type",)], ids=str)
def test_a_filter_finds_them_as_the_scope_does(after: Asker, before: World, filled, by) -> None:
    whole = asked(without(before, GONE), 7, *by)
    cost = cost_of(filled[1], GONE)
    kept = (Filter(Dimension.QUEUE, frozenset({GONE})),)
    report = after.report(replace(whole, where=kept))
    assert report.total_cost_usd.sum == pytest.approx(cost)
    assert (report.notes, after.starts()) == ((), [])
    both = (Filter(Dimension.QUEUE, frozenset({GONE, STAYS})),)
    report = after.report(replace(whole, where=both))
    assert report.total_cost_usd.sum == pytest.approx(cost + cost_of(filled[1], STAYS))


def test_names_of_deleted_ones_are_understood(after: Asker, before: World) -> None:
    names, former = after.reporter.names, partial(after.reporter.remembered, FARM)
    assert lookup.scope(names, FARM, "Queue 3,queue 4", None, former).ids == (GONE, STAYS)
    with pytest.raises(UnknownName):
        lookup.scope(names, FARM, "Queue 3", None)
    whole = asked(without(before, GONE), 7)
    where = lookup.filters(after.reporter, whole, ["queue=Queue 3"])
    assert where == (Filter(Dimension.QUEUE, frozenset({GONE})),)


def test_a_name_that_one_has_taken_over_is_of_two(before: World, filled) -> None:
    queues = [
        q if q.queue_id != STAYS else replace(q, display_name="Queue 3")
        for q in without(before, GONE).queues
    ]
    with asking(replace(before, queues=tuple(queues)), history=str(filled[0])) as one:
        names, former = one.reporter.names, partial(one.reporter.remembered, FARM)
        with pytest.raises(UnknownName) as error:
            lookup.scope(names, FARM, "queue 3", None, former)
        assert f"{STAYS}, {GONE} (deleted since)" in str(error.value)


def test_one_that_was_there_in_the_middle_of_a_month_only_is_known(tmp_path: Path) -> None:
    world = autumn_world()
    with asking(world, history=str(tmp_path)) as one:
        one.report(asked(world, 3, "queue", "usage_type"))
    later = replace(asked(without(world, GONE), 7, "queue", "usage_type"))
    later = replace(later, window=replace(later.window, start=FIRST + timedelta(days=3)))
    with asking(without(world, GONE), history=str(tmp_path)) as one:
        one.report(later)
    with asking(without(world, GONE), history=str(tmp_path)) as one:
        assert one.reporter.remembered(FARM, Dimension.QUEUE)[GONE] == "Queue 3"
        report = one.report(asked(world, 7, "queue", ids=(GONE,)))
        assert report.total_cost_usd.sum > 0
        assert one.starts() == []


STRANGER = f"queue-{99:032x}"


@pytest.mark.parametrize("how", ["scope", "filter", "both"])
def test_one_that_nobody_has_heard_of_is_an_error_and_not_nothing(after, before, how) -> None:
    if how == "scope":
        question = asked(before, 7, "queue", ids=(STRANGER,))
    else:
        kept = frozenset({STRANGER} if how == "filter" else {STRANGER, GONE, STAYS})
        whole = asked(without(before, GONE), 7, "queue")
        question = replace(whole, where=(Filter(Dimension.QUEUE, kept),))
    with pytest.raises(NotFound, match=f"no queue {STRANGER}") as error:
        after.report(question)
    assert error.value.exit_code == 2
    assert after.starts() == []


def test_a_fleet_that_nobody_has_heard_of_is_an_error_where_queues_are_counted(after, before):
    stranger, whole = f"fleet-{99:032x}", asked(without(before, GONE), 7)
    with pytest.raises(NotFound, match=f"no fleet {stranger}"):
        lookup.filters(after.reporter, whole, [f"fleet={stranger}"])


def test_a_deleted_fleet_that_queues_still_report_is_none_of_those(before: World) -> None:
    gone = before.fleets[0].fleet_id
    with asking(replace(before, fleets=before.fleets[1:])) as one:
        where = lookup.filters(one.reporter, asked(before, 7), [f"fleet={gone}"])
        assert where == (Filter(Dimension.FLEET, frozenset({gone})),)


def test_one_that_history_does_not_know_is_refused_by_the_service(after, before) -> None:
    with pytest.raises(NotFound):
        after.report(asked(before, 9, "queue", ids=(f"queue-{99:032x}",)))


def notes_of_deleted(report: Report) -> list[str]:
    return [note for note in report.notes if "deleted since" in note]


def test_one_without_usage_in_the_window_or_the_filters_is_not_spoken_of(
    before: World, tmp_path: Path
) -> None:
    idle = before.usage["queue_id"].isna() | (before.usage["queue_id"] != GONE)
    world = replace(before, usage=before.usage[idle])
    with asking(world, history=str(tmp_path)) as one:
        one.report(asked(world, 7, "queue", "usage_type"))
    with asking(without(world, GONE), history=str(tmp_path)) as one:
        for by in (("queue", "usage_type"), ("usage_type",), ("user",)):
            assert notes_of_deleted(one.report(asked(without(world, GONE), 7, *by))) == []


def test_one_that_a_filter_leaves_nothing_of_is_not_spoken_of(after: Asker, before: World) -> None:
    about = asked(without(before, GONE), 7, "queue", "usage_type")
    for kind, spoken_of in (("COMPUTE", 1), ("NOTHING", 0)):
        where = (Filter(Dimension.USAGE_TYPE, frozenset({kind})),)
        assert len(notes_of_deleted(after.report(replace(about, where=where)))) == spoken_of


def test_where_it_can_not_be_told_whether_they_count_that_is_said(
    before: World, tmp_path: Path
) -> None:
    with asking(before, history=str(tmp_path)) as one:
        one.report(asked(before, 7, "usage_type"))
    with asking(without(before, GONE), history=str(tmp_path)) as one:
        said = notes_of_deleted(one.report(asked(without(before, GONE), 7, "usage_type")))
    assert said == ["May count queues that were deleted since: Queue 3."]


@pytest.mark.parametrize("by", [("usage_type",), ("queue", "user")], ids="-".join)
def test_who_asks_by_queue_too_late_does_not_tell_what_had_usage(
    before: World, tmp_path: Path, by: tuple[str, ...]
) -> None:
    """That cut lacks what the total has, so it may lack just those that were deleted."""
    with asking(before, history=str(tmp_path)) as one:
        one.report(asked(before, 7, "usage_type"))
    left = without(before, GONE)
    with asking(left, history=str(tmp_path)) as one:
        one.report(asked(left, 7, "queue", "usage_type"))
        one.report(asked(left, 7, *by))
    with asking(left, history=str(tmp_path)) as one:
        said = notes_of_deleted(one.report(asked(left, 7, "usage_type")))
    assert said == ["May count queues that were deleted since: Queue 3."]
