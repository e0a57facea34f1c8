"""Figures: pure functions from a table and its columns' names to a Plotly figure.

The unit of a value is in its column's name: cost_usd… is drawn in dollars, runtime_seconds… in
hours. Names are escaped here. A point's `customdata[0]` is the key of what it stands for, None
for Others, so that a click can become a filter; the full figures are in the hover text. Draw
them with `st.plotly_chart(…, theme=None, config=PLOT_CONFIG)`. Bars are drawn here, areas in
`ui.areas`, which this module also offers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from stats import assumed
from stats.model import MISSING
from ui import dotted, knowing, text
from ui.areas import Side, heat_map, treemap
from ui.format import amount, plotly_text
from ui.look import FADED, HOVER_NAME, TIGHT, Look, brief, figure, plotted, point, ticks_for
from ui.made_once import made_once
from ui.parts import Part, alt_text, largest_and_others, summed
from ui.theme import PLOT_CONFIG, palette
from ui.timeline import Timeline

__all__ = [
    "PLOT_CONFIG",
    "Look",
    "Part",
    "Side",
    "Timeline",
    "alt_text",
    "heat_map",
    "largest_and_others",
    "over_time",
    "ranking",
    "treemap",
]

_REST = "\0others"
"""Stands for all keys that are not shown by themselves; no key of the service holds a NUL."""


def over_time(
    table: pd.DataFrame,
    value: str,
    key: str,
    timeline: Timeline,
    look: Look,
    *,
    label: str | None = None,
    most: int = 9,
) -> go.Figure:
    """Stacked bars, one a period of the timeline: the `most` largest keys and Others.

    A trace's `legendgroup` and `meta` are its key. Periods without usage are zero. Raises
    ValueError where the table has a period that the timeline has not.
    """
    parts = largest_and_others(table, value, key, most, label=label)
    return _stacked(table, value, key, timeline, parts, look.painted(key, parts))


@made_once
def _stacked(
    table: pd.DataFrame,
    value: str,
    key: str,
    timeline: Timeline,
    parts: tuple[Part, ...],
    look: Look,
) -> go.Figure:
    unknown = set(table["period_start"]) - set(timeline.starts)
    if unknown:
        raise ValueError(f"The timeline lacks {min(unknown)}")
    stacks = _stacks(table, value, key, timeline, parts)
    totals = [sum(column) for column in zip(*stacks, strict=True)] or [0.0] * len(timeline.starts)
    whole = [
        _stack(part, colour, timeline, look)
        | _amounts(part, stack, totals, value, timeline, more=look.more)
        for part, colour, stack in zip(parts, look.of(key, parts), stacks, strict=True)
    ]
    dots = _at_assumed(table, value, key, timeline, parts)
    stacked = [
        trace
        for one, of_it in zip(whole, dots, strict=True)
        for trace in dotted.split(one, of_it, value, dark=look.dark)
    ]
    tallest = plotted(max(totals), value)
    return figure(
        look.dark,
        *knowing.told(stacked, timeline, tallest, dark=look.dark),
        height=300 + 14 * len(parts),
        barmode="stack",
        **_axes(timeline, value, tallest),
        **_preliminary(timeline, look.dark),
    )


def ranking(
    table: pd.DataFrame,
    value: str,
    key: str,
    look: Look,
    *,
    label: str | None = None,
    most: int = 15,
) -> go.Figure:
    """Horizontal bars, the largest on top, under their names and values.

    What has no key and Others come last and have no bar, which would make the named ones look
    small. A second, unseen trace makes all of a row answer to a click, however short its bar.
    """
    parts = largest_and_others(table, value, key, most, label=label)
    parts = tuple(sorted(parts, key=lambda part: part.key in _UNNAMED))
    return _bars(parts, value, key, look.painted(key, parts))


@made_once
def _bars(parts: tuple[Part, ...], value: str, key: str, look: Look) -> go.Figure:
    whole = sum(part.value for part in parts)
    lengths = [0.0 if p.key in _UNNAMED else plotted(p.value, value) for p in parts]
    opacity = [look.opacity(part.key) for part in parts]
    rows = {"type": "bar", "orientation": "h", "y": list(range(len(parts))), "showlegend": False}
    said = {
        "customdata": [point(part, part.value, value, whole, more=look.more) for part in parts],
        "hovertemplate": HOVER_NAME + "%{customdata[2]}%{customdata[3]}<extra></extra>",
        "unselected": {"marker": {"opacity": 1}},
    }
    longest = max(lengths, default=0.0) or 1.0
    marker = {"color": look.of(key, parts), "opacity": opacity, "cornerradius": 3}
    bars = {"x": lengths, "width": 0.3, "marker": marker, **rows, **said}
    clear = {"x": [longest] * len(parts), "width": 1, "offset": -0.7}
    return figure(
        look.dark,
        bars,
        *dotted.ends(parts, bars, value, dark=look.dark),
        {**clear, "marker": {"color": "rgba(0,0,0,0)"}, **rows, **said},
        height=16 + 40 * max(len(parts), 1),
        barmode="overlay",
        margin=TIGHT,
        xaxis={"visible": False, "range": [0, longest]},
        yaxis={"visible": False, "range": [len(parts) - 0.7, -0.7]},
        annotations=_written_above(parts, value, look),
    )


_UNNAMED = (None, MISSING)


def _stacks(
    table: pd.DataFrame, value: str, key: str, timeline: Timeline, parts: Sequence[Part]
) -> list[list[float]]:
    """A part's values, one a period, zero where nothing ran."""
    named = {part.key for part in parts}
    keyed = table.assign(**{key: [k if k in named else _REST for k in table[key]]})
    sums = summed(keyed, value, ["period_start", key]).to_dict()
    keys = [_REST if part.key is None else part.key for part in parts]
    return [[float(sums.get((start, k), 0.0)) for start in timeline.starts] for k in keys]


