"""Tables on a page, with their CSV."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

import pandas as pd
import pyarrow as pa
import streamlit as st

from stats import assumed
from stats.model import MISSING, OTHERS, Dimension, Report
from stats.remarks import may_be_more
from ui import chips, columns, files, numbers, session, spreadsheet, tables, text
from ui import format as written
from ui.lasting import lasting
from ui.made_once import made_once
from ui.session import Sight
from ui.tables import usage_type_of
from ui.view import View

Made = Callable[[], pd.DataFrame]
"""A file’s table, which is made when somebody wants the file."""

_CSV = "text/csv"
_MOST_NAMED = 3
"""Things of a kind that a file's name has; it is cut anyway."""


def ranking_table(
    sight: Sight, table: pd.DataFrame, dimension: Dimension, used: tables.Used
) -> None:
    """Every row, sortable and searchable; a click on a row filters by it. With its CSV."""
    told = "cost, share, run time and sessions" if "sessions" in table else "cost and share"
    key = f"table_{dimension.value}_{session.clicks()}"
    st.dataframe(
        _for_people(table, dimension),
        hide_index=True,
        key=key,
        column_config=_columns(table, dimension, more=may_be_more(used.report)),
        on_select=partial(_row_clicked, key, dimension, _keys(table, dimension)),
        selection_mode="single-row",
        placeholder="",
        lazy=False,
        alt=f"{text.WORDS[dimension].title} with {told}",
    )
    file = partial(columns.ranking, table, used, dimension)
    download(sight, file, f"{dimension.value}s")


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


def download(sight: Sight, file: Made, name: str, *, filtered: bool = True) -> None:
    """A button that makes a CSV when it is clicked, of a table with the columns of files.

    One that is not `filtered` is of the whole scope, whatever the view's filters.
    """
    named = _file_name(sight, name, filtered=filtered)
    st.download_button(
        "Download CSV",
        data=lasting(lambda: spreadsheet.as_csv(file()), named, _CSV),
        file_name=named,
        mime=_CSV,
        icon=":material/download:",
        key=f"w_download_{name}",
        on_click="ignore",
    )


def listing(
    sight: Sight,
    table: pd.DataFrame,
    file: Made,
    name: str,
    alt: str,
    config: dict[str, Any],
) -> None:
    """A plain table of what filters do not touch, with its CSV; seconds are shown as hours."""
    shown = table.assign(**_hours(table))
    st.dataframe(shown, hide_index=True, column_config=config, lazy=False, alt=alt)
    download(sight, file, name, filtered=False)


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


def _columns(table: pd.DataFrame, dimension: Dimension, *, more: bool) -> dict[str, Any]:
    number, work = st.column_config.NumberColumn, usage_type_of(dimension)
    known = text.HELP["more"] if more else ""
    hours, metered = (
        ("Licence hours", "licence_hours")
        if work == "LICENSE"
        else ("Compute hours", "compute_hours")
    )
    dollars = numbers.money(table, *(name for name in map(str, table) if "usd" in name))
    timed = numbers.hours(table, *(name for name in map(str, table) if name.endswith("_seconds")))
    width = {Dimension.JOB: 250, Dimension.FLEET: 130}.get(dimension, 200)
    return {
        "label": st.column_config.TextColumn(text.WORDS[dimension].header, width=width),
        "market": st.column_config.TextColumn("Market", help=text.HELP["market"]),
        "cost_usd": number("Cost", format=dollars, help=text.HELP["cost"]),
        assumed.COLUMN: number("Assumed", format=dollars, help=text.HELP["assumed"]),
        "share": number(
            "Share", format=numbers.share(table, "share"), help=text.HELP["share"] + known
        ),
        "runtime_seconds": number(hours, format=timed, help=text.HELP[metered]),
        "sessions": number("Sessions", format=numbers.COUNT, help=text.HELP["sessions"]),
        "average_session_seconds": number(
            "Average (h)", format=timed, help=text.HELP["average_session"] + known
        ),
        "largest_session_seconds": number(
            "Longest (h)", format=timed, help=text.HELP["longest_session"] + known
        ),
        "average_session_usd": number(
            "Average cost", format=dollars, help=text.HELP["average_session_cost"] + known
        ),
        "largest_session_usd": number(
            "Dearest", format=dollars, help=text.HELP["dearest_session"] + known
        ),
        "usd_per_hour": number("Per hour", format=dollars, help=text.HELP["cost_per_hour"] + known),
    }


def _file_name(sight: Sight, what: str, *, filtered: bool) -> str:
    """Farm, scope, filter, what it is and its days, such as commercials-queues-users-….csv."""
    view, farm = sight.view, sight.farm
    if not filtered:
        view = replace(view, where=(), job_text="")
    scope = [chips.names_of(sight, view.scope, {key})[key] for key in view.ids[:_MOST_NAMED]]
    chosen = [
        chips.names_of(sight, one.dimension, {key})[key]
        for one in view.where
        for key in sorted(one.values)[:_MOST_NAMED]
    ]
    is_plain = not (view.ids or view.where or view.job_text)
    is_only = sum(one.name == farm.name for one in sight.farms) == 1
    depends_on = (farm.id, view.scope.value, view.ids, view.job_text, _kept(view))
    return files.csv(
        farm.name,
        " ".join(scope) or text.WORDS[view.scope].plural,
        " ".join([*chosen, view.job_text]),
        what,
        unlike="" if is_plain and is_only else repr(depends_on),
        days=sight.days,
    )


def _kept(view: View) -> list[tuple[str, list[str]]]:
    return [(one.dimension.value, sorted(one.values)) for one in view.where]
