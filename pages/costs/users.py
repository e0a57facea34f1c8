"""Cost and run time by users."""

from stats.model import Dimension
from ui import blocks, page
from ui.breakdown import breakdown

sight = page.sight()
blocks.masthead(sight, "Users", "Who rendered, and what it cost.")
blocks.measure_switch(sight)
breakdown(sight, Dimension.USER)
