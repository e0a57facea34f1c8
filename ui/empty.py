"""What stands where there is nothing to show: why, and what would show something."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from stats import remarks
from stats.model import Report
from stats.remarks import Ground
from ui import blocks, page, remarked, session
from ui import view as views
from ui.presets import Preset
from ui.session import Sight

_ICONS = {
    Ground.NO_TIME: "schedule",
    Ground.UNKNOWN: "help",
    Ground.FILTERED: "filter_alt_off",
    Ground.NOT_IN_ROWS: "block",
}
"""Others have that of a farm at rest."""
_NONE_OF_IT = "There was nothing of this kind in this window."
_NONE_IS_KNOWN = "Nothing of this kind is known of this window."
"""Where there may have been."""
_WHATEVER_IS_FILTERED = (Ground.NO_TIME, Ground.UNKNOWN)
"""What is so without filters too: to take them off would show no more."""


def instead(sight: Sight, report: Report) -> None:
    """Why the page is empty, and what would fill it."""
    view = sight.view
    is_ours = not (view.where or view.job_text)  # no filter but the page's own
    none = _NONE_IS_KNOWN if remarks.may_be_more(report) else _NONE_OF_IT
    found = why(report, matches=none if is_ours else "")
    if (view.where or view.job_text) and found not in _WHATEVER_IS_FILTERED:
        for words in page.unsaid(["Take off all filters"]):  # below another breakdown it stands
            st.button(words, on_click=_without_filters, key="w_without_filters")
        return
    if found is Ground.NOT_IN_ROWS:
        return
    ninety = views.window(replace(view, preset=Preset.DAYS_90), sight.now, sight.zone)
    this = sight.window
    if not (this.start <= ninety.start and ninety.end <= this.end):  # which shows no more
        wider = partial(session.change, preset=Preset.DAYS_90, first=None, last=None)
        st.button("Show the last 90 days", on_click=wider, key="w_wider")


def why(report: Report, ran: str = "", matches: str = "") -> Ground:
    """Says why there are no rows, and what else there is to say.

    `ran` is said of days on which nothing did, and `matches` where nothing does.
    """
    found = remarked.of_nothing(report)
    words = {Ground.NOTHING_RAN: ran, Ground.FILTERED: matches}
    said = words.get(found.ground) or found.text
    st.info(said, icon=f":material/{_ICONS.get(found.ground, 'bedtime')}:")
    blocks.say(found.remarks)
    return found.ground


def _without_filters() -> None:
    session.change(where=(), job_text="")
