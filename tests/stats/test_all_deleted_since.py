"""A farm whose queues (or fleets) were all deleted: history tells what it has, and no zero more."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulator import Simulator, World
from stats import lookup, remarks
from stats.errors import NotFound, QuestionError
from stats.model import Dimension, FarmId, Filter, Period, Question, Report, Scope, Window
from stats.outcome import Outcome
from stats.remarks import Ground, RemarkKind
from stats.zone import Zone
from tests.stats.asking import Asker, asking
from tests.stats.autumn import FIRST, autumn_world
from tests.stats.process import Shell

D = Dimension
DAY = timedelta(days=1)
FARM = FarmId(autumn_world().farms[0].farm_id)
WEEK = Window(FIRST, FIRST + 7 * DAY)
KINDS = [D.QUEUE, D.FLEET]


def about_all(kind: D, ids: tuple[str, ...], *by: D, window: Window = WEEK) -> Question:
    return Question(FARM, Scope(kind, ids, whole=True), window, by=by, period=Period.DAILY)


def emptied(world: World) -> World:
    return replace(world, queues=(), fleets=())


@pytest.fixture(scope="module", params=KINDS, ids=str)
def filled(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[D, Path, Report]:
    """A kind, a history of seven days by its ids and by user, and what it told then by those."""
    kind: D = request.param
    folder, world = tmp_path_factory.mktemp("history"), autumn_world()
    listed = world.queues if kind is D.QUEUE else world.fleets
    ids = tuple(one.queue_id if kind is D.QUEUE else one.fleet_id for one in listed)
    with asking(world, history=str(folder)) as one:
        one.report(about_all(kind, ids, D.USER, D.USAGE_TYPE))
        return kind, folder, one.report(about_all(kind, ids, kind, D.USAGE_TYPE))


@pytest.fixture
def after(filled: tuple[D, Path, Report]) -> Iterator[Asker]:
    """The farm after all that it had was deleted."""
    with asking(emptied(autumn_world()), history=str(filled[1])) as one:
        yield one


@pytest.mark.parametrize("by", ["own", "user", "nothing"])
def test_all_that_history_has_is_told_and_said_to_be_deleted(after, filled, by: str) -> None:
    kind, _, before = filled
    dimensions = {"own": (kind, D.USAGE_TYPE), "user": (D.USER, D.USAGE_TYPE), "nothing": ()}[by]
    report = after.report(about_all(kind, (), *dimensions))
    assert report.total_cost_usd.sum == pytest.approx(before.total_cost_usd.sum) != 0
    assert report.total_count == before.total_count
    assert (report.doubtful, report.unknown) == ((), ())
    assert report.preliminary_from is None
    (said,) = [note for note in report.notes if "deleted" in note]
    assert said.startswith(f"Counts {kind.value}s that were deleted since: ")
    assert after.starts() == []


def test_days_that_history_lacks_are_not_known_settled_or_not(after, filled) -> None:
    kind, _, before = filled
    until = after.reporter.as_of()
    both = Window(FIRST - 2 * DAY, until + DAY)
    report = after.report(about_all(kind, (), window=both))
    assert report.total_cost_usd.sum == pytest.approx(before.total_cost_usd.sum)
    assert report.unknown == (Window(both.start, WEEK.start), Window(WEEK.end, until))
    assert report.preliminary_from is None  # no figure of it can grow
    assert "only the days that history tells count here" in " ".join(report.notes)
    assert RemarkKind.NOTHING not in {remark.kind for remark in report.remarks}
    assert after.starts() == []


@pytest.mark.parametrize("whole", [True, False], ids=["whole", "named"])
def test_a_window_without_any_day_of_history_is_not_known_and_says_why(
    after: Asker, filled: tuple[D, Path, Report], *, whole: bool
) -> None:
    kind = filled[0]
    window = Window(WEEK.end, after.reporter.as_of())
    known = tuple(after.reporter.remembered(FARM, kind))
    question = about_all(kind, () if whole else known, window=window)
    report = after.report(replace(question, scope=replace(question.scope, whole=whole)))
    assert report.unknown == (window,)
    nothing = remarks.of_nothing(report)
    assert nothing.ground is Ground.UNKNOWN
    assert f"can’t be asked about {kind.value}s that were deleted" in nothing.text


def test_a_breakdown_that_history_lacks_leaves_its_total_and_no_doubt(after, filled) -> None:
    kind, _, before = filled
    report = after.report(about_all(kind, (), D.INSTANCE_TYPE))
    assert report.table.empty
    assert report.unattributed_cost_usd == pytest.approx(before.total_cost_usd.sum)
    assert (report.doubtful, report.unknown) == ((), ())
    assert "can’t be asked any more" in " ".join(report.notes)


def test_where_history_does_not_tell_them_apart_all_of_its_total_is_theirs(tmp_path) -> None:
    world = autumn_world()
    ids = tuple(one.queue_id for one in world.queues)
    with asking(world, history=str(tmp_path)) as one:
        before = one.report(about_all(D.QUEUE, ids))
    with asking(emptied(world), history=str(tmp_path)) as one:
        report = one.report(about_all(D.QUEUE, (), D.USER))
    assert report.unattributed_cost_usd == pytest.approx(before.total_cost_usd.sum) != 0
    assert (report.doubtful, report.unknown) == ((), ())


def test_one_of_them_is_filtered_by(after: Asker, filled: tuple[D, Path, Report]) -> None:
    kind, _, before = filled
    key = before.table[kind.column].iloc[0]
    where = (Filter(kind, frozenset({key})),)
    report = after.report(replace(about_all(kind, (), kind, D.USAGE_TYPE), where=where))
    rows = before.table[before.table[kind.column] == key]
    assert report.total_cost_usd.sum == pytest.approx(rows["cost_usd_sum"].sum()) != 0
    stranger = (Filter(kind, frozenset({f"{kind.value}-{'9' * 32}"})),)
    with pytest.raises(NotFound, match="history knows of none"):
        after.report(replace(about_all(kind, ()), where=stranger))


def test_a_window_to_come_is_not_one_of_a_farm_that_never_had_any(after, filled) -> None:
    start = datetime(2150, 1, 1, tzinfo=UTC)
    to_come = Window(start, start + DAY)
    report = after.report(about_all(filled[0], (), window=to_come))
    assert remarks.of_nothing(report).ground is Ground.NO_TIME


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_of_a_farm_that_has_none_and_had_none_it_is_said_so(kind: D, tmp_path: Path) -> None:
    with asking(emptied(autumn_world()), history=str(tmp_path)) as one:
        question = about_all(kind, ())
        with one.reporter.prepared([question]), pytest.raises(QuestionError) as told:
            one.report(question)
        assert str(told.value).startswith(f"This farm lists no {kind.value}s, and none is known")
        assert one.starts() == []


def test_all_queues_of_a_farm_without_any_are_a_scope_of_none() -> None:
    with asking(emptied(autumn_world())) as one:
        scope = lookup.scope(one.reporter.names, FARM, None, None)
    assert scope == Scope(D.QUEUE, (), whole=True)


def test_a_scope_that_is_chosen_is_never_empty() -> None:
    with pytest.raises(QuestionError, match="No fleet is chosen"):
        Scope(D.FLEET, ())


def test_collecting_ends_well_and_says_that_no_more_can_be_had(filled, tmp_path: Path) -> None:
    kind, folder, before = filled
    with Simulator(emptied(autumn_world())) as simulator:
        shell = Shell(tmp_path, simulator.url, {"FARM_COSTS_HISTORY": str(folder)})
        ended = shell.asked("collect", "--farm", FARM, "--days", "3", "--verify")
        edges = ("--start", f"{WEEK.start:%Y-%m-%d}", "--end", f"{WEEK.end:%Y-%m-%d}")
        told = shell.asked("report", "--farm", FARM, *edges, "--format", "json")
    assert ended.code == 0
    assert f"{FARM} lists no {kind.value}s any more" in ended.said
    if kind is D.FLEET:  # the command line is of queues, where nothing is named
        assert (told.code, told.text) == (2, "")
        assert "This farm lists no queues, and none is known" in told.said
    else:
        cost = json.loads(told.text)["total"]["cost_usd"]["sum"]
        assert cost == pytest.approx(before.total_cost_usd.sum, abs=0.01)


def used_on(day: Window) -> set[str]:
    usage = autumn_world().usage
    return set(usage["queue_id"][usage["started_at"].between(day.start, day.end, "left")].dropna())


def test_of_all_that_was_given_up_of_a_farm_that_lists_nothing_there_is_no_zero(tmp_path) -> None:
    days = [Window(FIRST + n * DAY, FIRST + (n + 1) * DAY) for n in (0, 1)]
    both, ids = Window(FIRST, FIRST + 2 * DAY), tuple(used_on(days[0]) & used_on(days[1]))
    queues = tuple(one for one in autumn_world().queues if one.queue_id in ids)
    world = replace(autumn_world(), queues=queues)
    with asking(world, history=str(tmp_path)) as one:
        before = one.report(about_all(D.QUEUE, ids, D.QUEUE, D.USAGE_TYPE, window=both))
    with asking(emptied(world), history=str(tmp_path)) as one:
        checkup, outcome = one.reporter.collector(Zone("UTC")).checkup, Outcome(FARM)
        checkup.accept(outcome, D.QUEUE, ids, days[1:], lambda *_: None)
        assert outcome.aside
    with asking(emptied(world), history=str(tmp_path)) as one:
        report = one.report(Question(FARM, Scope(D.QUEUE, ids[:1]), both))
    assert before.total_cost_usd.sum > report.total_cost_usd.sum > 0
    assert (report.doubtful, report.unknown) == ((), (days[1],))
