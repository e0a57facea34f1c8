"""How tables write numbers: one way within a table, whatever the browser's language.

Streamlit's own formats follow the browser, which would have `4.294,10 $` beside `161.07`; these
do not. What is not zero never looks like zero: a table that holds less than a cent has decimals
more, the same in all of its columns of money.
"""

from __future__ import annotations

import pandas as pd

from stats.grid import decimals

COUNT = "%,d"
SECONDS = "%,.1f"
CHANGE = "%+,.1f %%"


def money(table: pd.DataFrame, *columns: str) -> str:
    """US dollars, with as many decimals as the smallest in any of these columns needs."""
    return f"$%,.{_decimals(table, columns)}f"


def hours(table: pd.DataFrame, *columns: str) -> str:
    """Hours, of columns that hold seconds."""
    return f"%,.{_decimals(table, columns, 3600)}f"


def plain(table: pd.DataFrame, *columns: str) -> str:
    """Numbers that are no money, such as hours, of columns that hold just them."""
    return f"%,.{_decimals(table, columns)}f"


def share(table: pd.DataFrame, column: str) -> str:
    """A percentage; the column holds parts of one."""
    return f"%,.{decimals(table[column] * 100, usual=1, most=4)}f %%"


def _decimals(table: pd.DataFrame, columns: tuple[str, ...], unit: int = 1) -> int:
    there = [table[column] / unit for column in columns if column in table]
    return max((decimals(column) for column in there), default=2)
