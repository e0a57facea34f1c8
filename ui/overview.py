"""The overview's parts: the tiles, each against the window before, and its charts' tables."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import takewhile

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from stats import remarks
from stats.agreement import Disagreeing
from stats.comparison import Comparison
from stats.errors import FarmCostsError, Unanswerable
from stats.model import Dimension, Question, Report
from stats.remark import Remark, RemarkKind
from ui import assumed, blocks, breakdown, hours, remarked, tables, text, without
from ui import format as written
from ui import view as views
from ui.made_once import made_once
from ui.session import Sight
from ui.tiles import Tile, Tiles, width
from ui.timeline import Timeline
from ui.totals import JOBS, NOT_ALL_COST, PER_JOB, Lines, Numbers, Totals, lacks_jobs, of_jobs_known
from ui.view import Measure

LARGEST = (Dimension.USER, Dimension.INSTANCE_TYPE, Dimension.JOB)
MOST_JOBS = 1_000
_SHORT, _LABEL = 8, 145
"""Characters of a number that six side by side have room for, and pixels of the longest label."""
_HEIGHT, _BELOW, _LINE = 82, 22, 76
"""Of a tile: pixels of its label and number, of what is said below, and of its line."""

_USAGE = Dimension.USAGE_TYPE
JOBS_APART = "Jobs are not compared: not all of them are known, of one window or the other."


def under_way(sight: Sight) -> AbstractContextManager[None]:
    """All runs of the page in line at once, so that the farm is never idle between them."""
    return blocks.under_way(sight, _questions(sight))


def _questions(sight: Sight) -> list[Question]:
    stacked = [_question(sight, sight.view.stack)] if sight.view.stack is not _USAGE else []
    wanted = [_question(sight), *stacked, *(_question(sight, d) for d in LARGEST)]
    apart = assumed.questions(sight, wanted[0], *LARGEST, sight.view.stack)
    return [*wanted, *_before(sight), *apart]


def _is_known(sight: Sight) -> bool:
    """Whether all of the page was told a moment ago: then nothing is shown but what stays."""
    return all(blocks.known(sight, question) for question in _questions(sight))


def whole(sight: Sight) -> tuple[Sight, Report]:
    """The window by usage type: what every other number on the page is part of.

    With the sight that the page is of then: by days, where the hours do not tell all.
    """
    return hours.told(sight, lambda one: blocks.asked(one, _question(one)))


def glance(sight: Sight, report: Report) -> None:
    """Tiles, cost over time and the largest; what comes late is filled in as it comes."""
    numbers, beside, compared, charts = (
        _Row(sight, report),
        *(st.container(), st.empty(), st.empty()),
    )
    if not _is_known(sight):
        keeps_waiting = not blocks.is_at_hand(sight, _question(sight, Dimension.JOB))
        numbers.show(missing="…", lines=keeps_waiting)
        before = _said_of_before(sight)
        if before:
            said = f"The figures of the window before, {before}, are still on their way."
            compared.caption(written.markdown(said))
    try:
        with charts.container():
            _charts(sight, report)
    except Disagreeing:  # of which the total may be what is wrong
        numbers.clear()
        compared.empty()
        charts.empty()
        raise
    except FarmCostsError:  # what has come stays
        numbers.show(missing="—")
        compared.empty()
        blocks.footnotes(report)
        raise
    with beside:
        blocks.beside(sight, report)
    blocks.footnotes(report)
    try:
        jobs = _told(sight, Dimension.JOB)[1].report
    except Unanswerable:  # said above, where the largest jobs would stand
        numbers.show()
        compared.empty()
        return
    _compare(sight, numbers, (report, jobs), compared)


def _charts(sight: Sight, report: Report) -> None:
    """Cost over time, and the largest side by side."""
    over_time(sight, report)
    for column, dimension in zip(st.columns(len(LARGEST), gap="medium"), LARGEST, strict=True):
        with column:
            largest(sight, dimension, report)


def _compare(sight: Sight, numbers: _Row, now: tuple[Report, Report], said: DeltaGenerator) -> None:
    """Jobs, and all numbers against the window before, which is waited for if need be."""
    jobs = now[1]
    questions = _before(sight)
    if not questions or not blocks.is_at_hand(sight, *questions):
        numbers.show(jobs)
    if not questions:
        return
    try:
        before = [blocks.asked(sight, question) for question in questions]
    except Unanswerable as error:
        numbers.show(jobs)
        said.caption(written.markdown(f"The window before can’t be compared: {error.what}"))
    except FarmCostsError:
        numbers.show(jobs)
        said.caption("The window before could not be had.")
        raise
    else:
        compared = [remarked.of_comparison(*pair) for pair in zip(now, before, strict=True)]
        lacks = any(lacks_jobs(one) for one in (jobs, before[1]))
        held = _comparable(compared, before, jobs=not lacks)
        numbers.show(jobs, *held)
        with said.container():
            blocks.say(_of_comparing(compared, len(held)))


def _comparable(
    compared: Sequence[Comparison], before: Sequence[Report], *, jobs: bool
) -> tuple[Report, ...]:
    """The reports of the window before that may be compared with: the whole, and perhaps `jobs`."""
    reports = zip(compared, before, strict=True)
    found = takewhile(lambda pair: pair[0].is_comparable, reports)
    return tuple(report for _, report in found)[: 2 if jobs else 1]


def _of_comparing(compared: Sequence[Comparison], held: int) -> Iterator[Remark]:
    """What is said of both comparisons, where so many of them hold: of one thing once."""
    whole, jobs = compared
    yield from whole.remarks
    if held == len(compared):
        yield from jobs.remarks
        return
    if held:
        yield Remark(RemarkKind.COMPARISON, JOBS_APART)
    yield from (one for one in jobs.remarks if one.kind is not RemarkKind.COMPARISON)


def _said_of_before(sight: Sight) -> str:
    """The window before in words; nothing where there is none."""
    window = views.window_before(sight.view, sight.now, sight.zone)
    return "" if window is None else written.days(window, sight.zone)


class _Row:
    """The tiles, in rows that are as high from the first as they are in the end."""

    def __init__(self, sight: Sight, report: Report) -> None:
        self._report = report
        shown = Timeline.of(sight.window, sight.period, sight.zone).starts
        told = () if report.unknown else shown  # a line has no gaps
        self._starts = tuple(start for start in told if start < report.as_of)
        now = Totals.of(report, None)
        largest = written.usd(now.cost), written.hours(now.compute_seconds)
        grid = st.grid(
            4 if now.volumes else 6 if max(map(len, largest)) <= _SHORT else 3,
            min_column_width=max(_LABEL, width(*largest)),
            row_height=_HEIGHT + _BELOW + (len(self._starts) > 1) * _LINE,
        )
        self._tiles = Tiles(grid)

    def clear(self) -> None:
        """None of them, where none can be believed."""
        self._tiles.show()

    def show(
        self,
        jobs: Report | None = None,
        earlier: Report | None = None,
        earlier_jobs: Report | None = None,
        *,
        missing: str = "",
        lines: bool = True,
    ) -> None:
        """As far as they are known; `missing` stands where jobs would. Lines take long to draw."""
        starts = self._starts if lines else ()
        self._tiles.show(*_tiles(self._report, jobs, earlier, earlier_jobs, starts, missing))


@made_once
def _tiles(
    report: Report,
    jobs: Report | None,
    earlier: Report | None,
    earlier_jobs: Report | None,
    starts: tuple[datetime, ...],
    missing: str,
) -> tuple[Tile | None, ...]:
    """The numbers as far as they are known, and their lines over the periods that begin then."""
    past = Totals.of(earlier, earlier_jobs) if earlier else None
    numbers = Numbers(Totals.of(report, jobs), past, Lines(starts, report, jobs))
    return tuple(tile and _or_more(tile, report, jobs) for tile in numbers.tiles(missing))


def _or_more(tile: Tile, report: Report, jobs: Report | None) -> Tile:
    """With a word where there may be more; there is no ratio then, which may be less as well."""
    if jobs and tile.label in (JOBS, PER_JOB) and lacks_jobs(jobs):
        return of_jobs_known(tile)
    if tile.label != PER_JOB:
        return tile.or_more(report)
    return Tile(PER_JOB, written.UNKNOWN, NOT_ALL_COST) if remarks.may_be_more(report) else tile


def largest(sight: Sight, dimension: Dimension, whole: Report) -> None:
    """The largest by one dimension; what is said of the whole is said once, below."""
    try:
        _, used = _told(sight, dimension)
    except Unanswerable as error:
        blocks.declined(error)
        return
    table = tables.ranked(used, dimension, sight.resource_name)
    if table.empty:
        st.subheader(f"Cost by {text.WORDS[dimension].singular}", anchor=False)
    else:
        breakdown.ranking(table, sight, dimension, Measure.COST, used.report, most=7)
    without.said(used.report, dimension)
    blocks.say(_of_its_own(used.report, dimension, whole))


def _of_its_own(report: Report, dimension: Dimension, whole: Report) -> Iterator[Remark]:
    """What is said of a breakdown alone; of usage that is in no row of it, by what that is."""
    known = {*remarked.of(whole)}
    for one in remarked.of(report):
        if one.kind is RemarkKind.UNATTRIBUTED:
            by = f"Unattributed by {text.WORDS[dimension].singular}"
            yield replace(one, text=one.text.replace("Unattributed", by, 1))
        elif one not in known and one.text != remarks.WITHOUT_EDGES:  # which are shown nowhere here
            yield one


def over_time(sight: Sight, whole: Report) -> None:
    """Cost over time, stacked by a dimension of choice."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.subheader("Cost over time", anchor=False)
        options = {d: f"By {text.WORDS[d].singular}" for d in Dimension}
        blocks.picker("Stacked by", options, sight.view.stack, "stack")
    try:
        sight, used = _told(sight, sight.view.stack)
    except Unanswerable as error:
        blocks.declined(error)
        return
    timed = tables.over_time(used, sight.view.stack, sight.resource_name)
    breakdown.over_time(sight, used.report, timed, sight.view.stack, Measure.COST)
    blocks.say(_of_its_own(used.report, sight.view.stack, whole))


