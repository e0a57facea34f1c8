"""What rounding alone may make of sums: of the same money, hours or records, added up twice."""

from __future__ import annotations

from typing import TypeVar

import pandas as pd

N = TypeVar("N", float, pd.Series, pd.DataFrame)


def slack(whole: N) -> N:
    """How far apart two sums of it may be, in its own unit, and still be the same."""
    return abs(whole) * 1e-9 + 1e-6
