"""What of a report's money is at an assumed price where some of it is of fleets that are gone."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from simulator import World
from simulator.tiny import BEN, COMP, FARM, RACK, ROBOT, SPOT, TINY_NOW, tiny_world
from stats import export, remark
from stats.assumed import Fleets, fleets, part
from stats.errors import NotFound
from stats.model import (
    Dimension,
    FarmId,
    Filter,
    Fleet,
    Market,
    Question,
    Report,
    Scope,
    Window,
)
from tests.stats.asking import Asker, asking, question
from tests.stats.test_assumed_price import WEEK, assumed

TINY = tiny_world()
LATER = TINY_NOW + timedelta(days=9)
AFTER = Window(WEEK[1], WEEK[1] + timedelta(days=5))
RACKS = 2.0
"""US dollars of the tiny world's customer-managed fleet; all else of the queues' 13 is of Spot."""
UNTOLD = (
    "How much of this is at an assumed 1 USD an hour can’t be told: of $2.00 by fleets that were "
    "deleted since it is not known any more."
)


def without(*fleets: str, more: str = "") -> World:
    """The tiny world after fleets were deleted; with one `more` that no job has run on."""
    kept = [one for one in TINY.fleets if one.fleet_id not in fleets]
    if more:
        kept.append(replace(TINY.fleets[1], fleet_id=more, display_name="Other"))
    return replace(TINY, fleets=tuple(kept))


def whole(world: World, *by: str, **changes: Any) -> Question:
    some = question(world, WEEK, *by, **changes)
    return replace(some, scope=replace(some.scope, whole="ids" not in changes))


def told(one: Asker, asked: Question) -> Report:
    return one.reporter.with_assumed(one.report(asked))


def remember_all(folder: Path) -> None:
    """A history of the week, by queues and by fleets, as pages fill it."""
    with asking(TINY, LATER, history=str(folder)) as one:
        for scope in ("queue", "fleet"):
            one.report(whole(TINY, "fleet", scope=scope))
        one.report(whole(TINY, "fleet", "usage_type", scope="fleet"))


@pytest.mark.parametrize("by", [("fleet",), ("fleet", "user")])
def test_rows_of_a_fleet_that_is_not_listed_are_of_no_known_price(by: tuple[str, ...]) -> None:
    world = without(RACK)
    with asking(world, TINY_NOW) as one:
        report = told(one, whole(world, *by))
        assert len(one.starts()) == len({str(start["groupBy"]) for start in one.starts()})
    assert report.basis.assumed_cost_usd is None
    assert assumed(report) == [UNTOLD]
    assert UNTOLD in export.summary(report).splitlines()
    assert json.loads(export.as_json(report))["basis"]["assumed_cost_usd"] is None


@pytest.mark.parametrize("by", [(), ("user",), ("instance_type", "usage_type")])
def test_other_rows_say_the_same_where_the_question_by_fleet_is_asked(by: tuple[str, ...]) -> None:
    world = without(RACK, more=f"fleet-{9:032x}")
    with asking(world, TINY_NOW) as one:
        report = told(one, whole(world, *by))
    assert report.basis.assumed_cost_usd is None
    assert assumed(report) == [UNTOLD]


def test_what_is_known_of_it_is_said_beside_what_is_not() -> None:
    world = without(SPOT)
    with asking(world, TINY_NOW) as one:
        report = told(one, whole(world, "user"))
    assert report.basis.assumed_cost_usd is None
    (said,) = assumed(report)
    assert said == (
        "Of this $2.00 at an assumed 1 USD an hour: workers of customer-managed fleets have no "
        "price that AWS knows. Of $11.00 by fleets that were deleted since it is not known any "
        "more."
    )


def test_licences_are_at_no_assumed_price_whichever_fleet_they_are_of() -> None:
    """Spot's are 3 USD in the queues; 8 USD of its workers are of no known price."""
    world = without(SPOT)
    with asking(world, TINY_NOW) as one:
        licences = told(one, whole(world, "fleet", where={"usage_type": {"LICENSE"}}))
        apart = told(one, whole(world, "fleet", "usage_type"))
    assert licences.total_cost_usd.sum == 3
    assert licences.basis.assumed_cost_usd == 0.0
    assert assumed(licences) == []
    assert "Of $8.00 by fleets that were deleted since" in assumed(apart)[0]


