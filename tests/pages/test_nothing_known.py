"""Where nothing is shown, it is said whether nothing ran or nothing is known of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from simulator.tiny import EMPTY_FARM
from stats.model import Basis, Dimension, FarmId, Question, Report, Scope, Spread, Window
from stats.rollup import empty as no_rows
from tests.pages.opening import is_whole, keys, opened
from ui import empty, text

START, A_DAY = datetime(2026, 3, 2, tzinfo=UTC), timedelta(days=1)
WINDOW = Window(START, START + 6 * A_DAY)


def told(monkeypatch: pytest.MonkeyPatch, as_of: datetime, *unknown: Window) -> str:
    """What is said of a report without rows."""
    found: list[str] = []
    monkeypatch.setattr(empty.st, "info", lambda said, **_: found.append(said))
    question = Question(FarmId("farm"), Scope(Dimension.QUEUE, ("queue",)), WINDOW)
    nothing = Spread(0.0, float("nan"), float("nan"))
    report = Report(
        question=question,
        table=no_rows(()),
        total_cost_usd=nothing,
        total_count=0,
        total_by_usage_type={},
        unattributed_cost_usd=0.0,
        unattributed_count=0,
        as_of=as_of,
        preliminary_from=None,
        basis=Basis(1.0, "aws"),
        runs=(),
        unknown=unknown,
    )
    empty.why(report)
    return found[0]


@pytest.mark.parametrize(
    ("as_of", "unknown", "said"),
    [
        (WINDOW.end, (), "usage"),
        (WINDOW.end, (WINDOW,), "unknown"),
        (WINDOW.start + 2 * A_DAY, (Window(START, START + 3 * A_DAY),), "unknown"),
        (WINDOW.end, (Window(START, START + A_DAY), Window(START + A_DAY, WINDOW.end)), "unknown"),
        (WINDOW.end, (Window(START, START + A_DAY),), "partly"),
        (WINDOW.end, (Window(START + A_DAY, WINDOW.end),), "partly"),
        (WINDOW.start, (), "to come"),
    ],
)
def test_nothing_ran_is_said_of_days_only_that_are_known(monkeypatch, as_of, unknown, said):
    assert told(monkeypatch, as_of, *unknown) == text.EMPTY[said]


@pytest.mark.parametrize("window", ["90d", "all"])
def test_no_button_leads_to_the_window_that_is_shown(tiny, window):
    at = opened("overview", {"farm": EMPTY_FARM, "window": window})
    assert is_whole(at)
    assert at.info
    assert "w_wider" not in keys(at)


@pytest.mark.parametrize("window", ["7d", "lastyear"])
def test_a_button_leads_to_days_that_are_not_shown(tiny, window):
    at = opened("overview", {"farm": EMPTY_FARM, "window": window})
    assert "w_wider" in keys(at)
