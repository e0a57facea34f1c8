"""The collector: asks for what history lacks of settled days, so that it is there when opened.

Each cut is asked for by itself and kept as soon as it has come: what is broken off goes on from
there, and a server or another collector beside it does no harm.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import combinations

import pandas as pd

from stats import belief, intake, mended
from stats.checkup import Checkup
from stats.compact import compact, migrate
from stats.conflict import Conflict, Why
from stats.daybook import Daybook
from stats.dayfile import Shelf
from stats.dispute import Disputes
from stats.errors import AccessError, FarmCostsError, HistoryError, Refused
from stats.history import History
from stats.intake import Answered, Intake
from stats.keeper import Keeper
from stats.knowledge import clipped, on_end
from stats.line import Line
from stats.model import Dimension, FarmId, Window
from stats.names import Names
from stats.outcome import Outcome
from stats.piece import InLine, Piece, Pieces, chunks
from stats.plan import YARDSTICK, Cut
from stats.progress import Progress
from stats.reading import looked
from stats.restored import restore_totals
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


class Collector:
    """Collects for one reporter's farms, in the days of one zone."""

    def __init__(self, line: Line, names: Names, keeper: Keeper, zone: Zone, now: datetime) -> None:
        self._pieces = Pieces(line, names, zone, now)
        self._line = line
        self._lacking: dict[tuple[str, Dimension, Window], tuple[Window, ...]] = {}
        self._names = names
        self._keeper = keeper
        self._history: History = keeper.folder
        self._zone = zone
        self._now = now

    def days(self, since: datetime) -> tuple[Window, ...]:
        """The settled days from some instant on, oldest first."""
        edges = self._zone.days(since, self._now)
        return tuple(d for pair in edges if self._history.is_settled(d := Window(*pair), self._now))

    @property
    def checkup(self) -> Checkup:
        """What asks again for days that are there already."""
        return Checkup(self._pieces, self._book, self._keeper.certainty.rule)

    @property
    def _book(self) -> Daybook:
        return Daybook(self._history, self._names, self._keeper.source, self._zone)

    @property
    def _disputes(self) -> Disputes:
        return Disputes(self._pieces, self._keeper, self._book, self.checkup, self._zone)

    def pieces(
        self, farm_id: FarmId, days: Sequence[Window], *, to_the_end: bool = False
    ) -> list[Piece]:
        """What history lacks of those days: the latest days first, then cut by cut.

        What is in a file that is not as it should be is lacking; `to_the_end` reads all of them.
        Raises the errors of listings, and HistoryError.
        """
        ids = self._pieces.ids(farm_id)
        found = []
        for some in chunks(days, _DAYS_AT_ONCE):
            for resource, every in ids.items():
                late = partial(self._keeper.lost, now=self._now, only_late=True)
                restore_totals(self._history, farm_id, resource, some, late)
                for cut in CUTS if every else ():
                    shelf = Shelf(farm_id, resource, cut.by)
                    there = self._there(shelf, some, to_the_end=to_the_end)
                    there |= self._keeper.lost(shelf, self._now)
                    missing = [day for day in some if day not in there]
                    found += [Piece(shelf, every, w) for w in on_end(missing)]
        return found

    def _there(self, shelf: Shelf, days: Sequence[Window], *, to_the_end: bool) -> set[Window]:
        """Days that are in files as they should be; not those that can't be as empty as they are.

        The latter are taken for absent from then on.
        """

        def look() -> set[Window]:
            there = self._history.sound(shelf, days, to_the_end=to_the_end)
            held = self._history.listed(shelf).among(tuple(there))
            contradicted = belief.contradicted(self._history, held)
            if contradicted:
                self._history.not_believed(held, contradicted)
            return there.difference(contradicted)

        return looked(self._history, (shelf,), look)

    def collect(
        self, outcome: Outcome, pieces: Iterable[Piece], tell: Callable[[Piece, Progress], None]
    ) -> Iterator[Piece]:
        """Collects pieces, and yields each that is done with; errors are in the outcome.

        Where access or history is the trouble, the rest is given up.
        """
        waiting = deque[InLine]()
        coming = (piece for piece in pieces if not self._is_there(piece))
        try:
            while True:
                while len(waiting) < _ASKED_AHEAD and (piece := next(coming, None)):
                    waiting.append(self._pieces.put_in_line(piece, partial(tell, piece)))
                if not waiting:
                    return
                one = waiting.popleft()
                piece = one.piece
                try:
                    answered = self._in_full(outcome, one, self._answered(one, tell), tell)
                    taken = self._keeper.write(answered)
                    _note(outcome, piece, taken)
                    disputed = sorted({*taken.more, *taken.late}, key=lambda day: day.start)
                    if disputed:
                        self._disputes.settle(outcome, piece, disputed, tell)
                except FarmCostsError as error:
                    if outcome.goes_back and isinstance(error, Refused):
                        outcome.back_to = piece.window.end
                        return
                    outcome.errors.append(error)
                    if isinstance(error, AccessError | HistoryError):
                        return
                finally:
                    self._pieces.leave(one)
                yield piece
        finally:
            for one in waiting:
                self._pieces.leave(one)

    def _answered(self, one: InLine, tell: Callable[[Piece, Progress], None]) -> Answered:
        """What was told of a piece; with the total, where the service may tell less of it by now.

        So it may where the piece holds less than a total from before this collecting.
        """
        piece = one.piece
        rows, fetched_at = self._pieces.answered(one)
        of = (piece.shelf, (piece.window,), piece.ids, rows, self._zone, fetched_at)
        answered = Answered(*of)
        if not intake.falls_short(self._history, answered, self._now):
            return answered
        shelf = Shelf(piece.shelf.farm_id, piece.shelf.resource, YARDSTICK.by)
        beside = replace(piece, shelf=shelf)
        total, _ = self._pieces.asked(beside, partial(tell, beside))
        return replace(answered, total=total)

    def _in_full(
        self,
        outcome: Outcome,
        one: InLine,
        answered: Answered,
        tell: Callable[[Piece, Progress], None],
    ) -> Answered:
        """Without days that touch those of other zones of which less is told than history has."""
        piece = one.piece
        key = piece.shelf.farm_id, piece.shelf.resource, piece.window
        if key not in self._lacking:
            self._lacking[key] = tuple(self._less_told(one, tell))
        lacking = self._lacking[key]
        if not lacking:
            return answered
        days = [Window(*pair) for pair in self._zone.days(piece.window.start, piece.window.end)]
        left = [day for day in days if clipped(lacking, day)]
        for day in left:
            outcome.leave(Conflict(piece.shelf.resource, day, why=Why.ELSEWHERE))
        return replace(answered, windows=tuple(day for day in days if day not in left))

    def _less_told(self, one: InLine, tell: Callable[[Piece, Progress], None]) -> Iterator[Window]:
        """Those days of other zones; raises what asking for all of them raises."""
        farm_id, resource = one.piece.shelf.farm_id, one.piece.shelf.resource
        looks = self._keeper.parts(one.asked)
        if looks is None:
            raise HistoryError("Nothing of these days is written", self._keeper.trouble)
        for look, days in looks.items():
            pieces, told = Pieces(self._line, self._names, look.zone, self._now), []
            for window in on_end(days):
                shelf = Shelf(farm_id, resource, look.cut.by, look.hourly)
                piece = replace(one.piece, shelf=shelf, window=window)
                told.append(pieces.asked(piece, partial(tell, piece))[0])
            still = self._keeper.still_told(one.asked, look, days, pd.concat(told))
            yield from (day for day in days if day not in still)

    def hold(self, outcome: Outcome, days: Sequence[Window]) -> None:
        """Holds totals to all cuts of some days (`mended`); what goes wrong is in the outcome."""
        try:
            mended.hold(self._history, outcome, days)
        except HistoryError as error:
            outcome.errors.append(error)

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


def _note(outcome: Outcome, piece: Piece, taken: Intake) -> None:
    """How much was written of a piece, and what was not, and why; but days in dispute."""
    outcome.written += taken.written
    if taken.empty:
        outcome.errors.append(belief.refused(piece.shelf, taken.empty))
    outcome.quiet |= {(piece.shelf.resource, day) for day in taken.quiet}
    outcome.nobodys |= taken.nobodys
