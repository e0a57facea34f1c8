"""Which window is looked at: the sidebar's choice of it, and the same with its dates fixed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from functools import partial

import streamlit as st

from stats.model import Dimension, FarmId
from stats.zone import Zone
from ui import backend, session, text, widget
from ui import format as written
from ui.presets import Preset, first_of_all
from ui.session import Sight
from ui.view import View

WINDOWS = {
    Preset.TODAY: "Today",
    Preset.DAYS_7: "Last 7 days",
    Preset.DAYS_14: "Last 14 days",
    Preset.DAYS_30: "Last 30 days",
    Preset.DAYS_90: "Last 90 days",
    Preset.MONTHS_12: "Last 12 months",
    Preset.THIS_WEEK: "This week",
    Preset.LAST_WEEK: "Last week",
    Preset.THIS_MONTH: "Month to date",
    Preset.LAST_MONTH: "Last month",
    Preset.THIS_QUARTER: "Quarter to date",
    Preset.LAST_QUARTER: "Last quarter",
    Preset.THIS_YEAR: "Year to date",
    Preset.LAST_YEAR: "Last year",
    Preset.ALL: "All",
    Preset.DATES: "Dates…",
}


def choice(sight: Sight) -> None:
    """The drop-down, and what a window has of its own below it."""
    take = partial(_take_preset, sight)
    widget.chosen("Window", list(WINDOWS), sight.view.preset, WINDOWS.__getitem__, take)
    with st.container():  # always there, so that what follows keeps its place
        if sight.view.preset is Preset.DATES:
            _dates(sight)
        elif sight.view.preset is Preset.ALL:
            _beginning(sight)


def with_dates(sight: Sight) -> View:
    """The view with the dates fixed that its window has today."""
    first, last = sight.days
    return replace(sight.view, preset=Preset.DATES, first=first, last=last)


def first_on(farm_id: str, scope: Dimension) -> date:
    """Where All begins on a farm when it is chosen; raises FarmCostsError without a reporter."""
    reporter, zone = backend.reporter(), Zone(backend.settings().timezone)
    since = reporter.since(FarmId(farm_id), scope, zone)
    return first_of_all(zone.day(reporter.now()), since and zone.day(since))


def _dates(sight: Sight) -> None:
    view, key = sight.view, "w_dates"
    widget.shows(key, (view.first, view.last))

    def take() -> None:
        chosen = st.session_state[key]
        if len(chosen) == 2:
            session.change(first=chosen[0], last=chosen[1])

    st.date_input("First and last day", key=key, on_change=take, format="YYYY-MM-DD")


def _beginning(sight: Sight) -> None:
    """Where All begins, which is in the link; and the way to where history does, if earlier."""
    first, since = sight.days[0], sight.since
    nothing = text.UNREAD_HISTORY if sight.reporter.unread_since else text.WITHOUT_HISTORY
    st.caption(f"From {written.date_of(first)} on. {'' if since else nothing}")
    if since and since < first:
        earlier = partial(session.change, first=since)
        said = f"Begin on {written.date_of(since)}"
        where = "Where history begins by now."
        st.button(said, on_click=earlier, key="w_all_of_history", help=where, width="stretch")


def _take_preset(sight: Sight, preset: Preset) -> None:
    first, last = sight.days if preset is Preset.DATES else (None, None)
    if preset is Preset.ALL:
        first = first_on(sight.farm.id, sight.view.scope)
    session.change(preset=preset, first=first, last=last)
