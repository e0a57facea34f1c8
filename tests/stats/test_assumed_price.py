"""What of a report's money is at the assumed price of customer-managed fleets' workers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from simulator import Fault
from simulator.tiny import BEN, COMP, LIGHTING, RACK, ROBOT, SPOT, TINY_NOW, tiny_world
from stats import export, remarks
from stats.model import Dimension, Report, Scope
from stats.remarks import RemarkKind
from tests.stats.asking import START, Asker, asking, question

TINY = tiny_world()
WEEK = (datetime.fromisoformat("2026-03-02T00:00Z"), datetime.fromisoformat("2026-03-09T00:00Z"))
RACKS = 2.0
"""US dollars of the tiny world's customer-managed fleet: one record, of Comp's third job."""


@pytest.fixture(scope="module")
def tiny() -> Iterator[Asker]:
    with asking(TINY, TINY_NOW) as one:
        yield one


def told(one: Asker, *by: str, **changes: Any) -> Report:
    return one.reporter.with_assumed(one.report(question(TINY, WEEK, *by, **changes)))


def assumed(report: Report) -> list[str]:
    return [remark.text for remark in remarks.of(report) if remark.kind is RemarkKind.ASSUMED]


@pytest.mark.parametrize(
    ("by", "changes", "cost"),
    [
        ((), {}, RACKS),
        (("user",), {}, RACKS),
        (("fleet",), {}, RACKS),
        (("fleet", "usage_type"), {"scope": "fleet"}, RACKS),
        (("instance_type",), {"period": "daily"}, RACKS),
        (("instance_type",), {"period": "hourly"}, RACKS),
        ((), {"scope": "fleet"}, RACKS),
        ((), {"scope": "fleet", "ids": (RACK,)}, RACKS),
        ((), {"scope": "fleet", "ids": (SPOT,)}, 0.0),
        ((), {"ids": (COMP,)}, RACKS),
        ((), {"ids": (LIGHTING,)}, 0.0),
        ((), {"where": {"fleet": {SPOT}}}, 0.0),
        ((), {"where": {"fleet": {SPOT, RACK}}}, RACKS),
        (("usage_type",), {"where": {"user": {ROBOT}}}, RACKS),
        ((), {"where": {"instance_type": {"c5.4xlarge"}}}, 0.0),
    ],
)
def test_it_is_the_cost_of_customer_managed_fleets(
    tiny: Asker, by: tuple[str, ...], changes: dict[str, Any], cost: float
) -> None:
    report = told(tiny, *by, **changes)
    assert report.basis.assumed_cost_usd == cost
    said = (
        "Of this $2.00 at an assumed 1 USD an hour: workers of customer-managed fleets have no "
        "price that AWS knows."
    )
    if not report.basis.assumed_of_all:
        said += " That is of fleets that are listed now, or that history has heard of."
    assert assumed(report) == ([said] if cost else [])


def test_it_is_said_in_the_summary_and_in_the_basis(tiny: Asker) -> None:
    report = told(tiny)
    assert json.loads(export.as_json(report))["basis"]["assumed_cost_usd"] == RACKS
    assert assumed(report)[0] in export.summary(report).splitlines()


@pytest.mark.parametrize("scope", ["queue", "fleet"])
def test_what_history_keeps_is_not_asked_for_again(tmp_path: Path, scope: str) -> None:
    """Each time in a process's own reporter, as commands have it."""
    starts = []
    for _ in range(2):
        with asking(TINY, TINY_NOW + timedelta(days=9), history=str(tmp_path)) as one:
            for by in ((), ("user",)):
                some = question(TINY, WEEK, *by, scope=scope)
                whole = replace(some, scope=replace(some.scope, whole=True))
                report = one.reporter.with_assumed(one.report(whole))
                assert report.basis.assumed_cost_usd == RACKS
            starts.append(one.starts())
    assert starts[0]
    assert starts[1] == []


def test_a_farm_without_such_fleets_is_asked_nothing_more() -> None:
    world = replace(TINY, fleets=TINY.fleets[:1])
    with asking(world, TINY_NOW) as one:
        plain = one.report(question(world, WEEK, "user"))
        before = len(one.starts())
        report = one.reporter.with_assumed(plain)
        assert len(one.starts()) == before
    assert report.basis.assumed_cost_usd == 0.0
    assert assumed(report) == []


