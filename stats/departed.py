"""What history's totals have of queues (or fleets) that the service is not asked for any more."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property, partial

import pandas as pd

from stats import absent, deletions, heard, memory, relation
from stats import plan as planning
from stats.cuts import Asked
from stats.dayfile import Shelf
from stats.description import Origin
from stats.errors import FarmCostsError
from stats.history import History
from stats.knowledge import Rule, on_end
from stats.listing import Held
from stats.model import Dimension, FarmId, Fleet, Queue, Window
from stats.reading import looked
from stats.remark import Remark
from stats.ways import days_of, missing, touched
from stats.whose import Whose
from stats.whose import whose as whose_of

Listed = Callable[[FarmId, Dimension], Sequence[Queue | Fleet]]
"""The queues (or fleets) that a farm lists by now; may raise FarmCostsError."""


@dataclass(frozen=True)
class Departed:
    """Their part of some days' total, as `memory.totals` has it.

    On `mixed` days something was asked for that is not any more, and history does not tell apart
    what of the total is of that.
    """

    total: pd.DataFrame
    mixed: frozenset[Window]

    @cached_property
    def days(self) -> frozenset[pd.Timestamp]:
        """Where the days begin of which there is any."""
        rows = self.total[(self.total["cost_usd_sum"] > 0) | (self.total["count"] > 0)]
        return frozenset(rows["period_start"])

    def touches(self, day: Window) -> bool:
        """Whether there is any of that day, or may be."""
        return day in self.mixed or pd.Timestamp(day.start) in self.days


def still(asked: Asked, whose: Whose) -> frozenset[str]:
    """The queues (or fleets) of a question that the service can be asked for."""
    return frozenset(planning.narrowed(asked.question)) - whose.gone


def is_gone(asked: Asked, whose: Whose) -> bool:
    """Whether nothing is left of what a question is about, so that the service can't be asked."""
    return not still(asked, whose)


def departed(history: History, held: Held, whose: Whose, still: Iterable[str]) -> Departed:
    """What some days of a total have of others than those that are `still` asked for.

    Raises Foreign, Changed and HistoryError.
    """
    if whose.within is not None:
        return Departed(_of(history, held, whose, f"IN {relation.one_of(whose.gone)}"), frozenset())
    ids = frozenset(still)
    if not ids:  # the farm lists none any more
        return Departed(_summed(history, held, "TRUE"), frozenset())
    gone = {d: o.ids | o.kept for d, o in history.told(held).days.items()}
    gone = {day: strange for day, every in gone.items() if (strange := every - ids)}
    parted = Whose(whose.farm_id, whose.resource, ids)
    apart = history.covered(parted.shelf, tuple(gone))
    told = history.told(apart).days
    apart = apart.among([day for day in apart if gone[day] <= told[day].ids | told[day].kept])
    others = _of(history, apart, parted, f"NOT IN {relation.one_of(('', *ids))}")
    return Departed(others, frozenset(gone).difference(apart))


def lacking(
    history: History, asked: Asked, whose: Whose, settled: Iterable[Window]
) -> tuple[Window, ...]:
    """Stretches of which a farm has, or may have, usage of what is not asked for any more.

    By days of history, of whichever zone, that touch what the service is asked for; and what is
    `settled` of that, where something was used later. Raises as `departed` does.
    """
    if whose.within is not None:
        return ()
    ids = still(asked, whose)
    found = set(absent.others(history, whose, settled, ids))
    if held := touching(history.listed(whose.shelf), asked.windows):
        of = departed(history, held, whose, ids)
        found.update(filter(of.touches, held))
    return on_end(sorted(found, key=lambda day: day.start))


def unasked(
    history: History, asked: Asked, listed: Listed | None
) -> Mapping[Window, frozenset[str]]:
    """Days that history has without some of what is asked about and listed, and was there by then.

    None where there is no list. Raises as `departed` does.
    """
    return _unasked(history, asked, _listed(listed, whose_of(asked)))


def _unasked(
    history: History, asked: Asked, listed: Iterable[Queue | Fleet]
) -> Mapping[Window, frozenset[str]]:
    ids = frozenset(planning.narrowed(asked.question))
    there = {one.id: one.created_at for one in listed if one.created_at and one.id in ids}
    return absent.unasked(history, whose_of(asked), there)


