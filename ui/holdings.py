"""What history holds, in words and as a table. Pure: no Streamlit, no Plotly."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta

import pandas as pd

from stats.coverage import Calendar, Day, Gap, Held, State
from stats.dayfile import Shelf
from stats.model import Dimension, Window
from stats.zone import Zone
from ui import text
from ui.format import days as days_in_words

STATES = {
    State.COMPLETE: "Complete",
    State.PARTLY: "In part",
    State.MISSING: "Missing",
    State.DOUBTFUL: "At least",
    State.UNKNOWN: "Not known",
    State.PRELIMINARY: "Preliminary",
    State.BEFORE: "Before history",
}
"""What a day is called, by how much of it is in history."""

_MOST_NAMED = 3


def size(number: float) -> str:
    """Bytes for reading: 312 bytes, 4.1 MB, 1.3 GB."""
    for unit, name in ((1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if number >= unit * 0.9995:
            scaled = number / unit
            return f"{scaled:,.{1 if scaled < 99.95 else 0}f}".removesuffix(".0") + f" {name}"
    return f"{number:.0f} bytes"


def cut_name(shelf: Shelf) -> str:
    """What a cut is broken down by: user × usage type."""
    by = " × ".join(text.WORDS[dimension].singular for dimension in shelf.by)
    return f"{by}, by the hour" if shelf.hourly else by


def day_in_words(day: Day, over: Calendar) -> str:
    """What there is of a day, and what is not."""
    whole = f"{len(over.wanted)} cuts"
    if day.state is State.COMPLETE:
        return f"All {whole} are in history."
    there = f"{len(over.wanted) - len(day.lacking)} of {whole} are in history."
    if day.state is State.PARTLY:
        return f"{there} Missing: {_named(day.lacking)}."
    said = {
        State.MISSING: "Nothing is in history: the service is asked each time.",
        State.DOUBTFUL: "First asked for so late that the service may have forgotten some of its "
        "usage: it was at least what is in history.",
        State.UNKNOWN: "Nothing is known: the service reported no usage, but it may have forgotten "
        "it, or the farm was not in use yet; or what was kept of it can’t be read any more.",
        State.PRELIMINARY: "Not settled yet: the service is asked each time.",
        State.BEFORE: "Before the first day of history: the service is asked each time.",
    }[day.state]
    return f"{said} {there}" if day.state is State.DOUBTFUL and day.lacking else said


def gap_in_words(gap: Gap, over: Calendar, zone: Zone) -> str:
    """Which days they are, and what is missing of them."""
    when = span(gap.first, gap.last, zone)
    if gap.state is State.MISSING:
        return f"{when}: nothing"
    there = f"{gap.fewest}" if gap.fewest == gap.most else f"{gap.fewest} to {gap.most}"
    return f"{when}: {there} of {len(over.wanted)} cuts"


def span(first: date, last: date, zone: Zone) -> str:
    """Days in words, both included."""
    window = Window(zone.midnight(first), zone.midnight(last + timedelta(days=1)))
    return days_in_words(window, zone)


def elsewhere_in_words(windows: Sequence[Window], zone: Zone) -> str:
    """What there is to say of days that are not this zone's."""
    starts = sorted({f"{window.start:%H:%M}" for window in windows})
    at = " and ".join(starts) if len(starts) <= _MOST_NAMED else "other hours"
    number = counted(len(windows), "day")
    return (
        f"History also has {number} of another time zone, beginning at {at} UTC. In {zone.name} "
        "days begin at other moments, so what was kept of those is not used here."
    )


def counted(number: int, what: str) -> str:
    """A number of things: 1 day, 1,234 days."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"


def summed_up(days: Iterable[Day]) -> str:
    """How many days there are of each kind, for those who do not see the calendar."""
    states = [day.state for day in days]
    said = [f"{states.count(s)} {name.lower()}" for s, name in STATES.items() if s in states]
    return ", ".join(said) or "no days yet"


def table(held: Sequence[Held]) -> pd.DataFrame:
    """One row a cut, the most incomplete first."""
    rows = [
        {
            "Cut": cut_name(one.shelf),
            "Counted by": _plural(one.shelf.resource),
            "Days": one.days,
            "First": one.first,
            "Last": one.last,
            "Gaps": one.lacking,
            "Files": one.files,
            "MB": one.size / 1e6,
        }
        for one in sorted(held, key=lambda one: -one.lacking)
    ]
    return pd.DataFrame(rows)


def short_moment(moment: datetime, zone: Zone) -> str:
    """A moment for a tile: 24 Nov, 05:17."""
    local = zone.local(moment)
    return f"{local.day} {local:%b}, {local:%H:%M}"


def _plural(resource: Dimension) -> str:
    return text.WORDS[resource].plural


def _named(lacking: Sequence[Shelf]) -> str:
    """The first few cuts, and how many more."""
    named = [f"{cut_name(one)} by {_plural(one.resource)}" for one in lacking[:_MOST_NAMED]]
    more = len(lacking) - len(named)
    return ", ".join(named) + (f" and {more} more" if more else "")
