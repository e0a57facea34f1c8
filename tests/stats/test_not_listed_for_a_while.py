"""Days of history that were asked for without a queue that was there, by who was not listed it.

A role may list fewer queues than another, and a queue may be listed again.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from simulator import World
from simulator.tiny import COMP, FARM, LIGHTING, SPOT, tiny_world
from stats.dayfile import Shelf
from stats.model import Dimension, FarmId, Question, Report, Scope, Window
from stats.outcome import Outcome
from stats.zone import Zone
from tests.stats.asking import Asker
from tests.stats.test_what_is_known import LATE, MONDAY, RAN, SOON, asking_at, told, total

QUEUE, FLEET = Dimension.QUEUE, Dimension.FLEET
TOTAL, NEW = Shelf(FARM, QUEUE, (Dimension.USAGE_TYPE,)), f"queue-{9:032x}"
LATER = SOON + timedelta(days=30)
"""When the service still knows the days."""


def _days(first: int, last: int) -> tuple[Window, ...]:
    return (Window(MONDAY + timedelta(days=first), MONDAY + timedelta(days=last)),)


LACKING = ((*_days(0, 1), *_days(2, 3)), _days(1, 2))
"""Comp has nothing on the day between: that is not known, and of the others it is a part."""


def only(*ids: str, now: datetime = SOON) -> World:
    """The farm as who may see these queues (or fleets) is listed it."""
    world = tiny_world(now)
    queues = tuple(one for one in world.queues if one.queue_id in ids or SPOT in ids)
    fleets = tuple(one for one in world.fleets if one.fleet_id in ids or COMP in ids)
    return replace(world, queues=queues, fleets=fleets)


def unused(world: World) -> World:
    """The same without usage of Lighting."""
    usage = world.usage[world.usage["queue_id"] != LIGHTING].reset_index(drop=True)
    return replace(world, usage=usage)


def about(*by: str, ids: Iterable[str], kind: Dimension = QUEUE, whole: bool = True) -> Question:
    scope = Scope(kind, tuple(ids), whole=whole)
    return Question(FarmId(FARM), scope, RAN, by=tuple(map(Dimension, by)))


def everything(asker: Asker, *by: str, kind: Dimension = QUEUE) -> Report:
    """The whole farm, as it is listed."""
    listed = asker.reporter.names.resources(FarmId(FARM), kind)
    return asker.report(about(*by, ids=(one.id for one in listed), kind=kind))


def kept(home: Path, world: World | None = None, kind: Dimension = QUEUE) -> Path:
    with asking_at(SOON, home, world or only(COMP)) as asker:
        everything(asker, kind.value, "usage_type", kind=kind)
        everything(asker, "user", kind=kind)
    return home


def checked(asker: Asker) -> Outcome:
    outcome = Outcome(FarmId(FARM))
    collector = asker.another().collector(Zone("UTC"))
    days = [day for day in collector.days(MONDAY) if day.end <= RAN.end]
    collector.checkup.check(outcome, days, lambda *_: None)
    return outcome


def said(report: Report) -> list[str]:
    return [one.text for one in report.remarks]


def test_such_days_are_asked_for_while_the_service_is_sure_to_know_them(tmp_path: Path) -> None:
    kept(kept(tmp_path), tiny_world(), FLEET)
    right = {COMP: 0.0, LIGHTING: 0.0}
    for row in tiny_world().usage.to_dict("records"):
        if row["queue_id"] in right:
            right[row["queue_id"]] += row["cost_usd"]
    assert right[LIGHTING] > 0
    with asking_at(LATER, tmp_path, tiny_world(LATER)) as asker:
        asker.report(about(ids=[COMP], whole=False))
        assert asker.starts() == []
        every = [
            about(ids=ids, whole=len(ids) > 1) for ids in ([COMP], [LIGHTING], [COMP, LIGHTING])
        ]
        assert [asker.reporter.is_at_hand(one) for one in every] == [True, False, False]
        for by in ((), ("user",), ("queue",)):
            report = everything(asker, *by)
            assert (total(report), told(report)) == (13.0, ((), ()))
            assert report.unattributed_cost_usd == 0
            assert not any("not in these figures" in text for text in said(report))
        for one in (COMP, LIGHTING):
            report = asker.report(about(ids=[one], whole=False))
            assert (total(report), told(report)) == (pytest.approx(right[one]), ((), ()))
    with asking_at(LATER, tmp_path, only(COMP, now=LATER)) as asker:  # whoever is listed as much
        report = everything(asker)
        assert (total(report), asker.starts()) == (pytest.approx(right[COMP]), [])


def test_once_they_lie_there_with_it_they_are_asked_for_no_more(tmp_path: Path) -> None:
    kept(tmp_path)
    with asking_at(LATER, tmp_path, tiny_world(LATER)) as asker:
        checked(asker)
    for now in (LATER, LATE):
        with asking_at(now, tmp_path, tiny_world(now)) as asker:
            assert (total(report := everything(asker)), told(report)) == (13.0, ((), ()))
            assert asker.starts() == []


def test_so_it_is_of_one_that_had_nothing_then(tmp_path: Path) -> None:
    """A check-up that is told nothing more says that it has asked."""
    kept(tmp_path)
    world = unused(tiny_world(LATER))
    new = replace(world.queues[0], queue_id=NEW, created_at=SOON)
    world = replace(world, queues=(*world.queues, new))
    with asking_at(LATER, tmp_path, world) as asker:
        before = everything(asker)
        assert asker.starts() != []
        assert checked(asker).errors == []
        history = asker.another().history
        told_of = history.told(history.listed(TOTAL)).days
        assert {one.ids for one in told_of.values()} == {frozenset({COMP, LIGHTING})}
    for now in (LATER, LATE):
        with asking_at(now, tmp_path, unused(tiny_world(now))) as asker:
            assert (total(report := everything(asker)), told(report)) == (total(before), ((), ()))
            report = asker.report(about(ids=[LIGHTING], whole=False))
            assert (total(report), told(report), asker.starts()) == (0.0, ((), ()), [])


def test_what_the_service_may_have_forgotten_by_now_is_at_least_so_much(tmp_path: Path) -> None:
    kept(tmp_path)
    with asking_at(LATE, tmp_path, tiny_world(LATE)) as asker:
        report = everything(asker, "user")
        assert (told(report), asker.starts()) == (LACKING, [])
        text = (
            "On 3 days (2–4 Mar 2026) history has nothing of queues that were there and not "
            "listed when it was asked for, and the service may tell it no more: Lighting."
        )
        assert text in said(report)
        report = asker.report(about(ids=[LIGHTING], whole=False))
        assert (total(report), told(report), text in said(report)) == (0.0, ((), (RAN,)), True)
        assert told(everything(asker, "license_product")) == ((RAN,), ())
    with asking_at(LATE, tmp_path, unused(tiny_world(LATE))) as asker:
        assert checked(asker).errors == []
        assert told(everything(asker, "user")) == LACKING


def test_of_one_that_was_created_later_nothing_is_lacking(tmp_path: Path) -> None:
    kept(tmp_path, unused(only(COMP)))
    for now in (LATER, LATE):
        world = unused(tiny_world(now))
        new = replace(world.queues[1], created_at=RAN.end)
        with asking_at(now, tmp_path, replace(world, queues=(world.queues[0], new))) as asker:
            assert told(everything(asker, "user")) == ((), ())
            assert told(asker.report(about(ids=[LIGHTING], whole=False))) == ((), ())
            assert asker.starts() == []
    new = replace(new, created_at=RAN.end - timedelta(seconds=1))
    with asking_at(LATER, tmp_path, replace(world, queues=(world.queues[0], new))) as asker:
        everything(asker)
        (start,) = asker.starts()
        assert start["startTime"] == "2026-03-04T00:00:00Z"


def test_so_it_is_of_fleets(tmp_path: Path) -> None:
    kept(tmp_path, only(SPOT), FLEET)
    right = tiny_world().usage["cost_usd"].sum()
    with asking_at(LATER, tmp_path, tiny_world(LATER)) as asker:
        report = everything(asker, kind=FLEET)
        assert (total(report), told(report)) == (pytest.approx(right), ((), ()))
    with asking_at(LATE, tmp_path, tiny_world(LATE)) as asker:
        assert told(everything(asker, kind=FLEET)) == (_days(0, 2), _days(2, 3))


def test_of_one_that_is_listed_again_nobody_says_that_it_was_deleted(tmp_path: Path) -> None:
    """History knows it by other days, on which it was used."""
    (first,), (rest,) = _days(0, 1), _days(1, 3)
    for world, window in ((tiny_world(), rest), (only(COMP), first)):
        with asking_at(SOON, tmp_path, world) as asker:
            ids = [one.queue_id for one in world.queues if one.farm_id == FARM]
            asker.report(replace(about("user", ids=ids), window=window))
    with asking_at(LATER, tmp_path, only(COMP, now=LATER)) as asker:
        report = everything(asker)
        assert (told(report), len(asker.starts())) == (((first,), ()), 0)
        assert any("deleted before" in text for text in said(report))
    for now, gaps in ((LATER, ((), ())), (LATE, ((first,), ()))):
        with asking_at(now, tmp_path, tiny_world(now)) as asker:
            report = everything(asker)
            assert told(report) == gaps
            assert not any("deleted" in text for text in said(report))
            assert any("not listed" in text for text in said(report)) == (now == LATE)
