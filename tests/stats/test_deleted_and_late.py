"""A queue is deleted, and usage of another comes late: neither is set off against the other."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from simulator import World
from stats import remarks
from stats.model import Report, Window
from tests.stats.asking import asking
from tests.stats.autumn import FIRST, autumn_world, queue
from tests.stats.test_deleted_since import asked, without

GONE, STAYS = queue(2), queue(10)
DAY = Window(FIRST, FIRST + timedelta(days=1))


@pytest.fixture(scope="module")
def before() -> World:
    return autumn_world()


def kept(world: World, folder: Path, *by: str) -> Path:
    """A history of the first day's total, and of a breakdown."""
    with asking(world, history=str(folder)) as one:
        one.report(asked(world, 1, *by))
    return folder


@pytest.fixture(scope="module")
def apart(before: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return kept(before, tmp_path_factory.mktemp("apart"), "queue", "usage_type")


@pytest.fixture(scope="module")
def only_the_total(before: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return kept(before, tmp_path_factory.mktemp("total"))


def cost(world: World, *queues: str) -> float:
    """What the first day of some queues costs, or of all."""
    rows = world.usage[world.usage["queue_id"].isin(queues or [q.queue_id for q in world.queues])]
    return float(rows[rows["started_at"].between(DAY.start, DAY.end, "left")]["cost_usd"].sum())


def later(world: World, extra: float) -> World:
    """One queue is deleted; of another one so much came late on the first day."""
    rows = world.usage
    is_like = (rows["queue_id"] == STAYS) & (rows["usage_type"] == "COMPUTE")
    at = DAY.start + timedelta(hours=12)
    late = rows[is_like].iloc[:1].assign(cost_usd=extra, started_at=at)
    usage = pd.concat([rows, late], ignore_index=True) if extra else rows
    return without(replace(world, usage=usage), GONE)


def asked_twice(world: World, source: Path, home: Path, ids: tuple[str, ...]) -> list[Report]:
    """By users, each time from a process that knows only what history does."""
    shutil.copytree(source, home, dirs_exist_ok=True)
    found = []
    for _ in range(2):
        with asking(world, history=str(home)) as one:
            found.append(one.report(asked(world, 1, "user", "usage_type", ids=ids)))
    return found


def total(report: Report) -> float:
    return sum(usage.cost_usd.sum for usage in report.total_by_usage_type.values())


@pytest.mark.parametrize("ids", [(), (GONE, STAYS)], ids=["whole", "named"])
@pytest.mark.parametrize("share", [0.0, 0.5, 1.0, 2.0])
def test_a_total_holds_both_what_was_deleted_and_what_came_late(
    before: World, apart: Path, tmp_path: Path, share: float, ids: tuple[str, ...]
) -> None:
    gone = cost(before, GONE)
    extra = share * gone
    for report in asked_twice(later(before, extra), apart, tmp_path, ids):
        assert total(report) == pytest.approx(cost(before, *ids) + extra)
        assert report.unattributed_cost_usd == pytest.approx(gone) != 0
        assert (report.unknown, report.doubtful) == ((), ())
        said = " ".join(report.notes)
        assert (f"now tells ${extra:,.2f} more than history has" in said) == bool(extra)
        assert f"${gone:,.2f}" in said
        assert "AWS does not tell all usage apart" not in " ".join(
            r.text for r in remarks.of(report)
        )


@pytest.mark.parametrize("share", [0.5, 2.0])
def test_where_history_does_not_tell_them_apart_it_was_at_least_that(
    before: World, only_the_total: Path, tmp_path: Path, share: float
) -> None:
    extra = share * cost(before, GONE)
    for report in asked_twice(later(before, extra), only_the_total, tmp_path, ()):
        assert total(report) == pytest.approx(max(cost(before), cost(later(before, extra))))
        assert report.doubtful == (DAY,)
        assert "after something was deleted" in " ".join(r.text for r in remarks.of(report))
        (said,) = notes_of_deleted(report)
        stands = total(report) == pytest.approx(cost(before))  # with what is deleted, it may be
        assert said.startswith("May count queues") if stands else "only the days that" in said


def notes_of_deleted(report: Report) -> list[str]:
    found = remarks.of(report)
    return [one.text for one in found if one.kind is remarks.RemarkKind.DELETED]


@pytest.mark.parametrize("extra", [0.0, 5.0], ids=["nothing late", "late"])
def test_what_is_deleted_and_stands_in_the_total_is_said_to_count(
    before: World, apart: Path, tmp_path: Path, extra: float
) -> None:
    """And not that only some days of it do, beside a total that holds all of it."""
    shutil.copytree(apart, tmp_path, dirs_exist_ok=True)
    after = later(before, extra)
    with asking(after, history=str(tmp_path)) as one:
        report = one.report(asked(after, 1, "user", "usage_type"))
        named = one.report(asked(after, 1, "user", "usage_type", ids=(GONE, STAYS)))
    for found, ids in ((report, ()), (named, (GONE, STAYS))):
        assert total(found) == pytest.approx(cost(before, *ids) + extra)
        assert f"told ${cost(before, GONE):,.2f} less in all" in " ".join(found.notes)
    assert notes_of_deleted(report) == ["Counts queues that were deleted since: Queue 2."]
    assert notes_of_deleted(named) == []  # as where history tells it all


def test_of_days_without_a_total_in_history_what_is_deleted_is_not_counted(
    before: World, apart: Path, tmp_path: Path
) -> None:
    shutil.copytree(apart, tmp_path, dirs_exist_ok=True)
    after = later(before, 0.0)
    with asking(after, history=str(tmp_path)) as one:
        report = one.report(asked(after, 2, "user", "usage_type"))
    (said,) = notes_of_deleted(report)
    assert "only the days that history tells count here" in said
