"""Totals beside a cut by queue (or fleet) that lacks something, when more is told of the day.

What it lacks may be of a queue that is deleted, be told again, or have come to the total later.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from simulator import World
from stats.conflict import Why
from stats.dayfile import Shelf
from stats.model import Window
from stats.outcome import Outcome
from tests.stats import checkups
from tests.stats.asking import asking
from tests.stats.autumn import autumn_world
from tests.stats.checkups import (
    COMPUTE,
    FARM,
    QUEUE,
    SERVICE,
    TYPE,
    amiss,
    asked,
    checked,
    counted,
    forgotten,
    later,
    of,
    two_queues,
    without,
    wrong,
)
from tests.stats.test_files_of_two_moments import CUTS, brought_back

DAYS = checkups.days()
WORLD = autumn_world()
ONE, OTHER = two_queues(of(WORLD, DAYS))
TOTAL, BY_ID = Shelf(FARM, QUEUE, (TYPE,)), Shelf(FARM, QUEUE, (QUEUE, TYPE))
BARE = CUTS[:2]
OF_QUEUES = checkups.by_queues(BARE)


def total_of(world: World, home: Path) -> None:
    """The days' total alone, as a question leaves it."""
    with asking(world, service=SERVICE, history=str(home)) as asker:
        asker.another().ask(asked(DAYS, "usage_type"))


def collected(
    world: World, home: Path, *, verify: bool = False, cuts: Sequence[str] = OF_QUEUES
) -> Outcome:
    with asking(world, service=SERVICE, history=str(home)) as asker:
        outcome = checked(asker.reporter, verify=verify, cuts=cuts)
        assert outcome.errors == []
        return outcome


def told(world: World, home: Path) -> tuple[float, list[Window], list[str]]:
    """The cost of the days, those of which not all is known, and why."""
    with asking(world, service=SERVICE, history=str(home)) as asker:
        report = asker.another().ask(asked(DAYS, "usage_type"))
        assert asker.starts() == []
    cost = sum(usage.cost_usd.sum for usage in report.total_by_usage_type.values())
    notes = [one.text for one in report.remarks if "there may be more" in one.text]
    lacking = (*report.doubtful, *report.unknown)
    days = [day for day in DAYS if any(w.start <= day.start < w.end for w in lacking)]
    return cost, days, notes


def cost_of(world: World) -> float:
    return float(counted(of(world, DAYS), "queue")["cost_usd"].sum())


def more(world: World, usd: float = 777.0) -> World:
    """The world after one record more of compute was told, of the day on which both have some."""
    like = of(world, DAYS[1:], queue_id=OTHER, usage_type=COMPUTE)
    return later(world, DAYS[1].start + timedelta(hours=3), like, cost_usd=usd)


FORMER = pytest.mark.parametrize("former", [False, True], ids=["", "of a release before"])


def of_a_release_before(home: Path) -> None:
    """The cut by queue does not say what the total held beside it."""
    with asking(WORLD, service=SERVICE, history=str(home)) as asker:
        history = asker.another().history
        held = history.listed(BY_ID)
        for day, origin in history.told(held).days.items():
            rows = history.read(BY_ID, day)
            history.put(BY_ID, day, rows, replace(origin, unheld=None))


def cost_of_one() -> float:
    return float(of(WORLD, DAYS, queue_id=ONE)["cost_usd"].sum())


def hidden(world: World) -> World:
    return without(world, ONE)


def not_told(world: World) -> World:
    return forgotten(world, lambda usage: usage["queue_id"] == ONE)


@pytest.mark.parametrize("late", [False, True], ids=["", "and more"])
@pytest.mark.parametrize(
    ("gone", "is_sure"), [(hidden, True), (not_told, False)], ids=["not listed", "forgotten"]
)
def test_what_was_not_told_for_a_while_is_counted_once_when_it_is_told_again(
    gone: Callable[[World], World], is_sure: bool, late: bool, tmp_path: Path
) -> None:
    """What is forgotten and told again can't be told from what others have more."""
    total_of(WORLD, tmp_path)
    collected(gone(WORLD), tmp_path)
    now = more(WORLD) if late else WORLD
    for _ in range(2):
        collected(now, tmp_path, verify=True)
        cost, lacking, notes = told(now, tmp_path)
        assert (cost, lacking) == (pytest.approx(cost_of(now)), [] if is_sure else DAYS)
        assert bool(notes) != is_sure


