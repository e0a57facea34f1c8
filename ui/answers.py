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
    report, at = _kept().get(question, (None, now))
    return report if at <= now < at + _MOMENT and now.hour == at.hour else None


def keep(report: Report, now: datetime) -> None:
    """Keeps a report for its moment; the oldest go first."""
    kept = _kept()
    kept.pop(report.question, None)
    kept[report.question] = (report, now)
    while len(kept) > _MOST:
        del kept[next(iter(kept))]


def forget() -> None:
    """Forgets all, as after a refresh."""
    _kept().clear()


def _kept() -> dict[Question, tuple[Report, datetime]]:
    found: dict[Question, tuple[Report, datetime]] = st.session_state.setdefault(_ANSWERS, {})
    return found