def _told(sight: Sight, dimension: Dimension) -> tuple[Sight, tables.Used]:
    return hours.told(sight, lambda one: _used(one, dimension))


def _used(sight: Sight, dimension: Dimension) -> tables.Used:
    if dimension is Dimension.JOB:
        used = tables.Used(blocks.asked(sight, _question(sight, dimension)), None)
        return assumed.marked(sight, used, dimension, partial(blocks.asked, sight))
    return blocks.used(sight, dimension, sight.period)


def _question(sight: Sight, *dimensions: Dimension) -> Question:
    """The window by usage type and at most one dimension more.

    Of jobs only money is shown: where filters tell them apart by something else already, usage
    types would take a cut more.
    """
    if Dimension.JOB not in dimensions:
        return sight.question(*dimensions, _USAGE, period=sight.period)
    apart = () if sight.view.where else (_USAGE,)
    jobs = sight.question(*dimensions, *apart, period=sight.period)
    return replace(jobs, most_jobs=MOST_JOBS)


def _before(sight: Sight) -> tuple[Question, ...]:
    """The window before, by usage type, and how many jobs it had."""
    window = views.window_before(sight.view, sight.now, sight.zone)
    if window is None:
        return ()
    return (
        sight.question(_USAGE, window=window),
        replace(sight.question(Dimension.JOB, window=window), most_jobs=0),
    )
