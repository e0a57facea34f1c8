"""The check-up: settled days asked for once more, what came later taken in, nothing kept lost.

What each queue (or fleet) has is asked for by usage type. Where the service tells more, all cuts
of that day are asked for, and the day is put together from both (`amendment`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import pandas as pd

from stats.amendment import Amended, Meeting, amended, mended_total, replaced
from stats.daybook import Daybook, Entry
from stats.dayfile import Shelf
from stats.errors import AccessError, FarmCostsError, HistoryError, Refused
from stats.model import Dimension, FarmId, Window
from stats.piece import Piece, Pieces, chunks, stretches
from stats.plan import YARDSTICK
from stats.progress import Progress
from stats.verdict import Judgement, judged

Telling = Callable[[Piece, Progress], None]
_DAYS_ASKED_AT_ONCE = 28
_DAYS_PUT_TOGETHER_AT_ONCE = 7
"""All cuts of so many days are in memory together."""
_NOBODY = frozenset[str]()


@dataclass(frozen=True)
class Less:
    """What the service tells less of a day's id and usage type than history has.

    `scale_factor` is the farm's when the day was collected. The id is empty where history does not
    tell them apart on that day.
    """

    resource: Dimension
    day: Window
    id: str
    usage_type: str
    cost_usd: float
    count: int
    scale_factor: float | None


@dataclass
class Outcome:
    """What came of collecting one farm: days of cuts written, and what could not be had.

    One that `goes_back` ends without an error where the service refuses: it answers `back_to` then.
    `changed` are settled days of which more was taken in, and `unplaced` those of them on which
    some breakdown does not hold what came later; `less` is what the service tells less of, which
    history keeps. What was replaced by less is in the files `aside`.
    """

    farm_id: FarmId
    goes_back: bool = False
    written: int = 0
    errors: list[FarmCostsError] = field(default_factory=list)
    back_to: datetime | None = None
    changed: list[tuple[Dimension, Window]] = field(default_factory=list)
    unplaced: list[tuple[Dimension, Window]] = field(default_factory=list)
    less: list[Less] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _About:
    """The days of a farm by all its queues (or fleets), and the ids that it lists of them.

    Of `accepted` ids less is taken too.
    """

    farm_id: FarmId
    resource: Dimension
    ids: tuple[str, ...]
    accepted: frozenset[str] = _NOBODY

    @property
    def total(self) -> Shelf:
        return Shelf(self.farm_id, self.resource, YARDSTICK.by)

    @property
    def by_id(self) -> Shelf:
        return Shelf(self.farm_id, self.resource, (self.resource, Dimension.USAGE_TYPE))

    def judged(self, kept: Entry, now: pd.DataFrame) -> Judgement | None:
        """The verdicts on a day; by usage type alone where history tells no more of it."""
        if self.total not in kept.rows or not (self.ids or self.by_id in kept.rows):
            return None
        if self.by_id in kept.rows:
            judgement = judged(self.resource, kept.rows[self.by_id], now)
            return judgement.accepting(self.accepted)
        column = {self.resource.column: ""}
        return judged(self.resource, kept.rows[self.total].assign(**column), now.assign(**column))


class Checkup:
    """Asks again for one reporter's farms."""

    def __init__(self, pieces: Pieces, daybook: Daybook) -> None:
        self._pieces = pieces
        self._book = daybook
        self._began = daybook.history.now()

    def check(self, outcome: Outcome, days: Sequence[Window], tell: Telling) -> None:
        """Takes in what came later of days that are there; errors are in the outcome.

        Raises the errors of listings, of access and of history, which end it.
        """
        for resource, ids in self._pieces.ids(outcome.farm_id).items():
            about = _About(outcome.farm_id, resource, ids)
            for some in chunks(days, _DAYS_ASKED_AT_ONCE) if ids else ():
                try:
                    news = [
                        day
                        for day, judgement in self._judged(about, some, tell, outcome.less)
                        if judgement.has_news
                    ]
                    self._take_in(outcome, about, news, tell)
                except (AccessError, HistoryError):
                    raise
                except FarmCostsError as error:
                    if outcome.goes_back and isinstance(error, Refused):
                        break  # as collecting will tell
                    outcome.errors.append(error)

    def gone(
        self,
        farm_id: FarmId,
        resource: Dimension,
        accepted: Iterable[str],
        days: Sequence[Window],
        tell: Telling,
    ) -> list[Less]:
        """What history would lose if it took what the service tells now of some ids.

        Raises what asking raises.
        """
        about = self._about(farm_id, resource, accepted)
        less: list[Less] = []
        for some in chunks(days, _DAYS_ASKED_AT_ONCE):
            for _ in self._judged(about, some, tell, less):
                pass
        return [one for one in less if one.id in about.accepted]

    def accept(
        self,
        outcome: Outcome,
        resource: Dimension,
        accepted: Iterable[str],
        days: Sequence[Window],
        tell: Telling,
    ) -> None:
        """Takes what the service tells of some ids now, also where it is less, of some days.

        What it replaces is set aside. Raises what asking raises, and HistoryError.
        """
        about = self._about(outcome.farm_id, resource, accepted)
        for some in chunks(days, _DAYS_PUT_TOGETHER_AT_ONCE):
            self._take_in(outcome, about, some, tell)

    def _about(self, farm_id: FarmId, resource: Dimension, accepted: Iterable[str]) -> _About:
        ids = self._pieces.ids(farm_id)[resource]
        return _About(farm_id, resource, ids, frozenset(accepted))

    def _judged(
        self, about: _About, days: Sequence[Window], tell: Telling, less: list[Less]
    ) -> Iterator[tuple[Window, Judgement]]:
        """The days that are there with the verdicts on them; what is less is added to a list."""
        there = self._book.history.covered(about.total, days).days
        now = self._fresh(about, about.by_id, there, tell)
        for day in there:
            kept = self._book.read((about.total, about.by_id), day)
            judgement = about.judged(kept, now[day] if day in now else _none_of(kept, about))
            if judgement is not None:
                factor = kept.origins[about.total].cost_scale_factor
                less += _less(about.resource, day, judgement, factor)
                yield day, judgement

    def _take_in(
        self, outcome: Outcome, about: _About, days: Sequence[Window], tell: Telling
    ) -> None:
        """Asks for all cuts of some days, and puts each day together."""
        for some in chunks(days, _DAYS_PUT_TOGETHER_AT_ONCE):
            shelves = self._book.shelves(about.farm_id, about.resource, some)
            every = dict.fromkeys([*shelves, about.by_id])
            asked = [shelf for shelf in every if shelf != about.total or about.by_id not in shelves]
            fresh = {shelf: self._fresh(about, shelf, some, tell) for shelf in asked}
            for day in some:
                now = {shelf: found[day] for shelf, found in fresh.items() if day in found}
                self._put_together(outcome, about, shelves, day, now)

    def _put_together(
        self,
        outcome: Outcome,
        about: _About,
        shelves: Sequence[Shelf],
        day: Window,
        now: Mapping[Shelf, pd.DataFrame],
    ) -> None:
        """Writes a day, as it is by now, whoever else has put it together meanwhile."""
        book = self._book
        with book.history.alone():
            kept = book.read(shelves, day, anew=True)
            now = {shelf: rows.iloc[:0] for shelf, rows in kept.rows.items()} | dict(now)
            judgement = about.judged(kept, now.get(about.by_id, pd.DataFrame()))
            if judgement is None or not judgement.has_news:
                return
            meeting = Meeting(about.resource, kept.rows, now, judgement, kept.unplaced)
            found = amended(meeting) if about.by_id in kept.rows else replaced(meeting, about.ids)
            if found is None:
                return
            if judgement.gone:
                outcome.aside += book.set_aside(self._began, day, kept)
            outcome.written += book.write(day, found, kept, about.ids, judgement)
        outcome.changed.append((about.resource, day))
        if any(not one.complete for one in found.values()):
            outcome.unplaced.append((about.resource, day))

    def _fresh(
        self, about: _About, shelf: Shelf, days: Sequence[Window], tell: Telling
    ) -> dict[Window, pd.DataFrame]:
        """What the service tells of a cut, by day; nothing where the farm lists nothing."""
        found: dict[Window, pd.DataFrame] = {}
        for stretch in stretches(days) if about.ids else ():
            piece = Piece(shelf, about.ids, stretch)
            rows, fetched_at = self._pieces.asked(piece, partial(tell, piece))
            within = tuple(d for d in days if stretch.start <= d.start and d.end <= stretch.end)
            found |= self._book.fresh(shelf, rows, within, fetched_at)
        return found

    def mend_totals(self, outcome: Outcome, days: Sequence[Window]) -> None:
        """Writes totals anew that hold less than what is known by id; raises HistoryError.

        So they do where somebody was broken off, or where one that could not be read was asked for
        anew after a queue was deleted.
        """
        for resource in (Dimension.QUEUE, Dimension.FLEET):
            about = _About(outcome.farm_id, resource, ())
            there = self._book.history.covered(about.by_id, days).days
            for day in self._book.history.covered(about.total, there):
                if self._is_short(about, day):
                    with self._book.history.alone():
                        outcome.written += self._mended(about, day)

    def _is_short(self, about: _About, day: Window) -> bool:
        kept = self._book.read((about.total, about.by_id), day)
        return len(kept.rows) > 1 and _total(about, kept) is not None

    def _mended(self, about: _About, day: Window) -> int:
        kept = self._book.read((about.total, about.by_id), day, anew=True)
        found = _total(about, kept) if len(kept.rows) > 1 else None
        if found is None:
            return 0
        ids = kept.origins[about.by_id].ids
        return self._book.write(day, {about.total: found}, kept, ids)


def _total(about: _About, kept: Entry) -> Amended | None:
    return mended_total(about.total, kept.rows[about.total], kept.rows[about.by_id])


def _none_of(kept: Entry, about: _About) -> pd.DataFrame:
    """What the service tells of a farm that lists nothing."""
    like = kept.rows.get(about.by_id)
    return like.iloc[:0] if like is not None else pd.DataFrame()


def _less(
    resource: Dimension, day: Window, judgement: Judgement, factor: float | None
) -> list[Less]:
    cells = (judgement.kept | judgement.gone).items()
    return [
        Less(resource, day, one, kind, cell.less_usd, cell.less_count, factor)
        for (one, kind), cell in sorted(cells)
    ]
