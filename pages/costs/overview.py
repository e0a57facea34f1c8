"""The whole window at a glance: what it cost, how that moved, and where it went."""

import streamlit as st

from stats.model import Dimension
from ui import blocks, overview, page, tables
from ui.breakdown import ranking
from ui.view import Measure

sight = page.sight()
blocks.masthead(sight, "Overview", "What rendering cost in this window, and where it went.")
overview.prepare(sight)
tiles = st.empty()
whole = overview.whole(sight)
overview.tiles(tiles, sight, whole, None, None)
if whole.table.empty:
    blocks.nothing(sight)
    st.stop()

overview.over_time(sight)
largest = st.columns(3, gap="medium")
for column, dimension in zip(largest, overview.LARGEST, strict=True):
    with column:
        report = overview.by(sight, dimension)
        table = tables.ranked(report, dimension, sight.resource_name)
        ranking(table, sight, dimension, Measure.COST, most=7)
blocks.footnotes(sight, whole)

jobs = overview.by(sight, Dimension.JOB)
overview.tiles(tiles, sight, whole, jobs, None)
overview.tiles(tiles, sight, whole, jobs, overview.before(sight))
