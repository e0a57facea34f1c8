"""Rows of a file are of its days and hours, each once and in its place, however many they are."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from stats.dayfile import Shelf
from stats.history import History
from stats.model import Dimension
from tests.stats.frames import cut
from tests.stats.test_files_of_strangers import opened, rewritten
from tests.stats.test_history import FARM, ORIGIN, day

D = Dimension
HOURLY = Shelf(FARM, D.QUEUE, (D.JOB, D.USER), hourly=True)
DAILY = Shelf(FARM, D.QUEUE, (D.JOB, D.USER))
DAY, HOUR = day(0), timedelta(hours=1)
FIRST, LAST = DAY.start, DAY.end - HOUR


def put(history: History, shelf: Shelf, jobs: dict[str, pd.Timestamp]) -> None:
    """A row each, of one user, at some time."""
    table = cut(shelf.by, [(DAY.start.date(), job, "ada") for job in jobs])
    table = table.assign(period_start=list(jobs.values()))
    history.put(shelf, DAY, table.astype({"period_start": "datetime64[us, UTC]"}), ORIGIN)


def is_sound(home: Path, shelf: Shelf) -> bool:
    return opened(home).sound(shelf, [DAY], to_the_end=True) == {DAY}


def with_edges(*edges: tuple[pd.Timestamp, pd.Timestamp]):
    """The same rows with other hours, in order."""

    def alter(table: pa.Table) -> pa.Table:
        for n, name in enumerate(("period_start", "period_end")):
            at = table.column_names.index(name)
            values = pa.array([edge[n] for edge in edges], table.schema.field(at).type)
            table = table.set_column(at, table.schema.field(at), values)
        return table

    return alter


HOURS = {
    "the first and the last": ([(FIRST, FIRST + HOUR), (LAST, DAY.end)], True),
    "the hour before": ([(FIRST - HOUR, FIRST), (LAST, DAY.end)], False),
    "the hour after": ([(FIRST, FIRST + HOUR), (DAY.end, DAY.end + HOUR)], False),
    "one that ends beyond": ([(FIRST, FIRST + HOUR), (LAST, DAY.end + HOUR)], False),
    "one that ends where it begins": ([(FIRST, FIRST), (LAST, DAY.end)], False),
    "one that ends before": ([(FIRST, FIRST + HOUR), (LAST, FIRST)], False),
}


@pytest.mark.parametrize(("edges", "sound"), HOURS.values(), ids=HOURS)
def test_hours_of_a_file_are_within_its_days(tmp_path: Path, edges, sound: bool) -> None:
    history = opened(tmp_path)
    put(history, HOURLY, {"j1": FIRST, "j2": LAST})
    assert is_sound(tmp_path, HOURLY)
    rewritten(history.listed(HOURLY)[DAY], with_edges(*edges))
    assert is_sound(tmp_path, HOURLY) is sound


@pytest.mark.parametrize("end", [DAY.end - HOUR, DAY.end + HOUR])
def test_days_of_a_file_end_where_its_days_do(tmp_path: Path, end) -> None:
    history = opened(tmp_path)
    put(history, DAILY, {"j1": FIRST})
    assert is_sound(tmp_path, DAILY)
    rewritten(history.listed(DAILY)[DAY], with_edges((FIRST, end)))
    assert not is_sound(tmp_path, DAILY)


MANY = 65_537
"""One more than are looked at together."""


def the_last_as_the_one_before(table: pa.Table) -> pa.Table:
    return pa.concat_tables([table.slice(0, MANY - 1), table.slice(MANY - 2, 1)])


def the_last_two_in_turn(table: pa.Table) -> pa.Table:
    parts = (table.slice(0, MANY - 2), table.slice(MANY - 1, 1), table.slice(MANY - 2, 1))
    return pa.concat_tables(parts)


@pytest.mark.parametrize("alter", [the_last_as_the_one_before, the_last_two_in_turn])
def test_a_row_is_held_to_the_one_before_also_where_that_was_looked_at_earlier(
    tmp_path: Path, alter
) -> None:
    history = opened(tmp_path)
    put(history, DAILY, dict.fromkeys((f"j{n:06}" for n in range(MANY)), FIRST))
    file = history.listed(DAILY)[DAY]
    assert pq.read_metadata(file.path).num_rows == MANY
    assert is_sound(tmp_path, DAILY)
    rewritten(file, alter)
    assert not is_sound(tmp_path, DAILY)


def test_one_key_at_several_hours_is_several_rows_and_twice_at_one_is_not(tmp_path: Path) -> None:
    history = opened(tmp_path)
    put(history, HOURLY, {"j1": FIRST, "j2": FIRST, "j3": LAST})
    file = history.listed(HOURLY)[DAY]

    def called(*jobs: str):
        def alter(table: pa.Table) -> pa.Table:
            for name in ("job_id", "job_name"):
                at = table.column_names.index(name)
                table = table.set_column(at, table.schema.field(at), pa.array(jobs, pa.string()))
            return table

        return alter

    rewritten(file, called("j1", "j2", "j1"))
    assert is_sound(tmp_path, HOURLY)
    rewritten(file, called("j1", "j1", "j1"))
    assert not is_sound(tmp_path, HOURLY)
    rewritten(file, called("j2", "j1", "j1"))
    assert not is_sound(tmp_path, HOURLY)
