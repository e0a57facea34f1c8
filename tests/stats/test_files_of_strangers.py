"""Files in history that are not what they should be: none of one is used, and none breaks it."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import settings as how
from hypothesis import strategies as st

from stats import audit, dayfile, past
from stats.clock import Clock
from stats.compact import compact
from stats.description import Foreign
from stats.errors import HistoryError
from stats.history import History
from stats.model import Dimension, FarmId, Period, Question, Scope
from stats.store import File
from tests.stats.resealed import resealed
from tests.stats.test_history import BY_JOB, FARM, LATER, ORIGIN, TOTAL, day, rows

Alters = Callable[[pa.Table], pa.Table]
SCOPE = Scope(Dimension.QUEUE, ("queue-a",), whole=True)
QUESTION = Question(FarmId(FARM), SCOPE, day(0), "America/Los_Angeles")


def opened(home: Path) -> History:
    return History(home, timedelta(hours=48), Clock(now=lambda: LATER))


@pytest.fixture
def history(tmp_path: Path) -> History:
    """A day of jobs, and of the total."""
    one = opened(tmp_path)
    jobs = [(f"j{n}", "ada", 2, 5.0, 1.0, 4.0) for n in range(3)]
    one.put(BY_JOB, day(0), rows(BY_JOB, *jobs, at=day(0)), ORIGIN)
    one.put(TOTAL, day(0), rows(TOTAL, ("COMPUTE", 6, 15.0, 1.0, 4.0), at=day(0)), ORIGIN)
    return one


def file_of(history: History, shelf: dayfile.Shelf) -> File:
    return history.listed(shelf)[day(0)]


def rewritten(file: File, alter: Alters) -> None:
    """The same file with other rows, which says of itself what it said."""
    table = pq.read_table(file.path, partitioning=None)
    about = table.schema.metadata
    resealed(file.path, alter(table).replace_schema_metadata(about))


def with_value(column: str, value: object) -> Alters:
    """The last row has another value."""

    def alter(table: pa.Table) -> pa.Table:
        values = [*table[column].to_pylist()[:-1], value]
        field = table.schema.field(column).with_nullable(value is None)
        made = table.set_column(table.column_names.index(column), field, [values])
        return pa.Table.from_batches(made.to_batches(), schema=made.schema)

    return alter


def twice(table: pa.Table) -> pa.Table:
    return pa.concat_tables([table.slice(0, 2), table.slice(1, 1)])


def later(hours: int) -> Alters:
    """Every row is of so many hours later, as in a copy of another day's."""

    def alter(table: pa.Table) -> pa.Table:
        moved = pc.add(table["period_start"], pa.scalar(timedelta(hours=hours)))
        return table.set_column(0, table.schema.field(0), moved)

    return alter


AMISS: dict[str, Alters] = {
    "no number": with_value("cost_usd_sum", math.nan),
    "without an end": with_value("runtime_seconds_sum", math.inf),
    "negative": with_value("count", -1),
    "negative money": with_value("cost_usd_sum", -5.0),
    "a largest that is none": with_value("cost_usd_max", math.nan),
    "a smallest that is none": with_value("runtime_seconds_min", math.nan),
    "a largest without an end": with_value("cost_usd_max", math.inf),
    "a smallest below nothing": with_value("cost_usd_min", -1.0),
    "too much": with_value("count", 2**62),
    "a row twice": twice,
    "another order": lambda table: table.take([2, 1, 0]),
    "another day": later(1),
    "fewer rows": lambda table: table.slice(1),
}


@pytest.mark.parametrize("alter", AMISS.values(), ids=AMISS)
def test_rows_that_can_not_be_are_found(history: History, tmp_path: Path, alter: Alters) -> None:
    file = file_of(history, BY_JOB)
    rewritten(file, alter)
    before = file.path.read_bytes()
    (amiss,) = audit.amiss(opened(tmp_path), [BY_JOB])
    assert amiss.where == file.where
    assert opened(tmp_path).sound(BY_JOB, [day(0)], to_the_end=True) == set()
    assert file.path.read_bytes() == before


def at_no_time(table: pa.Table) -> pa.Table:
    """As many microseconds after 1970 as a row can say, which no calendar has."""
    field = table.schema.field("period_start")
    much = pa.array([2**62] * table.num_rows, pa.int64()).view(field.type)
    return table.set_column(table.column_names.index("period_start"), field, much)


@pytest.mark.parametrize(
    "alter",
    [
        *(with_value("cost_usd_sum", usd) for usd in (math.nan, -5.0, 1e300)),
        *map(later, (24, -24, 1)),
        at_no_time,
    ],
)
def test_a_total_that_can_not_be_is_not_told(
    history: History, tmp_path: Path, alter: Alters
) -> None:
    assert past.told(history, QUESTION, day(0)) is not None
    rewritten(file_of(history, TOTAL), alter)
    assert past.told(opened(tmp_path), QUESTION, day(0)) is None


@pytest.mark.parametrize("column", ["job_id", "count", "period_start"])
def test_a_row_without_what_it_must_have_is_found(
    history: History, tmp_path: Path, column: str
) -> None:
    rewritten(file_of(history, BY_JOB), with_value(column, None))
    assert opened(tmp_path).sound(BY_JOB, [day(0)], to_the_end=True) == set()


