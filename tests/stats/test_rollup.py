"""From rows to an answer: what adds, what composes, what a witness shows and what it does not."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from stats import remark, rollup
from stats.join import Ambiguous
from stats.model import Dimension, FarmId, Filter, Period, Question, Scope, Window
from stats.plan import Cut, Plan, Witness
from stats.rollup import MEASURES
from tests.stats.frames import Row, cut

D = Dimension
USER_OF_JOB = Witness(D.JOB, D.USER)
TYPE_OF_INSTANCE = Witness(D.INSTANCE_TYPE, D.USAGE_TYPE)
DAY = date(2025, 10, 22)
WINDOW = (datetime(2025, 10, 1, tzinfo=UTC), datetime(2025, 12, 1, tzinfo=UTC))
names = st.sampled_from(["", "a", "b", "c"])


def asked(*by: Dimension, **more: Any) -> Question:
    window = Window(*more.pop("window", WINDOW))
    where = tuple(Filter(d, frozenset(v)) for d, v in more.pop("where", {}).items())
    scope = Scope(more.pop("scope", D.QUEUE), ("q",))
    return Question(FarmId("farm"), scope, window, by=by, where=where, **more)


def answered(question: Question, base: pd.DataFrame, **witnesses: Any) -> rollup.Answer:
    """The answer from a base cut and from witnesses given as `user=…` or `usage_type=…` pairs."""
    known = {"user": USER_OF_JOB, "usage_type": TYPE_OF_INSTANCE}
    shown = {
        known[word]: cut((known[word].key, known[word].value), [(DAY, *pair) for pair in pairs])
        for word, pairs in witnesses.items()
    }
    return rollup.answer(Plan(question, Cut(question.by), tuple(shown)), base, shown)


def table(question: Question, *rows: Row, by: Sequence[Dimension] | None = None) -> pd.DataFrame:
    """The table of an answer that needs no witness."""
    return answered(question, cut(question.by if by is None else by, rows)).table


def by_user(question: Question, *rows: Row) -> dict[str, float]:
    """Cost by user, of rows by user."""
    found = table(question, *rows, by=(D.USER,))
    return dict(zip(found["user_id"], found["cost_usd_sum"], strict=True))


def test_sums_and_counts_add_and_smallest_and_largest_compose() -> None:
    (row,) = table(
        asked(D.USER),
        (DAY, "a", 2, 5.0, 1.0, 4.0, 100.0, 40.0, 60.0),
        (DAY + timedelta(days=1), "a", 3, 9.0, 2.0, 5.0, 30.0, 5.0, 20.0),
    ).to_dict("records")
    assert (row["count"], row["cost_usd_sum"], row["runtime_seconds_sum"]) == (5, 14.0, 130.0)
    assert (row["cost_usd_min"], row["cost_usd_max"]) == (1.0, 5.0)
    assert (row["runtime_seconds_min"], row["runtime_seconds_max"]) == (5.0, 60.0)


def test_an_average_is_the_sum_by_the_count_and_not_an_average_of_averages() -> None:
    rows = (DAY, "a", 1, 10.0, 10.0, 10.0, 1.0, 1.0, 1.0), (DAY, "a", 9, 9.0, 1.0, 1.0, 9.0)
    (row,) = table(asked(D.USER), *rows).to_dict("records")
    assert row["cost_usd_avg"] == pytest.approx(1.9)
    assert row["runtime_seconds_avg"] == pytest.approx(1.0)


def test_a_row_of_no_records_is_no_usage() -> None:
    assert table(asked(D.USER), (DAY, "a", 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)).empty


def test_cost_without_records_is_kept_and_has_no_average() -> None:
    (row,) = table(asked(D.USER), (DAY, "a", 0, 2.0, 2.0, 2.0, 0.0, 0.0, 0.0)).to_dict("records")
    assert (row["count"], row["cost_usd_sum"]) == (0, 2.0)
    assert math.isnan(row["cost_usd_avg"])
    assert math.isnan(row["runtime_seconds_avg"])


def test_run_time_without_records_is_kept() -> None:
    (row,) = table(asked(D.USER), (DAY, "a", 0, 0.0, 0.0, 0.0, 9.0, 9.0, 9.0)).to_dict("records")
    assert (row["count"], row["runtime_seconds_sum"]) == (0, 9.0)


def test_a_row_of_no_records_changes_no_figure_of_the_others() -> None:
    nothing = (DAY, "a", 0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    some = (DAY + timedelta(days=1), "a", 2, 7.0, 3.0, 4.0, 50.0, 20.0, 30.0)
    alone, both = (table(asked(D.USER), *rows) for rows in ((some,), (nothing, some)))
    pd.testing.assert_frame_equal(both, alone)


def test_records_that_cost_nothing_are_counted_all_the_same() -> None:
    free = (DAY, "a", 2, 0.0, 0.0, 0.0, 80.0, 30.0, 50.0)
    (row,) = table(asked(D.USER), free, (DAY, "a", 1, 3.0, 3.0, 3.0)).to_dict("records")
    assert (row["count"], row["cost_usd_min"], row["cost_usd_avg"]) == (3, 0.0, 1.0)


def test_unknown_usage_types_and_missing_keys_are_rows_like_others() -> None:
    keys = ("COMPUTE", "c5"), ("SNAPSHOT_OF_TOMORROW", ""), ("", "c5"), ("", "")
    found = table(asked(D.USAGE_TYPE, D.INSTANCE_TYPE), *((DAY, *key) for key in keys))
    assert set(zip(found["usage_type"], found["instance_type"], strict=True)) == set(keys)
    assert found["count"].tolist() == [1, 1, 1, 1]


def test_the_dearest_comes_first_within_a_period() -> None:
    rows = [(DAY + timedelta(days=n % 2), f"u{n}", 1, float(n)) for n in range(7)]
    found = table(asked(D.USER, period=Period.DAILY), *rows)
    assert found["user_id"].tolist() == ["u6", "u4", "u2", "u0", "u5", "u3", "u1"]


def test_an_answer_without_rows_has_the_columns_and_types_of_one_with_rows() -> None:
    by = (D.QUEUE, D.JOB, D.INSTANCE_TYPE)
    some, none = table(asked(*by), (DAY, "q", "j", "c5")), table(asked(*by))
    empty = rollup.empty(by).drop(columns="queue_name")  # which naming adds to the others
    assert list(none.columns) == list(some.columns) == list(empty.columns)
    assert none.dtypes.to_dict() == some.dtypes.to_dict() == empty.dtypes.to_dict()
    assert list(none.columns)[-len(MEASURES) :] == list(MEASURES)


@st.composite
def used(draw: st.DrawFn) -> list[tuple[date, str, str, float, float]]:
    """Records: day, user, instance type, dollars and seconds."""
    days = st.dates(date(2025, 10, 1), date(2025, 11, 30))
    amounts = st.floats(0, 1e6, allow_subnormal=False)
    one = st.tuples(days, names, names, amounts, amounts)
    return draw(st.lists(one, max_size=25))


def added_up(records: list[tuple[date, str, str, float, float]]) -> pd.DataFrame:
    """The cut by user and instance type, made by hand."""
    rows = []
    for key in dict.fromkeys(record[:3] for record in records):
        some = [record for record in records if record[:3] == key]
        cost, time = [r[3] for r in some], [r[4] for r in some]
        spreads = (*(sum(cost), min(cost), max(cost)), *(sum(time), min(time), max(time)))
        rows.append((*key, len(some), *spreads))
    return cut((D.USER, D.INSTANCE_TYPE), rows)


@limits(max_examples=60, deadline=None)
@given(records=used(), by=st.sampled_from([(), (D.USER,), (D.INSTANCE_TYPE, D.USER)]))
def test_an_answer_is_the_records_themselves_added_up(
    records: list[tuple[date, str, str, float, float]], by: tuple[Dimension, ...]
) -> None:
    question = asked(*by, period=Period.MONTHLY)
    found = answered(question, added_up(records)).table
    groups: dict[Row, list[tuple[Any, ...]]] = {}
    for record in records:
        keys = {D.USER: record[1], D.INSTANCE_TYPE: record[2]}
        groups.setdefault((record[0].month, *(keys[d] for d in by)), []).append(record)
    assert len(found) == len(groups)
    for row in found.to_dict("records"):
        some = groups[(row["period_start"].month, *(row[d.column] for d in by))]
        assert row["count"] == len(some)
        for unit, at in (("cost_usd", 3), ("runtime_seconds", 4)):
            numbers = [record[at] for record in some]
            assert math.isclose(row[f"{unit}_sum"], math.fsum(numbers), rel_tol=1e-9, abs_tol=1e-9)
            assert (row[f"{unit}_min"], row[f"{unit}_max"]) == (min(numbers), max(numbers))
            average = math.fsum(numbers) / len(numbers)
            assert math.isclose(row[f"{unit}_avg"], average, rel_tol=1e-9, abs_tol=1e-9)


@limits(max_examples=25, deadline=None)
@given(records=used(), part_of=st.fixed_dictionaries({n: st.integers(0, 2) for n in ("", *"abc")}))
def test_the_parts_of_any_partition_of_keys_add_up_to_the_whole(
    records: list[tuple[date, str, str, float, float]], part_of: dict[str, int]
) -> None:
    base = added_up(records)
    whole = answered(asked(), base).table
    parts = []
    for part in range(3):
        users = {user for user, of in part_of.items() if of == part}
        parts.append(answered(asked(where={D.USER: users}), base).table)
    together = pd.concat(parts)
    assert together["count"].sum() == whole["count"].sum()
    for column in ("cost_usd_sum", "runtime_seconds_sum"):
        assert math.isclose(together[column].sum(), whole[column].sum(), rel_tol=1e-9)
    if len(whole):
        assert together["cost_usd_min"].min() == whole["cost_usd_min"].min()
        assert together["cost_usd_max"].max() == whole["cost_usd_max"].max()


def edges(question: Question, *days: date | datetime) -> list[tuple[str, str]]:
    """The periods of an answer with usage on those days (UTC hours, for an hourly one)."""
    found = table(question, *((day,) for day in days))
    starts, ends = found["period_start"].dt, found["period_end"].dt
    form = "%m-%d %H"
    return list(zip(starts.strftime(form), ends.strftime(form), strict=True))


def test_weeks_run_from_monday_to_monday_across_the_years_end() -> None:
    window = datetime(2025, 12, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC)
    days = date(2025, 12, 28), date(2025, 12, 29), date(2026, 1, 4), date(2026, 1, 5)
    weeks = edges(asked(period=Period.WEEKLY, window=window), *days)
    assert weeks == [("12-22 00", "12-29 00"), ("12-29 00", "01-05 00"), ("01-05 00", "01-12 00")]


def test_months_are_the_calendars_with_a_leap_day_and_a_years_end() -> None:
    window = datetime(2023, 12, 1, tzinfo=UTC), datetime(2024, 4, 1, tzinfo=UTC)
    days = date(2023, 12, 31), date(2024, 1, 31), date(2024, 2, 29), date(2024, 3, 1)
    months = edges(asked(period=Period.MONTHLY, window=window), *days)
    firsts = ["12-01 00", "01-01 00", "02-01 00", "03-01 00", "04-01 00"]
    assert months == list(pairwise(firsts))


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        (Period.DAILY, ("10-15 05", "10-16 00"), ("11-05 00", "11-05 07")),
        (Period.WEEKLY, ("10-15 05", "10-20 00"), ("11-03 00", "11-05 07")),
        (Period.MONTHLY, ("10-15 05", "11-01 00"), ("11-01 00", "11-05 07")),
        (Period.TOTAL, ("10-15 05", "11-05 07"), ("10-15 05", "11-05 07")),
    ],
)
def test_the_first_and_last_period_are_clipped_to_the_window(
    period: Period, first: tuple[str, str], last: tuple[str, str]
) -> None:
    window = datetime(2025, 10, 15, 5, tzinfo=UTC), datetime(2025, 11, 5, 7, tzinfo=UTC)
    found = edges(asked(period=period, window=window), date(2025, 10, 15), date(2025, 11, 5))
    assert (found[0], found[-1]) == (first, last)


@pytest.mark.parametrize(
    ("day", "hours"), [(date(2025, 3, 9), 23), (date(2025, 11, 2), 25), (date(2025, 11, 3), 24)]
)
def test_a_day_of_a_clock_change_has_23_or_25_hours(day: date, hours: int) -> None:
    year = datetime(2025, 1, 1, 8, tzinfo=UTC), datetime(2026, 1, 1, 8, tzinfo=UTC)
    question = asked(period=Period.DAILY, window=year, timezone="America/Los_Angeles")
    (row,) = table(question, (day,)).to_dict("records")
    assert row["period_end"] - row["period_start"] == timedelta(hours=hours)


@pytest.mark.parametrize(("period", "hours"), [(Period.WEEKLY, 7 * 24), (Period.MONTHLY, 30 * 24)])
def test_a_week_or_month_with_a_clock_change_is_an_hour_longer(period: Period, hours: int) -> None:
    year = datetime(2025, 1, 1, 8, tzinfo=UTC), datetime(2026, 1, 1, 8, tzinfo=UTC)
    question = asked(period=period, window=year, timezone="America/Los_Angeles")
    (row,) = table(question, (date(2025, 11, 2),)).to_dict("records")
    assert row["period_end"] - row["period_start"] == timedelta(hours=hours + 1)


def test_the_two_hours_that_a_clock_shows_alike_are_two_rows() -> None:
    question = asked(period=Period.HOURLY, timezone="America/Los_Angeles")
    twice = datetime(2025, 11, 2, 8), datetime(2025, 11, 2, 9)  # noqa: DTZ001 - a bucket is naive
    assert edges(question, *twice) == [("11-02 08", "11-02 09"), ("11-02 09", "11-02 10")]


def test_a_witness_puts_its_value_on_every_row_of_its_key() -> None:
    rows = (DAY, "j1", "c5", 1, 4.0), (DAY, "j2", "c5", 1, 2.0), (DAY, "j1", "r5", 1, 1.0)
    base = cut((D.JOB, D.INSTANCE_TYPE), rows)
    question = asked(D.USER, D.INSTANCE_TYPE)
    found = answered(question, base, user=[("j1", "ada"), ("j2", "ben")]).table
    keys = zip(found["user_id"], found["instance_type"], found["cost_usd_sum"], strict=True)
    assert list(keys) == [("ada", "c5", 4.0), ("ben", "c5", 2.0), ("ada", "r5", 1.0)]


AMBIGUITIES = {
    "two users, shown": ([D.USER], None, [("j", "ada"), ("j", "ben")], True),
    "two users, not shown": ([D.JOB], None, [("j", "ada"), ("j", "ben")], False),
    "in and out of the filter": ([D.JOB], {"ada"}, [("j", "ada"), ("j", "ben")], True),
    "both in, not shown": ([D.JOB], {"ada", "ben"}, [("j", "ada"), ("j", "ben")], False),
    "both in, shown": ([D.USER], {"ada", "ben"}, [("j", "ada"), ("j", "ben")], True),
    "both out": ([D.USER], {"cy"}, [("j", "ada"), ("j", "ben")], False),
    "one and none, shown": ([D.USER], None, [("j", "ada"), ("j", "")], True),
    "none is out of the filter": ([D.JOB], {"ada"}, [("j", "ada"), ("j", "")], True),
    "the same on many days": ([D.USER], None, [("j", "ada"), ("j", "ada")], False),
    "another job's two users": ([D.USER], None, [("j", "ada"), ("x", "ada"), ("x", "ben")], False),
}


@pytest.mark.parametrize("case", AMBIGUITIES)
def test_a_key_with_two_values_is_ambiguous_only_where_it_matters(case: str) -> None:
    by, kept, pairs, ambiguous = AMBIGUITIES[case]
    question = asked(*by, where={} if kept is None else {D.USER: kept})
    base = cut((D.JOB,), [(DAY, "j")])
    if ambiguous:
        with pytest.raises(Ambiguous):
            answered(question, base, user=pairs)
    else:
        answered(question, base, user=pairs)


def test_a_key_that_another_filter_leaves_out_is_not_ambiguous() -> None:
    rows = (DAY, "j", "c5", 1, 4.0), (DAY, "x", "r5", 1, 2.0)
    base = cut((D.JOB, D.INSTANCE_TYPE), rows)
    question = asked(D.USER, where={D.INSTANCE_TYPE: {"c5"}})
    pairs = [("j", "ada"), ("x", "ada"), ("x", "ben")]
    found = answered(question, base, user=pairs).table
    assert found[["user_id", "cost_usd_sum"]].to_numpy().tolist() == [["ada", 4.0]]


@limits(max_examples=60, deadline=None)
@given(
    jobs=st.lists(st.sampled_from(["j1", "j2", "j3"]), max_size=3, unique=True),
    pairs=st.lists(st.tuples(st.sampled_from(["j1", "j2", "j3"]), names), max_size=5),
    kept=st.none() | st.sets(names, min_size=1),
    shown=st.booleans(),
)
def test_what_a_witness_says_is_taken_exactly_or_not_at_all(
    jobs: list[str], pairs: list[tuple[str, str]], kept: set[str] | None, shown: bool
) -> None:
    question = asked(*([D.USER] if shown else []), where={D.USER: kept} if kept else {})
    users = {job: {user for j, user in pairs if j == job} for job in jobs}
    within = {job: of if kept is None else of & kept for job, of in users.items()}
    torn = any(within[job] and users[job] - within[job] for job in jobs)
    torn = torn or (shown and any(len(of) > 1 for of in within.values()))
    base = cut((D.JOB,), [(DAY, job) for job in jobs])
    if torn:
        with pytest.raises(Ambiguous):
            answered(question, base, user=pairs)
        return
    found = answered(question, base, user=pairs).table
    unnamed = [job for job in jobs if not users[job] and (kept is None or "" in kept)]
    expected = [next(iter(within[job])) for job in jobs if within[job]] + [""] * len(unnamed)
    assert found["count"].sum() == len(expected)
    if shown:
        rows = zip(found["user_id"], found["count"], strict=True)
        assert dict(rows) == {user: expected.count(user) for user in set(expected)}


def test_what_the_witness_does_not_name_stays_without_value_and_is_said() -> None:
    rows = (DAY, "j1", 1, 4.0), (DAY, "j2", 1, 2.5), (DAY, "j3", 1, 2.0)
    answer = answered(asked(D.USER), cut((D.JOB,), rows), user=[("j1", "ada")])
    cost = dict(zip(answer.table["user_id"], answer.table["cost_usd_sum"], strict=True))
    assert cost == {"ada": 4.0, "": 4.5}
    (said,) = answer.remarks
    assert said == remark.not_placed(4.5, 2, D.JOB, D.USER)
    assert said.text.startswith("$4.50 belongs to 2 jobs whose user")


@pytest.mark.parametrize(
    ("kept", "cost"), [({"ada"}, {"ada": 4.0}), ({""}, {"": 2.5}), ({"ada", ""}, None)]
)
def test_a_filter_keeps_the_unnamed_only_where_it_asks_for_usage_without_the_dimension(
    kept: set[str], cost: dict[str, float] | None
) -> None:
    question = asked(D.USER, where={D.USER: kept})
    base = cut((D.JOB,), [(DAY, "j1", 1, 4.0), (DAY, "j2", 1, 2.5)])
    found = answered(question, base, user=[("j1", "ada")]).table
    got = dict(zip(found["user_id"], found["cost_usd_sum"], strict=True))
    assert got == (cost or {"ada": 4.0, "": 2.5})


def test_an_instance_type_under_two_usage_types_is_ambiguous() -> None:
    base = cut((D.USER, D.INSTANCE_TYPE), [(DAY, "ada", "c5")])
    question = asked(D.USER, D.INSTANCE_TYPE, D.USAGE_TYPE)
    with pytest.raises(Ambiguous):
        answered(question, base, usage_type=[("c5", "COMPUTE"), ("c5", "SNAPSHOT")])


def test_filters_on_two_dimensions_keep_what_both_keep() -> None:
    keys = [(DAY, u, i, 1, 2.0**n) for n, (u, i) in enumerate((u, i) for u in "ab" for i in "xy")]
    base = cut((D.USER, D.INSTANCE_TYPE), keys)
    where = {D.USER: {"a"}, D.INSTANCE_TYPE: {"y", "z"}}
    assert answered(asked(where=where), base).table["cost_usd_sum"].tolist() == [2.0]


def test_an_empty_value_keeps_usage_without_the_dimension() -> None:
    rows = (DAY, "a", 1, 1.0), (DAY, "", 1, 2.0), (DAY, "b", 1, 4.0)
    assert by_user(asked(D.USER, where={D.USER: {""}}), *rows) == {"": 2.0}
    assert by_user(asked(D.USER, where={D.USER: {"", "b"}}), *rows) == {"": 2.0, "b": 4.0}


@pytest.mark.parametrize(
    ("text", "found"), [("NAME", 3), (".*", 1), ("[j", 1), ("STRASSE", 1), ("nothing", 0)]
)
def test_text_in_a_jobs_name_is_found_as_it_is_whatever_the_case(text: str, found: int) -> None:
    base = cut((D.JOB,), [(DAY, "j1"), (DAY, "j2"), (DAY, "j3")])
    base["job_name"] = pd.Series(["name.*", "[j] Name", "nAme an der Straße"], dtype="str")
    question = asked(job_name_contains=text)
    assert answered(question, base).table["count"].sum() == found


def test_a_jobs_name_on_one_row_is_its_name_on_all() -> None:
    base = cut((D.JOB,), [(DAY, "j1"), (DAY + timedelta(days=1), "j1"), (DAY, "")])
    base["job_name"] = pd.Series(["", "comp", ""], dtype="str")
    found = answered(asked(D.JOB, period=Period.DAILY), base).table
    pairs = set(zip(found["job_id"], found["job_name"], strict=True))
    assert pairs == {("j1", "comp"), ("", "")}


def test_a_renamed_job_is_one_with_its_last_name_in_whatever_order_its_rows_come() -> None:
    days = [DAY, DAY + timedelta(days=1), DAY + timedelta(days=2)]
    for called in (["shot_v03", "shot_v01", "shot_v02"], ["shot_v03", "shot_v02", ""]):
        base = cut((D.JOB,), [(day, "j") for day in days])
        base["job_name"] = pd.Series(called, dtype="str")
        base = base.iloc[[1, 2, 0]].reset_index(drop=True)
        (row,) = answered(asked(D.JOB), base).table.to_dict("records")
        assert (row["job_id"], row["job_name"], row["count"]) == ("j", "shot_v02", 3)
        daily = answered(asked(D.JOB, period=Period.DAILY), base).table
        assert daily["job_name"].tolist() == ["shot_v02"] * 3


SUMS = {
    "fifteen digits are all kept": ([1234567890.12345], 1234567890.12345),
    "in small money too": ([0.000123456789012345], 0.000123456789012345),
    "and in large": ([987654321098.7, 0.065], 987654321098.765),
    "the sixteenth is of the adding up": ([8.1, 0.2], 8.3),
    "and so are all after it": ([0.1, 0.2], 0.3),
}


@pytest.mark.parametrize(("costs", "total"), SUMS.values(), ids=SUMS)
def test_a_sum_is_told_to_fifteen_digits(costs: list[float], total: float) -> None:
    rows = [(DAY, "a", 1, usd, usd, usd, usd, usd, usd) for usd in costs]
    (row,) = table(asked(D.USER), *rows).to_dict("records")
    assert (row["cost_usd_sum"], row["runtime_seconds_sum"]) == (total, total)
    one = rollup.usage(cut((D.USER,), rows))
    assert (one.cost_usd.sum, one.runtime_seconds.sum) == (total, total)
