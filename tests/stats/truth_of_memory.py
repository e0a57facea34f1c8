"""What is true of a remembered farm: what there is, and what history must have of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from stats.dayfile import Shelf
from stats.model import Dimension, Window
from tests.stats.questions_of_memory import Asking, Day
from tests.stats.remembering import REMEMBERED, Cell, Kept, Studio, by_type, of_total, sums


@dataclass(frozen=True)
class Cut:
    """Cents that a cut has of a day by usage type, if it `tells` those, and is known to lack."""

    kinds: Mapping[str, int]
    tells: bool
    lacks: int
    first_asked: datetime

    @property
    def most(self) -> int:
        return sum(self.kinds.values()) + self.lacks


@dataclass
class Truth:
    """What history must have by now, beside what there is: see `Kept`.

    `placed` are records that all cuts of a day had once; of `unreadable` days the total's file is
    of no use. Where files were lost or copied over, `cuts` are those of each day, and
    `short` are those whose total says so. Of `given_up` records less was accepted, in
    cents by usage type; `pending` are days of which the total holds them still.
    """

    studio: Studio
    kept: dict[Shelf, Kept]
    placed: dict[tuple[Dimension, Window], int] = field(default_factory=dict)
    unreadable: dict[Dimension, set[Window]] = field(default_factory=dict)
    cuts: dict[tuple[Dimension, Window], list[Cut]] = field(default_factory=dict)
    short: set[tuple[Dimension, Window]] = field(default_factory=set)
    given_up: dict[tuple[Dimension, Window], dict[str, int]] = field(default_factory=dict)
    pending: set[tuple[Dimension, Window]] = field(default_factory=set)

    def is_less(self, asking: Asking, day: Day, total: int) -> bool:
        """Whether any cut of a day tells of more than its total, and than rounding can make."""
        some = self.cuts.get((asking.resource, day.whole), ()) if day.is_whole else ()
        return any(cut.most > total * 1.001 + 1 for cut in some)

    def is_lost(self, resource: Dimension, day: Window) -> bool:
        """Whether its file can't be used, and the service may have forgotten it by now."""
        late = self.studio.now > day.end + REMEMBERED
        return late and day in self.unreadable.get(resource, ())

    def tells(self, asking: Asking, window: Window) -> dict[str, int]:
        """What the service tells of a stretch, of what is asked about, by usage type."""
        ids = set(asking.narrowed(self.studio))
        tells = self.studio.tells(asking.resource, window).items()
        return by_type(sums({cell: some for cell, some in tells if cell[0] in ids}))

    def was(self, asking: Asking, day: Day) -> dict[str, int] | None:
        """What history has of a whole day's total; None where it has none."""
        cells = self.kept[asking.shelf].cells.get(day.whole) if day.is_whole else None
        if cells is None:
            return None
        ids = set(asking.narrowed(self.studio))
        return by_type({c: n for c, n in cells.items() if not asking.is_narrow or c[0] in ids})

    def by_ids(self, asking: Asking, day: Day) -> dict[str, int]:
        """What history has of a day by queue (or fleet), where a total is asked for."""
        cells = self.kept[self.by_id(asking.resource)].cells.get(day.whole, {})
        return {} if asking.is_narrow else by_type(cells)

    def of_gone(self, asking: Asking, day: Window) -> dict[str, int]:
        """What history has of a day of deleted queues (or fleets) that are asked about."""
        gone = self.studio.gone(asking.resource)
        if asking.is_narrow:
            gone &= set(asking.narrowed(self.studio))
        cells = self.kept[self.by_id(asking.resource)].cells.get(day, {})
        return by_type({cell: n for cell, n in cells.items() if cell[0] in gone})

    def is_mixed(self, resource: Dimension, day: Window) -> bool:
        """Whether it may not be told apart what of a day's total is of deleted ones."""
        total, by_id = self.kept[self.total(resource)], self.kept[self.by_id(resource)]
        if day not in total.cells or not self.studio.gone(resource):
            return False
        same = of_total(by_id.cells.get(day, {})) == total.cells[day]
        return not same or by_id.first_asked.get(day) != total.first_asked[day]

    def without_given_up(
        self,
        resource: Dimension,
        day: Window,
        some: Iterable[dict[Cell, int]],
        by_id: Mapping[Cell, int],
    ) -> list[dict[Cell, int]]:
        """Totals without what their cut by id has given up: where somebody was broken off."""
        there = by_type(by_id)
        every = self.given_up.get((resource, day), {})
        gone = {kind: n & ~there.get(kind, 0) for kind, n in every.items()}
        if not any(gone.values()):
            return []
        left = [{c: n & ~gone.get(c[1], 0) for c, n in cells.items()} for cells in some]
        return [{c: n for c, n in cells.items() if n} for cells in left]

    def unasked(self, asking: Asking, day: Day) -> set[str]:
        """What is listed and was there, and history was not told of when it asked for a day."""
        if day.whole not in self.kept[asking.shelf].cells:
            return set()
        listed = self.studio.listed[asking.resource].keys() & set(asking.narrowed(self.studio))
        listed -= self.kept[asking.shelf].about[day.whole]
        return {key for key in listed if self.studio.was_there(key, day.whole)}

    def is_anew(self, asking: Asking, day: Day) -> bool:
        """Whether such a day is asked for again, since the service is sure to know it."""
        in_time = self.studio.now <= day.whole.end + REMEMBERED
        return in_time and bool(self.unasked(asking, day))

    def is_at_least(self, asking: Asking, day: Day) -> bool:
        """Whether a whole day's total says that it is at least so much."""
        whole = day.is_whole and not asking.is_narrow
        return whole and day.whole in self.kept[asking.shelf].set_off

    def by_id(self, resource: Dimension) -> Shelf:
        return next(s for s in self.kept if s.resource is resource and resource in s.by)

    def total(self, resource: Dimension) -> Shelf:
        return next(s for s in self.kept if s.resource is resource and resource not in s.by)
