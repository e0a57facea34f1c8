"""Reports that were given a moment ago, to whoever asks the same again: nothing is asked anew.

They are kept for all who look, a minute long within an hour, for each reporter by itself. A session
takes none from before its last *Refresh* or *Try again*, nor one for which answers from before its
*Refresh* were good enough, as they are for others.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from weakref import WeakKeyDictionary

import streamlit as st

from server import tidying
from stats.model import Question, Report
from stats.report import Reporter

MOST_ROWS = 400_000
"""Of all reports together, but for the one that was given last."""

_FORGOTTEN = "answers_forgotten"
_MOMENT = timedelta(minutes=1)
_EVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Given:
    """A report, when it was asked for, and since when the answers in it were given at least."""

    report: Report
    at: datetime
    not_before: datetime

    def is_for(self, question: Question, now: datetime) -> bool:
        """Whether it answers that question, within its moment."""
        is_of_now = abs(now - self.at) < _MOMENT and _hour(now) == _hour(self.at)
        return is_of_now and self.report.question == question


def _hour(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


class Answers:
    """What one reporter gave. Thread-safe; what was not wanted for longest goes first."""

    def __init__(self, most_rows: int = MOST_ROWS) -> None:
        self._most = most_rows
        self._given: dict[tuple[Question, datetime], Given] = {}
        self._lock = threading.Lock()

    def known(
        self, question: Question, now: datetime, asked_since: datetime, not_before: datetime
    ) -> Report | None:
        """The report of this moment that was asked for since then, and has no older answers."""
        with self._lock:
            for key, given in self._given.items():
                fits = given.at >= asked_since and given.not_before >= not_before
                if fits and given.is_for(question, now):
                    self._given[key] = self._given.pop(key)  # as the one that was wanted last
                    return given.report
        return None

    def keep(self, given: Given, now: datetime) -> None:
        """Keeps a report for its moment."""
        key = given.report.question, given.not_before
        with self._lock:
            self._given.pop(key, None)
            self._forget_all_but(now)
            self._given[key] = given
            rows = sum(len(one.report.table) for one in self._given.values())
            while rows > self._most and len(self._given) > 1:
                rows -= len(self._given.pop(next(iter(self._given))).report.table)

    def tidy(self, now: datetime) -> None:
        """Lets go of what is not of this moment any more."""
        with self._lock:
            self._forget_all_but(now)

    def _forget_all_but(self, now: datetime) -> None:
        for key, given in list(self._given.items()):
            if not given.is_for(key[0], now):
                del self._given[key]


_by_reporter: WeakKeyDictionary[Reporter, Answers] = WeakKeyDictionary()
_lock = threading.Lock()


def of(reporter: Reporter) -> Answers:
    """What a reporter gave."""
    with _lock:
        return _by_reporter.setdefault(reporter, Answers())


def known(
    reporter: Reporter, question: Question, now: datetime, not_before: datetime | None
) -> Report | None:
    """The report, if it was given within the last minute and hour, and this session may have it.

    None where more is known by now.
    """
    asked_since = st.session_state.get(_FORGOTTEN, _EVER)
    report = of(reporter).known(question, now, asked_since, not_before or _EVER)
    return None if report is None or reporter.is_outdated(report) else report


def keep(reporter: Reporter, report: Report, at: datetime, not_before: datetime | None) -> None:
    """Keeps a report that was asked for then, without answers from before that other moment."""
    of(reporter).keep(Given(report, at, not_before or _EVER), reporter.now())


def forget(now: datetime) -> None:
    """From now on, what anybody was given before is not good enough for this session."""
    st.session_state[_FORGOTTEN] = now


def tidy() -> None:
    """Lets go of all that nobody can be given any more."""
    with _lock:
        every = list(_by_reporter.items())
    for reporter, its_answers in every:
        its_answers.tidy(reporter.now())


tidying.also(tidy)
