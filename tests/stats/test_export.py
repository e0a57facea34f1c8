"""Reports as files: every figure and name comes back from a file as it went in."""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from simulator.names import HURTFUL
from stats import export, remarks, rollup
from stats.model import (
    Basis,
    Dimension,
    FarmId,
    Filter,
    Period,
    Question,
    Report,
    Scope,
    Spread,
    Usage,
    Window,
)
from stats.remarks import Remark, RemarkKind

D = Dimension
WINDOW = Window(datetime(2025, 10, 1, tzinfo=UTC), datetime(2025, 11, 1, tzinfo=UTC))
EVERY = (D.FLEET, D.JOB, D.USAGE_TYPE, D.USER, D.QUEUE, D.LICENSE_PRODUCT, D.INSTANCE_TYPE)
KEYS = [
    *("fleet_id", "fleet_name", "job_id", "job_name", "usage_type", "user_id", "user_name"),
    *("queue_id", "queue_name", "license_product", "instance_type"),
]
MEASURES = [
    "count",
    *("cost_usd_sum", "cost_usd_min", "cost_usd_max", "cost_usd_avg"),
    *("runtime_seconds_sum", "runtime_seconds_min", "runtime_seconds_max", "runtime_seconds_avg"),
]
COUNT, *NUMBERS = MEASURES
LONE = ("a\rb", "tab\tbed", "\u2028", '"', "'", "\\", "NA", "nan", "None", "0x1", "1e5", "007")


def row(name: str = "", **numbers: float) -> dict[str, Any]:
    """A row by every dimension, all of whose keys are one text."""
    start, end = WINDOW.start, WINDOW.end
    whole = {"count": 1, **dict.fromkeys(NUMBERS, 1.0), **numbers}
    return {"period_start": start, "period_end": end, **dict.fromkeys(KEYS, name), **whole}


def report(*rows: dict[str, Any], **changes: Any) -> Report:
    """A report by every dimension; `changes` are members of it."""
    none = rollup.empty(EVERY)
    table = pd.DataFrame(rows, columns=list(none.columns)).astype(none.dtypes.to_dict())
    spread = rollup.spread(table, "cost_usd")
    whole = Report(
        question=Question(FarmId("farm"), Scope(D.QUEUE, ("q",)), WINDOW, by=EVERY),
        table=table,
        total_cost_usd=spread,
        total_count=int(table["count"].sum()),
        total_by_usage_type={},
        unattributed_cost_usd=0.0,
        unattributed_count=0,
        as_of=WINDOW.end,
        preliminary_from=None,
        basis=Basis(1.0, "aws"),
        runs=(),
    )
    return replace(whole, **changes)


def noted(*texts: str) -> tuple[Remark, ...]:
    return tuple(Remark(RemarkKind.SERVICE, text) for text in texts)


def read_csv(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8"), newline="")))


def test_csv_columns_stand_in_the_order_of_the_breakdown() -> None:
    header = export.csv(report(row("x"))).decode().split("\n")[0]
    assert header.split(",") == ["period_start", "period_end", *KEYS, *MEASURES]


def test_csv_of_no_usage_is_a_header_alone() -> None:
    assert export.csv(report()).decode() == ",".join(["period_start", "period_end", *KEYS]) + (
        f",{','.join(MEASURES)}\n"
    )


def test_csv_periods_are_iso_instants_in_utc_and_lines_end_with_a_line_feed() -> None:
    data = export.csv(report(row("x"), row("y")))
    assert data.count(b"\n") == 3
    assert b"\r" not in data
    assert (
        data.decode()
        .split("\n")[1]
        .startswith("2025-10-01T00:00:00+00:00,2025-11-01T00:00:00+00:00,x")
    )


def test_csv_cells_are_empty_where_there_is_no_key_and_no_average() -> None:
    none = dict.fromkeys(NUMBERS, 0.0) | {"cost_usd_avg": math.nan, "runtime_seconds_avg": math.nan}
    line = export.csv(report(row("", count=0, **none))).decode().split("\n")[1]
    zeros = "0.0,0.0,0.0"
    assert line.split(",", 2)[2] == f"{',' * len(KEYS)}0,{zeros},,{zeros},"


@limits(max_examples=25, deadline=None)
@given(
    count=st.integers(0, 2**53),
    numbers=st.lists(
        st.floats(0, 1e15) | st.sampled_from([0.1 + 0.2, 1e-9, 1e22, 123456789.123456789]),
        min_size=len(NUMBERS),
        max_size=len(NUMBERS),
    ),
)
def test_every_format_keeps_every_digit(count: int, numbers: list[float]) -> None:
    right = dict(zip(NUMBERS, numbers, strict=True))
    one = report(row("x", count=count, **right))
    (from_csv,) = read_csv(export.csv(one))
    assert {name: float(from_csv[name]) for name in NUMBERS} == right
    assert from_csv["count"] == str(count)
    (from_json,) = json.loads(export.as_json(one))["records"]
    assert {
        f"{unit}_{s}": number
        for unit in ("cost_usd", "runtime_seconds")
        for s, number in from_json[unit].items()
    } == right
    assert from_json["count"] == count
    (from_parquet,) = pd.read_parquet(io.BytesIO(export.parquet(one))).to_dict("records")
    assert {name: from_parquet[name] for name in NUMBERS} == right
    assert from_parquet["count"] == count


@pytest.mark.parametrize("name", [*HURTFUL, *LONE])
def test_every_format_keeps_names_as_they_are(name: str) -> None:
    one = report(row(name), row("after"))
    (first, second) = read_csv(export.csv(one))
    assert {first[key] for key in KEYS} == {name}
    assert {second[key] for key in KEYS} == {"after"}
    (record, _) = json.loads(export.as_json(one))["records"]
    assert {record[key] for key in KEYS} == {name}
    table = pd.read_parquet(io.BytesIO(export.parquet(one)))
    assert {table[key].iloc[0] for key in KEYS} == {name}


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)"])
def test_names_that_a_spreadsheet_would_reckon_with_are_not_touched(name: str) -> None:
    assert f",{name},".encode() in export.csv(report(row(name)))


