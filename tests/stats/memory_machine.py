"""The machine that draws what happens to a farm and its history, and holds every answer to it."""

from __future__ import annotations

import copy
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from simulator import Simulator
from stats import audit, relation
from stats.checkup import Outcome
from stats.clock import Clock
from stats.collect import CUTS
from stats.compact import compact, forget, migrate
from stats.connect import connect
from stats.dayfile import Shelf
from stats.errors import Malformed
from stats.history import History
from stats.model import Dimension, FarmId, Window
from stats.plan import YARDSTICK
from stats.report import Reporter
from stats.settings import Settings
from stats.zone import Zone
from tests.stats import remembering as world
from tests.stats.answering import Asking, asked, holds
from tests.stats.bucket import PATIENT
from tests.stats.conftest import SharedEndpoint
from tests.stats.former_files import sealed
from tests.stats.remembering import COUNTED, FARM, FLEET, QUEUE, TYPE, Cell, Kept, Studio

MENUS = {
    "all": CUTS,
    "the total and by id": CUTS[:1],
    "some": CUTS[1:2] + CUTS[7:9],
}
"""What a collector has time for before it is broken off; the total by id comes with all of them."""

_BACK = st.sampled_from([0, 1, 1, 3, 3, 4, 5, 6, 8])
_MENU = st.sampled_from([*MENUS, "the total and by id"])

_OF_ITS_TIME = ("holds nothing", "more than")
"""What is amiss of cuts that were asked for at different times, and usage came or went between."""


def total(resource: Dimension) -> Shelf:
    return Shelf(FARM, resource, YARDSTICK.by)


def by_id(resource: Dimension) -> Shelf:
    return Shelf(FARM, resource, (resource, TYPE))


