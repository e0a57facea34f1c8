"""What usage is that has no key, such as "Not on an instance type", said once a page."""

from __future__ import annotations

import streamlit as st

from stats.model import MISSING, Dimension, Report
from ui import format as written
from ui import page, text
from ui.made_once import made_once

_USAGE = Dimension.USAGE_TYPE


def said(report: Report, *dimensions: Dimension) -> None:
    """What the usage is that has no key in some of a report's dimensions."""
    lines = [_line(report, one) for one in dimensions if one is not _USAGE]
    for line in page.unsaid(lines):
        st.caption(written.markdown(line))


@made_once
def _line(report: Report, dimension: Dimension) -> str:
    """Empty where all usage has a key."""
    rows = report.table
    rows = rows[rows[dimension.column] == MISSING]
    if rows.empty:
        return ""
    if _USAGE.column not in rows:
        return text.without(dimension)
    sums = rows.groupby(_USAGE.column)["cost_usd_sum"].sum().sort_values(ascending=False)
    return text.without(dimension, *map(str, sums.index))
