"""A history whose files are of two moments, as after a backup was brought back in part."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path

import pytest

from simulator import World
from stats.dayfile import Shelf
from stats.model import Dimension
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
    resource: Dimension, gone: str, tmp_path: Path
) -> None:
    world, other = late_world()
    left = without(world, other) if gone else world
    before, home = (checkups.collected(place, CUTS) for place in (tmp_path / "before", tmp_path))
    now = left if gone.startswith("before") else world
    with asking(now, service=SERVICE, history=str(home)) as asker:
        assert checked(asker.reporter, cuts=CUTS).errors == []
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
