"""Settled days that stay as they were, since what is told of them can't be put together.

One is more in cost and fewer in records than the other; or two cuts of history agree in all and
contradict each other by usage type. Whatever was made of both would be a number that nobody told.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from functools import partial

import pandas as pd

from stats import agreement, rounding
from stats.amounts import usd
from stats.dayfile import Shelf
from stats.errors import FarmCostsError, HistoryError, Undecided
from stats.model import Dimension, FarmId, Window
from stats.zone import Zone


class Why(Enum):
    """What can't be put together."""

    TOLD = "told"
    """What is told now, and what history has."""
    SPLIT = "split"
    """Cuts of history and its total, which agree in all."""
    APART = "apart"
    """Cuts of history and its total, each of which lacks something of the other."""
    ABOVE = "above"
    """Cuts of history that hold more than its total, and tell no usage types to make it of."""
    ELSEWHERE = "elsewhere"
    """The day and one of another zone that touches it, of which less is told than history has."""


@dataclass(frozen=True)
class Conflict:
    """A day by queues (or fleets) that stays as it was, and what was told now beside it.

    `ids` are those of which less would have to be taken, or all where they are not told apart.
    `within` history these are the cuts that its total does not go with.
    """

    resource: Dimension
    day: Window
    ids: frozenset[str] = frozenset()
    more_usd: float = 0.0
    less_usd: float = 0.0
    less_count: int = 0
    within: tuple[Shelf, ...] = ()
    why: Why = Why.TOLD

    @classmethod
    def of(
        cls,
        resource: Dimension,
        day: Window,
        ids: Iterable[str],
        then: pd.DataFrame,
        now: pd.DataFrame,
    ) -> Conflict:
        """That of the day's total by usage type, as it was kept, and as it is told."""
        columns = ["cost_usd_sum", "count"]
        before, after = (rows.groupby("usage_type")[columns].sum() for rows in (then, now))
        more = after.sub(before, fill_value=0)
        cost, fewer = more["cost_usd_sum"], -more["count"].clip(upper=0).sum()
        usd = float(cost.clip(lower=0).sum()), float(-cost.clip(upper=0).sum())
        return cls(resource, day, frozenset(ids), *usd, int(fewer))


def contradicting(rows: Mapping[Shelf, pd.DataFrame], total: Shelf) -> tuple[Shelf, ...]:
    """The cuts of a day that agree with its total in all, and hold more of some usage type."""
    return tuple(
        shelf
        for shelf, some in rows.items()
        if shelf != total
        and not shelf.hourly
        and Dimension.USAGE_TYPE in shelf.by
        and is_split(some, rows[total])
    )


def is_split(rows: pd.DataFrame, total: pd.DataFrame) -> bool:
    """Whether rows of a day agree with its total in all, and hold more of some usage type."""
    (cost, of_total), many = (float(s["cost_usd_sum"].sum()) for s in (rows, total)), len(rows)
    differs = agreement.is_more(cost, many, of_total) or agreement.is_more(of_total, many, cost)
    return not differs and agreement.excess(rows, total) is not None


def errors(farm_id: FarmId, found: Iterable[Conflict], zone: Zone) -> list[FarmCostsError]:
    """What is to be said of a farm's, and what to do; by queues, and by fleets."""
    every = list(found)
    said: dict[Why, Callable[[Dimension, list[Conflict], Zone], FarmCostsError]] = {
        Why.TOLD: partial(_beside, farm_id),
        Why.SPLIT: partial(_within, _SPLIT),
        Why.APART: partial(_within, _APART),
        Why.ABOVE: _above,
        Why.ELSEWHERE: _elsewhere,
    }
    return [
        say(resource, some, zone)
        for resource in (Dimension.QUEUE, Dimension.FLEET)
        for why, say in said.items()
        if (some := [one for one in every if (one.resource, one.why) == (resource, why)])
    ]


