"""The check-up: settled days asked for once more, what came later taken in, nothing kept lost.

What each queue (or fleet) has is asked for by usage type. Where the service tells more, all cuts
of that day are asked for, and the day is put together from both (`amendment`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import pandas as pd

from stats import asked_of, conflict, derivation, mended, rounding
from stats.amendment import Amended, Meeting, amended, replaced
from stats.conflict import Conflict, Why
from stats.daybook import Daybook, Entry
from stats.dayfile import Shelf
from stats.description import ids_of
from stats.errors import AccessError, FarmCostsError, HistoryError, Refused
from stats.knowledge import Rule, on_end
from stats.model import Dimension, FarmId, Window
from stats.outcome import Less, Outcome, less_of
from stats.piece import Piece, Pieces, chunks
from stats.plan import YARDSTICK
from stats.progress import Progress
from stats.unheld import Beside
from stats.verdict import Judgement, judged

Telling = Callable[[Piece, Progress], None]
_DAYS_ASKED_AT_ONCE = 28
_DAYS_PUT_TOGETHER_AT_ONCE = 7
"""All cuts of so many days are in memory together."""
_NOBODY = frozenset[str]()


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
        apart = kept.rows[self.total].assign(**column), now.assign(**column)
        is_all = ids_of(kept.origins[self.total]) <= self.accepted
        return judged(self.resource, *apart).accepting(self.accepted | {""} if is_all else _NOBODY)

    def conflict(self, day: Window, kept: Entry, meeting: Meeting) -> Conflict:
        """Why a day stays as it was."""
        within = conflict.contradicting(kept.rows, self.total)
        if within:
            return Conflict(self.resource, day, within=within, why=Why.SPLIT)
        both = kept.rows[self.total], meeting.fresh[self.total]
        return Conflict.of(self.resource, day, ids_of(kept.origins[self.total]), *both)

    def meeting(
        self, kept: Entry, now: Mapping[Shelf, pd.DataFrame], *, is_sure: bool
    ) -> Meeting | None:
        """The day's cuts of both; by ids alone where those that were kept contradict each other.

        `is_sure`: the service was sure to know the day when it was asked for the cut by ids.
        """
        judgement = self.judged(kept, now.get(self.by_id, pd.DataFrame()))
        if judgement is None:
            return None
        rest = kept.unplaced, self._beside(kept, is_sure=is_sure)
        found = Meeting(self.resource, kept.rows, now, judgement, *rest)
        if judgement.gone or not conflict.contradicting(kept.rows, self.total):
            return found if judgement.has_news else None
        base, apart = self.total, {"usage_type": "", self.resource.column: ""}
        if self.by_id in kept.rows:
            base, apart = self.by_id, {"usage_type": ""}
        alike = (rows[base].assign(**apart) for rows in (kept.rows, now))
        return replace(found, judgement=judged(self.resource, *alike))

    def _beside(self, kept: Entry, *, is_sure: bool) -> Beside:
        """Of which ids it may be what a day's total has and its cut by ids has not.

        It may have been forgotten of others, too, unless the service was sure to know all.
        """
        by_id, total = kept.origins.get(self.by_id), kept.origins[self.total]
        of_all, listed = ids_of(total), {*self.ids}
        if by_id is None:
            return Beside(gone=of_all - listed)
        unasked = of_all - ids_of(by_id) - by_id.given_up
        costs = (float(kept.rows[s]["cost_usd_sum"].sum()) for s in (self.total, self.by_id))
        said, (all_usd, by_usd) = by_id.unheld, costs
        if said is None and all_usd - by_usd > by_id.told_less + rounding.slack(all_usd):
            said = {}  # it has come to the total since
        return Beside(said, bool(unasked) and is_sure, unasked & listed, of_all - listed)

    def with_total(self, now: Mapping[Shelf, pd.DataFrame]) -> dict[Shelf, pd.DataFrame]:
        """What is told of a day, and its total: all usage has an id, so that adds up to it."""
        if self.by_id not in now:
            return dict(now)
        total = derivation.added_up(now[self.by_id], self.total).drop(columns="rows")
        return {**now, self.total: total}


class Checkup:
    """Asks again for one reporter's farms."""

    def __init__(self, pieces: Pieces, daybook: Daybook, rule: Rule) -> None:
        self._pieces = pieces
        self._book = daybook
        self._rule = rule
        self._began = daybook.history.now()

    def check(self, outcome: Outcome, days: Sequence[Window], tell: Telling) -> None:
        """Takes in what came later of days that are there; errors are in the outcome.

        Raises the errors of listings, of access and of history, which end it.
        """
        outcome.written += mended.finish(self._book, outcome.farm_id, days)
        for resource, ids in self._pieces.ids(outcome.farm_id).items():
            about = _About(outcome.farm_id, resource, ids)
            for some in chunks(days, _DAYS_ASKED_AT_ONCE) if ids else ():
                try:
                    split = self._split(about, some)
                    every = dict(self._judged(about, some, tell, outcome.less))
                    news = [day for day, one in every.items() if one.has_news or day in split]
                    self._take_in(outcome, about, news, tell)
                    self._asked_of(outcome, about, every.keys() - {*news})
                except (AccessError, HistoryError):
                    raise
                except FarmCostsError as error:
                    if outcome.goes_back and isinstance(error, Refused):
                        break  # as collecting will tell
                    outcome.errors.append(error)

    def _asked_of(self, outcome: Outcome, about: _About, days: Collection[Window]) -> None:
        """Has days of which nothing more is told be of all that is listed."""
        there = self._pieces.since(about.farm_id, about.resource)
        in_time = [day for day in days if self._rule.is_in_time(day, self._began)]
        of = about.farm_id, about.resource, in_time, there
        outcome.written += asked_of.say(self._book, *of)

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
        mended.finish(self._book, farm_id, days)
        about, found = self._about(farm_id, resource, accepted), list[Less]()
        for some in chunks(days, _DAYS_ASKED_AT_ONCE):
            less: list[Less] = []
            gone = {
                (day, *key)
                for day, judgement in self._judged(about, some, tell, less)
                for key in judgement.gone
            }
            found += [one for one in less if (one.day, one.id, one.usage_type) in gone]
        return found

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
                found = less_of(about.resource, day, judgement, factor)
                less += [one for one in found if one not in less]  # it may be judged again
                yield day, judgement

    def _take_in(
        self, outcome: Outcome, about: _About, days: Sequence[Window], tell: Telling
    ) -> None:
        """Asks for all cuts of some days but their totals, and puts each day together."""
        for some in chunks(days, _DAYS_PUT_TOGETHER_AT_ONCE):
            shelves = self._book.shelves(about.farm_id, about.resource, some)
            every = tuple(dict.fromkeys([*shelves, about.by_id]))
            asked = [shelf for shelf in every if shelf != about.total]
            fresh = {shelf: self._fresh(about, shelf, some, tell) for shelf in asked}
            for day in some:
                now = {shelf: found[day] for shelf, found in fresh.items() if day in found}
                self._put_together(outcome, about, every, day, about.with_total(now))

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
            meeting = about.meeting(kept, now, is_sure=self._is_sure(about, kept, day))
            if meeting is None:
                return
            found = self._found(about, meeting)
            if found is None:
                outcome.leave(about.conflict(day, kept, meeting))
                return
            judgement = meeting.judgement
            if judgement.gone:
                outcome.aside += book.set_aside(self._began, day, kept)
            outcome.written += book.write(day, found, kept, about.ids, judgement)
        complete = all(one.complete for one in found.values())
        outcome.take(about.resource, day, judgement.kept, complete=complete)

    def _is_sure(self, about: _About, kept: Entry, day: Window) -> bool:
        by_id = kept.origins.get(about.by_id)
        return by_id is not None and self._rule.is_in_time(day, by_id.first_asked_at)

    def _found(self, about: _About, meeting: Meeting) -> dict[Shelf, Amended] | None:
        """The day put together; None where it stays as it was."""
        is_split = conflict.contradicting(meeting.stored, about.total)
        if about.by_id not in meeting.stored or (is_split and not meeting.judgement.gone):
            return replaced(meeting, about.ids)
        return amended(meeting)

    def _split(self, about: _About, days: Sequence[Window]) -> set[Window]:
        """Days whose cuts contradict their total by usage type, and agree with it in all."""
        shelves = self._book.shelves(about.farm_id, about.resource, days)
        totals, found = self._book.apart(about.total, days), set[Window]()
        for shelf in (s for s in shelves if Dimension.USAGE_TYPE in s.by and not s.hourly):
            rows = self._book.apart(shelf, tuple(totals))
            found |= {day for day in rows if conflict.is_split(rows[day], totals[day])}
        return found

    def _fresh(
        self, about: _About, shelf: Shelf, days: Sequence[Window], tell: Telling
    ) -> dict[Window, pd.DataFrame]:
        """What the service tells of a cut, by day; nothing where the farm lists nothing."""
        found: dict[Window, pd.DataFrame] = {}
        for stretch in on_end(days) if about.ids else ():
            piece = Piece(shelf, about.ids, stretch)
            rows, fetched_at = self._pieces.asked(piece, partial(tell, piece))
            within = tuple(d for d in days if stretch.start <= d.start and d.end <= stretch.end)
            found |= self._book.fresh(shelf, rows, within, fetched_at)
        return found

    def mend(self, outcome: Outcome, days: Sequence[Window]) -> None:
        """Makes what holds less than others of its day as much (`mended`); raises HistoryError."""
        mended.mend(self._book, outcome, days)


def _none_of(kept: Entry, about: _About) -> pd.DataFrame:
    """What the service tells of a farm that lists nothing."""
    like = kept.rows.get(about.by_id)
    return like.iloc[:0] if like is not None else pd.DataFrame()
