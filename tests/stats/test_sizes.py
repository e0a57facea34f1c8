"""Into how many slices a run is asked for, from what came back before."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pandas as pd
import pytest

from stats.model import Dimension, Window
from stats.plan import YARDSTICK, Cut, Run
from stats.sizes import Sizes
from tests.stats.conftest import RUN, Open, answered, over

D = Dimension
MONTH = over(days=30, cut=YARDSTICK)
JOBS = replace(MONTH, cut=Cut((D.JOB, D.USER)))


def learn(sizes: Sizes, run: Run, records: int, rows: int, ran: float, pages: int = 1) -> None:
    """A run that came back with so many records in so many rows; 0.1 seconds a page."""
    counts = [records - rows + 1, *[1] * (rows - 1)]
    sizes.learn(run, pd.DataFrame({"count": counts}), ran, 0.1 * (pages - 1), pages)


def test_what_nothing_is_known_of_is_not_sliced() -> None:
    assert Sizes().slices(JOBS, 0) == 1


def test_a_run_of_few_rows_is_not_sliced() -> None:
    sizes = Sizes()
    learn(sizes, MONTH, records=1_000, rows=60, ran=1.5)
    assert sizes.slices(JOBS, 0) == 1
    learn(sizes, MONTH, records=1_000_000, rows=60, ran=50)
    assert sizes.slices(MONTH, 0) == 1


def test_a_run_of_many_rows_is_sliced_as_reading_and_starting_want_it() -> None:
    """120,000 rows are 1,200 pages and 120 seconds; a run takes 1.5 seconds at least: √80 is 9."""
    sizes = Sizes()
    learn(sizes, replace(MONTH, ids=MONTH.ids[:1]), records=60_000, rows=60, ran=3.5)
    learn(sizes, MONTH, records=360_000, rows=60, ran=13.5)
    assert sizes.slices(JOBS, 0) == 9


def test_what_can_be_read_while_others_run_is_sliced_less_or_not_at_all() -> None:
    """120 seconds of pages beside runs of 13.5 seconds."""
    sizes = Sizes()
    learn(sizes, MONTH, records=360_000, rows=60, ran=13.5)
    assert sizes.slices(JOBS, 9) == 1
    assert 1 < sizes.slices(JOBS, 3) <= sizes.slices(JOBS, 0)


def test_a_shorter_window_has_fewer_slices() -> None:
    sizes = Sizes()
    learn(sizes, MONTH, records=360_000, rows=60, ran=1.5)
    week = replace(JOBS, window=Window(JOBS.window.start, JOBS.window.start + timedelta(days=7)))
    assert 1 < sizes.slices(week, 0) < sizes.slices(JOBS, 0)


def test_rows_and_pages_are_as_they_came_back_and_not_as_assumed() -> None:
    sizes = Sizes()
    learn(sizes, MONTH, records=360_000, rows=60, ran=1.5)
    guessed = sizes.slices(JOBS, 0)
    learn(sizes, JOBS, records=360_000, rows=30_000, ran=1.5, pages=300)
    assert sizes.slices(JOBS, 0) == pytest.approx(guessed / 2, abs=1)


def test_pages_are_read_soon_where_one_more_run_would_take_longer() -> None:
    """Ten readers read 120 seconds of pages in 12."""
    for seconds, soon in ((10.0, False), (13.5, True)):
        sizes = Sizes()
        assert not sizes.is_read_soon(JOBS, 10)
        learn(sizes, MONTH, records=360_000, rows=60, ran=seconds)
        assert sizes.is_read_soon(JOBS, 10) is soon
        assert not sizes.is_read_soon(replace(JOBS, ids=JOBS.ids[:1]), 10)


def test_a_longer_run_takes_longer_by_its_records() -> None:
    """Ten days at 12,000 records a day: 1.5 seconds and four more; their pages take 4 seconds."""
    sizes = Sizes()
    learn(sizes, replace(MONTH, ids=MONTH.ids[:1]), records=60_000, rows=60, ran=3.5)
    learn(sizes, MONTH, records=360_000, rows=60, ran=13.5)
    days = replace(JOBS, window=Window(JOBS.window.start, JOBS.window.start + timedelta(days=10)))
    assert sizes.is_read_soon(days, 10)
    assert not sizes.is_read_soon(days, 7)


def later(run: Run, days: float, long: float) -> Run:
    """The same about a stretch that ends so many days later, and is so long."""
    end = run.window.end + timedelta(days=days)
    return replace(run, window=Window(end - timedelta(days=long), end))


def sized(*learnt: tuple[Run, int]) -> int:
    """The slices of a month by job, after runs came back with so many records a day."""
    sizes = Sizes()
    for run, a_day in learnt:
        days = round((run.window.end - run.window.start) / timedelta(days=1))
        learn(sizes, run, records=a_day * days, rows=60, ran=1.5)
    return sizes.slices(JOBS, 0)


def test_a_farm_that_has_grown_is_as_large_as_its_latest_week() -> None:
    small, large = sized((MONTH, 2_000)), sized((MONTH, 12_000))
    assert 1 < small < large
    assert sized((MONTH, 2_000), (later(MONTH, 7, 7), 12_000)) == large
    assert sized((MONTH, 2_000), (later(MONTH, 7, 30), 12_000)) == large


def test_a_day_or_an_earlier_stretch_tells_less_than_what_is_known() -> None:
    known = sized((MONTH, 2_000))
    for other in (later(MONTH, 1, 1), later(MONTH, -7, 7), later(MONTH, 0, 15)):
        assert sized((MONTH, 2_000), (other, 12_000)) == known
    assert sized((later(MONTH, 0, 2), 2_000), (later(MONTH, 1, 1), 12_000)) == known


@pytest.mark.parametrize("long", [15, 3])
def test_halves_tell_the_same_in_whichever_order_they_come_back(long: float) -> None:
    first, second = (later(MONTH, 0, long), 2_000), (later(MONTH, long, long), 12_000)
    assert sized(first, second) == sized(second, first)


def test_a_farm_without_usage_teaches_that_there_is_none() -> None:
    sizes = Sizes()
    sizes.learn(MONTH, pd.DataFrame({"count": pd.Series(dtype="int64")}), 1.5, 0.0, 1)
    assert sizes.slices(JOBS, 0) == 1


def test_a_sliced_run_is_the_whole_in_parts_and_its_next_asking_is_answered(opened: Open) -> None:
    whole = answered(opened()).answer.result()
    engine = opened(page_size=1)
    farm = engine.line._farms.of(RUN.farm_id)
    learn(farm.sizes, RUN, records=70_000, rows=60_000, ran=0.2, pages=600)
    sliced = answered(engine).answer.result()
    starts = engine.times("StartSessionsStatisticsAggregation")
    assert starts > 3
    assert [record.fate for record in sliced.records] == ["completed"] * starts
    keys = [column for column in whole.rows if column not in ("cost_usd_sum",)]
    left, right = (one.rows.sort_values(keys).reset_index(drop=True) for one in (whole, sliced))
    assert left.equals(right)
    assert answered(engine).answer.result() is sliced
