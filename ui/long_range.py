"""Months and years: tiles, this year against last, twelve months running, and by a dimension."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace

import streamlit as st

from stats import remarks, rounding
from stats.errors import FarmCostsError, Unanswerable
from stats.model import COMPUTE, LICENSE, Dimension, Period, Question, Report, Window
from stats.zone import Zone
from ui import blocks, breakdown, empty, month_tables, month_words, months, tables, text, years
from ui import format as written
from ui import view as views
from ui.breakdown import COLUMNS, MEASURES
from ui.made_once import made_once
from ui.months import Course
from ui.presets import Preset, calendar_start
from ui.session import Sight
from ui.tiles import Tile, Tiles, width
from ui.view import Curve, Granularity, Measure

_LABEL = 160
"""Pixels of a tile with the longest label."""
_USAGE = Dimension.USAGE_TYPE
OFFERED = tuple(dimension for dimension in Dimension if dimension is not Dimension.JOB)
"""Jobs over years are millions, each of them over in days."""


def far(sight: Sight) -> Sight:
    """The sight over the page's own window, by months: whole years as far as history goes."""
    today = sight.zone.day(sight.now)
    first = months.first_day(today, sight.days[0])
    own = replace(sight.view, preset=Preset.DATES, first=first, last=today)
    return replace(sight, view=replace(own, granularity=Granularity.MONTHLY))


def begins(sight: Sight) -> None:
    """Why the months begin where they do."""
    first = sight.days[0]
    since = sight.since
    none = f"There is no history of this farm’s {text.WORDS[sight.view.scope].plural} yet."
    if sight.reporter.unread_since:
        none = "Where history starts can’t be told, since it can’t be read."
    starts = f"History starts on {written.date_of(since)}." if since else none
    if since and since < first:
        st.caption(f"{starts} To go further back, choose dates that begin earlier.")
    else:
        st.caption(
            f"{starts} The service is asked for what is not there, and may have forgotten some: "
            "what is not known is left out. `python -m stats collect --since` keeps what it has."
        )


@dataclass(frozen=True)
class Whole:
    """The window by usage type and month, and its months in the measure that is shown.

    `before` is the last year's part that this year is held against, None where it is not known.
    """

    report: Report
    course: Course
    before: float | None
    compared: Window | None


def under_way(sight: Sight) -> AbstractContextManager[None]:
    """All runs of the page in line at once."""
    questions = [_question(sight, _USAGE)]
    compared = _compared(sight)
    if compared:
        questions.append(sight.question(_USAGE, window=compared))
    if sight.view.by is not _USAGE:
        questions.append(_question(sight, sight.view.by))
    return blocks.under_way(sight, questions)


def whole(sight: Sight) -> Whole:
    """What every other number on the page is part of, or held against."""
    report, compared = blocks.asked(sight, _question(sight, _USAGE)), _compared(sight)
    course = months_of(report, sight.view.measure, sight.window, sight.zone)
    if report.table.empty or compared is None:
        return Whole(report, course, None, compared)
    before = blocks.asked(sight, sight.question(_USAGE, window=compared))
    if remarks.may_be_more(before):
        return Whole(report, course, None, compared)
    timed = sight.view.measure is Measure.RUNTIME
    past = tables.runtime_of(before, COMPUTE) if timed else tables.cost_of(before)
    return Whole(report, course, past, compared)


@made_once
def months_of(report: Report, measure: Measure, window: Window, zone: Zone) -> Course:
    """The months of a report by usage type, with what is known of each."""
    column = COLUMNS[measure]
    rows = report.table.rename(columns={f"{column}_sum": column})
    if measure is Measure.RUNTIME:
        rows = rows[rows["usage_type"] == COMPUTE]
    return Course.of(
        rows, column, window, report.as_of, zone, remarks.at_least_on(report), report.unknown
    ).preliminary(report.preliminary_from, zone)


@made_once
def as_known(used: Report, whole: Report, window: Window, zone: Zone) -> Course:
    """The months of a breakdown with what is known of that: less than of the whole, it may be."""
    rows, column, doubtful = used.table, "cost_usd_sum", remarks.at_least_on(used)
    if doubtful and not (used.question.where or used.question.job_name_contains):
        doubtful = (*used.doubtful, *_lacking(used, whole))
    course = Course.of(rows, column, window, used.as_of, zone, doubtful, used.unknown)
    return course.preliminary(used.preliminary_from, zone)


