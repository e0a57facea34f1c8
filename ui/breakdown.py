"""A page about one dimension: its ranking, its cost or run time over time, and the whole table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from stats.errors import FarmCostsError, Unanswerable
from stats.model import LICENSE, Dimension, Period, Question, Report
from ui import blocks, charts, listings, page, session, tables, text
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
    tiles = st.empty()
    try:
        used = _used(sight, dimension, only, tiles)
    except Unanswerable as error:
        blocks.declined(error)
        return True
    if used.costs.empty:
        tiles.empty()
        blocks.nothing(sight, used.report)
        return False
    measure, name_of = sight.view.measure, sight.resource_name
    if used.timed is None:
        st.caption(text.WITHOUT_HOURS)
        measure = Measure.COST
    ranked = tables.ranked(used, dimension, name_of, COLUMNS[measure])
    with tiles.container(horizontal=True):
        _totals(ranked, dimension, used.report)
    timed = tables.over_time(used, dimension, name_of)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        ranking(ranked, sight, dimension, measure, most=9)
    with right:
        st.subheader(f"{MEASURES[measure]} over time", anchor=False)
        over_time(sight, used.report, timed, dimension, measure)
    every = listings.has_all_jobs(used.report)
    st.subheader(f"{'All' if every else 'Largest'} {text.WORDS[dimension].plural}", anchor=False)
    listings.not_all_jobs(used.report)
    listings.ranking_table(sight, extra(ranked) if extra else ranked, dimension)
    blocks.footnotes(sight, used.report)
    return True


def _used(
    sight: Sight, dimension: Dimension, only: str | None, tiles: DeltaGenerator
) -> tables.Used:
    """The usage; while it is waited for, and where it fails, what is known without it stands here.

    That is the total by usage type, which comes first anyway: the breakdown is held against it.
    """
    slot, early = st.empty(), st.empty()
    quietly = blocks.Wait(slot)
    coarse = _coarse(sight, only)
    if coarse is None:
        return blocks.used(sight, dimension, sight.period, only, quietly)
    questions = [coarse, blocks.apart(sight, dimension, sight.period, only)]
    with sight.reporter.prepared(questions, not_before=session.fresh_since()):
        try:
            whole = blocks.asked(sight, coarse, quietly)
        except Unanswerable:  # which is no reason not to ask for what is wanted
            return blocks.used(sight, dimension, sight.period, only, quietly)
        look = _FirstLook(sight, dimension, whole, tiles, early)
        look.totals()
        page.goes_on()
        try:
            wait = blocks.Wait(slot, look.draw)
            used = blocks.used(sight, dimension, sight.period, only, wait)
        except Unanswerable:
            tiles.empty()
            early.empty()
            raise
        except FarmCostsError:
            look.stays()
            raise
    early.empty()
    return used


def _coarse(sight: Sight, only: str | None) -> Question | None:
    """What is asked for the total anyway; with filters it is asked only where history tells it."""
    period = Period.TOTAL if sight.period is Period.HOURLY else sight.period
    coarse = blocks.apart(sight, Dimension.USAGE_TYPE, period, only)
    filtered = sight.view.where or sight.view.job_text
    return None if filtered and not sight.reporter.is_at_hand(coarse) else coarse


@dataclass
class _FirstLook:
    """The total, and that over time by usage type."""

    sight: Sight
    dimension: Dimension
    whole: Report
    tiles: DeltaGenerator
    early: DeltaGenerator
    drawn: list[str] = field(default_factory=list)

    def totals(self, missing: str = "…") -> None:
        """The tiles; `missing` stands where how many there are will."""
        if self.whole.table.empty:
            return
        with self.tiles.container(horizontal=True):
            money("Total cost", tables.cost_of(self.whole))
            usage_type = tables.usage_type_of(self.dimension)
            hours(tables.runtime_of(self.whole, usage_type), self.dimension)
            st.metric(text.WORDS[self.dimension].title, missing, border=True)

    def draw(self, why: str = "has not come yet") -> None:
        """What there is meanwhile, drawn once; `why` says why it is not more."""
        if why in self.drawn or self.whole.table.empty:
            return
        self.drawn.append(why)
        with self.early.container():
            if self.whole.question.period is not Period.TOTAL:
                self._over_time(tables.usage_type_of(self.dimension), why)
            blocks.footnotes(self.sight, self.whole)

    def stays(self) -> None:
        """It is all there will be."""
        self.totals("—")
        self.draw("could not be had")

    def _over_time(self, usage_type: str, why: str) -> None:
        timed = self.whole.table[self.whole.table["usage_type"] == usage_type]
        shown = tables.over_time(tables.Used(self.whole, timed), Dimension.USAGE_TYPE)
        measure, by = self.sight.view.measure, text.WORDS[self.dimension].singular
        st.subheader(f"{MEASURES[measure]} over time", anchor=False)
        st.caption(f"By usage type: the breakdown by {by} {why}.")
        name = f"first_look_{self.dimension.value}_{len(self.drawn)}"
        over_time(self.sight, self.whole, shown, Dimension.USAGE_TYPE, measure, name)


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
    sight: Sight,
    report: Report,
    timed: pd.DataFrame,
    dimension: Dimension,
    measure: Measure,
    name: str = "over_time",
) -> None:
    """Stacked bars over the window; charts of one page have names of their own."""
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
    blocks.chart(f"{name}_{dimension.value}", figure, alt, dimension)


def look(sight: Sight, dimension: Dimension) -> Look:
    """The mode, the session's colours, and what is chosen of a dimension."""
    dark = st.context.theme.type == "dark"
    return Look(dark, session.colours(), sight.view.filtered(dimension))


def _totals(ranked: pd.DataFrame, dimension: Dimension, report: Report) -> None:
    """What the rows hold; and beside it what they do not, where nothing is filtered.

    Where there are no hours their place is taken all the same: what is drawn over something that
    had more elements leaves the last of those standing.
    """
    money("Cost", ranked["cost_usd"].sum())
    if report.leaves_out and not report.question.where and not report.question.job_name_contains:
        money("Unattributed", report.unattributed_cost_usd, f"{text.HELP['unattributed']} ")
    if "runtime_seconds" in ranked:
        hours(ranked["runtime_seconds"].sum(), dimension)
    else:
        st.empty()
    many = report.jobs.many if report.jobs else int((ranked[dimension.column] != "").sum())
    st.metric(text.WORDS[dimension].title, written.count(many), border=True)


def money(label: str, cost: float, note: str = "") -> None:
    """A tile of US dollars."""
    exact = f"{note}{written.usd_exact(cost)}"
    st.metric(label, written.usd(cost), help=exact, border=True)


def hours(seconds: float, dimension: Dimension) -> None:
    """A tile of the hours that a page about the dimension shows."""
    label = "Licence hours" if tables.usage_type_of(dimension) == LICENSE else "Compute hours"
    st.metric(label, written.hours(seconds), help=written.hours_exact(seconds), border=True)


def _parts(table: pd.DataFrame, column: str, dimension: Dimension) -> tuple[charts.Part, ...]:
    return charts.largest_and_others(table, column, dimension.column, label="label")