NARROW: list[tuple[dict[str, Any], bool]] = [
    ({}, True),
    ({"ids": (COMP,)}, True),
    ({"where": {"user": {ROBOT}}}, True),
    ({"where": {"user": {BEN}}}, False),
    ({"where": {"usage_type": {"LICENSE"}}}, False),
    ({"where": {"fleet": {SPOT}}}, False),
    ({"scope": "fleet"}, True),
    ({"scope": "fleet", "ids": (SPOT,)}, False),
    ({"scope": "fleet", "ids": (SPOT, RACK)}, True),
]


@pytest.mark.parametrize(("changes", "is_in_it"), NARROW)
def test_a_fleet_that_history_has_heard_of_is_asked_about_where_no_other_is_customer_managed(
    tmp_path: Path, changes: dict[str, Any], is_in_it: bool
) -> None:
    remember_all(tmp_path)
    world = without(RACK)
    with asking(world, LATER, history=str(tmp_path)) as one:
        report = told(one, whole(world, **changes))
    assert report.total_cost_usd.sum
    assert report.basis.assumed_cost_usd == (None if is_in_it else 0.0)
    assert assumed(report) == ([UNTOLD] if is_in_it else [])


def test_where_nothing_was_deleted_no_more_is_asked_for(tmp_path: Path) -> None:
    world = without(RACK)
    with asking(world, LATER, history=str(tmp_path)) as one:
        one.report(whole(world, "user", scope="fleet"))
        plain = one.report(whole(world, "user"))
        before = len(one.starts())
        assert one.reporter.with_assumed(plain).basis.assumed_cost_usd == 0.0
        assert len(one.starts()) == before


def test_the_part_is_told_as_before_where_it_is_all_of_fleets_that_are_listed(
    tmp_path: Path,
) -> None:
    remember_all(tmp_path)
    with asking(TINY, LATER, history=str(tmp_path)) as one:
        report = told(one, whole(TINY, "user"))
    assert report.basis.assumed_cost_usd == RACKS
    assert len(assumed(report)) == 1


@pytest.mark.parametrize("changes", [{}, {"where": {"user": {ROBOT}, "usage_type": {"COMPUTE"}}}])
def test_where_the_service_has_forgotten_whose_it_was_it_is_not_nothing(
    tmp_path: Path, changes: dict[str, Any]
) -> None:
    """History has the week by user and type of usage, and nobody has ever asked by fleet."""
    with asking(TINY, LATER, history=str(tmp_path)) as one:
        one.report(whole(TINY, "user", "usage_type"))
    forgotten = replace(TINY, usage=TINY.usage.iloc[:0])
    with asking(forgotten, LATER, history=str(tmp_path)) as one:
        report = told(one, whole(TINY, "user", **changes))
    assert report.total_cost_usd.sum == (RACKS if changes else 13)
    assert report.basis.assumed_cost_usd is None
    (said,) = assumed(report)
    assert said == (
        "How much of this is at an assumed 1 USD an hour can’t be told: of up to "
        f"${report.total_cost_usd.sum:.2f} that is told by no fleet it is not known any more."
    )


BY_QUEUES = [("fleet",), ("fleet", "usage_type"), ("fleet", "user"), ("fleet", "job")]


@pytest.mark.parametrize("period", ["daily", "hourly"])
@pytest.mark.parametrize("by", BY_QUEUES)
def test_a_fleet_that_only_usage_counted_by_queues_tells_is_heard_of(
    tmp_path: Path, by: tuple[str, ...], period: str
) -> None:
    with asking(TINY, LATER, history=str(tmp_path)) as one:
        one.report(whole(TINY, *by, period=period))
        one.report(whole(TINY, "user"))
    world = without(RACK)
    with asking(world, LATER, history=str(tmp_path)) as one:
        report = told(one, whole(world, "user"))
    assert report.total_cost_usd.sum == 13
    assert report.basis.assumed_cost_usd is None
    assert assumed(report) == [UNTOLD]


@pytest.mark.parametrize("by", [("fleet", "user"), ("fleet", "job")])
def test_a_fleet_that_no_cut_by_usage_type_tells_is_heard_of(
    tmp_path: Path, by: tuple[str, ...]
) -> None:
    """It was deleted within the month, and what fleets were called is looked up of months' ends."""
    with asking(TINY, LATER, history=str(tmp_path)) as one:
        one.report(whole(TINY, *by, scope="fleet"))
    world = without(RACK)
    with asking(world, LATER, history=str(tmp_path)) as one:
        later = replace(whole(world, scope="fleet"), window=AFTER)
        one.report(later)
        report = told(one, whole(world, "user"))
    assert report.basis.assumed_cost_usd is None


