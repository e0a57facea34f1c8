"""Tables of months and years on a page, with their CSV."""

from __future__ import annotations

from datetime import datetime
from functools import partial

import pandas as pd
import streamlit as st
from streamlit.elements.lib.column_types import ColumnConfig

from stats.model import Dimension
from ui import columns as in_files
from ui import format as written
from ui import listings, months, numbers, session, text
from ui.months import Course
from ui.session import Sight
from ui.tables import Used


def side_by_side(sight: Sight, course: Course, ends: datetime, measure: str) -> None:
    """A row a month, a column a year: what the chart of years shows, exactly.

    The window `ends` then.
    """
    table = months.side_by_side(course, written.LEAST.get(measure, 0.0))
    shown = _in_hours(table, measure)
    columns = _numbers(shown, measure)
    columns["month"] = st.column_config.TextColumn("Month", pinned=True, width=70)
    if "change" in table:
        shown["change"] = shown["change"] * 100
        columns["change"] = st.column_config.NumberColumn(
            "Change", format=numbers.CHANGE, help="Against the same month of the year before"
        )
    alt = "Every month of the years side by side"
    st.dataframe(
        shown,
        hide_index=True,
        column_config=columns,
        lazy=False,
        placeholder="",
        height="content",
        alt=alt,
    )
    file = partial(in_files.years, course, measure, ends, sight.zone)
    listings.download(sight, file, f"years-{_MEASURED[measure]}")


def by_key(
    sight: Sight,
    table: pd.DataFrame,
    used: Used,
    course: Course,
    dimension: Dimension,
    measure: str,
) -> None:
    """A row a key, a column a year and a month; a click on a row filters by it."""
    names = table["label"].map(written.searchable)
    shown = table.assign(label=names).drop(columns=[dimension.column, "measure"])
    columns = _numbers(_in_hours(shown, measure), measure)
    header = text.WORDS[dimension].header
    columns["label"] = st.column_config.TextColumn(header, pinned=True, width=130)
    key = f"table_long_range_{dimension.value}_{session.clicks()}"

    def take() -> None:
        rows = st.session_state[key].selection.rows
        if rows:
            session.only({dimension: str(table[dimension.column].iloc[rows[0]])})

    st.dataframe(
        _in_hours(shown, measure),
        hide_index=True,
        key=key,
        column_config=columns,
        on_select=take,
        selection_mode="single-row",
        lazy=False,
        alt=f"{text.WORDS[dimension].title} by year and month",
    )
    name = f"months-by-{dimension.value}-{_MEASURED[measure]}"
    file = partial(in_files.months, used, dimension, measure, course, sight.zone)
    listings.download(sight, file, name)


_MEASURED = {"cost_usd": "cost", "runtime_seconds": "runtime"}
_NO_SUMS = ("month", "label", "change")


def _numbers(table: pd.DataFrame, measure: str) -> dict[str, ColumnConfig]:
    sums = [name for name in table.columns if name not in _NO_SUMS]
    dollars, hours = numbers.money(table, *sums), numbers.plain(table, *sums)
    written_as = dollars if measure.startswith("cost") else hours
    return {name: st.column_config.NumberColumn(name, format=written_as) for name in sums}


def _in_hours(table: pd.DataFrame, measure: str) -> pd.DataFrame:
    """Seconds as hours; money as it is."""
    if measure.startswith("cost"):
        return table.copy()
    sums = [name for name in table.columns if name not in _NO_SUMS]
    return table.assign(**{name: table[name] / 3600 for name in sums})
