"""Two dimensions of choice, as a heat map, a treemap and their table."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from stats.model import Dimension, Filter, Report
from stats.rollup import composed
from ui import blocks, charts, parts, tables, text
from ui import format as written
from ui.breakdown import COLUMNS, MEASURES, look
from ui.charts import Side
from ui.session import Sight
from ui.view import Measure

_MOST = 20


def switches(sight: Sight) -> None:
    """Which two dimensions, and cost or run time."""
    options = {dimension: text.WORDS[dimension].header for dimension in Dimension}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        blocks.picker("Rows", options, sight.view.rows, "rows")
        blocks.picker("Columns", options, sight.view.columns, "columns")
        blocks.measure_switch(sight)


def crossed(sight: Sight) -> None:
    """The view's usage by both."""
    rows, columns = sight.view.rows, sight.view.columns
    if rows is columns:
        st.info("Choose two different breakdowns for rows and columns.", icon=":material/info:")
        return
    report = _report(sight, rows, columns)
    if report.table.empty:
        blocks.nothing(sight)
        return
    table = _table(sight, report, rows, columns)
    _heat_map(sight, table, rows, columns)
    _treemap(sight, table, rows, columns)
    st.subheader("All combinations", anchor=False)
    _listed(sight, table, rows, columns)
    blocks.footnotes(sight, report)


def _report(sight: Sight, rows: Dimension, columns: Dimension) -> Report:
    """By both; run time is compute's alone, unless it is told apart by usage type anyway.

    Where the question for run time can't be answered, `stats` says so.
    """
    question = sight.question(rows, columns)
    apart = {rows, columns} & {Dimension.USAGE_TYPE, Dimension.LICENSE_PRODUCT}
    if sight.view.measure is Measure.RUNTIME and not apart:
        question = tables.narrowed_to(
            question, Filter(Dimension.USAGE_TYPE, frozenset({"COMPUTE"}))
        )
    return blocks.asked(sight, question)


def _table(sight: Sight, report: Report, rows: Dimension, columns: Dimension) -> pd.DataFrame:
    """One row a combination, dearest first, with both names."""
    table = composed(report.table, [rows.column, columns.column])
    table = table.rename(columns={f"{c}_sum": c for c in ("cost_usd", "runtime_seconds")})
    for dimension, label in ((rows, "row_label"), (columns, "column_label")):
        keys = table[dimension.column]
        table[label] = tables.labels(report.table, keys, dimension, sight.resource_name)
    kept = ["row_label", "column_label", "cost_usd", "runtime_seconds", "count"]
    table = table[[rows.column, columns.column, *kept]]
    return table.sort_values("cost_usd", ascending=False).reset_index(drop=True)


def _heat_map(sight: Sight, table: pd.DataFrame, rows: Dimension, columns: Dimension) -> None:
    value, title = COLUMNS[sight.view.measure], _title(sight, rows, columns)
    st.subheader(title, anchor=False)
    figure = charts.heat_map(
        table,
        value,
        Side(rows.column, label="row_label", most=_MOST),
        Side(columns.column, label="column_label", most=_MOST),
        look(sight, rows),
    )
    if table[rows.column].nunique() > _MOST or table[columns.column].nunique() > _MOST:
        st.caption(f"The {_MOST} largest of each; the table below has all.")
    alt = parts.alt_text(title, _parts(table, value, rows), value)
    blocks.chart(f"heat_map_{rows.value}_{columns.value}", figure, alt, rows)


def _treemap(sight: Sight, table: pd.DataFrame, rows: Dimension, columns: Dimension) -> None:
    value = COLUMNS[sight.view.measure]
    title = f"{text.WORDS[rows].title}, divided by {text.WORDS[columns].singular}"
    st.subheader(title, anchor=False)
    figure = charts.treemap(table, value, rows.column, columns.column, look(sight, rows))
    alt = parts.alt_text(title, _parts(table, value, rows), value)
    blocks.chart(f"treemap_{rows.value}_{columns.value}", figure, alt)


def _listed(sight: Sight, table: pd.DataFrame, rows: Dimension, columns: Dimension) -> None:
    names = {c: table[c].map(written.one_line) for c in ("row_label", "column_label")}
    hours = table["runtime_seconds"] / 3600
    shown = table.assign(**names, runtime_seconds=hours).drop(columns=[rows.column, columns.column])
    number, words = st.column_config.NumberColumn, st.column_config.TextColumn
    apart = {rows, columns} & {Dimension.USAGE_TYPE, Dimension.LICENSE_PRODUCT}
    timed = sight.view.measure is Measure.RUNTIME or bool(apart)
    st.dataframe(
        shown if timed else shown.drop(columns=["runtime_seconds"]),
        hide_index=True,
        column_config={
            "row_label": words(text.WORDS[rows].header, width="large"),
            "column_label": words(text.WORDS[columns].header),
            "cost_usd": number("Cost", format="dollar"),
            "runtime_seconds": number("Hours", format="%.2f"),
            "count": number("Sessions", format="localized"),
        },
        lazy=False,
        alt=_title(sight, rows, columns),
    )
    blocks.download(sight, table, f"{rows.value}-by-{columns.value}")


def _title(sight: Sight, rows: Dimension, columns: Dimension) -> str:
    measure = MEASURES[sight.view.measure]
    return f"{measure} by {text.WORDS[rows].singular} and {text.WORDS[columns].singular}"


def _parts(table: pd.DataFrame, value: str, dimension: Dimension) -> tuple[parts.Part, ...]:
    return parts.largest_and_others(table, value, dimension.column, label="row_label")
