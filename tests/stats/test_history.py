"""The folder of history: which days there are, and which of its files are read."""

from __future__ import annotations

import os
import resource
import shutil
import weakref
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest

from stats import audit, dayfile, past
from stats.clock import Clock
from stats.compact import compact
from stats.dayfile import Foreign, Origin, Shelf, shelf_named
from stats.errors import HistoryError
from stats.history import History
from stats.listing import Held
from stats.model import Dimension, FarmId, Question, Scope, Window
from stats.store import days_named, name_of
from stats.zone import Zone
from tests.stats.frames import Row, cut
from tests.stats.resealed import resealed

D = Dimension
FARM = f"farm-{'0' * 32}"
BY_JOB = Shelf(FARM, D.QUEUE, (D.JOB, D.USER))
TOTAL = Shelf(FARM, D.QUEUE, (D.USAGE_TYPE,))
MONDAY = datetime(2026, 3, 2, 8, tzinfo=UTC)
LATER = MONDAY + timedelta(days=30)
ORIGIN = Origin("Features", {"queue-a": "Comp", "queue-b": "「光」"}, 0.85, "aws", LATER)


def day(number: int, start: datetime = MONDAY) -> Window:
    """A day in March, by its number from Monday on."""
    first = start + timedelta(days=number)
    return Window(first, first + timedelta(days=1))


def rows(shelf: Shelf, *of: Row, at: Window) -> pd.DataFrame:
    """A day's rows, of keys and numbers."""
    table = cut(shelf.by, [(date(2026, 3, 2), *one) for one in of])
    return table.assign(period_start=pd.Timestamp(at.start))


Opens = Callable[..., History]


@pytest.fixture
def opened(tmp_path: Path) -> Opens:
    """Opens the history of a test, at some moment."""

    def opening(now: datetime = LATER) -> History:
        return History(tmp_path, timedelta(hours=48), Clock(now=lambda: now))

    return opening


@pytest.fixture
def history(opened: Opens) -> History:
    """A history with three days of jobs, one of them without usage."""
    one = opened()
    for number, jobs in enumerate([("j1", "j2"), (), ("j1",)]):
        of = [(job, "ada", 2, 5.0, 1.0, 4.0) for job in jobs]
        one.put(BY_JOB, day(number), rows(BY_JOB, *of, at=day(number)), ORIGIN)
    return one


def test_files_of_another_format_are_neither_read_nor_touched(
    history: History, tmp_path: Path
) -> None:
    for version in ("v0", "v3"):
        shutil.copytree(tmp_path / "v2", tmp_path / version)
    shutil.rmtree(tmp_path / "v2")
    others = {path: path.read_bytes() for path in tmp_path.rglob("*.parquet")}
    history.forget_listings()
    assert history.shelves() == []
    assert not history.covered(BY_JOB, [day(number) for number in range(3)])
    history.put(BY_JOB, day(0), rows(BY_JOB, ("j9", "ada", 1, 3.0, 3.0, 3.0), at=day(0)), ORIGIN)
    list(compact(history, history.shelves(), LATER))
    assert list(history.listed(BY_JOB)) == [day(0)]
    assert list(history.read(BY_JOB, day(0))["job_id"]) == ["j9"]
    assert {path: path.read_bytes() for path in others} == others


def test_a_day_is_covered_exactly_when_its_file_is_there(history: History) -> None:
    days = [day(number) for number in range(-1, 5)]
    assert list(history.covered(BY_JOB, days)) == [day(0), day(1), day(2)]
    history.covered(BY_JOB, days)[day(1)].path.unlink()
    history.forget_listing(BY_JOB)
    assert list(history.covered(BY_JOB, days)) == [day(0), day(2)]


def test_rows_come_back_as_they_were_written(history: History) -> None:
    found = history.read(BY_JOB, day(0)).sort_values("job_id")
    assert found["job_id"].tolist() == ["j1", "j2"]
    assert found["job_name"].tolist() == ["name of j1", "name of j2"]
    assert found["cost_usd_sum"].tolist() == [5.0, 5.0]
    assert found["cost_scale_factor"].tolist() == [0.85, 0.85]
    assert set(found["period_start"].dt.tz_convert("UTC")) == {pd.Timestamp(day(0).start)}
    assert set(found["fetched_at"].dt.tz_convert("UTC")) == {pd.Timestamp(LATER)}
    assert history.read(BY_JOB, day(1)).empty


