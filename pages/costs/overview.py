"""The whole window at a glance: what it cost, how that moved, and where it went."""

from ui import blocks, empty, overview, page

sight = page.sight()
blocks.masthead(sight, "Overview", "What rendering cost in this window, and where it went.")
with overview.under_way(sight):
    sight, whole = overview.whole(sight)
    if whole.table.empty:
        empty.instead(sight, whole)
    else:
        overview.glance(sight, whole)
