"""Two dimensions of choice, as a heat map, a treemap and their table."""

from __future__ import annotations

from functools import partial

import pandas as pd
import pyarrow as pa
import streamlit as st

from stats import remarks
from stats.model import COMPUTE, OTHERS, Dimension, Report
from stats.rollup import composed
from ui import (
    blocks,
    breakdown,
    charts,
    empty,
    listings,
    numbers,
    session,
    tables,
    text,
    tiles,
    without,
)
from ui import columns as in_files
from ui import format as written
from ui.breakdown import COLUMNS, MEASURES, look
from ui.called import Called
from ui.charts import Side
from ui.made_once import made_once
from ui.session import Sight
from ui.tiles import Tile, Tiles
from ui.view import Measure

_MOST = 20


def switches(sight: Sight) -> None:
    """Which two dimensions, and cost or run time."""
    options = {dimension: text.WORDS[dimension].header for dimension in Dimension}
    with st.container(horizontal=True, vertical_alignment="center"):
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
        empty.instead(sight, report)
        return
    if _is_of_compute_only(sight, rows, columns):
        st.caption(
            "Of compute only: licences meter the same hours, so with run time their cost and "
            "their records are left out here."
        )
    table = _table(sight, report, rows, columns)
    _totals(table, report)
    blocks.beside(sight, report)
    more = remarks.may_be_more(report)
    _heat_map(sight, table, rows, columns, more=more)
    _treemap(sight, table, rows, columns, more=more)
    without.said(report, rows, columns)
    st.subheader(text.every("combinations", more=more), anchor=False)
    listings.not_all_jobs(report)
    _listed(sight, report, table, rows, columns)
    blocks.footnotes(report)


def _report(sight: Sight, rows: Dimension, columns: Dimension) -> Report:
    """By both; run time is compute's alone, unless it is told apart by usage type anyway.

    Where the question for run time can't be answered, `stats` says so.
    """
    question = sight.question(rows, columns)
    if _is_of_compute_only(sight, rows, columns):
        question = tables.narrowed_to(question, COMPUTE)
    return blocks.asked(sight, question)


def _is_apart(rows: Dimension, columns: Dimension) -> bool:
    """Whether compute and licence hours are in different cells by themselves."""
    return bool({rows, columns} & {Dimension.USAGE_TYPE, Dimension.LICENSE_PRODUCT})


def _is_timed(sight: Sight, rows: Dimension, columns: Dimension) -> bool:
    """Whether there are hours to show: those that would add compute and licences up are not."""
    return sight.view.measure is Measure.RUNTIME or _is_apart(rows, columns)


def _is_of_compute_only(sight: Sight, rows: Dimension, columns: Dimension) -> bool:
    return sight.view.measure is Measure.RUNTIME and not _is_apart(rows, columns)


def _table(sight: Sight, report: Report, rows: Dimension, columns: Dimension) -> pd.DataFrame:
    """One row a combination, largest first, with both names."""
    timed = _is_timed(sight, rows, columns)
    return _combined(report, rows, columns, sight.resource_name, timed, sight.view.measure)


@made_once
def _combined(
    report: Report,
    rows: Dimension,
    columns: Dimension,
    resource_name: Called,
    timed: bool,
    measure: Measure,
) -> pd.DataFrame:
    table = composed(report.table, [rows.column, columns.column])
    table = table.rename(columns={f"{c}_sum": c for c in ("cost_usd", "runtime_seconds")})
    names = []
    for dimension in (rows, columns):
        named, keys = f"{dimension.value}_name", table[dimension.column]
        table[named] = tables.labels(report.table, keys, dimension, resource_name)
        names += [dimension.column, named]
    table = table[[*names, "cost_usd", *["runtime_seconds"] * timed, "count"]]
    largest = table.sort_values(COLUMNS[measure], ascending=False, kind="stable")
    return largest.reset_index(drop=True)


def _totals(table: pd.DataFrame, report: Report) -> None:
    """What all cells hold together; and what they do not, where nothing is filtered."""
    many = Tile("Combinations", written.count(len(table))).or_more(report)
    Tiles(st.container(horizontal=True)).show(
        tiles.money("Cost", table["cost_usd"].sum()).or_more(report),
        breakdown.unattributed(report),
        many if listings.has_all_jobs(report) else None,
    )


