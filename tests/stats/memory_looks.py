"""The part of the machine that looks at what history has by now, and holds answers to it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from simulator import Simulator
from stats import relation
from stats.clock import Clock
from stats.collect import CUTS
from stats.connect import connect
from stats.dayfile import Shelf
from stats.history import History
from stats.listing import Held
from stats.model import Dimension, Report, Window
from stats.report import Reporter
from stats.settings import Settings
from tests.stats import answering, knowing_of_memory
from tests.stats import remembering as world
from tests.stats.bucket import PATIENT
from tests.stats.conftest import SharedEndpoint
from tests.stats.memory_expected import Cells, Done, by_any, by_id, may_be, shelves_of, total
from tests.stats.memory_world import Farm
from tests.stats.questions_of_memory import Asking
from tests.stats.remembering import COUNTED, FARM, TYPE, Cell, Kept
from tests.stats.truth_of_memory import Cut, Truth

Kepts = Mapping[Shelf, Kept]


def holds(report: Report, asking: Asking, truth: Truth) -> None:
    """Fails where anything of an answer is not so."""
    gone = not set(asking.narrowed(truth.studio)) & truth.studio.listed[asking.resource].keys()
    silent = gone and report.table.empty
    if not silent or report.total_by_usage_type:
        answering.totals_hold(report, asking, truth)
        answering.adds_up(report, asking)
        if not asking.is_narrow:
            knowing_of_memory.is_known(report, asking, truth)
            answering.is_placed(report, asking, truth)
    answering.rows_hold(report, asking, truth.studio)
    answering.largest_hold(report, asking, truth.studio)
    answering.nothing_is_where_nothing_is_known(report)


class Remembered(Farm):
    """A farm with a history."""

    def __init__(self, simulator: Simulator, held: Any, home: str, turns: Path) -> None:
        super().__init__(simulator, held, home, turns)
        self._slept = [0.0]
        self.seen: dict[Dimension, set[Window]] = {resource: set() for resource in COUNTED}
        self.cut_short: set[str] = set()
        self.is_mended = False

    def _looks(self, done: Done, *, hours: int = 2) -> None:
        """What history has by now is what it must have."""
        history = self._history()
        for resource in COUNTED:
            self._looks_at(history, resource, done)
        self._goes_on(hours)

    def _looks_at(self, history: History, resource: Dimension, done: Done) -> None:
        others = cuts(history, resource) if self.is_mended else {}
        before = {shelf: self.truth.kept[shelf] for shelf in shelves_of(resource)}
        after = {shelf: read(history, shelf) for shelf in before}
        for shelf, now in after.items():
            then, cells = before[shelf], now.cells
            assert then.cells.keys() <= cells.keys(), "days have gone"
            assert done.new or then.cells.keys() == cells.keys(), "days have come"
            for day in cells:
                may = may_be(self.studio, shelf, day, before, done)
                was = then.cells.get(day)
                if shelf == total(resource):
                    may += by_any(may, others.get((resource, day), ()))
                    if day in done.verified or done.accepted is not None or day in done.collected:
                        may = self._without_given_up(resource, day, may, after, done)
                if day in now.set_off:
                    self._is_at_least(resource, day, before, after, done)
                else:
                    assert cells[day] in may, (shelf.folder, day, cells[day], "not in", may, was)
                first = {then.first_asked.get(day, self.studio.now)}
                if was == {} and cells[day]:  # an empty answer that another cut has belied is none
                    first.add(self.studio.now)
                if shelf == total(resource) and day not in then.cells:  # made of what is told by id
                    first |= {before[by_id(resource)].first_asked.get(day, self.studio.now)}
                if shelf == total(resource) and cells[day] != was:  # or by others
                    first |= {cut.first_asked for cut in others.get((resource, day), ())}
                asked = now.first_asked[day]
                assert asked in first, (shelf.folder, day, asked, "is none of", first)
                self._is_about(shelf, day, before, after, done)
        self.truth.kept.update(after)
        self._looks_at_unreadable_days(resource)
        self._learns_what_is_placed(history, resource)

    def _without_given_up(
        self, resource: Dimension, day: Window, may: list[Cells], after: Kepts, done: Done
    ) -> list[Cells]:
        """What a total may be where less was accepted of its day; whoever goes on finishes that."""
        cells = after[by_id(resource)].cells.get(day, {})
        without = self.truth.without_given_up(resource, day, may, cells)
        if (resource, day) in self.truth.pending and day in done.verified and not done.is_broken:
            self.truth.pending.discard((resource, day))
            return without or may
        return [*may, *without]

    def _is_at_least(
        self, resource: Dimension, day: Window, before: Kepts, after: Kepts, done: Done
    ) -> None:
        """A total that may hold usage of others for what came late: no less, and no more than all.

        So it is only where it held what its cut by id did not.
        """
        whole, ids = shelves_of(resource)
        was, apart = before[whole].cells.get(day, {}), before[ids].cells.get(day)
        was_so = day in before[whole].set_off or self.is_mended
        assert was_so or apart is None or world.of_total(apart) != was, f"{day} is set off"
        accepted = (resource, day) in (done.accepted or {})
        now, least = after[whole].cells[day], world.of_total(after[ids].cells.get(day, {}))
        every = self.studio.every(resource, day)
        for kind in {*was, *now, *least}:
            floor = max(least.get(kind, 0), 0 if accepted else was.get(kind, 0))
            found = now.get(kind, 0)
            assert floor <= found <= every.get(kind[1], 0), (day, kind, floor, found, every)

    def _is_about(self, shelf: Shelf, day: Window, before: Kepts, after: Kepts, done: Done) -> None:
        """A day is of all that it was asked about, and of no more; checked up in time, of all."""
        found = after[shelf].about[day]
        listed = frozenset(self.studio.listed[shelf.resource])
        was = before[shelf].about.get(day)
        if was is not None:
            assert was <= found, f"{day} was about {was}, and is about {found}"
        every = [some.about.get(day, frozenset()) for some in (*before.values(), *after.values())]
        assert found <= listed.union(*every)
        in_time = self.studio.now <= day.end + world.REMEMBERED
        both = all(day in before[one].cells for one in shelves_of(shelf.resource))
        is_left = done.is_broken or (shelf.resource, day) in done.left
        is_checked = day in done.verified and not is_left
        if is_checked and both and in_time:
            there = {key for key in listed if self.studio.was_there(key, day)}
            assert there <= found, f"{day} is not of {there - found}"

    def _looks_at_unreadable_days(self, resource: Dimension) -> None:
        """Those that the service may have forgotten are not asked for again."""
        unreadable = self.truth.unreadable.get(resource, set())
        for day in unreadable & self.truth.kept[total(resource)].cells.keys():
            assert not self.truth.is_lost(resource, day), f"{day} was asked for too late"
            unreadable.remove(day)

    def _learns_what_is_placed(self, history: History, resource: Dimension) -> None:
        """What is placed is what a day held when all its cuts came together, and still holds."""
        shelves = [Shelf(FARM, resource, cut.by) for cut in CUTS]
        listed = [set(history.listed(shelf)) for shelf in shelves]
        cells, placed = self.truth.kept[by_id(resource)].cells, self.truth.placed
        for day in set.intersection(*listed) - self.seen[resource]:
            placed[resource, day] = sum(cells[day].values())
        self.seen[resource] |= set.union(*listed)
        for one, day in list(placed):
            if one is resource:
                placed[resource, day] &= sum(cells[day].values())

    def _forgets(self, before: datetime) -> None:
        for kept in self.truth.kept.values():
            kept.forget(before)
        placed = self.truth.placed.items()
        self.truth.placed = {key: mask for key, mask in placed if key[1].end > before}
        for seen in (*self.seen.values(), *self.truth.unreadable.values()):
            seen -= {day for day in seen if day.end <= before}

    def _loses(self, shelf: Shelf, days: Iterable[Window], *, removed: bool) -> None:
        """A file of a cut is lost, and what was placed of its days with it."""
        if shelf in self.truth.kept:
            self.truth.kept[shelf].lose(days)
        for day in days:
            self.truth.placed.pop((shelf.resource, day), None)
            self.truth.pending.discard((shelf.resource, day))
        if not removed:
            self.cut_short.add(shelf.folder)
            if shelf == total(shelf.resource):
                self.truth.unreadable.setdefault(shelf.resource, set()).update(days)

    # how

    def _clock(self) -> Clock:
        began = world.BEGIN

        def monotonic() -> float:
            return (self.studio.now - began).total_seconds() + sum(self._slept)

        def sleep(seconds: float) -> None:
            self._slept.append(seconds)
            time.sleep(0.0005)

        return Clock(now=lambda: self.studio.now, monotonic=monotonic, sleep=sleep)

    def _reporter(self) -> Reporter:
        endpoint = SharedEndpoint(self._simulator.url, ("simulated", "simulated"))
        settings = Settings.model_construct(
            history=self._home,
            lock_folder=self._turns,
            remembered_days=world.REMEMBERED.days,
            cache_seconds=60.0,
            names_seconds=60.0,
        )
        return connect(settings, endpoint, self._clock(), PATIENT)

    def _history(self) -> History:
        """As another process sees it."""
        with closing(self._reporter()) as reporter:
            return reporter.history


def read(history: History, shelf: Shelf) -> Kept:
    """What history has of a cut."""
    history.sound(shelf, tuple(history.listed(shelf)))  # files that can't be read count no more
    held = history.listed(shelf)
    cells: dict[Window, dict[Cell, int]] = {day: {} for day in held}
    counts: dict[Window, dict[Cell, int]] = {day: {} for day in held}
    if not held:
        return Kept()
    one = shelf.resource.column if shelf.resource in shelf.by else "''"
    days = {day.start: day for day in held}
    with relation.cursor() as con:
        relation.register(con, "rows", history.stored(held))
        sql = f'SELECT period_start, {one}, usage_type, cost_usd_sum, "count" FROM "rows"'
        for start, key, kind, cost, count in con.execute(sql).fetchall():
            day = days[start.astimezone(UTC)]
            assert (key, kind) not in cells[day], "a row comes twice"
            cells[day][key, kind], counts[day][key, kind] = world.in_cents(cost), count
    told = history.told(held).days
    asked = {day: origin.first_asked_at for day, origin in told.items()}
    about = {day: one.ids | one.kept | one.given_up for day, one in told.items()}
    return Kept(cells, counts, asked, about, {day for day, one in told.items() if one.set_off})


def cuts(history: History, resource: Dimension) -> dict[tuple[Dimension, Window], list[Cut]]:
    """What each cut of a day holds, without its total."""
    found = defaultdict[tuple[Dimension, Window], list[Cut]](list)
    for shelf in history.shelves():
        if shelf.resource is resource and not shelf.is_total and not shelf.hourly:
            history.sound(shelf, tuple(history.listed(shelf)))
            for day, one in _cuts(history, history.listed(shelf)).items():
                found[resource, day].append(one)
    return dict(found)


def short(history: History, resource: Dimension) -> set[tuple[Dimension, Window]]:
    """The days whose total says that another cut held more."""
    history.sound(total(resource), tuple(history.listed(total(resource))))
    held = history.listed(total(resource))
    days = history.told(held).days.items() if held else ()
    return {(resource, day) for day, origin in days if origin.short}


def _cuts(history: History, held: Held) -> dict[Window, Cut]:
    if not held:
        return {}
    days = {day.start: day for day in held}
    kinds = defaultdict[Window, dict[str, int]](dict)
    kind = "usage_type" if TYPE in held.shelf.by else "''"
    with relation.cursor() as con:
        relation.register(con, "rows", history.stored(held))
        sql = f'SELECT period_start, {kind}, sum(cost_usd_sum) FROM "rows" GROUP BY ALL'
        for at, key, cost in con.execute(sql).fetchall():
            kinds[days[at.astimezone(UTC)]][key] = world.in_cents(cost)
    told = history.told(held).days
    less = {day: world.in_cents(told[day].told_less) for day in held}
    tells = TYPE in held.shelf.by
    return {d: Cut(kinds[d], tells, less[d], told[d].first_asked_at) for d in held}
