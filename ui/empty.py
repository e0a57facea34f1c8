"""What stands where there is nothing to show: why, and what would show something."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from stats.model import Report
from stats.remarks import RemarkKind
from ui import blocks, remarked, session, text
from ui import view as views
from ui.presets import Preset
from ui.session import Sight

_OF_NUMBERS = (RemarkKind.BASIS, RemarkKind.SCALE_FACTOR, RemarkKind.PRELIMINARY)
"""What is said of numbers, and of none where there are none."""


def instead(sight: Sight, report: Report) -> None:
    """Why the page is empty, and what would fill it."""
    view = sight.view
    blocks.say(one for one in remarked.of(report) if one.kind not in _OF_NUMBERS)
    if view.where or view.job_text:
        st.info(text.EMPTY["filtered"], icon=":material/filter_alt_off:")
        st.button("Take off all filters", on_click=_without_filters, key="w_without_filters")
        return
    if report.leaves_out:
        st.info(text.EMPTY["rows"], icon=":material/block:")
        return
    why(report)
    ninety = views.window(replace(view, preset=Preset.DAYS_90), sight.now, sight.zone)
    this = sight.window
    if not (this.start <= ninety.start and ninety.end <= this.end):  # which shows no more
        wider = partial(session.change, preset=Preset.DAYS_90, first=None, last=None)
        st.button("Show the last 90 days", on_click=wider, key="w_wider")


def why(report: Report, ran: str = text.EMPTY["usage"]) -> None:
    """Whether nothing ran, in those words, or nothing is known."""
    window, as_of = report.question.window, report.as_of
    known_from = window.start
    for one in report.unknown:
        known_from = one.end if one.start <= known_from else known_from
    if as_of <= window.start:
        st.info(text.EMPTY["to come"], icon=":material/schedule:")
    elif known_from >= as_of:
        st.info(text.EMPTY["unknown"], icon=":material/help:")
    elif report.unknown or report.doubtful:
        st.info(text.EMPTY["partly"], icon=":material/bedtime:")
    else:
        st.info(ran, icon=":material/bedtime:")


def _without_filters() -> None:
    session.change(where=(), job_text="")
