"""Windows are the calendar's days in every zone, however and whenever its clocks change."""

from __future__ import annotations

from bisect import bisect
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from zoneinfo import ZoneInfo, available_timezones

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.errors import QuestionError
from stats.model import Period, Window
from stats.zone import HOUR, Zone
from ui import presets
from ui import view as views
from ui.format import days as in_words
from ui.presets import Preset
from ui.timeline import Timeline
from ui.view import View

A_DAY = timedelta(days=1)
NAMES = sorted(available_timezones() - {"Factory", "localtime"})
MOVING = [preset for preset in Preset if preset is not Preset.DATES]


@cache
def changes(name: str) -> list[datetime]:
    """The whole hours before which a zone's clocks changed, 2009 to 2037; there is one at least."""
    info, found = ZoneInfo(name), []
    first = datetime(2009, 1, 1, tzinfo=UTC)
    weeks = [first + n * 7 * A_DAY for n in range(29 * 52)]
    offsets = [week.astimezone(info).utcoffset() for week in weeks]
    for one, (old, new) in zip(weeks, pairwise(offsets), strict=False):
        if old != new:
            hours = [one + n * HOUR for n in range(1, 7 * 24 + 1)]
            first = bisect(hours, False, key=lambda h: h.astimezone(info).utcoffset() != old)
            found.append(hours[first])
    return found or [datetime(2026, 3, 1, tzinfo=UTC)]


@st.composite
def moments(draw: st.DrawFn) -> tuple[Zone, datetime]:
    """A zone, and a moment within days of a change of its clocks."""
    name = draw(st.sampled_from(NAMES))
    at = draw(st.sampled_from(changes(name)))
    days = draw(st.integers(-2, 9) | st.sampled_from([13, 14, 29, 30, 31, 90, 365]))
    minutes = draw(st.integers(-26 * 60, 26 * 60))
    return Zone(name), at + days * A_DAY + timedelta(minutes=minutes)


def dates_of(window: Window, zone: Zone) -> list[date]:
    """The local dates of a window, each once: of its last hour, and of every sixth."""
    hours = int((window.end - window.start) / HOUR)
    every = (*range(0, hours, 6), hours - 1)
    return list(dict.fromkeys(zone.day(window.start + n * HOUR) for n in every))


@settings(max_examples=400, deadline=None)
@given(moments(), st.sampled_from([p for p in MOVING if p is not Preset.ALL]))
def test_the_window_before_has_as_many_days_and_ends_where_this_begins(at, preset) -> None:
    zone, now = at
    view = View(preset=preset)
    window, before = views.window(view, now, zone), views.window_before(view, now, zone)
    passed = min(window.end, now.replace(minute=0, second=0, microsecond=0))
    if passed <= window.start:
        assert before is None
        return
    assert before is not None
    assert zone.begins_day(before.start)
    assert before.end <= window.start
    if preset in presets.MONTHS or preset is Preset.THIS_WEEK:
        return
    this = dates_of(Window(window.start, passed), zone)
    assert len(dates_of(before, zone)) == len(this)
    whole = zone.days(before.start, window.start)
    assert len(whole) == len(dates_of(window, zone))
    if passed == window.end:
        assert before.end == window.start


@settings(max_examples=400, deadline=None)
@given(moments(), st.sampled_from(MOVING))
def test_windows_are_whole_local_days_up_to_the_moment(at, preset) -> None:
    zone, now = at
    window = views.window(View(preset=preset), now, zone)
    assert zone.begins_day(window.start)
    assert zone.begins_day(window.end)
    first, last = presets.days(preset, zone.day(now))
    dates = dates_of(window, zone)
    assert (zone.day(window.start), zone.last_day(window.end)) == (dates[0], dates[-1])
    assert dates[-1] == last or Zone.midnight(zone, last) == Zone.midnight(zone, last + A_DAY)
    assert dates[0] in (first, first + A_DAY)
    if preset is Preset.TODAY:
        assert window.start <= now < window.end


@settings(max_examples=300, deadline=None)
@given(moments())
def test_days_on_end_neither_overlap_nor_leave_a_gap(at) -> None:
    zone, now = at
    today = zone.day(now)
    edges = [zone.midnight(today + n * A_DAY) for n in range(-3, 4)]
    assert edges == sorted(edges)
    days = zone.days(edges[0], edges[-1])
    assert [days[0][0], *(end for _, end in days)] == list(dict.fromkeys(edges))
    for start, end in days:
        assert zone.is_day(start, end)
        assert {zone.day(start + n * HOUR) for n in range(int((end - start) / HOUR))} == {
            zone.day(start)
        }
        local = zone.day(start)
        assert in_words(Window(start, end), zone) == f"{local.day} {local:%b %Y}"
    window = Window(days[0][0], days[-1][1])
    bars = Timeline.of(window, Period.DAILY, zone)
    assert list(bars.starts) == [start for start, _ in days]


