"""Rows that were asked of fleets are held against the total by queues too, and it is said."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from stats.cuts import Asked, Cuts
from stats.findings import Findings, Fresh
from stats.model import Basis, Dimension, FarmId, Question, Scope, Window
from stats.people import NONE
from stats.progress import nobody
from stats.rollup import Answer
from stats.zone import Zone

START = datetime(2026, 3, 2, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(days=3))


def rows(*costs: float) -> pd.DataFrame:
    many = len(costs)
    numbers = {"count": [9 // many] * many, "runtime_seconds_sum": [60.0] * many}
    return pd.DataFrame({"cost_usd_sum": costs, **numbers})


def said(by_fleets: pd.DataFrame, total_by_fleets: float, total_by_queues: float) -> list[str]:
    """Of a question about queues whose rows and yardstick were asked of fleets."""
    scope = Scope(Dimension.QUEUE, ("queue",))
    question = Question(FarmId("farm"), scope, WINDOW, by=(Dimension.FLEET,))
    asked = Asked(
        question, WINDOW, (WINDOW,), Zone("UTC"), WINDOW.end, None, nobody, time_left=lambda: 60.0
    )
    cuts = Cuts(by_fleets, {}, rows(total_by_queues), rows(total_by_fleets), (), NONE)
    whole = float(by_fleets["cost_usd_sum"].sum())
    answer = Answer(by_fleets, (), whole, 8)
    found = Findings(None, Fresh(cuts, answer))
    return [one.text for one in found.remarks(asked, Basis(1.0, "aws"), may_change=False)]


def test_rows_of_fleets_that_hold_more_than_the_total_by_queues_are_said() -> None:
    assert said(rows(10.0, 5.0), 20.0, 12.0) == [
        "The rows hold $3.00 more than the total by usage type. The service told both: they do not "
        "agree."
    ]


@pytest.mark.parametrize("by_queues", [15.0, 16.0, 15.0 - 0.009, 15.0 * (1 - 0.5e-3)])
def test_as_much_or_what_may_be_rounding_is_not(by_queues: float) -> None:
    assert said(rows(10.0, 5.0), 20.0, by_queues) == []