def test_json_has_its_members_and_nothing_else() -> None:
    spread = Spread(6.0, 1.0, 3.0)
    usage = Usage(4, spread, Spread(50.0, 5.0, 20.0))
    document = json.loads(
        export.as_json(
            report(
                row("x", count=2, cost_usd_sum=5.0),
                total_by_usage_type={"COMPUTE": usage, "SNAPSHOT": usage},
                unattributed_cost_usd=1.5,
                unattributed_count=3,
                preliminary_from=WINDOW.start,
                basis=Basis(0.85, "http://127.0.0.1:8765"),
                remarks=noted("One.", "Two “quoted”."),
            )
        )
    )
    (record,) = document.pop("records")
    numbers = {
        "count": 4,
        "cost_usd": {"sum": 6.0, "min": 1.0, "max": 3.0, "avg": 1.5},
        "runtime_seconds": {"sum": 50.0, "min": 5.0, "max": 20.0, "avg": 12.5},
    }
    estimate = document["basis"].pop("estimate")
    assert "estimate" in estimate or "public price" in estimate
    assert document == {
        "total": {"count": 2, "cost_usd": {"sum": 5.0, "min": 1.0, "max": 1.0, "avg": 2.5}},
        "total_by_usage_type": [
            {"usage_type": "COMPUTE", **numbers},
            {"usage_type": "SNAPSHOT", **numbers},
        ],
        "unattributed": {"count": 3, "cost_usd": {"sum": 1.5}},
        "as_of": "2025-11-01T00:00:00+00:00",
        "preliminary_from": "2025-10-01T00:00:00+00:00",
        "doubtful": [],
        "unknown": [],
        "basis": {
            "cost_scale_factor": 0.85,
            "customer_managed_usd_per_worker_hour": 1.0,
            "assumed_cost_usd": None,
            "assumed_cost_usd_of": None,
            "currency": "USD",
            "source": "http://127.0.0.1:8765",
            "lacks_storage_volumes": True,
        },
        "notes": ["One.", "Two “quoted”."],
    }
    assert list(record) == [
        *("period_start", "period_end", *KEYS, "count", "cost_usd", "runtime_seconds")
    ]
    assert record["period_end"] == "2025-11-01T00:00:00+00:00"
    assert record["cost_usd"] == {"sum": 5.0, "min": 1.0, "max": 1.0, "avg": 1.0}


def test_json_averages_of_no_records_are_null() -> None:
    none = {"cost_usd_avg": math.nan, "runtime_seconds_avg": math.nan}
    nothing = Usage(0, Spread(0.0, 0.0, 0.0), Spread(0.0, 0.0, 0.0))
    document = json.loads(
        export.as_json(report(row("x", count=0, **none), total_by_usage_type={"LICENSE": nothing}))
    )
    (record,) = document["records"]
    of_type = document["total_by_usage_type"][0]
    units = [some[unit] for some in (record, of_type) for unit in ("cost_usd", "runtime_seconds")]
    assert [unit["avg"] for unit in (*units, document["total"]["cost_usd"])] == [None] * 5


