"""The collector: asks for what history lacks of settled days, so that it is there when opened.

Each cut is asked for by itself and kept as soon as it has come: what is broken off goes on from
there, and a server or another collector beside it does no harm.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import combinations

import pandas as pd

from stats import cuts, dayfile
from stats.compact import compact, migrate
from stats.cuts import Asked
from stats.dayfile import Shelf
from stats.errors import AccessError, FarmCostsError, HistoryError, Refused
from stats.history import History
from stats.keeper import Keeper
from stats.line import Line
from stats.model import MISSING, Dimension, FarmId, Period, Question, Scope, Window
from stats.names import Names
from stats.plan import YARDSTICK, Cut
from stats.progress import Progress, Tell
from stats.shares import BY_NIGHT
from stats.store import File
from stats.ticket import Ticket
from stats.zone import Zone

_OF_JOBS = Cut((Dimension.JOB, Dimension.QUEUE))
_PAIRS = (Cut(pair) for pair in combinations(sorted(Dimension), 2))
CUTS = (YARDSTICK, _OF_JOBS, *(cut for cut in _PAIRS if cut != _OF_JOBS))
"""What is collected: the total, and how any two dimensions go together.

What three or more have to do with one another follows from those, where it follows at all. Jobs'
queues come early, since a job's name is asked for with its queue.
"""

_DAYS_AT_ONCE = 28
_ASKED_AHEAD = 6
"""Runs in line while the first of them is waited for, so that the farm is never idle."""


@dataclass(frozen=True)
class Piece:
    """One cut of a farm over some days on end that history lacks."""

    shelf: Shelf
    ids: tuple[str, ...]
    window: Window
    anew: bool = False
    """Whether days that there are already are written once more."""

    def __str__(self) -> str:
        by = " × ".join(d.words for d in self.shelf.by)
        days = round((self.window.end - self.window.start) / timedelta(days=1))
        return f"{by} by {self.shelf.resource}s, {days} days to {self.window.end:%Y-%m-%d}"


@dataclass
class Outcome:
    """What came of collecting one farm: days of cuts written, and what could not be had.

    One that `goes_back` ends without an error where the service refuses: it answers `back_to` then.
    `changed` are settled days whose total is not any more what history has, in words.
    """

    farm_id: FarmId
    goes_back: bool = False
    written: int = 0
    errors: list[FarmCostsError] = field(default_factory=list)
    back_to: datetime | None = None
    changed: list[str] = field(default_factory=list)


class Collector:
    """Collects for one reporter's farms, in the days of one zone."""

    def __init__(self, line: Line, names: Names, keeper: Keeper, zone: Zone, now: datetime) -> None:
        self._line = line
        self._names = names
        self._keeper = keeper
        self._history: History = keeper.folder
        self._zone = zone
        self._now = now

    def days(self, since: datetime) -> tuple[Window, ...]:
        """The settled days from some instant on, oldest first."""
        edges = self._zone.days(since, self._now)
        return tuple(d for pair in edges if self._history.is_settled(d := Window(*pair), self._now))

    def pieces(
        self, farm_id: FarmId, days: Sequence[Window], *, to_the_end: bool = False
    ) -> list[Piece]:
        """What history lacks of those days: the latest days first, then cut by cut.

        What is in a file that is not as it should be is lacking; `to_the_end` reads all of them.
        Raises the errors of listings, and HistoryError.
        """
        ids = self._ids(farm_id)
        found = []
        for some in _chunks(days):
            for resource, every in ids.items():
                for cut in CUTS if every else ():
                    shelf = Shelf(farm_id, resource, cut.by)
                    there = self._history.sound(shelf, some, to_the_end=to_the_end)
                    there |= self._keeper.lost(shelf, self._now)
                    missing = [day for day in some if day not in there]
                    found += [Piece(shelf, every, w) for w in _stretches(missing)]
        return found

    def _ids(self, farm_id: FarmId) -> dict[Dimension, tuple[str, ...]]:
        return {
            resource: tuple(sorted(one.id for one in self._names.resources(farm_id, resource)))
            for resource in (Dimension.QUEUE, Dimension.FLEET)
        }

    def changed(
        self, outcome: Outcome, days: Sequence[Window], tell: Callable[[Piece, Progress], None]
    ) -> list[Piece]:
        """What has to be asked for anew, since a day's total by usage type has changed.

        The totals come last: until then the day is found again. Raises what asking raises.
        """
        pieces: list[Piece] = []
        for resource, every in self._ids(outcome.farm_id).items():
            total = Shelf(outcome.farm_id, resource, YARDSTICK.by)
            there = self._history.covered(total, days)
            for stretch in _stretches(list(there)) if every else ():
                piece = Piece(total, every, stretch)
                _, asked, tickets = self._put_in_line(piece, partial(tell, piece))
                try:
                    rows, _ = cuts.answered(tickets, asked)
                finally:
                    self._line.leave_all(tickets)
                for day in self._differing(total, there, rows, stretch):
                    outcome.changed.append(f"{self._zone.day(day.start)} by {resource}s")
                    pieces += self._all_of(outcome.farm_id, resource, every, day)
        return pieces

    def _differing(
        self, total: Shelf, there: Mapping[Window, File], rows: pd.DataFrame, stretch: Window
    ) -> list[Window]:
        """The days of a stretch on which rows have not the totals that history has."""
        days = tuple(d for d in there if stretch.start <= d.start and d.end <= stretch.end)
        now = dayfile.by_day(rows, total, days, self._zone)
        return [day for day in days if not _same(self._history.read(total, day), now[day])]

    def _all_of(
        self, farm_id: FarmId, resource: Dimension, ids: tuple[str, ...], day: Window
    ) -> list[Piece]:
        """Every cut that history has of a day, the total last."""
        shelves = [
            s for s in self._history.shelves() if (s.farm_id, s.resource) == (farm_id, resource)
        ]
        having = [shelf for shelf in shelves if day in self._history.listed(shelf)]
        having.sort(key=lambda shelf: (shelf.by == YARDSTICK.by, not shelf.hourly, shelf.by))
        return [Piece(shelf, ids, day, anew=True) for shelf in having]

    def collect(
        self, outcome: Outcome, pieces: Iterable[Piece], tell: Callable[[Piece, Progress], None]
    ) -> Iterator[Piece]:
        """Collects pieces, and yields each that is done with; errors are in the outcome.

        Where access or history is the trouble, the rest is given up.
        """
        waiting = deque[tuple[Piece, Asked, list[Ticket]]]()
        coming = (piece for piece in pieces if piece.anew or not self._is_there(piece))
        try:
            while True:
                while len(waiting) < _ASKED_AHEAD and (piece := next(coming, None)):
                    waiting.append(self._put_in_line(piece, partial(tell, piece)))
                if not waiting:
                    return
                piece, asked, tickets = waiting.popleft()
                try:
                    outcome.written += self._kept(piece, asked, tickets)
                except FarmCostsError as error:
                    if outcome.goes_back and isinstance(error, Refused):
                        outcome.back_to = piece.window.end
                        return
                    outcome.errors.append(error)
                    if isinstance(error, AccessError | HistoryError):
                        return
                finally:
                    self._line.leave_all(tickets)
                yield piece
        finally:
            for _, _, tickets in waiting:
                self._line.leave_all(tickets)

    def put_together(self, outcome: Outcome) -> None:
        """Makes one file of each month that is over, and takes in what is of the former format.

        What goes wrong is in the outcome.
        """
        try:
            shelves = [s for s in self._history.shelves() if s.farm_id == outcome.farm_id]
            deque(compact(self._history, shelves, self._now), maxlen=0)
            deque(migrate(self._history, shelves), maxlen=0)
        except HistoryError as error:
            outcome.errors.append(error)

    def _is_there(self, piece: Piece) -> bool:
        """Whether somebody else has written all of it meanwhile."""
        there = self._history.listed(piece.shelf)
        edges = self._zone.days(piece.window.start, piece.window.end)
        return all(Window(*pair) in there for pair in edges)

    def _put_in_line(self, piece: Piece, tell: Tell) -> tuple[Piece, Asked, list[Ticket]]:
        scope = Scope(piece.shelf.resource, piece.ids, whole=True)
        farm_id, zone = FarmId(piece.shelf.farm_id), self._zone
        cut = Cut(piece.shelf.by, piece.shelf.hourly)
        period = Period.HOURLY if cut.hourly else Period.DAILY
        question = Question(farm_id, scope, piece.window, zone.name, cut.by, period=period)
        asked = Asked(
            *(question, piece.window, (piece.window,), zone, self._now, None),
            tell=tell,
            time_left=_no_end,
            asker=BY_NIGHT,
        )
        return piece, asked, cuts.put_in_line(self._line, cut, question, asked)

    def _kept(self, piece: Piece, asked: Asked, tickets: Sequence[Ticket]) -> int:
        rows, fetched_at = cuts.answered(tickets, asked)
        self._learn_names(piece, rows)
        return self._keeper.write(
            piece.shelf, (piece.window,), rows, self._zone, fetched_at, anew=piece.anew
        )

    def _learn_names(self, piece: Piece, rows: pd.DataFrame) -> None:
        """Asks for names that did not come with the rows; what can't be had stays without."""
        farm_id = FarmId(piece.shelf.farm_id)
        if Dimension.USER in piece.shelf.by:
            self._names.people(farm_id, set(rows["user_id"]) - {MISSING})
        if {Dimension.JOB, Dimension.QUEUE} <= set(piece.shelf.by):
            nameless = rows[(rows["job_id"] != MISSING) & (rows["job_name"] == "")]
            self._names.jobs(farm_id, zip(nameless["queue_id"], nameless["job_id"], strict=True))


def _no_end() -> float:
    return float("inf")


def _stretches(days: Sequence[Window]) -> list[Window]:
    """Days, which are in order, as stretches on end."""
    found: list[Window] = []
    for day in days:
        if found and found[-1].end == day.start:
            found[-1] = Window(found[-1].start, day.end)
        else:
            found.append(day)
    return found


def _same(stored: pd.DataFrame, fetched: pd.DataFrame) -> bool:
    """Whether two have the same totals by usage type; rounding is no difference."""
    before, now = (
        rows.groupby("usage_type")[["count", "cost_usd_sum", "runtime_seconds_sum"]].sum()
        for rows in (stored, fetched)
    )
    if set(before.index) != set(now.index):
        return False
    apart = (before - now.loc[before.index]).abs()
    return bool((apart <= before.abs() * 1e-9 + 1e-6).all(axis=None))


def _chunks(days: Sequence[Window]) -> Iterator[Sequence[Window]]:
    """Days in stretches, the latest first."""
    for end in range(len(days), 0, -_DAYS_AT_ONCE):
        yield days[max(0, end - _DAYS_AT_ONCE) : end]
