"""Months and years: sums that need a month which is not known are not made."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime

import pandas as pd
import pytest

from stats.model import Window
from stats.zone import Zone
from ui import month_words, months
from ui.months import Course, Month
from ui.view import Curve

UTC_ZONE = Zone("UTC")
ANGELES = Zone("America/Los_Angeles")


def _at(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=UTC)


def _rows(first: date, end: date, zone: Zone = UTC_ZONE, *, clipped: datetime | None = None):
    """A row a month, of 1, 2, 3, … dollars in order."""
    rows, month, n = [], first.replace(day=1), 1
    while month < end:
        start = zone.midnight(month)
        rows.append({"period_start": max(start, clipped or start), "cost_usd": float(n)})
        month = (month.replace(day=28) + (date(2000, 1, 8) - date(2000, 1, 1))).replace(day=1)
        n += 1
    table = pd.DataFrame(rows, columns=["period_start", "cost_usd"])
    return table.astype({"period_start": "datetime64[us, UTC]"})


def _course(start: datetime, as_of: datetime, zone: Zone = UTC_ZONE) -> Course:
    table = _rows(zone.day(start), zone.day(as_of), zone, clipped=start)
    return Course.of(table, "cost_usd", Window(start, as_of), as_of, zone)


@pytest.mark.parametrize(
    ("chosen", "first"),
    [
        (date(2026, 10, 26), date(2024, 1, 1)),
        (date(2019, 1, 1), date(2019, 1, 1)),
        (date(2023, 5, 5), date(2023, 5, 5)),
        (date(2150, 1, 1), date(2024, 1, 1)),
    ],
)
def test_months_begin_with_the_calendar_two_years_back_or_earlier_if_chosen(chosen, first) -> None:
    assert months.first_day(date(2026, 11, 24), chosen) == first


def test_months_that_are_not_all_known_are_at_least_and_in_no_year_and_no_twelve_months() -> None:
    table = _rows(date(2025, 1, 1), date(2026, 2, 1))
    window, as_of = Window(_at(2024, 12, 1), _at(2026, 2, 1)), _at(2026, 2, 1)
    doubtful = (Window(_at(2025, 4, 3), _at(2025, 4, 4)),)
    unknown = (Window(_at(2024, 12, 1), _at(2025, 1, 1)), Window(_at(2025, 6, 1), _at(2025, 6, 2)))
    course = Course.of(table, "cost_usd", window, as_of, UTC_ZONE, doubtful, unknown)
    assert course.years == (2025, 2026)
    assert course.at_least(2025) == [month in (4, 6) for month in range(1, 13)]
    assert course.of_year(2024) == [None] * 12
    assert course.of_year(2025)[3] is not None
    assert course.cumulative(2025)[2] is not None
    assert course.cumulative(2025)[3:] == [None] * 9
    assert course.total(2025) is None
    assert course.total(2026) is not None
    assert course.last_twelve() is None
    assert course.month_name(course.months[4]) == "Apr 2025, at least"
    assert course.year_name(2025) == "2025, at least"
    known = Course.of(table, "cost_usd", window, as_of, UTC_ZONE, (), unknown[:1])
    assert known.total(2025) is not None
    assert known.last_twelve() is not None


def test_every_month_of_the_window_is_there_and_zero_where_nothing_ran() -> None:
    table = _rows(date(2026, 1, 1), date(2026, 2, 1))
    window = Window(_at(2026, 1, 1), _at(2026, 4, 1))
    course = Course.of(table, "cost_usd", window, _at(2026, 3, 9, 5), UTC_ZONE)
    assert [month.value for month in course.months] == [1.0, 0.0, 0.0]
    assert [course.month_name(month) for month in course.months] == [
        "Jan 2026",
        "Feb 2026",
        "Mar 2026 to date",
    ]


def test_a_month_of_which_no_hour_has_passed_is_not_there_yet() -> None:
    course = _course(_at(2026, 1, 1), _at(2026, 3, 1))
    assert [course.month_name(month) for month in course.months] == ["Jan 2026", "Feb 2026"]
    assert course.last_whole == course.months[-1]


def test_months_are_those_of_the_zone() -> None:
    start, as_of = ANGELES.midnight(date(2025, 11, 1)), ANGELES.midnight(date(2026, 4, 1))
    course = _course(start, as_of, ANGELES)
    assert [month.first.month for month in course.months] == [11, 12, 1, 2, 3]
    assert all(month.whole for month in course.months)
    assert course.total(2026) == 3.0 + 4.0 + 5.0


def test_a_month_that_is_not_all_there_is_in_no_year_and_in_no_sum() -> None:
    course = _course(_at(2025, 1, 14), _at(2026, 11, 24, 20))
    assert course.months[0].late
    assert course.of_year(2025)[:3] == [None, 2.0, 3.0]
    assert course.cumulative(2025) == [None] * 12
    assert course.total(2025) is None
    assert course.largest == course.months[-1]
    assert course.year_name(2025) == "2025 from 14 Jan"


def test_the_largest_month_may_be_one_that_is_not_all_there() -> None:
    window, as_of = Window(_at(2026, 1, 14), _at(2026, 4, 1)), _at(2026, 3, 9, 5)
    table = _rows(date(2026, 1, 1), date(2026, 2, 1), clipped=window.start)
    course = Course.of(table, "cost_usd", window, as_of, UTC_ZONE)
    assert course.largest == course.months[0]
    assert course.month_name(course.months[0]) == "Jan 2026 from 14 Jan"
    assert Course.of(table[:0], "cost_usd", window, as_of, UTC_ZONE).largest is None


def test_a_month_that_the_window_begins_within_may_have_had_more() -> None:
    window, as_of = Window(_at(2026, 1, 14), _at(2026, 4, 1)), _at(2026, 3, 9, 5)
    table = _rows(date(2026, 1, 1), date(2026, 3, 1), clipped=window.start)
    course = Course.of(table, "cost_usd", window, as_of, UTC_ZONE)
    assert course.largest == course.months[1]
    assert not course.is_largest(course.months[1])


def test_another_month_may_have_had_more_where_not_all_is_known_of_it() -> None:
    window, as_of = Window(_at(2026, 1, 1), _at(2026, 4, 1)), _at(2026, 3, 9, 5)
    table = _rows(date(2026, 1, 1), date(2026, 2, 1), clipped=window.start)
    of = table, "cost_usd", window, as_of, UTC_ZONE
    some = Window(_at(2026, 1, 5), _at(2026, 1, 6)), Window(_at(2026, 2, 5), _at(2026, 2, 6))
    whole = Window(_at(2026, 2, 1), _at(2026, 3, 1))
    for doubtful, unknown, is_so in (
        ((), (), True),
        (some[:1], (), True),  # which is the largest, and can only be more
        (some[1:], (), False),
        ((), some[1:], False),
        ((), (whole,), False),
    ):
        course = Course.of(*of, doubtful, unknown)
        assert course.largest == course.months[0]
        assert course.is_largest(course.months[0]) is is_so


def test_a_year_to_date_is_the_sum_of_its_months_and_nothing_is_said_of_those_to_come() -> None:
    course = _course(_at(2025, 1, 1), _at(2026, 3, 9, 5))
    assert course.of_year(2026) == [13.0, 14.0, 15.0, *[None] * 9]
    assert course.cumulative(2026)[:4] == [13.0, 27.0, 42.0, None]
    assert course.total(2026) == 42.0
    assert course.total(2025) == math.fsum(range(1, 13))
    assert course.total(2024) is None
    assert course.years == (2025, 2026)
    assert course.year_name(2026) == "2026 to date"


def test_twelve_months_are_twelve_whole_ones_or_there_is_a_gap() -> None:
    course = _course(_at(2024, 12, 31), _at(2026, 3, 9, 5))
    sums = course.running()
    assert sums[:12] == [None] * 12
    assert sums[12:] == [sum(range(2, 14)), sum(range(3, 15)), sum(range(4, 16)), None]
    assert course.last_twelve() == sum(range(4, 16))
    assert course.last_twelve(1) is None


def test_twelve_months_are_held_against_the_twelve_before_once_there_are_two_years() -> None:
    course = _course(_at(2024, 1, 1), _at(2026, 1, 1))
    assert (course.last_twelve(), course.last_twelve(1)) == (222.0, 78.0)
    assert course.last_twelve(2) is None
    assert _course(_at(2026, 1, 1), _at(2026, 1, 1, 5)).last_twelve() is None


def test_years_side_by_side_compare_months_that_are_over() -> None:
    course = _course(_at(2025, 1, 1), _at(2026, 3, 9, 5))
    table = months.side_by_side(course)
    assert list(table.columns) == ["month", "2026 to date", "2025", "change"]
    assert list(table["month"]) == [*(f"{date(2000, m, 1):%b}" for m in range(1, 13)), "Year"]
    assert list(table["2026 to date"])[:3] == [13.0, 14.0, 15.0]
    assert table["change"][0] == pytest.approx(12.0)
    assert table["change"][2:].isna().all()
    year = table.iloc[-1]
    assert (year["2026 to date"], year["2025"]) == (42.0, 78.0)


def test_a_whole_year_is_compared_with_the_whole_year_before() -> None:
    table = months.side_by_side(_course(_at(2024, 1, 1), _at(2026, 1, 1)))
    assert table.iloc[-1]["change"] == pytest.approx(222 / 78 - 1)


def test_months_that_are_known_of_no_year_have_no_row() -> None:
    table = months.side_by_side(_course(_at(2026, 8, 14), _at(2026, 11, 24)))
    assert list(table["month"]) == ["Sep", "Oct", "Nov"]
    assert "change" not in table


def test_a_key_has_its_months_and_years_and_they_add_up() -> None:
    course = _course(_at(2025, 12, 14), _at(2026, 2, 9))
    starts = [_at(2025, 12, 14), _at(2026, 1, 1), _at(2026, 1, 1), _at(2026, 2, 1)]
    timed = pd.DataFrame(
        {
            "period_start": pd.Series(starts, dtype="datetime64[us, UTC]"),
            "user_id": ["a", "b", "a", "b"],
            "label": ["Aiko", "Sam", "Aiko", "Sam"],
            "cost_usd": [1.0, 2.0, 3.0, 4.0],
        }
    )
    table = months.by_key(timed, "cost_usd", "user_id", course, UTC_ZONE)
    assert list(table.columns) == [
        *("user_id", "label", "measure", "2026 to date"),
        *("Feb 2026 to date", "Jan 2026", "Dec 2025 from 14 Dec"),
    ]
    assert table.to_dict("split")["data"] == [
        ["b", "Sam", "cost_usd", 6.0, 4.0, 2.0, 0.0],
        ["a", "Aiko", "cost_usd", 3.0, 0.0, 3.0, 1.0],
    ]


def test_both_tables_have_a_sum_of_the_same_years_and_months_that_are_not_known_have_none() -> None:
    """2024 is doubtful in April and 2025 not known in May; of 2023 and 2026 all is known."""
    window, as_of = Window(_at(2023, 1, 1), _at(2026, 3, 1)), _at(2026, 3, 1)
    unsure = (
        (Window(_at(2024, 4, 3), _at(2024, 4, 4)),),
        (Window(_at(2025, 5, 1), _at(2025, 6, 1)),),
    )
    rows = _rows(date(2023, 1, 1), date(2026, 3, 1)).assign(user_id="a", label="Aiko")
    rows = rows[rows["period_start"] != pd.Timestamp(_at(2025, 5, 1))]
    course = Course.of(rows, "cost_usd", window, as_of, UTC_ZONE, *unsure)
    by_year = months.side_by_side(course).iloc[-1]
    by_user = months.by_key(rows, "cost_usd", "user_id", course, UTC_ZONE).iloc[0]
    years = {"2023": 78.0, "2026 to date": 37.0 + 38.0}
    assert by_year.drop("month").dropna().to_dict() == years
    named = [name for name in by_user.index if name[:4].isdigit()]
    assert by_user[named].to_dict() == years
    assert by_user["Apr 2024, at least"] == 16.0
    assert not [name for name in by_user.index if name.startswith("May 2025")]
    assert month_words.not_shown(course, Curve.CUMULATIVE, 2026)[0].count("Left out") == 0


def test_in_the_first_hour_of_a_month_a_year_to_date_is_not_held_against_a_whole_one() -> None:
    table = months.side_by_side(_course(_at(2025, 1, 1), _at(2026, 3, 1)))
    assert list(table.columns) == ["month", "2026 to date", "2025", "change"]
    assert table["change"][1] == pytest.approx(14 / 2 - 1)
    assert math.isnan(table.iloc[-1]["change"])


def _unsure(doubtful: int, unknown: int) -> Course:
    """A year of months, the first ones doubtful and the next ones not known."""
    found = [
        Month(
            date(2025, n, 1), 1.0, lacking=n <= doubtful, unknown=doubtful < n <= doubtful + unknown
        )
        for n in range(1, 13)
    ]
    return Course((*found, Month(date(2026, 1, 1), 1.0, open=True)), date(2025, 1, 1))


@pytest.mark.parametrize(
    ("doubtful", "unknown", "said"),
    [
        (12, 0, "Of the last twelve, 12 are “at least”."),
        (0, 1, "Of the last twelve, 1 is not known."),
        (2, 3, "Of the last twelve, 2 are “at least” and 3 are not known."),
    ],
)
def test_why_there_are_no_twelve_months_is_said_as_it_is(doubtful, unknown, said) -> None:
    assert month_words.why_not_twelve(_unsure(doubtful, unknown)).endswith(said)


def test_twelve_months_that_have_not_passed_yet_are_not_there_yet() -> None:
    few = _course(_at(2026, 1, 1), _at(2026, 3, 9, 5))
    assert month_words.why_not_twelve(few).endswith("there are not as many yet.")
