"""What history has of the farm: its tiles, its calendar, its gaps, its files and its table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import streamlit as st

from stats import audit, coverage
from stats.audit import Coverage
from stats.coverage import Calendar, State
from stats.errors import HistoryError
from stats.history import History
from stats.model import Dimension, Period
from stats.whose import OTHER
from ui import backend, blocks, daymap, holdings, listings, numbers, text
from ui import columns as in_files
from ui import format as written
from ui.session import Sight
from ui.tiles import Tile, Tiles, width

_MOST_GAPS = 12
_MOST_TROUBLES = 10
_IN_ROWS_OF_THREE = 6


@dataclass(frozen=True)
class Kept:
    """The history of the sight's farm: what there is of each cut, and of each day."""

    history: History
    found: Sequence[Coverage]
    calendar: Calendar


def kept(sight: Sight) -> Kept | None:
    """What history has of the farm; None, which is said, where none is kept.

    Raises HistoryError where it can't be read.
    """
    try:
        history = sight.reporter.history
    except HistoryError as none:
        st.subheader("No history is kept", anchor=False)
        st.info(written.markdown(str(none)), icon=_ICON)
        st.markdown(
            "All figures are asked of the service, each time. With a history the days that are "
            "long over are asked for once, and stay when the service has forgotten their jobs."
        )
        return None
    wants = coverage.wanted(sight.farm.id, _resources(sight))
    others = [s for s in history.shelves() if s.farm_id == sight.farm.id and s not in wants]
    found = audit.coverage(history, [*wants, *others])
    known = sight.reporter.certainty.of_farm(sight.farm.id, _resources(sight))
    over = coverage.calendar(found, wants, sight.zone, sight.now, history.is_settled, known)
    return Kept(history, found, over)


def tiles(sight: Sight, of: Kept) -> None:
    """How many days there are, since when, how much they take, and when the last was written."""
    over, found = of.calendar, of.found
    files, size = (sum(getattr(one, part) for one in found) for part in ("files", "size"))
    last = max((one.written for one in found), default=None)
    first = over.first
    doubtful, unknown = over.number(State.DOUBTFUL), over.number(State.UNKNOWN)
    told = (
        Tile("Complete days", written.count(over.number(State.COMPLETE)), _HELP["complete"]),
        Tile("Days in part", written.count(over.number(State.PARTLY)), _HELP["partly"]),
        Tile("Missing days", written.count(over.number(State.MISSING)), _HELP["missing"]),
        *([Tile("Days “at least”", written.count(doubtful), _HELP["doubtful"])] * bool(doubtful)),
        *([Tile("Days not known", written.count(unknown), _HELP["unknown"])] * bool(unknown)),
        Tile(
            "First day", holdings.span(first, first, sight.zone) if first else "–", _HELP["first"]
        ),
        Tile("On disk", holdings.size(size), f"{holdings.counted(files, 'file')} of this farm."),
        Tile(
            "Last written",
            holdings.short_moment(last, sight.zone) if last else "–",
            written.when(last, sight.zone) if last else "Nothing has been written yet.",
        ),
    )
    across = 4 if len(told) > _IN_ROWS_OF_THREE else 3
    Tiles(st.grid(across, min_column_width=width(*(tile.value for tile in told)))).show(*told)


def days(sight: Sight, of: Kept) -> None:
    """The calendar, with what its colours say, and what of the window comes from history."""
    over = of.calendar
    st.subheader("Day by day", anchor=False)
    st.caption(
        "A cut is usage broken down in one way, such as by user and job. A day is complete when "
        f"all {len(over.wanted)} that pages are made of are in history. "
        + written.markdown(_of_the_window(sight, over))
    )
    if over.elsewhere:
        said = holdings.elsewhere_in_words(over.elsewhere, sight.zone)
        st.warning(
            written.markdown(said), title="Days of another time zone", icon=":material/public:"
        )
    dark = st.context.theme.type == "dark"
    blocks.chart("history_shares", daymap.shares(over, dark), holdings.summed_up(over.days))
    for year in over.years:
        st.markdown(f"**{year}**")
        with st.grid(2, min_column_width=330):
            for half in daymap.halves(over, year):
                figure = daymap.half_year(over, half, dark)
                some = (day for day in over.days if half.holds(day.day))
                alt = f"{half}: {holdings.summed_up(some)}."
                blocks.chart(f"history_{half.first}", figure, alt)


def gaps(sight: Sight, of: Kept) -> None:
    """The days that history lacks, and how to have them."""
    over = of.calendar
    if not over.wanted:
        st.info("This farm has neither queues nor fleets, so there is nothing to keep.", icon=_ICON)
        return
    if not _listed(sight):
        said = "The queues and fleets of this farm were all deleted: no more days can be collected."
        st.info(said, icon=_ICON)
        return
    st.subheader("Gaps", anchor=False)
    if over.first is None and over.number(State.UNKNOWN):
        st.markdown("No usage is known yet of any day that is in history.")
    elif over.first is None:
        st.markdown(_nothing_yet(sight, of))
    elif not over.gaps:
        st.markdown("None: every settled day since the first one is complete.")
    lines = [holdings.gap_in_words(gap, over, sight.zone) for gap in over.gaps[:_MOST_GAPS]]
    more = over.gaps[_MOST_GAPS:]
    if more:
        lines.append(f"and {holdings.counted(sum(gap.days for gap in more), 'day')} before those")
    st.markdown("\n".join(f"- {written.markdown(line)}" for line in lines))
    late = over.number(State.DOUBTFUL, State.UNKNOWN)
    if late:
        st.caption(
            f"{holdings.counted(late, 'day')} that are “at least” or not known are no gaps: what "
            "the service has forgotten can’t be collected any more."
        )
    if over.gaps or over.first is None:
        _how_to_fill(sight, over)