def test_each_day_is_looked_at_in_a_cut_that_it_has(tmp_path: Path) -> None:
    """The fleet was used on the third day, of which no cut by fleet and usage type is there."""
    with asking(TINY, LATER, history=str(tmp_path)) as one:
        for day, by in enumerate([("fleet", "usage_type"), ("fleet",), ("fleet", "user")]):
            start = WEEK[0] + timedelta(days=day)
            one.report(replace(whole(TINY, *by), window=Window(start, start + timedelta(days=1))))
    with asking(without(RACK), LATER, history=str(tmp_path)) as one:
        assert one.reporter.named_by_other(FarmId(FARM), Dimension.FLEET) == {SPOT, RACK}


@pytest.mark.parametrize("by", [(), ("user",), ("usage_type",)])
@pytest.mark.parametrize("fleets", [{RACK}, {RACK, SPOT}])
def test_a_fleet_that_is_asked_for_and_not_listed_is_of_no_known_price(
    by: tuple[str, ...], fleets: set[str]
) -> None:
    """No history has ever heard of it; the service tells what its workers did in the queues."""
    world = without(RACK)
    with asking(world, TINY_NOW) as one:
        report = told(one, whole(world, *by, where={"fleet": fleets}))
    assert report.total_cost_usd.sum == (2 if fleets == {RACK} else 13)
    assert report.basis.assumed_cost_usd is None
    assert assumed(report) == [UNTOLD]


@pytest.mark.parametrize("fleets", [{SPOT}, {SPOT, ""}])
def test_a_fleet_that_is_asked_for_and_listed_is_of_its_own_price(fleets: set[str]) -> None:
    world = without(RACK)
    with asking(world, TINY_NOW) as one:
        report = told(one, whole(world, "user", where={"fleet": fleets}))
        before = len(one.starts())
        assert one.reporter.with_assumed(report).basis.assumed_cost_usd == 0.0
        assert len(one.starts()) == before
    assert report.total_cost_usd.sum == 11


def test_a_fleet_that_never_was_stays_an_error(tmp_path: Path) -> None:
    remember_all(tmp_path)
    world, never = without(RACK), f"fleet-{77:032x}"
    with asking(world, LATER, history=str(tmp_path)) as one, pytest.raises(NotFound, match=never):
        told(one, whole(world, scope="fleet", ids=(never,)))


MINE, HEARD, NEVER, NEW, ODD = (f"fleet-{number:032x}" for number in range(91, 96))


def test_of_each_fleet_counts_what_the_farm_lists_and_else_what_history_has_heard() -> None:
    """Of one that is only asked for nothing is known, nor of one that is listed as what is new.

    AWS's own machines have a price, however they are bought. What is asked for without an id is no
    fleet.
    """
    listed = [Fleet(MINE, "Mine", Market.CUSTOMER_MANAGED), Fleet(NEW, "New", Market.OTHER)]
    listed.append(Fleet(ODD, "Odd", Market.UNKNOWN))
    heard = {MINE: Market.SPOT, HEARD: Market.SPOT}
    about = replace(
        whole(TINY),
        scope=Scope(Dimension.FLEET, (MINE, HEARD, NEVER)),
        where=(Filter(Dimension.FLEET, frozenset({HEARD, ""})),),
    )
    found = fleets(listed, heard, about)
    known = frozenset({MINE}), frozenset({HEARD, NEW})
    assert found == Fleets(*known, frozenset({NEVER, ODD}), frozenset({ODD}))


def test_while_history_can_not_be_read_the_part_is_not_known() -> None:
    with asking(TINY) as one:
        report = one.report(whole(TINY))
        unread = replace(report, remarks=(remark.NOT_READ,))
        found = [part(of, one.reporter.names, lambda _: {}, one.report) for of in (report, unread)]
    assert [one.cost_usd for one in found] == [RACKS, None]


def test_compute_of_no_fleet_is_of_no_doubtful_one() -> None:
    """Of the tiny world one record, of a Spot fleet, is said to be of none."""
    usage = TINY.usage.copy()
    spot = usage[(usage["usage_type"] == "COMPUTE") & (usage["fleet_id"] == SPOT)].index[0]
    usage.loc[spot, "fleet_id"] = None
    with asking(replace(TINY, usage=usage)) as one:
        report = told(one, whole(TINY, "fleet"))
    assert "" in set(report.table["fleet_id"])
    assert report.basis.assumed_cost_usd == RACKS
