"""A cut that holds less of a settled day than one by more dimensions is named, and made as much.

It was asked for while the day's total was less than what history has by queue and usage type.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from simulator.tiny import FARM
from stats.audit import amiss
from stats.dayfile import Shelf
from stats.mending import mended_cut
from stats.model import Dimension, FarmId
from stats.outcome import Outcome
from stats.zone import Zone
from tests.stats.asking import Asker
from tests.stats.frames import cut
from tests.stats.test_a_total_that_is_less import STILL, assert_all, filled, said
from tests.stats.test_a_total_that_is_lost import BY_QUEUE, BY_USER, without_lighting
from tests.stats.test_lost_days import DAYS
from tests.stats.test_what_is_known import RAN, SOON, asked, asking_at

D = Dimension


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """History by queue and by user; the Monday by one alone without Lighting."""
    filled(tmp_path / "history", BY_QUEUE, BY_USER)
    with asking_at(SOON, tmp_path / "another", without_lighting()) as asker:
        asker.report(replace(asked("user", window=RAN), scope=STILL))
    cut = Path("v2", Shelf(FARM, D.QUEUE, (D.USER,)).folder)
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


def test_it_is_named(home: Path) -> None:
    with asking_at(SOON, home, without_lighting()) as asker:
        (one,) = wrong(asker)
    assert "/cut=user: on 2026-03-02 00:00 UTC it holds USD 3.50, and by " in one
    assert one.endswith("there are USD 8.00")


def test_it_is_made_as_much_and_the_service_is_not_asked(home: Path) -> None:
    with asking_at(SOON, home, without_lighting()) as asker:
        assert said(asker, "user").unattributed_cost_usd > 0
        outcome = mended(asker)
        assert (outcome.written, outcome.errors) == (1, [])
        assert asker.starts() == []
        assert_all(said(asker, "user"))
        assert wrong(asker) == []
        assert mended(asker).written == 0


BY_USERS = Shelf(FARM, D.QUEUE, (D.USER,))
_ROUNDED = 0.4e-4
"""Less than each of a cut's rows may be off, in USD."""


def rows(*users: tuple[str, float, int]) -> pd.DataFrame:
    """A row of each of those users, with its cost and how many records."""
    of_day = [(DAYS[0].start.replace(tzinfo=None), user, n, usd) for user, usd, n in users]
    found = cut([D.USER], of_day).rename(columns={"bucket": "period_start"})
    times = {"period_end": DAYS[0].end, "fetched_at": SOON, "cost_scale_factor": 1.0}
    names = {"user_name": "", "queue_id": "", "usage_type": "COMPUTE"}
    return found.assign(**times, **names)


@pytest.mark.parametrize(
    ("kept", "finer", "of_day", "made"),
    [
        (rows(("ada", 2.0, 2)), rows(("ada", 3.5, 2)), 9.0, 3.5),
        (rows(("ada", 2.0, 2)), rows(("ada", 2.0, 3)), 9.0, 2.0),  # more records of as much
        (rows(("ada", 2.0, 2)), rows(("ada", 2.0, 2), ("bob", 1.5, 1)), 9.0, 3.5),
        (rows(("ada", 2.0, 2)), rows(("ada", 2.0, 2)), 9.0, None),  # as much
        (
            rows(("ada", 2.0, 2), ("bob", 1.0, 1)),
            rows(("ada", 9.0, 2)),
            9.0,
            None,
        ),  # nothing of Bob
        (rows(("ada", 2.0, 2)), rows(("ada", 3.0, 1)), 9.0, None),  # of fewer records
        (rows(("ada", 2.0, 2)), rows(("ada", 1.0, 3)), 9.0, None),  # of less cost
        (rows(("ada", 2.0, 2)), rows(("ada", 9.5, 2)), 9.0, None),  # more than there was that day
        (rows(("ada", 2.0, 2)), rows(("ada", 2.0 + _ROUNDED, 2)), 9.0, None),  # rounded up
        (rows(("ada", 2.0, 2)), rows(("ada", 2.0 - _ROUNDED, 3)), 9.0, 2.0 - _ROUNDED),
    ],
)
def test_of_finer_rows_a_cut_is_made_only_where_it_loses_nothing(
    kept: pd.DataFrame, finer: pd.DataFrame, of_day: float, made: float | None
) -> None:
    found = mended_cut(BY_USERS, kept, finer, rows(("", of_day, 9)))
    assert (None if found is None else found["cost_usd_sum"].sum()) == made


def test_every_row_of_a_finer_cut_may_be_rounded() -> None:
    """A thousand of them may hold a cent or two more than the day."""
    many = rows(*(("ada", 0.01 + 0.2e-4, 1) for _ in range(1_000)))
    found = mended_cut(BY_USERS, rows(("ada", 2.0, 2)), many, rows(("", 10.0, 1_000)))
    assert found is not None