def test_json_of_no_records_has_no_smallest_and_no_largest() -> None:
    """Of nothing that ran none is the smallest, and none is free of charge."""
    nothing = Usage(0, Spread(0.0, 0.0, 0.0), Spread(0.0, 0.0, 0.0))
    document = json.loads(export.as_json(report(total_by_usage_type={"LICENSE": nothing})))
    of_type = document["total_by_usage_type"][0]
    none = {"sum": 0.0, "min": None, "max": None, "avg": None}
    assert [of_type["cost_usd"], of_type["runtime_seconds"]] == [none, none]
    assert document["total"] == {"count": 0, "cost_usd": none}


def test_json_of_no_usage_has_no_records_and_nulls_where_nothing_is_known() -> None:
    document = json.loads(export.as_json(report(basis=Basis(None, "aws"))))
    assert (document["records"], document["total"]["count"]) == ([], 0)
    assert document["preliminary_from"] is None
    assert document["basis"]["cost_scale_factor"] is None


@pytest.mark.parametrize("rows", [(), (row("x", cost_usd_avg=math.nan), row("y"))])
def test_parquet_keeps_its_types_with_rows_and_without(rows: tuple[dict[str, Any], ...]) -> None:
    one = report(*rows)
    table = pd.read_parquet(io.BytesIO(export.parquet(one)))
    pd.testing.assert_frame_equal(table, one.table)
    kinds = table.dtypes.astype(str).to_dict()
    assert {kinds[edge] for edge in ("period_start", "period_end")} == {"datetime64[us, UTC]"}
    assert {kinds[number] for number in NUMBERS} == {"float64"}
    assert kinds["count"] == "int64"
    assert {kinds[key] for key in KEYS} == {"str"}


def test_a_table_has_a_line_for_each_row_whatever_the_names() -> None:
    names = ("first\nsecond", "a\r\nb", "\x1b[31mred\x07", "\u2028\u2029\x85\x0b\x0c", "x" * 512)
    one = report(*(row(name) for name in names))
    text = export.table(one).decode()
    rows, after = text.split("\n\n")
    assert len(rows.splitlines()) == 1 + len(names)
    assert after == f"{export.summary(one)}\n"
    assert not set("\x1b\x07\r\u2028\u2029\x85") & set(text)
    assert "first second" in text
    assert "x" * 512 in text


def test_a_table_is_rounded_and_shows_hours() -> None:
    one = row("x", count=1234567, cost_usd_sum=1234.5678, runtime_seconds_sum=5400.0)
    header, line = export.table(report(one)).decode().splitlines()[:2]
    assert header.split()[0] == "from"
    assert header.split()[-5:] == ["count", "cost", "USD", "runtime", "h"]
    assert line.split() == [
        *("2025-10-01", "00:00", *["x"] * len(KEYS), "1,234,567", "1,234.57", "1.50")
    ]


def test_a_table_of_nothing_says_so_above_its_summary() -> None:
    one = report()
    assert export.table(one).decode() == f"Nothing ran in this window.\n\n{export.summary(one)}\n"


def test_a_summary_has_the_total_and_the_as_of_time_and_no_more_where_there_is_no_more() -> None:
    by_fleets = Question(FarmId("farm"), Scope(D.FLEET, ("f",)), WINDOW)
    one = report(row("x", cost_usd_sum=1234.5, count=2), question=by_fleets)
    (first, second, third) = export.summary(one).splitlines()
    assert first == "Total USD 1,234.50 in 2 usage records"
    assert second == "As of 2025-11-01 00:00 UTC"
    assert third.startswith("An estimate by AWS")


def test_a_summary_says_what_is_uncertain_a_line_each() -> None:
    lines = export.summary(
        report(
            row("x"),
            unattributed_cost_usd=12.5,
            unattributed_count=2,
            preliminary_from=datetime(2025, 10, 30, tzinfo=UTC),
            basis=Basis(0.85, "aws"),
            remarks=noted("One.", "Two."),
        )
    ).splitlines()
    assert lines[3] == "The farm’s cost scale factor of 0.85 is included."
    assert lines[4].startswith("Preliminary from Thu 30 Oct 2025, 00:00 on. ")
    assert lines[5].startswith("Unattributed: $12.50. Part of the total")
    assert lines[6].startswith("Counted by queues: storage volumes belong to fleets")
    assert lines[7:] == ["One.", "Two."]