def test_beside_what_stays_forgotten_more_of_others_is_at_least_what_was_known(
    tmp_path: Path,
) -> None:
    total_of(WORLD, tmp_path)
    collected(not_told(WORLD), tmp_path)
    for now in (more(WORLD, usd=1.0), more(more(more(WORLD))), more(more(more(more(WORLD))))):
        collected(not_told(now), tmp_path, verify=True)
        cost, lacking, (note,) = told(now, tmp_path)
        assert cost_of(WORLD) - 1e-6 <= cost < cost_of(now)
        assert lacking == DAYS[1:]
    assert note == (
        "On 1 day (25 Oct 2025) what was told late may be usage that the total had before, of "
        "queues that were deleted or that the service had forgotten: it counts once, and there may "
        "be more."
    )


@FORMER
def test_what_came_to_the_total_before_its_cut_is_counted_once_beside_a_deleted_queue(
    former: bool, tmp_path: Path
) -> None:
    """The queue had nothing that day: the total was asked about it, and the cut was not."""
    idle, before = not_told(WORLD), tmp_path / "before"
    home = tmp_path / "history"
    total_of(idle, home)
    left = hidden(idle)
    collected(left, home)
    if former:
        of_a_release_before(home)
    shutil.copytree(home, before)
    now = more(left)
    collected(now, home, verify=True)
    brought_back(before, home, BY_ID)
    for _ in range(2):
        collected(now, home, verify=True)
        assert told(now, home)[:2] == (pytest.approx(cost_of(now)), DAYS[1:])


def test_what_was_forgotten_beside_a_queue_that_is_not_listed_is_counted_once_when_told_again(
    tmp_path: Path,
) -> None:
    """The service was not sure to know the day when the cut was asked for: whose it was is open."""
    world, then = more(WORLD, usd=77.0), DAYS[1].end + timedelta(days=3)
    settings = {"history": str(tmp_path), "remembered_days": 10}
    with asking(world, service=SERVICE, now=then, **settings) as asker:
        asker.another().ask(asked(DAYS, "usage_type"))
    for now, verify in ((hidden(WORLD), False), (hidden(world), True), (hidden(world), True)):
        with asking(now, service=SERVICE, **settings) as asker:
            assert checked(asker.reporter, verify=verify, cuts=OF_QUEUES).errors == []
    with asking(hidden(world), service=SERVICE, **settings) as asker:
        report = asker.another().ask(asked(DAYS, "usage_type"))
    cost = sum(usage.cost_usd.sum for usage in report.total_by_usage_type.values())
    assert cost == pytest.approx(cost_of(world))
    assert report.doubtful == (DAYS[1],)


@pytest.mark.parametrize(
    ("usd", "verify", "former"),
    [(0.0, True, False), (5.0, False, False), (5.0, True, True), (777.0, True, False)],
)
def test_late_usage_beside_a_deleted_queue_of_which_fleets_tell_more_is_at_least_the_total(
    usd: float, verify: bool, former: bool, tmp_path: Path
) -> None:
    """The day has its total alone when the queue is deleted: whose the rest is nobody tells."""
    total_of(WORLD, tmp_path)
    now = hidden(more(WORLD, usd=usd)) if usd else hidden(WORLD)
    collected(now, tmp_path, cuts=BARE)
    if former:
        of_a_release_before(tmp_path)
    if verify:
        collected(now, tmp_path, verify=True, cuts=BARE)
    cost, lacking, notes = told(now, tmp_path)
    assert cost == pytest.approx(cost_of(WORLD))
    assert (lacking, len(notes)) == ((DAYS[1:], 1) if usd else ([], 0))


@FORMER
def test_a_lost_total_is_made_of_all_that_its_cut_tells_of_it(former: bool, tmp_path: Path) -> None:
    total_of(WORLD, tmp_path)
    collected(hidden(WORLD), tmp_path)
    if former:
        of_a_release_before(tmp_path)
    for file in (tmp_path / "v2" / TOTAL.folder).iterdir():
        file.unlink()
    collected(hidden(WORLD), tmp_path, verify=True)
    right = told(hidden(WORLD), tmp_path)
    least = cost_of(WORLD) - cost_of_one() * former
    assert right[:2] == (pytest.approx(least), DAYS if former else [])
    now = more(WORLD, usd=1.0)
    for _ in range(2):  # of whom that was is known no more
        collected(hidden(now), tmp_path, verify=True)
        cost, lacking, notes = told(hidden(now), tmp_path)
        assert (lacking, len(notes)) == (DAYS if former else DAYS[1:], not former)
        assert least - 1e-6 <= cost < cost_of(now)


