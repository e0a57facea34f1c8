"""The farm's line of runs: one aggregation at a time, pages read meanwhile, equal runs once.

The next one is of whoever has had least of the farm lately. Everybody who asks for a run that is
under way gets that run's answer; what was answered is kept for minutes in a cache bounded by rows,
and so is what an error broke off, to go on from there. A run whose pages would take long is asked
for in slices, one too large for the service in halves; one that nobody waits for is not started.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from stats import finer, smaller
from stats.aggregation import Begun, Stage
from stats.client import Client
from stats.clock import Clock, Patience
from stats.desk import Desk
from stats.errors import (
    AggregationFailed,
    AggregationTimedOut,
    FarmCostsError,
    Garbled,
    Malformed,
    ResultsExpired,
)
from stats.fetcher import Fetcher, NobodyWaits
from stats.kept import Kept
from stats.model import FarmId
from stats.plan import Run
from stats.pool import Pool
from stats.record import Fate, Records, RunRecord
from stats.shares import ANYBODY, Asker
from stats.starter import Starter, Starters
from stats.ticket import Fetched, Ticket, joined

_MOST_RESTARTS = {Fate.EXPIRED: 2, Fate.MALFORMED: 1}
"""How often a run is started once more for either."""

_READERS = 8
"""Runs whose pages are read at the same time, over all farms; each farm makes one more call."""


class Line:
    """Runs for all farms. Thread-safe; errors arrive through the ticket's future."""

    def __init__(
        self,
        client: Client,
        clock: Clock,
        patience: Patience,
        *,
        cache_seconds: float,
        cache_rows: int,
        turns: Path,
    ) -> None:
        self.records = Records()
        self._clock = clock
        self._desk = Desk(clock)
        self._lock = self._desk.lock
        self._fetcher = Fetcher(client, clock, patience, cache_seconds)
        self._farms = Starters(client.address, turns, clock, patience, self._lock)
        self._readers = Pool(_READERS, "farm-pages")
        self._kept = Kept(cache_seconds, cache_rows, clock.monotonic)

    def ask(self, run: Run, not_before: datetime | None = None, asker: Asker = ANYBODY) -> Ticket:
        """A ticket for the run; an answer kept from before `not_before` does not count.

        Whoever stops waiting for it says so (`leave`).
        """
        kept = self._kept.told(run, not_before)
        with self._lock:
            ticket, is_new = self._ticket(run, not_before, {asker}, kept)
            if is_new:
                farm = self._farms.of(run.farm_id)
                with self._failing(ticket):
                    if not self._told_by_finer(ticket, farm):
                        self._put(farm, [ticket], at_front=False)
        return ticket

    def told(self, farm_id: FarmId) -> tuple[RunRecord, ...]:
        """What became of the last Starts on a farm, whoever asked, and then what is under way."""
        return (*self.records.of(farm_id), *self._desk.under_way(farm_id))

    def leave(self, ticket: Ticket) -> None:
        """One who asked waits no more; a run that nobody waits for is not started."""
        self._desk.leave(ticket)

    def leave_all(self, tickets: Iterable[Ticket]) -> None:
        """One who asked for all of them waits for none of them any more."""
        self._desk.leave_all(tickets)

    def close(self) -> None:
        """Starts nothing any more; whoever still waits gets `Closed`."""
        self._fetcher.close()
        self._desk.close()
        with self._lock:
            self._farms.close()
        self._readers.close()

    def _ticket(
        self,
        run: Run,
        not_before: datetime | None,
        askers: set[Asker],
        kept: Fetched | None = None,
    ) -> tuple[Ticket, bool]:
        """A ticket, and whether it has still to be put in the queue."""
        kept = kept or self._kept.recent(run, not_before)
        return self._desk.ticket(run, not_before, kept, askers)

    def _put(self, farm: Starter, tickets: Sequence[Ticket], *, at_front: bool) -> None:
        with self._lock:
            if not self._desk.closed:
                farm.put(tickets, self._next, at_front=at_front)

    def _next(self, farm: Starter) -> None:
        """Starts the next run, unless nobody waits for it."""
        with self._lock:
            ticket = farm.take()
            if ticket.answer.done() or not self._desk.is_wanted(ticket):
                return
            ticket.begun = True
        since = self._clock.monotonic()
        with self._failing(ticket):
            try:
                self._begin(ticket, farm)
            except (ResultsExpired, Malformed) as error:
                self._again(ticket, farm, error)
        with self._lock:
            farm.shares.take_in(ticket.askers, self._clock.monotonic() - since)

    @contextmanager
    def _failing(self, ticket: Ticket) -> Iterator[None]:
        """Whatever goes wrong goes to those who hold the ticket: they raise it."""
        try:
            yield
        except BaseException as error:  # noqa: BLE001 - whoever holds the ticket raises it
            self._fail(ticket, error)

    def _begin(self, ticket: Ticket, farm: Starter) -> None:
        kept = self._kept.told(ticket.run, ticket.not_before)
        if kept is not None:
            self._desk.answer(ticket, kept)
            return
        if self._told_by_finer(ticket, farm):
            return
        begun = self._fetcher.begun(ticket.run, ticket.not_before)
        pieces = () if begun else self._pieces(ticket, farm)
        if len(pieces) > 1:
            self._in_parts(ticket, farm, pieces)
            return
        try:
            begun = self._fetcher.computed(ticket, farm.turn, begun, self._desk.is_wanted)
        except NobodyWaits:
            return
        except (AggregationFailed, AggregationTimedOut) as too_much:
            timed_out = isinstance(too_much, AggregationTimedOut)
            self._split(ticket, farm, too_much, Fate.TIMED_OUT if timed_out else Fate.FAILED)
            return
        ticket.tell(Stage.READING, len(begun.pages))
        if begun.pages[-1].next_token:
            self._readers.submit(self._read, ticket, farm, begun)
        else:
            self._read(ticket, farm, begun)

    def _pieces(self, ticket: Ticket, farm: Starter) -> Sequence[Run]:
        """What to ask for in its place: halves, slices, or nothing else."""
        with self._lock:
            outlives, most = farm.sizes.outlives(ticket.run), farm.slices(ticket)
        if outlives or self._kept.was_too_large(ticket.run):
            return smaller.halves(ticket.run)
        return smaller.slices(ticket.run, most)

    def _split(self, ticket: Ticket, farm: Starter, too_much: FarmCostsError, fate: Fate) -> None:
        """Asks for it in halves, now and from then on; raises the error at the floor."""
        pieces = smaller.halves(ticket.run)
        if not pieces:
            raise too_much
        ticket.tried += (self._record(ticket, fate, ticket.pages),)
        self._kept.is_too_large(ticket.run)
        self._in_parts(ticket, farm, pieces)

    def _told_by_finer(self, ticket: Ticket, farm: Starter) -> bool:
        """Whether a run under way will tell this one, well before it would be done itself."""
        with self._lock:
            other = None if ticket.alone else self._finer(ticket, farm)
            if other is None:
                return False
            other.wanted_by += ticket.wanted_by > 0
            other.askers |= ticket.askers
            ticket.parts = (other,)
        other.answer.add_done_callback(lambda answer: self._finer_answered(ticket, farm, answer))
        return True

    def _finer(self, ticket: Ticket, farm: Starter) -> Ticket | None:
        for run in finer.finer_runs(ticket.run):
            other = self._desk.shareable(run, ticket.not_before)
            if other is not None and (
                finer.is_as_short(run, ticket.run) or farm.sizes.is_read_soon(run, _READERS)
            ):
                return other
        return None

    def _finer_answered(self, ticket: Ticket, farm: Starter, answer: Future[Fetched]) -> None:
        """Ends a ticket that a finer run tells; where that does not, it is asked for alone."""
        with self._failing(ticket):
            if not answer.cancelled() and answer.exception() is None:
                told = self._kept.coarser(answer.result(), ticket.run, ticket.not_before)
                if told is not None:
                    self._desk.answer(ticket, told)
                    return
            with self._lock:
                ticket.parts, ticket.alone = (), True
            self._put(farm, [ticket], at_front=True)

    def _in_parts(self, ticket: Ticket, farm: Starter, pieces: Sequence[Run]) -> None:
        with self._lock:
            made = [self._ticket(piece, ticket.not_before, ticket.askers) for piece in pieces]
            ticket.parts = tuple(part for part, _ in made)
            if ticket.wanted_by <= 0:
                self._desk.leave_all(ticket.parts)
            self._put(farm, [part for part, is_new in made if is_new], at_front=True)
        for part in ticket.parts:
            part.answer.add_done_callback(lambda _: self._part_answered(ticket))

    def _part_answered(self, ticket: Ticket) -> None:
        """Ends a ticket that is asked for in parts: with the first error, or with the last part."""
        answers = [part.answer for part in ticket.parts]
        answered = [answer for answer in answers if answer.done()]
        if any(answer.cancelled() for answer in answered):
            self._desk.cancel(ticket)
            return
        with self._failing(ticket):
            pieces = [answer.result() for answer in answered]
            if answers and len(pieces) == len(answers):  # none once an error has ended it
                self._succeed(ticket, joined(pieces))

    def _read(self, ticket: Ticket, farm: Starter, begun: Begun) -> None:
        since = self._clock.monotonic()
        with self._failing(ticket):
            try:
                rows = self._fetcher.rows(ticket, begun)
            except ResultsExpired as error:
                self._lost(ticket, farm, begun, error)
                return
            except Malformed as error:
                self._again(ticket, farm, error)
                return
            pages, read_at = len(begun.pages), self._clock.monotonic()
            if begun.broken_off is None:
                with self._lock:
                    farm.sizes.learn(ticket.run, rows, begun.ran_seconds, read_at - since, pages)
            record = self._record(ticket, Fate.COMPLETED, pages, len(rows))
            self._succeed(ticket, Fetched(rows, begun.taken_at, read_at, (record,)))

    def _lost(self, ticket: Ticket, farm: Starter, begun: Begun, gone: ResultsExpired) -> None:
        """Asks again for results that were gone amid their pages; the second time in halves.

        What can't be read in the time that it is kept is too large, and so are others like it.
        """
        if ticket.tried and smaller.halves(ticket.run):
            with self._lock:
                farm.sizes.learn_lost(ticket.run, sum(len(page.rows) for page in begun.pages))
            self._split(ticket, farm, gone, Fate.EXPIRED)
        else:
            self._again(ticket, farm, gone)

    def _again(self, ticket: Ticket, farm: Starter, error: ResultsExpired | Malformed) -> None:
        """Starts it once more, where that has not been done too often."""
        fate = Fate.EXPIRED if isinstance(error, ResultsExpired) else Fate.MALFORMED
        times = [one.fate for one in ticket.tried].count(fate)
        if isinstance(error, Garbled) or times >= _MOST_RESTARTS[fate]:
            self._fail(ticket, error)  # after a page that was garbled it is gone on from there
        else:
            ticket.tried += (self._record(ticket, fate, ticket.pages),)
            ticket.tell(Stage.QUEUED, 0)
            self._put(farm, [ticket], at_front=True)

    def _succeed(self, ticket: Ticket, fetched: Fetched) -> None:
        """Answers it, and keeps the answer in place of those of its own parts."""
        own = [part.run for part in ticket.parts if part.begun and not part.is_shared]
        self._kept.keep(ticket.run, ticket.credited(fetched), own)
        self._desk.answer(ticket, fetched)

    def _fail(self, ticket: Ticket, error: BaseException) -> None:
        if not ticket.parts:
            self._record(ticket, Fate.ERROR, ticket.pages, error=str(error))
        self._desk.fail(ticket, error)

    def _record(
        self, ticket: Ticket, fate: Fate, pages: int = 0, rows: int = 0, error: str = ""
    ) -> RunRecord:
        record = ticket.record(fate, pages, rows, error)
        return self.records.add(ticket.run.farm_id, record)
