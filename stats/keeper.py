"""History as a reporter uses it: what it tells is read, what is new to it is kept.

It is written in a thread of its own, so that nobody waits for a disk, but where a lost total is
made anew. Where it can't be read or written, the service is asked instead, and `trouble` says so.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import cache, partial

import pandas as pd

from stats import belief, intake, particulars, parts, past, remark, restored, standing, ways
from stats.certainty import Certainty
from stats.cuts import Asked, Cuts
from stats.dayfile import Shelf
from stats.errors import FarmCostsError, HistoryError
from stats.findings import Findings
from stats.history import History
from stats.intake import Answered, Intake
from stats.knowledge import Gaps, clipped
from stats.looking import Changed, no_history
from stats.model import MISSING, OTHERS, Dimension, FarmId, Jobs, Question, Window, is_id
from stats.names import Names
from stats.out_of_reach import Unwritten
from stats.parts import Days, Look
from stats.past import Past, Sought
from stats.people import NONE, Named, Trouble
from stats.plan import YARDSTICK, Plan, is_whole
from stats.remark import Remark, RemarkKind
from stats.scopes import Scopes
from stats.standing import Standing, Told
from stats.watch import Watch
from stats.whose import Whose, whose
from stats.writer import Writer
from stats.zone import Zone

_LOG = logging.getLogger(__name__)


class Keeper:
    """Thread-safe. Without a history nothing is told, and nothing kept."""

    def __init__(self, certainty: Certainty, names: Names, source: str) -> None:
        self.history = certainty.history
        self.certainty = certainty
        self._watch = Watch()
        self._watched = self._watch.over
        self._told = ""
        self._names = names
        self.scopes = Scopes(certainty, names, self._watched)
        self.source = source
        self._writer = Writer()

    @property
    def folder(self) -> History:
        """The history; raises HistoryError where none is kept."""
        if self.history is None:
            raise no_history(self.source)
        return self.history

    @property
    def trouble(self) -> str:
        """Why history could not be read or written when that was last tried; empty: it could."""
        return " ".join(self._watch.troubles)

    def unread(self, what: str) -> str:
        """Why history could not tell that when it was last asked; empty: it could."""
        return self._watch.about(what)

    def of_troubles(self) -> tuple[Remark, ...]:
        """What is to be said of that, which is told now."""
        self._told = self.trouble
        return tuple(Remark(RemarkKind.HISTORY, trouble) for trouble in self._watch.troubles)

    def told(self, asked: Asked, found: frozenset[str] = frozenset()) -> Past | None:
        """What history tells of a question, with jobs `found` by name elsewhere; never raises."""
        is_told = partial(self.certainty.rule.is_in_time, at=asked.at)
        of_asked = is_told, partial(self.scopes.unasked, asked)
        sought = Sought(found, lambda days, jobs: self._named(asked, days, jobs).names, *of_asked)
        told: Past | None = None
        with self._watched("told"):
            if self.history:
                of = self.history, asked.question, asked.window, sought
                told = past.told(*of, partial(self._restore, asked))
                if told and self._hold(asked, told):
                    told.close()
                    told = past.told(*of)
            if told and told.unread:
                raise told.unread  # which is said beside it
        return told

    def _restore(self, asked: Asked) -> None:
        """Makes the question's totals that are not there; HistoryError where there is no place."""
        with self._watch.reading_over("made"):
            restored.restore(self.certainty, whose(asked).farms, asked)

    def _hold(self, asked: Asked, told: Past) -> bool:
        """Holds totals to what is told (`restored.hold`); whether some are others by now."""
        more = {day: (cut,) for day, cut in told.over.items() if not cut.hourly}
        with self._watched("held"):
            return restored.hold(self.folder, whose(asked).farms.shelf, more) > 0
        return True  # as far as they are had here alone

    def sought(
        self, told: Past, text: str, jobs: Collection[str]
    ) -> tuple[frozenset[str], frozenset[str]] | None:
        """Which of some jobs a text finds there, and which there are; None: it can't be read."""
        with self._watched("searched"), suppress(Changed):
            return told.found(text, jobs)
        return None

    def table(self, found: Findings, question: Question) -> tuple[pd.DataFrame, Jobs | None] | None:
        """The rows of what was found; None where history's could not be read after all."""
        if found.past is None:
            return found.table(question)
        with self._watched("added up"), suppress(Changed), found.past.reading():
            return found.table(question)
        return None

    def name_jobs(self, asked: Asked, days: Sequence[Window], table: pd.DataFrame) -> Trouble:
        """Names jobs in a table that came without a name, in place; never raises."""
        named = (table["job_name"] != "") | table["job_id"].isin([MISSING, OTHERS])
        nameless = table[~named]
        if self.history is None or nameless.empty:
            return NONE
        found = self._named(asked, days, set(nameless["job_id"]))
        names = [found.names.get(job, "") for job in nameless["job_id"]]
        table.loc[nameless.index, "job_name"] = names
        return found.trouble

    def _named(self, asked: Asked, days: Sequence[Window], jobs: Collection[str]) -> Named:
        """What jobs on some days are called, by id, as far as that is known or can be had."""
        pairs: list[tuple[str, str]] = []
        with self._watched("named"):
            if self.history:
                pairs = particulars.queues_of(self.history, asked.question, days, jobs)
        found = asked.names(self._names).jobs(asked.question.farm_id, pairs)
        return Named(self._names.known_jobs(jobs) | found.names, found.trouble)

    def of_unused(self, asked: Asked, found: Findings, gaps: Gaps) -> tuple[Remark, ...]:
        """What is to be said where no usage was found, if none is known of the farm by then."""
        unused, of = False, whose(asked)
        if found.is_lost or found.usage_by_type or not gaps.unknown or of.within is not None:
            return ()
        with self._watched("known"):
            unused = self.certainty.is_unused(of, asked.window.end)
        return (remark.unused(asked.question.scope.dimension),) if unused else ()

    def windows(self, asked: Asked, told: Sequence[Window]) -> tuple[Window, ...]:
        """What of a question's window the service is to be asked for; never raises."""
        rest = frozenset(ways.days_of(asked.zone, asked.window)).difference(told)
        lost = rest & self._lost(whose(asked), asked.at, rest) if rest else rest
        return ways.missing(asked.window, sorted((*told, *lost), key=lambda day: day.start))

    def lost(
        self, shelf: Shelf, now: datetime, days: Collection[Window] = (), *, only_late: bool = False
    ) -> frozenset[Window]:
        """Days whose files can't be used, as Certainty has them; never raises."""
        with self._watched("lost"):
            return self.certainty.lost(shelf, now, days, only_late=only_late)
        return frozenset()

    def _lost(self, of: Whose, now: datetime, days: Collection[Window] = ()) -> frozenset[Window]:
        """The same of some queues (or fleets), which are listed."""
        return self.lost(of.shelf, now, days, only_late=of.within is not None)

    def standing(self, asked: Asked, cuts: Cuts | None) -> Standing:
        """The total of what history does not tell, never less than it has; never raises.

        The service was asked for it, or without `cuts` could not be: all of it is deleted.
        """
        total = cuts.total if cuts else None
        with self._watched("stands"):
            found = self.certainty.standing(asked, self.scopes.whose(asked), total)
            is_unread = total is None and self.unread("told")  # that it has no more is not known
            found = replace(found, remarks=()) if is_unread else found
            return found.unread(asked.window) if self.unread("made") else found
        return Standing(standing.nothing_told() if total is None else total).unread(asked.window)

    def parts(self, asked: Asked) -> Mapping[Look, Days] | None:
        """Days of which a part is asked for, so that all of them has to be looked at; never raises.

        By how they are to be looked at; None where history can't be read.
        """
        with self._watched("known"):
            return parts.of(self.certainty, asked, self.scopes.whose(asked))
        return None

    def still_told(self, asked: Asked, look: Look, days: Days, told: pd.DataFrame) -> Days:
        """Those of which the service tells as much as history has; never raises."""
        with self._watched("known"), suppress(Changed):
            of = asked, self.scopes.whose(asked), look, days
            return parts.still_told(self.certainty, *of, told)
        return {}

    def gaps(
        self, asked: Asked, past: Past | None, standing: Standing | None, at: datetime
    ) -> Gaps:
        """The stretches of a question's days that are not known as a whole; never raises."""
        of = self.scopes.whose(asked)
        told = Told(past.days, past.told_less, past.over, past.read) if past else Told()
        with self._watched("known"):
            lost = self._lost(of, asked.at)
            return self.certainty.gaps(asked, of, told, standing, at, lost)
        unread = standing.unread(asked.window) if standing else None
        return replace(self.certainty, history=None).gaps(asked, of, told, unread, at)

    def missing(self, asked: Asked) -> tuple[Window, ...]:
        """What the service will most likely have to be asked for; never raises."""
        with self._watched("planned"):
            if self.history:
                days = ways.days(self.history, asked.question, asked.window)
                return self.windows(asked, (*{*days} - self.scopes.unasked(asked),))
        return self.windows(asked, ())

    def since(self, farm_id: FarmId, resource: Dimension, zone: Zone) -> datetime | None:
        """Where the first day of a zone begins that something is known of; never raises."""
        with self._watched("since"):
            return self.certainty.since(Whose(farm_id, resource), zone)
        return None

    def keep(self, asked: Asked, plan: Plan, cuts: Cuts, lacking: Sequence[Window] = ()) -> None:
        """Keeps what a plan's cuts hold of settled days, soon; never raises.

        Not of days that touch those that are known to be `lacking` something.
        """
        scope, whole = asked.question.scope, is_whole(asked.question)
        if self.history is None or not whole or not is_id(asked.question.farm_id, "farm"):
            return
        shelves = {Shelf(asked.question.farm_id, scope.dimension, YARDSTICK.by): cuts.total}
        if plan.asks == (question := asked.question):
            for witness, rows in cuts.witnesses.items():
                shelves[Shelf(question.farm_id, scope.dimension, witness.cut.by)] = rows
            shelves[ways.base_shelf(question, plan)] = cuts.base
        fetched_at = min(fetched.fetched_at for fetched in cuts.fetched)
        days = [day for one in asked.windows for day in ways.days_of(asked.zone, one)]
        asked = replace(asked, windows=tuple(day for day in days if not clipped(lacking, day)))
        self._writer.do(partial(self._keep, asked, shelves, fetched_at, cuts.total))

    def close(self, idle_seconds: float, tell: Callable[[str], object]) -> None:
        """Returns when all is written that was to be kept; tells what no report has told.

        It is given up where no file was written for so many seconds.
        """
        if why := self._writer.close(idle_seconds, cache(partial(tell, "Writing history."))):
            tell(f"Not all went to history: {why}.")
        elif self.trouble not in self._told:
            tell(self.trouble)

    def _keep(
        self,
        asked: Asked,
        shelves: Mapping[Shelf, pd.DataFrame],
        fetched_at: datetime,
        total: pd.DataFrame,
    ) -> None:
        try:
            is_all = self.scopes.is_all(asked.question)
            self._watch.forget("listed")
            if not is_all:
                return
            restored.look_at(self.folder, whose(asked).farms.shelf, shelves, asked.windows)
            with self._watched("kept"):
                for shelf, rows in belief.agreeing(shelves):  # what is not written, who asks next
                    ids = asked.question.scope.ids
                    of = (shelf, asked.windows, ids, rows, asked.zone, fetched_at)
                    try:
                        self.write(Answered(*of, total))
                    except Unwritten as error:  # until a write has worked
                        self._watch.note("written", str(error))
        except HistoryError as error:  # which is told where it can't be read
            _LOG.warning("Nothing was kept in history: %s", error)
        except FarmCostsError as error:  # of a listing: who asks next keeps it
            self._watch.note("listed", f"Nothing was kept in history: {error}")

    def write(self, answered: Answered) -> Intake:
        """Writes those days that are settled, not there yet, and can be so (`intake`).

        Raises HistoryError, and what listings raise.
        """
        history, shelf = self.folder, answered.shelf
        at, zone = answered.fetched_at, answered.zone
        edges = [Window(*pair) for w in answered.windows for pair in zone.days(w.start, w.end)]
        settled = [day for day in edges if history.is_settled(day, at)]
        there, lost = history.listed(shelf), self.lost(shelf, at)
        new = tuple(day for day in settled if day not in there and day not in lost)
        if not new:
            return Intake()
        return intake.taken_in(history, self._names, self.source, answered, new, self._wrote)

    def _wrote(self) -> None:
        """A file was written."""
        self._writer.wrote_a_file()
        self._watch.forget("written")
