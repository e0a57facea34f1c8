"""What the cuts of some days are held to is read once for all of them, and not for each."""

from __future__ import annotations

from pathlib import Path

import pytest

from stats import relation
from stats.dayfile import Shelf
from stats.model import Dimension
from tests.stats.conftest import Open
from tests.stats.test_more_than_the_days_total import BY_USER, DAYS, FARM, TOTAL, Farm

D = Dimension
CUTS = (BY_USER, *(Shelf(FARM, D.QUEUE, (one, D.USAGE_TYPE)) for one in (D.QUEUE, D.JOB)))
PRODUCTS = Shelf(FARM, D.QUEUE, (D.LICENSE_PRODUCT, D.USAGE_TYPE))
"""Of which two of the days have none, so that what ran on those is looked at."""


def test_totals_are_read_once_for_all_cuts_that_are_collected(
    opened: Open, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    farm, read, registered = Farm(opened(), tmp_path / "history"), list[str](), relation.register
    farm.collected(TOTAL)

    def noted(con: object, name: str, rows: relation.Rows) -> None:
        read.append(name)
        registered(con, name, rows)  # type: ignore[arg-type]

    monkeypatch.setattr(relation, "register", noted)
    outcome = farm.collected(*CUTS, PRODUCTS)
    assert (outcome.errors, outcome.written) == ([], len(DAYS) * 4)
    assert read.count("total") <= 2  # what it costs by usage type; and of what type any ran