def test_today_in_santiago_on_the_day_that_begins_at_one_is_compared_with_yesterday() -> None:
    zone, view = Zone("America/Santiago"), View(preset=Preset.TODAY)
    now = datetime(2026, 9, 6, 18, 20, tzinfo=UTC)  # 15:20
    window, before = views.window(view, now, zone), views.window_before(view, now, zone)
    assert (window.start, window.end) == (_utc(9, 6, 4), _utc(9, 7, 3))
    assert before == Window(_utc(9, 5, 4), _utc(9, 5, 18))
    soon = _utc(9, 7, 4, 20)  # 01:20 on the next day
    assert views.window_before(view, soon, zone) == Window(_utc(9, 6, 4), _utc(9, 6, 5))


def test_seven_days_from_the_day_that_begins_at_one_are_compared_with_seven() -> None:
    zone = Zone("America/Santiago")
    view = View(preset=Preset.DATES, first=date(2026, 9, 6), last=date(2026, 9, 12))
    now = datetime(2026, 10, 1, tzinfo=UTC)
    assert views.window_before(view, now, zone) == Window(_utc(8, 30, 4), _utc(9, 6, 4))


def test_a_day_that_begins_at_one_is_a_date_and_its_bars_have_their_marks() -> None:
    zone = Zone("America/Santiago")
    sunday = Window(_utc(9, 6, 4), _utc(9, 7, 3))
    assert in_words(sunday, zone) == "6 Sep 2026"
    assert in_words(Window(_utc(9, 5, 4), sunday.start), zone) == "5 Sep 2026"
    assert in_words(Window(_utc(9, 5, 10), sunday.start), zone) == "5 Sep 2026, 06:00–24:00"
    assert in_words(Window(sunday.start, _utc(9, 6, 9)), zone) == "6 Sep 2026, 01:00–06:00"
    hours = Timeline.of(Window(_utc(9, 4, 4), _utc(9, 9, 3)), Period.HOURLY, zone).ticks()
    assert hours[1] == ["4 Sep<br>2026", "5 Sep", "6 Sep", "7 Sep", "8 Sep"]


def test_a_date_that_a_zone_went_past_is_no_day_and_no_window() -> None:
    zone, skipped = Zone("Pacific/Apia"), date(2011, 12, 30)
    assert zone.midnight(skipped) == zone.midnight(date(2011, 12, 31))
    assert len(zone.days(zone.midnight(date(2011, 12, 28)), zone.midnight(date(2012, 1, 2)))) == 4
    now = datetime(2011, 12, 31, 0, 0, tzinfo=UTC)  # 14:00 on the 31st
    before = views.window_before(View(preset=Preset.TODAY), now, zone)
    assert before == Window(zone.midnight(date(2011, 12, 29)), now - 24 * HOUR)
    view = View(preset=Preset.DATES, first=skipped, last=skipped)
    with pytest.raises(QuestionError, match="no 2011-12-30 in Pacific/Apia"):
        views.window(view, now, zone)


def test_so_many_days_back_are_whole_days_on_both_sides_of_a_clock_change() -> None:
    zone = Zone("America/Los_Angeles")
    assert zone.days_back(date(2026, 11, 20), 35) == date(2026, 10, 16)
    edges = zone.midnight(date(2026, 10, 16)), zone.midnight(date(2026, 11, 20))
    assert len(zone.days(*edges)) == 35


def _utc(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize("name", ["Asia/Tehran", "America/Havana", "Antarctica/Casey"])
def test_every_hour_around_every_change_lies_in_the_day_that_it_is_within(name: str) -> None:
    zone = Zone(name)
    for change in changes(name):
        first = zone.day(change) - 2 * A_DAY
        for day in (first + n * A_DAY for n in range(5)):
            at, end = zone.midnight(day), zone.midnight(day + A_DAY)
            hours = [at + n * HOUR for n in range(int((end - at) / HOUR))]
            assert {zone.day(hour) for hour in hours} == {day}
            assert all(zone.instant(zone.local(hour)) <= hour for hour in hours)


def test_a_day_that_the_calendar_went_past_is_none_of_those_that_have_passed() -> None:
    """Fakaofo had no 30 December 2011: at the last midnight of these days five had passed."""
    zone, now = Zone("Pacific/Fakaofo"), datetime(2011, 12, 30, 11, tzinfo=UTC)
    before = views.window_before(View(preset=Preset.DAYS_7), now, zone)
    assert before is not None
    assert dates_of(before, zone) == [date(2011, 12, day) for day in range(19, 24)]