def test_rows_of_one_key_are_one_row(opened: Opens) -> None:
    pieces = [("j", "ada", 1, 2.0, 2.0, 2.0), ("j", "ada", 2, 3.0, 1.0, 2.5)]
    opened().put(BY_JOB, day(0), rows(BY_JOB, *pieces, at=day(0)), ORIGIN)
    (row,) = opened().read(BY_JOB, day(0)).to_dict("records")
    assert (row["count"], row["cost_usd_sum"]) == (3, 5.0)
    assert (row["cost_usd_min"], row["cost_usd_max"]) == (1.0, 2.5)


def test_a_day_of_another_zone_another_cut_or_another_farm_is_not_covered(history: History) -> None:
    berlin = day(0, MONDAY - timedelta(hours=9))
    assert not history.covered(BY_JOB, [berlin])
    for other in (
        replace(BY_JOB, by=(D.JOB,)),
        replace(BY_JOB, hourly=True),
        replace(BY_JOB, resource=D.FLEET),
        replace(BY_JOB, farm_id=f"farm-{'1' * 32}"),
    ):
        assert not history.covered(other, [day(0)])


def test_a_day_with_another_number_of_hours_is_another_day(history: History) -> None:
    for hours in (23, 25):
        assert not history.covered(BY_JOB, [Window(MONDAY, MONDAY + timedelta(hours=hours))])


def test_a_day_is_written_only_when_it_was_settled_as_it_was_fetched(opened: Opens) -> None:
    nothing, early = rows(BY_JOB, at=day(0)), day(0).end + timedelta(hours=47)
    with pytest.raises(ValueError, match="settled"):
        opened().put(BY_JOB, day(0), nothing, replace(ORIGIN, fetched_at=early))
    opened().put(BY_JOB, day(0), nothing, replace(ORIGIN, fetched_at=early + timedelta(hours=1)))


def test_where_the_clock_goes_back_days_still_to_settle_are_not_read_and_not_lost(
    history: History, opened: Opens
) -> None:
    days = [day(number) for number in range(3)]
    back = opened(day(1).end + timedelta(hours=48))
    assert list(back.covered(BY_JOB, days)) == days[:2]
    assert list(opened().covered(BY_JOB, days)) == days


def test_only_names_of_days_are_read(history: History) -> None:
    good = history.covered(BY_JOB, [day(0)])[day(0)].path
    for name in (
        ".20260302T08Z-20260303T08Z.parquet.17-1",
        "20260309T08Z-20260309T09Z.parquet",
        "20260309T08Z-20260308T08Z.parquet",
        "20261399T08Z-20261400T08Z.parquet",
        "20260310T08Z-20260311T08Z.csv",
        "notes.txt",
    ):
        shutil.copy(good, good.parent / name)
    (good.parent / "20260312T08Z-20260313T08Z.parquet").mkdir()
    history.forget_listing(BY_JOB)
    assert set(history.listed(BY_JOB)) == {day(0), day(1), day(2)}


def test_the_name_of_a_file_says_which_days_it_covers() -> None:
    week = Window(MONDAY, MONDAY + timedelta(days=7))
    assert days_named(name_of(week.start, week.end)) == tuple(day(n) for n in range(7))
    for hours in (23, 24, 25):
        long = Window(MONDAY, MONDAY + timedelta(hours=hours))
        assert days_named(name_of(long.start, long.end)) == (long,)


def test_a_days_own_file_counts_before_one_of_many_days(history: History) -> None:
    path = history.covered(BY_JOB, [day(0)])[day(0)].path
    shutil.copy(path, path.parent / name_of(day(0).start, day(2).end))
    history.forget_listing(BY_JOB)
    assert history.listed(BY_JOB)[day(0)].path == path


@pytest.mark.parametrize("shelf", [BY_JOB, TOTAL, replace(TOTAL, hourly=True)])
def test_a_folder_says_what_is_in_it(shelf: Shelf) -> None:
    assert shelf_named(shelf.folder) == shelf


@pytest.mark.parametrize(
    "folder",
    [
        "farm_id=f/counted_by=queue/period=daily/cut=job-nobody",
        "farm_id=f/counted_by=queue/period=daily/cut=user-job",
        "farm_id=f/counted_by=queue/cut=job",
        "elsewhere",
    ],
)
def test_a_folder_that_is_not_ours_is_none(folder: str) -> None:
    assert shelf_named(folder) is None


def cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def not_parquet(path: Path) -> None:
    path.write_text("period_start,job_id\n")


def of_another_day(path: Path) -> None:
    shutil.copy(path.parent / name_of(day(2).start, day(2).end), path)


