"""What history holds less of than it knows, by queues and by fleets, is made as much by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from simulator.tiny import FARM
from stats.conflict import Why
from stats.dayfile import Shelf
from stats.model import COMPUTE, Dimension, FarmId
from stats.outcome import Outcome
from tests.stats.frames import cut
from tests.stats.test_history import ORIGIN
from tests.stats.test_more_than_the_days_total import DAYS, Farm, farm

__all__ = ["farm"]
D = Dimension
MONDAY = DAYS[0]


def put(one: Farm, shelf: Shelf, *rows: tuple[Any, ...], **said: Any) -> None:
    """The Monday of a cut: of each row its keys, records and cost."""
    table = cut(shelf.by, [(MONDAY.start.date(), *row) for row in rows])
    origin = replace(ORIGIN, **said)
    one.history.put(shelf, MONDAY, table.assign(period_start=pd.Timestamp(MONDAY.start)), origin)


def costs(one: Farm, shelf: Shelf) -> dict[str, float]:
    """Of the Monday, by the last key of the cut."""
    rows = one.history.read(shelf, MONDAY)
    return rows.groupby(shelf.by[-1].column)["cost_usd_sum"].sum().to_dict()


def mended(one: Farm) -> Outcome:
    outcome = Outcome(FarmId(FARM))
    one.collector.checkup.mend(outcome, DAYS)
    return outcome


@pytest.fixture(params=[D.QUEUE, D.FLEET], ids=str)
def kind(request: pytest.FixtureRequest) -> Dimension:
    return Dimension(request.param)


def shelf(kind: Dimension, *by: Dimension) -> Shelf:
    return Shelf(FARM, kind, by)


def test_a_total_takes_what_is_known_by_id_and_what_contradicts_it_is_said(
    farm: Any, kind: Dimension
) -> None:
    """USD 3 of compute are 8 by id. Of the USD 9 of licences there are 9.50 of fewer records."""
    one, total, by_id = farm(), shelf(kind, D.USAGE_TYPE), shelf(kind, kind, D.USAGE_TYPE)
    rows = [(COMPUTE, 1, 3.0), ("LICENSE", 3, 9.0), ("SNAPSHOT", 1, 2.0)]
    put(one, total, *rows, ids=frozenset({"a"}))
    known = [("a", COMPUTE, 1, 3.0), ("b", COMPUTE, 1, 5.0), ("a", "LICENSE", 1, 9.5)]
    put(one, by_id, *known, ids=frozenset({"a", "b"}))
    outcome = mended(one)
    assert costs(one, total) == {COMPUTE: 8.0, "LICENSE": 9.0, "SNAPSHOT": 2.0}
    assert one.told(total, MONDAY).ids >= {"a", "b"}
    assert (costs(one, by_id), one.told(by_id, MONDAY).unplaced) == (
        {COMPUTE: 8.0, "LICENSE": 9.5},
        True,
    )
    assert outcome.written == 2
    found = [(left.resource, left.day, left.why) for left in outcome.conflicts]
    assert found == [(kind, MONDAY, Why.APART)]
    assert mended(one).written == 0


@pytest.mark.parametrize("unplaced", [False, True])
def test_a_cut_takes_what_a_finer_one_holds_and_lacks_what_that_lacks(
    farm: Any, kind: Dimension, *, unplaced: bool
) -> None:
    one, by_user, finer = farm(), shelf(kind, D.USER), shelf(kind, kind, D.USER)
    put(one, shelf(kind, D.USAGE_TYPE), (COMPUTE, 2, 8.0))
    put(one, by_user, ("ada", 1, 3.0), ids=frozenset({"a"}))
    rows = [("a", "ada", 1, 3.0), ("b", "ada", 1, 5.0)]
    put(one, finer, *rows, ids=frozenset({"a", "b"}), unplaced=unplaced)
    assert mended(one).written == 1
    assert costs(one, by_user) == {"ada": 8.0}
    told = one.told(by_user, MONDAY)
    assert (told.unplaced, told.ids >= {"a", "b"}) == (unplaced, True)
    assert mended(one).written == 0
