"""A day's total that lacks what history has by another cut, made of that, or told to be short.

All usage has a queue (or a fleet, where fleets are counted), so the day's cut by that and usage
type adds up to its total: where that is not there, or can't be used, and where it is less. Of
queues' usage jobs and users have all, too. The service is not asked: it may tell less by now.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from datetime import datetime
from functools import partial

import pandas as pd

from stats import agreement, memory, out_of_reach, rounding
from stats.above import Above, is_short
from stats.certainty import Certainty
from stats.cuts import Asked
from stats.daybook import Entry, entry_of, origin_of
from stats.dayfile import NAMES, Shelf
from stats.description import Origin
from stats.errors import HistoryError
from stats.history import History
from stats.listing import Held
from stats.looking import Changed
from stats.mending import Mending, lacking, mended_total
from stats.model import Dimension, Window
from stats.plan import YARDSTICK
from stats.reading import looked, reading
from stats.ways import days_of
from stats.whose import Whose

_Made = tuple[pd.DataFrame, Origin]


def restore(certainty: Certainty, whose: Whose, asked: Asked) -> None:
    """Makes the totals of a question's days that lack something; raises HistoryError."""
    if certainty.history:
        days = days_of(asked.zone, asked.window)
        lost = partial(certainty.lost, now=asked.at, only_late=True)
        restore_totals(certainty.history, whose.farm_id, whose.resource, days, lost)


def look_at(
    history: History, total: Shelf, shelves: Iterable[Shelf], days: Iterable[Window]
) -> None:
    """Looks at the files of those days whose total is not there; raises HistoryError."""
    whole = history.listed(total)
    doubted = [day for day in days if day not in whole]
    for shelf in shelves:
        history.sound(shelf, doubted)


def restore_totals(
    history: History,
    farm_id: str,
    resource: Dimension,
    days: Iterable[Window],
    lost: Callable[[Shelf], Collection[Window]],
) -> None:
    """Writes the totals of some days that can be made so; raises HistoryError.

    Of those that are `lost`, once the files of all were looked at, files stay as they are. Where
    there is none, so do days whose cut is known to lack something. What can't be written is had all
    the same, while this process lasts, and Unwritten is raised each time.
    """
    total = Shelf(farm_id, resource, YARDSTICK.by)
    cuts = _wholes(total)
    look = partial(_restored, history, total, cuts, tuple(days), lost)
    looked(history, (total, *cuts), look)


def _restored(
    history: History,
    total: Shelf,
    cuts: tuple[Shelf, ...],
    days: tuple[Window, ...],
    lost: Callable[[Shelf], Collection[Window]],
) -> None:
    """Raises Changed where a file that was taken for good proves bad when its rows are read."""
    unwritten = history.unwritten(total, days)
    there = history.sound(total, days)
    left = {*there, *lost(total)}
    lacking = tuple(day for day in days if day not in left)
    for cut in cuts if lacking else ():
        for day in sorted(history.sound(cut, lacking), key=_start):
            look = partial(_restore, history, total, cut, day)
            unwritten = looked(history, (total, cut), look) or unwritten
    bad = history.number_bad()
    raise_up(history, total, cuts[0], days)
    if history.number_bad() > bad:
        raise Changed
    if unwritten:
        raise unwritten


def raise_up(history: History, total: Shelf, by_id: Shelf, days: tuple[Window, ...]) -> int:
    """Writes totals that are less than their cut by id, and gives how many; raises HistoryError.

    What can't be written is had all the same, as above. Nobody else corrects days meanwhile.
    """
    less = looked(history, (total, by_id), partial(_less, history, total, by_id, days))
    return hold(history, total, dict.fromkeys(less, (by_id,)))


def beside(kept: Entry, total: Shelf, cut: Shelf) -> Mending:
    """A day's total as it is to be beside a cut of it, and what that has said that it held."""
    return mended_total(total, kept.rows[total], kept.rows[cut], kept.origins[cut].unheld)


def hold(history: History, total: Shelf, found: Above) -> int:
    """Makes totals as much as cuts that hold more, and gives how many were written.

    Where those tell no usage types, totals say that they are short. Raises HistoryError; what can't
    be written is had all the same, as above.
    """
    if not found:
        return 0
    try:
        with history.alone():
            return sum(_raised_up(history, total, day, cuts) for day, cuts in found.items())
    except HistoryError as error:
        for day, cuts in found.items():
            if made := _held(history, total, cuts, day):
                _have_here(history, total, day, made[total], error)
        raise


def _wholes(total: Shelf) -> tuple[Shelf, ...]:
    """The cuts that add up to a total, the one by queue (or fleet) first; volumes are of fleets."""
    others = (Dimension.JOB, Dimension.USER) if total.resource is Dimension.QUEUE else ()
    return tuple(replace(total, by=(one, *total.by)) for one in (total.resource, *others))


def _start(day: Window) -> datetime:
    return day.start