def of_nobody(path: Path) -> None:
    resealed(path, pq.read_table(path, partitioning=None).replace_schema_metadata({}))


def without_a_column(path: Path) -> None:
    table = pq.read_table(path, partitioning=None)
    resealed(path, table.drop_columns(["count"]))


SPOILED = [cut_short, emptied, not_parquet, of_another_day, of_nobody, without_a_column]


@pytest.mark.parametrize("spoil", SPOILED)
def test_a_file_that_is_not_what_its_place_says_is_not_read_and_then_absent(
    history: History, spoil: Callable[[Path], None]
) -> None:
    found = history.covered(BY_JOB, [day(0), day(2)])
    spoil(found[day(0)].path)
    history.forget_listing(BY_JOB)
    found = history.covered(BY_JOB, [day(0), day(2)])
    with pytest.raises(Foreign):
        history.stored(found)
    assert list(history.covered(BY_JOB, [day(0), day(2)])) == [day(2)]
    (told,) = history.troubles
    assert str(found[day(0)].path) in told


@pytest.mark.parametrize("spoil", SPOILED)
def test_what_is_written_anew_is_read_again(
    history: History, spoil: Callable[[Path], None]
) -> None:
    spoil(history.listed(BY_JOB)[day(0)].path)
    history.forget_listing(BY_JOB)
    assert history.sound(BY_JOB, [day(0), day(1)]) == {day(1)}
    history.put(BY_JOB, day(0), rows(BY_JOB, ("j9", "ada"), at=day(0)), ORIGIN)
    assert history.sound(BY_JOB, [day(0), day(1)]) == {day(0), day(1)}
    assert history.read(BY_JOB, day(0))["job_id"].tolist() == ["j9"]
    assert history.troubles == ()


def test_a_day_that_another_process_writes_anew_is_told_as_it_is_now(opened: Opens) -> None:
    reader, writer = opened(), opened()
    by_user = Shelf(FARM, D.QUEUE, (D.USER, D.USAGE_TYPE))
    scope = Scope(D.QUEUE, ("queue-a",), whole=True)
    zone, by = "America/Los_Angeles", (D.USER, D.USAGE_TYPE)
    question = Question(FarmId(FARM), scope, day(0), zone, by)
    for cost in (5.0, 7.0):
        total = rows(TOTAL, ("COMPUTE", 2, cost), at=day(0))
        writer.put(by_user, day(0), rows(by_user, ("ada", "COMPUTE", 2, cost), at=day(0)), ORIGIN)
        writer.put(TOTAL, day(0), total, ORIGIN)
        told = past.told(reader, question, day(0))
        assert told
        assert sum(one.cost_usd for one in told.answers) == cost
        assert told.total["cost_usd_sum"].tolist() == [cost]


def test_names_that_could_not_be_read_for_a_moment_are_read_then(history: History) -> None:
    history.put(TOTAL, day(0), rows(TOTAL, at=day(0)), ORIGIN)
    assert list(history.covered(TOTAL, [day(0)])) == [day(0)]
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, most))  # as where too many files are open
        with pytest.raises(HistoryError, match="Too many open files"):
            history.resources(FarmId(FARM), D.QUEUE, [day(0)])
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (now, most))
    assert history.resources(FarmId(FARM), D.QUEUE, [day(0)]) == ORIGIN.resources


def test_of_what_was_reckoned_there_is_never_much() -> None:
    held, alive = Held(TOTAL, {}), weakref.WeakSet[frozenset[int]]()
    for number in range(1_000):
        alive.add(held.once(number, partial(frozenset, [number])))
    assert len(alive) < 100
    assert held.once(999, lambda: frozenset([1])) == {999}


def test_a_file_that_was_bad_for_a_moment_is_tried_again(history: History, tmp_path: Path) -> None:
    minutes = 0
    clock = Clock(now=lambda: LATER, monotonic=lambda: 60.0 * minutes)
    reader = History(tmp_path, timedelta(hours=48), clock)
    path = history.listed(BY_JOB)[day(0)].path
    about, data = path.stat(), path.read_bytes()
    for found, content in ((set(), bytes(len(data))), (set(), data), ({day(0)}, data)):
        path.write_bytes(content)
        os.utime(path, ns=(about.st_atime_ns, about.st_mtime_ns))
        assert reader.sound(BY_JOB, [day(0)]) == found
        minutes += 6
    assert reader.troubles == ()


