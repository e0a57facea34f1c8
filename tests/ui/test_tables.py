"""A page's tables: what a row divides is what stands beside it."""

from __future__ import annotations

import math
from dataclasses import replace
from datetime import UTC, date, datetime

import pandas as pd
import pytest

from stats import remarks
from stats.model import (
    OTHERS,
    Basis,
    Dimension,
    FarmId,
    Filter,
    Jobs,
    Question,
    Report,
    Scope,
    Spread,
    Window,
)
from stats.remark import not_placed, only_the_total
from stats.zone import Zone
from ui import columns, listings, long_range, tables, totals
from ui import parts as parted
from ui.months import Course, Month
from ui.view import Measure

DAY = Window(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 2, tzinfo=UTC))
AIKO, SAM, NOBODY = "aiko", "sam", ""


def _used(report: Report) -> tables.Used:
    return tables.Used.apart(report, Dimension.USER)


def _row(user: str, usage_type: str, count: int, cost: float, seconds: float, most: float) -> dict:
    return {
        "period_start": pd.Timestamp(DAY.start),
        "period_end": pd.Timestamp(DAY.end),
        "user_id": user,
        "user_name": user.title(),
        "usage_type": usage_type,
        "count": count,
        "cost_usd_sum": cost,
        "cost_usd_min": 0.0,
        "cost_usd_max": most,
        "cost_usd_avg": cost / count,
        "runtime_seconds_sum": seconds,
        "runtime_seconds_min": 0.0,
        "runtime_seconds_max": seconds / 2,
        "runtime_seconds_avg": seconds / count,
    }


@pytest.fixture
def report() -> Report:
    rows = [
        _row(AIKO, "COMPUTE", 4, 8.0, 14_400.0, 5.0),
        _row(AIKO, "LICENSE", 2, 12.0, 7_200.0, 9.0),
        _row(SAM, "LICENSE", 1, 3.0, 3_600.0, 3.0),
        _row(NOBODY, "PERSISTENT_VOLUME", 1, 1.0, 86_400.0, 1.0),
    ]
    scope = Scope(Dimension.QUEUE, ("queue-1",))
    by = (Dimension.USER, Dimension.USAGE_TYPE)
    return Report(
        question=Question(FarmId("farm-1"), scope, DAY, by=by),
        table=pd.DataFrame(rows),
        total_cost_usd=Spread(24.0, 0.0, 9.0),
        total_count=8,
        total_by_usage_type={},
        unattributed_cost_usd=0.0,
        unattributed_count=0,
        as_of=DAY.end,
        preliminary_from=None,
        basis=Basis(1.0, "aws"),
        runs=(),
    )


def test_a_ranking_adds_up_to_the_total_and_its_shares_to_one(report):
    ranked = tables.ranked(_used(report), Dimension.USER)
    assert list(ranked["user_id"]) == [AIKO, SAM, NOBODY]
    assert ranked["cost_usd"].sum() == 24.0
    assert ranked["share"].sum() == pytest.approx(1.0)


def test_hours_and_sessions_are_compute_s_alone(report):
    aiko = tables.ranked(_used(report), Dimension.USER).iloc[0]
    assert (aiko["runtime_seconds"], aiko["sessions"]) == (14_400.0, 4)
    assert (aiko["average_session_seconds"], aiko["largest_session_seconds"]) == (3_600, 7_200)
    assert aiko["largest_session_usd"] == 5.0


def test_a_sessions_average_cost_and_the_dearest_are_of_the_same_records(report):
    aiko = tables.ranked(_used(report), Dimension.USER).iloc[0]
    assert (aiko["average_session_usd"], aiko["largest_session_usd"]) == (8.0 / 4, 5.0)


