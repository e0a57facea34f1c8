"""Tables on a page, with their CSV."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import pandas as pd
import pyarrow as pa
import streamlit as st

from stats.model import MISSING, OTHERS, Dimension, Report
from ui import format as written
from ui import session, spreadsheet, text
from ui.made_once import made_once
from ui.session import Sight
from ui.tables import usage_type_of


def ranking_table(sight: Sight, table: pd.DataFrame, dimension: Dimension) -> None:
    """Every row, sortable and searchable; a click on a row filters by it. With its CSV."""
    told = "cost, share, run time and sessions" if "sessions" in table else "cost and share"
    key = f"table_{dimension.value}_{session.clicks()}"
    st.dataframe(
        _for_people(table, dimension),
        hide_index=True,
        key=key,
        column_config=_columns(dimension),
        on_select=partial(_row_clicked, key, dimension, _keys(table, dimension)),
        selection_mode="single-row",
        placeholder="",
        lazy=False,
        alt=f"{text.WORDS[dimension].title} with {told}",
    )
    download(sight, table, f"{dimension.value}s")


def has_all_jobs(report: Report) -> bool:
    """Whether a table by job lists every job; one by something else does."""
    return report.jobs is None or report.jobs.many <= _listed_jobs(report)


def not_all_jobs(report: Report) -> None:
    """Says so where a table by job does not list every job."""
    if report.jobs and not has_all_jobs(report):
        st.caption(text.not_all_jobs(_listed_jobs(report), report.jobs.many))


@made_once
def _listed_jobs(report: Report) -> int:
    keys = report.table["job_id"]
    return int(keys[~keys.isin([MISSING, OTHERS])].nunique())


def download(sight: Sight, table: pd.DataFrame, name: str) -> None:
    """A button that makes the table's CSV when it is clicked: full precision, all rows."""
    st.download_button(
        "Download CSV",
        data=lambda: spreadsheet.as_csv(table),
        file_name=_file_name(sight, name),
        mime="text/csv",
        icon=":material/download:",
        key=f"w_download_{name}",
        on_click="ignore",
    )


def listing(
    sight: Sight, table: pd.DataFrame, name: str, alt: str, columns: dict[str, Any]
) -> None:
    """A plain table with its CSV; columns of seconds are shown as hours."""
    shown = table.assign(**_hours(table))
    st.dataframe(shown, hide_index=True, column_config=columns, lazy=False, alt=alt)
    download(sight, table, name)


def _row_clicked(key: str, dimension: Dimension, keys: Sequence[str]) -> None:
    rows = st.session_state[key].selection.rows
    if rows and not (dimension is Dimension.JOB and keys[rows[0]] == OTHERS):
        session.only({dimension: keys[rows[0]]})


@made_once
def _keys(table: pd.DataFrame, dimension: Dimension) -> tuple[str, ...]:
    return tuple(table[dimension.column])


@made_once
def _for_people(table: pd.DataFrame, dimension: Dimension) -> pa.Table:
    """The table in the units that people read: hours, and names on one line."""
    names = table["label"].map(written.searchable)
    shown = table.assign(label=names, share=table["share"] * 100, **_hours(table))
    return pa.Table.from_pandas(shown.drop(columns=[dimension.column]))


def _hours(table: pd.DataFrame) -> dict[str, pd.Series]:
    seconds = [str(column) for column in table if str(column).endswith("_seconds")]
    return {column: table[column] / 3600 for column in seconds}


def _columns(dimension: Dimension) -> dict[str, Any]:
    number, work = st.column_config.NumberColumn, usage_type_of(dimension)
    hours, metered = (
        ("Licence hours", "licence_hours")
        if work == "LICENSE"
        else ("Compute hours", "compute_hours")
    )
    width = {Dimension.JOB: 250, Dimension.FLEET: 130}.get(dimension, 200)
    return {
        "label": st.column_config.TextColumn(text.WORDS[dimension].header, width=width),
        "market": st.column_config.TextColumn("Market", help=text.HELP["market"]),
        "cost_usd": number("Cost", format="dollar", help=text.HELP["cost"]),
        "share": number("Share", format="%.1f %%", help=text.HELP["share"]),
        "runtime_seconds": number(hours, format=written.TWO_DECIMALS, help=text.HELP[metered]),
        "sessions": number("Sessions", format="localized", help=text.HELP["sessions"]),
        "average_session_seconds": number(
            "Average (h)", format=written.TWO_DECIMALS, help=text.HELP["average_session"]
        ),
        "largest_session_seconds": number(
            "Longest (h)", format=written.TWO_DECIMALS, help=text.HELP["longest_session"]
        ),
        "average_session_usd": number(
            "Average cost", format="dollar", help=text.HELP["average_session_cost"]
        ),
        "largest_session_usd": number(
            "Dearest", format="dollar", help=text.HELP["dearest_session"]
        ),
        "usd_per_hour": number("Per hour", format="dollar", help=text.HELP["cost_per_hour"]),
    }


def _file_name(sight: Sight, name: str) -> str:
    first, last = sight.days
    return f"farm-costs-{name}-{first:%Y-%m-%d}-to-{last:%Y-%m-%d}.csv"
