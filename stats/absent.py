"""Days of a farm's total that were asked for without a queue (or fleet) that there was then.

It was deleted before anybody asked. Its usage of such a day is in no total, and the service tells
it no more, so the day is at least what it is. That there was one is known by later usage; of one
that was listed on no day, or not used since, nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from stats import heard
from stats.description import Origin
from stats.heard import Stretch
from stats.history import History
from stats.listing import Held
from stats.model import Window
from stats.whose import Whose

Ids = frozenset[str]
_EVER, _NEVER = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Listed:
    """The first and the last day begin then that something was listed for.

    Unless it was used before, it came no sooner than `since`: that is when a day was last asked for
    without it, before the first one with it was.
    """

    since: datetime
    first: datetime
    last: datetime

    def may_touch(self, day: Window) -> bool:
        """Whether it may have been there on a day, and used then or later."""
        return min(self.since, self.first) < day.end and day.start <= self.last

    def touches(self, day: Window, used: Stretch) -> bool:
        """Whether it was there by then, as far as is known, and was used then or later."""
        first, last = used
        return min(self.since, first) < day.end and day.start <= last


def others(history: History, whose: Whose, days: Iterable[Window], ids: Ids) -> dict[Window, Ids]:
    """Of some days that are asked for about some ids, what else there was; where there was any.

    None of what is within some queues (or fleets): they are all that it is about. Raises Foreign,
    Changed and HistoryError.
    """
    if whose.within is not None:
        return {}
    listed = _listed(history, whose, history.listed(whose.shelf))
    return _used(history, whose, listed, _touching(listed, dict.fromkeys(days, ids)))


def of_history(history: History, whose: Whose) -> dict[Window, Ids]:
    """The same of all days that history has the total of, and that were asked for then."""
    if whose.within is not None:
        return {}
    total = history.listed(whose.shelf)
    listed = _listed(history, whose, total)

    def reckoned() -> dict[Window, Ids]:
        return _touching(listed, _about(history.told(total).days))

    key = "not asked about", tuple(listed.items())
    return _used(history, whose, listed, total.for_good(key, reckoned))


def unasked(history: History, whose: Whose, there: Mapping[str, datetime]) -> Mapping[Window, Ids]:
    """The days of a total that were asked for without some that are listed, and were there by then.

    Of those it is given when they were created. Whoever asked may list fewer. Raises Foreign,
    Changed and HistoryError.
    """
    total = history.listed(whose.shelf)

    def reckoned() -> dict[Window, Ids]:
        about = _about(history.told(total).days)
        left = {ids: there.keys() - ids for ids in set(about.values())}
        found = {
            day: frozenset(key for key in left[ids] if there[key] < day.end)
            for day, ids in about.items()
            if left[ids]
        }
        return {day: ids for day, ids in found.items() if ids}

    return total.for_good(("unasked", frozenset(there.items())), reckoned) if total else {}


def _used(
    history: History, whose: Whose, listed: Mapping[str, Listed], found: Mapping[Window, Ids]
) -> dict[Window, Ids]:
    """Those of them that were used then or later, as far as that is known."""
    used = heard.used(history, whose.farm_id, whose.resource) if found else {}
    never = _NEVER, _EVER
    known = {
        day: frozenset(key for key in ids if listed[key].touches(day, used.get(key, never)))
        for day, ids in found.items()
    }
    return {day: ids for day, ids in known.items() if ids}


def _touching(listed: Mapping[str, Listed], about: Mapping[Window, Ids]) -> dict[Window, Ids]:
    left = {ids: listed.keys() - ids for ids in set(about.values())}
    found = {
        day: frozenset(key for key in left[ids] if listed[key].may_touch(day))
        for day, ids in about.items()
    }
    return {day: ids for day, ids in found.items() if ids}


def _about(told: Mapping[Window, Origin]) -> dict[Window, Ids]:
    return {day: one.ids.union(one.kept, one.given_up) for day, one in told.items()}


def _listed(history: History, whose: Whose, total: Held) -> Mapping[str, Listed]:
    """All that any day was asked about: of a total, or by queue (or fleet) where that is lost."""
    apart = _without_total(history, whose, total)
    key = "listed", apart.versions_of_all
    return total.for_good(
        key, lambda: _reckoned({**_told(history, apart), **_told(history, total)})
    )


def _without_total(history: History, whose: Whose, total: Held) -> Held:
    """The days by queue (or fleet) and usage type that have no total, which is made of them."""
    held = history.listed(Whose(whose.farm_id, whose.resource, frozenset()).shelf)
    key = "without", total.versions_of_all
    return held.for_good(key, lambda: held.among([day for day in held if day not in total]))


def _told(history: History, held: Held) -> Mapping[Window, Origin]:
    return history.told(held).days if held else {}


def _reckoned(told: Mapping[Window, Origin]) -> dict[str, Listed]:
    asked: dict[Ids, list[Window]] = {}
    for day, ids in _about(told).items():
        asked.setdefault(ids, []).append(day)
    times = {ids: [told[day].fetched_at for day in days] for ids, days in asked.items()}
    firsts = {ids: _Firsts.of([told[day] for day in days]) for ids, days in asked.items()}
    found: dict[str, Listed] = {}
    for key in frozenset().union(*asked):
        first = _first([firsts[ids] for ids in asked if key in ids])
        before = (at for ids in asked if key not in ids for at in times[ids] if at < first)
        starts = [day.start for ids, days in asked.items() if key in ids for day in days]
        found[key] = Listed(max(before, default=_EVER), min(starts), max(starts))
    return found


@dataclass(frozen=True)
class _Firsts:
    """When the first of some days was asked for, and of those that were written `once`, if any."""

    once: datetime | None
    ever: datetime

    @classmethod
    def of(cls, origins: Collection[Origin]) -> _Firsts:
        once = (one.fetched_at for one in origins if one.fetched_at == one.first_asked_at)
        return cls(min(once, default=None), min(one.first_asked_at for one in origins))


def _first(days: Collection[_Firsts]) -> datetime:
    """When the service was first asked with something that they are all about.

    A day that was put together since is about all that it was ever asked about, also what was gone
    by the last time. Such days count as of their first time, where there are no others.
    """
    once = [one.once for one in days if one.once]
    return min(once or [one.ever for one in days])