@pytest.mark.parametrize("by", [(), ("job", "usage_type")], ids=["total alone", "by job"])
def test_more_of_others_is_not_taken_for_what_a_deleted_queue_had(
    by: tuple[str, ...], tmp_path: Path
) -> None:
    """Of a day that history has not by queue it is not known how much that was."""
    then = forgotten(
        WORLD, lambda usage: (usage["queue_id"] == ONE) & (usage["usage_type"] != COMPUTE)
    )
    with asking(then, service=SERVICE, history=str(tmp_path)) as asker:
        asker.another().ask(asked(DAYS, *by))
    now = hidden(more(more(more(then))))
    with asking(now, service=SERVICE, history=str(tmp_path)) as asker:
        outcome = Outcome(FARM)
        asker.reporter.collector(checkups.ZONE).checkup.check(outcome, DAYS, lambda *_: None)
    assert outcome.errors == []
    assert [(one.day, one.why) for one in outcome.conflicts] == [(DAYS[1], Why.TOLD)]
    assert told(now, tmp_path)[0] == pytest.approx(cost_of(then))
    collected(now, tmp_path)
    cost, lacking, notes = told(now, tmp_path)
    assert (cost >= cost_of(then), lacking, len(notes)) == (True, DAYS[1:], 1)
    collected(now, tmp_path, verify=True)
    assert told(now, tmp_path)[1:] == (DAYS[1:], notes)


@pytest.mark.parametrize("again", ["accepted", "checked"])
@pytest.mark.parametrize("gone", [hidden, not_told], ids=["not listed", "forgotten"])
def test_less_that_was_accepted_and_not_written_to_the_total_is_given_up_later(
    gone: Callable[[World], World], again: str, tmp_path: Path
) -> None:
    before, home = tmp_path / "before", tmp_path / "history"
    collected(WORLD, home)
    shutil.copytree(home, before)
    left = gone(WORLD)
    with asking(left, service=SERVICE, history=str(home)) as asker:
        checkup, outcome = asker.reporter.collector(checkups.ZONE).checkup, Outcome(FARM)
        checkup.accept(outcome, QUEUE, [ONE], DAYS, lambda *_: None)
    brought_back(before, home, TOTAL)
    with asking(left, service=SERVICE, history=str(home)) as asker:
        checkup = asker.reporter.collector(checkups.ZONE).checkup
        if again == "accepted":
            assert checkup.gone(FARM, QUEUE, [ONE], DAYS, lambda *_: None) == []
        else:
            checkup.check(Outcome(FARM), DAYS, lambda *_: None)
        assert wrong(asker, DAYS, of(left, DAYS).query("queue_id != @ONE"), "usage_type") == []
        assert amiss(asker) == []
        checkup.check(outcome := Outcome(FARM), DAYS, lambda *_: None)
        assert outcome.written == 0


@pytest.mark.parametrize("late", [False, True], ids=["", "and more"])
def test_a_total_that_was_asked_for_after_less_was_accepted_stays(
    late: bool, tmp_path: Path
) -> None:
    """It is of another history; the cut beside it, which is older, can't tell what came since."""
    home, other = tmp_path / "history", tmp_path / "other"
    collected(WORLD, home)
    left = hidden(not_told(WORLD))
    with asking(left, service=SERVICE, history=str(home)) as asker:
        checkup, outcome = asker.reporter.collector(checkups.ZONE).checkup, Outcome(FARM)
        checkup.accept(outcome, QUEUE, [ONE], DAYS, lambda *_: None)
    now, since = more(left) if late else left, WORLD.now + timedelta(hours=1)
    with asking(now, service=SERVICE, now=since, history=str(other)) as asker:
        assert checked(asker.reporter, verify=False, cuts=OF_QUEUES[:1]).errors == []
    brought_back(other, home, TOTAL)
    with asking(now, service=SERVICE, history=str(home)) as asker:
        checkup = asker.reporter.collector(checkups.ZONE).checkup
        assert checkup.gone(FARM, QUEUE, [ONE], DAYS, lambda *_: None) == []
    assert told(now, home)[0] == pytest.approx(cost_of(now))
