"""Any two dimensions against each other."""

from ui import blocks, explore, page

sight = page.sight()
blocks.masthead(sight, "Explore", "Any two breakdowns against each other.")
explore.switches(sight)
explore.crossed(sight)