def _at_assumed(
    table: pd.DataFrame, value: str, key: str, timeline: Timeline, parts: Sequence[Part]
) -> list[list[float]]:
    """What of a part's values is at an assumed price, one a period."""
    if not any(part.assumed for part in parts):
        return [[]] * len(parts)
    return _stacks(table, assumed.COLUMN, key, timeline, parts)


def _stack(part: Part, colour: str, timeline: Timeline, look: Look) -> dict[str, Any]:
    """How one key's bars look; those that may still change are lighter and hatched."""
    settled = timeline.first_preliminary
    open_ = len(timeline.starts) - settled
    full = look.opacity(part.key)
    wide = len(timeline.starts) < 60
    return {
        "type": "bar",
        "name": brief(part.label, 15),
        "legendgroup": part.key,
        "meta": part.key,
        "marker": {
            "color": colour,
            "opacity": [full] * settled + [full * 0.6] * open_,
            "line": {"width": 0.5 if wide else 0, "color": palette(look.dark).background},
            "pattern": {
                "shape": [""] * settled + ["/"] * open_,
                "fillmode": "overlay",
                "size": 6,
                "solidity": 0.25,
                "fgcolor": palette(look.dark).background,
            },
        },
        "unselected": {"marker": {"opacity": FADED}},
    }


def _amounts(
    part: Part,
    stack: list[float],
    totals: list[float],
    value: str,
    timeline: Timeline,
    *,
    more: bool,
) -> dict[str, Any]:
    """One key's heights, with what their hover text says."""
    labels = timeline.labels
    data = [
        [*point(part, amount_, value, total, more=more), labels[i], timeline.starts[i].isoformat()]
        for i, (amount_, total) in enumerate(zip(stack, totals, strict=True))
    ]
    return {
        "x": list(range(len(stack))),
        "y": [plotted(amount_, value) for amount_ in stack],
        "customdata": data,
        "hovertemplate": (
            HOVER_NAME + "%{customdata[4]}<br>%{customdata[2]}%{customdata[3]}<extra></extra>"
        ),
    }


def _axes(timeline: Timeline, value: str, tallest: float) -> dict[str, Any]:
    length = len(timeline.starts)
    places, labels = timeline.ticks()
    return {
        "bargap": max(0.25 if length < 60 else 0.1, 1 - length / 8),
        "xaxis": {
            "tickvals": places,
            "ticktext": labels,
            "tickangle": 0,
            "ticklabelstandoff": 6,
            "range": [-0.5, length - 0.5],
        },
        "yaxis": {
            "nticks": 6,
            "range": [0, tallest * 1.08 or 1],
            "showticklabels": tallest > 0,
            **ticks_for(value, tallest),
        },
    }


def _preliminary(timeline: Timeline, dark: bool) -> dict[str, Any]:
    """A tint and a word over the periods that may still change."""
    first, end = timeline.first_preliminary, len(timeline.starts)
    if first == end:
        return {}
    mode = palette(dark)
    all_the_way_up = {"type": "rect", "yref": "paper", "y0": 0, "y1": 1}
    tint = {"x0": first - 0.5, "x1": end - 0.5, "fillcolor": mode.surface, "line": {"width": 0}}
    word = {
        "x": end - 0.5,
        "y": 1,
        "yref": "paper",
        "xanchor": "right",
        "yanchor": "bottom",
        "text": text.PRELIMINARY,
        "showarrow": False,
        "font": {"color": mode.muted, "size": 12},
    }
    return {"shapes": [{**all_the_way_up, **tint, "layer": "below"}], "annotations": [word]}


def _written_above(parts: Sequence[Part], value: str, look: Look) -> list[dict[str, Any]]:
    """Over each bar its name at the left, in bold where chosen, and its value at the right."""
    mode = palette(look.dark)
    font = {"color": mode.text, "size": 13}
    line = {"xref": "paper", "yanchor": "middle", "showarrow": False, "font": font}
    written: list[dict[str, Any]] = []
    for i, part in enumerate(parts):
        name = brief(part.label, 32)
        bold = f"<b>{name}</b>" if part.key in look.selected else name
        said = plotly_text(amount(part.value, value))
        if part.assumed > part.value / 2:
            said = f"{said} assumed"
        place = {"y": i - 0.4, **line}
        written.append({"x": 0, "xanchor": "left", "text": bold, **place})
        right = {"x": 1, "xanchor": "right", "bgcolor": mode.background}
        written.append({**right, "text": said, **place})
    return written