def _nothing_yet(sight: Sight, of: Kept) -> str:
    """That history has no day; of what it has by what was all deleted since, that."""
    listed = _listed(sight)
    if len(listed) > 1 or not any(one.files for one in of.found):
        return "Nothing of this farm is in history yet."
    here = text.WORDS[listed[0]].plural
    gone = text.WORDS[OTHER[listed[0]]].plural
    return (
        f"Nothing of this farm’s {here} is in history yet. What there is of its {gone}, which were "
        "deleted since, stays: no more days of those can be collected."
    )


def place(of: Kept) -> None:
    """Where history lies, and files that can't be used."""
    st.subheader("Where it is", anchor=False)
    st.code(str(of.history.where), language=None, wrap_lines=True)
    troubles = of.history.troubles
    if troubles:
        st.warning(
            "They are taken for absent: their days are asked for again.",
            title=f"{holdings.counted(len(troubles), 'file')} can’t be used",
            icon=":material/broken_image:",
        )
        st.code("\n".join(troubles[:_MOST_TROUBLES]), language=None, wrap_lines=True)


def cuts(sight: Sight, of: Kept) -> None:
    """What there is of each cut."""
    held = list(coverage.held(of.found, of.calendar, sight.zone))
    if not held:
        return
    st.subheader("By cut", anchor=False)
    config = st.column_config
    table = holdings.table(held)
    whole = config.NumberColumn(format=numbers.COUNT)
    columns = {
        "Days": whole,
        "Files": whole,
        "Cut": config.TextColumn(width=200, help="What usage is broken down by"),
        "First": config.DateColumn(format="D MMM YYYY"),
        "Last": config.DateColumn(format="D MMM YYYY"),
        "Gaps": config.NumberColumn(
            format=numbers.COUNT,
            help="Days that this cut lacks, without those that are “at least” or not known",
        ),
        "MB": config.NumberColumn(format=numbers.plain(table, "MB")),
    }
    file = partial(in_files.cuts, held, sight.zone)
    listings.listing(sight, table, file, "history", "What history has of each cut", columns)


_ICON = ":material/database:"
_BY_THE_HOUR = "That is by the day: it is drawn by the hour, and hours may still be asked for."
_HELP = {
    "complete": "Days of which all that pages are made of is in history; hours, which short "
    "windows are drawn by, may still be asked for.",
    "partly": "Days of which some breakdowns are in history, and others are asked for.",
    "missing": "Settled days since the first day, of which nothing is in history.",
    "doubtful": "Days that were first asked for so late that the service may have forgotten some "
    "of their usage: it was at least what is in history.",
    "unknown": "Days of which nothing can be said: the service reported no usage, but it may have "
    "forgotten it, or the farm was not in use yet. They are no zeros.",
    "first": "The first day that history knows any usage of, or knows to be without.",
}


def _resources(sight: Sight) -> list[Dimension]:
    """What the farm's days are kept by, or were where it lists nothing any more."""
    return _listed(sight) or [kind for kind, some in sight.gone.items() if some]


def _listed(sight: Sight) -> list[Dimension]:
    """Whether by queues, by fleets or by both; either, where it could not be listed."""
    there = {Dimension.QUEUE: sight.queues, Dimension.FLEET: sight.fleets}
    return [kind for kind, some in there.items() if some or sight.trouble]


def _of_the_window(sight: Sight, over: Calendar) -> str:
    first, last = sight.days
    passed = (min(last, sight.zone.day(sight.now)) - first).days + 1
    if passed <= 0:
        return ""
    within = [day for day in over.days if first <= day.day <= last]
    there = [day for day in within if day.state in (State.COMPLETE, State.PARTLY, State.DOUBTFUL)]
    part = sum(bool(day.lacking) for day in there)  # a doubtful one may lack cuts as well
    said = f"In the window that is shown, {written.days(sight.window, sight.zone)}, "
    said += (
        f"{holdings.counted(len(there) - part, 'day')} of {passed} can be had from history alone"
    )
    said += f", and {part} in part." if part else "."
    return f"{said} {_BY_THE_HOUR}" if sight.period is Period.HOURLY else said


def _how_to_fill(sight: Sight, over: Calendar) -> None:
    if sight.reporter.source == "demo":
        st.caption(
            "The demo’s history lasts as long as its server, and fills with what pages ask about."
        )
        return
    oldest = over.gaps[-1].first if over.gaps else sight.zone.day(sight.now) - timedelta(days=35)
    st.caption(
        "On the server, in the folder of Farm Costs and with its settings, this asks for what is "
        "missing, as far back as the service answers:"
    )
    st.code(
        f"python -m stats collect --farm {sight.farm.id} --since {oldest}",
        language=None,
        wrap_lines=True,
    )
    hour = backend.settings().collect_hour
    st.caption(
        "Overnight it is done by itself where FARM_COSTS_COLLECT_HOUR is set."
        if hour is None
        else f"Every day from {hour}:00 on the server asks for the last 35 days by itself."
    )
