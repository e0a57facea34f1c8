"""The reports behind what a session was shown, for the page that tells where numbers come from."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from stats.model import Report
from stats.report import Reporter
from stats.rollup import empty
from ui.made_once import made_once

_REPORTS = "reports"
_OF_THIS_RUN = "reports_of_this_run"
_AGAIN, _CAUSED = "runs_again", "runs_again_by_itself"
_MOST_REPORTS, _MOST_RUNS_AGAIN = 20, 3


def remember(report: Report) -> None:
    """Keeps a report, without its rows, for the page that tells where numbers come from."""
    bare, reports = _without_rows(report), st.session_state.get(_REPORTS, ())
    kept = [r for r in reports if r is not bare and r.question != report.question]
    st.session_state[_REPORTS] = (*kept[-_MOST_REPORTS:], bare)
    st.session_state[_OF_THIS_RUN].append(bare)


def begins() -> None:
    """A run of a page, which shows nothing yet; runs that it caused itself are counted on."""
    st.session_state[_OF_THIS_RUN] = []
    if not st.session_state.pop(_CAUSED, False):
        st.session_state[_AGAIN] = 0


def is_to_run_again(reporter: Reporter) -> bool:
    """Whether more is known by now than some report of this run says; true a few times on end.

    What can't be told better then stays as it is: a page must come to its end.
    """
    if st.session_state[_AGAIN] == _MOST_RUNS_AGAIN:
        return False
    found = any(map(reporter.is_outdated, st.session_state[_OF_THIS_RUN]))
    st.session_state[_AGAIN] += found
    st.session_state[_CAUSED] = found
    return found


@made_once
def _without_rows(report: Report) -> Report:
    return replace(report, table=empty(report.question.by))


def reports() -> tuple[Report, ...]:
    """The reports behind what the session was shown last, oldest first."""
    return tuple(st.session_state.get(_REPORTS, ()))