def _listed(listed: Listed | None, whose: Whose) -> Sequence[Queue | Fleet]:
    try:
        return listed(whose.farm_id, whose.resource) if listed else ()
    except FarmCostsError:  # then history is all that tells
        return ()


def left_out(
    history: History, asked: Asked, until: datetime, rule: Rule, listed: Listed | None
) -> tuple[Remark, ...]:
    """What is to be said of days over by then that were asked for without something used later.

    Whether that was long ago, or is now; of a whole farm. What is listed can be asked for of days
    that the service is sure to know. Raises as `departed` does.
    """
    whose, wanted = whose_of(asked), days_of(asked.zone, asked.window)
    held = history.covered(whose.shelf, wanted)
    found = {d: ids for d, ids in absent.of_history(history, whose).items() if d in held}
    rest = touched(asked.zone, missing(asked.window, held.days))
    settled = (day for day in rest if day.end <= until)
    found |= absent.others(history, whose, settled, still(asked, whose))
    every = _listed(listed, whose)
    now = {one.id: one.name for one in every}
    gone = {day: ids - now.keys() for day, ids in found.items() if not ids <= now.keys()}
    late = {
        day: ids
        for day, ids in _unasked(history, asked, every).items()
        if day in held and not rule.is_in_time(day, asked.at)
    }
    once = memory.set_off(history, held, whose)
    days = sorted(once, key=lambda day: day.start)
    said = (deletions.set_off(whose.resource, days, asked.zone),) if days else ()
    if not gone and not late:
        return said
    names = heard.heard_of(history, whose.farm_id, whose.resource)
    names |= history.resources(whose.farm_id, whose.resource) | now
    return said + tuple(
        say(
            whose.resource,
            [names.get(key, key) for key in frozenset().union(*of.values())],
            sorted(of, key=lambda day: day.start),
            asked.zone,
        )
        for say, of in ((deletions.asked_without, gone), (deletions.not_listed, late))
        if of
    )


def bereft(history: History, shelf: Shelf, listed: Listed) -> frozenset[Window]:
    """Days whose total can't be used, and of which something is listed no more.

    The service would tell less of them than there was, by any cut. Raises HistoryError.
    """
    total = Whose(FarmId(shelf.farm_id), shelf.resource)
    bad = history.bad_days(total.shelf)
    if not bad:
        return bad
    try:
        still = {one.id for one in listed(total.farm_id, total.resource)}
    except FarmCostsError:  # then the service is asked about nothing
        return frozenset()
    ids = _ids_of(history, total.shelf, bad)
    ever = set[str]()
    if len(ids) < len(bad):
        of = total.farm_id, total.resource
        ever.update(history.resources(*of, history.listed(total.shelf)))
    return frozenset(day for day in bad if not ids.get(day, ever) <= still)


def _ids_of(history: History, total: Shelf, days: Iterable[Window]) -> dict[Window, set[str]]:
    """The queues (or fleets) that other files of some days are of, where there are any."""
    found: dict[Window, set[str]] = {}
    wanted = tuple(days)
    for shelf in history.shelves():
        if (shelf.farm_id, shelf.resource) == (total.farm_id, total.resource):
            look = partial(_origins, history, shelf, wanted)
            for day, origin in looked(history, (shelf,), look).items():
                found.setdefault(day, set()).update(origin.ids | origin.kept)
    return found


def _origins(history: History, shelf: Shelf, days: Sequence[Window]) -> Mapping[Window, Origin]:
    return history.told(history.covered(shelf, days)).days


def _of(history: History, held: Held, whose: Whose, which: str) -> pd.DataFrame:
    return _summed(history, held, f"{whose.resource.column} {which}")


def _summed(history: History, held: Held, kept: str) -> pd.DataFrame:
    if not held:
        return memory.without_rows({"period_start": "datetime64[us, UTC]", "usage_type": "str"})
    return memory.summed(history, held, kept)


def touching(held: Held, windows: Iterable[Window]) -> Held:
    """Those of some days, of whichever zone, that have any time in common with some windows."""
    wanted = tuple(windows)
    meets = [d for d in held if any(d.start < w.end and w.start < d.end for w in wanted)]
    return held.among(meets)
