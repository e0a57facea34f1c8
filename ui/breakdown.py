"""A page about one dimension: its ranking, its cost or run time over time, and the whole table."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd
import streamlit as st

from stats.errors import Unanswerable
from stats.model import Dimension, Period, Report
from ui import blocks, charts, listings, session, tables, text
from ui import format as written
from ui.charts import Look, Timeline
from ui.session import Sight
from ui.view import Granularity, Measure

MEASURES = {Measure.COST: "Cost", Measure.RUNTIME: "Run time"}
COLUMNS = {Measure.COST: "cost_usd", Measure.RUNTIME: "runtime_seconds"}

Extra = Callable[[pd.DataFrame], pd.DataFrame]


def breakdown(
    sight: Sight, dimension: Dimension, only: str | None = None, extra: Extra | None = None
) -> bool:
    """The view's usage by one dimension; False where there is none.

    `only` keeps one usage type, `extra` adds columns to the table.
    """
    try:
        used = blocks.used(sight, dimension, sight.period, only)
    except Unanswerable as error:
        blocks.declined(error)
        return True
    if used.costs.empty:
        blocks.nothing(sight)
        return False
    measure, name_of = sight.view.measure, sight.resource_name
    if used.timed is None:
        st.caption(text.WITHOUT_HOURS)
        measure = Measure.COST
    ranked = tables.ranked(used, dimension, name_of, COLUMNS[measure])
    timed = tables.over_time(used, dimension, name_of)
    _totals(ranked, dimension)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        ranking(ranked, sight, dimension, measure, most=9)
    with right:
        st.subheader(f"{MEASURES[measure]} over time", anchor=False)
        over_time(sight, used.report, timed, dimension, measure)
    st.subheader(f"All {text.WORDS[dimension].plural}", anchor=False)
    listings.ranking_table(sight, extra(ranked) if extra else ranked, dimension)
    blocks.footnotes(sight, used.report)
    return True


def ranking(
    ranked: pd.DataFrame, sight: Sight, dimension: Dimension, measure: Measure, most: int
) -> None:
    """The largest, as bars under a heading."""
    column, title = COLUMNS[measure], f"{MEASURES[measure]} by {text.WORDS[dimension].singular}"
    st.subheader(title, anchor=False)
    figure = charts.ranking(
        ranked, column, dimension.column, look(sight, dimension), label="label", most=most
    )
    alt = charts.alt_text(title, _parts(ranked, column, dimension), column)
    blocks.chart(f"ranking_{dimension.value}", figure, alt, dimension)


def over_time(
    sight: Sight, report: Report, timed: pd.DataFrame, dimension: Dimension, measure: Measure
) -> None:
    """Stacked bars over the window."""
    column = COLUMNS[measure]
    chosen = sight.view.granularity.value
    if chosen not in (Granularity.AUTOMATIC, sight.period):
        st.caption(text.longer_periods(Period(chosen), sight.period))
    line = Timeline.of(sight.window, sight.period, sight.zone, report.preliminary_from)
    figure = charts.over_time(
        timed, column, dimension.column, line, look(sight, dimension), label="label"
    )
    title = f"{MEASURES[measure]} over time by {text.WORDS[dimension].singular}"
    alt = charts.alt_text(title, _parts(timed, column, dimension), column)
    blocks.chart(f"over_time_{dimension.value}", figure, alt, dimension)


def look(sight: Sight, dimension: Dimension) -> Look:
    """The mode, the session's colours, and what is chosen of a dimension."""
    dark = st.context.theme.type == "dark"
    return Look(dark, session.colours(), sight.view.filtered(dimension))


def _totals(ranked: pd.DataFrame, dimension: Dimension) -> None:
    words = text.WORDS[dimension]
    hours = "Licence hours" if tables.usage_type_of(dimension) == "LICENSE" else "Compute hours"
    cost = ranked["cost_usd"].sum()
    with st.container(horizontal=True):
        st.metric("Cost", written.usd(cost), help=written.usd_exact(cost), border=True)
        if "runtime_seconds" in ranked:
            seconds = ranked["runtime_seconds"].sum()
            st.metric(hours, written.hours(seconds), help=written.hours_exact(seconds), border=True)
        st.metric(
            words.title, written.count(int((ranked[dimension.column] != "").sum())), border=True
        )


def _parts(table: pd.DataFrame, column: str, dimension: Dimension) -> tuple[charts.Part, ...]:
    return charts.largest_and_others(table, column, dimension.column, label="label")
