"""The overview's parts: the tiles, each against the window before, and its charts' tables."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from typing import Literal

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from stats.errors import FarmCostsError, Unanswerable
from stats.model import COMPUTE, LICENSE, PERSISTENT_VOLUME, Dimension, Question, Report
from ui import blocks, breakdown, page, session, tables, text
from ui import format as written
from ui import view as views
from ui.session import Sight
from ui.timeline import Timeline
from ui.view import Measure

LARGEST = (Dimension.USER, Dimension.INSTANCE_TYPE, Dimension.JOB)
_PADDING, _CHARACTER, _SHORT = 40, 13, 8
"""Of a tile: pixels around its number and of each character, and characters that six side by side
have room for."""

_USAGE = Dimension.USAGE_TYPE


@dataclass(frozen=True)
class Totals:
    """A window's numbers: US dollars, seconds, and a count; jobs None where not known yet."""

    cost: float
    compute: float
    licences: float
    volumes: float
    compute_seconds: float
    jobs: int | None

    @classmethod
    def of(cls, whole: Report, jobs: Report | None) -> Totals:
        return cls(
            tables.cost_of(whole),
            tables.cost_of(whole, COMPUTE),
            tables.cost_of(whole, LICENSE),
            tables.cost_of(whole, PERSISTENT_VOLUME),
            tables.runtime_of(whole, COMPUTE),
            jobs.jobs.many if jobs and jobs.jobs else None,
        )

    @property
    def cost_per_job(self) -> float | None:
        return self.cost / self.jobs if self.jobs else None


def under_way(sight: Sight) -> AbstractContextManager[None]:
    """All runs of the page in line at once, so that the farm is never idle between them."""
    stacked = [_question(sight, sight.view.stack)] if sight.view.stack is not _USAGE else []
    wanted = [_question(sight), *stacked, *(_question(sight, d) for d in LARGEST)]
    questions = [*wanted, *_before(sight)]
    return sight.reporter.prepared(questions, not_before=session.fresh_since())


def whole(sight: Sight) -> Report:
    """The window by usage type: what every other number on the page is part of."""
    return blocks.asked(sight, _question(sight))


def before(sight: Sight) -> Totals | None:
    """The numbers of the window before; None where nothing of this window has passed."""
    questions = _before(sight)
    if not questions:
        return None
    earlier, earlier_jobs = (blocks.asked(sight, question) for question in questions)
    return Totals.of(earlier, earlier_jobs)


def glance(sight: Sight, report: Report) -> None:
    """Tiles, cost over time and the largest; what comes late is filled in as it comes."""
    slot, compared = st.empty(), st.empty()
    tiles(slot, sight, report, None, None, missing="…")
    page.goes_on()
    earlier = views.window_before(sight.view, sight.now, sight.zone)
    if earlier is not None:
        before_it = written.days(earlier, sight.zone)
        compared.caption(written.markdown(f"The window before, {before_it}, has not come yet."))
    try:
        over_time(sight)
        for column, dimension in zip(st.columns(len(LARGEST), gap="medium"), LARGEST, strict=True):
            with column:
                largest(sight, dimension, report)
    except FarmCostsError:  # what has come stays
        tiles(slot, sight, report, None, None, missing="—")
        compared.empty()
        blocks.footnotes(sight, report)
        raise
    blocks.footnotes(sight, report)
    try:
        jobs = blocks.used(sight, Dimension.JOB, sight.period).report
    except Unanswerable:  # said above, where the largest jobs would stand
        tiles(slot, sight, report, None, None)
        compared.empty()
        return
    tiles(slot, sight, report, jobs, None)
    try:
        tiles(slot, sight, report, jobs, before(sight))
        if earlier is not None:
            said = f"Changes are against the window before: {before_it}."
            compared.caption(written.markdown(said))
    except Unanswerable as error:
        compared.caption(written.markdown(f"The window before can’t be compared: {error.what}"))
    except FarmCostsError:
        compared.caption("The window before could not be had.")
        raise


def largest(sight: Sight, dimension: Dimension, whole: Report) -> None:
    """The largest by one dimension; what is said of the whole is said once, below."""
    try:
        used = blocks.used(sight, dimension, sight.period)
    except Unanswerable as error:
        blocks.declined(error)
        return
    table = tables.ranked(used, dimension, sight.resource_name)
    breakdown.ranking(table, sight, dimension, Measure.COST, most=7)
    for note in used.report.notes:
        if note not in whole.notes:
            st.caption(written.markdown(note))