def _lacking(used: Report, whole: Report) -> Iterator[Window]:
    """The months in which the whole holds more than a breakdown of it."""
    edges = ["period_start", "period_end"]
    rows, of_all = (one.table.groupby(edges)["cost_usd_sum"].sum() for one in (used, whole))
    less = of_all - rows.reindex(of_all.index, fill_value=0.0)
    for start, end in less.index[less > rounding.slack(of_all)]:
        yield Window(start.to_pydatetime(), end.to_pydatetime())


def tiles(sight: Sight, shown: Whole) -> None:
    """This year, last year over as many days, twelve months, and the largest month."""
    course, today = shown.course, sight.days[1]
    year, column = today.year, COLUMNS[sight.view.measure]
    now, last, twelve = course.total(year), course.last_whole, course.last_twelve()
    unknown = "Not known: not all of its days are."
    so_far = Window(sight.zone.midnight(calendar_start(today, 12)), shown.report.as_of)
    passed = _days(sight, so_far) if now is not None else unknown
    is_told = shown.before is not None and shown.compared
    before = _days(sight, is_told) if is_told else unknown
    through = unknown
    if last and twelve is not None:
        more = ", some of whose days are preliminary" if last.growing else ""
        through = f"To the end of {course.month_name(last)}{more}."
    sums = (now, shown.before, twelve, course.largest and course.largest.value)
    amounts = (written.amount(sum_ or 0.0, column) for sum_ in sums)
    grid = st.grid(4, min_column_width=max(_LABEL, width(*amounts)))
    Tiles(grid).show(
        _tile(sight, f"{year} to date", (now, shown.before), passed),
        _tile(sight, f"{year - 1}, as many days", (shown.before, None), before),
        _tile(sight, "Twelve months", (twelve, course.last_twelve(1)), through),
        _largest(sight, course),
    )
    against = [before.removesuffix(".")] if shown.before is not None else []
    against += ["the twelve months before"] if course.last_twelve(1) is not None else []
    if against:
        st.caption(f"Changes are against {', and '.join(against)}.")
    _in_all(sight, shown.report)


def _in_all(sight: Sight, report: Report) -> None:
    """What of the money of all months is at an assumed price: no tile is of as much."""
    more = "at least " if remarks.may_be_more(report) else ""
    cost = written.usd(report.total_cost_usd.sum)
    all_of_it = f"All that is shown costs {more}{cost}, {_days(sight, sight.window)}"
    blocks.beside(sight, report, all_of_it)


def _largest(sight: Sight, course: Course) -> Tile | None:
    month, column = course.largest, COLUMNS[sight.view.measure]
    if month is None:
        return None
    label = "Dearest month" if sight.view.measure is Measure.COST else "Busiest month"
    exact, name = written.amount_exact(month.value, column), course.month_name(month)
    tile = Tile(label, written.amount(month.value, column), exact, below=name)
    if course.is_largest(month):
        return tile
    note = f"{exact} That is {name}; of other months not all is known, which may have more."
    return replace(tile, note=note).at_least()


def this_year_against_last(sight: Sight, course: Course) -> None:
    """Years beside one another, month by month or added up."""
    curve, column = sight.view.curve, COLUMNS[sight.view.measure]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.subheader("This year against last", anchor=False)
        options = {Curve.MONTHLY: "Monthly", Curve.CUMULATIVE: "Cumulative"}
        blocks.switch("Curve", options, curve, "curve")
    if curve is Curve.CUMULATIVE and all(course.cumulative(y)[0] is None for y in course.years):
        st.info(month_words.NOTHING_ADDS_UP, icon=":material/hourglass_empty:")
        return
    draw = years.cumulative if curve is Curve.CUMULATIVE else years.side_by_side
    totals = {course.year_name(y): course.total(y) for y in course.years[::-1]}
    said = (f"{y} {written.amount(v, column)}" for y, v in totals.items() if v is not None)
    years_told = ", ".join(said) or "of no year all is known"
    alt = f"{MEASURES[sight.view.measure]} by month, years side by side: {years_told}."
    blocks.chart(f"years_{curve}", draw(course, column, dark=_dark()), alt)
    for line in month_words.not_shown(course, curve, sight.zone.day(sight.now).year):
        st.caption(line)


