"""Queues that were deleted since: their days in history count, and the service is not asked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from simulator import World
from stats.errors import NotFound
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


def test_a_breakdown_that_history_does_not_have_leaves_them_out_and_says_so(after, before) -> None:
    report = after.report(asked(without(before, GONE), 7, "user", "usage_type"))
    (said,) = [note for note in report.notes if "deleted" in note]
    assert "only the days that history tells" in said


def test_without_days_of_history_nothing_is_said(after: Asker, before: World) -> None:
    later = (FIRST + timedelta(days=12), FIRST + timedelta(days=14))
    whole = question(without(before, GONE), later, "queue")
    report = after.report(replace(whole, scope=replace(whole.scope, whole=True)))
    assert [note for note in report.notes if "deleted" in note] == []


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


def test_where_history_can_tell_nothing_it_is_said(after: Asker, before: World) -> None:
    report = after.report(asked(before, 7, "user", "usage_type", ids=(GONE,)))
    assert report.table.empty
    assert "only the days that history tells" in report.notes[0]
    assert after.starts() == []


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
