"""Days of a cut that hold more than history's total of them: the service is asked for both again.

Where it contradicts itself, nothing of those days is written. Where the total has grown as well,
usage was counted late: the day is checked up, and its total is never less than what is told now.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

import pandas as pd

from stats import dayfile
from stats.agreement import Excess, excess
from stats.checkup import Checkup, Telling
from stats.conflict import Conflict
from stats.daybook import Daybook
from stats.dayfile import Shelf
from stats.description import ids_of
from stats.errors import Contradictory
from stats.intake import Answered
from stats.keeper import Keeper
from stats.knowledge import on_end
from stats.mending import lacking, mended_total
from stats.model import Window
from stats.outcome import Outcome
from stats.piece import InLine, Piece, Pieces
from stats.plan import YARDSTICK
from stats.zone import Zone

_AFTER = timedelta(microseconds=1)
By_day = dict[Window, pd.DataFrame]


@dataclass(frozen=True)
class _Fresh:
    """What the service told of a piece just now."""

    piece: Piece
    rows: pd.DataFrame
    fetched_at: datetime


class Disputes:
    """Settles them for one collector."""

    def __init__(
        self, pieces: Pieces, keeper: Keeper, book: Daybook, checkup: Checkup, zone: Zone
    ) -> None:
        self._pieces = pieces
        self._keeper = keeper
        self._book = book
        self._checkup = checkup
        self._zone = zone

    def settle(self, outcome: Outcome, piece: Piece, days: Sequence[Window], tell: Telling) -> None:
        """Writes what of those days can be so; raises Contradictory, and what asking raises."""
        said = []
        for stretch in on_end(days):
            some = [d for d in days if stretch.start <= d.start and d.end <= stretch.end]
            said += self._settled(outcome, replace(piece, window=stretch), some, tell)
        if said:
            raise Contradictory(said[0])

    def _settled(
        self, outcome: Outcome, piece: Piece, days: Sequence[Window], tell: Telling
    ) -> list[str]:
        """What is wrong with the days that are so again, in words."""
        total, cut = self._asked_again(piece, tell)
        totals, rows = (self._by_day(one, days) for one in (total, cut))
        beyond = {day: excess(rows[day], totals[day]) for day in days}
        wrong = {day: one for day, one in beyond.items() if one}
        right = [day for day in days if day not in wrong]
        left = self._left(outcome, cut, total, right)
        if left:
            self._checkup.check(outcome, left, tell)
            left = self._left(outcome, cut, total, left)
        for day in left:
            self._mend_total(outcome, total, totals, day)
        for day in self._left(outcome, cut, total, left):
            outcome.leave(self._conflict(outcome, total, day))
        return [self._said(day, piece, one) for day, one in wrong.items()]

    def _asked_again(self, piece: Piece, tell: Telling) -> tuple[_Fresh, _Fresh]:
        """The total and the cut, together, as they are told from now on."""
        total = replace(piece, shelf=Shelf(piece.shelf.farm_id, piece.shelf.resource, YARDSTICK.by))
        not_before = self._book.history.now() + _AFTER
        waiting: list[InLine] = []
        try:
            for one in (total, piece):
                waiting.append(self._pieces.put_in_line(one, partial(tell, one), not_before))
            first, second = (_Fresh(o.piece, *self._pieces.answered(o)) for o in waiting)
        finally:
            for in_line in waiting:
                self._pieces.leave(in_line)
        return first, second

    def _by_day(self, fresh: _Fresh, days: Sequence[Window]) -> By_day:
        return dayfile.by_day(fresh.rows, fresh.piece.shelf, tuple(days), self._zone)

    def _left(
        self, outcome: Outcome, cut: _Fresh, total: _Fresh, days: Sequence[Window]
    ) -> list[Window]:
        """Writes a cut, and gives the days that are not: history's total lacks some of them."""
        of = (cut.piece.shelf, days, cut.piece.ids, cut.rows, self._zone, cut.fetched_at)
        taken = self._keeper.write(Answered(*of, total.rows))
        outcome.written += taken.written
        return [day for day in days if day in {*taken.more, *taken.late}]

    def _mend_total(self, outcome: Outcome, fresh: _Fresh, totals: By_day, day: Window) -> None:
        """Of each usage type the total has what is more: history's, or what is told now.

        Other cuts of the day that lack some of it are marked, so that no total is made of them. Of
        what is listed no more it is not known how much that was: the total says so, also where it
        stays, since what is told now is more in one way and less in another.
        """
        shelf, book = fresh.piece.shelf, self._book
        now = book.fresh(shelf, fresh.rows, (day,), fresh.fetched_at)[day]
        with book.history.alone():
            kept = book.read(book.shelves(shelf.farm_id, shelf.resource, (day,)), day, anew=True)
            mending = mended_total(shelf, kept.rows[shelf], now) if shelf in kept.rows else None
            if mending is None:
                return
            origin = kept.origins[shelf]
            is_of_others = not ids_of(origin) <= {*fresh.piece.ids}
            if mending.total is None:
                if mending.declined and is_of_others and not origin.set_off:
                    book.history.put(shelf, day, kept.rows[shelf], replace(origin, set_off=True))
                    outcome.written += 1
                return
            total = replace(mending.total, set_off=is_of_others)
            found = {**lacking(shelf, total, kept.rows), shelf: total}
            outcome.written += book.write(day, found, kept, fresh.piece.ids)
        outcome.change(shelf.resource, day, complete=False)

    def _conflict(self, outcome: Outcome, fresh: _Fresh, day: Window) -> Conflict:
        """Why what is told now of a day could not be taken in."""
        shelf, resource = fresh.piece.shelf, fresh.piece.shelf.resource
        kept = self._book.read((shelf,), day, anew=True)
        of_day = [o for o in outcome.less if (o.resource, o.day) == (resource, day)]
        ids = frozenset(one.id for one in of_day if one.more_usd)
        if not ids or "" in ids:
            every = kept.origins.values()
            ids = frozenset().union(*(one.ids | one.kept for one in every))
        now = self._book.fresh(shelf, fresh.rows, (day,), fresh.fetched_at)[day]
        return Conflict.of(resource, day, ids, kept.rows.get(shelf, now.iloc[:0]), now)

    def _said(self, day: Window, piece: Piece, beyond: Excess) -> str:
        by = " and ".join(dimension.words for dimension in piece.shelf.by)
        return (
            f"by {by} it tells {beyond.cost} of {self._zone.day(day.start)}, and {beyond.total}, "
            "each time it is asked"
        )
