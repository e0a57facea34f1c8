"""What is collected after a queue was deleted lacks it, and says so as a question's answer does."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from simulator import World
from stats import remarks
from stats.model import FarmId, Report
from stats.outcome import Outcome
from stats.zone import Zone
from tests.stats.asking import asking
from tests.stats.autumn import FIRST
from tests.stats.test_deleted_and_late import (
    DAY,
    GONE,
    apart,
    before,
    cost,
    later,
    only_the_total,
    total,
)
from tests.stats.test_deleted_since import asked

__all__ = ["apart", "before", "only_the_total"]
BY = ("usage_type", "user")


def collected(world: World, home: Path) -> Outcome:
    """Of the first day, what users there were."""
    with asking(world, history=str(home)) as one:
        collector, outcome = one.reporter.collector(Zone("UTC")), Outcome(_farm(world))
        days = [day for day in collector.days(FIRST) if day == DAY]
        pieces = [p for p in collector.pieces(outcome.farm_id, days) if p.shelf.by == BY]
        assert len(list(collector.collect(outcome, pieces, lambda *_: None))) == len(pieces) > 0
    return outcome


def verified(world: World, home: Path) -> None:
    with asking(world, history=str(home)) as one:
        outcome = Outcome(_farm(world))
        one.reporter.collector(Zone("UTC")).checkup.check(outcome, [DAY], lambda *_: None)
    assert (outcome.errors, bool(outcome.changed)) == ([], True)


def _farm(world: World) -> FarmId:
    return FarmId(world.farms[0].farm_id)


def told(world: World, home: Path) -> tuple[Report, list[str]]:
    """By users, from history alone; and all that is said of it."""
    with asking(world, history=str(home)) as one:
        report = one.report(asked(world, 1, *BY))
        assert one.starts() == []
    return report, [one.text for one in remarks.of(report)]


@pytest.mark.parametrize("source", ["apart", "only_the_total"])
def test_what_it_lacks_of_the_total_is_said(
    before: World, source: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    home, after = tmp_path / "home", later(before, 0.0)
    shutil.copytree(request.getfixturevalue(source), home)
    collected(after, home)
    report, said = told(after, home)
    gone = cost(before, GONE)
    assert total(report) == pytest.approx(cost(before))
    assert report.unattributed_cost_usd == pytest.approx(gone)
    assert any(f"On 1 day the service told ${gone:,.2f} less in all" in text for text in said)
    assert "AWS does not tell all usage apart" not in " ".join(said)
    assert report.doubtful == (() if source == "apart" else (DAY,))


def test_what_came_late_beside_it_is_taken_into_the_total(
    before: World, apart: Path, tmp_path: Path
) -> None:
    home, gone = tmp_path / "home", cost(before, GONE)
    shutil.copytree(apart, home)
    after = later(before, gone / 2)
    outcome = collected(after, home)
    assert outcome.errors == []
    report, _ = told(after, home)
    assert total(report) == pytest.approx(cost(before) + gone / 2)
    assert report.unattributed_cost_usd == pytest.approx(gone)


def test_it_stays_said_after_a_verification_that_takes_in_more(
    before: World, apart: Path, tmp_path: Path
) -> None:
    home, gone = tmp_path / "home", cost(before, GONE)
    shutil.copytree(apart, home)
    collected(later(before, 0.0), home)
    after = later(before, 5.0)
    verified(after, home)
    report, said = told(after, home)
    assert total(report) == pytest.approx(cost(before) + 5)
    assert any(f"On 1 day the service told ${gone:,.2f} less in all" in text for text in said)