def _heat_map(
    sight: Sight, table: pd.DataFrame, rows: Dimension, columns: Dimension, *, more: bool
) -> None:
    value, title = COLUMNS[sight.view.measure], _title(sight, rows, columns)
    st.subheader(text.or_more(title, more=more), anchor=False)
    figure = charts.heat_map(
        table,
        value,
        Side(rows.column, most=_MOST),
        Side(columns.column, most=_MOST),
        look(sight, rows, more=more),
    )
    if table[rows.column].nunique() > _MOST or table[columns.column].nunique() > _MOST:
        st.caption(f"The {_MOST} largest of each; the table below has more.")
    alt = charts.alt_text(title, _parts(table, value, rows), value, more=more)
    blocks.chart(f"heat_map_{rows.value}_{columns.value}", figure, alt)


def _treemap(
    sight: Sight, table: pd.DataFrame, rows: Dimension, columns: Dimension, *, more: bool
) -> None:
    value = COLUMNS[sight.view.measure]
    title = f"{text.WORDS[rows].title}, divided by {text.WORDS[columns].singular}"
    st.subheader(text.or_more(title, more=more), anchor=False)
    drawn = look(sight, rows, more=more)
    figure = charts.treemap(table, value, rows.column, columns.column, drawn)
    alt = charts.alt_text(title, _parts(table, value, rows), value, more=more)
    blocks.chart(f"treemap_{rows.value}_{columns.value}", figure, alt)


def _listed(
    sight: Sight, report: Report, table: pd.DataFrame, rows: Dimension, columns: Dimension
) -> None:
    named = [f"{dimension.value}_name" for dimension in (rows, columns)]
    number, words = st.column_config.NumberColumn, st.column_config.TextColumn
    key = f"table_{rows.value}_{columns.value}_{session.clicks()}"

    def take() -> None:
        chosen = st.session_state[key].selection.rows
        if chosen:
            row = table.iloc[chosen[0]]
            session.only({d: k for d in (rows, columns) if (k := str(row[d.column])) != OTHERS})

    st.dataframe(
        _for_people(table, rows, columns),
        hide_index=True,
        column_config={
            named[0]: words(text.WORDS[rows].header, width=140),
            named[1]: words(text.WORDS[columns].header, width=110),
            "cost_usd": number("Cost", format=numbers.money(table, "cost_usd"), width=80),
            "runtime_seconds": number(
                "Hours", format=numbers.hours(table, "runtime_seconds"), width=80
            ),
            "count": number("Records", format=numbers.COUNT, width=70),
        },
        lazy=False,
        alt=_title(sight, rows, columns),
        key=key,
        on_select=take,
        selection_mode="single-row",
    )
    only = COMPUTE if _is_of_compute_only(sight, rows, columns) else ""
    file = partial(in_files.crossed, report, (rows, columns), table, only)
    name = f"{rows.value}-by-{columns.value}{'-of-compute' if only else ''}"
    listings.download(sight, file, name)


@made_once
def _for_people(table: pd.DataFrame, rows: Dimension, columns: Dimension) -> pa.Table:
    """The table in the units that people read: hours, and names on one line."""
    named = [f"{dimension.value}_name" for dimension in (rows, columns)]
    shown = table.drop(columns=[rows.column, columns.column])
    shown = shown.assign(**{one: table[one].map(written.searchable) for one in named})
    if "runtime_seconds" in shown:
        shown["runtime_seconds"] = shown["runtime_seconds"] / 3600
    return pa.Table.from_pandas(shown)


def _title(sight: Sight, rows: Dimension, columns: Dimension) -> str:
    measure = MEASURES[sight.view.measure]
    return f"{measure} by {text.WORDS[rows].singular} and {text.WORDS[columns].singular}"


def _parts(table: pd.DataFrame, value: str, dimension: Dimension) -> tuple[charts.Part, ...]:
    return charts.largest_and_others(table, value, dimension.column)
