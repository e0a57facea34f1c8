"""The part of the machine that draws what happens to the farm itself."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from simulator import Simulator
from stats.model import Dimension
from stats.zone import Zone
from tests.stats import remembering as world
from tests.stats.memory_expected import shelves_of
from tests.stats.remembering import COUNTED, FLEET, QUEUE, TYPE, Kept, Studio
from tests.stats.truth_of_memory import Truth

BACK = st.sampled_from([0, 1, 1, 3, 3, 4, 5, 6, 8])


class Farm(RuleBasedStateMachine):
    """A farm, the service that tells of it, and the time."""

    def __init__(self, simulator: Simulator, held: Any, home: str, turns: Path) -> None:
        super().__init__()
        self._simulator, self._held, self._home, self._turns = simulator, held, home, turns
        kept = {shelf: Kept() for one in COUNTED for shelf in shelves_of(one)}
        self.truth = Truth(Studio(Zone("UTC")), kept)

    @property
    def studio(self) -> Studio:
        return self.truth.studio

    @precondition(lambda self: len(self.studio.ran) < world.MOST_RECORDS)
    @rule(
        back=BACK,
        job=st.integers(0, world.JOBS - 1),
        kind=st.sampled_from(["COMPUTE", "COMPUTE", "LICENSE", "PERSISTENT_VOLUME"]),
        fleet=st.integers(0, 1),
    )
    def works(self, back: int, job: int, kind: str, fleet: int) -> None:
        """Usage of today, or usage that comes late."""
        self._works(back, job, kind, fleet)
        self._goes_on(hours=2)

    def _works(self, back: int, job: int, kind: str, fleet: int) -> None:
        day, number = self.studio.day(back), len(self.studio.ran)
        at = min(day.start + timedelta(hours=1 + number % 21), self.studio.now)
        self.studio.works(at, job, kind, fleet)

    @precondition(
        lambda self: self.studio.gone(QUEUE) and len(self.studio.ran) < world.MOST_RECORDS
    )
    @rule(which=st.integers(0, 99), job=st.integers(0, world.JOBS - 1))
    def comes_late_beside_what_is_gone(self, which: int, job: int) -> None:
        """On a day that history has, by a queue that is still there, of another's type of work."""
        days = sorted(self.truth.kept[shelves_of(QUEUE)[1]].cells.items(), key=lambda d: d[0].start)
        gone = self.studio.gone(QUEUE)
        with_gone = [day for day, cells in days if any(key in gone for key, _ in cells)]
        if with_gone:
            day = with_gone[which % len(with_gone)]
            at = day.start + timedelta(hours=1 + len(self.studio.ran) % 21)
            self.studio.works(at, job, "COMPUTE", 0)
        self._goes_on(hours=2)

    @rule(days=st.sampled_from([1, 1, 2, 3, 5, 12]))
    def time_passes(self, days: int) -> None:
        self._goes_on(hours=24 * days)

    @precondition(lambda self: self.studio.told)
    @rule(
        which=st.integers(0, world.MOST_RECORDS),
        how=st.sampled_from(["day", "queue's", "fleet's", "type of a queue's", "old"]),
    )
    def service_forgets(self, which: int, how: str) -> None:
        """A day, an id's day, a usage type of that, or all that is older than it has to know."""
        told, zone = self.studio.told, self.studio.zone
        like = told[which % len(told)]
        same = {
            "day": (),
            "queue's": (QUEUE,),
            "fleet's": (FLEET,),
            "type of a queue's": (QUEUE, TYPE),
        }
        for one in told:
            if how == "old":
                goes = one.at < self.studio.now - world.REMEMBERED - timedelta(days=1)
            else:
                goes = zone.day(one.at) == zone.day(like.at)
                goes &= all(one.keys[d] == like.keys[d] for d in same[how])
            if goes:
                self.studio.forgotten.add(one.number)
        self._goes_on(hours=2)

    @rule(resource=st.sampled_from(COUNTED), which=st.integers(0, 2))
    def deletes(self, resource: Dimension, which: int) -> None:
        listed = self.studio.listed[resource]
        if len(listed) > 1:
            self.studio.is_listed_no_more(resource, sorted(listed)[which % len(listed)])
        self._goes_on(hours=2)

    @precondition(lambda self: any(map(self.studio.gone, COUNTED)))
    @rule(resource=st.sampled_from(COUNTED))
    def comes_back(self, resource: Dimension) -> None:
        """The first of those that are deleted, under a new id with the same name."""
        slots = range(world.SLOTS[resource])
        next((slot for slot in slots if self.studio.comes_back(resource, slot)), None)
        self._goes_on(hours=2)

    @rule(resource=st.sampled_from(COUNTED), which=st.integers(0, 2))
    def renames(self, resource: Dimension, which: int) -> None:
        listed = self.studio.listed[resource]
        listed[sorted(listed)[which % len(listed)]] += " (new)"
        self._goes_on(hours=2)

    def _goes_on(self, hours: int) -> None:
        self.studio.now += timedelta(hours=hours)
        self._held.now = self.studio.now
        self._simulator.becomes(self.studio.world())
