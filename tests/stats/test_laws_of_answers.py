"""The service's own laws: an answer that breaks one is no number, and is asked for once more."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from stats.errors import Contradictory, Malformed
from stats.model import Dimension
from stats.plan import Cut, Run
from tests.stats.conftest import (
    GET,
    MONDAY,
    RUN,
    START,
    Answer,
    Engine,
    Open,
    answered,
    over,
)

Row = dict[str, Any]
JOBS = over(cut=Cut((Dimension.JOB, Dimension.USAGE_TYPE)))
"""Six rows in the tiny world."""

LICENCES = over(cut=Cut((Dimension.LICENSE_PRODUCT,)))


def altering(change: Callable[[list[Row]], None], times: int = 1_000) -> Callable[[Answer], None]:
    """Changes the rows of finished pages, so many times."""
    changed: list[Answer] = []

    def alter(answer: Answer) -> None:
        rows = answer.operation == GET and answer.body.get("statistics")
        if rows and len(changed) < times:
            changed.append(answer)
            change(rows)

    return alter


def first(**members: Any) -> Callable[[list[Row]], None]:
    """Sets members of the first row."""
    return lambda rows: rows[0].update(members)


def cost(**figures: Any) -> Callable[[list[Row]], None]:
    """Sets figures of the first row's cost."""
    return lambda rows: rows[0]["costInUsd"].update(figures)


def runtime(**figures: Any) -> Callable[[list[Row]], None]:
    return lambda rows: rows[0]["runtimeInSeconds"].update(figures)


def raw(member: str, text: str) -> Callable[[Answer], None]:
    """Writes JSON that Python would not write for a row's member."""

    def alter(answer: Answer) -> None:
        if answer.operation == GET and answer.body.get("statistics"):
            answer.body["statistics"][0][member] = "here it comes"
            answer.body = json.dumps(answer.body).replace('"here it comes"', text).encode()

    return alter


BROKEN = {
    "a negative count": first(count=-1),
    "a count that is true": first(count=True),
    "a count beyond 2^53": first(count=2**62),
    "a count just beyond 2^53": first(count=2**53 + 1),
    "a cost just beyond 2^53": cost(sum=2**53 + 1),
    "a cost of a thousand digits": cost(sum=10**1_000),
    "a count beyond 64 bits": first(count=10**30),
    "a count of a part": first(count=1.5),
    "a count in quotes": first(count="1"),
    "no count": first(count=None),
    "a negative cost": cost(sum=-5.0),
    "a negative smallest cost": cost(min=-5.0),
    "a negative run time": runtime(sum=-1.0),
    "a cost of 1e308": cost(sum=1e308),
    "a run time beyond 2^53": runtime(max=2.0**53 + 2),
    "a cost that is true": cost(sum=True),
    "a cost in quotes": cost(sum="1.5"),
    "a cost that is null": cost(sum=None),
    "a cost that is a list": cost(sum=[1.0]),
    "costs that are a list": first(costInUsd=[]),
    "a row that is no object": lambda rows: rows.__setitem__(0, [1]),
    "a row that is null": lambda rows: rows.__setitem__(0, None),
    "a job that is a number": first(jobId=5),
    "a job that is false": first(jobId=False),
    "a job that is a list": first(jobId=["job"]),
    "a usage type that is an object": first(usageType={}),
    "a name that is a list": first(jobName=["name"]),
    "a row of next year": first(
        aggregationStartTime="2027-03-02T00:00:00Z", aggregationEndTime=None
    ),
    "a row of year one": first(
        aggregationStartTime="0001-01-01T00:00:00+01:00", aggregationEndTime=None
    ),
    "a row of 23:00 the day before": first(
        aggregationStartTime="2026-03-01T23:00:00Z", aggregationEndTime=None
    ),
    "a row of the moment of the end": first(
        aggregationStartTime="2026-03-09T00:00:00Z", aggregationEndTime=None
    ),
    "a row of true": first(aggregationStartTime=True),
    "a row without a zone": first(
        aggregationStartTime="2026-03-02T00:00:00", aggregationEndTime=None
    ),
    "a row of a list": first(aggregationStartTime=["2026-03-02T00:00:00Z"]),
}


