"""The calendar of history: half a year's days as tiles, weeks as columns, and what colours say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import plotly.graph_objects as go

from stats.coverage import Calendar, Day, State
from ui.format import one_line, plotly_text
from ui.holdings import STATES, day_in_words
from ui.look import TIGHT, figure
from ui.theme import Palette, palette

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MARKS = {
    State.MISSING: "×",
    State.PARTLY: "–",
    State.DOUBTFUL: "≥",
    State.UNKNOWN: "?",
    State.PRELIMINARY: "/",
}
"""Beside its colour such a day has a mark, so that it is seen without colours too."""

_WEEK = 7
_WIDE = 34
"""Characters in a line of the hover text."""


def colours(mode: Palette) -> dict[State, str]:
    """One colour a state: blues for what there is, orange for gaps, purple for what is not settled.

    Greys as in charts: mid-grey for at least something, and pale where nothing is known.
    """
    blue, orange, purple = mode.categorical[0], mode.categorical[1], mode.categorical[3]
    return {
        State.COMPLETE: blue,
        State.PARTLY: mode.sequential[2 if mode.background == "#ffffff" else 8],
        State.MISSING: orange,
        State.DOUBTFUL: mode.others,
        State.UNKNOWN: mode.grid,
        State.PRELIMINARY: purple,
        State.BEFORE: mode.surface,
    }


@dataclass(frozen=True)
class Half:
    """Half a year, by its first and its last day."""

    first: date
    last: date

    def __str__(self) -> str:
        months = "January to June" if self.first.month == 1 else "July to December"
        return f"{months} {self.first.year}"

    def holds(self, day: date) -> bool:
        return self.first <= day <= self.last


def halves(over: Calendar, year: int) -> list[Half]:
    """The halves of a year that there are days of."""
    both = (
        Half(date(year, 1, 1), date(year, 6, 30)),
        Half(date(year, 7, 1), date(year, 12, 31)),
    )
    return [half for half in both if any(half.holds(day.day) for day in over.days)]


def half_year(over: Calendar, half: Half, dark: bool) -> go.Figure:
    """The days of half a year; those to come are left blank.

    A tile's `customdata` is its date, and what there is of it, in words.
    """
    monday = half.first - timedelta(days=half.first.weekday())
    weeks = (half.last - monday).days // _WEEK + 1
    mode = palette(dark)
    tiles = _Tiles(weeks, mode)
    for day in over.days:
        if half.holds(day.day):
            tiles.put(day, over, (day.day - monday).days)
    drawn = {
        "type": "heatmap",
        **tiles.drawn(),
        **_discrete(mode),
        "xgap": 2,
        "ygap": 2,
        "texttemplate": "%{text}",
        "textfont": {"size": 10, "color": mode.background},
        "hovertemplate": "<b>%{customdata[0]}</b><br>%{customdata[1]}<extra></extra>",
        "hoverongaps": False,
    }
    margin = {**TIGHT, "t": 20}
    return figure(dark, drawn, height=172, margin=margin, **_axes(monday, half, weeks))


def shares(over: Calendar, dark: bool) -> go.Figure:
    """All days as one bar by how much of them there is, with the legend of the tiles' colours."""
    mode = palette(dark)
    bars = [
        {
            "type": "bar",
            "x": [over.number(state)],
            "y": [0],
            "orientation": "h",
            "width": 0.9,
            "name": f"{_signed(state)} ({over.number(state):,})",
            "marker": {"color": colour, "line": {"width": 1, "color": mode.background}},
            "hovertemplate": f"{STATES[state]}: {over.number(state):,} days<extra></extra>",
        }
        for state, colour in colours(mode).items()
        if over.number(state)
    ]
    still = {"itemclick": False, "itemdoubleclick": False, "traceorder": "normal"}
    return figure(
        dark,
        *bars,
        height=96,
        barmode="stack",
        margin={**TIGHT, "autoexpand": False},
        xaxis={"visible": False, "range": [0, len(over.days) or 1]},
        yaxis={"visible": False, "domain": [0.84, 1]},
        legend={"y": 0.76, "yanchor": "top", "maxheight": 1, **still},
    )


def _signed(state: State) -> str:
    """A state's name as the legend has it, with the mark of its tiles."""
    return f"{_MARKS.get(state, '')} {STATES[state]}".lstrip()


class _Tiles:
    """A grid of weekdays by weeks, filled day by day."""

    def __init__(self, weeks: int, mode: Palette) -> None:
        self._pale = f'<span style="color:{mode.muted}">{{}}</span>'
        self._states: list[list[int | None]] = [[None] * weeks for _ in range(_WEEK)]
        self._marks = [[""] * weeks for _ in range(_WEEK)]
        self._said = [[["", ""] for _ in range(weeks)] for _ in range(_WEEK)]

    def put(self, day: Day, over: Calendar, place: int) -> None:
        week, weekday = divmod(place, _WEEK)
        self._states[weekday][week] = list(STATES).index(day.state)
        mark = _MARKS.get(day.state, "")
        is_pale = day.state is State.UNKNOWN
        self._marks[weekday][week] = self._pale.format(mark) if is_pale else mark
        called = f"{_WEEKDAYS[weekday]} {day.day.day} {_MONTHS[day.day.month - 1]} {day.day.year}"
        self._said[weekday][week] = [called, _wrapped(day_in_words(day, over))]

    def drawn(self) -> dict[str, Any]:
        return {"z": self._states, "text": self._marks, "customdata": self._said}


def _discrete(mode: Palette) -> dict[str, Any]:
    """A colour scale of steps, one a state."""
    steps = [colour for _, colour in sorted_colours(mode)]
    scale = [
        [edge / len(steps), colour]
        for number, colour in enumerate(steps)
        for edge in (number, number + 1)
    ]
    return {"colorscale": scale, "zmin": -0.5, "zmax": len(steps) - 0.5, "showscale": False}


def sorted_colours(mode: Palette) -> list[tuple[State, str]]:
    """States with their colours, in the order of the tiles' numbers."""
    found = colours(mode)
    return [(state, found[state]) for state in STATES]


def _axes(monday: date, half: Half, weeks: int) -> dict[str, Any]:
    months = [half.first.replace(month=half.first.month + n) for n in range(6)]
    return {
        "xaxis": {
            "tickvals": [(month - monday).days // _WEEK for month in months],
            "ticktext": [_MONTHS[month.month - 1] for month in months],
            "side": "top",
            "tickangle": 0,
            "range": [-0.5, weeks - 0.5],
        },
        "yaxis": {
            "tickvals": [0, 2, 4, 6],
            "ticktext": [_WEEKDAYS[n] for n in (0, 2, 4, 6)],
            "range": [_WEEK - 0.5, -0.5],
            "ticklabelstandoff": 6,
            "showgrid": False,
            "zeroline": False,
        },
    }


def _wrapped(said: str) -> str:
    """Words on lines that a narrow screen can hold."""
    lines: list[str] = []
    for word in one_line(said).split():
        if lines and len(lines[-1]) + len(word) < _WIDE:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return "<br>".join(plotly_text(line) for line in lines)
