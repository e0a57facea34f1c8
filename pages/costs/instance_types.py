"""Cost and run time by instance types."""

from stats.model import Dimension
from ui import blocks, page
from ui.breakdown import breakdown

sight = page.sight()
blocks.masthead(sight, "Instance types", "Which machines did the work, and at what price.")
blocks.measure_switch(sight)
breakdown(sight, Dimension.INSTANCE_TYPE)
