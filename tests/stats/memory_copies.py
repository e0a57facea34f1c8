"""The part of the machine that keeps copies of history's files, and brings some of them back."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from stats.dayfile import Shelf
from stats.history import History
from stats.model import Dimension, Period, Window
from stats.store import days_named
from tests.stats import remembering as world
from tests.stats.memory_expected import Done, by_id, total
from tests.stats.memory_looks import read
from tests.stats.memory_machine import Memory
from tests.stats.questions_of_memory import Asking
from tests.stats.remembering import COUNTED, TYPE, Kept

D = Dimension


@dataclass(frozen=True)
class _Copy:
    """The files of a cut as they were at a moment, and what history knew of it then."""

    shelf: Shelf
    files: Mapping[str, bytes]
    kept: Kept


class Copied(Memory):
    """A farm with a history of which there are copies, of other moments."""

    def __init__(self, *args: Any) -> None:
        super().__init__(*args)
        self.copies: list[list[_Copy]] = []

    @rule()
    def is_copied(self) -> None:
        """All of it; the copy before the last is thrown away."""
        self.copies = [*self.copies[-1:], self._copy()]

    @precondition(lambda self: self.copies)
    @rule(
        resource=st.sampled_from(COUNTED),
        what=st.sampled_from(["total", "by id", "any"]),
        which=st.integers(0, 999),
        newer=st.booleans(),
    )
    def a_cut_is_copied_over(
        self, resource: Dimension, what: str, which: int, *, newer: bool
    ) -> None:
        """From another copy: an older one; or all is as in that, but for a cut as it is now."""
        older = self.copies[which % len(self.copies)]
        now = self._copy() if newer else []
        if newer:
            self._comes_back(*older)
        some = {"total": [total(resource)], "by id": [by_id(resource)]}
        every = now if newer else older
        found = [one for one in every if what == "any" or one.shelf in some[what]]
        if found:
            self._comes_back(found[which % len(found)])
        self._looks(Done())

    def _copy(self, *shelves: Shelf) -> list[_Copy]:
        history = self._history()
        some = shelves or sorted(history.shelves(), key=lambda shelf: shelf.folder)
        return [self._copied(history, shelf) for shelf in some]

    def _copied(self, history: History, shelf: Shelf) -> _Copy:
        files = [file for file in history.files(shelf) if not file.former]
        history._archive.fetch(files)
        data = {file.where.rsplit("/", 1)[-1]: file.path.read_bytes() for file in files}
        return _Copy(shelf, data, copy.deepcopy(self.truth.kept.get(shelf, Kept())))

    def _comes_back(self, *some: _Copy) -> None:
        """What is copied over is there as it was, and what was written since beside it."""
        history = self._history()
        for one in some:
            for name, data in one.files.items():
                history._archive._store.write(one.shelf.folder, name, data)
        history = self._history()
        for one in some:
            self._is_as_it_was(history, one)
        self.is_mended = True

    def _is_as_it_was(self, history: History, one: _Copy) -> None:
        shelf, days = one.shelf, {day for name in one.files for day in days_named(name) or ()}
        for day in days:
            self.truth.placed.pop((shelf.resource, day), None)
            self.truth.pending.discard((shelf.resource, day))
        if shelf not in self.truth.kept:
            return
        now = read(history, shelf)
        kept, cells = self.truth.kept[shelf], now.cells
        for day, found in cells.items():
            may = [some.cells[day] for some in (kept, one.kept) if day in some.cells]
            assert found in may, (shelf.folder, day, found, "not in", may)
        assert cells.keys() >= kept.cells.keys() - days | one.kept.cells.keys() & days
        self.truth.kept[shelf] = now
        if shelf == total(shelf.resource):  # a copy may be of a file that can't be read
            unreadable = self.truth.unreadable.setdefault(shelf.resource, set())
            unreadable |= days
            unreadable.difference_update(cells)

    @precondition(lambda self: any(self._late_days(resource) for resource in COUNTED))
    @rule(resource=st.sampled_from(COUNTED), which=st.integers(0, 99), job=st.integers(0, 5))
    def an_older_cut_comes_back(self, resource: Dimension, which: int, job: int) -> None:
        """By queue (or fleet): usage came late, and a check-up had taken it in."""
        days = self._late_days(resource)
        if not days:
            return
        day, older = days[which % len(days)], self._copy(by_id(resource))
        at = day.start + timedelta(hours=1 + len(self.studio.ran) % 21)
        self.studio.works(at, job, "COMPUTE", job % 2)
        self._goes_on(hours=2)
        self.verifies(7, "the total and by id")
        self._comes_back(*older)
        self._looks(Done())
        self.verifies(7, "the total and by id")

    def _late_days(self, resource: Dimension) -> list[Window]:
        """Days that a check-up looks at, by id and in all; none where nothing more may run."""
        if len(self.studio.ran) >= world.MOST_RECORDS:
            return []
        some = [self.truth.kept[shelf].cells for shelf in (total(resource), by_id(resource))]
        first = self.studio.day(7).start
        return sorted(
            (day for day in some[0] if day in some[1] and day.start >= first),
            key=lambda day: day.start,
        )

    @precondition(lambda self: any(self._days_of_questions(resource) for resource in COUNTED))
    @rule(
        resource=st.sampled_from(COUNTED),
        by=st.sampled_from([(D.JOB,), (D.USER,), (D.INSTANCE_TYPE,), (TYPE, D.USER)]),
        which=st.integers(0, 99),
        deleted=st.booleans(),
    )
    def the_total_is_lost_after_questions_only(
        self, resource: Dimension, by: tuple[Dimension, ...], which: int, *, deleted: bool
    ) -> None:
        """And by then the service tells less of the day, whoever asks."""
        days = self._days_of_questions(resource)
        if not days:
            return
        day = days[which % len(days)]
        back = next(back for back in range(10) if self.studio.day(back) == day)
        asking = Asking(by, resource, 0, {}, "", Period.DAILY, back, 1, None, 0, False)
        self._asks(asking, "its own")
        self._looks(Done(new=True))
        tells = sorted(self.studio.tells(resource, day).items(), key=lambda t: world.cents(t[1]))
        for (key, _), some in tells[-1:]:
            if deleted and len(self.studio.listed[resource]) > 1:
                self.studio.is_listed_no_more(resource, key)
            else:
                self.studio.forgotten |= {one.number for one in some}
        self._goes_on(hours=2)
        history = self._history()
        for file in history.files(total(resource)):
            if day in file.days:
                history._archive.remove(file)
                self._loses(total(resource), file.days, removed=True)
                self.is_mended = True
        self._looks(Done())
        for one in (replace(asking, by=(TYPE,)), asking):
            self._asks(one, "its own")
            self._looks(Done(new=True))

    def _days_of_questions(self, resource: Dimension) -> list[Window]:
        """Days of the total that no collector asked for by id, and the service is to know."""
        some = [self.truth.kept[shelf].cells for shelf in (total(resource), by_id(resource))]
        first = self.studio.day(9).start
        found = [day for day in some[0] if day not in some[1] and day.start >= first]
        return sorted(found, key=lambda day: day.start)
