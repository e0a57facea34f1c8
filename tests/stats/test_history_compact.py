"""Months of history in one file, and history forgotten."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from stats import audit
from stats.clock import Clock
from stats.compact import compact, forget
from stats.errors import HistoryError
from stats.history import History
from stats.model import Window
from tests.stats.test_history import BY_JOB, LATER, MONDAY, ORIGIN, day, rows

NEXT_MONTH = MONDAY + timedelta(days=31)
JOBS = {number: [(f"j{number}", "ada", 1, 2.0**number)] for number in range(10)}


@pytest.fixture
def history(tmp_path: Path) -> History:
    """Ten days of March, one without usage, and a gap after the sixth."""
    one = History(tmp_path, timedelta(hours=48), Clock(now=lambda: LATER))
    for number, of in (JOBS | {3: []}).items():
        if number != 6:
            origin = replace(ORIGIN, cost_scale_factor=0.5 if number < 8 else 0.9)
            one.put(BY_JOB, day(number), rows(BY_JOB, *of, at=day(number)), origin)
    return one


def content(history: History) -> dict[Window, pd.DataFrame]:
    """Every day's rows."""
    history.forget_listing(BY_JOB)
    days = sorted(history.listed(BY_JOB), key=lambda one: one.start)
    return {one: history.read(BY_JOB, one) for one in days}


def same(found: dict[Window, pd.DataFrame], before: dict[Window, pd.DataFrame]) -> None:
    assert list(found) == list(before)
    for one, table in before.items():
        pd.testing.assert_frame_equal(found[one], table)


def names(history: History) -> list[str]:
    return sorted(path.name for path in Path(history.where).rglob("*.parquet"))


def put_together(history: History, now: datetime = NEXT_MONTH) -> list[Window]:
    return list(compact(history, history.shelves(), now))


def test_days_on_end_become_one_file_and_stay_covered_day_by_day(history: History) -> None:
    before = content(history)
    made = put_together(history)
    assert made == [Window(day(0).start, day(5).end), Window(day(7).start, day(9).end)]
    assert names(history) == [
        "20260302T08Z-20260308T08Z.parquet",
        "20260309T08Z-20260312T08Z.parquet",
    ]
    same(content(history), before)
    assert list(audit.amiss(history, history.shelves())) == []


def test_what_is_together_already_is_left_alone(history: History) -> None:
    put_together(history)
    before = [path.stat().st_mtime_ns for path in Path(history.where).rglob("*.parquet")]
    assert put_together(history) == []
    assert [path.stat().st_mtime_ns for path in Path(history.where).rglob("*.parquet")] == before


def test_a_gap_that_is_filled_later_is_closed(history: History) -> None:
    put_together(history)
    history.put(BY_JOB, day(6), rows(BY_JOB, *JOBS[6], at=day(6)), ORIGIN)
    before = content(history)
    assert put_together(history) == [Window(day(0).start, day(9).end)]
    same(content(history), before)


def test_a_month_that_is_not_over_and_days_by_the_hour_stay_as_they_are(history: History) -> None:
    before = names(history)
    assert put_together(history, LATER - timedelta(days=2)) == []
    assert names(history) == before


def test_a_day_of_a_clock_change_keeps_a_file_of_its_own(history: History) -> None:
    long = Window(day(9).end, day(9).end + timedelta(hours=25))
    after = [day(n, long.end) for n in range(2)]
    for one in (long, *after):
        history.put(BY_JOB, one, rows(BY_JOB, ("j", "ada"), at=one), ORIGIN)
    before = content(history)
    put_together(history)
    assert "20260312T08Z-20260313T09Z.parquet" in names(history)
    assert "20260313T09Z-20260315T09Z.parquet" in names(history)
    same(content(history), before)


def test_where_the_old_files_did_not_go_no_day_counts_twice(history: History) -> None:
    before = content(history)
    kept = Path(history.where).parent / "kept"
    shutil.copytree(Path(history.where), kept)
    put_together(history)
    shutil.copytree(kept, Path(history.where), dirs_exist_ok=True)
    same(content(history), before)
    total = sum(table["cost_usd_sum"].sum() for table in before.values())
    stored = history.stored(history.covered(BY_JOB, list(before)))
    assert len(stored.whole) == len(before)
    assert total == 2.0**10 - 1 - 2.0**3 - 2.0**6
    put_together(history)
    assert len(names(history)) == 2
    same(content(history), before)


def test_a_day_that_is_written_anew_counts_before_its_month(history: History) -> None:
    put_together(history)
    history.put(BY_JOB, day(1), rows(BY_JOB, ("j1", "ada", 1, 99.0), at=day(1)), ORIGIN)
    assert history.read(BY_JOB, day(1))["cost_usd_sum"].tolist() == [99.0]
    before = content(history)
    put_together(history)
    same(content(history), before)


def test_a_bad_file_is_not_put_into_a_month(history: History) -> None:
    path = history.listed(BY_JOB)[day(2)].path
    path.write_bytes(path.read_bytes()[:-9])
    before = names(history)
    with pytest.raises(HistoryError, match="not as it was written"):
        put_together(history)
    assert names(history) == before


def test_each_row_keeps_when_and_at_which_factor_it_was_fetched(history: History) -> None:
    put_together(history)
    assert history.read(BY_JOB, day(7))["cost_scale_factor"].tolist() == [0.5]
    assert history.read(BY_JOB, day(9))["cost_scale_factor"].tolist() == [0.9]


def nothing_done(_: History) -> None:
    pass


@pytest.mark.parametrize("prepared", [nothing_done, put_together])
@pytest.mark.parametrize("number", [0, 1, 4, 7, 8, 30])
def test_what_is_before_a_day_is_forgotten_and_nothing_else(
    history: History, prepared: Callable[[History], object], number: int
) -> None:
    prepared(history)
    before = content(history)
    taken = forget(history, history.shelves(), day(number).start)
    kept = {one: table for one, table in before.items() if one.end > day(number).start}
    assert taken == len(before) - len(kept)
    same(content(history), kept)


def test_what_killed_writers_left_is_swept_and_nothing_else(history: History) -> None:
    before = content(history)
    folder = history.listed(BY_JOB)[day(0)].path.parent
    name = history.listed(BY_JOB)[day(0)].path.name
    left, under_way = folder / f".{name}.4711-140001", folder / f".{name}.4712-140001"
    foreign = folder / f".{name}.old"
    for path in (left, under_way, foreign):
        path.write_bytes(b"PAR1")
    hours_ago = time.time() - 2 * 3_600
    for path in (left, foreign):
        os.utime(path, (hours_ago, hours_ago))
    put_together(history)
    assert sorted(path.name for path in folder.glob(".*")) == sorted((under_way.name, foreign.name))
    same(content(history), before)
