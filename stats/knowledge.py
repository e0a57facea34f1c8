"""What is known of a day: all of it, at least what is there, or nothing. Pure.

The service is sure to remember usage for a while only. What was first asked for later may have
been more, and where there is none then, it may have been forgotten: that is never a zero.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from stats.model import Window


class Knowledge(StrEnum):
    """What is known of a settled day's usage."""

    KNOWN = "known"
    DOUBTFUL = "doubtful"
    NOT_KNOWN = "not known"


@dataclass(frozen=True)
class Seen:
    """A day as it was asked for first; with whether there was usage then, or has come since.

    It is `partial` where some of what is asked about was not asked for: it is deleted since. Its
    money was reported with that `scale_factor`; None where it is not one, or not known.
    """

    first_asked_at: datetime
    has_usage: bool
    partial: bool = False
    scale_factor: float | None = None


@dataclass(frozen=True)
class Rule:
    """How long after its end a day is surely remembered by the service; None: for ever."""

    remembered: timedelta | None

    def is_in_time(self, day: Window, at: datetime) -> bool:
        """Whether the service was sure to know a day when it was asked."""
        return self.remembered is None or at <= day.end + self.remembered

    def of(self, day: Window, seen: Seen, first_used: datetime | None) -> Knowledge:
        """What is known of a settled day, where the farm's first day with usage begins then.

        None: no usage is known of at all. What comes to be known later never makes less known.
        """
        if seen.partial or not self.is_in_time(day, seen.first_asked_at):
            return Knowledge.DOUBTFUL if seen.has_usage else Knowledge.NOT_KNOWN
        before = first_used is None or day.end <= first_used
        return Knowledge.NOT_KNOWN if before and not seen.has_usage else Knowledge.KNOWN


@dataclass(frozen=True)
class Gaps:
    """Stretches of days, in order, that are not known as a whole.

    Of `short` ones history has more by another cut than their total.
    """

    doubtful: tuple[Window, ...] = ()
    unknown: tuple[Window, ...] = ()
    short: tuple[Window, ...] = ()

    def within(self, window: Window) -> Gaps:
        """What of them is within a window."""
        every = (self.doubtful, self.unknown, self.short)
        return Gaps(*(clipped(stretches, window) for stretches in every))

    def and_of(self, others: Gaps) -> Gaps:
        """These and those of other days, put together."""
        return Gaps(
            on_end(sorted((*self.doubtful, *others.doubtful), key=_start)),
            on_end(sorted((*self.unknown, *others.unknown), key=_start)),
            on_end(sorted((*self.short, *others.short), key=_start)),
        )


def with_short(found: Gaps, told: Collection[Window], short: Collection[Window]) -> Gaps:
    """Gaps and `short` days, of which those that history `told` are at least what they are."""
    inside = [day for day in told if not clipped((*found.doubtful, *found.unknown), day)]
    doubtful = gaps(dict.fromkeys(inside, Knowledge.DOUBTFUL))
    return replace(found.and_of(doubtful), short=on_end(sorted(short, key=_start)))


def with_rows(found: Gaps, days: Iterable[Window]) -> Gaps:
    """The same where rows are told of some days, though their total may be of nothing.

    Such a day is no gap: there was at least what they hold.
    """
    unknown = found.unknown
    for day in days:
        unknown = tuple(part for one in unknown for part in _beside(one, day))
    return replace(found, unknown=unknown)


def at_least(
    known: Mapping[Window, Knowledge], days: Collection[Window]
) -> Mapping[Window, Knowledge]:
    """The same where some days are known to hold too little: no more than doubtful."""
    some = {day: Knowledge.DOUBTFUL for day in days if known.get(day) is Knowledge.KNOWN}
    return {**known, **some} if some else known


def gaps(known: Mapping[Window, Knowledge]) -> Gaps:
    """The stretches of days, whose order is any, that are doubtful, and that are not known."""
    days = sorted(known, key=_start)
    return Gaps(
        on_end(day for day in days if known[day] is Knowledge.DOUBTFUL),
        on_end(day for day in days if known[day] is Knowledge.NOT_KNOWN),
    )


def on_end(days: Iterable[Window]) -> tuple[Window, ...]:
    """Days, which are in order, as stretches on end: hours of days of two zones are there once."""
    found: list[Window] = []
    for day in days:
        if found and found[-1].end >= day.start:
            found[-1] = Window(found[-1].start, max(found[-1].end, day.end))
        else:
            found.append(day)
    return tuple(found)


def _beside(stretch: Window, day: Window) -> Iterator[Window]:
    """What of a stretch is before a day, and after it."""
    for start, end in ((stretch.start, min(stretch.end, day.start)), (day.end, stretch.end)):
        if max(start, stretch.start) < end:
            yield Window(max(start, stretch.start), end)


def _start(day: Window) -> datetime:
    return day.start


def clipped(stretches: Iterable[Window], window: Window) -> tuple[Window, ...]:
    """What of some stretches is within a window."""
    return tuple(
        Window(max(one.start, window.start), min(one.end, window.end))
        for one in stretches
        if one.start < window.end and window.start < one.end
    )
