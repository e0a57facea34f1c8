"""What all charts have in common: mode and colours, units on axes, names that are safe."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

import plotly.graph_objects as go

from ui.colours import Colours, Painted
from ui.format import amount_exact, columns, plotly_text, share, shortened
from ui.parts import Part
from ui.theme import palette, template

FADED = 0.35
"""The opacity of what is not chosen while something is."""

TIGHT = {"t": 4, "b": 4, "l": 4, "r": 4}
"""The margin, in pixels, of a figure that has no axis of its own around it."""

AT_LEAST = "at least"
HOVER_NAME = "<b>%{customdata[1]}</b><br>"


@dataclass(frozen=True)
class Look:
    """How a chart is drawn: the mode, the session's colours, and the keys that are chosen.

    Where there may be `more` than the table holds, each amount is "at least", and none a share.
    """

    dark: bool
    colours: Colours | Painted
    selected: frozenset[str] = field(default_factory=frozenset)
    more: bool = False

    def painted(self, column: str, parts: Sequence[Part]) -> Look:
        """This look at these parts, as a value: what is drawn with it can be made once."""
        keys = [part.key for part in parts if part.key is not None]
        chosen = self.colours.of(column, keys, dark=self.dark)
        return replace(self, colours=Painted(tuple(chosen.items())))

    def of(self, column: str, parts: Sequence[Part]) -> list[str]:
        """A colour a part."""
        keys = [part.key for part in parts if part.key is not None]
        chosen = self.colours.of(column, keys, dark=self.dark)
        grey = palette(self.dark).others
        return [grey if part.key is None else chosen[part.key] for part in parts]

    def opacity(self, key: str | None) -> float:
        """Full for what is chosen, and for everything while nothing is."""
        return 1.0 if not self.selected or key in self.selected else FADED


class Drawn(go.Figure):  # type: ignore[misc]
    """A figure that is not changed any more: what it is made of is put together once."""

    _whole: dict[str, Any] | None = None

    def to_dict(self) -> dict[str, Any]:
        """As it is sent to a browser; read-only."""
        if self._whole is None:
            self._whole = super().to_dict()
        return self._whole


def figure(dark: bool, *traces: dict[str, Any], **layout: Any) -> go.Figure:
    """A figure in the template of a mode, made at once: Plotly checks it each time it grows."""
    whole = {"template": template(dark), "uirevision": "keep", **layout}
    return Drawn({"data": traces, "layout": whole})


def plotted(value: float, column: str) -> float:
    """A value in the unit it is drawn in: run times in hours."""
    return value / 3600 if column.startswith("runtime_seconds") else value


def ticks_for(column: str, tallest: float) -> dict[str, str]:
    """How numbers are written on an axis of money, hours or a count up to `tallest`."""
    whole = "~s" if tallest >= 10_000 else ",.0f"
    if column.startswith("cost_usd"):
        return {"tickformat": f"${whole if tallest >= 5 else ',.2f'}"}
    if column.startswith("runtime_seconds"):
        return {"tickformat": whole if tallest >= 5 else ",~f", "ticksuffix": " h"}
    return {"tickformat": whole}


def point(part: Part, value: float, column: str, whole: float, *, more: bool) -> list[str | None]:
    """A point's customdata: key, name, exact value, and its share where parts add up to one.

    Run times have no share: compute and licence hours meter the same hours. Nor has what is part
    of a whole that may be `more`.
    """
    shared = more or column.startswith("runtime_seconds") or whole <= 0
    of_whole = "" if shared else f" · {share(value / whole)}"
    return [part.key, wrapped(part.label), exactly(value, column, more=more), of_whole]


def exactly(value: float, column: str, *, more: bool) -> str:
    """A value for hover text, with a word where there may be more."""
    exact = plotly_text(amount_exact(value, column))
    return f"{AT_LEAST} {exact}" if more else exact


@lru_cache(maxsize=4_096)  # a stack has the same name in each of its periods
def wrapped(name: str) -> str:
    """A name for hover text, on at most six lines that a narrow screen can hold."""
    line = shortened(name, 180)
    wide = columns(line) > 1.5 * len(line)
    lines = textwrap.wrap(line, 16 if wide else 32, break_on_hyphens=False)
    return "<br>".join(plotly_text(line) for line in lines)


def brief(name: str, length: int) -> str:
    """A name for an axis, a legend or a tile."""
    return plotly_text(shortened(name, length))
