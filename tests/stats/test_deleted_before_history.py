"""A fleet that was deleted before its days were asked for: usage counted by queues knows it."""

from __future__ import annotations

import argparse
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from stats import accepting, lookup
from stats.errors import NotFound
from stats.model import Dimension, FarmId, Period, Question, Scope, Window
from tests.stats.asking import Asker, asking
from tests.stats.autumn import FIRST, autumn_world
from tests.stats.checkups import without

D = Dimension
DAY = timedelta(days=1)
WORLD = autumn_world()
FARM = FarmId(WORLD.farms[0].farm_id)
GONE = WORLD.fleets[0].fleet_id
QUEUES = tuple(one.queue_id for one in WORLD.queues)
asked = partial(Question, FARM, Scope(D.QUEUE, QUEUES, whole=True), period=Period.DAILY)
WEEK = Window(FIRST, FIRST + 7 * DAY)


@pytest.fixture
def after(tmp_path: Path) -> Iterator[Asker]:
    """A history by queues and by fleets, of fleets, from after one of them had gone."""
    left = replace(WORLD, fleets=WORLD.fleets[1:])
    with asking(left, history=str(tmp_path)) as one:
        one.report(asked(WEEK, by=(D.FLEET, D.USAGE_TYPE)))
        fleets = Scope(D.FLEET, tuple(fleet.fleet_id for fleet in left.fleets), whole=True)
        one.report(replace(asked(WEEK, by=(D.FLEET, D.USAGE_TYPE)), scope=fleets))
    with asking(left, history=str(tmp_path)) as one:
        yield one


def test_who_counts_by_it_is_told_where_its_usage_is(after: Asker) -> None:
    by_fleet = replace(asked(WEEK), scope=Scope(D.FLEET, (GONE,)))
    with pytest.raises(NotFound) as told:
        after.report(by_fleet)
    assert "Its usage is in what is counted by queues." in str(told.value)
    assert f"--where fleet={GONE}" in told.value.todo


def test_of_one_that_nobody_knows_nothing_of_the_kind_is_said(after: Asker) -> None:
    stranger = f"fleet-{'9' * 32}"
    with pytest.raises(NotFound, match="history knows of none"):
        after.report(replace(asked(WEEK), scope=Scope(D.FLEET, (stranger,))))
    with pytest.raises(NotFound, match="history knows of none"):
        lookup.filters(after.reporter, asked(WEEK), [f"fleet={stranger}"])


def test_history_that_can_not_be_read_may_know_it(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    stranger = f"fleet-{'9' * 32}"
    named = argparse.Namespace(queues=None, fleets=stranger)
    with asking(WORLD, history=str(tmp_path / "file")) as one:
        for ask in (
            lambda: lookup.filters(one.reporter, asked(WEEK), [f"fleet={stranger}"]),
            lambda: accepting.ids_of(one.reporter, FARM, named),
        ):
            with pytest.raises(NotFound, match="which may know of it, can't be read") as told:
                ask()
            assert "Not a directory" in told.value.what


@pytest.mark.parametrize("start", [FIRST, FIRST + 300 * DAY], ids=["used", "not used"])
def test_queues_can_be_filtered_by_it_whether_it_was_used_then_or_not(after, start) -> None:
    question = asked(Window(start, start + 7 * DAY))
    where = lookup.filters(after.reporter, question, [f"fleet={GONE}"])
    cost = after.report(replace(question, where=where)).total_cost_usd.sum
    rows = WORLD.usage[(WORLD.usage["fleet_id"] == GONE) & WORLD.usage["queue_id"].notna()]
    rows = rows[(rows["started_at"] >= start) & (rows["started_at"] < start + 7 * DAY)]
    assert cost == pytest.approx(rows["cost_usd"].sum())
    assert bool(cost) == (start == FIRST)


def spoil(home: Path, cut: str) -> None:
    """In place of a cut of usage counted by queues lies a file."""
    (there, *_) = home.glob("v2/farm_id=*/counted_by=queue/period=daily/cut=*")
    place = there.parent / f"cut={cut}"
    if place.exists():
        shutil.rmtree(place)
    place.write_text("in the way")


@pytest.mark.parametrize("cut", ["job-queue", "queue-usage_type", "usage_type"])
@pytest.mark.parametrize("days", [3, 5])
def test_a_deleted_queue_that_history_tells_is_not_called_unknown_where_it_can_not_be_read(
    tmp_path: Path, cut: str, days: int
) -> None:
    """Three days are there by queue, which the question is told from, and six by usage type."""
    gone, by_queue = QUEUES[1], asked(Window(FIRST, FIRST + 3 * DAY), by=(D.QUEUE, D.USAGE_TYPE))
    window, scope = Window(FIRST, FIRST + days * DAY), Scope(D.QUEUE, (gone,))
    about = replace(asked(window, by=(D.USAGE_TYPE,)), scope=scope)
    with asking(WORLD, history=str(tmp_path)) as one:
        one.report(by_queue)
        one.report(asked(Window(FIRST, FIRST + 6 * DAY), by=(D.USAGE_TYPE,)))
    now = without(WORLD, gone)
    with asking(now, history=str(tmp_path)) as one:
        assert one.report(about).total_cost_usd.sum > 0
    spoil(tmp_path, cut)
    with asking(now, history=str(tmp_path)) as one:
        for ids in ((gone,), (gone, QUEUES[0])):
            with pytest.raises(NotFound, match="which may know of it, can't be read") as told:
                one.report(replace(about, scope=Scope(D.QUEUE, ids)))
            assert gone in told.value.what
            assert "Not a directory" in told.value.what


def test_usage_that_can_not_be_read_may_know_of_a_fleet(after: Asker, tmp_path: Path) -> None:
    """What is counted by queues, which alone has it, can't be read; what is by fleets can."""
    spoil(tmp_path, "fleet-usage_type")
    named = argparse.Namespace(queues=None, fleets=GONE)
    with pytest.raises(NotFound, match="which may know of it, can't be read"):
        accepting.ids_of(after.reporter, FARM, named)
    with pytest.raises(NotFound, match="which may know of it, can't be read"):
        after.report(replace(asked(WEEK), scope=Scope(D.FLEET, (GONE,))))
