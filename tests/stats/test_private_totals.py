"""A total that could not be written where it belongs: it counts while the process lasts, and until
there is something of its day.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from stats.clock import Clock
from stats.compact import compact
from stats.errors import HistoryError
from stats.history import History
from stats.model import Window
from stats.private import Private
from stats.store import File
from tests.stats.test_history import LATER, ORIGIN, TOTAL, Opens, day, opened, rows

__all__ = ["opened"]

FULL = HistoryError("History can't be written: No space left on device", "Make room.")
APRIL = LATER + timedelta(days=30)
"""When the days' month is put together."""
SETTLE = timedelta(hours=48)


def put(history: History, number: int, cost: float) -> None:
    history.put(TOTAL, day(number), rows(TOTAL, ("COMPUTE", 3, cost), at=day(number)), ORIGIN)


def put_here(history: History, number: int, cost: float) -> None:
    table = rows(TOTAL, ("COMPUTE", 2, cost), at=day(number))
    history.put_here(TOTAL, day(number), table, ORIGIN, FULL)


def cost(history: History, number: int) -> float:
    history.forget_listings()
    return float(history.read(TOTAL, day(number))["cost_usd_sum"].sum())


@pytest.fixture
def here(opened: Opens) -> History:
    """Has the first day for itself."""
    one = opened(APRIL)
    put_here(one, 0, 9.0)
    return one


def test_it_is_nobody_elses(here: History, opened: Opens) -> None:
    assert cost(here, 0) == 9.0
    assert day(0) not in opened(APRIL).listed(TOTAL)


def test_it_counts_until_somebody_writes_the_day_and_puts_the_month_together(
    here: History, opened: Opens
) -> None:
    other = opened(APRIL)
    for number in (0, 1):
        put(other, number, 15.0)
    assert cost(here, 0) == 15.0
    assert list(compact(other, [TOTAL], APRIL))
    assert (cost(here, 0), cost(other, 0)) == (15.0, 15.0)


def test_who_puts_the_month_together_writes_it_there(here: History, opened: Opens) -> None:
    put(here, 1, 15.0)
    assert list(compact(here, [TOTAL], APRIL))
    for one in (here, opened(APRIL)):
        assert [cost(one, number) for number in (0, 1)] == [9.0, 15.0]


def test_it_counts_in_place_of_a_file_that_is_not_believed(here: History, opened: Opens) -> None:
    put(opened(APRIL), 1, 0.0)
    here.forget_listings()
    here.not_believed(here.listed(TOTAL), [day(1)])
    for _ in range(3):
        put_here(here, 1, 4.0)
        assert cost(here, 1) == 4.0
    own = [file.path for file in here.files(TOTAL) if file.path.parent.name.startswith("farm-")]
    assert len(own) == 2
    assert len(list(own[0].parent.iterdir())) == 2


def test_why_it_is_nobody_elses_is_told_of_its_days_until_it_is_to_be_written_again(
    tmp_path: Path,
) -> None:
    passed = [0.0]
    here = History(tmp_path, SETTLE, Clock(now=lambda: APRIL, monotonic=lambda: passed[-1]))
    put_here(here, 0, 9.0)
    for at in (1.0, 599.0):
        passed.append(at)
        assert here.unwritten(TOTAL, [day(0), day(1)]) is FULL
        assert here.unwritten(TOTAL, [day(1)]) is None
        assert cost(here, 0) == 9.0
    passed.append(601.0)
    assert here.unwritten(TOTAL, [day(1)]) is None
    assert here.unwritten(TOTAL, [day(0)]) is None
    assert day(0) not in here.listed(TOTAL)


def test_nothing_is_told_of_a_day_that_somebody_has_written_since(
    here: History, opened: Opens
) -> None:
    put(opened(APRIL), 0, 15.0)
    here.forget_listings()
    assert here.unwritten(TOTAL, [day(0)]) is None


MONTH = (day(0), day(1))


def stored(folder: Path, name: str, days: tuple[Window, ...]) -> File:
    path = folder / name
    path.write_bytes(b"rows")
    about = path.stat()
    return File(str(path), path, days, about.st_size, about.st_mtime_ns)


def beside(private: Private, *found: File) -> list[tuple[tuple[Window, ...], bool]]:
    """The days of the files that count, and whether each is of the process's own."""
    return [(one.days, one in private) for one in private.beside(TOTAL, list(found))]


def test_a_day_in_place_of_one_of_a_month_leaves_the_months_other_days(tmp_path: Path) -> None:
    private, month = Private(), stored(tmp_path, "month", MONTH)
    private.put(TOTAL, MONTH[:1], b"more", month)
    assert beside(private, month) == [(MONTH, False), (MONTH[:1], True)]


def test_it_counts_in_place_of_a_file_while_that_is_as_it_was(tmp_path: Path) -> None:
    private, file = Private(), stored(tmp_path, "day", MONTH[:1])
    private.put(TOTAL, MONTH[:1], b"more", file)
    assert beside(private, file) == [(MONTH[:1], True)]
    newer = replace(file, changed=file.changed + 1)
    assert beside(private, newer) == [(MONTH[:1], False)]
    assert beside(private) == []


def test_one_that_is_taken_out_is_gone_and_no_other_is(tmp_path: Path) -> None:
    private, strange = Private(), stored(tmp_path, "day", MONTH[:1])
    for one in MONTH:
        private.put(TOTAL, (one,), b"more", None)
    first, second = private.beside(TOTAL, [])
    assert not private.remove(strange)
    assert private.remove(first)
    assert private.beside(TOTAL, []) == [second]
    assert (first in private, second in private) == (False, True)
    assert (first.path.exists(), second.path.exists(), strange.path.exists()) == (False, True, True)
    assert private.remove(second)
    assert not private
