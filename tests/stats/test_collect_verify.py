"""A check-up takes in what came later, and loses nothing that the service tells no more."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pandas as pd
import pytest

from simulator import Fault, SimulatorSettings
from stats.dayfile import Shelf
from stats.description import Origin
from stats.model import Window
from stats.report import Reporter
from tests.stats import checkups
from tests.stats.asking import START, asking
from tests.stats.autumn import autumn_world, by_key, differences, fleet
from tests.stats.checkups import (
    COMPUTE,
    FARM,
    FLEET,
    QUEUE,
    SERVICE,
    TYPE,
    WHOLE,
    amiss,
    asked,
    checked,
    forgotten,
    later,
    of,
    truth,
    two_queues,
    without,
    wrong,
)

CUTS = ("cut=usage_type", "cut=job-queue", "cut=job-user", "cut=queue-usage_type")
CUTS += ("cut=fleet-usage_type",)
"""What tells what is whole, and one that does not follow from others."""


@pytest.fixture
def days() -> list[Window]:
    return checkups.days()


@pytest.fixture
def history(tmp_path: Path) -> Path:
    """By all cuts."""
    return checkups.collected(tmp_path)


@pytest.fixture
def some(tmp_path: Path) -> Path:
    """By some."""
    return checkups.collected(tmp_path, CUTS)


def test_a_deleted_queue_stays_and_late_usage_of_another_is_taken_in(history, days) -> None:
    world = autumn_world()
    then = of(world, days)
    gone, other = two_queues(then)
    like = then[(then["queue_id"] == other) & (then["usage_type"] == COMPUTE)]
    late = later(without(world, gone), days[0].start + timedelta(hours=3), like, cost_usd=777.0)
    union = of(late, days)
    with asking(late, service=SERVICE, history=str(history)) as asker:
        outcome = checked(asker.reporter)
        assert outcome.errors == []
        assert (QUEUE, days[0]) in outcome.changed
        lost = then[then["queue_id"] == gone]["cost_usd"].sum()
        less = [one for one in outcome.less if one.resource is QUEUE]
        assert {one.id for one in less} == {gone}
        assert sum(one.cost_usd for one in less) == pytest.approx(lost) != 0
        exact = (*WHOLE, "queue usage_type", "queue fleet", "job fleet", "user instance_type")
        assert wrong(asker, days, union, *exact, "user usage_type", "usage_type") == []
        assert wrong(asker, days, union, "fleet", "fleet job", "usage_type", scope="fleet") == []
        assert amiss(asker) == []
        again = checked(asker.another())
        assert (again.changed, again.written) == ([], 0)


def test_what_can_not_be_put_together_stays_as_it_was_and_the_rest_is_unattributed(
    some, days
) -> None:
    world = autumn_world()
    then = of(world, days)
    gone, other = two_queues(then)
    like = then[(then["queue_id"] == other) & (then["usage_type"] == COMPUTE)]
    late = later(without(world, gone), days[0].start + timedelta(hours=3), like, cost_usd=777.0)
    with asking(late, service=SERVICE, history=str(some)) as asker:
        outcome = checked(asker.reporter, cuts=CUTS)
        assert outcome.unplaced == [(QUEUE, days[0])]
        report = asker.another().ask(asked(days, "fleet", "usage_type"))
        assert report.unattributed_cost_usd == pytest.approx(777.0)
        (said,) = [one.text for one in report.remarks if "came late" in one.text]
        assert "could be placed in every breakdown" in said
        by_queue = asker.another().ask(asked(days, "queue"))
        assert [one for one in by_queue.remarks if "came late" in one.text] == []
        (kept,) = [one.text for one in by_queue.remarks if "told before counts here" in one.text]
        assert kept.startswith("On 1 day (")
        of_other = asked(days, "queue")
        of_other = replace(of_other, scope=replace(of_other.scope, ids=(other,), whole=False))
        said = [one.text for one in asker.another().ask(of_other).remarks]
        assert [text for text in said if "told before counts here" in text] == []
        shelf = Shelf(FARM, QUEUE, (FLEET, TYPE))
        held = asker.another().history.listed(shelf).among(tuple(days))
        told = asker.another().history.told(held).days
        assert [told[day].unplaced for day in days] == [True, False]
        assert gone in told[days[0]].kept


def test_where_the_service_leaves_out_rows_without_a_key_nothing_is_lost_either(tmp_path) -> None:
    world, service = autumn_world(), SimulatorSettings(page_size=100, drop_missing_keys=True)
    folder, some = tmp_path / "history", checkups.days()
    with asking(world, service=service, history=str(folder)) as one:
        checked(one.reporter, verify=False, cuts=CUTS)
    then = of(world, some)
    gone, other = two_queues(then)
    like = then[(then["queue_id"] == other) & (then["usage_type"] == COMPUTE)]
    late = later(without(world, gone), some[0].start + timedelta(hours=3), like, cost_usd=777.0)
    union = of(late, some)
    with asking(late, service=service, history=str(folder)) as asker:
        assert checked(asker.reporter, cuts=CUTS).errors == []
        assert wrong(asker, some, union, "queue", "queue usage_type", "usage_type") == []
        report = asker.another().ask(asked(some, "user", "job"))
        right = union[union["queue_id"].notna() & union["user_id"].notna()]
        assert differences(by_key(report), truth(right, ("user", "job"))) == []


@pytest.mark.parametrize("what", ["a day", "a queue", "a usage type", "a record"])
def test_what_the_service_has_forgotten_stays(some, days, what: str) -> None:
    world = autumn_world()
    then = of(world, days)
    one, _ = two_queues(then)
    which = {
        "a day": lambda u: (u["started_at"] >= days[1].start) & (u["started_at"] < days[1].end),
        "a queue": lambda u: u["queue_id"] == one,
        "a usage type": lambda u: u["usage_type"] == "LICENSE",
        "a record": lambda u: u.index == then.index[0],
    }[what]
    with asking(forgotten(world, which), service=SERVICE, history=str(some)) as asker:
        outcome = checked(asker.reporter, cuts=CUTS)
        assert (outcome.changed, outcome.written, outcome.errors) == ([], 0, [])
        assert outcome.less
        assert wrong(asker, days, then, *WHOLE, "usage_type", "fleet usage_type") == []


def test_a_deleted_fleet_stays_by_fleets(some, days) -> None:
    world = autumn_world()
    then = of(world, days)
    with asking(without(world, fleet(1)), service=SERVICE, history=str(some)) as asker:
        outcome = checked(asker.reporter, cuts=CUTS)
        assert {(one.resource, one.id) for one in outcome.less} == {(FLEET, fleet(1))}
        assert (outcome.changed, outcome.written) == ([], 0)
        assert wrong(asker, days, then, "fleet", "fleet usage_type", scope="fleet") == []


def test_fewer_records_at_more_cost_are_less(some, days) -> None:
    """A count that shrinks while cost grows: what is told is not what was told and more."""
    world = autumn_world()
    then = of(world, days)
    first_day = then[(then["started_at"] < days[0].end) & (then["usage_type"] == COMPUTE)]
    cells = {key: cell for key, cell in first_day.groupby("queue_id") if len(cell) > 1}
    one, cell = next(iter(cells.items()))
    more = cell.iloc[:1].assign(cost_usd=cell["cost_usd"].sum() + 50)
    usage = pd.concat([world.usage.drop(index=cell.index), more], ignore_index=True)
    altered = replace(world, usage=usage)
    with asking(altered, service=SERVICE, history=str(some)) as asker:
        outcome = checked(asker.reporter, cuts=CUTS)
        less = [told for told in outcome.less if told.id == one]
        assert [(told.cost_usd, told.count) for told in less] == [(0.0, len(cell) - 1)]
        assert wrong(asker, days, then, *WHOLE) == []


def test_a_queue_that_is_new_is_taken_in_with_its_late_usage(some, days) -> None:
    world = autumn_world()
    then = of(world, days)
    new = f"queue-{77:032x}"
    queues = (*world.queues, replace(world.queues[0], queue_id=new, display_name="New"))
    like = then[then["usage_type"] == "SNAPSHOT"]
    like = like if len(like) else world.usage[world.usage["usage_type"] == "SNAPSHOT"]
    late = later(replace(world, queues=queues), days[0].start, like, queue_id=new)
    with asking(late, service=SERVICE, history=str(some)) as asker:
        outcome = checked(asker.reporter, cuts=CUTS)
        assert (outcome.less, outcome.unplaced, outcome.errors) == ([], [], [])
        assert wrong(asker, days, of(late, days), *WHOLE, "usage_type", "fleet usage_type") == []
        assert amiss(asker) == []


def test_one_cut_that_can_not_be_had_leaves_the_day_as_it_was(some, days) -> None:
    world = autumn_world()
    then = of(world, days)
    like = then[then["usage_type"] == COMPUTE]
    late = later(world, days[0].start + timedelta(hours=3), like)
    with asking(late, service=SERVICE, history=str(some)) as asker:
        asker.simulator.faults.add(Fault(START, "validation", times=1, skip=5))
        outcome = checked(asker.reporter, cuts=CUTS)
        assert len(outcome.errors) == 1
        assert (QUEUE, days[0]) not in outcome.changed
        assert checked(asker.another(), cuts=CUTS).changed[:1] == [(QUEUE, days[0])]
        assert wrong(asker, days, of(late, days), *WHOLE, "usage_type") == []


def test_a_total_that_was_lost_is_made_of_what_is_known_by_queue(some, days) -> None:
    """Its file can't be read, and a queue is gone by now that it held."""
    world = autumn_world()
    then = of(world, days)
    gone, _ = two_queues(then)
    for path in (some / "v2" / Shelf(FARM, QUEUE, (TYPE,)).folder).iterdir():
        path.write_bytes(path.read_bytes()[:-20])
    with asking(without(world, gone), service=SERVICE, history=str(some)) as asker:
        checked(asker.reporter, cuts=CUTS)
        assert wrong(asker, days, then, "usage_type", *WHOLE) == []


def test_names_of_then_and_what_was_first_asked_for_stay(some, days) -> None:
    world = autumn_world()
    then = of(world, days)
    gone, other = two_queues(then)
    queues = tuple(
        replace(one, display_name="Renamed") if one.queue_id == other else one
        for one in world.queues
    )
    like = then[(then["queue_id"] == other) & (then["usage_type"] == COMPUTE)]
    late = later(
        without(replace(world, queues=queues), gone), days[0].start + timedelta(hours=3), like
    )
    shelf = Shelf(FARM, QUEUE, (TYPE,))
    told = partial(_told, shelf=shelf, day=days[0])
    with asking(
        late, now=world.now + timedelta(days=30), service=SERVICE, history=str(some)
    ) as asker:
        before = told(asker.another())
        checked(asker.reporter, cuts=CUTS)
        after = told(asker.another())
        assert after.resources == before.resources
        assert after.first_asked_at == before.first_asked_at
        assert after.ids == before.ids


def _told(reporter: Reporter, shelf: Shelf, day: Window) -> Origin:
    history = reporter.history
    return history.told(history.listed(shelf).among((day,))).days[day]
