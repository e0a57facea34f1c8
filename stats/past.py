"""What history tells of a question: the part of its window that the service need not be asked for.

Each day is told by the best way that there is for it (`stats.ways`): a question may be answered
from one cut in January, and from another in February.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property, partial

import pandas as pd

from stats.dayfile import Shelf
from stats.errors import HistoryError
from stats.history import History
from stats.join import Ambiguous
from stats.listing import Held
from stats.looking import Changed, looks
from stats.model import Dimension, Question, Window
from stats.particulars import people_called
from stats.reading import reading
from stats.rollup import Answer, Part
from stats.stretch import Nameless, Sought, Stretch, Unlike, answered
from stats.ways import Way, days_of, shared, ways, worth
from stats.zone import Zone

__all__ = ["Past", "Sought", "told"]

Reading = Callable[[], AbstractContextManager[None]]

_MOST_FAILURES = 20
"""After which a way is not tried any more: about two days in a year that it can't tell."""


@dataclass(frozen=True)
class Past:
    """The answers for some days, in stretches that were told by one way each.

    Where the largest jobs are asked for, answers are Parts: they are added up with what the service
    answers, `reading` meanwhile, and then closed. Cuts that can't be looked at are `unread`, and
    may have told more.
    """

    stretches: tuple[Stretch, ...]
    reading: Reading
    unread: HistoryError | None = None

    @cached_property
    def days(self) -> tuple[Window, ...]:
        """All days, in order."""
        return in_order(day for one in self.stretches for day in one.days)

    @property
    def answers(self) -> tuple[Answer | Part, ...]:
        return tuple(one.answer for one in self.stretches)

    @property
    def total(self) -> pd.DataFrame:
        """By usage type, with COMPOSE's columns; a row a stretch."""
        return pd.concat([one.total for one in self.stretches], ignore_index=True)

    @property
    def unattributed(self) -> tuple[float, int]:
        """Cost in USD and records that the total holds and the rows do not."""
        every = [one.unattributed for one in self.stretches]
        return sum(cost for cost, _ in every), sum(many for _, many in every)

    @property
    def more_than_the_total(self) -> float:
        """USD that rows hold and their total does not, beyond what rounding may make."""
        return sum(one.more_than_the_total for one in self.stretches)

    @property
    def read(self) -> tuple[Held, ...]:
        """All that was read."""
        return tuple(held for one in self.stretches for held in one.read.values())

    @property
    def over(self) -> Mapping[Window, Shelf]:
        """Days on which rows hold more than their total, and the cut that those rows are of."""
        return {d: one.base.shelf for one in self.stretches if one.base for d in one.over}

    @property
    def scale_factors(self) -> Mapping[float, datetime]:
        """Those that its money was reported with, each until when (UTC)."""
        found: dict[float, datetime] = {}
        for one in self.stretches:
            for factor, until in one.scale_factors.items():
                found[factor] = max(until, found.get(factor, until))
        return found

    @property
    def unplaced(self) -> tuple[Window, ...]:
        """Days on which usage came late that some of what was read does not hold."""
        return in_order(day for one in self.stretches for day in one.unplaced)

    @property
    def kept(self) -> tuple[Window, ...]:
        """Days of which the service told less since."""
        return in_order(day for one in self.stretches for day in one.kept)

    @property
    def told_less(self) -> Mapping[datetime, float]:
        """What the service told less of days, by when they begin, when it was asked for rows."""
        return {at: less for one in self.stretches for at, less in one.told_less.items()}

    @property
    def unnamed(self) -> tuple[float, int]:
        """What jobs cost, and how many they are, that a search passed over."""
        none = frozenset[str]()
        jobs = none.union(*(one.unnamed[1] for one in self.stretches))
        return sum(one.unnamed[0] for one in self.stretches), len(jobs)

    def close(self) -> None:
        """Lets go of what is still open."""
        for one in self.stretches:
            one.close()

    def people_called(self, user_ids: Iterable[str]) -> dict[str, str]:
        """The names that those users had, as far as they were known then and can still be read."""
        latest: dict[str, tuple[datetime, datetime, str]] = {}
        for one in self.stretches:
            told = next((h for shelf, h in one.read.items() if Dimension.USER in shelf.by), None)
            if told is not None:
                with suppress(Changed, HistoryError), self.reading():
                    called = people_called(told)
                    latest |= {u: max(name, latest.get(u, name)) for u, name in called.items()}
        return {user: latest[user][-1] for user in user_ids if user in latest}

    def found(self, text: str, jobs: Collection[str]) -> tuple[frozenset[str], frozenset[str]]:
        """Which of some jobs a text finds in these days, and which of them there are.

        Raises Changed and HistoryError.
        """
        if not jobs:
            return frozenset(), frozenset()
        with self.reading():
            every = [one.found(text, jobs) for one in self.stretches]
        none = frozenset[str]()
        return none.union(*(found for found, _ in every)), none.union(
            *(there for _, there in every)
        )