@pytest.mark.parametrize(
    ("changes", "lacks"),
    [
        ({}, True),
        ({"scope": Scope(D.FLEET, ("f",))}, False),
        ({"where": (Filter(D.USER, frozenset({"u"})),)}, False),
        ({"job_name_contains": "fx"}, False),
    ],
)
def test_volumes_are_said_to_be_left_out_where_all_of_queues_is_counted(
    changes: dict[str, Any], lacks: bool
) -> None:
    question = replace(report().question, **changes)
    ran = {"COMPUTE": Usage(1, Spread(1.0, 1.0, 1.0), Spread(60.0, 60.0, 60.0))}
    said = export.summary(report(question=question, total_by_usage_type=ran))
    assert ("storage volumes" in said) is lacks


def test_volumes_that_the_service_counts_by_queues_are_not_said_to_be_left_out() -> None:
    volumes = Usage(1, Spread(1.0, 1.0, 1.0), Spread(60.0, 60.0, 60.0))
    one = report(total_by_usage_type={"PERSISTENT_VOLUME": volumes})
    assert not remarks.lacks_volumes(one)


def test_a_scale_factor_of_one_is_not_spoken_of() -> None:
    assert "scale factor" not in export.summary(report(row("x"), basis=Basis(1.0, "aws")))


def test_a_scale_factor_that_could_not_be_read_is_spoken_of() -> None:
    said = export.summary(report(row("x"), basis=Basis(None, "aws")))
    assert "scale factor could not be read" in said


def test_unattributed_records_that_cost_nothing_are_spoken_of() -> None:
    assert "Unattributed: $0.00" in export.summary(report(row("x"), unattributed_count=2))


def test_rows_that_hold_more_than_the_total_are_not_said_to_be_unattributed() -> None:
    """Unattributed is money in the total and in no row: there can't be less than none of it."""
    text = export.summary(report(row("x"), unattributed_cost_usd=-3.0, unattributed_count=-1))
    assert "Unattributed" not in text


def test_json_has_the_days_that_are_doubtful_and_those_that_nothing_is_known_of() -> None:
    first, second = (WINDOW.start + timedelta(days=n) for n in (1, 2))
    one = report(doubtful=(Window(first, second),), unknown=(Window(WINDOW.start, first),))
    document = json.loads(export.as_json(one))
    assert document["unknown"] == [
        {"start": "2025-10-01T00:00:00+00:00", "end": "2025-10-02T00:00:00+00:00"}
    ]
    assert document["doubtful"] == [
        {"start": "2025-10-02T00:00:00+00:00", "end": "2025-10-03T00:00:00+00:00"}
    ]
    assert len(document["notes"]) == 2


def test_the_table_has_local_times_and_says_of_which_zone() -> None:
    at = datetime(2025, 10, 31, 15, tzinfo=UTC)
    asked = replace(report().question, timezone="Asia/Tokyo")
    one = report(row("x") | {"period_start": at}, question=asked)
    header, first, *_ = export.table(one).decode().splitlines()
    assert header.strip().startswith("from (Asia/Tokyo) ")
    assert first.strip().startswith("2025-11-01 00:00 ")
    assert export.csv(one).decode().splitlines()[1].startswith("2025-10-31T15:00:00+00:00,")


def test_the_table_tells_apart_an_hour_that_comes_twice() -> None:
    """In Los Angeles clocks go back from 02:00 to 01:00; the hours beside it come once."""
    hours = [datetime(2025, 11, 2, hour, tzinfo=UTC) for hour in (7, 8, 9, 10)]
    asked = replace(report().question, timezone="America/Los_Angeles", period=Period.HOURLY)
    one = report(*(row("x") | {"period_start": at} for at in hours), question=asked)
    lines = export.table(one).decode().splitlines()
    starts = ["00:00", "01:00 UTC-07", "01:00 UTC-08", "02:00"]
    assert [line.split(" queue")[0].split(" x ")[0].strip() for line in lines[1:5]] == [
        f"2025-11-02 {start}" for start in starts
    ]
    ended = replace(one, as_of=hours[2])
    assert "As of 2025-11-02 01:00 UTC-08 America/Los_Angeles" in export.summary(ended)


def test_a_day_that_begins_with_an_hour_that_comes_twice_is_a_day() -> None:
    """In Havana clocks go back from 01:00 to 00:00."""
    at = datetime(2025, 11, 2, 4, tzinfo=UTC)
    asked = replace(report().question, timezone="America/Havana", period=Period.DAILY)
    one = report(row("x") | {"period_start": at}, question=asked)
    assert "UTC" not in export.table(one).decode().splitlines()[1]
