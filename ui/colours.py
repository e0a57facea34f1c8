"""One colour a thing, the same in every chart of a session."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stats.model import MISSING, Dimension
from ui.theme import palette

_FIXED = {
    (Dimension.USAGE_TYPE.column, "COMPUTE"): 0,
    (Dimension.USAGE_TYPE.column, "LICENSE"): 1,
    (Dimension.USAGE_TYPE.column, "PERSISTENT_VOLUME"): 2,
}
_SLOTS = len(palette(dark=False).categorical)


@dataclass(frozen=True)
class Painted:
    """The colours of one chart, as a value: key and colour in pairs."""

    pairs: tuple[tuple[str, str], ...]

    def of(self, _column: str, _keys: Sequence[str], *, dark: bool) -> dict[str, str]:
        """The same, whatever the mode: they are of one."""
        return dict(self.pairs)


class Colours:
    """Gives each key of a column a place in the palette and remembers it.

    Usage types have fixed places. Other keys take the next free one in order of first
    appearance. Keys of one chart get different colours as long as the palette lasts; those
    beyond it get the grey of Others. A session holds one instance.
    """

    def __init__(self) -> None:
        self._slots: dict[tuple[str, str], int] = dict(_FIXED)

    def of(self, column: str, keys: Sequence[str], *, dark: bool) -> dict[str, str]:
        """The colours of one chart's keys, given most important first."""
        mode = palette(dark)
        own = self._placed(column, [key for key in keys if key != MISSING])
        colours = {key: mode.categorical[slot] for key, slot in own.items()}
        return {
            key: mode.missing if key == MISSING else colours.get(key, mode.others) for key in keys
        }

    def _placed(self, column: str, keys: list[str]) -> dict[str, int]:
        placed: dict[str, int] = {}
        for key in keys:
            slot = self._slots.get((column, key))
            if slot is not None and slot not in placed.values():
                placed[key] = slot
        for key in keys:
            if key not in placed and len(placed) < _SLOTS:
                placed[key] = self._free(column, placed.values())
                self._slots[column, key] = placed[key]
        return placed

    def _free(self, column: str, taken: Iterable[int]) -> int:
        """The slot not taken in this chart that this column's keys use least so far."""
        used = [slot for (of, _), slot in self._slots.items() if of == column]
        return min(set(range(_SLOTS)) - set(taken), key=lambda slot: (used.count(slot), slot))
