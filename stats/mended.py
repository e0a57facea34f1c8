"""Totals and cuts of settled days that hold less than what history knows, made as much.

The service is not asked: what is less was told when it had forgotten some, or a queue was deleted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from stats import restored, unheld
from stats.above import above
from stats.amendment import Amended
from stats.conflict import Conflict, Why
from stats.daybook import Daybook, Entry
from stats.dayfile import Shelf
from stats.description import Origin
from stats.history import History
from stats.mending import mended_cut
from stats.model import Dimension, Window
from stats.outcome import Outcome
from stats.plan import YARDSTICK
from stats.reading import looked


def mend(book: Daybook, outcome: Outcome, days: Sequence[Window]) -> None:
    """Writes totals, and then cuts, that hold less than others of the day; raises HistoryError.

    So totals do where somebody was broken off, or where one that could not be read was asked for
    anew after a queue was deleted. Where each holds less than the other, both stay.
    """
    _hold(book.history, outcome, days)
    for resource in (Dimension.QUEUE, Dimension.FLEET):
        total = Shelf(outcome.farm_id, resource, YARDSTICK.by)
        by_id = Shelf(outcome.farm_id, resource, (resource, *YARDSTICK.by))
        outcome.written += restored.raise_up(book.history, total, by_id, tuple(days))
        there = book.history.covered(by_id, days).days
        for day in book.history.covered(total, there):
            kept = book.read((total, by_id), day)
            if len(kept.rows) == 2 and restored.beside(kept, total, by_id).declined:
                outcome.leave(Conflict(resource, day, within=(by_id,), why=Why.APART))
        for pair in _pairs(book.shelves(outcome.farm_id, resource, days)):
            for day in _less(book, total, pair, days):
                with book.history.alone():
                    outcome.written += _remade(book, total, pair, day)
    hold(book.history, outcome, days)


def finish(book: Daybook, farm_id: str, days: Sequence[Window]) -> int:
    """Gives totals up what was given up in their cut by id, and gives how many were written.

    Somebody was broken off before the total, or it is of a copy from before. Raises HistoryError.
    """
    written = 0
    for resource in (Dimension.QUEUE, Dimension.FLEET):
        total = Shelf(farm_id, resource, YARDSTICK.by)
        by_id = Shelf(farm_id, resource, (resource, *YARDSTICK.by))
        look = partial(_have_given_up, book.history, by_id, tuple(days))
        for day in looked(book.history, (by_id,), look):
            with book.history.alone():
                kept = book.read((total, by_id), day, anew=True)
                if len(kept.rows) == 2 and (now := _given_up(kept, total, by_id)):
                    book.history.put(total, day, *now)
                    written += 1
    return written


def _have_given_up(history: History, by_id: Shelf, days: tuple[Window, ...]) -> list[Window]:
    told = history.told(history.covered(by_id, days)).days
    return [day for day, one in told.items() if one.given_up and one.unheld is not None]


def _given_up(kept: Entry, total: Shelf, by_id: Shelf) -> tuple[pd.DataFrame, Origin] | None:
    """A total without what its cut has given up and it has not; None where there is none.

    One that was asked for after all of the cut may hold what came since.
    """
    of, by = kept.origins[total], kept.origins[by_id]
    if by.unheld is None or by.given_up <= of.given_up:
        return None
    rows = kept.rows[by_id]
    latest = rows["fetched_at"].max() if len(rows) else by.fetched_at
    if of.fetched_at > latest:
        return None
    rest = unheld.as_said(by.unheld, kept.rows[total])
    found = unheld.with_rest(rows, rest, total, kept.rows[total])
    given_up = of.given_up | by.given_up
    ids, kept_ids = of.ids - (by.given_up - by.ids), of.kept - by.given_up
    return found, replace(of, given_up=given_up, ids=ids, kept=kept_ids)


def hold(history: History, outcome: Outcome, days: Sequence[Window]) -> None:
    """Holds totals to all cuts of their days; raises HistoryError.

    They are made as much as those that tell usage types. Where another holds more, they say that
    they are short of it, and so does the outcome.
    """
    for resource, day, cuts in _hold(history, outcome, days):
        outcome.leave(Conflict(resource, day, within=cuts, why=Why.ABOVE))


def _hold(
    history: History, outcome: Outcome, days: Sequence[Window]
) -> list[tuple[Dimension, Window, tuple[Shelf, ...]]]:
    """Does so, and gives the days on which cuts hold more all the same."""
    found = []
    for resource in (Dimension.QUEUE, Dimension.FLEET):
        total = Shelf(outcome.farm_id, resource, YARDSTICK.by)
        outcome.written += restored.hold(history, total, above(history, total, days))
        left = above(history, total, days)
        found += [(resource, day, cuts) for day, cuts in left.items()]
    return found


@dataclass(frozen=True)
class _Pair:
    """A cut, and one that has its dimensions and others."""

    cut: Shelf
    finer: Shelf


def _pairs(shelves: Iterable[Shelf]) -> list[_Pair]:
    """Of the daily ones; the total is not made of others so."""
    daily = [one for one in shelves if not one.hourly]
    cuts = [one for one in daily if not one.is_total]
    return [_Pair(one, other) for one in cuts for other in daily if set(one.by) < set(other.by)]


def _less(book: Daybook, total: Shelf, pair: _Pair, days: Sequence[Window]) -> list[Window]:
    """Those of some days on which the cut is to be made anew."""
    cuts, finer = book.apart(pair.cut, days), book.apart(pair.finer, days)
    totals = book.apart(total, [day for day in days if day in cuts and day in finer])
    return [
        day
        for day in totals
        if mended_cut(pair.cut, cuts[day], finer[day], totals[day]) is not None
    ]


def _remade(book: Daybook, total: Shelf, pair: _Pair, day: Window) -> int:
    """Writes a day of it, as it is by now, and gives how many."""
    cut, finer = pair.cut, pair.finer
    kept = book.read((total, cut, finer), day, anew=True)
    if len(kept.rows) < 3:
        return 0
    rows = mended_cut(cut, kept.rows[cut], kept.rows[finer], kept.rows[total])
    if rows is None:
        return 0
    found = {cut: Amended(rows, finer not in kept.unplaced)}
    return book.write(day, found, kept, kept.origins[finer].ids)
