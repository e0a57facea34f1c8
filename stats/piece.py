"""What a collector asks for at once: one cut of a whole farm, over some days on end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import pandas as pd

from stats import cuts
from stats.cuts import Asked
from stats.dayfile import Shelf
from stats.line import Line
from stats.model import MISSING, Dimension, FarmId, Period, Question, Scope, Window
from stats.names import Names
from stats.plan import MOST_GROUP_BYS, Cut
from stats.progress import Tell
from stats.shares import BY_NIGHT
from stats.ticket import Ticket
from stats.zone import Zone


@dataclass(frozen=True)
class Piece:
    """One cut of a farm over some days on end."""

    shelf: Shelf
    ids: tuple[str, ...]
    window: Window

    @property
    def each(self) -> Dimension | None:
        """What a run is made of each of, where a cut tells more apart than the service does."""
        return self.shelf.resource if len(self.shelf.by) > MOST_GROUP_BYS else None

    def told(self, zone: Zone) -> str:
        """What is asked for, in words; both dates are of days that it is of."""
        by = " × ".join(d.words for d in self.shelf.by)
        first, last = zone.day(self.window.start), zone.last_day(self.window.end)
        days = f"{first}" if first == last else f"{first} to {last}"
        return f"{by} by {self.shelf.resource}s, {days} ({zone.name})"


@dataclass(frozen=True)
class InLine:
    """A piece that was asked for."""

    piece: Piece
    asked: Asked
    tickets: list[Ticket]


class Pieces:
    """Asks for pieces, in the days of one zone."""

    def __init__(self, line: Line, names: Names, zone: Zone, now: datetime) -> None:
        self._line = line
        self._names = names
        self._zone = zone
        self._now = now

    def ids(self, farm_id: FarmId) -> dict[Dimension, tuple[str, ...]]:
        """All queues and all fleets that the farm lists; raises the errors of listings."""
        return {
            resource: tuple(sorted(one.id for one in self._names.resources(farm_id, resource)))
            for resource in (Dimension.QUEUE, Dimension.FLEET)
        }

    def since(self, farm_id: FarmId, resource: Dimension) -> dict[str, datetime]:
        """When each queue (or fleet) that the farm lists was created, as far as that is told."""
        every = self._names.resources(farm_id, resource)
        return {one.id: one.created_at for one in every if one.created_at}

    def put_in_line(self, piece: Piece, tell: Tell, not_before: datetime | None = None) -> InLine:
        """Asks for one; whoever does leaves it in the end.

        What was answered before `not_before` does not count.
        """
        scope = Scope(piece.shelf.resource, piece.ids, whole=True)
        farm_id, zone = FarmId(piece.shelf.farm_id), self._zone
        by, hourly = piece.shelf.by, piece.shelf.hourly
        period = Period.HOURLY if hourly else Period.DAILY
        question = Question(farm_id, scope, piece.window, zone.name, by, period=period)
        cut = Cut(tuple(one for one in by if one is not piece.each), hourly)
        asked = Asked(
            *(question, piece.window, (piece.window,), zone, self._now, not_before),
            tell=tell,
            time_left=_no_end,
            asker=BY_NIGHT,
        )
        tickets = cuts.put_in_line(self._line, cut, question, asked, piece.each)
        return InLine(piece, asked, tickets)

    def answered(self, one: InLine) -> tuple[pd.DataFrame, datetime]:
        """Its rows, and when the service took the first of them; names that they lack are learnt.

        Raises the first error of its runs.
        """
        rows, fetched_at = cuts.answered(one.tickets, one.asked, one.piece.each)
        self._learn_names(one.piece, rows)
        return rows, fetched_at

    def asked(self, piece: Piece, tell: Tell) -> tuple[pd.DataFrame, datetime]:
        """The same of one that is asked for now."""
        one = self.put_in_line(piece, tell)
        try:
            return self.answered(one)
        finally:
            self.leave(one)

    def leave(self, one: InLine) -> None:
        """It is waited for no more."""
        self._line.leave_all(one.tickets)

    def _learn_names(self, piece: Piece, rows: pd.DataFrame) -> None:
        """Asks for names that did not come with the rows; what can't be had stays without."""
        farm_id = FarmId(piece.shelf.farm_id)
        if Dimension.USER in piece.shelf.by:
            self._names.people(farm_id, set(rows["user_id"]) - {MISSING})
        if {Dimension.JOB, Dimension.QUEUE} <= set(piece.shelf.by):
            nameless = rows[(rows["job_id"] != MISSING) & (rows["job_name"] == "")]
            self._names.jobs(farm_id, zip(nameless["queue_id"], nameless["job_id"], strict=True))


def chunks(days: Sequence[Window], most: int) -> Iterator[Sequence[Window]]:
    """Days, so many at once, the latest first."""
    for end in range(len(days), 0, -most):
        yield days[max(0, end - most) : end]


def _no_end() -> float:
    return float("inf")
