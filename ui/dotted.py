"""What of a bar is at an assumed price: dotted, over the bar's own colour."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ui import text
from ui.format import amount_exact, plotly_text
from ui.parts import Part
from ui.theme import palette

_DOTS = {"shape": ".", "fillmode": "overlay", "size": 6, "solidity": 0.35}


def ends(
    parts: Sequence[Part], bars: dict[str, Any], value: str, *, dark: bool
) -> tuple[dict[str, Any], ...]:
    """The dotted ends of horizontal bars; none where nothing is at an assumed price.

    `bars` is the trace of the whole ones. A bar of no length has no end.
    """
    lengths = bars["x"]
    dots = [min(part.assumed, length) for part, length in zip(parts, lengths, strict=True)]
    if not any(dots):
        return ()
    place = {
        "x": dots,
        "base": [length - dot for length, dot in zip(lengths, dots, strict=True)],
        "marker": {**bars["marker"], "pattern": _pattern(dark)},
    }
    return ({**bars, **place, **_told(bars, [part.assumed for part in parts], value)},)


def split(
    bars: dict[str, Any], assumed: Sequence[float], value: str, *, dark: bool
) -> tuple[dict[str, Any], ...]:
    """A stack's trace as two, the upper one dotted; one where nothing is at an assumed price."""
    if not any(assumed):
        return (bars,)
    heights = bars["y"]
    dots = [min(dot, height) for dot, height in zip(assumed, heights, strict=True)]
    plain = {**bars, "y": [height - dot for height, dot in zip(heights, dots, strict=True)]}
    upper = {"y": dots, "marker": {**bars["marker"], "pattern": _pattern(dark)}}
    return plain, {**bars, **upper, "showlegend": False, **_told(bars, assumed, value)}


def _pattern(dark: bool) -> dict[str, Any]:
    return {**_DOTS, "fgcolor": palette(dark).background}


def _told(bars: dict[str, Any], assumed: Sequence[float], value: str) -> dict[str, Any]:
    """The hover text of the whole bar, and how much of it is at an assumed price."""
    exact = (plotly_text(amount_exact(dollars, value)) for dollars in assumed)
    data = [[*one, said] for one, said in zip(bars["customdata"], exact, strict=True)]
    template = bars["hovertemplate"].removesuffix("<extra></extra>")
    of_it = f"<br>of it %{{customdata[{len(data[0]) - 1}]}} {text.AT_ASSUMED}"
    return {"customdata": data, "hovertemplate": f"{template}{of_it}<extra></extra>"}
