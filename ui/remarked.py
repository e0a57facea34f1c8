"""What is said of reports, worked out once for all who look."""

from __future__ import annotations

from stats import comparison, remarks
from ui.made_once import made_once

of = made_once(remarks.of)
of_comparison = made_once(comparison.of_comparison)
of_nothing = made_once(remarks.of_nothing)
