"""The collector: asks for what history lacks of settled days, so that it is there when opened.

Each cut is asked for by itself and kept as soon as it has come: what is broken off goes on from
there, and a server or another collector beside it does no harm.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from itertools import combinations

import pandas as pd

from stats import cuts
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

    def __str__(self) -> str:
        by = " × ".join(d.words for d in self.shelf.by)
        days = round((self.window.end - self.window.start) / timedelta(days=1))
        return f"{by} by {self.shelf.resource}s, {days} days to {self.window.end:%Y-%m-%d}"


@dataclass
class Outcome:
    """What came of collecting one farm: days of cuts written, and what could not be had.

    One that `goes_back` ends without an error where the service refuses: it answers `back_to` then.
    """

    farm_id: FarmId
    goes_back: bool = False
    written: int = 0
    errors: list[FarmCostsError] = field(default_factory=list)
    back_to: datetime | None = None


class Collector:
    """Collects for one reporter's farms, in the days of one zone."""

    def __init__(self, line: Line, names: Names, keeper: Keeper, zone: Zone, now: datetime) -> None:
        history = keeper.history
        if history is None:
            raise HistoryError(
                "There is no history to collect into (FARM_COSTS_HISTORY is off)",
                "Unset it, or set it to a folder.",
            )
        self._line = line
        self._names = names
        self._keeper = keeper
        self._history: History = history
        self._zone = zone
        self._now = now

    def days(self, since: datetime) -> tuple[Window, ...]:
        """The settled days from some instant on, oldest first."""
        edges = self._zone.days(since, self._now)
        return tuple(d for pair in edges if self._history.is_settled(d := Window(*pair), self._now))

    def pieces(self, farm_id: FarmId, days: Sequence[Window]) -> list[Piece]:
        """What history lacks of those days: the latest days first, then cut by cut.

        Raises the errors of listings, and HistoryError.
        """
        ids = {
            resource: tuple(sorted(one.id for one in self._names.resources(farm_id, resource)))
            for resource in (Dimension.QUEUE, Dimension.FLEET)
        }
        found = []
        for some in _chunks(days):
            for resource, every in ids.items():
                for cut in CUTS if every else ():
                    shelf = Shelf(farm_id, resource, cut.by)
                    found += [Piece(shelf, every, w) for w in self._missing(shelf, some)]
        return found

    def collect(
        self, outcome: Outcome, pieces: Iterable[Piece], tell: Callable[[Piece, Progress], None]
    ) -> Iterator[Piece]:
        """Collects pieces, and yields each that is done with; errors are in the outcome.

        Where access or history is the trouble, the rest is given up.
        """
        waiting = deque[tuple[Piece, Asked, list[Ticket]]]()
        coming = iter(pieces)
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
                    _leave(self._line, tickets)
                yield piece
        finally:
            for _, _, tickets in waiting:
                _leave(self._line, tickets)

    def _missing(self, shelf: Shelf, days: Sequence[Window]) -> list[Window]:
        """Stretches of days on end that have no file."""
        there = self._history.listed(shelf)
        stretches: list[Window] = []
        for day in days:
            if day in there:
                continue
            if stretches and stretches[-1].end == day.start:
                stretches[-1] = Window(stretches[-1].start, day.end)
            else:
                stretches.append(day)
        return stretches

    def _put_in_line(self, piece: Piece, tell: Tell) -> tuple[Piece, Asked, list[Ticket]]:
        scope = Scope(piece.shelf.resource, piece.ids, whole=True)
        farm_id, zone = FarmId(piece.shelf.farm_id), self._zone
        question = Question(
            farm_id, scope, piece.window, zone.name, piece.shelf.by, period=Period.DAILY
        )
        asked = Asked(question, piece.window, (piece.window,), zone, self._now, None, tell, _no_end)
        return piece, asked, cuts.put_in_line(self._line, Cut(piece.shelf.by), question, asked)

    def _kept(self, piece: Piece, asked: Asked, tickets: Sequence[Ticket]) -> int:
        rows, fetched_at = cuts.answered(tickets, asked)
        self._learn_names(piece, rows)
        return self._keeper.write(piece.shelf, (piece.window,), rows, self._zone, fetched_at)

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


def _chunks(days: Sequence[Window]) -> Iterator[Sequence[Window]]:
    """Days in stretches, the latest first."""
    for end in range(len(days), 0, -_DAYS_AT_ONCE):
        yield days[max(0, end - _DAYS_AT_ONCE) : end]


def _leave(line: Line, tickets: Iterable[Ticket]) -> None:
    for ticket in tickets:
        line.leave(ticket)
