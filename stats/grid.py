"""A table for a terminal, whose columns stand in line in any writing."""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd
from wcwidth import wcswidth

_GAP = "  "


def lined_up(table: pd.DataFrame, numbers: Iterable[str] = ()) -> str:
    """The cells under their headers, `numbers` and what is numeric to the right, without an index.

    Cells hold no control characters. A character takes as many places as a terminal gives it: two
    for Japanese, none for an accent that combines with the letter before it.
    """
    to_the_right = {*numbers, *table.select_dtypes("number").columns}
    columns = [
        _column([str(name), *table[name].map(str)], to_the_right=name in to_the_right)
        for name in table.columns
    ]
    return "\n".join(_GAP.join(line).rstrip() for line in zip(*columns, strict=True))


def _column(cells: list[str], *, to_the_right: bool) -> list[str]:
    widths = [max(wcswidth(cell), 0) for cell in cells]
    room = [" " * (max(widths) - width) for width in widths]
    pairs = zip(cells, room, strict=True)
    return [space + cell if to_the_right else cell + space for cell, space in pairs]