def _beside(farm_id: FarmId, kind: Dimension, found: list[Conflict], zone: Zone) -> Undecided:
    more, less = sum(one.more_usd for one in found), sum(one.less_usd for one in found)
    records = sum(one.less_count for one in found)
    changes = ((more, "more"), (less, "less"))
    parts = [f"{usd(cost)} {word}" for cost, word in changes if cost > rounding.slack(0.0)]
    parts += [f"{records:,} record{'' if records == 1 else 's'} fewer"] if records else []
    days, ids = {one.day for one in found}, frozenset[str]().union(*(one.ids for one in found))
    return Undecided(
        f"By {kind.value}s the service tells {' and '.join(parts) or 'something else'} of "
        f"{in_words(days, zone)}, which can't be put together with what history has: they stay as "
        "they were, and what lacks of them is asked for each time",
        where_it_is_right(farm_id, kind, days, ids, zone),
    )


_SPLIT = (
    "By {kind}s cuts of history contradict its total of {days}, and what the service tells of it "
    "now is less: they stay as they were"
)
_APART = (
    "By {kind}s history’s total of {days} and its cut by {kind} and usage type each hold something "
    "that the other lacks: they stay as they were"
)


def _within(what: str, kind: Dimension, found: list[Conflict], zone: Zone) -> HistoryError:
    return HistoryError(
        what.format(kind=kind.value, days=in_words((one.day for one in found), zone)),
        "Bring them back from a copy of history, or take away the files of those days that are "
        f"wrong: the total’s, or those of {_cuts(found)}. What lacks "
        "is then made of the rest, or asked for.",
    )


class Short(Undecided):
    """History's total of some days is less than other cuts of it, and can't be made as much."""

    title = "History’s total is not whole"


def _above(kind: Dimension, found: list[Conflict], zone: Zone) -> Short:
    return Short(
        f"By {kind.value}s cuts of history hold more of {in_words((o.day for o in found), zone)} "
        "than its total by usage type, which is told as “at least”",
        "Bring the total’s files (cut=usage_type) back from a copy of history; collect --verify "
        "asks the service again. Where a cut is wrong, take away its files of those days, and the "
        f"total’s: {_cuts(found)}.",
    )


def _cuts(found: Iterable[Conflict]) -> str:
    return ", ".join(dict.fromkeys(shelf.folder for one in found for shelf in one.within))


def _elsewhere(kind: Dimension, found: list[Conflict], zone: Zone) -> Undecided:
    return Undecided(
        f"By {kind.value}s the service tells less by now of days of another time zone that history "
        f"has, and that {in_words((one.day for one in found), zone)} of {zone.name} touch: nothing "
        "of these is kept",
        "Collect in the time zone of history’s days (FARM_COSTS_TIMEZONE, --timezone). Where the "
        "service is right, take what it tells of them there, with --verify --accept-less.",
    )


def where_it_is_right(
    farm_id: FarmId, kind: Dimension, days: Iterable[Window], ids: Iterable[str], zone: Zone
) -> str:
    """The command that takes what the service tells of some queues (or fleets) on some days.

    Where it is not known of which, how to put it in words.
    """
    dates = sorted(zone.day(day.start) for day in days)
    span = f"--start {dates[0]} --end {dates[-1] + timedelta(days=1)} --timezone {zone.name}"
    words = f"python -m stats collect --verify --accept-less --farm {farm_id} {span}"
    named = ",".join(sorted(ids))
    if not named:
        return f"Where the service is right, name the {kind}s with --{kind}s, after: {words}"
    return f"Where the service is right: {words} --{kind}s {named}"


def in_words(days: Iterable[Window], zone: Zone) -> str:
    """How many days, and between which dates."""
    dates = sorted({zone.day(day.start) for day in days})
    if len(dates) == 1:
        return f"1 settled day ({dates[0]})"
    return f"{len(dates)} settled days ({dates[0]} to {dates[-1]})"
