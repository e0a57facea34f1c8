"""Cost and run time by jobs."""

from stats.model import Dimension
from ui import blocks, page
from ui.breakdown import breakdown

sight = page.sight()
blocks.masthead(sight, "Jobs", "The jobs that ran in this window, dearest first.")
blocks.measure_switch(sight)
breakdown(sight, Dimension.JOB)
