"""A table for a terminal, whose columns stand in line in any writing."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from wcwidth import wcswidth


def lined_up(table: pd.DataFrame) -> str:
    """The cells to the right under their headers, without an index.

    Cells hold no control characters. A character takes as many places as a terminal gives it: two
    for Japanese, none for an accent that combines with the letter before it.
    """
    columns = [_column([str(name), *table[name].map(str)]) for name in table.columns]
    return "\n".join(" ".join(line) for line in zip(*columns, strict=True))


def decimals(numbers: ArrayLike, usual: int = 2, most: int = 6) -> int:
    """How many decimals a column of numbers is written with: none but a zero looks like one.

    That is as usual, or as many as show two digits of the smallest.
    """
    sizes = np.abs(np.asarray(numbers, dtype="float64"))
    smallest = sizes.min(initial=1.0, where=np.isfinite(sizes) & (sizes > 0))
    if smallest >= 0.5 * 10.0**-usual:
        return usual
    return min(math.ceil(-math.log10(smallest)) + 1, most)


def _column(cells: list[str]) -> list[str]:
    widths = [max(wcswidth(cell), 0) for cell in cells]
    return [" " * (max(widths) - width) + cell for cell, width in zip(cells, widths, strict=True)]