def over_time(sight: Sight) -> None:
    """Cost over time, stacked by a dimension of choice."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.subheader("Cost over time", anchor=False)
        options = {d: f"By {text.WORDS[d].singular}" for d in Dimension}
        blocks.picker("Stacked by", options, sight.view.stack, "stack")
    try:
        used = blocks.used(sight, sight.view.stack, sight.period)
    except Unanswerable as error:
        blocks.declined(error)
        return
    timed = tables.over_time(used, sight.view.stack, sight.resource_name)
    breakdown.over_time(sight, used.report, timed, sight.view.stack, Measure.COST)


def tiles(
    slot: DeltaGenerator,
    sight: Sight,
    report: Report,
    jobs: Report | None,
    past: Totals | None,
    *,
    missing: str = "",
) -> None:
    """The row of numbers, as far as they are known; `missing` stands where jobs would.

    Each place is taken, also by nothing: else what stood there before would stay.
    """
    now = Totals.of(report, jobs)
    line = _Trends(sight, report, jobs)
    volumes = bool(now.volumes or (past and past.volumes))
    longest = max(len(written.usd(now.cost)), len(written.hours(now.compute_seconds)))
    in_a_row = 4 if volumes else 6 if longest <= _SHORT else 3
    with slot.container(), st.grid(in_a_row, min_column_width=_PADDING + _CHARACTER * longest):
        _money("Total cost", now.cost, past.cost if past else None, line.cost(), "cost")
        _money(
            "Compute", now.compute, past.compute if past else None, line.cost(COMPUTE), "compute"
        )
        _money(
            "Licences",
            now.licences,
            past.licences if past else None,
            line.cost(LICENSE),
            "licences",
        )
        if volumes:
            kept = line.cost(PERSISTENT_VOLUME)
            _money("Volumes", now.volumes, past.volumes if past else None, kept, "volumes")
        _hours(now.compute_seconds, past.compute_seconds if past else None, line.compute_hours())
        if now.jobs is None:
            _without_jobs(missing)
        else:
            _jobs(now, past, line)


class _Trends:
    """Numbers per period for the small lines in the tiles."""

    def __init__(self, sight: Sight, report: Report, jobs: Report | None) -> None:
        shown = Timeline.of(sight.window, sight.period, sight.zone).starts
        self._starts = [start for start in shown if start < report.as_of]
        self._rows = report.table
        self._jobs = jobs.jobs.by_period if jobs and jobs.jobs else {}

    def cost(self, usage_type: str | None = None) -> list[float]:
        rows = self._rows
        kept = rows if usage_type is None else rows[rows["usage_type"] == usage_type]
        return self._filled(kept.groupby("period_start")["cost_usd_sum"].sum())

    def compute_hours(self) -> list[float]:
        rows = self._rows[self._rows["usage_type"] == COMPUTE]
        return self._filled(rows.groupby("period_start")["runtime_seconds_sum"].sum() / 3600)

    def jobs(self) -> list[float]:
        return [float(self._jobs.get(start, 0)) for start in self._starts]

    def cost_per_job(self) -> list[float]:
        both = zip(self.cost(), self.jobs(), strict=True)
        return [cost / jobs if jobs else 0.0 for cost, jobs in both]

    def _filled(self, numbers: pd.Series) -> list[float]:
        found = numbers.to_dict()
        return [float(found.get(pd.Timestamp(start), 0.0)) for start in self._starts]


def _question(sight: Sight, *dimensions: Dimension) -> Question:
    return sight.question(*dimensions, _USAGE, period=sight.period)


def _before(sight: Sight) -> tuple[Question, ...]:
    """The window before, by usage type, and how many jobs it had."""
    window = views.window_before(sight.view, sight.now, sight.zone)
    if window is None:
        return ()
    return (
        sight.question(_USAGE, window=window),
        replace(sight.question(Dimension.JOB, window=window), most_jobs=0),
    )


def _money(label: str, now: float, past: float | None, line: Sequence[float], about: str) -> None:
    note = f"{text.HELP[about]} {written.usd_exact(now)}"
    _metric(label, written.usd(now), (now, past), line, note, "inverse")


def _hours(now: float, past: float | None, line: Sequence[float]) -> None:
    note = f"{text.HELP['compute_hours']} {written.hours_exact(now)}"
    _metric("Compute hours", written.hours(now), (now, past), line, note, "off")


def _without_jobs(missing: str) -> None:
    for label in ("Jobs", "Cost per job"):
        if missing:
            st.metric(label, missing, border=True, height="stretch")
        else:
            st.empty()


def _jobs(now: Totals, past: Totals | None, line: _Trends) -> None:
    earlier = past.jobs if past else None
    jobs = now.jobs or 0
    _metric("Jobs", written.count(jobs), (jobs, earlier), line.jobs(), text.HELP["jobs"], "off")
    each, earlier_each = now.cost_per_job, past.cost_per_job if past else None
    if each is not None:
        note = f"{text.HELP['cost_per_job']} {written.usd_exact(each)}"
        trend, change = line.cost_per_job(), (each, earlier_each)
        _metric("Cost per job", written.usd(each), change, trend, note, "inverse")
    else:
        st.empty()


def _metric(
    label: str,
    value: str,
    change: tuple[float, float | None],
    line: Sequence[float],
    note: str,
    colour: Literal["inverse", "off"],
) -> None:
    now, past = change
    moved = None if past is None else written.change(now, past)
    still = moved in (None, *written.WITHOUT_DIRECTION)
    st.metric(
        label,
        written.markdown(value),
        delta=moved,
        delta_color="off" if still else colour,
        delta_arrow="off" if still else "auto",
        help=written.markdown(note),
        chart_data=list(line) if len(line) > 1 else None,
        chart_type="bar",
        border=True,
        height="stretch",
    )