def _restore(history: History, total: Shelf, by_id: Shelf, day: Window) -> HistoryError | None:
    """Writes one, unless somebody else has done so, or gives why it can't be; raises Changed."""
    history.forget_listing(total)
    held = history.listed(by_id).among((day,))
    if day in history.listed(total) or not held:
        return None
    with reading(history, [held]):
        told = history.told(held)
        origin = told.days[day]
        lacks = not (_is_whole(total, by_id, origin) and told.rows_of(day))
        if lacks or not history.is_settled(day, origin.fetched_at):
            return None
        rows = _of_total(total, by_id, history.table(held))
    origin = replace(origin, short=is_short(history, total, day, rows), unheld=None)
    try:
        history.put(total, day, rows, origin, stays=True)
    except HistoryError as error:
        _have_here(history, total, day, (rows, origin), error)
        return error
    return None


def _have_here(history: History, total: Shelf, day: Window, made: _Made, why: HistoryError) -> None:
    """Has a total while this process lasts; raises HistoryError where not even that can be."""
    try:
        history.put_here(total, day, *made, why)
    except OSError as error:
        raise out_of_reach.unmade(str(error)) from error


def _of_total(total: Shelf, cut: Shelf, rows: pd.DataFrame) -> pd.DataFrame:
    """A cut's rows without what their total does not tell apart."""
    more = [one for one in cut.by if one not in total.by]
    names = [NAMES[one] for one in more if one in NAMES]
    return rows.drop(columns=[*(one.column for one in more), *names])


def _less(
    history: History, total: Shelf, by_id: Shelf, days: tuple[Window, ...]
) -> tuple[Window, ...]:
    """Those of some days whose total is less than their cut by id, in order; raises Changed.

    It is found out once for these versions of files.
    """
    of_all, by_ids = history.covered(total, days), history.covered(by_id, days)
    if not of_all or not by_ids:
        return ()
    look = partial(_compared, history, of_all, by_ids)
    return of_all.for_good(("less than by id", by_ids.files), look)


def _compared(history: History, of_all: Held, by_ids: Held) -> tuple[Window, ...]:
    """Those that can be made more; what rounding may make of each row is no difference."""
    many = history.told(by_ids)
    rows = {pd.Timestamp(day.start): many.rows_of(day) for day in by_ids}
    keys, in_all = ["period_start", "usage_type"], memory.summed(history, of_all, "TRUE")
    both = memory.summed(history, by_ids, "TRUE").merge(
        in_all, "left", on=keys, suffixes=("", "_in_all")
    )
    costs, counts = (both[f"{what}_in_all"].fillna(0) for what in ("cost_usd_sum", "count"))
    each = pd.Series([rows.get(at, 0) for at in both["period_start"]], both.index)
    slack = rounding.slack(costs) + each * agreement.SLACK_USD_A_ROW
    less = (both["cost_usd_sum"] - costs > slack) | (both["count"] > counts)
    starts = set(both.loc[less, "period_start"])
    some = (day for day in of_all if day in by_ids and pd.Timestamp(day.start) in starts)
    return tuple(
        day for day in sorted(some, key=_start) if _made(history, of_all.shelf, by_ids.shelf, day)
    )


def _raised_up(history: History, total: Shelf, day: Window, cuts: Iterable[Shelf]) -> int:
    written = 0
    while made := _held(history, total, cuts, day):
        for shelf, one in made.items():
            history.put(shelf, day, *one)
            written += 1
    return written


def _held(history: History, total: Shelf, cuts: Iterable[Shelf], day: Window) -> dict[Shelf, _Made]:
    """A day's total as it is to be beside cuts that hold more; nothing where it is so already."""
    for cut in cuts:
        made = _made(history, total, cut, day, anew=True) if _tells_types(cut) else {}
        if made:
            return made
    kept = entry_of(history, (total,), day, anew=True)
    if total not in kept.rows or kept.origins[total].short:
        return {}
    if not is_short(history, total, day, kept.rows[total]):
        return {}
    return {total: (kept.rows[total], replace(kept.origins[total], short=True))}


def _tells_types(cut: Shelf) -> bool:
    return Dimension.USAGE_TYPE in cut.by


def _is_whole(total: Shelf, cut: Shelf, origin: Origin) -> bool:
    """Whether a day of a cut that tells usage types holds all that its total should."""
    if origin.told_less or origin.unplaced:
        return False
    return cut in _wholes(total)


def _made(
    history: History, total: Shelf, by_id: Shelf, day: Window, *, anew: bool = False
) -> dict[Shelf, _Made]:
    """A day's total of both, and where it is from; nothing where it lacks nothing that it can have.

    It was first asked for when what it is made of was, unless that is known to lack something. What
    that lacks of it is marked before, so that no total is made of that alone.
    """
    kept = entry_of(history, (total, by_id), day, anew=anew)
    if len(kept.rows) < 2:
        return {}
    by, of = kept.origins[by_id], kept.origins[total]
    more = beside(kept, total, by_id).total
    if more is None:
        return {}
    lacks, is_by_id = by.told_less or by.unplaced, by_id == _wholes(total)[0]
    short = not (is_by_id or _is_whole(total, by_id, by))
    short = short or is_short(history, total, day, more.rows)
    origin = replace(origin_of(by, of, more), told_less=0.0, short=short, unheld=None)
    first = of.first_asked_at if lacks else min(by.first_asked_at, origin.first_asked_at)
    marked = {
        shelf: (one.rows, replace(kept.origins[shelf], unplaced=True))
        for shelf, one in lacking(total, more, kept.rows).items()
    }
    return {**marked, total: (more.rows, replace(origin, first_asked_at=first))}
