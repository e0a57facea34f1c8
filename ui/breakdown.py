"""A page about one dimension: its ranking, its cost or run time over time, and the whole table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from stats import remarks
from stats.agreement import Disagreeing
from stats.assumed import COLUMN
from stats.errors import FarmCostsError, Unanswerable
from stats.model import Dimension, Period, Question, Report
from ui import (
    assumed,
    blocks,
    charts,
    empty,
    hours,
    listings,
    page,
    session,
    tables,
    text,
    tiles,
    without,
)
from ui import format as written
from ui.charts import Look, Timeline
from ui.session import Sight
from ui.tiles import Tile, Tiles
from ui.view import Granularity, Measure

MEASURES = {Measure.COST: "Cost", Measure.RUNTIME: "Run time"}
COLUMNS = {Measure.COST: "cost_usd", Measure.RUNTIME: "runtime_seconds"}

Extra = Callable[[pd.DataFrame], pd.DataFrame]


def breakdown(
    sight: Sight, dimension: Dimension, only: str | None = None, extra: Extra | None = None
) -> bool:
    """The view's usage by one dimension; False where there is none, by another one neither.

    `only` keeps one usage type, `extra` adds columns to the table.
    """
    numbers = Tiles(st.container(horizontal=True))
    try:
        sight, used = hours.told(sight, lambda one: _used(one, dimension, only, numbers))
    except Unanswerable as error:
        blocks.declined(error)
        return True
    if used.costs.empty:
        _without(numbers)
        empty.instead(sight, used.report)
        return used.report.leaves_out
    measure, name_of = sight.view.measure, sight.resource_name
    if used.timed is None:
        st.caption(text.WITHOUT_HOURS)
        measure = Measure.COST
    ranked = tables.ranked(used, dimension, name_of, COLUMNS[measure])
    numbers.show(*_totals(ranked, dimension, used.report))
    blocks.beside(sight, used.report)
    timed = tables.over_time(used, dimension, name_of)
    left, right = st.columns([2, 3], gap="medium")
    with left:
        ranking(ranked, sight, dimension, measure, used.report, most=9)
    with right:
        st.subheader(f"{MEASURES[measure]} over time", anchor=False)
        over_time(sight, used.report, timed, dimension, measure)
    plural = text.WORDS[dimension].plural
    whole = text.every(plural, more=remarks.may_be_more(used.report))
    every = listings.has_all_jobs(used.report)
    st.subheader(whole if every else f"Largest {plural}", anchor=False)
    listings.not_all_jobs(used.report)
    listings.ranking_table(sight, extra(ranked) if extra else ranked, dimension, used)
    blocks.footnotes(used.report)
    return True


def _used(sight: Sight, dimension: Dimension, only: str | None, numbers: Tiles) -> tables.Used:
    """The usage; while it is waited for, and where it fails, what is known without it stands here.

    That is the total by usage type, which comes first anyway: the breakdown is held against it.
    """
    slot, early = st.empty(), st.empty()
    quietly = blocks.Wait(slot)
    coarse, is_at_hand = _coarse(sight, only)
    if not is_at_hand:
        _without(numbers)
    if coarse is None:
        return blocks.used(sight, dimension, sight.period, only, quietly)
    wanted = blocks.apart(sight, dimension, sight.period, only)
    questions = [coarse, wanted, *assumed.questions(sight, wanted, dimension)]
    with blocks.under_way(sight, questions):
        try:
            whole = blocks.asked(sight, coarse, quietly)
        except Unanswerable:  # which is no reason not to ask for what is wanted
            return blocks.used(sight, dimension, sight.period, only, quietly)
        look = _FirstLook(sight, dimension, whole, numbers, early)
        look.totals()
        try:
            wait = blocks.Wait(slot, look.draw)
            used = blocks.used(sight, dimension, sight.period, only, wait)
        except (Unanswerable, Disagreeing):  # of which the total may be what is wrong
            _without(numbers)
            early.empty()
            raise
        except FarmCostsError:
            look.stays()
            raise
    early.empty()
    return used


def _coarse(sight: Sight, only: str | None) -> tuple[Question | None, bool]:
    """What is asked for the total anyway, and whether history tells it.

    With filters it is asked only where it does.
    """
    period = Period.TOTAL if sight.period is Period.HOURLY else sight.period
    coarse = blocks.apart(sight, Dimension.USAGE_TYPE, period, only)
    is_at_hand = blocks.is_at_hand(sight, coarse)
    filtered = sight.view.where or sight.view.job_text
    return None if filtered and not is_at_hand else coarse, is_at_hand


@dataclass
class _FirstLook:
    """The total, and that over time by usage type."""

    sight: Sight
    dimension: Dimension
    whole: Report
    numbers: Tiles
    early: DeltaGenerator
    drawn: list[str] = field(default_factory=list)

    def totals(self, missing: str = "…") -> None:
        """The tiles; `missing` stands where how many there are will."""
        if self.whole.table.empty:
            _without(self.numbers)
            return
        seconds = tables.runtime_of(self.whole, tables.usage_type_of(self.dimension))
        self.numbers.show(
            tiles.money("Total cost", tables.cost_of(self.whole)).or_more(self.whole),
            None,
            tiles.hours(seconds, self.dimension).or_more(self.whole),
            Tile(text.WORDS[self.dimension].title, missing),
        )

    def draw(self, why: str = "is still on its way") -> None:
        """What there is meanwhile, drawn once; `why` says why it is not more."""
        if why in self.drawn or self.whole.table.empty:
            return
        self.drawn.append(why)
        with self.early.container():
            if self.whole.question.period is not Period.TOTAL:
                self._over_time(tables.usage_type_of(self.dimension), why)
            blocks.footnotes(self.whole, passing=True)

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
    ranked: pd.DataFrame,
    sight: Sight,
    dimension: Dimension,
    measure: Measure,
    report: Report,
    most: int,
) -> None:
    """The largest of a report, as bars under a heading."""
    column, title = COLUMNS[measure], f"{MEASURES[measure]} by {text.WORDS[dimension].singular}"
    drawn = look(sight, dimension, more=remarks.may_be_more(report))
    st.subheader(text.or_more(title, more=drawn.more), anchor=False)
    figure = charts.ranking(ranked, column, dimension.column, drawn, label="label", most=most)
    alt = charts.alt_text(title, _parts(ranked, column, dimension), column, more=drawn.more)
    blocks.chart(f"ranking_{dimension.value}", figure, alt, dimension)
    _dotted(ranked, measure)


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
    knowing = report.preliminary_from, report.doubtful, report.unknown
    line = Timeline.of(sight.window, sight.period, sight.zone, *knowing)
    drawn = look(sight, dimension, more=remarks.rows_may_lack(report))
    figure = charts.over_time(timed, column, dimension.column, line, drawn, label="label")
    title = f"{MEASURES[measure]} over time by {text.WORDS[dimension].singular}"
    more = remarks.may_be_more(report)
    alt = charts.alt_text(title, _parts(timed, column, dimension), column, more=more)
    blocks.chart(f"{name}_{dimension.value}", figure, alt, dimension)
    _dotted(timed, measure)
    without.said(report, dimension)


def _dotted(table: pd.DataFrame, measure: Measure) -> None:
    """What dots mean, once a page."""
    if measure is Measure.COST and COLUMN in table:
        for line in page.unsaid([text.DOTTED]):
            st.caption(line)


def look(sight: Sight, dimension: Dimension, *, more: bool) -> Look:
    """The mode, the session's colours, and what is chosen of a dimension."""
    dark = st.context.theme.type == "dark"
    return Look(dark, session.colours(), sight.view.filtered(dimension), more)


