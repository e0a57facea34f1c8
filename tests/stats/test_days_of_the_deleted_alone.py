"""A day on which only a queue worked that is deleted by now: collecting it again is no error."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from simulator import SimulatorSettings, World
from stats import verified
from stats.errors import Malformed
from stats.model import Dimension, FarmId
from stats.outcome import Outcome
from stats.zone import Zone
from tests.stats.asking import asking
from tests.stats.autumn import FIRST, autumn_world
from tests.stats.test_collected_after_deleting import BY
from tests.stats.test_deleted_and_late import DAY, GONE, STAYS, cost, kept, total
from tests.stats.test_deleted_since import asked, without

NAMES: verified.Called = {Dimension.QUEUE: {}, Dimension.FLEET: {}}
LEAVES_OUT = SimulatorSettings(drop_missing_keys=True)


@pytest.fixture(scope="module")
def then() -> World:
    """Of its queues only the one that is deleted later worked on the first day."""
    world = autumn_world()
    rows = world.usage
    others = rows["started_at"].between(DAY.start, DAY.end, "left") & (rows["queue_id"] != GONE)
    return replace(world, usage=rows[~others].reset_index(drop=True))


@pytest.fixture
def home(then: World, tmp_path: Path) -> Path:
    """A history of that day's total."""
    return kept(then, tmp_path / "home")


def collected(world: World, home: Path) -> Outcome:
    """Of the first day, what users there were; an hour after its total was asked for."""
    with asking(world, service=LEAVES_OUT, history=str(home)) as one:
        one.clock.advance(hours=1)
        one.service_clock.advance(hours=1)
        collector, outcome = one.reporter.collector(Zone("UTC")), Outcome(_farm(world))
        days = [day for day in collector.days(FIRST) if day == DAY]
        for piece in collector.pieces(outcome.farm_id, days):
            if piece.shelf.by == BY and piece.shelf.resource is Dimension.QUEUE:
                list(collector.collect(outcome, [piece], lambda *_: None))
    return outcome


def _farm(world: World) -> FarmId:
    return FarmId(world.farms[0].farm_id)


def test_it_is_said_each_time_and_nothing_is_kept(then: World, home: Path) -> None:
    now = without(then, GONE)
    for _ in range(2):
        outcome = collected(now, home)
        assert (outcome.errors, outcome.written) == ([], 0)
        assert verified.sentences(outcome, NAMES, NAMES, None, Zone("UTC")) == [
            "By queues the service tells nothing of 1 settled day (2025-10-20) any more: queues "
            "that worked then are gone. What history’s total has of it stays, and can't be broken "
            "down."
        ]
    with asking(now, history=str(home)) as one:
        report = one.report(asked(now, 1, *BY))
    assert total(report) == report.unattributed_cost_usd == pytest.approx(cost(then)) != 0
    assert report.doubtful == (DAY,)


def _is_an_error(outcome: Outcome) -> bool:
    assert outcome.quiet == set()
    return [type(error) for error in outcome.errors] == [Malformed]


def test_an_answer_without_any_is_an_error_where_nothing_was_deleted(
    then: World, home: Path
) -> None:
    later = then.usage[then.usage["started_at"] >= DAY.end]
    assert _is_an_error(collected(replace(then, usage=later), home))


def test_so_it_is_where_the_total_still_has_some(then: World, home: Path) -> None:
    """Of another queue, whose user the service leaves out."""
    rows = then.usage
    like = rows[(rows["queue_id"] == STAYS) & (rows["usage_type"] == "COMPUTE")].iloc[:1]
    usage = pd.concat([rows, like.assign(started_at=DAY.start, user_id=None)], ignore_index=True)
    assert _is_an_error(collected(without(replace(then, usage=usage), GONE), home))
