"""What is said of queues (or fleets) that were deleted since: what counts, and what lacks."""

from __future__ import annotations

from collections.abc import Sequence

from stats import moments
from stats.knowledge import on_end
from stats.model import Dimension, Window
from stats.remark import Remark, RemarkKind, money, on_days
from stats.zone import Zone

_MOST_NAMED = 8


def counted(kind: Dimension, names: Sequence[str], *, every_day: bool, sure: bool = True) -> Remark:
    """Queues (or fleets) that the farm lists no more; they count on `every_day`, or on some.

    `sure` is that they have usage there.
    """
    if every_day:
        counts = "Counts" if sure else "May count"
        text = f"{counts} {kind.words}s that were deleted since: {_listed(names)}."
    else:
        text = (
            f"Of {kind.words}s that were deleted since, only the days that history tells count "
            f"here, and those are not all of this window: {_listed(names)}."
        )
    return Remark(RemarkKind.DELETED, text)


def lately(kind: Dimension, names: Sequence[str]) -> Remark:
    """Queues (or fleets) that there still were shortly before, and that nothing tells here."""
    deleted = f"{kind.words}s that were deleted about when this window begins"
    text = f"If {deleted} had usage in it, that is not in this: the service tells it no more."
    return Remark(RemarkKind.LEFT_OUT, f"{text} {_listed(names)}.")


def asked_without(
    kind: Dimension, names: Sequence[str], days: Sequence[Window], zone: Zone
) -> Remark:
    """Settled days that were asked for after something was deleted that was used later."""
    which = moments.stretches(on_end(days), zone)
    before = "that was" if len(days) == 1 else "those were"
    return Remark(
        RemarkKind.LEFT_OUT,
        f"{on_days(len(days))} ({which}) usage of {kind.words}s that were deleted before {before} "
        f"asked for is not in this, if there was any: {_listed(names)}.",
    )


def not_listed(kind: Dimension, names: Sequence[str], days: Sequence[Window], zone: Zone) -> Remark:
    """Days that were asked for by who was not listed all that there was."""
    which = moments.stretches(on_end(days), zone)
    return Remark(
        RemarkKind.LEFT_OUT,
        f"{on_days(len(days))} ({which}) history has nothing of {kind.words}s that were there and "
        f"not listed when it was asked for, and the service may tell it no more: {_listed(names)}.",
    )


def set_off(kind: Dimension, days: Sequence[Window], zone: Zone) -> Remark:
    """Days of which more was told later, that may have been in the total before."""
    which = moments.stretches(on_end(days), zone)
    return Remark(
        RemarkKind.LEFT_OUT,
        f"{on_days(len(days))} ({which}) what was told late may be usage that the total had "
        f"before, of {kind.words}s that were deleted or that the service had forgotten: it counts "
        "once, and there may be more.",
    )


def elsewhere(cost_usd: float, days: int, counted: Dimension, more: Dimension) -> Remark:
    """What fleets report more than queues (or the other way), where the latter are counted."""
    return Remark(
        RemarkKind.LEFT_OUT,
        f"{on_days(days)} {more.words}s report {money(cost_usd)} more than {counted.words}s. "
        f"It is not in these figures. Of {counted.words}s that are deleted before a day is "
        f"asked for, only {more.words}s tell the work.",
    )


def untold(kind: Dimension) -> Remark:
    """Of days that history lacks, where all that is asked about was deleted since."""
    return Remark(
        RemarkKind.NOTHING,
        "Nothing is known of these days: history does not tell them, and the service can’t be "
        f"asked about {kind.words}s that were deleted. They are no zeros.",
    )


def _listed(names: Sequence[str]) -> str:
    """The first few names, and how many more."""
    more = len(names) - _MOST_NAMED
    return ", ".join(sorted(names)[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