def _totals(
    ranked: pd.DataFrame, dimension: Dimension, report: Report
) -> tuple[Tile | None, Tile | None, Tile | None, Tile]:
    """What the rows hold; and beside it what they do not, where nothing is filtered."""
    many = report.jobs.many if report.jobs else int((ranked[dimension.column] != "").sum())
    seconds = ranked["runtime_seconds"].sum() if "runtime_seconds" in ranked else None
    return (
        tiles.money("Cost", ranked["cost_usd"].sum()).or_more(report),
        unattributed(report),
        tiles.hours(seconds, dimension).or_more(report) if seconds is not None else None,
        Tile(text.WORDS[dimension].title, written.count(many)).or_more(report),
    )


def unattributed(report: Report) -> Tile | None:
    """What no row holds; None where that is nothing, or filters leave some of the rows only."""
    asked_for = report.question
    if not report.leaves_out or asked_for.where or asked_for.job_name_contains:
        return None
    note = f"{remarks.unattributed(report)} "
    return tiles.money("Unattributed", report.unattributed_cost_usd, note)


def _without(numbers: Tiles) -> None:
    """Nothing in any of the places that there may be numbers in."""
    numbers.show(None, None, None, None)


def _parts(table: pd.DataFrame, column: str, dimension: Dimension) -> tuple[charts.Part, ...]:
    return charts.largest_and_others(table, column, dimension.column, label="label")
