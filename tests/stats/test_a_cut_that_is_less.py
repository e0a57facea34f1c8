"""A cut that holds less of a settled day than one by more dimensions is named, and made as much.

It was asked for while the day's total was less than what history has by queue and usage type.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from simulator.tiny import FARM
from stats.audit import amiss
from stats.dayfile import Shelf
from stats.model import Dimension, FarmId
from stats.outcome import Outcome
from stats.zone import Zone
from tests.stats.asking import Asker
from tests.stats.test_a_total_that_is_less import STILL, assert_all, filled, said
from tests.stats.test_a_total_that_is_lost import BY_QUEUE, BY_USER, without_lighting
from tests.stats.test_lost_days import DAYS
from tests.stats.test_what_is_known import RAN, SOON, asked, asking_at

D = Dimension


@pytest.fixture(params=["queue", "user"])
def by(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def home(tmp_path: Path, by: str) -> Path:
    """History by queue and by user; the Monday by one alone without Lighting."""
    filled(tmp_path / "history", BY_QUEUE, BY_USER)
    with asking_at(SOON, tmp_path / "another", without_lighting()) as asker:
        asker.report(replace(asked(by, window=RAN), scope=STILL))
    cut = Path("v2", Shelf(FARM, D.QUEUE, (D(by),)).folder)
    (file,) = (tmp_path / "another" / cut).glob("20260302T00Z-*.parquet")
    (tmp_path / "history" / cut).mkdir(parents=True)
    (tmp_path / "history" / cut / file.name).write_bytes(file.read_bytes())
    return tmp_path / "history"


def wrong(asker: Asker) -> list[str]:
    history = asker.reporter.history
    assert history is not None
    return [str(one) for one in amiss(history, history.shelves())]


def mended(asker: Asker) -> Outcome:
    outcome = Outcome(FarmId(FARM))
    asker.reporter.collector(Zone("UTC")).checkup.mend(outcome, DAYS)
    return outcome


def test_it_is_named(home: Path, by: str) -> None:
    with asking_at(SOON, home, without_lighting()) as asker:
        (one,) = wrong(asker)
    assert f"/cut={by}: on 2026-03-02 00:00 UTC it holds USD 3.50, and by " in one
    assert one.endswith("there are USD 8.00")


def test_it_is_made_as_much_and_the_service_is_not_asked(home: Path, by: str) -> None:
    with asking_at(SOON, home, without_lighting()) as asker:
        assert said(asker, by).unattributed_cost_usd > 0
        outcome = mended(asker)
        assert (outcome.written, outcome.errors) == (1, [])
        assert asker.starts() == []
        assert_all(said(asker, by))
        assert wrong(asker) == []
        assert mended(asker).written == 0