def twelve_months(sight: Sight, course: Course) -> None:
    """The twelve months that end with each month."""
    st.subheader("Twelve months running", anchor=False)
    column = COLUMNS[sight.view.measure]
    known = [
        pair for pair in zip(course.running(), course.months, strict=True) if pair[0] is not None
    ]
    if not known:
        st.info(month_words.why_not_twelve(course), icon=":material/hourglass_empty:")
        return
    figure = years.running(course, column, sight.zone, dark=_dark())
    sum_, month = known[-1]
    through = f"{written.amount(sum_ or 0.0, column)} to {course.month_name(month)}"
    alt = f"Twelve months running: {through}."
    blocks.chart("twelve_months", figure, alt)
    st.caption("At each month: it and the eleven before it. Months that are not over have none.")


def parts(sight: Sight, shown: Whole) -> None:
    """By a dimension of choice: a bar a month, and the table of every month and year."""
    by = sight.view.by
    with st.container(horizontal=True, vertical_alignment="bottom"):
        st.subheader("Month by month", anchor=False)
        options = {d: f"By {text.WORDS[d].singular}" for d in OFFERED}
        blocks.picker("By", options, by, "by")
    try:
        used = blocks.used(sight, by, Period.MONTHLY)
    except Unanswerable as error:
        blocks.declined(error)
        blocks.footnotes(shown.report)
        return
    except FarmCostsError:  # what has come stays
        blocks.footnotes(shown.report)
        raise
    measure = sight.view.measure
    if used.timed is None:
        st.caption(text.WITHOUT_HOURS)
        measure = Measure.COST
    timed = tables.over_time(used, by, sight.resource_name)
    if measure is Measure.RUNTIME and by is Dimension.LICENSE_PRODUCT:
        st.caption("Licence hours; what stands above is compute hours.")
    if shown.course.months[0].late:
        first = shown.course.months[0].first
        st.caption(f"{first:%b %Y} is counted from {written.date_of(shown.course.begins)} on.")
    breakdown.over_time(sight, used.report, timed, by, measure, "long_range")
    st.subheader(f"Years{_in_hours(_USAGE, sight.view.measure)}", anchor=False)
    ends = shown.report.question.window.end
    month_tables.side_by_side(sight, shown.course, ends, COLUMNS[sight.view.measure])
    if any(shown.course.total(year) is None for year in shown.course.years):
        st.caption("A year has a sum where all of its days are known, here and in the next table.")
    whole = text.every(text.WORDS[by].plural, more=remarks.may_be_more(used.report))
    st.subheader(f"{whole}{_in_hours(by, measure)}", anchor=False)
    column = COLUMNS[measure]
    course = as_known(used.report, shown.report, sight.window, sight.zone)
    wide = months.by_key(timed, column, by.column, course, sight.zone)
    month_tables.by_key(sight, wide, used, course, by, column)
    blocks.footnotes(used.report)


def nothing(sight: Sight, report: Report) -> None:
    """Why the page is empty."""
    if sight.view.where or sight.view.job_text:
        empty.instead(sight, report)
        return
    empty.why(report, f"Nothing ran since {written.date_of(sight.days[0])}.")


def _question(sight: Sight, dimension: Dimension) -> Question:
    return blocks.apart(sight, dimension, Period.MONTHLY)


def _compared(sight: Sight) -> Window | None:
    """As many days of last year as have passed of this one; None where they are not all shown."""
    year = replace(sight.view, preset=Preset.THIS_YEAR, first=None, last=None)
    before = views.window_before(year, sight.now, sight.zone)
    return before if before and before.start >= sight.window.start else None


def _tile(sight: Sight, label: str, change: tuple[float | None, float | None], note: str) -> Tile:
    """A number against an earlier one; either may not be known."""
    column = COLUMNS[sight.view.measure]
    now, before = change
    if now is None:
        return Tile(label, written.UNKNOWN, note)
    tile = Tile(label, written.amount(now, column), f"{note} {written.amount_exact(now, column)}")
    return tile.against(now, before, column)


def _in_hours(dimension: Dimension, measure: Measure) -> str:
    """Which hours a table holds, to be said in its heading; money goes without saying."""
    if measure is Measure.COST:
        return ""
    metered = tables.usage_type_of(dimension) == LICENSE
    return f", in {'licence' if metered else 'compute'} hours"


def _days(sight: Sight, window: Window) -> str:
    return f"{written.days(window, sight.zone)}."


def _dark() -> bool:
    return bool(st.context.theme.type == "dark")
