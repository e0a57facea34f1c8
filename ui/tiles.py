"""Numbers side by side, each in a place of its own, where it is written and written anew."""

from __future__ import annotations

from dataclasses import dataclass, replace

from streamlit.delta_generator import DeltaGenerator

from stats.model import LICENSE, Dimension, Report
from stats.remarks import may_be_more
from ui import format as written
from ui import tables

_PADDING, _CHARACTER = 40, 13
"""Of a tile: pixels around its number, and of each character."""


_AT_LEAST = "at least"


@dataclass(frozen=True)
class Tile:
    """A number under its label, which is ours, with a note for those who want to know more.

    `below` is how it moved, which `moves` if there is a direction to that, or what else is said
    there. `line` are its values period by period.
    """

    label: str
    value: str
    note: str = ""
    below: str | None = None
    moves: bool = False
    line: tuple[float, ...] = ()

    def against(self, now: float | None, before: float | None, column: str = "") -> Tile:
        """With how it moved, in the unit of a column; nothing where one of them is not known."""
        change = None if now is None or before is None else written.change(now, before, column)
        return replace(self, below=change, moves=written.has_direction(change))

    def or_more(self, report: Report) -> Tile:
        """A sum with a word that it is "at least" that, where rows may lack something."""
        return self.at_least() if self.below is None and may_be_more(report) else self

    def at_least(self) -> Tile:
        """With a word that there may be more."""
        return replace(self, below=_AT_LEAST, moves=False)

    def draw(self, place: DeltaGenerator) -> DeltaGenerator:
        """Adds it to a container, or puts it in the place of another."""
        return place.metric(
            self.label,
            written.markdown(self.value),
            delta=self.below if self.moves else written.markdown(self.below or "") or None,
            delta_color="off",  # whether more is worse is not ours to say
            delta_arrow="auto" if self.moves else "off",
            help=written.markdown(self.note) or None,
            chart_data=list(self.line) if len(self.line) > 1 else None,
            chart_type="bar",
            border=True,
            height="stretch",
        )


class Tiles:
    """The places within a container, as many as are shown at first, or more later.

    What a run does not write stands as the run before left it, until it ends: so each is written.
    """

    def __init__(self, within: DeltaGenerator) -> None:
        self._within = within
        self._shown: list[Tile | None] = []
        self._places: list[DeltaGenerator] = []

    def show(self, *tiles: Tile | None) -> None:
        """Tiles from the first place on; a place is left empty for None, or where there is none."""
        nothing = (None,) * (len(self._places) - len(tiles))
        for n, tile in enumerate((*tiles, *nothing)):
            if n == len(self._places):
                self._places.append(_drawn(tile, self._within))
                self._shown.append(tile)
            elif self._shown[n] != tile:
                _drawn(tile, self._places[n])
                self._shown[n] = tile


def _drawn(tile: Tile | None, place: DeltaGenerator) -> DeltaGenerator:
    return tile.draw(place) if tile else place.empty()


def width(*numbers: str) -> int:
    """Pixels that a tile needs for any of some numbers."""
    return _PADDING + _CHARACTER * max(map(len, numbers))


def money(label: str, cost: float, note: str = "") -> Tile:
    """A number of US dollars."""
    return Tile(label, written.usd(cost), f"{note}{written.usd_exact(cost)}")


def hours(seconds: float, dimension: Dimension) -> Tile:
    """A number of the hours that a page about the dimension shows."""
    label = "Licence hours" if tables.usage_type_of(dimension) == LICENSE else "Compute hours"
    return Tile(label, written.hours(seconds), written.hours_exact(seconds))
