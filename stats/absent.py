"""Days of a farm's total that were asked for without a queue (or fleet) that there was then.

It was deleted before anybody asked. Its usage of such a day is in no total, and the service tells
it no more, so the day is at least what it is. That there was one is known by later usage; of one
that was listed on no day, or not used since, nothing is claimed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from stats import heard
from stats.description import Origin
from stats.history import History
from stats.listing import Held
from stats.model import Window
from stats.whose import Whose

Ids = frozenset[str]
_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Presence:
    """Something was `used` on a day that begins then, and it came no sooner than `since`."""

    since: datetime
    used: datetime

    def may_touch(self, day: Window) -> bool:
        """Whether it may have been used on an earlier day, or on that one."""
        return self.since < day.end and day.start <= self.used


def others(history: History, whose: Whose, asked: Mapping[Window, Ids]) -> dict[Window, Ids]:
    """Of some days, `asked` about some ids each, what else there was; where there was any.

    None of what is within some queues (or fleets): they are all that it is about. Raises Foreign,
    Changed and HistoryError.
    """
    if whose.within is not None:
        return {}
    came = _came(history, history.listed(whose.shelf))
    ever, sets = frozenset(came), frozenset(asked.values())
    if all(ever <= some for some in sets):
        return {}
    used = heard.last_used(history, whose.farm_id, whose.resource)
    there = {key: Presence(came[key], used[key]) for key in ever & used.keys()}
    left = {some: [(key, one) for key, one in there.items() if key not in some] for some in sets}
    found = {d: frozenset(k for k, o in left[some] if o.may_touch(d)) for d, some in asked.items()}
    return {day: some for day, some in found.items() if some}


def of_history(history: History, held: Held, whose: Whose) -> frozenset[Window]:
    """Those of some days of a total on which there was something else; raises as `others` does."""
    return frozenset(others(history, whose, asked_about(history, held)))


def asked_about(history: History, held: Held) -> dict[Window, Ids]:
    """What each of some days of a total was asked about; raises Foreign."""
    return held.for_good("asked about", lambda: dict(_about(history.told(held).days)))


def _about(told: Mapping[Window, Origin]) -> Iterator[tuple[Window, Ids]]:
    for day, one in told.items():
        yield day, one.ids | one.kept if one.kept else one.ids


def _came(history: History, total: Held) -> Mapping[str, datetime]:
    """After which instant each came that any day of a total was asked about.

    When a day was last asked for without it, before the first one with it was.
    """
    return total.for_good("came", lambda: _reckoned(history.told(total).days))


def _reckoned(told: Mapping[Window, Origin]) -> dict[str, datetime]:
    asked: dict[Ids, list[datetime]] = {}
    for day, ids in _about(told):
        asked.setdefault(ids, []).append(told[day].fetched_at)
    found: dict[str, datetime] = {}
    for key in frozenset().union(*asked):
        first = min(min(times) for ids, times in asked.items() if key in ids)
        before = (at for ids, times in asked.items() if key not in ids for at in times)
        found[key] = max((at for at in before if at < first), default=_EVER)
    return found
