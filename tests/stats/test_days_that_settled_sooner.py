"""Days that were kept sooner than days settle by now: a deployment waits longer than it did.

What is there of them counts, and is made as much as anything else that history has.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from simulator.tiny import FARM
from stats.model import FarmId
from stats.outcome import Outcome
from stats.zone import Zone
from tests.stats.test_a_cut_of_more_than_its_total import STILL, totals
from tests.stats.test_a_total_that_is_lost import without_lighting
from tests.stats.test_lost_days import DAYS
from tests.stats.test_what_is_known import RAN, SOON, asked, asking_at, told, total

AT_ONCE = RAN.end + timedelta(hours=3)
"""Asked then, with nothing waited for; later days are taken for settled after four."""

CUTS = [("user",), ("user", "usage_type"), ("queue", "usage_type")]


def with_less_of_the_total(home: Path, another: Path, by: tuple[str, ...]) -> None:
    """A breakdown of three days, USD 13 in all; Monday's total is from after a deletion."""
    with asking_at(AT_ONCE, home, settle_hours=0) as asker:
        asker.report(asked(*by, window=RAN))
    with asking_at(AT_ONCE, another, without_lighting(), settle_hours=0) as asker:
        asker.report(replace(asked(window=RAN), scope=STILL))
    shutil.copy2(totals(another)[0], totals(home)[0])


@pytest.mark.parametrize("by", CUTS)
def test_a_total_of_less_than_a_cut_is_held_to_it(tmp_path: Path, by: tuple[str, ...]) -> None:
    with_less_of_the_total(tmp_path / "one", tmp_path / "another", by)
    with asking_at(SOON, tmp_path / "one", without_lighting(), settle_hours=96) as asker:
        report = asker.report(replace(asked(*by, window=RAN), scope=STILL))
    assert report.total_cost_usd.sum == pytest.approx(13.0)
    is_made_of_it = "usage_type" in by
    assert total(report) == pytest.approx(13.0 if is_made_of_it else 8.5)
    assert told(report) == (() if is_made_of_it else (DAYS[0],), ())


@pytest.mark.parametrize("by", CUTS)
def test_so_it_is_by_who_checks_it_up(tmp_path: Path, by: tuple[str, ...]) -> None:
    with_less_of_the_total(tmp_path / "one", tmp_path / "another", by)
    with asking_at(SOON, tmp_path / "one", without_lighting(), settle_hours=96) as asker:
        checkup, outcome = asker.reporter.collector(Zone("UTC")).checkup, Outcome(FarmId(FARM))
        checkup.check(outcome, DAYS, lambda *_: None)
        checkup.mend(outcome, DAYS)
    assert outcome.errors == []
    assert bool(outcome.conflicts) == ("usage_type" not in by)
