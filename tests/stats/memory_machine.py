"""The machine that draws what happens to a farm and its history, and holds every answer to it."""

from __future__ import annotations

import time
from collections import deque
from contextlib import AbstractContextManager, closing, nullcontext, suppress
from itertools import product
from pathlib import Path
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from simulator import Simulator
from stats import audit
from stats.collect import CUTS
from stats.compact import compact, forget, migrate
from stats.dayfile import Shelf
from stats.errors import HistoryError, Malformed
from stats.history import History
from stats.model import Dimension, FarmId, Window
from stats.outcome import Outcome
from stats.plan import YARDSTICK
from stats.report import Reporter
from stats.store import File
from stats.zone import Zone
from tests.stats import remembering as world
from tests.stats.answering import answer
from tests.stats.former_files import sealed
from tests.stats.memory_accepting import Accepting
from tests.stats.memory_expected import Done, by_id, total
from tests.stats.memory_looks import cuts, holds, short
from tests.stats.memory_world import BACK
from tests.stats.questions_of_memory import ZONES, Asking, asked
from tests.stats.remembering import COUNTED, FARM, TYPE, Studio
from tests.stats.truth_of_memory import Truth

MENUS = {
    "all": CUTS,
    "the total and by id": CUTS[:1],
    "some": CUTS[1:2] + CUTS[7:9],
}
"""What a collector has time for before it is broken off; the total by id comes with all of them."""

_MENU = st.sampled_from([*MENUS, "the total and by id"])
_DAYS = st.integers(3, 7)
_READERS = ("its own", "first", "second")

_OF_ITS_TIME = ("holds nothing", "and the total")
"""What is amiss of cuts that were asked for at different times, and usage came or went between."""


class Memory(Accepting):
    """`home` is where history is; each machine has its own."""

    def __init__(self, simulator: Simulator, held: Any, home: str, turns: Path) -> None:
        super().__init__(simulator, held, home, turns)
        self.open: dict[str, Reporter] = {}
        self.left: set[tuple[Dimension, Window]] = set()

    @initialize(
        zone=st.sampled_from(ZONES),
        first=st.lists(st.tuples(BACK, st.integers(0, 5)), min_size=2, max_size=5),
        menu=st.sampled_from(["some", "all", None]),
    )
    def begins(self, zone: str, first: list[tuple[int, int]], menu: str | None) -> None:
        self.truth = Truth(Studio(Zone(zone)), self.truth.kept)
        for back, job in first:
            self._works(back, job, "COMPUTE", job % 2)
        self._goes_on(hours=2)
        if menu:
            self.collects(6, menu)

    @rule(days=_DAYS, menu=_MENU)
    def collects(self, days: int, menu: str) -> None:
        some = self._collect(days, menu, verify=False)
        self._looks(Done(new=True, collected=some))

    @rule(days=_DAYS, menu=_MENU)
    def verifies(self, days: int, menu: str) -> None:
        some = self._collect(days, menu, verify=True)
        self._looks(Done(new=True, verified=some, left=self.left))

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
                collector.checkup.mend(outcome, some)
            collector.put_together(outcome)
        of_files = (HistoryError,) if self.cut_short else ()
        others = [o for o in outcome.errors if not isinstance(o, (Malformed, *of_files))]
        assert not others, others
        gone = any(map(self.studio.gone, COUNTED))
        assert not outcome.errors or self.studio.forgotten or gone or self.cut_short
        self.left = {(one.resource, one.day) for one in outcome.conflicts}
        return some

    def _files_may_be_bad(self) -> AbstractContextManager[None]:
        """What is put in order ends at a file that can't be read, and leaves it as it is."""
        return suppress(HistoryError) if self.cut_short else nullcontext()

    @rule()
    def compacts(self) -> None:
        history = self._history()
        with self._files_may_be_bad():
            deque(compact(history, history.shelves(), self.studio.now), maxlen=0)
        self._looks(Done())

    @rule(removes=st.booleans())
    def migrates(self, removes: bool) -> None:
        history = self._history()
        with self._files_may_be_bad():
            deque(migrate(history, history.shelves(), removes=removes), maxlen=0)
        self._looks(Done())

    @rule(back=st.sampled_from([5, 8, 12, 20]))
    def forgets(self, back: int) -> None:
        """As somebody wants it."""
        history, before = self._history(), self.studio.day(back).start
        forget(history, history.shelves(), before)
        self._forgets(before)
        self._looks(Done())

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
        self._looks(Done(new=True))

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
        self._looks(Done())

    @rule(
        resource=st.sampled_from(COUNTED),
        what=st.sampled_from(["total", "by id", "any", "any"]),
        which=st.integers(0, 999),
        removed=st.booleans(),
    )
    def a_file_is_lost(self, resource: Dimension, what: str, which: int, *, removed: bool) -> None:
        """One that is the only one of its days is removed, or can't be read any more."""
        history = self._history()
        some = {"total": [total(resource)], "by id": [by_id(resource)]}
        shelves = some.get(what) or sorted(history.shelves(), key=lambda shelf: shelf.folder)
        every = {shelf: history.files(shelf) for shelf in shelves}
        alone = [(s, f) for s, files in every.items() for f in files if _is_alone(f, files)]
        if alone:
            shelf, file = alone[which % len(alone)]
            if removed:
                history._archive.remove(file)
            else:
                name = file.where.rsplit("/", 1)[-1]
                history._archive._of(file).write(shelf.folder, name, b"PAR1 and no more")
            self._loses(shelf, file.days, removed=removed)
            self.is_mended = True
        self._looks(Done())

    # questions

    @rule(asking=asked(), who=st.sampled_from(_READERS), again=st.booleans())
    def asks(self, asking: Asking, who: str, *, again: bool) -> None:
        """Of a reporter of its own, or of one that stays open; at once of another one `again`."""
        self._asks(asking, who)
        self._looks(Done(new=True), hours=0 if again else 2)
        if again:
            self._asks(asking, _READERS[_READERS.index(who) - 1])
            self._looks(Done(new=True))

    def _asks(self, asking: Asking, who: str) -> None:
        if self.is_mended:
            history = self._history()
            self.truth.cuts = cuts(history, asking.resource)
            self.truth.short = short(history, asking.resource)
        reporter = self._reporter() if who == "its own" else self._opened(who)
        report = answer(reporter, asking, self.studio)
        if report is not None:
            holds(report, asking, self.truth)
        self._close(reporter, stays=who != "its own")

    def _opened(self, who: str) -> Reporter:
        if who not in self.open:
            self.open[who] = self._reporter()
        return self.open[who]

    def _close(self, reporter: Reporter, *, stays: bool) -> None:
        if not stays:
            reporter.close()
            return
        until = time.monotonic() + 60
        while reporter._past._writer._waiting:
            assert time.monotonic() < until
            time.sleep(0.001)

    def teardown(self) -> None:
        for reporter in self.open.values():
            reporter.close()
        history = self._history()
        amiss = [str(one) for one in audit.amiss(history, history.shelves())]
        as_said = (*_OF_ITS_TIME, *self.cut_short)
        broken = [one for one in amiss if not any(words in one for words in as_said)]
        assert not broken, broken


def _is_alone(file: File, files: list[File]) -> bool:
    return not any(set(file.days) & set(other.days) for other in files if other is not file)
