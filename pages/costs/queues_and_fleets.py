"""Cost and run time by queue and by fleet, fleets with how their workers are bought."""

from functools import partial

import streamlit as st

from stats.model import Dimension
from ui import blocks, page, tables
from ui.breakdown import breakdown

sight = page.sight()
blocks.masthead(sight, "Queues and fleets", "Where the work was queued, and which fleets did it.")
blocks.measure_switch(sight)
st.header("Queues", anchor=False)
if breakdown(sight, Dimension.QUEUE):
    st.header("Fleets", anchor=False)
    markets = partial(tables.with_market, fleets=sight.fleets) if sight.fleets else None
    breakdown(sight, Dimension.FLEET, extra=markets)
