"""Where the numbers come from, and how far they can be trusted."""

from ui import about, blocks, page

sight = page.sight()
blocks.masthead(sight, "About the numbers", "Where the figures come from, and what they leave out.")
about.estimate(sight)
about.scope(sight)
about.window(sight)
about.totals(sight)
about.runs(sight)
