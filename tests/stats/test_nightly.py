"""The server's own collector: no night that goes wrong is its last, and no farm the others'."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from simulator import Fault
from stats.clock import Clock
from stats.errors import AccessDenied
from stats.nightly import Nightly
from stats.zone import Zone
from tests.stats.asking import asking
from tests.stats.autumn import FIRST, autumn_world

ZONE = Zone("America/Los_Angeles")
PATIENCE_SECONDS = 120.0


class Breaking:
    """A clock that is at the hour each time it is looked at, and breaks when it is asked thrice."""

    def __init__(self, now: datetime) -> None:
        self.asked, self._now = 0, now
        self.went_on = threading.Event()

    def __call__(self) -> datetime:
        self.asked += 1
        if self.asked == 3:
            raise ZeroDivisionError
        if self.asked > 3:
            self.went_on.set()
        self._now += timedelta(days=1)
        return self._now


def test_a_night_that_breaks_is_not_the_last(tmp_path: Path, caplog) -> None:
    clock = Breaking(FIRST)
    with asking(autumn_world(), history=str(tmp_path / "history")) as asker:
        nightly = Nightly(asker.reporter, ZONE, 5, Clock(now=clock, chance=lambda: 0.0), days=1)
        nightly.start()
        assert clock.went_on.wait(PATIENCE_SECONDS)
        nightly.close()
    assert "not foreseen" in caplog.text
    assert "ZeroDivisionError" in caplog.text


def test_a_farm_that_can_not_be_collected_costs_the_others_nothing(tmp_path: Path) -> None:
    world = autumn_world()
    other = replace(world.farms[0], farm_id=f"farm-{'1' * 32}")
    both = replace(world, farms=(other, *world.farms))
    with asking(both, history=str(tmp_path / "history")) as asker:
        asker.simulator.faults.add(Fault("ListQueues", "access_denied", times=1))
        asker.clock.now = FIRST + timedelta(days=10)
        nightly = Nightly(asker.reporter, ZONE, 5, Clock(now=asker.clock), days=3)
        first, second = nightly.collect()
    assert [type(error) for error in first.errors] == [AccessDenied]
    assert first.written == 0
    assert second.errors == []
    assert second.written > 0
