"""Tables as CSV for spreadsheets, in which nothing that a name holds is reckoned with.

Pure: no Streamlit. A spreadsheet takes a cell for a formula by how it begins, and where a cell
begins depends on the reader: a German Excel parts cells at semicolons, whatever is quoted.
"""

from __future__ import annotations

import re
from typing import Final

import pandas as pd

_QUOTES_WORDS: Final = 2
"""csv.QUOTE_NONNUMERIC"""
_SIGNS = re.escape("=+-@−＝＋－＠﹦﹢﹣﹫")
_LIVE = re.compile(rf"""(^|[,;\t|\r\n])([\s"'\u200b\ufeff]*)(?=[{_SIGNS}])""")
_AT_START = re.compile(r"^(?=[\t\r\n])")


def safe(text: str) -> str:
    """A cell that a spreadsheet takes as text, wherever it parts cells: before what would begin a

    formula stands an apostrophe.
    """
    return _AT_START.sub("'", _LIVE.sub(r"\1\2'", text))


def as_csv(table: pd.DataFrame) -> bytes:
    """UTF-8 with BOM, words in quotes, ISO 8601 times, and numbers as they are."""
    guarded = table.rename(columns=lambda name: safe(str(name)))
    guarded = pd.DataFrame({n: _cells(column) for n, column in guarded.items()}, index=table.index)
    text = guarded.to_csv(index=False, lineterminator="\r\n", quoting=_QUOTES_WORDS)
    return text.encode("utf-8-sig", errors="replace")


def _cells(column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.DatetimeTZDtype) or column.dtype.kind == "M":
        return column.map(lambda instant: instant.isoformat(), na_action="ignore").astype(object)
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column
    return column.map(lambda cell: safe(cell) if isinstance(cell, str) else cell)
