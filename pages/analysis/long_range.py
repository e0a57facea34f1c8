"""Months and years: this year against last, twelve months running, and by any dimension."""

import streamlit as st

from ui import blocks, long_range, page

sight = long_range.far(page.sight())
intro = "Months and years up to today: this page has a window of its own."
blocks.masthead(sight, "Long range", intro)
long_range.begins(sight)
blocks.measure_switch(sight)
with long_range.under_way(sight):
    whole = long_range.whole(sight)
    if whole.report.table.empty:
        long_range.nothing(sight, whole.report)
    else:
        long_range.tiles(sight, whole)
        left, right = st.columns([3, 2], gap="medium")
        with left:
            long_range.this_year_against_last(sight, whole.course)
        with right:
            long_range.twelve_months(sight, whole.course)
        long_range.parts(sight, whole)
