"""A week of which history has only the totals of some days, and of others more, is put right.

So pages fill it. Of the USD 8, 3 and 2 of three days, the 8 alone are there by queue.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from simulator import World, tiny_world
from simulator.tiny import COMP, FARM, LIGHTING
from stats.conflict import Conflict
from stats.dayfile import Shelf
from stats.model import Dimension, FarmId
from stats.outcome import Less, Outcome
from tests.stats.conftest import Open
from tests.stats.test_days_that_conflict import BY_QUEUE, COMPS, MONDAY, instead, verified
from tests.stats.test_more_than_the_days_total import BY_USER, DAYS, TOTAL, TUESDAY, Farm

D = Dimension
BY_USER_ALONE = Shelf(FARM, D.QUEUE, (D.USER,))
_TINY = tiny_world()
OF_TUESDAY = _TINY.usage[
    _TINY.usage["started_at"].between(TUESDAY.start, TUESDAY.end, "left")
    & _TINY.usage["queue_id"].notna()
]


@pytest.fixture
def farm(opened: Open, tmp_path: Path) -> Callable[..., Farm]:
    """What a farm is by then, and the same history each time."""

    def at(world: World = _TINY) -> Farm:
        return Farm(opened(world), tmp_path / "history")

    one = at()
    by_queue = [replace(piece, window=MONDAY) for piece in one.pieces(BY_QUEUE)]
    one.of([*one.pieces(TOTAL), *by_queue])
    assert (one.costs(TOTAL), one.costs(BY_QUEUE)) == ([8.0, 3.0, 2.0], [8.0])
    return at


@pytest.mark.parametrize("left", [(), (1.0,)])
def test_what_is_left_of_such_a_day_is_told_by_its_total_too(farm, left: tuple[float, ...]) -> None:
    """Of the Monday a record of USD 1 is gone; of the Tuesday's USD 3 all is, or all but 1."""
    world = instead(pd.concat([COMPS.iloc[:1], OF_TUESDAY]))
    rest = OF_TUESDAY.iloc[[0] * len(left)].assign(cost_usd=list(left))
    one = farm(replace(world, usage=pd.concat([world.usage, rest], ignore_index=True)))
    checkup, outcome, ids = one.collector.checkup, Outcome(FarmId(FARM)), (COMP, LIGHTING)
    less = checkup.gone(FarmId(FARM), D.QUEUE, ids, DAYS, lambda *_: None)
    assert [(found.day, found.cost_usd) for found in less] == [
        (MONDAY, 1),
        (TUESDAY, 3 - sum(left)),
    ]
    checkup.accept(outcome, D.QUEUE, ids, [MONDAY, TUESDAY], lambda *_: None)
    assert one.costs(TOTAL) == [7.0, sum(left), 2.0]
    assert one.costs(BY_QUEUE) == [7.0, sum(left)]
    assert one.amiss() == []


def test_what_came_late_on_both_is_taken_in_and_not_called_less(farm) -> None:
    like = COMPS.iloc[[0, 0]]
    late = like.assign(cost_usd=[50.0, 777.0])
    late["started_at"] = [MONDAY.start, TUESDAY.start + timedelta(hours=5)]
    one = farm(replace(_TINY, usage=pd.concat([_TINY.usage, late], ignore_index=True)))
    outcome = verified(one)
    assert outcome.changed == [(D.QUEUE, MONDAY), (D.QUEUE, TUESDAY)]
    assert (outcome.conflicts, outcome.errors, outcome.less) == ([], [], [])
    assert one.costs(TOTAL) == [58.0, 780.0, 2.0]


@pytest.mark.parametrize("complete", [True, False])
def test_a_day_that_is_taken_in_after_all_is_no_conflict_any_more(complete: bool) -> None:
    outcome = Outcome(FarmId(FARM))
    left = [Conflict(*about) for about in ((D.QUEUE, TUESDAY), (D.FLEET, MONDAY))]
    for conflict in (Conflict(D.QUEUE, MONDAY), *left):
        outcome.leave(conflict)
    outcome.take(D.QUEUE, MONDAY, (), complete=not complete)
    outcome.take(D.QUEUE, MONDAY, (), complete=complete)
    assert outcome.conflicts == left
    assert outcome.changed == [(D.QUEUE, MONDAY)]
    assert outcome.unplaced == ([] if complete else [(D.QUEUE, MONDAY)])


def test_what_was_told_less_of_other_days_or_by_fleets_stays_said() -> None:
    every = [
        Less(kind, day, "id", "COMPUTE", 1.0, 1, None)
        for kind, day in ((D.QUEUE, MONDAY), (D.FLEET, MONDAY), (D.QUEUE, TUESDAY))
    ]
    outcome = Outcome(FarmId(FARM), less=every)
    outcome.take(D.QUEUE, MONDAY, [("id", "COMPUTE")], complete=True)
    assert outcome.less == every
    outcome.take(D.QUEUE, MONDAY, (), complete=True)
    assert outcome.less == every[1:]


def said(one: Farm) -> set[str]:
    """What is amiss by queues."""
    return {str(amiss).split("/period=daily/")[1] for amiss in one.amiss()}


def test_days_that_hold_nothing_beside_others_that_do_are_amiss(farm) -> None:
    """Of the Monday's USD 8 the cut by user holds nothing, and then the total does neither."""
    one = farm()
    one.of(one.pieces(BY_USER))
    nothing, origin = one.history.read(BY_USER, MONDAY).iloc[:0], one.told(TOTAL, MONDAY)
    one.history.put(BY_USER_ALONE, MONDAY, nothing.drop(columns=["usage_type"]), origin)
    at = "on 2026-03-02 00:00 UTC it holds"
    assert said(one) == {f"cut=user: {at} nothing, and other cuts hold usage"}
    one.history.put(TOTAL, MONDAY, nothing.drop(columns=["user_id", "user_name"]), origin)
    assert said(one) == {
        f"cut=queue-usage_type: {at} USD 8.00, and the total USD 0.00",
        f"cut=usage_type-user: {at} USD 8.00, and the total USD 0.00",
        f"cut=user: {at} USD 0.00, and by usage type and user there are USD 8.00",
    }