def test_cost_per_hour_divides_the_cost_beside_it(report):
    ranked = tables.ranked(_used(report), Dimension.USER)
    aiko, sam, nobody = (ranked.iloc[i] for i in range(3))
    assert aiko["usd_per_hour"] == aiko["cost_usd"] / (aiko["runtime_seconds"] / 3600) == 5.0
    for without_compute in (sam, nobody):
        assert without_compute["runtime_seconds"] == without_compute["sessions"] == 0
        assert math.isnan(without_compute["usd_per_hour"])
        assert math.isnan(without_compute["average_session_usd"])


def test_over_time_holds_all_cost_and_the_hours_of_compute(report):
    timed = tables.over_time(_used(report), Dimension.USER)
    assert timed["cost_usd"].sum() == 24.0
    assert timed["runtime_seconds"].sum() == 14_400.0


def test_a_ranking_by_run_time_begins_with_the_longest(report):
    ranked = tables.ranked(_used(report), Dimension.USER, by="runtime_seconds")
    assert list(ranked["runtime_seconds"]) == [14_400.0, 0.0, 0.0]


def test_without_hours_a_ranking_has_its_costs_alone(report):
    costs = tables.Used(report, None)
    ranked = tables.ranked(costs, Dimension.USER)
    assert list(ranked.columns) == ["user_id", "label", "cost_usd", "share"]
    assert list(ranked["cost_usd"]) == [20.0, 3.0, 1.0]
    assert "runtime_seconds" not in tables.over_time(costs, Dimension.USER)


@pytest.mark.parametrize(
    ("before", "after"),
    [(None, {"COMPUTE"}), ({"COMPUTE", "LICENSE"}, {"COMPUTE"}), ({"LICENSE"}, set())],
)
def test_one_usage_type_of_a_filtered_question_keeps_the_filter(report, before, after):
    usage_types = () if before is None else (Filter(Dimension.USAGE_TYPE, frozenset(before)),)
    user = Filter(Dimension.USER, frozenset({AIKO}))
    question = replace(report.question, where=(user, *usage_types))
    narrowed = tables.narrowed_to(question, "COMPUTE")
    assert narrowed.values(Dimension.USAGE_TYPE) == after
    assert narrowed.values(Dimension.USER) == {AIKO}


@pytest.fixture
def by_job(report: Report) -> Report:
    """The dearest two jobs, what belongs to none, and a hundred others."""
    rows = [
        _row(key, kind, count, cost, 3_600.0, cost)
        for key, kind, count, cost in (
            ("job-1", "COMPUTE", 2, 9.0),
            (OTHERS, "COMPUTE", 200, 500.0),
            (OTHERS, "LICENSE", 100, 50.0),
            ("job-2", "LICENSE", 1, 7.0),
            ("", "COMPUTE", 1, 2.0),
        )
    ]
    names = {"user_id": "job_id", "user_name": "job_name"}
    table = pd.DataFrame(rows).rename(columns=names)
    question = replace(report.question, by=(Dimension.JOB, Dimension.USAGE_TYPE), most_jobs=2)
    return replace(report, question=question, table=table, jobs=Jobs(102, {DAY.start: 102}))


def test_what_stands_for_other_jobs_comes_last_and_belongs_to_the_total(by_job):
    used = tables.Used.apart(by_job, Dimension.JOB)
    table = tables.ranked(used, Dimension.JOB)
    assert table["job_id"].tolist() == ["job-1", "job-2", "", OTHERS]
    assert table["label"].tolist()[-1] == "Other jobs"
    assert table["cost_usd"].sum() == 568.0
    assert math.fsum(table["share"]) == pytest.approx(1.0)


def test_charts_show_other_jobs_among_others(by_job):
    parts = parted.largest_and_others(by_job.table, "cost_usd_sum", "job_id", most=2)
    assert [(part.key, part.value) for part in parts] == [
        ("job-1", 9.0),
        ("job-2", 7.0),
        (None, 552.0),
    ]
    every = parted.largest_and_others(by_job.table, "cost_usd_sum", "job_id", most=9)
    assert [part.key for part in every] == ["job-1", "job-2", "", None]


