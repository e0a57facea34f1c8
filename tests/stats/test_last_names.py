"""What queues and fleets were called that are gone is told of the last day on which they worked."""

from __future__ import annotations

from dataclasses import replace

import pytest

from stats import heard
from stats.dayfile import Shelf
from stats.model import Dimension, FarmId
from tests.stats.test_history import FARM, ORIGIN, Opens, day, opened, rows

__all__ = ["opened"]
D = Dimension


@pytest.mark.parametrize("each", [(0, 0), (0, 1), (1, 0)])
def test_a_fleet_is_called_as_on_the_last_day_of_its_usage_whichever_cut_tells_that(
    opened: Opens, each: tuple[int, int]
) -> None:
    """One is renamed; one has no usage since; one was never listed; some usage is of none."""
    history, whole = opened(), Shelf(FARM, D.FLEET, (D.USAGE_TYPE,))
    cuts = [Shelf(FARM, D.FLEET, by) for by in ((D.FLEET,), (D.FLEET, D.USAGE_TYPE))]
    used, names = (
        [("f1", "f2", "f3", ""), ("f1", "")],
        [{"f1": "Old", "f2": "Two"}, {"f1": "New", "f2": "2"}],
    )
    for number, cut in enumerate(cuts[n] for n in each):
        kind = ("COMPUTE",) if len(cut.by) == 2 else ()
        of = [(fleet, *kind, 1, 2.0) for fleet in used[number]]
        listed = replace(ORIGIN, resources=names[number], ids=frozenset())
        history.put(cut, day(number), rows(cut, *of, at=day(number)), listed)
        total = rows(whole, ("COMPUTE", len(of), 2.0 * len(of)), at=day(number))
        history.put(whole, day(number), total, listed)
    found = heard.heard_of(opened(), FarmId(FARM), D.FLEET)
    assert found == {"f1": "New", "f2": "Two", "f3": "f3"}
