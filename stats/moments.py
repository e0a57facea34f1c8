"""Moments and stretches of time in words, in a zone's own time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from stats.model import Window
from stats.zone import HOUR, Zone

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MOST_STRETCHES = 4
_APART = (-2, -1, 1, 2)
"""How many hours an hour and itself may be apart: clocks go back by one, or by two (Troll)."""


def when(instant: datetime, zone: Zone) -> str:
    """A moment in local time: Mon 23 Nov 2026, 14:00."""
    local = zone.local(instant)
    return f"{WEEKDAYS[local.weekday()]} {date_of(local)}, {local:%H:%M}"


def minute(instant: datetime, zone: Zone) -> str:
    """A moment in local time: 2026-11-23 14:00. Of an hour that clocks show twice, which it is.

    Where a day begins, it is the first of two.
    """
    local = zone.local(instant)
    twice = any(zone.local(instant + hours * HOUR) == local for hours in _APART)
    which = twice and not zone.begins_day(instant)
    return f"{local:%Y-%m-%d %H:%M}" + (f" UTC{zone.offset_hours(instant):+03d}" if which else "")


def stamp(instant: datetime, zone: Zone) -> str:
    """A moment in local time as programs write it, with its zone: 2026-11-23 14:00 Asia/Tokyo."""
    return f"{minute(instant, zone)} {zone.name}"


def days(window: Window, zone: Zone) -> str:
    """A window in words, both ends included: 1–30 Nov 2026, or with hours where it has them."""
    start, last = zone.day(window.start), zone.last_day(window.end)
    whole = zone.begins_day(window.start), zone.begins_day(window.end)
    if all(whole):
        return _span_of_days(start, last)
    since = f"{zone.local(window.start):%H:%M}"
    until = "24:00" if whole[1] else f"{zone.local(window.end):%H:%M}"
    if last == start:
        return f"{date_of(start)}, {since}–{until}"
    first = date_of(start) if start.year != last.year else day_of(start)
    return f"{first}, {since} – {date_of(last)}, {until}"


def stretches(windows: Sequence[Window], zone: Zone) -> str:
    """Some windows in words, the first few of them where they are many."""
    told = ", ".join(days(window, zone) for window in windows[:_MOST_STRETCHES])
    more = len(windows) - _MOST_STRETCHES
    return told + (f" and {more:,} more" if more > 0 else "")


@dataclass(frozen=True)
class Days:
    """So many days in words (3 days and a part of 1 day); and whether that is one day."""

    words: str
    is_one: bool


def in_days(windows: Sequence[Window], zone: Zone) -> Days:
    """How many local days there are in some windows: whole ones, and such as they are only part of.

    There is one of either, at least.
    """
    whole = sum(len(zone.days(window.start, window.end)) for window in windows)
    edges = {edge for window in windows for edge in (window.start, window.end)}
    parts = len({zone.day(edge) for edge in edges if not zone.begins_day(edge)})
    said = [_many(whole)] if whole else []
    said += [f"{'a part' if parts == 1 else 'parts'} of {_many(parts)}"] if parts else []
    return Days(" and ".join(said), whole + parts == 1)


def _many(days: int) -> str:
    return "1 day" if days == 1 else f"{days:,} days"


def date_of(local: date) -> str:
    """A local day: 23 Nov 2026."""
    return f"{day_of(local)} {local.year}"


def day_of(local: date) -> str:
    """A local day of a year that goes without saying: 23 Nov."""
    return f"{local.day} {MONTHS[local.month - 1]}"


def _span_of_days(first: date, last: date) -> str:
    if first >= last:
        return date_of(first)
    if first.year != last.year:
        return f"{date_of(first)} – {date_of(last)}"
    if first.month != last.month:
        return f"{day_of(first)} – {date_of(last)}"
    return f"{first.day}–{date_of(last)}"
