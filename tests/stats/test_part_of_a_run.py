"""A run within one that was answered minutes ago is told by it."""

from __future__ import annotations

from datetime import timedelta

import pandas as pd
import pytest

from stats.model import Dimension, Window
from stats.plan import Cut, Run
from tests.stats.conftest import MONDAY, START, Engine, Open, answered, over

BY_USER = Cut((Dimension.USER,))
HOURLY = Cut((Dimension.USER,), hourly=True)


def part(run: Run, first: int, last: int) -> Run:
    """The run from and to some hours after its own start."""
    start = run.window.start
    edges = start + timedelta(hours=first), start + timedelta(hours=last)
    return over(run, window=Window(*edges))


def long(cut: Cut, offset: int = 0) -> Run:
    """Ten days by the clock of an offset."""
    start = MONDAY - timedelta(days=2, hours=offset)
    window = Window(start, start + timedelta(days=10))
    return over(cut=cut, offset_hours=offset, window=window)


def rows(engine: Engine, run: Run) -> pd.DataFrame:
    found = answered(engine, run).answer.result().rows
    return found.sort_values(list(found.columns)).reset_index(drop=True)


@pytest.mark.parametrize(
    ("cut", "first", "last"),
    [(BY_USER, 48, 96), (BY_USER, 0, 24), (BY_USER, 24, 240), (HOURLY, 50, 77), (HOURLY, 0, 240)],
)
@pytest.mark.parametrize("offset", [0, -8, 9])
def test_it_has_the_rows_that_it_would_have_itself(
    opened: Open, cut: Cut, first: int, last: int, offset: int
) -> None:
    run = part(long(cut, offset), first, last)
    alone = rows(opened(), run)
    engine = opened()
    rows(engine, long(cut, offset))
    before = engine.times(START)
    pd.testing.assert_frame_equal(rows(engine, run), alone)
    assert engine.times(START) == before


@pytest.mark.parametrize(("first", "last"), [(1, 48), (24, 49), (-24, 24), (216, 264)])
def test_one_with_half_a_day_or_more_days_is_asked_for(opened: Open, first: int, last: int) -> None:
    engine = opened()
    rows(engine, long(BY_USER))
    before = engine.times(START)
    rows(engine, part(long(BY_USER), first, last))
    assert engine.times(START) == before + 1


def test_an_answer_from_before_a_refresh_tells_no_part(engine: Engine) -> None:
    rows(engine, long(BY_USER))
    engine.time.advance(5)
    before = engine.times(START)
    ticket = engine.line.ask(part(long(BY_USER), 0, 24), engine.time.now())
    ticket.answer.result(10)
    assert engine.times(START) == before + 1
