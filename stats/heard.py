"""The queues (or fleets) that history has heard of: those with usage, and what they were called.

Pages fill history with the cuts that they ask for, so each day is looked at in a cut that it has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial

from stats import above, agreement, relation
from stats.dayfile import Shelf
from stats.description import ids_of
from stats.history import History
from stats.listing import Held
from stats.model import Dimension, FarmId, Window
from stats.plan import YARDSTICK
from stats.reading import looked, reading
from stats.whose import OTHER, Whose

Stretch = tuple[datetime, datetime]
_Heard = Mapping[str, tuple[datetime, str]]
_NEVER = datetime.max.replace(tzinfo=UTC)


def heard_of(history: History, farm_id: FarmId, kind: Dimension) -> dict[str, str]:
    """Names by id of all queues (or fleets) with usage, as of the last day of each; or ids.

    Raises Foreign, Changed and HistoryError.
    """
    found: dict[str, tuple[datetime, str]] = {}
    for held in _told_by(history, farm_id, kind, kind):
        some: _Heard = held.once("heard of", partial(_heard, history, held, kind))
        found |= {key: max(one, found.get(key, one)) for key, one in some.items()}
    return {key: name for key, (_, name) in found.items()}


def used(history: History, farm_id: FarmId, kind: Dimension) -> Mapping[str, Stretch]:
    """Where the first and the last day (or hour) begin on which each queue (or fleet) was used.

    Where no cut tells that of a day with usage, the last may be that of any that the day was asked
    about; they are not known to have been used first then. Raises Foreign, Changed and
    HistoryError.
    """
    total = history.listed(Whose(farm_id, kind).shelf)
    cuts = [history.listed(shelf) for shelf in _shelves(farm_id, kind, kind)]
    key = "used", tuple(held.versions_of_all for held in cuts)
    return total.for_good(key, lambda: _used_of_all(history, total, kind))


def _used_of_all(history: History, total: Held, kind: Dimension) -> dict[str, Stretch]:
    found: dict[str, Stretch] = {}
    asked = history.told(total)
    left = {d: o.ids | o.kept for d, o in asked.days.items() if asked.rows_of(d)}
    for held in _told_by(history, FarmId(total.shelf.farm_id), kind, kind):
        for key, (first, last) in _used(history, held, kind).items():
            before = found.get(key, (first, last))
            found[key] = min(first, before[0]), max(last, before[1])
        for day, one in history.told(held).days.items():
            left[day] = left.get(day, one.ids) - one.ids - one.kept
    for day, ids in left.items():
        for key in ids:
            first, last = found.get(key, (_NEVER, day.start))
            found[key] = first, max(last, day.start)
    return found


def named_by_other(history: History, farm_id: FarmId, kind: Dimension) -> frozenset[str]:
    """The fleets that history knows from usage counted by queues; or the other way.

    Raises HistoryError.
    """
    resource = OTHER[kind]

    def look() -> frozenset[str]:
        every = _told_by(history, farm_id, resource, kind)
        return frozenset().union(*(_used(history, held, kind) for held in every))

    return looked(history, _shelves(farm_id, resource, kind), look)


def used_on(
    history: History, farm_id: FarmId, kind: Dimension, days: Sequence[Window]
) -> frozenset[str] | None:
    """The queues (or fleets) with usage on some days; None where it has not all of them by those.

    So it is where a day by those holds less than its total does: it was asked for when the service
    told less. Raises HistoryError.
    """
    shelf, total = Whose(farm_id, kind, frozenset()).shelf, Whose(farm_id, kind).shelf

    def look() -> frozenset[str] | None:
        held = history.covered(shelf, days)
        if len(held) < len(days) or not _is_all(history, held, history.covered(total, days)):
            return None
        return frozenset(_used(history, held, kind))

    return looked(history, (shelf, total), look)


def _is_all(history: History, held: Held, total: Held) -> bool:
    """Whether a cut holds as much of each day as the day's total."""
    ours, theirs = above.sums(history, held), above.sums(history, total) if total else {}
    return not any(agreement.is_above(sums, ours.get(day, {})) for day, sums in theirs.items())


def called_on(
    history: History, farm_id: FarmId, kind: Dimension, days: Sequence[Window]
) -> dict[str, str]:
    """What queues (or fleets) were called that were listed on any of some days; or HistoryError."""
    shelf = Whose(farm_id, kind).shelf

    def look() -> dict[str, str]:
        held = history.covered(shelf, tuple(days))
        return held.for_good("called", lambda: _called(history, held))

    return looked(history, (shelf,), look)


def _called(history: History, held: Held) -> dict[str, str]:
    listed = (origin.resources for origin in history.told(held).days.values())
    return {key: name for some in listed for key, name in some.items()}


def _shelves(farm_id: FarmId, resource: Dimension, kind: Dimension) -> list[Shelf]:
    """The cuts that tell queues (or fleets) apart, what is read fastest first."""
    others = [d for d in Dimension if d not in (kind, *YARDSTICK.by, Dimension.JOB)]
    apart = (YARDSTICK.by, (), *((one,) for one in others), (Dimension.JOB,))
    by_day = [Shelf(farm_id, resource, (kind, *some)) for some in apart]
    return [*by_day, *(Shelf(farm_id, resource, one.by, hourly=True) for one in by_day)]


def _told_by(
    history: History, farm_id: FarmId, resource: Dimension, kind: Dimension
) -> Iterator[Held]:
    """Every day of a farm's total in a cut that tells queues (or fleets) apart, if any.

    So many times as it takes to be told of all that the total is of: a cut may have been asked for
    when some were deleted. Raises Foreign.
    """
    total = history.listed(Whose(farm_id, resource).shelf)
    seen: set[Window] = set()
    for shelf in _shelves(farm_id, resource, kind):
        held = history.covered(shelf, [d for d in history.listed(shelf) if d not in seen])
        if held:
            yield held
            reckoned = partial(_of_all, history, held, total)
            seen.update(held.for_good(("of all", total.versions_of_all), reckoned))
        if total and seen.issuperset(total):
            return


def _of_all(history: History, held: Held, total: Held) -> frozenset[Window]:
    """The days of a cut that was asked for all that their total is of, or that have none."""
    of_each = {day: ids_of(one) for day, one in history.told(held).days.items()}
    of_all = history.told(total).days if total else {}
    return frozenset(d for d, ids in of_each.items() if d not in of_all or ids_of(of_all[d]) <= ids)


def _heard(history: History, held: Held, kind: Dimension) -> _Heard:
    found = {key: last for key, (_, last) in _used(history, held, kind).items()}
    farm_id = FarmId(held.shelf.farm_id)
    days = {at: [day for day in held if day.start <= at < day.end] for at in found.values()}
    named = {at: history.resources(farm_id, kind, some) for at, some in days.items()}
    return {key: (last, named[last].get(key, key)) for key, last in found.items()}


def _used(history: History, held: Held, kind: Dimension) -> Mapping[str, Stretch]:
    """The starts of the first and the last day on which each was used."""
    return held.once("used", partial(_reckoned, history, held, kind))


def _reckoned(history: History, held: Held, kind: Dimension) -> dict[str, Stretch]:
    key, at = kind.column, "period_start"
    with reading(history, [held]), relation.cursor() as con:
        relation.register(con, "total", history.stored(held))
        sql = f"SELECT {key}, min({at}), max({at}) FROM total WHERE {key} <> '' GROUP BY {key}"
        rows = con.execute(sql).fetchall()
    return {key: (first.astimezone(UTC), last.astimezone(UTC)) for key, first, last in rows}