def test_a_bit_that_has_changed_is_found_by_reading_to_the_end(history: History) -> None:
    path = history.listed(BY_JOB)[day(0)].path
    data = bytearray(path.read_bytes())
    data[40] ^= 1
    stat = path.stat()
    path.write_bytes(data)
    os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    (amiss,) = audit.amiss(history, [BY_JOB])
    assert amiss.where == str(path)
    assert history.sound(BY_JOB, [day(0), day(1)], to_the_end=True) == {day(1)}


def test_a_cut_that_holds_more_than_the_total_is_amiss(history: History) -> None:
    for number in range(3):
        some = [("COMPUTE", 4, 10.0)] if number != 1 else []
        history.put(TOTAL, day(number), rows(TOTAL, *some, at=day(number)), ORIGIN)
    assert list(audit.amiss(history, history.shelves())) == []
    for rounded in (("COMPUTE", 4, 9.991), ("COMPUTE", 3, 10.0)):
        history.put(TOTAL, day(0), rows(TOTAL, rounded, at=day(0)), ORIGIN)
        assert list(audit.amiss(history, history.shelves())) == []
    less = rows(TOTAL, ("COMPUTE", 4, 9.98), at=day(0))
    history.put(TOTAL, day(0), less, ORIGIN)
    (amiss,) = audit.amiss(history, history.shelves())
    assert "2026-03-02 08:00" in amiss.what
    assert "9.98" in amiss.what


def test_a_day_without_usage_has_no_hours(history: History) -> None:
    hours, usage = replace(TOTAL, hourly=True), rows(TOTAL, ("COMPUTE", 4, 10.0), at=day(0))
    told = usage.assign(bucket=usage["period_start"].dt.tz_localize(None))
    of_days = dayfile.by_day(told, hours, (day(0), day(1), day(2)), Zone("UTC"))
    for one, some in of_days.items():
        assert len(some) == (1 if one == day(0) else 0)
        history.put(hours, one, some, ORIGIN)
    assert set(history.listed(hours)) == set(of_days)


def test_a_cut_of_which_no_day_is_left_is_not_amiss(history: History) -> None:
    for file in history.files(BY_JOB):
        history.remove(BY_JOB, file)
    history.put(TOTAL, day(0), rows(TOTAL, at=day(0)), ORIGIN)
    assert list(audit.amiss(history, [BY_JOB, TOTAL])) == []


def test_coverage_tells_gaps_by_what_other_cuts_have(history: History) -> None:
    for number in (0, 2, 4):
        history.put(TOTAL, day(number), rows(TOTAL, at=day(number)), ORIGIN)
    found = {one.shelf: one for one in audit.coverage(history, history.shelves())}
    assert found[TOTAL].gaps == (day(1),)
    assert found[BY_JOB].gaps == ()
    assert found[TOTAL].days == (day(0), day(2), day(4))
    assert found[TOTAL].size == sum(f.size for f in history.listed(TOTAL).values()) > 0


def test_a_day_of_rows_without_usage_is_a_day_without_usage(opened: Opens) -> None:
    history = opened()
    none = rows(TOTAL, ("COMPUTE", 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0), at=day(0))
    for n, some in enumerate((none, rows(TOTAL, ("COMPUTE", 1), at=day(1)))):
        history.put(TOTAL, day(n), some, ORIGIN)
    told = history.told(history.listed(TOTAL))
    assert [told.rows_of(day(n)) for n in range(2)] == [0, 1]


@pytest.mark.parametrize("column", ["job_id", "user_name", "count"])
def test_a_row_that_lacks_what_every_row_has_is_not_written(opened: Opens, column: str) -> None:
    lacking = rows(BY_JOB, ("j1", "ada", 1), ("j2", "ada", 1), at=day(0)).assign(user_name="Ada")
    lacking[column] = lacking[column].where(lacking["job_id"] != "j2")
    with pytest.raises(ValueError, match=f"'{column}' is declared non-nullable"):
        opened().put(BY_JOB, day(0), lacking, ORIGIN)
    assert not opened().covered(BY_JOB, [day(0)])


def test_a_file_says_of_itself_only_what_is_ours(history: History) -> None:
    (file,) = history.listed(BY_JOB).among((day(0),)).files
    ours = {b"farm_costs", b"farm_costs_crc32"}
    assert set(pq.read_metadata(file.path).metadata) == {*ours, b"ARROW:schema"}
    assert pq.read_schema(file.path).equals(dayfile.schema(BY_JOB.by))
    assert set(pq.read_schema(file.path).metadata) == {b"farm_costs"}
