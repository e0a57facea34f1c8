"""Days of which the service has told more than history has: no question is answered without that.

Whoever was answered by the service has learnt it. For others history alone would tell such a day,
as less than what is known of it by then.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from stats import departed
from stats.cuts import Asked
from stats.description import Foreign
from stats.errors import HistoryError
from stats.history import History
from stats.knowledge import clipped
from stats.looking import Changed
from stats.model import Window
from stats.plan import is_whole
from stats.standing import Standing
from stats.ways import days_of
from stats.whose import OTHER, Whose, whose

_Days = frozenset[Window]
Askable = Callable[[Asked], Asked | None]


class Late:
    """Thread-safe. A day is kept in mind until history has all, or the process ends."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._days: dict[Whose, _Days] = {}

    def learn(self, asked: Asked, standing: Standing) -> None:
        """Takes in what the service told of a question's days, beside what history has."""
        late = frozenset(day for day in standing.seen if day.start in standing.late)
        all_told = is_whole(asked.question) and not asked.question.where
        agreed = frozenset(standing.seen) - late if all_told else _Days()
        of = whose(asked).farms
        with self._lock:
            self._days[of] = self._days.get(of, _Days()) - agreed | late

    def is_any(self) -> bool:
        """Whether anything has been learnt of any farm."""
        with self._lock:
            return any(self._days.values())

    def days(self, asked: Asked, askable: Askable, history: History | None) -> _Days:
        """The days of a question's window that the service is to tell, if it can tell all of them.

        What it can't be asked for any more, history alone tells: `staying` are those days.
        """
        days = self._touched(asked)
        return days - _with_deleted(history, asked, days) if days and askable(asked) else _Days()

    def staying(self, asked: Asked, history: History | None) -> _Days:
        """Those that history tells, though it is known that there is more."""
        days = _Days() if departed.is_gone(asked, whose(asked)) else self._touched(asked)
        return _with_deleted(history, asked, days) if days else days

    def _touched(self, asked: Asked) -> _Days:
        """What came late by queues most likely did so by fleets, and by days of other zones."""
        of = whose(asked).farms
        with self._lock:
            both = self._days.get(of, _Days()), self._days.get(_other(of), _Days())
        late = frozenset.union(*both)
        return _Days(day for day in days_of(asked.zone, asked.window) if clipped(late, day))


def _with_deleted(history: History | None, asked: Asked, days: _Days) -> _Days:
    """Those on which something was used, or may have been, that is not asked for any more.

    All of them, where that can't be looked at.
    """
    of, found = whose(asked), days
    with suppress(Foreign, Changed, HistoryError):
        if history:
            held = departed.touching(history.listed(of.shelf), days)
            gone = departed.departed(history, held, of, departed.still(asked, of))
            found = _Days(day for day in days if clipped(filter(gone.touches, held), day))
    return found


def _other(of: Whose) -> Whose:
    return replace(of, resource=OTHER[of.resource])