def test_a_small_file_of_very_many_rows_takes_little_memory(
    history: History, tmp_path: Path
) -> None:
    file = file_of(history, TOTAL)
    many = 20_000_000
    table = pq.read_table(file.path, partitioning=None)
    about = json.loads(table.schema.metadata[b"farm_costs"])
    about["days"][0]["rows"] = many
    del about["sealed"]  # as files before it were
    schema = table.schema.with_metadata({b"farm_costs": json.dumps(about)})
    some = table.take([0] * 1_000_000).replace_schema_metadata(schema.metadata)
    with pq.ParquetWriter(file.path, schema, compression="zstd") as writer:
        for _ in range(many // 1_000_000):
            writer.write_table(some, row_group_size=1_000_000)
    assert file.path.stat().st_size < 4_000_000
    code = (
        "import re, sys; from pathlib import Path; from datetime import timedelta\n"
        "from stats import audit; from stats.clock import Clock\n"
        "from stats.history import History\n"
        "h = History(Path(sys.argv[1]), timedelta(hours=48), Clock())\n"
        "found = list(audit.amiss(h, h.shelves()))\n"
        # its own peak in KiB: what getrusage tells of a process is its parent's too
        "peak = re.search(r'VmHWM:\\s*(\\d+)', Path('/proc/self/status').read_text()).group(1)\n"
        "print(len(found), peak)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    found, kibibytes = map(int, done.stdout.split())
    assert found == 1
    assert kibibytes < 600_000


def described_as(file: File, about: Any) -> None:
    table = pq.read_table(file.path, partitioning=None)
    text = about if isinstance(about, bytes) else json.dumps(about).encode()
    resealed(file.path, table.replace_schema_metadata({b"farm_costs": text}))


def said(file: File) -> Any:
    return json.loads(pq.read_metadata(file.path).metadata[b"farm_costs"])


JUNK: st.SearchStrategy[Any] = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(),
        st.text(st.characters(codec=None), max_size=12),
        st.sampled_from(["never", "2026-03-03T08:00:00", "0001-01-01T00:00:00+23:59", "[]"]),
        st.sampled_from(["9999-12-31T23:59:59-23:59", "2026-03-03T08:00:00+00:00"]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=6,
)


def altered(draw: st.DataObject, value: Any) -> Any:
    """A description with one of its parts replaced, or left out."""
    if isinstance(value, dict | list) and value and draw.draw(st.integers(0, 4)):
        keys = list(value) if isinstance(value, dict) else list(range(len(value)))
        key = draw.draw(st.sampled_from(keys))
        copied = dict(value) if isinstance(value, dict) else list(value)
        if draw.draw(st.booleans()):
            copied[key] = altered(draw, value[key])
        else:
            del copied[key]
        return copied
    return draw.draw(JUNK)


@how(max_examples=120)
@given(draw=st.data())
def test_whatever_a_description_says_it_is_used_as_a_whole_or_not_at_all(
    draw: st.DataObject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    home = tmp_path_factory.mktemp("altered")
    one = opened(home)
    one.put(TOTAL, day(0), rows(TOTAL, ("COMPUTE", 6, 15.0, 1.0, 4.0), at=day(0)), ORIGIN)
    file = file_of(one, TOTAL)
    described_as(file, altered(draw, said(file)))
    history = opened(home)
    told = past.told(history, QUESTION, day(0))
    amiss = list(audit.amiss(opened(home), [TOTAL]))
    assert (told is None) == bool(amiss)
    audit.coverage(opened(home), [TOTAL])
    try:
        list(compact(opened(home), [TOTAL], LATER + timedelta(days=31)))
    except HistoryError:
        assert amiss
    opened(home).resources(FarmId(FARM), Dimension.QUEUE)
    if told:
        (origin,) = history.told(history.listed(TOTAL)).days.values()
        assert day(0).end <= origin.first_asked_at <= origin.fetched_at


@pytest.mark.parametrize("nonsense", [b"", b"[]", b"\xff", b"[" * 200_000, b'{"format": NaN}'])
def test_what_is_no_description_is_foreign(history: History, nonsense: bytes) -> None:
    file = file_of(history, TOTAL)
    described_as(file, nonsense)
    with pytest.raises(Foreign):
        dayfile.described(TOTAL, file)


@pytest.mark.parametrize(
    ("shelf", "usd"), [(TOTAL, math.nan), *((BY_JOB, usd) for usd in (math.nan, -5.0, 1e300))]
)
def test_money_that_can_not_be_is_not_told_of_a_breakdown(
    history: History, tmp_path: Path, shelf: dayfile.Shelf, usd: float
) -> None:
    asked = replace(QUESTION, by=(Dimension.JOB,))
    assert past.told(history, asked, day(0)) is not None
    rewritten(file_of(history, shelf), with_value("cost_usd_sum", usd))
    assert past.told(opened(tmp_path), asked, day(0)) is None


@pytest.mark.parametrize("hours", [24, -24])
def test_hours_of_another_day_are_not_told(history: History, tmp_path: Path, hours: int) -> None:
    hourly, asked = replace(TOTAL, hourly=True), replace(QUESTION, period=Period.HOURLY)
    of_hour = rows(TOTAL, ("COMPUTE", 6, 15.0, 1.0, 4.0), at=day(0))
    history.put(hourly, day(0), of_hour, ORIGIN)
    assert past.told(history, asked, day(0)) is not None
    rewritten(file_of(history, hourly), later(hours))
    assert past.told(opened(tmp_path), asked, day(0)) is None
