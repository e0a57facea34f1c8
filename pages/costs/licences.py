"""Cost and licence hours by licence product."""

from stats.model import LICENSE, Dimension
from ui import blocks, page
from ui.breakdown import breakdown

sight = page.sight()
blocks.masthead(sight, "Licences", "Which metered software was in use, for how long, and its cost.")
blocks.measure_switch(sight)
breakdown(sight, Dimension.LICENSE_PRODUCT, only=LICENSE)
