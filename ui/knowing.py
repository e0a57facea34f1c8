"""How bars over time show what is not known: a pale band and no bar; grey for "at least".

Pure: traces of Plotly in and out. Preliminary bars stay hatched, and what is at an assumed price
dotted.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ui.theme import palette
from ui.timeline import Timeline

NOT_KNOWN, AT_LEAST = "not known", "at least"


def told(
    traces: Iterable[dict[str, Any]], timeline: Timeline, tallest: float, *, dark: bool
) -> list[dict[str, Any]]:
    """The traces of stacked bars as far as is known, with bands and a legend for the rest."""
    doubtful, unknown = timeline.places_doubtful, timeline.places_unknown
    if not doubtful and not unknown:
        return list(traces)
    shown = [_as_known(trace, doubtful, unknown, palette(dark).others) for trace in traces]
    if doubtful:
        shown.append(_sign(AT_LEAST, palette(dark).others))
    if unknown:
        shown.append(_bands(timeline, unknown, tallest, palette(dark).grid))
    return shown


def _as_known(
    trace: dict[str, Any], doubtful: frozenset[int], unknown: frozenset[int], grey: str
) -> dict[str, Any]:
    colour, data = trace["marker"]["color"], [list(one) for one in trace["customdata"]]
    for n in doubtful:
        data[n][2] = f"{AT_LEAST} {data[n][2]}"
    heights = [None if n in unknown else height for n, height in enumerate(trace["y"])]
    colours = [grey if n in doubtful else colour for n in range(len(heights))]
    marker = {**trace["marker"], "color": colours if doubtful else colour}
    return {**trace, "y": heights, "customdata": data, "marker": marker}


def _sign(name: str, colour: str) -> dict[str, Any]:
    """A place in the legend."""
    marker = {"color": colour, "line": {"width": 0}}
    return {"type": "bar", "name": name, "x": [None], "y": [None], "marker": marker}


def _bands(
    timeline: Timeline, unknown: frozenset[int], tallest: float, colour: str
) -> dict[str, Any]:
    places, labels = sorted(unknown), timeline.labels
    return {
        **_sign(NOT_KNOWN, colour),
        "x": places,
        "y": [tallest * 1.08 or 1] * len(places),
        "width": 1,
        "customdata": [[None, labels[n]] for n in places],
        "hovertemplate": f"<b>%{{customdata[1]}}</b><br>{NOT_KNOWN}<extra></extra>",
        "unselected": {"marker": {"opacity": 1}},
    }
