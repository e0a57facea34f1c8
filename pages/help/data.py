"""Which days are kept in history, and which are asked of the service each time."""

import streamlit as st

from stats import remarks
from ui import blocks, coverage, page

sight = page.sight()
blocks.masthead(sight, "Data", "Which days are kept, and which AWS is asked for each time.")
kept = coverage.kept(sight)
if kept:
    coverage.tiles(sight, kept)
    coverage.days(sight, kept)
    coverage.gaps(sight, kept)
    coverage.cuts(sight, kept)
    coverage.place(kept)
st.caption(remarks.BASIS.text)
