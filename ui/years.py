"""Figures of months and years: years beside one another, and twelve months running.

Pure functions from a `Course` to a Plotly figure, as those of `ui.charts`.
"""

from __future__ import annotations

from typing import Any

import plotly.graph_objects as go

from stats.model import Period
from stats.zone import Zone
from ui import knowing
from ui.format import amount_exact, plotly_text
from ui.look import HOVER_NAME, figure, plotted, ticks_for
from ui.made_once import made_once
from ui.months import Course
from ui.theme import Palette, palette
from ui.timeline import Timeline

MOST_YEARS = 6
"""Side by side; the latest ones."""

_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_HOVER = HOVER_NAME + "%{customdata[2]}<extra></extra>"
_HEIGHT = 330


@made_once
def side_by_side(course: Course, value: str, *, dark: bool) -> go.Figure:
    """Bars, one a month and year, the latest year strongest; one that may change is hatched.

    A month of which not all is known is grey with stripes, and one of which nothing is, a band.
    """
    mode, coloured = palette(dark), _coloured(course, dark)
    bars: list[dict[str, Any]] = []
    tallest = 0.0
    for year, colour in coloured:
        heights = course.of_year(year)
        names = [f"{name} {year}" for name in _NAMES]
        points = _points(course, year, heights, names, value)
        marker = _marker(course, year, colour, mode)
        bar = {"type": "bar", "marker": marker, "offsetgroup": str(year), **points}
        if any(course.at_least(year)):
            bars.append(knowing.sign_of({**bar, "marker": {"color": colour}}))
            bar["showlegend"] = False
        bars.append(bar)
        tallest = max(tallest, *(height or 0.0 for height in heights))
    years = [year for year, _ in coloured]
    if any(any(course.at_least(year)) for year in years):
        bars.append(knowing.sign_of_at_least(mode))
    top = plotted(tallest, value) * 1.08 or 1
    bars += [_band(course, year, top, mode) for year in years if any(course.not_known(year))]
    if any(any(course.not_known(year)) for year in years):
        bars.append(knowing.sign_of_not_known(mode))
    gaps = {"bargap": 0.25, "bargroupgap": 0.06}
    axes = _axes(value, tallest)
    return figure(dark, *bars, height=_HEIGHT, barmode="group", **gaps, **axes)


def _marker(course: Course, year: int, colour: str, mode: Palette) -> dict[str, Any]:
    """How a year's bars look: those of "at least" are grey with stripes, within its own colour."""
    lacking, changes = course.at_least(year), course.so_far(year)
    hatched = {"shape": ["/" if one else "" for one in changes], **knowing.stripes(mode)}
    marker = {
        "color": colour,
        "cornerradius": 2,
        "opacity": [0.6 if one else 1.0 for one in changes],
        "pattern": knowing.striped(hatched, lacking),
    }
    if any(lacking):
        marker["color"] = [mode.others if one else colour for one in lacking]
        marker["line"] = {"color": colour, "width": [2 if one else 0 for one in lacking]}
    return marker


def _band(course: Course, year: int, top: float, mode: Palette) -> dict[str, Any]:
    """In the place of a year's bars, those months of which nothing is known."""
    places = [n for n, one in enumerate(course.not_known(year)) if one]
    return {
        **knowing.sign_of_not_known(mode),
        "x": places,
        "y": [top] * len(places),
        "offsetgroup": str(year),
        "showlegend": False,
        "customdata": [[None, f"{_NAMES[n]} {year}"] for n in places],
        "hovertemplate": f"{HOVER_NAME}{knowing.NOT_KNOWN}<extra></extra>",
    }


@made_once
def cumulative(course: Course, value: str, *, dark: bool) -> go.Figure:
    """Lines, one a year, from January on; the way to months that may change is dotted."""
    lines: list[dict[str, Any]] = []
    tallest = 0.0
    for year, colour in _coloured(course, dark):
        heights = course.cumulative(year)
        if all(height is None for height in heights):
            continue
        names = [
            f"{_NAMES[0]}–{name} {year}" if n else f"Jan {year}" for n, name in enumerate(_NAMES)
        ]
        changes = [bool(one) for one in course.so_far(year)]
        over = [None if one else height for one, height in zip(changes, heights, strict=True)]
        line = {"color": colour, "width": 2.5}
        lines.append(_line(line, {"size": 6}, _points(course, year, over, names, value)))
        if over != heights:
            points = _points(course, year, heights, names, value)
            lines.append(_dotted(line, points, changes.index(True), dark))
        tallest = max(tallest, *(height or 0.0 for height in heights))
    return figure(dark, *lines, height=_HEIGHT, **_axes(value, tallest))