def test_a_table_that_lacks_jobs_is_known_to(by_job, report):
    assert not listings.has_all_jobs(by_job)
    assert listings.has_all_jobs(replace(by_job, jobs=Jobs(2, {DAY.start: 2})))
    assert listings.has_all_jobs(report)


def test_jobs_of_which_filters_may_have_left_some_out_are_not_all_jobs(by_job):
    assert not totals.lacks_jobs(by_job)
    left_out = not_placed(1.0, 1, Dimension.JOB, Dimension.USER, filtered=True)
    assert totals.lacks_jobs(replace(by_job, remarks=(left_out,)))
    assert totals.lacks_jobs(replace(by_job, doubtful=(DAY,)))


def test_history_has_the_reason_of_what_is_in_no_row_though_filters_keep_all_they_would(by_job):
    told = replace(by_job, remarks=(only_the_total(1.0, 1),))
    assert not remarks.lacks_what_is_known(told)
    assert "AWS" in remarks.unattributed(by_job)
    assert "AWS" not in remarks.unattributed(told)


def test_names_that_look_the_same_are_told_apart_however_they_are_stored():
    stored = {"job-000001": "forêt", "job-000002": "fore\u0302t", "job-000003": "forêt 2"}
    apart = tables.told_apart(stored)
    assert apart["job-000001"] == "forêt (…000001)"
    assert apart["job-000002"] == "fore\u0302t (…000002)"
    assert apart["job-000003"] == "forêt 2"


def test_in_files_hours_are_of_all_usage_types_and_those_of_one_are_called_so(report):
    used = tables.Used.apart(report, Dimension.USER)
    ranked = tables.ranked(used, Dimension.USER)
    file = columns.ranking(ranked, used, Dimension.USER).set_index("user_id")
    rows = report.table
    for user in file.index:
        own = rows[rows["user_id"] == user]
        compute = own.loc[own["usage_type"] == "COMPUTE", "runtime_seconds_sum"].sum()
        assert file.loc[user, "compute_seconds_sum"] == compute
        assert file.loc[user, "runtime_seconds_sum"] == own["runtime_seconds_sum"].sum()
    assert (file["runtime_seconds_sum"] > file["compute_seconds_sum"]).any()
    assert "runtime_seconds" not in file


def test_in_files_it_is_said_whether_sums_are_all_there_is(report):
    whole = report.question.window
    settled = replace(report, preliminary_from=None, doubtful=())
    growing = replace(settled, preliminary_from=whole.start)
    doubtful = replace(growing, doubtful=(whole,))
    for own, known in ((settled, "all"), (growing, "so_far"), (doubtful, "at_least")):
        used = tables.Used(own, None)
        ranked = columns.ranking(tables.ranked(used, Dimension.USER), used, Dimension.USER)
        by = (Dimension.USER, Dimension.USAGE_TYPE)
        order = own.table[[dimension.column for dimension in by]].drop_duplicates()
        crossed = columns.crossed(own, by, order)
        assert {*ranked["known"], *crossed["known"]} == {known}
        assert len(ranked) > 1


def test_in_files_a_page_of_licences_has_licence_hours(report):
    rows = report.table.rename(columns={"user_id": "license_product"})
    own = replace(report, table=rows.drop(columns="user_name", errors="ignore"))
    used = tables.Used.apart(own, Dimension.LICENSE_PRODUCT)
    ranked = tables.ranked(used, Dimension.LICENSE_PRODUCT)
    file = columns.ranking(ranked, used, Dimension.LICENSE_PRODUCT)
    assert {"license_seconds_sum", "runtime_seconds_sum"} <= set(file)


