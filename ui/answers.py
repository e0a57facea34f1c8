"""Reports that a session was given a moment ago, so that a switch on a page asks nothing anew."""

from __future__ import annotations

from datetime import datetime, timedelta

import streamlit as st

from stats.model import Question, Report

_ANSWERS = "answers"
_MOST = 16
_MOMENT = timedelta(minutes=1)


def known(question: Question, now: datetime) -> Report | None:
    """The report, if it was given within the last minute and this hour."""
    kept = _kept()
    found = kept.pop(question, None)
    if found is None or not _is_of_this_moment(found[1], now):
        return None
    kept[question] = found  # as the one that was wanted last
    return found[0]


def keep(report: Report, now: datetime) -> None:
    """Keeps a report for its moment; those that were not wanted for longest go first."""
    kept = _kept()
    for question in [q for q, (_, at) in kept.items() if not _is_of_this_moment(at, now)]:
        del kept[question]
    kept[report.question] = (report, now)
    while len(kept) > _MOST:
        del kept[next(iter(kept))]


def _is_of_this_moment(at: datetime, now: datetime) -> bool:
    return at <= now < at + _MOMENT and now.hour == at.hour


def forget() -> None:
    """Forgets all, as after a refresh."""
    _kept().clear()


def _kept() -> dict[Question, tuple[Report, datetime]]:
    found: dict[Question, tuple[Report, datetime]] = st.session_state.setdefault(_ANSWERS, {})
    return found
