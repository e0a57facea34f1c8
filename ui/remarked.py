"""What is said of reports, worked out once for all who look."""

from __future__ import annotations

from stats import remarks
from ui.made_once import made_once

of = made_once(remarks.of)
of_comparison = made_once(remarks.of_comparison)