class Memory(RuleBasedStateMachine):
    """`home` is where history is; each machine has its own."""

    def __init__(self, simulator: Simulator, held: Any, home: str, turns: Path) -> None:
        super().__init__()
        self._simulator, self._held, self._home, self._turns = simulator, held, home, turns
        self._slept = [0.0]
        self.studio = Studio(Zone("UTC"))
        self.kept = {shelf: Kept() for r in COUNTED for shelf in (total(r), by_id(r))}
        self.placed: dict[tuple[Dimension, Window], int] = {}
        self.seen: dict[Dimension, set[Window]] = {resource: set() for resource in COUNTED}
        self.open: Reporter | None = None

    # the world

    @initialize(
        zone=st.sampled_from(["UTC", "America/Los_Angeles"]),
        first=st.lists(st.tuples(_BACK, st.integers(0, 5)), min_size=2, max_size=5),
        menu=st.sampled_from(["some", "all", None]),
    )
    def begins(self, zone: str, first: list[tuple[int, int]], menu: str | None) -> None:
        self.studio = Studio(Zone(zone))
        for back, job in first:
            self._works(back, job, "COMPUTE", job % 2)
        self._goes_on(hours=2)
        if menu:
            self.collects(6, menu)

    @precondition(lambda self: len(self.studio.ran) < world.MOST_RECORDS)
    @rule(
        back=_BACK,
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
        self.studio.ran.append(world.record(number, at, job, kind, fleet))

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
            del listed[sorted(listed)[which % len(listed)]]
        self._goes_on(hours=2)

    @rule(resource=st.sampled_from(COUNTED), which=st.integers(0, 2))
    def renames(self, resource: Dimension, which: int) -> None:
        listed = self.studio.listed[resource]
        listed[sorted(listed)[which % len(listed)]] += " (new)"
        self._goes_on(hours=2)

    # history

    @rule(days=st.integers(3, 7), menu=_MENU)
    def collects(self, days: int, menu: str) -> None:
        some = self._collect(days, menu, verify=False)
        self._looks(new=True, collected=some)

    @rule(days=st.integers(3, 7), menu=_MENU)
    def verifies(self, days: int, menu: str) -> None:
        some = self._collect(days, menu, verify=True)
        self._looks(new=True, verified=some)

    def _collect(self, days: int, menu: str, *, verify: bool) -> list[Window]:
        with closing(self._reporter()) as reporter:
            collector, outcome = reporter.collector(self.studio.zone), Outcome(FarmId(FARM))
            some = list(collector.days(self.studio.day(days).start))
            if verify:
                collector.checkup.check(outcome, some, lambda *_: None)
            cuts = {cut.by for cut in (YARDSTICK, *MENUS[menu])} | {by_id(r).by for r in COUNTED}
            pieces = collector.pieces(FarmId(FARM), some, to_the_end=verify)
            wanted = [piece for piece in pieces if piece.shelf.by in cuts]
            deque(collector.collect(outcome, wanted, lambda *_: None), maxlen=0)
            if verify:
                collector.checkup.mend_totals(outcome, some)
            collector.put_together(outcome)
        others = [one for one in outcome.errors if not isinstance(one, Malformed)]
        assert not others, others
        assert not outcome.errors or self.studio.forgotten or self._has_gone()
        return some

    def _has_gone(self) -> bool:
        return [len(self.studio.listed[resource]) for resource in COUNTED] != [3, 2]

    @rule()
    def compacts(self) -> None:
        history = self._history()
        deque(compact(history, history.shelves(), self.studio.now), maxlen=0)
        self._looks()

    @rule(removes=st.booleans())
    def migrates(self, removes: bool) -> None:
        history = self._history()
        deque(migrate(history, history.shelves(), removes=removes), maxlen=0)
        self._looks()

    @rule(back=st.sampled_from([5, 8, 12, 20]))
    def forgets(self, back: int) -> None:
        """As somebody wants it."""
        history, before = self._history(), self.studio.day(back).start
        forget(history, history.shelves(), before)
        for kept in self.kept.values():
            kept.forget(before)
        self.placed = {key: mask for key, mask in self.placed.items() if key[1].end > before}
        for seen in self.seen.values():
            seen -= {day for day in seen if day.end <= before}
        self._looks()

    @rule(days=st.integers(3, 6), pairs=st.booleans())
    def former_release_collects(self, days: int, pairs: bool) -> None:
        """Beside this one; it sees its own files only."""
        history = self._history()
        for resource in COUNTED:
            shelves = [total(resource), by_id(resource)]
            shelves += [Shelf(FARM, resource, (TYPE, Dimension.USER))] if pairs else []
            for shelf, back in product(shelves, range(days + 1)):
                day = self.studio.day(back)
                files = history.files(shelf)
                there = {day for file in files if file.former for day in file.days}
                if self.studio.is_settled(day) and day not in there:
                    self._writes_a_former_file(history, shelf, day)
        self._looks(new=True)

    def _writes_a_former_file(self, history: History, shelf: Shelf, day: Window) -> None:
        some = [one for cell in self.studio.tells(shelf.resource, day).values() for one in cell]
        now = self.studio.now
        rows = world.rows_of(shelf, day, some, now) if some else None
        listed = self.studio.listed[shelf.resource]
        name, data = sealed(shelf, [day], now, rows, listed)
        history._archive._former.write(shelf.folder, name, data)

    @precondition(lambda self: not self._home.startswith("s3:"))
    @rule(which=st.integers(0, 99))
    def a_writer_is_broken_off(self, which: int) -> None:
        """What it has written so far stands under its own name."""
        history = self._history()
        files = [file for shelf in history.shelves() for file in history.files(shelf)]
        if files:
            path = files[which % len(files)].path
            half = path.with_name(f".{path.name}.{which + 1}-{which + 1}")
            half.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        self._looks()

    # questions

    @rule(asking=asked(), stays=st.booleans())
    def asks(self, asking: Asking, stays: bool) -> None:
        """Of a reporter of its own, or of one that stays open."""
        reporter = self._opened() if stays else self._reporter()
        holds(reporter, asking, self.studio, self.kept, self.placed)
        self._close(reporter, stays)
        self._looks(new=True)

    def _opened(self) -> Reporter:
        self.open = self.open or self._reporter()
        return self.open

    def _close(self, reporter: Reporter, stays: bool) -> None:
        if not stays:
            reporter.close()
            return
        until = time.monotonic() + 60
        while reporter._past._writer._waiting:
            assert time.monotonic() < until
            time.sleep(0.001)

    # what holds

    def _looks(
        self,
        *,
        new: bool = False,
        verified: Sequence[Window] = (),
        collected: Sequence[Window] = (),
    ) -> None:
        """What history has by now is what it must have."""
        history = self._history()
        for resource in COUNTED:
            self._looks_at(history, resource, new, set(verified), set(collected))
        self._goes_on(hours=2)

    def _looks_at(
        self,
        history: History,
        resource: Dimension,
        new: bool,
        verified: set[Window],
        collected: set[Window],
    ) -> None:
        before = {shelf: copy.deepcopy(self.kept[shelf]) for shelf in shelves_of(resource)}
        for shelf, then in before.items():
            cells, counts, asked = _read(history, shelf)
            kept = self.kept[shelf]
            assert kept.cells.keys() <= cells.keys(), "days have gone"
            assert new or kept.cells.keys() == cells.keys(), "days have come"
            for day in cells:
                may = self._may_be(shelf, day, before, new, day in verified)
                if day in collected:  # where a cut holds more than the total, it is checked up
                    now = self._may_be(shelf, day, before, new, True)
                    may += [*now, *(_most(one, other) for one, other in product(may, now))]
                was = then.cells.get(day)
                assert cells[day] in may, (shelf.folder, day, cells[day], "not in", may, was)
                first = {kept.first_asked.get(day, self.studio.now)}
                if was == {} and cells[day]:  # an empty answer that another cut has belied is none
                    first.add(self.studio.now)
                assert asked[day] in first, (shelf.folder, day, asked[day], "is none of", first)
                kept.first_asked[day] = asked[day]
            kept.cells, kept.counts = cells, counts
        self._learns_what_is_placed(history, resource)

    def _learns_what_is_placed(self, history: History, resource: Dimension) -> None:
        """What is placed is what a day held when all its cuts came together, and still holds."""
        shelves = [Shelf(FARM, resource, cut.by) for cut in CUTS]
        listed = [set(history.listed(shelf)) for shelf in shelves]
        for day in set.intersection(*listed) - self.seen[resource]:
            self.placed[resource, day] = sum(self.kept[by_id(resource)].cells[day].values())
        self.seen[resource] |= set.union(*listed)
        for one, day in list(self.placed):
            if one is resource:
                holds = sum(self.kept[by_id(resource)].cells[day].values())
                self.placed[resource, day] &= holds

    def _may_be(
        self,
        shelf: Shelf,
        day: Window,
        before: Mapping[Shelf, Kept],
        new: bool,
        verified: bool,
    ) -> list[dict[Cell, int]]:
        """What may be there of a day by now."""
        tells = self.studio.tells(shelf.resource, day)
        whole, ids = shelves_of(shelf.resource)
        mine = world.of_total if shelf == whole else dict
        was, now = before[shelf].cells.get(day), mine(world.sums(tells))
        if not verified or (day not in before[whole].cells and shelf == ids):
            return [now] if was is None else [was, *([now] if new and not was else [])]
        if day not in before[ids].cells:  # judged by usage type alone: all of it, or nothing
            return [now] if was is None else [was, now, _most(was, now)]
        cells = before[ids].cells[day]
        if day not in before[whole].cells:
            return [_most(now, world.of_total(cells))]
        taken = {cell: world.cents(tells[cell]) for cell in world.more(before[ids], day, tells)}
        if shelf == ids:
            return [cells | taken]
        assert was is not None
        known, then = world.of_total(cells | taken), world.of_total(cells)
        if taken:
            rest = {cell: max(0, cost - then.get(cell, 0)) for cell, cost in was.items()}
            was = {c: known.get(c, 0) + rest.get(c, 0) for c in known.keys() | rest.keys()}
        return [_most(was, known)]

    # how

    def _goes_on(self, hours: int) -> None:
        self.studio.now += timedelta(hours=hours)
        self._held.now = self.studio.now
        self._simulator.becomes(self.studio.world())

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

    def teardown(self) -> None:
        history = self._history()
        amiss = [str(one) for one in audit.amiss(history, history.shelves())]
        broken = [one for one in amiss if not any(words in one for words in _OF_ITS_TIME)]
        assert not broken, broken
        if self.open:
            self.open.close()


def shelves_of(resource: Dimension) -> tuple[Shelf, Shelf]:
    return total(resource), by_id(resource)


def _most(one: Mapping[Cell, int], other: Mapping[Cell, int]) -> dict[Cell, int]:
    return {cell: max(one.get(cell, 0), other.get(cell, 0)) for cell in one.keys() | other.keys()}


def _read(
    history: History, shelf: Shelf
) -> tuple[dict[Window, dict[Cell, int]], dict[Window, dict[Cell, int]], dict[Window, datetime]]:
    held = history.listed(shelf)
    cells: dict[Window, dict[Cell, int]] = {day: {} for day in held}
    counts: dict[Window, dict[Cell, int]] = {day: {} for day in held}
    if not held:
        return cells, counts, {}
    one = shelf.resource.column if shelf.resource in shelf.by else "''"
    days = {day.start: day for day in held}
    with relation.cursor() as con:
        relation.register(con, "rows", history.stored(held))
        sql = f'SELECT period_start, {one}, usage_type, cost_usd_sum, "count" FROM "rows"'
        for start, key, kind, cost, count in con.execute(sql).fetchall():
            day = days[start.astimezone(UTC)]
            assert (key, kind) not in cells[day], "a row comes twice"
            cells[day][key, kind], counts[day][key, kind] = world.in_cents(cost), count
    asked = {day: origin.first_asked_at for day, origin in history.told(held).days.items()}
    return cells, counts, asked