LISTED = "fleets listed now or known of history"


@pytest.mark.parametrize(
    ("by", "changes", "of"),
    [
        (("user",), {}, LISTED),
        (("user",), {"where": {"user": {ROBOT}}}, LISTED),
        (("user",), {"scope": "fleet"}, LISTED),
        (("user",), {"scope": "fleet", "ids": (SPOT,)}, "all fleets"),
        (("user",), {"where": {"fleet": {SPOT}}}, "all fleets"),
        (("user",), {"where": {"usage_type": {"LICENSE"}}}, "all fleets"),
        (("fleet",), {"where": {"user": {BEN}}}, "all fleets"),
    ],
)
def test_that_nothing_is_at_that_price_is_said_of_fleets_that_were_looked_at(
    by: tuple[str, ...], changes: dict[str, Any], of: str
) -> None:
    """A customer-managed fleet was deleted, and nobody has heard of it: $2 of the robot's are its.

    Whether one was deleted can't be known without one more run a question.
    """
    world = replace(TINY, fleets=tuple(one for one in TINY.fleets if one.fleet_id != RACK))
    with asking(world, TINY_NOW) as one:
        some = question(world, WEEK, *by, **changes)
        some = replace(some, scope=replace(some.scope, whole="ids" not in changes))
        report = one.reporter.with_assumed(one.report(some))
    basis = json.loads(export.as_json(report))["basis"]
    assert (basis["assumed_cost_usd"], basis["assumed_cost_usd_of"]) == (0.0, of)


@pytest.mark.parametrize(("whole", "of"), [(True, "all fleets"), (False, LISTED)])
def test_what_is_at_that_price_says_too_which_fleets_were_looked_at(
    tiny: Asker, whole: bool, of: str
) -> None:
    some = question(TINY, WEEK, "user")
    some = replace(some, scope=replace(some.scope, whole=whole))
    report = tiny.reporter.with_assumed(tiny.report(some))
    basis = json.loads(export.as_json(report))["basis"]
    assert (basis["assumed_cost_usd"], basis["assumed_cost_usd_of"]) == (RACKS, of)
    assert ("fleets that are listed now" in assumed(report)[0]) is not whole


def test_nor_is_one_whose_rows_tell_it_or_where_nothing_ran(tiny: Asker) -> None:
    later = tuple(edge - timedelta(days=21) for edge in WEEK)
    for asked in (question(TINY, WEEK, "fleet"), question(TINY, later)):
        plain = tiny.report(asked)
        before = len(tiny.starts())
        tiny.reporter.with_assumed(plain)
        assert len(tiny.starts()) == before


def test_where_fleets_cannot_be_listed_it_is_not_known_and_that_is_said() -> None:
    with asking(TINY, TINY_NOW) as one:
        one.simulator.faults.add(Fault("ListFleets", "access_denied", None))
        report = told(one)
    assert report.basis.assumed_cost_usd is None
    (said,) = assumed(report)
    assert said.startswith("How much of this is at an assumed 1 USD an hour can’t be told here: ")
    assert json.loads(export.as_json(report))["basis"]["assumed_cost_usd"] is None


def test_where_the_service_does_not_tell_it_the_report_stands_and_that_is_said() -> None:
    with asking(TINY, TINY_NOW) as one:
        plain = one.report(question(TINY, WEEK, "usage_type"))
        one.simulator.faults.add(Fault(START, "access_denied", None))
        report = one.reporter.with_assumed(plain)
    assert report.total_cost_usd == plain.total_cost_usd
    assert report.basis.assumed_cost_usd is None
    assert "can’t be told here: " in assumed(report)[0]


def test_history_tells_it_too(tmp_path: Path) -> None:
    now = TINY_NOW + timedelta(days=7)
    with asking(TINY, now, history=str(tmp_path)) as one:
        about = question(TINY, WEEK, period="daily")
        whole = replace(about, scope=Scope(Dimension.QUEUE, about.scope.ids, whole=True))
        first = one.reporter.with_assumed(one.report(whole))
        one.reporter.close()
        again = one.another(history=str(tmp_path))
        before = len(one.starts())
        second = again.with_assumed(again.ask(whole))
        assert first.basis.assumed_cost_usd == second.basis.assumed_cost_usd == RACKS
        assert len(one.starts()) - before <= 1