@made_once
def running(course: Course, value: str, zone: Zone, *, dark: bool) -> go.Figure:
    """A line of the twelve months that end with each month; a gap where they are not known."""
    sums = course.running()
    first = next((n for n, sum_ in enumerate(sums) if sum_ is not None), 0)
    shown, sums = course.months[first:], sums[first:]
    said = [
        [None, f"Twelve months to {course.month_name(month)}", exact]
        for month, exact in zip(shown, _exact(sums, value), strict=True)
    ]
    points = {
        "x": list(range(len(sums))),
        "y": _plotted(sums, value),
        "connectgaps": False,
        "customdata": said,
        "hovertemplate": _HOVER,
    }
    line = {"color": palette(dark).categorical[0], "width": 2.5}
    starts = tuple(zone.midnight(month.first) for month in shown)
    places, labels = Timeline(starts, Period.MONTHLY, zone).ticks()
    tallest = max((plotted(sum_ or 0.0, value) for sum_ in sums), default=0.0)
    return figure(
        dark,
        _line(line, {"size": 6}, points),
        height=_HEIGHT,
        showlegend=False,
        xaxis=_months_axis(places, labels, len(sums)),
        yaxis=_values(value, tallest),
    )


def _coloured(course: Course, dark: bool) -> list[tuple[int, str]]:
    """The years in order: the latest in the first colour, the two before it in neutral ones."""
    mode = palette(dark)
    colours = (mode.categorical[0], mode.missing, mode.others, *mode.categorical[1:])
    years = course.years[-MOST_YEARS:]
    return list(zip(years, reversed(colours[: len(years)]), strict=True))


def _points(
    course: Course, year: int, heights: list[float | None], names: list[str], value: str
) -> dict[str, Any]:
    to_date = course.so_far(year)
    said = [plotly_text(f"{name}{more}") for name, more in zip(names, to_date, strict=True)]
    exact = [
        f"at least {one}" if lacking else one
        for one, lacking in zip(_exact(heights, value), course.at_least(year), strict=True)
    ]
    return {
        "x": list(range(len(heights))),
        "y": _plotted(heights, value),
        "name": str(year),
        "legendgroup": str(year),
        "customdata": [[None, name, amount] for name, amount in zip(said, exact, strict=True)],
        "hovertemplate": _HOVER,
    }


def _line(line: dict[str, Any], marker: dict[str, Any], points: dict[str, Any]) -> dict[str, Any]:
    drawn = {"type": "scatter", "mode": "lines+markers", "line": line, "marker": marker}
    return {**drawn, **points}


def _dotted(line: dict[str, Any], points: dict[str, Any], month: int, dark: bool) -> dict[str, Any]:
    """The stretch of a line from before a month on, to hollow points."""
    end = max(n for n, height in enumerate(points["y"]) if height is not None)
    first = max(month - 1, 0)
    kept = {name: points[name][first : end + 1] for name in ("x", "y", "customdata")}
    marker = {
        "size": [0] * (month - first) + [8] * (end - month + 1),
        "color": palette(dark).background,
        "line": {"color": line["color"], "width": 2},
    }
    return _line({**line, "dash": "dot"}, marker, {**points, **kept, "showlegend": False})


def _plotted(sums: list[float | None], value: str) -> list[float | None]:
    return [None if sum_ is None else plotted(sum_, value) for sum_ in sums]


def _exact(sums: list[float | None], value: str) -> list[str]:
    return ["" if sum_ is None else plotly_text(amount_exact(sum_, value)) for sum_ in sums]


def _axes(value: str, tallest: float) -> dict[str, Any]:
    """Every other month has its name, so that they fit on a narrow screen."""
    every_other = list(range(0, len(_NAMES), 2))
    return {
        "xaxis": _months_axis(every_other, list(_NAMES[::2]), len(_NAMES)),
        "yaxis": _values(value, plotted(tallest, value)),
    }


def _months_axis(places: list[int], labels: list[str], many: int) -> dict[str, Any]:
    return {
        "tickvals": places,
        "ticktext": labels,
        "tickangle": 0,
        "ticklabelstandoff": 6,
        "range": [-0.5, many - 0.5],
    }


def _values(value: str, tallest: float) -> dict[str, Any]:
    return {
        "nticks": 6,
        "range": [0, tallest * 1.08 or 1],
        "showticklabels": tallest > 0,
        **ticks_for(value, tallest),
    }
