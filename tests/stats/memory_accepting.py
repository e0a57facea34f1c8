"""The part of the machine in which less is accepted than was kept, by who may be broken off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import datetime

from hypothesis import strategies as st
from hypothesis.stateful import rule

from stats.dayfile import Shelf
from stats.model import Dimension, FarmId, Window
from stats.outcome import Outcome
from tests.stats import memory_expected as expected
from tests.stats import remembering as world
from tests.stats.breaking_off import broken_off
from tests.stats.memory_expected import Done, by_id, total
from tests.stats.memory_looks import Remembered
from tests.stats.remembering import COUNTED, FARM, Cell, Kept

_DAYS = st.integers(3, 7)


class Accepting(Remembered):
    """A farm with a history of which somebody takes less."""

    @rule(resource=st.sampled_from(COUNTED), some=st.integers(1, 7), days=_DAYS)
    def accepts_less(self, resource: Dimension, some: int, days: int) -> None:
        """Of some of the ids that there ever were, on the days of the last few."""
        self._accepts_less(resource, some, days, None)

    def _accepts_less(self, resource: Dimension, some: int, days: int, writes: int | None) -> None:
        """Broken off after so many writes, if any number."""
        ids = frozenset(o for n, o in enumerate(self.studio.ever[resource]) if some >> n & 1)
        right = self._less(resource, ids, self.studio.day(days).start)
        outcome, farm_id = Outcome(FarmId(FARM)), FarmId(FARM)
        with closing(self._reporter()) as reporter:
            collector = reporter.collector(self.studio.zone)
            settled, checkup = collector.days(self.studio.day(days).start), collector.checkup
            less = checkup.gone(farm_id, resource, ids, settled, lambda *_: None)
            found = {
                (one.day, (one.id, one.usage_type)): world.in_cents(one.cost_usd) for one in less
            }
            assert found == right, f"less of {found}, and not of {right}"
            on = {day: ids for day, _ in right}
            with broken_off(reporter.history, writes) as broken:
                some_days = [d for d in settled if d in on]
                checkup.accept(outcome, resource, ids, some_days, lambda *_: None)
        assert broken or len(outcome.aside) >= len(on), "it is not set aside"
        self.is_mended |= bool(broken)
        twice = {day for day in on if (resource, day) in self.truth.given_up}
        self._gives_up(resource, right)
        before = {shelf: self.truth.kept[shelf] for shelf in expected.shelves_of(resource)}
        self._looks(Done(accepted={(resource, day): ids for day in on}, is_broken=bool(broken)))
        if broken:
            self._is_half_done(resource, on.keys() - twice, before)

    def _is_half_done(
        self,
        resource: Dimension,
        days: Iterable[Window],
        before: Mapping[Shelf, Kept],
    ) -> None:
        """Days that are without it by id and not in all; whoever goes on finishes them."""
        now = self.truth.kept
        for day in days:
            whole, apart = (now[s].cells[day] != one.cells[day] for s, one in before.items())
            self.truth.pending |= {(resource, day)} if apart and not whole else set()

    def _gives_up(self, resource: Dimension, less: Iterable[tuple[Window, Cell]]) -> None:
        kept = self.truth.kept[by_id(resource)].cells
        for day, cell in less:
            gone = self.truth.given_up.setdefault((resource, day), {})
            now = world.cents(self.studio.tells(resource, day).get(cell, ()))
            gone[cell[1]] = gone.get(cell[1], 0) | (kept[day][cell] & ~now)

    def _less(
        self, resource: Dimension, ids: frozenset[str], since: datetime
    ) -> dict[tuple[Window, Cell], int]:
        """What of which day and cell history would lose."""
        kept = self.truth.kept[by_id(resource)]
        both = kept.cells.keys() & self.truth.kept[total(resource)].cells.keys()
        days = [
            day
            for day in both
            if day.start >= since and self.studio.zone.is_day(day.start, day.end)
        ]
        return {
            (day, cell): amount
            for day in days
            for cell, amount in expected.less(kept, self.studio, resource, day, ids).items()
        }
