"""Figures of years: what is not known is a gap, and what is not over looks like it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from stats.zone import Zone
from ui import month_words, years
from ui.months import Course, Month
from ui.theme import palette
from ui.view import Curve

UTC_ZONE = Zone("UTC")


def _course(first: date, count: int, *, is_open: bool = True, late: bool = False) -> Course:
    at, found = first, []
    for n in range(count):
        last = n == count - 1
        found.append(Month(at, 3600.0 * (n + 1), late and n == 0, is_open and last))
        at = date(at.year + at.month // 12, at.month % 12 + 1, 1)
    return Course(tuple(found), first)


def test_a_bar_is_a_month_of_a_year_and_one_to_date_is_hatched() -> None:
    chart = years.side_by_side(_course(date(2025, 1, 1), 15), "cost_usd", dark=False)
    last_year, this_year = chart.data
    assert (last_year.name, this_year.name) == ("2025", "2026")
    assert this_year.marker.color == palette(dark=False).categorical[0]
    assert list(this_year.y)[:4] == [13 * 3600.0, 14 * 3600.0, 15 * 3600.0, None]
    assert list(this_year.marker.pattern.shape)[:4] == ["", "", "/", ""]
    assert set(last_year.marker.pattern.shape) == {""}
    assert this_year.customdata[2][1:] == ["Mar 2026 to date", "&#36;54,000.00"]


@pytest.mark.parametrize(
    ("since", "shapes", "hollow", "words"),
    [
        (
            datetime(2026, 2, 27, tzinfo=UTC),
            ["", "/", "/"],
            2,
            "Feb 2026 (some days are preliminary), Mar 2026 to date",
        ),
        (datetime(2026, 3, 1, tzinfo=UTC), ["", "", "/"], 1, "Mar 2026 to date"),
    ],
)
def test_a_month_that_is_over_and_has_preliminary_days_is_drawn_as_one_that_may_change(
    since: datetime, shapes: list[str], hollow: int, words: str
) -> None:
    course = _course(date(2025, 1, 1), 15).preliminary(since, UTC_ZONE)
    bars = years.side_by_side(course, "cost_usd", dark=False).data
    now = bars[-1]
    assert list(now.marker.pattern.shape)[:3] == shapes
    names = [told[1] for told in now.customdata[:3]]
    assert names == [
        "Jan 2026",
        "Feb 2026, preliminary" if hollow == 2 else "Feb 2026",
        "Mar 2026 to date",
    ]
    *_, before, line = years.cumulative(course, "cost_usd", dark=False).data
    assert [y is None for y in before.y[:3]] == [bool(one) for one in shapes]
    assert (list(line.x), list(line.marker.size)) == (
        [2 - hollow, *range(3 - hollow, 3)],
        [0, *[8] * hollow],
    )
    (said,) = month_words.not_shown(course, Curve.MONTHLY, 2026)
    assert said == f"Hatched: {words}."


def test_hours_are_drawn_as_hours() -> None:
    chart = years.side_by_side(_course(date(2026, 1, 1), 2), "runtime_seconds", dark=True)
    assert list(chart.data[0].y)[:3] == [1.0, 2.0, None]


def test_a_year_whose_first_months_are_not_known_has_no_line() -> None:
    course = _course(date(2025, 3, 1), 12, late=True)
    chart = years.cumulative(course, "cost_usd", dark=False)
    assert {trace.name for trace in chart.data} == {"2026"}


def test_the_way_to_a_month_to_date_is_dotted() -> None:
    chart = years.cumulative(_course(date(2026, 1, 1), 3), "cost_usd", dark=False)
    over, to_date = chart.data
    assert list(over.y)[:4] == [3600.0, 10_800.0, None, None]
    assert (list(to_date.x), list(to_date.y)) == ([1, 2], [10_800.0, 21_600.0])
    assert to_date.line.dash == "dot"
    assert over.customdata[1][1] == "Jan–Feb 2026"


def test_in_january_the_way_is_a_point() -> None:
    chart = years.cumulative(_course(date(2026, 1, 1), 1), "cost_usd", dark=False)
    assert list(chart.data[1].y) == [3600.0]


def test_twelve_months_begin_where_they_are_known_and_end_with_the_last_whole_month() -> None:
    chart = years.running(_course(date(2025, 1, 1), 15), "cost_usd", UTC_ZONE, dark=False)
    (line,) = chart.data
    assert list(line.y) == [3600.0 * sum(range(n, n + 12)) for n in (1, 2, 3)] + [None]
    assert line.connectgaps is False
    assert chart.layout.xaxis.ticktext[0] == "Dec<br>2025"
    assert line.customdata[0][1] == "Twelve months to Dec 2025"


@pytest.mark.parametrize("draw", [years.side_by_side, years.cumulative])
def test_no_more_years_are_drawn_than_can_be_told_apart(draw) -> None:
    chart = draw(_course(date(2015, 1, 1), 12 * 11, is_open=False), "cost_usd", dark=False)
    assert [trace.name for trace in chart.data] == [str(year) for year in range(2020, 2026)]
    colours = [trace.marker.color or trace.line.color for trace in chart.data]
    assert len(set(colours)) == years.MOST_YEARS


def _partly_known() -> Course:
    """Two years: of this one February is doubtful; of last year March is not known."""
    course = _course(date(2025, 1, 1), 24, is_open=False)
    known = [
        replace(
            month,
            lacking=month.first == date(2026, 2, 1),
            unknown=month.first == date(2025, 3, 1),
        )
        for month in course.months
    ]
    return Course(tuple(known), course.begins)


@pytest.mark.parametrize("dark", [False, True])
def test_known_at_least_and_not_known_are_told_apart_by_more_than_a_shade_and_so_are_years(
    dark,
) -> None:
    chart = years.side_by_side(_partly_known(), "cost_usd", dark=dark)
    last_year, sign, this_year, at_least, band, not_known = chart.data
    blue, mode = palette(dark).categorical[0], palette(dark)
    assert list(this_year.marker.color)[:3] == [blue, mode.others, blue]
    assert list(this_year.marker.pattern.shape)[:3] == ["", "-", ""]
    assert (this_year.marker.line.color, list(this_year.marker.line.width)[:3]) == (blue, [0, 2, 0])
    assert this_year.customdata[1][2].startswith("at least ")
    assert (list(band.x), list(band.y), band.offsetgroup) == (
        [2],
        [pytest.approx(24 * 3600.0 * 1.08)],
        "2025",
    )
    assert last_year.y[2] is None
    assert last_year.offsetgroup == "2025"
    assert "Mar 2025" in band.customdata[0][1]
    assert "not known" in band.hovertemplate
    signs = [
        (sign.name, sign.marker.color, sign.marker.pattern.shape) for sign in (at_least, not_known)
    ]
    assert signs == [("at least", mode.others, "-"), ("not known", mode.grid, None)]
    assert band.marker.color == mode.grid
    assert not band.showlegend
    assert (sign.name, sign.marker.color, this_year.showlegend) == ("2026", blue, False)


def test_where_all_is_known_no_sign_says_otherwise() -> None:
    chart = years.side_by_side(_course(date(2025, 1, 1), 24), "cost_usd", dark=False)
    assert [trace.name for trace in chart.data] == ["2025", "2026"]
