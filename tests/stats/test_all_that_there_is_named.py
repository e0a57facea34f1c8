"""Who names all queues (or fleets) asks about those, and not about what was deleted since."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulator import World
from simulator.tiny import COMP, LIGHTING, RACK, SPOT, TINY_NOW, tiny_world
from stats.model import Question
from tests.stats.asking import asking, question

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
LATER = TINY_NOW + timedelta(days=7)
ALL = {"queue": (COMP, LIGHTING), "fleet": (RACK, SPOT)}


def named(scope: str, *by: str, days: tuple[int, int] = (0, 3), whole: bool = False) -> Question:
    window = (MONDAY + timedelta(days=days[0]), MONDAY + timedelta(days=days[1]))
    about = question(tiny_world(), window, *by, scope=scope, ids=ALL[scope])
    return replace(about, scope=replace(about.scope, whole=whole))


def without(queue: str) -> World:
    world = tiny_world()
    return replace(world, queues=tuple(q for q in world.queues if q.queue_id != queue))


@pytest.mark.parametrize("scope", ["queue", "fleet"])
def test_it_is_kept_and_told_by_history(tmp_path: Path, scope: str) -> None:
    breakdowns = [("user", "usage_type"), ("instance_type",), ("user",), ()]
    with asking(tiny_world(), TINY_NOW, history=str(tmp_path)) as one:
        before = {by: one.report(named(scope, *by)) for by in breakdowns}
    with asking(tiny_world(), LATER, history=str(tmp_path)) as one:
        for by, was in before.items():
            now = one.report(named(scope, *by))
            assert now.table.equals(was.table)
            assert now.question == was.question == named(scope, *by)
            assert one.report(named(scope, *by, whole=True)).table.equals(was.table)
        assert one.starts() == []


def test_what_was_deleted_since_does_not_count_and_days_without_it_are_told(tmp_path: Path) -> None:
    """In Lighting 4.50 ran on Monday and 3.00 on Tuesday, in Comp 3.50 and on Wednesday 2.00."""
    with asking(tiny_world(), TINY_NOW, history=str(tmp_path)) as one:
        one.report(named("queue", "user", "usage_type", whole=True))
        one.report(named("queue", "queue", "usage_type", whole=True))
    with asking(without(LIGHTING), LATER, history=str(tmp_path)) as one:
        about = named("queue", "user", "usage_type")
        left = replace(about, scope=replace(about.scope, ids=(COMP,)))
        whole = replace(left, scope=replace(left.scope, whole=True))
        assert one.report(whole).total_cost_usd.sum == 13.0
        assert one.starts() == []
        assert one.report(left).total_cost_usd.sum == 5.5
        asked = len(one.starts())
        assert asked > 0
        wednesday = replace(left, window=replace(left.window, start=MONDAY + timedelta(days=2)))
        assert one.report(wednesday).total_cost_usd.sum == 2.0
        assert len(one.starts()) == asked
