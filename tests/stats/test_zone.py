"""Named zones as whole-hour offsets: cut at clock changes, whole days, no hour lost or doubled."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.errors import QuestionError
from stats.zone import Zone, data_version

HOUR = timedelta(hours=1)

ZONES = [
    "UTC",
    "America/Los_Angeles",
    "Europe/Berlin",
    "America/Havana",
    "Africa/Cairo",
    "Asia/Beirut",
    "America/Santiago",
    "Australia/Lord_Howe",
    "Asia/Kolkata",
    "Asia/Kathmandu",
    "Pacific/Chatham",
    "America/St_Johns",
    "Africa/Casablanca",
    "Pacific/Apia",
]


def test_a_window_across_a_clock_change_is_two_spans_with_two_offsets() -> None:
    zone = Zone("America/Los_Angeles")
    start, end = zone.midnight(date(2026, 10, 31)), zone.midnight(date(2026, 11, 3))
    spans = zone.spans(start, end)
    assert [(s.start, s.end, s.offset_hours) for s in spans] == [
        (datetime(2026, 10, 31, 7, tzinfo=UTC), datetime(2026, 11, 1, 9, tzinfo=UTC), -7),
        (datetime(2026, 11, 1, 9, tzinfo=UTC), datetime(2026, 11, 3, 8, tzinfo=UTC), -8),
    ]


def test_the_day_of_a_clock_change_has_25_hours() -> None:
    zone = Zone("America/Los_Angeles")
    length = zone.midnight(date(2026, 11, 2)) - zone.midnight(date(2026, 11, 1))
    assert length == 25 * HOUR


def test_where_clocks_change_at_midnight_the_day_begins_at_the_change() -> None:
    zone = Zone("America/Santiago")
    change = zone.midnight(date(2026, 9, 6))
    assert change == datetime(2026, 9, 6, 4, tzinfo=UTC)
    assert zone.midnight(date(2026, 9, 7)) - change == 23 * HOUR


def test_half_hour_zones_snap_to_the_hour_east_and_say_so() -> None:
    noon = datetime(2026, 6, 1, 12, tzinfo=UTC)
    assert Zone("Asia/Kolkata").offset_hours(noon) == 6
    assert Zone("America/St_Johns").offset_hours(noon) == -2
    assert Zone("Asia/Kathmandu").offset_hours(noon) == 6
    assert Zone("Asia/Kolkata").snapped(noon)
    assert not Zone("Europe/Berlin").snapped(noon)


@pytest.mark.parametrize("name", ["localtime", "posixrules", "Factory", "right/UTC"])
def test_what_is_another_zone_on_each_machine_is_none(name: str) -> None:
    with pytest.raises(QuestionError, match=f"There is no time zone “{name}”"):
        Zone(name)


def test_an_unknown_zone_is_a_question_error_that_says_what_to_write() -> None:
    with pytest.raises(QuestionError, match="America/Los_Angeles"):
        Zone("Mars/Olympus")


@given(
    name=st.sampled_from(ZONES),
    day=st.dates(date(2024, 1, 1), date(2027, 12, 1)),
    days=st.integers(1, 400),
)
def test_spans_cover_the_window_once_and_keep_their_offset(name: str, day: date, days: int) -> None:
    zone = Zone(name)
    start, end = zone.midnight(day), zone.midnight(day + timedelta(days=days))
    spans = zone.spans(start, end)
    assert spans[0].start == start
    assert spans[-1].end == end
    assert all(a.end == b.start for a, b in pairwise(spans))
    for span in spans:
        assert (span.start.minute, span.end.minute) == (0, 0)
        probe = span.start
        while probe < span.end:
            assert zone.offset_hours(probe) == span.offset_hours
            probe += 7 * HOUR


@given(
    name=st.sampled_from(ZONES),
    day=st.dates(date(2024, 1, 1), date(2027, 12, 1)),
    hour=st.integers(0, 23),
)
def test_every_hour_of_a_local_day_lies_in_that_day(name: str, day: date, hour: int) -> None:
    zone = Zone(name)
    start, end = zone.midnight(day), zone.midnight(day + timedelta(days=1))
    moment = start + hour * HOUR
    if moment < end:
        assert zone.day(moment) == day


def test_the_time_zone_data_in_force_has_a_version() -> None:
    assert re.fullmatch(r"20\d\d\S+ of the (system|package tzdata)", data_version())


def test_a_window_whose_last_hours_alone_are_off_the_full_hour_says_so() -> None:
    """On Lord Howe Island clocks go back by half an hour, at 15:00 UTC on 4 April 2026."""
    island = Zone("Australia/Lord_Howe")
    start, change = datetime(2026, 4, 1, tzinfo=UTC), datetime(2026, 4, 4, 15, tzinfo=UTC)
    assert not island.snapped_between(start, change)
    assert island.snapped_between(start, change + timedelta(hours=1))


@pytest.mark.parametrize("day", [date(1990, 1, 1), date(2199, 12, 31)])
def test_days_may_be_asked_about_from_1990_to_2199(day: date) -> None:
    assert Zone("UTC").midnight(day) == datetime(day.year, day.month, day.day, tzinfo=UTC)


@pytest.mark.parametrize("day", [date(1989, 12, 31), date(2200, 1, 1)])
def test_other_years_are_refused_with_those_that_there_are(day: date) -> None:
    with pytest.raises(QuestionError, match="Give a date from 1990 to 2199") as refused:
        Zone("UTC").midnight(day)
    assert f"{day} is not a date to ask about." in str(refused.value)


def test_the_edges_of_a_day_are_told_from_all_others_in_any_year() -> None:
    zone, start = Zone("UTC"), datetime(2026, 3, 2, tzinfo=UTC)
    assert zone.is_day(start, start + 24 * HOUR)
    assert not zone.is_day(start + HOUR, start + 25 * HOUR)
    assert not zone.is_day(start, start + 23 * HOUR)
    assert not zone.is_day(start, start + 48 * HOUR)
    for year in (1989, 2199, 2200):
        first = datetime(year, 1, 1, tzinfo=UTC)
        assert not zone.is_day(first, first + 24 * HOUR)
    last = datetime(2198, 12, 31, tzinfo=UTC)
    assert zone.is_day(last, last + 24 * HOUR)
    assert zone.day(datetime(2199, 12, 31, 23, tzinfo=UTC)) == date(2199, 12, 31)


def test_whole_days_are_those_between_two_instants_wherever_these_lie() -> None:
    zone, first = Zone("America/Los_Angeles"), datetime(2026, 10, 31, 7, tzinfo=UTC)
    edges = [first, first + 24 * HOUR, first + 49 * HOUR, first + 73 * HOUR]
    every = tuple(pairwise(edges))
    assert zone.days(first, edges[-1]) == every
    assert zone.days(first, edges[-1] + 5 * HOUR) == every
    assert zone.days(first, edges[-1] - HOUR) == every[:-1]
    assert zone.days(first + HOUR, edges[-1]) == every[1:]
    assert zone.days(first - HOUR, edges[-1]) == every
    assert zone.days(first + HOUR, first + 24 * HOUR) == ()
    assert zone.days(first, first) == ()


def test_an_hour_is_of_the_whole_hour_that_it_lies_in() -> None:
    """Clocks on Lord Howe Island go back by half an hour, from UTC+11 to UTC+10:30."""
    island, change = Zone("Australia/Lord_Howe"), datetime(2026, 4, 4, 15, tzinfo=UTC)
    assert [island.offset_hours(change + timedelta(minutes=n)) for n in (-1, 0, 59)] == [11, 11, 11]
    assert not island.snapped(change - timedelta(minutes=1))
    assert island.snapped(change)
    assert not island.snapped_between(change - 24 * HOUR, change)
    assert island.snapped_between(change, change + HOUR)


def test_clocks_that_change_amid_an_hour_change_with_the_next_one() -> None:
    """On Newfoundland they go forward at 05:30 UTC, from UTC-03:30 to UTC-02:30."""
    zone, hour = Zone("America/St_Johns"), datetime(2026, 3, 8, 5, tzinfo=UTC)
    minutes = (0, 29, 30, 59, 60)
    assert [zone.offset_hours(hour + timedelta(minutes=n)) for n in minutes] == [-3, -3, -3, -3, -2]


@pytest.mark.parametrize(
    ("name", "local", "instant"),
    [
        ("Europe/Berlin", "2026-03-29T01:00", "2026-03-29T00:00Z"),
        ("Europe/Berlin", "2026-03-29T02:00", "2026-03-29T01:00Z"),  # clocks show 03:00
        ("Europe/Berlin", "2026-03-29T03:00", "2026-03-29T01:00Z"),
        ("Europe/Berlin", "2026-10-25T02:00", "2026-10-25T00:00Z"),  # the first of two
        ("Europe/Berlin", "2026-10-25T03:00", "2026-10-25T02:00Z"),
        ("America/Los_Angeles", "2026-03-08T02:00", "2026-03-08T10:00Z"),  # clocks show 03:00
        ("America/Los_Angeles", "2026-03-08T03:00", "2026-03-08T10:00Z"),
        ("America/Los_Angeles", "2026-11-01T01:00", "2026-11-01T08:00Z"),  # the first of two
        ("America/Los_Angeles", "2026-11-01T03:00", "2026-11-01T11:00Z"),
    ],
)
def test_a_local_hour_is_the_first_at_which_clocks_show_it_or_would_have(
    name: str, local: str, instant: str
) -> None:
    assert Zone(name).instant(datetime.fromisoformat(local)) == datetime.fromisoformat(instant)


def test_a_date_that_was_skipped_is_no_day() -> None:
    """Samoa had no 30 December 2011: from UTC-10 it went to UTC+14 at 10:00 UTC."""
    zone = Zone("Pacific/Apia")
    edges = [datetime(2011, 12, day, 10, tzinfo=UTC) for day in (28, 29, 30, 31)]
    assert zone.days(edges[0], edges[-1]) == tuple(pairwise(edges))
    assert [zone.day(edge) for edge in edges] == [
        *(date(2011, 12, day) for day in (28, 29, 31)),
        date(2012, 1, 1),
    ]
    assert zone.midnight(date(2011, 12, 30)) == edges[2]
    assert zone.days_back(date(2012, 1, 1), 2) == date(2011, 12, 29)


def test_where_clocks_go_back_over_midnight_the_day_that_has_begun_goes_on() -> None:
    """Casey went back from UTC+11 to UTC+8 at 15:00 UTC: 5 March 2010 had 27 hours."""
    zone, start = Zone("Antarctica/Casey"), datetime(2010, 3, 4, 13, tzinfo=UTC)
    assert {zone.day(start + n * HOUR) for n in range(27)} == {date(2010, 3, 5)}
    assert [zone.day(start + n * HOUR) for n in (-1, 27)] == [date(2010, 3, 4), date(2010, 3, 6)]
    assert zone.days(start, start + 27 * HOUR) == ((start, start + 27 * HOUR),)


def test_a_window_within_one_offset_is_one_span_and_a_change_at_its_end_is_none_of_it() -> None:
    zone, change = Zone("America/Los_Angeles"), datetime(2026, 11, 1, 9, tzinfo=UTC)
    for start, end in ((change - 50 * HOUR, change), (change, change + 50 * HOUR)):
        (span,) = zone.spans(start, end)
        assert (span.start, span.end) == (start, end)
    before, after = zone.spans(change - HOUR, change + HOUR)
    assert (before.end, after.start) == (change, change)
    assert (before.offset_hours, after.offset_hours) == (-7, -8)
    assert zone.spans(change, change) == ()


def test_days_begin_at_their_midnight_alone_and_end_with_their_last_hour() -> None:
    zone, midnight = Zone("America/Los_Angeles"), datetime(2026, 11, 2, 8, tzinfo=UTC)
    assert [zone.begins_day(midnight + n * HOUR) for n in (-1, 0, 1)] == [False, True, False]
    assert zone.last_day(midnight) == date(2026, 11, 1)
    assert zone.last_day(midnight + HOUR) == date(2026, 11, 2)
    assert zone.days_back(date(2026, 11, 2), 0) == date(2026, 11, 2)
    assert zone.days_back(date(2026, 11, 2), 2) == date(2026, 10, 31)
