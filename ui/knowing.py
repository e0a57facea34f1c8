"""How bars show what is not known: a pale band and no bar; grey with stripes for "at least".

Pure: traces of Plotly in and out. Preliminary bars stay hatched, and what is at an assumed price
dotted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ui.look import AT_LEAST
from ui.theme import Palette, palette
from ui.timeline import Timeline

NOT_KNOWN = "not known"
_STRIPES = "-"
"""Lying ones: preliminary bars have slanting lines."""
_DOTS = "."
"""Of what is at an assumed price, which stays told apart."""


def told(
    traces: Sequence[dict[str, Any]], timeline: Timeline, tallest: float, *, dark: bool
) -> list[dict[str, Any]]:
    """The traces of stacked bars as far as is known, with bands and a legend for the rest."""
    doubtful, unknown = timeline.places_doubtful, timeline.places_unknown
    if not doubtful and not unknown:
        return list(traces)
    mode = palette(dark)
    shown = [_as_known(trace, doubtful, unknown, mode) for trace in traces]
    if doubtful:
        shown += [sign_of(one) for one in traces if one.get("showlegend", True)]
        shown.append(sign_of_at_least(mode))
    if unknown:
        shown.append(_bands(timeline, unknown, tallest, mode.grid))
    return shown


def striped(pattern: dict[str, Any], doubtful: list[bool]) -> dict[str, Any]:
    """A pattern with the stripes of "at least" on those bars."""
    shapes = pattern.get("shape", "")
    each = [shapes] * len(doubtful) if isinstance(shapes, str) else shapes
    found = [
        _STRIPES if one and shape != _DOTS else shape
        for shape, one in zip(each, doubtful, strict=True)
    ]
    return {**pattern, "shape": found}


def sign_of(trace: dict[str, Any]) -> dict[str, Any]:
    """The place in the legend of bars whose first one may look like no other of them."""
    sign = _sign(trace["name"], trace["marker"]["color"])
    return {**sign, "legendgroup": trace["legendgroup"], "meta": trace.get("meta")}


def sign_of_at_least(mode: Palette) -> dict[str, Any]:
    """Its place in the legend."""
    return _sign(AT_LEAST, mode.others, {"shape": _STRIPES, **stripes(mode)})


def sign_of_not_known(mode: Palette) -> dict[str, Any]:
    """Its place in the legend."""
    return _sign(NOT_KNOWN, mode.grid)


def stripes(mode: Palette) -> dict[str, Any]:
    """How lines over bars are drawn."""
    return {"fillmode": "overlay", "size": 6, "solidity": 0.25, "fgcolor": mode.background}


def _as_known(
    trace: dict[str, Any], doubtful: frozenset[int], unknown: frozenset[int], mode: Palette
) -> dict[str, Any]:
    colour, data = trace["marker"]["color"], [list(one) for one in trace["customdata"]]
    for n in doubtful:
        exact = data[n][2].removeprefix(f"{AT_LEAST} ")
        data[n][2:4] = f"{AT_LEAST} {exact}", ""  # and no share of a whole that may be more
    heights = [None if n in unknown else height for n, height in enumerate(trace["y"])]
    colours = [mode.others if n in doubtful else colour for n in range(len(heights))]
    pattern = trace["marker"].get("pattern") or stripes(mode)
    marker = {**trace["marker"], "color": colours if doubtful else colour}
    found = {**trace, "y": heights, "customdata": data, "marker": marker}
    if not doubtful:
        return found
    marker["pattern"] = striped(pattern, [n in doubtful for n in range(len(heights))])
    return {**found, "showlegend": False}


def _sign(name: str, colour: str, pattern: dict[str, Any] | None = None) -> dict[str, Any]:
    """A place in the legend."""
    marker = {"color": colour, "line": {"width": 0}, "pattern": pattern or {}}
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
