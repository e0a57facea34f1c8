"""A history whose files are of two moments, as after a backup was brought back in part."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from simulator import World
from stats.dayfile import Shelf
from stats.model import Dimension, Window
from tests.stats import checkups
from tests.stats.asking import asking
from tests.stats.autumn import autumn_world
from tests.stats.checkups import (
    COMPUTE,
    FARM,
    FLEET,
    QUEUE,
    SERVICE,
    TYPE,
    amiss,
    asked,
    checked,
    counted,
    later,
    of,
    two_queues,
    without,
    wrong,
)

DAYS = checkups.days()
CUTS = ("cut=usage_type", "cut=queue-usage_type", "cut=fleet-usage_type", "cut=job-usage_type")


def late_world() -> tuple[World, str]:
    """The farm after USD 777 of a queue were told late, and another queue."""
    world = autumn_world()
    then = of(world, DAYS)
    other, one = two_queues(then)
    like = then[(then["queue_id"] == one) & (then["usage_type"] == COMPUTE)]
    return later(world, DAYS[0].start + timedelta(hours=3), like, cost_usd=777.0), other


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bool], Path]:
    """A history that has what was late, of before or after the other queue was deleted."""

    @cache
    def makes(is_gone: bool) -> Path:
        world, other = late_world()
        home = checkups.collected(tmp_path_factory.mktemp("taken-in"), CUTS)
        now = without(world, other) if is_gone else world
        with asking(now, service=SERVICE, history=str(home)) as asker:
            assert checked(asker.reporter, cuts=CUTS).errors == []
        return home

    return makes


def brought_back(before: Path, home: Path, *shelves: Shelf) -> None:
    """Their files as they were before."""
    for shelf in shelves:
        for file in (before / "v2" / shelf.folder).iterdir():
            shutil.copy(file, home / "v2" / shelf.folder)


@pytest.mark.parametrize(
    ("resource", "gone"),
    [
        (QUEUE, ""),
        (QUEUE, "before it was late"),
        (QUEUE, "after it was late"),
        (FLEET, ""),  # what fleets tell is the same, whichever queue is gone
    ],
)
def test_what_came_late_is_counted_once_though_an_older_cut_by_queue_was_brought_back(
    resource: Dimension, gone: str, taken_in: Callable[[bool], Path], tmp_path: Path
) -> None:
    world, other = late_world()
    left = without(world, other) if gone else world
    before = checkups.collected(tmp_path, CUTS)
    home = Path(shutil.copytree(taken_in(gone.startswith("before")), tmp_path / "home"))
    brought_back(before, home, Shelf(FARM, resource, (resource, TYPE)))
    with asking(left, service=SERVICE, history=str(home)) as asker:
        assert checked(asker.reporter, cuts=CUTS).errors == []
        for scope in ("queue", "fleet"):
            assert wrong(asker, DAYS, of(world, DAYS), "usage_type", scope, scope=scope) == []
        assert amiss(asker) == []


def test_so_it_is_where_the_cut_was_told_less_than_the_total_from_the_first(tmp_path: Path) -> None:
    world, gone = late_world()
    home, before = tmp_path / "history", tmp_path / "before"
    with asking(autumn_world(), service=SERVICE, history=str(home)) as asker:
        asker.another().ask(asked(DAYS, "usage_type"))
    with asking(without(autumn_world(), gone), service=SERVICE, history=str(home)) as asker:
        checked(asker.reporter, verify=False, cuts=CUTS)
    shutil.copytree(home, before)
    for _ in range(2):
        with asking(without(world, gone), service=SERVICE, history=str(home)) as asker:
            assert checked(asker.reporter, cuts=CUTS).errors == []
            assert wrong(asker, DAYS, of(world, DAYS), "usage_type") == []
        brought_back(before, home, Shelf(FARM, QUEUE, (QUEUE, TYPE)))


def test_so_it_is_of_one_that_was_put_together_before_and_of_a_queue_that_is_deleted(
    tmp_path: Path,
) -> None:
    """The total has what came late of it, and the service tells it no more."""
    home, before, first = tmp_path / "history", tmp_path / "before", autumn_world()
    other, one = two_queues(of(first, DAYS))
    sooner, (world, _) = changed(first, other, DAYS[:1]), late_world()
    with asking(first, service=SERVICE, history=str(home)) as asker:
        checked(asker.reporter, verify=False, cuts=CUTS[:2])
    for now in (sooner, changed(world, other, DAYS[:1])):
        with asking(now, service=SERVICE, history=str(home)) as asker:
            assert checked(asker.reporter, cuts=CUTS[:2]).errors == []
        if now is sooner:
            shutil.copytree(home, before)
    brought_back(before, home, Shelf(FARM, QUEUE, (QUEUE, TYPE)))
    like = of(now, DAYS[:1], queue_id=other).query("usage_type != 'COMPUTE'")
    last = later(now, like["started_at"].min(), like, cost_usd=9.0)
    with asking(without(last, one), service=SERVICE, history=str(home)) as asker:
        checked(asker.reporter, cuts=CUTS[:2])
        report = asker.another().ask(asked(DAYS, "usage_type"))
    right = of(last, DAYS)
    cost = sum(usage.cost_usd.sum for usage in report.total_by_usage_type.values())
    assert cost == pytest.approx(counted(right, "queue")["cost_usd"].sum())


def changed(world: World, queue: str, days: Sequence[Window] = DAYS) -> World:
    """The world after usage of a queue is told with USD 5,000 more and half the run time."""
    rows, usage = of(world, days, queue_id=queue, usage_type=COMPUTE), world.usage.copy()
    one = rows["runtime_seconds"].idxmax()
    usage.loc[one, ["cost_usd", "runtime_seconds"]] = (
        usage.loc[one, "cost_usd"] + 5_000.0,
        usage.loc[one, "runtime_seconds"] // 2,
    )
    return replace(world, usage=usage)


@pytest.fixture(scope="module", params=["nothing", "one that is deleted"])
def broken_off(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[World, str, Path]:
    """A world that has changed, of which queue; and a history with its cuts and an older total."""
    place, first = tmp_path_factory.mktemp("broken-off"), autumn_world()
    before, home = place / "before", place / "history"
    gone, queue = two_queues(of(first, DAYS))
    left = first if request.param == "nothing" else without(first, gone)
    with asking(first, service=SERVICE, history=str(home)) as asker:
        asker.another().ask(asked(DAYS, "usage_type"))
    with asking(left, service=SERVICE, history=str(home)) as asker:
        checked(asker.reporter, verify=False, cuts=CUTS)
    shutil.copytree(home, before)
    now = changed(left, queue)
    with asking(now, service=SERVICE, history=str(home)) as asker:
        assert checked(asker.reporter, cuts=CUTS).errors == []
    brought_back(before, home, Shelf(FARM, QUEUE, (TYPE,)))
    return now, queue, home


@pytest.mark.parametrize("comes", [0.0, 9.0], ids=["", "and more came"])
def test_a_total_that_was_not_written_any_more_after_its_cut_is_what_records_add_up_to(
    broken_off: tuple[World, str, Path], comes: float, tmp_path: Path
) -> None:
    now, queue, home = broken_off
    home = Path(shutil.copytree(home, tmp_path / "history"))
    like = of(now, DAYS, queue_id=queue, usage_type=COMPUTE)
    last = later(now, like["started_at"].min(), like, cost_usd=comes) if comes else now
    for _ in range(2):
        with asking(last, service=SERVICE, history=str(home)) as asker:
            assert checked(asker.reporter, cuts=CUTS).errors == []
            assert wrong(asker, DAYS, of(last, DAYS), "usage_type") == []
            assert amiss(asker) == []