@pytest.mark.parametrize("change", BROKEN.values(), ids=BROKEN)
def test_what_can_not_be_is_no_number(opened: Open, change: Callable[[list[Row]], None]) -> None:
    error = answered(opened(alter=altering(change)), JOBS).answer.exception()
    assert isinstance(error, Malformed)
    assert error.exit_code == 4
    assert error.todo


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5_000])
@pytest.mark.parametrize("figure", ["count", "sum", "min"])
def test_what_is_no_number_of_json_is_none_here(opened: Open, figure: str, text: str) -> None:
    member = "count" if figure == "count" else "costInUsd"
    if figure != "count":
        text = json.dumps({"sum": 1, "min": 1, "max": 1, figure: "it"}).replace('"it"', text)
    assert isinstance(answered(opened(alter=raw(member, text)), JOBS).answer.exception(), Malformed)


def test_of_two_members_of_one_name_neither_is_taken(opened: Open) -> None:
    twice = raw("count", '1, "count": 2')
    assert isinstance(answered(opened(alter=twice), JOBS).answer.exception(), Malformed)


@pytest.mark.parametrize(
    "change",
    [first(count=-1), cost(sum=-5.0), lambda rows: rows.append(dict(rows[0]))],
    ids=["count", "cost", "row"],
)
def test_a_contradiction_is_asked_for_once_more_and_may_be_over_then(
    opened: Open, change: Callable[[list[Row]], None]
) -> None:
    engine = opened(alter=altering(change, times=1))
    answer = answered(engine, JOBS).answer.result()
    assert len(answer.rows) == 6
    assert [one.fate for one in answer.records] == ["contradicted itself, asked again", "completed"]
    assert engine.times(START) == 2


def test_a_contradiction_that_stays_is_told_after_two_starts(opened: Open) -> None:
    engine = opened(alter=altering(cost(sum=-5.0)))
    error = answered(engine, JOBS).answer.exception()
    assert type(error) is Contradictory
    assert error.what.startswith("The service's answer contradicts itself: ")
    assert engine.times(START) == 2


def test_a_row_that_comes_twice_on_a_page_is_a_contradiction(opened: Open) -> None:
    engine = opened(alter=altering(lambda rows: rows.append(copy.deepcopy(rows[2]))))
    assert type(answered(engine, JOBS).answer.exception()) is Contradictory


def test_pages_that_overlap_by_a_row_are_a_contradiction(opened: Open) -> None:
    last: list[Row] = []

    def overlap(rows: list[Row]) -> None:
        rows[:0] = copy.deepcopy(last)
        last[:] = [rows[-1]]

    engine = opened(page_size=2, alter=altering(overlap))
    assert type(answered(engine, JOBS).answer.exception()) is Contradictory


@pytest.mark.parametrize("late", [1, 2])
def test_a_page_that_comes_twice_is_a_contradiction(opened: Open, late: int) -> None:
    """Right after itself, or with another page between."""
    pages: list[list[Row]] = []

    def again(rows: list[Row]) -> None:
        if len(pages) == 3:  # and it is started once more
            pages.clear()
        pages.append(copy.deepcopy(rows))
        if len(pages) > late:
            rows[:] = copy.deepcopy(pages[-1 - late])

    engine = opened(page_size=2, alter=altering(again))
    assert type(answered(engine, JOBS).answer.exception()) is Contradictory


def test_rows_of_one_key_that_differ_are_added_up(opened: Open) -> None:
    """As where a job was renamed meanwhile."""

    def renamed(rows: list[Row]) -> None:
        rows.append(copy.deepcopy(rows[0]) | {"jobName": "renamed"})

    whole = answered(opened(), JOBS).answer.result().rows
    rows = answered(opened(alter=altering(renamed)), JOBS).answer.result().rows
    assert len(rows) == 7
    assert rows["count"].sum() == whole["count"].sum() + whole["count"][0]


def test_rows_without_a_key_and_with_an_empty_one_are_added_up(opened: Open) -> None:
    def both(rows: list[Row]) -> None:
        one = next(row for row in rows if not row.get("licenseProduct"))
        other = copy.deepcopy(one)
        one["licenseProduct"] = ""
        other.pop("licenseProduct", None)
        rows.append(other)

    whole = answered(opened(), LICENCES).answer.result().rows
    rows = answered(opened(alter=altering(both)), LICENCES).answer.result().rows
    assert len(rows) == len(whole) + 1