def in_order(days: Iterable[Window]) -> tuple[Window, ...]:
    """Days from the first to the last."""
    return tuple(sorted(days, key=lambda day: day.start))


def told(
    history: History,
    question: Question,
    window: Window,
    sought: Sought | None = None,
    ready: Callable[[], object] = bool,
) -> Past | None:
    """What history tells of a question within a window; None where it tells nothing.

    It is made `ready` before each look. Raises HistoryError where nothing is told since something
    can't be read.
    """
    for _ in looks(history.number_bad):
        ready()
        with suppress(Changed):
            return _told(history, question, window, sought or Sought())
    return None


def _told(history: History, question: Question, window: Window, sought: Sought) -> Past | None:
    days = days_of(Zone(question.timezone), window)
    if unasked := sought.unasked():
        days = tuple(day for day in days if day not in unasked)
    while True:
        try:
            return _best(history, question, days, sought)
        except Nameless as found:  # the service may name them
            days = tuple(day for day in days if day not in found.days)


def _best(
    history: History, question: Question, days: tuple[Window, ...], sought: Sought
) -> Past | None:
    """By the best ways that prove right. Raises Changed, Nameless and HistoryError."""
    unread: dict[Shelf, HistoryError] = {}
    with ExitStack() as ending:
        every = sorted(ways(history, question, days, unread.setdefault), key=worth)
        stretches = tuple(_stretches(history, question, days, every, sought, ending))
        if not stretches:
            for error in unread.values():
                raise error
            return None
        read = [held for one in stretches for held in one.read.values()]
        past = Past(stretches, partial(reading, history, read), _unread(unread))
        if question.job_name_contains and len(stretches) > 1:
            wider = _wider(past, question.job_name_contains, sought)
            if wider.found != sought.found:
                return _best(history, question, days, wider)
        ending.pop_all()
    return past


def _wider(past: Past, text: str, sought: Sought) -> Sought:
    """A search that knows what is found in any stretch, and counts it in each."""
    with past.reading():
        found = [one.found(text)[0] | one.sought for one in past.stretches]
    return replace(sought, found=sought.found.union(*found))


def _unread(cuts: Mapping[Shelf, HistoryError]) -> HistoryError | None:
    """What is wrong where only these can't be looked at; None where there are none."""
    named = sorted(" and ".join(one.words for one in shelf.by) for shelf in cuts)
    for error in cuts.values():
        what = f"{error.what.rstrip('.')} (its cuts by {'; by '.join(named)})"
        see = error.todo.partition(". ")[2]  # which begins with that the service is asked instead
        return HistoryError(what, f"What no other cut tells, the service is asked for. {see}")
    return None


def _stretches(
    history: History,
    question: Question,
    days: tuple[Window, ...],
    every: Sequence[Way],
    sought: Sought,
    ending: ExitStack,
) -> list[Stretch]:
    """Days that each of all ways tells; what it can't tell is left to the next one."""
    found: list[Stretch] = []
    rest = days
    while shares := shared(history, every, rest):
        for way, share in shares:
            told = [*_told_by(history, question, share, sought, ending)]
            found += told
            taken = frozenset(day for one in told for day in one.days)
            rest = () if len(taken) == len(rest) else tuple(d for d in rest if d not in taken)
            if len(taken) < len(share.days):
                left = [day for day in way.days if day not in share.days]
                every = [one.among(history, left) if one is way else one for one in every]
    return found


def _told_by(
    history: History, question: Question, share: Way, sought: Sought, ending: ExitStack
) -> Iterator[Stretch]:
    """What a way tells of its days: the days that it can't tell cost no others.

    Where it does not say which those are, they are looked for by halves, as far as that is worth
    while.
    """
    todo, failures = [share.days], 0
    while todo and failures < _MOST_FAILURES:
        days = todo.pop()
        try:
            stretch = answered(history, question, share.among(history, days), sought)
        except Unlike as unlike:
            some = tuple(day for day in days if day not in unlike.days)
            todo += [some] if some else []
        except Ambiguous:
            failures += 1
            half = len(days) // 2
            todo += [days[half:], days[:half]] if half else []
        else:
            ending.callback(stretch.close)
            yield stretch