def test_where_usage_types_are_not_told_apart_a_file_still_has_the_hours_of_all(report):
    whole = tables.Used(report, None)
    file = columns.ranking(tables.ranked(whole, Dimension.USER), whole, Dimension.USER)
    assert file["runtime_seconds_sum"].sum() == report.table["runtime_seconds_sum"].sum()
    assert "compute_seconds_sum" not in file


def test_what_is_at_an_assumed_price_of_keys_that_are_not_listed_is_the_others(report):
    rows = pd.DataFrame(
        [_row(AIKO, "COMPUTE", 1, 8.0, 60.0, 8.0), _row(OTHERS, "COMPUTE", 3, 12.0, 60.0, 6.0)]
    )
    rack = pd.DataFrame(
        [_row(who, "COMPUTE", 1, cost, 60.0, cost) for who, cost in ((AIKO, 2.0), (SAM, 5.0))]
    )
    used = replace(_used(replace(report, table=rows)), assumed=rack)
    table = tables.ranked(used, Dimension.USER)
    assert dict(zip(table["user_id"], table["assumed_usd"], strict=True)) == {AIKO: 2, OTHERS: 5}
    over_time = tables.over_time(used, Dimension.USER)
    assert over_time["assumed_usd"].tolist() == [2.0, 5.0]
    alone = replace(_used(replace(report, table=rows[:1])), assumed=rack)
    assert tables.ranked(alone, Dimension.USER)["assumed_usd"].tolist() == [2.0]


def test_in_files_a_month_that_is_not_over_ends_with_the_window_and_is_so_far(report):
    zone, ends = Zone("UTC"), datetime(2026, 10, 27, tzinfo=UTC)
    course = Course(
        (
            Month(date(2026, 7, 1), 0.0, unknown=True),
            Month(date(2026, 8, 1), 1.0, lacking=True),
            Month(date(2026, 9, 1), 2.0),
            Month(date(2026, 10, 1), 3.0, open=True),
        ),
        date(2026, 7, 1),
    )
    years = columns.years(course, "cost_usd", ends, zone)
    assert years["known"].tolist() == ["not_known", "at_least", "all", "so_far"]
    assert years["period_end"].iloc[-2:].tolist() == [zone.midnight(date(2026, 10, 1)), ends]
    assert years["cost_usd_sum"].isna().tolist() == [True, False, False, False]
    months = columns.months(_used(report), Dimension.USER, "cost_usd", course, zone)
    assert set(months["known"]) == {"so_far"}


@pytest.mark.parametrize(
    ("since", "known"),
    [
        (datetime(2026, 9, 30, tzinfo=UTC), ["all", "so_far", "so_far"]),
        (datetime(2026, 10, 1, tzinfo=UTC), ["all", "all", "so_far"]),
        (None, ["all", "all", "so_far"]),
    ],
)
def test_in_files_a_month_that_is_over_and_has_preliminary_days_is_so_far(report, since, known):
    zone, ends = Zone("UTC"), datetime(2026, 10, 2, tzinfo=UTC)
    course = Course(
        (
            Month(date(2026, 8, 1), 1.0),
            Month(date(2026, 9, 1), 2.0),
            Month(date(2026, 10, 1), 3.0, open=True),
        ),
        date(2026, 8, 1),
    ).preliminary(since, zone)
    assert columns.years(course, "cost_usd", ends, zone)["known"].tolist() == known


def test_months_of_a_report_and_of_a_breakdown_may_change_where_its_days_may(report):
    zone, window = Zone("UTC"), Window(datetime(2026, 9, 1, tzinfo=UTC), DAY.end)
    for since, known in ((datetime(2026, 9, 30, tzinfo=UTC), "so_far"), (DAY.start, "all")):
        told = replace(report, preliminary_from=since)
        whole = long_range.months_of(told, Measure.COST, window, zone)
        for course in (whole, long_range.as_known(told, told, window, zone)):
            file = columns.years(course, "cost_usd", DAY.end, zone)
            assert file["known"].tolist() == [known, "so_far"]