@pytest.mark.parametrize(
    ("hours", "offset", "told"),
    [
        (10, 0, "2026-03-02T10:00:00Z"),  # clipped to the window
        (10, 0, "2026-03-02T00:00:00Z"),  # or not
        (0, 9, "2026-03-01T15:00:00Z"),  # 9:00 in Tokyo: the window begins within a day there
        (0, -7, "2026-03-01T07:00:00Z"),
    ],
)
def test_a_first_day_may_begin_before_the_window_that_begins_within_it(
    opened: Open, hours: int, offset: int, told: str
) -> None:
    window = replace(RUN.window, start=MONDAY + timedelta(hours=hours))
    run = replace(JOBS, window=window, offset_hours=offset)
    change = first(aggregationStartTime=told, aggregationEndTime=None)
    rows = answered(opened(alter=altering(change)), run).answer.result()
    day = MONDAY - timedelta(days=offset < 0)
    assert day.replace(tzinfo=None) in set(rows.rows["bucket"])


@pytest.mark.parametrize(
    ("hours", "offset", "told"),
    [
        (10, 0, "2026-03-01T23:00:00Z"),
        (0, 9, "2026-03-01T14:00:00Z"),
        (0, -7, "2026-03-01T06:00:00Z"),
    ],
)
def test_and_no_day_before_it(opened: Open, hours: int, offset: int, told: str) -> None:
    window = replace(RUN.window, start=MONDAY + timedelta(hours=hours))
    run = replace(JOBS, window=window, offset_hours=offset)
    engine = opened(alter=altering(first(aggregationStartTime=told, aggregationEndTime=None)))
    assert type(answered(engine, run).answer.exception()) is Contradictory


@pytest.mark.parametrize("told", ["2026-03-01T23:00:00Z", "2026-03-09T00:00:00Z"])
def test_an_hour_outside_of_the_window_is_a_contradiction(opened: Open, told: str) -> None:
    run = replace(JOBS, cut=replace(JOBS.cut, hourly=True))
    engine = opened(alter=altering(first(aggregationStartTime=told, aggregationEndTime=None)))
    assert type(answered(engine, run).answer.exception()) is Contradictory


SOFT = {
    "smallest above largest": cost(min=3.0, max=1.0, sum=4.0),
    "smallest above largest, each near the average": lambda rows: rows[0].update(
        count=2, costInUsd={"sum": 10.0, "min": 5.009, "max": 4.992}
    ),
    "largest above the sum": cost(min=1.0, max=9.0, sum=4.0),
    "average below the smallest": cost(min=5.0, max=6.0, sum=0.5),
    "average above the largest": cost(min=0.0, max=0.001, sum=900.0),
    "average below a smallest that is no more than the sum": lambda rows: rows[0].update(
        count=10, costInUsd={"sum": 10.0, "min": 5.0, "max": 6.0}
    ),
    "no record and a cost": first(count=0),
    "no record and a cost that is the dearest": lambda rows: rows[0].update(
        count=0, costInUsd={"sum": 4.0, "min": 0.0, "max": 4.0}
    ),
}


NOT_TOLD: dict[str, Callable[[list[Row]], object]] = {
    "no smallest": lambda rows: rows[0]["costInUsd"].pop("min"),
    "no largest": lambda rows: rows[0]["costInUsd"].pop("max"),
    "neither": lambda rows: [rows[0]["costInUsd"].pop(edge) for edge in ("min", "max")],
    "a smallest that is null": cost(min=None),
    "a largest that is null": cost(max=None),
}


@pytest.mark.parametrize("change", NOT_TOLD.values(), ids=NOT_TOLD)
def test_a_row_that_does_not_tell_smallest_or_largest_has_neither_and_its_sum_stands(
    opened: Open, change: Callable[[list[Row]], None]
) -> None:
    whole = answered(opened(), JOBS).answer.result().rows
    engine = opened(alter=altering(change))
    rows = answered(engine, JOBS).answer.result().rows
    assert edges(rows.iloc[:1], "cost_usd").isna().all(axis=None)
    assert edges(rows, "runtime_seconds").notna().all(axis=None)
    sums = ["count", "cost_usd_sum", "runtime_seconds_sum"]
    assert rows[sums].equals(whole[sums])
    assert rows.iloc[1:].equals(whole.iloc[1:])
    assert engine.times(START) == 1


@pytest.mark.parametrize("member", ["count", "costInUsd", "runtimeInSeconds"])
def test_a_row_without_what_the_model_requires_names_it(opened: Open, member: str) -> None:
    engine = opened(alter=altering(lambda rows: rows[0].pop(member)))
    error = answered(engine, JOBS).answer.exception()
    assert isinstance(error, Malformed)
    assert f"a row lacks “{member}”." in error.what


@pytest.mark.parametrize(
    "text", ["9007199254740993.0", "9007199254740992.5", "9.007199254740993e15"]
)
def test_a_fraction_just_beyond_2_53_is_not_rounded_down_to_it(opened: Open, text: str) -> None:
    figures = raw("costInUsd", f'{{"sum": {text}, "min": 0, "max": 1}}')
    assert type(answered(opened(alter=figures), JOBS).answer.exception()) is Contradictory


@pytest.mark.parametrize("most", [2**53, 2.0**53])
def test_2_53_itself_is_a_number(opened: Open, most: float) -> None:
    def alter(rows: list[Row]) -> None:
        rows[0]["count"] = 2**53
        rows[0]["costInUsd"] = {"sum": most, "min": 0.0, "max": most}

    rows = answered(opened(alter=altering(alter)), JOBS).answer.result().rows
    assert rows["count"][0] == 2**53
    assert rows["cost_usd_sum"][0] == 2**53


def edges(rows: pd.DataFrame, unit: str) -> pd.DataFrame:
    return rows[[f"{unit}_min", f"{unit}_max"]]


@pytest.mark.parametrize("change", SOFT.values(), ids=SOFT)
def test_where_smallest_and_largest_do_not_fit_they_are_empty_and_the_sum_stands(
    opened: Open, change: Callable[[list[Row]], None]
) -> None:
    came: list[Row] = []

    def alter(rows: list[Row]) -> None:
        change(rows)
        came[:] = rows

    engine = opened(alter=altering(alter))
    rows = answered(engine, JOBS).answer.result().rows
    assert edges(rows, "cost_usd").isna().all(axis=None, skipna=False) == False  # noqa: E712
    assert edges(rows.iloc[:1], "cost_usd").isna().all(axis=None)
    assert edges(rows.iloc[1:], "cost_usd").notna().all(axis=None)
    assert rows["cost_usd_sum"].to_list() == [row["costInUsd"]["sum"] for row in came]
    assert engine.times(START) == 1


def test_run_time_has_its_own_emptiness(opened: Open) -> None:
    rows = answered(opened(alter=altering(runtime(min=9e6))), JOBS).answer.result().rows
    assert edges(rows.iloc[:1], "runtime_seconds").isna().all(axis=None)
    assert edges(rows, "cost_usd").notna().all(axis=None)


@pytest.mark.parametrize(
    ("figures", "is_empty"),
    [
        ({"min": 4.0, "max": 4.0099, "sum": 4.0}, False),
        ({"min": 4.0, "max": 4.02, "sum": 4.0}, True),
        ({"min": 4_000_000.0, "max": 4_000_004.0, "sum": 4_000_000.0}, False),
        ({"min": 4_000_000.0, "max": 4_000_005.0, "sum": 4_000_000.0}, True),
    ],
)
def test_a_cent_and_a_millionth_of_the_sum_may_be_rounding(
    opened: Open, figures: dict[str, float], is_empty: bool
) -> None:
    def alter(rows: list[Row]) -> None:
        rows[0]["count"] = 1
        rows[0]["costInUsd"].update(figures)

    rows = answered(opened(alter=altering(alter)), JOBS).answer.result().rows
    assert np.isnan(rows["cost_usd_max"][0]) == is_empty


@pytest.mark.parametrize(("most", "is_empty"), [(60.9, False), (61.1, True)])
def test_a_second_may_be_rounding(opened: Open, most: float, *, is_empty: bool) -> None:
    def alter(rows: list[Row]) -> None:
        rows[0].update(count=1, runtimeInSeconds={"sum": 60.0, "min": 60.0, "max": most})

    rows = answered(opened(alter=altering(alter)), JOBS).answer.result().rows
    assert np.isnan(rows["runtime_seconds_max"][0]) == is_empty


def _run_over_hours(run: Run) -> Run:
    return replace(run, cut=replace(run.cut, hourly=True))


@pytest.mark.parametrize("run", [JOBS, _run_over_hours(JOBS), LICENCES])
def test_the_service_as_it_is_breaks_no_law(engine: Engine, run: Run) -> None:
    rows = answered(engine, run).answer.result().rows
    assert rows.notna().all(axis=None)
    assert engine.times(START) == 1
