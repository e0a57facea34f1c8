"""A file that can't be used, of a day that the service may have forgotten, is left as it is.

Nobody asks for that day again: what is told now may be less, and would take the file's place.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from simulator import World
from simulator.tiny import FARM, tiny_world
from stats import remark, remarks
from stats.dayfile import Shelf
from stats.model import Dimension, FarmId, Window
from stats.outcome import Outcome
from stats.zone import Zone
from tests.stats.asking import Asker
from tests.stats.test_what_is_known import (
    LATE,
    MONDAY,
    RAN,
    SOON,
    asked,
    asking_at,
    forgetful,
    told,
    total,
)

D = Dimension
TOTAL, BY_USER = (Shelf(FARM, D.QUEUE, by) for by in ((D.USAGE_TYPE,), (D.USAGE_TYPE, D.USER)))
TUESDAY = Window(MONDAY + timedelta(days=1), MONDAY + timedelta(days=2))
DAYS = tuple(Window(MONDAY + timedelta(days=n), MONDAY + timedelta(days=n + 1)) for n in range(3))


def spoiled(home: Path, shelf: Shelf, by: tuple[str, ...] = ("user", "usage_type")) -> Path:
    """History of the days on which something ran, with a file of the Tuesday cut short."""
    with asking_at(SOON, home) as asker:
        asker.report(asked(*by, window=RAN))
    (file,) = (home / "v2" / shelf.folder).glob("20260303T00Z-*.parquet")
    file.write_bytes(file.read_bytes()[:-20])
    return file


def asked_for(asker: Asker) -> set[datetime]:
    """Where the days begin that the service was asked for."""
    found = set()
    for start in asker.starts():
        first, last = (datetime.fromisoformat(str(start[k])) for k in ("startTime", "endTime"))
        found |= {day.start for day in DAYS if day.start < last and first < day.end}
    return found


def collected(asker: Asker, *, verify: bool) -> Outcome:
    collector, outcome = asker.reporter.collector(Zone("UTC")), Outcome(FarmId(FARM))
    if verify:
        collector.checkup.check(outcome, DAYS, lambda *_: None)
    pieces = collector.pieces(FarmId(FARM), DAYS, to_the_end=verify)
    pieces = [piece for piece in pieces if piece.shelf in (TOTAL, BY_USER)]
    for _ in collector.collect(outcome, pieces, lambda *_: None):
        pass
    if verify:
        collector.checkup.mend(outcome, DAYS)
    return outcome


@pytest.mark.parametrize("world", [tiny_world(LATE), forgetful(LATE)], ids=["told", "forgotten"])
def test_a_report_asks_for_no_lost_total_and_counts_it_for_no_zero(
    tmp_path: Path, world: World
) -> None:
    file = spoiled(tmp_path, TOTAL)
    before = file.read_bytes()
    with asking_at(LATE, tmp_path, world) as asker:
        reports = [asker.report(asked(*by, window=RAN)) for by in ((), ("user",), ())]
        assert asked_for(asker) == set()
    for report in reports:
        assert told(report) == ((), (TUESDAY,))
        assert total(report) == 10.0  # Monday and Wednesday, as history has them
        assert any("Of 1 day nothing is known" in one.text for one in remarks.of(report))
    assert file.read_bytes() == before


def test_a_lost_day_that_no_other_cut_leads_to_is_not_asked_for_either(tmp_path: Path) -> None:
    spoiled(tmp_path, TOTAL)
    week = Window(RAN.start - timedelta(days=6), RAN.end)
    with asking_at(LATE, tmp_path) as asker:
        for reporter in (asker.another(), asker.reporter):
            report = reporter.ask(asked("user", window=week))
            reporter.close()  # by now the other days are there by user alone
            assert any(one.start <= TUESDAY.start < one.end for one in report.unknown)
            assert total(report) == 10.0
        assert TUESDAY.start not in asked_for(asker)


@pytest.mark.parametrize("by", [(), ("user",)])
def test_a_window_of_lost_days_only_says_so_and_not_that_the_service_was_asked(
    tmp_path: Path, by: tuple[str, ...]
) -> None:
    spoiled(tmp_path, TOTAL)
    with asking_at(LATE, tmp_path) as asker:
        report = asker.report(asked(*by, window=TUESDAY))
        assert asked_for(asker) == set()
    assert (told(report), report.total_by_usage_type) == (((), (TUESDAY,)), {})
    nothing = remarks.of_nothing(report)
    assert (nothing.ground, nothing.text) == (remarks.Ground.UNKNOWN, remark.LOST.text)
    assert "was not asked" in nothing.text


def test_while_the_service_is_sure_to_know_it_the_day_is_asked_for_and_written(
    tmp_path: Path,
) -> None:
    file = spoiled(tmp_path, TOTAL, ("user",))
    before = file.read_bytes()
    with asking_at(SOON, tmp_path) as asker:
        report = asker.report(asked(window=RAN))
        assert asked_for(asker) == {TUESDAY.start}
    assert (told(report), total(report)) == (((), ()), 13.0)
    assert file.read_bytes() != before


def test_where_a_lost_cut_is_told_less_of_the_total_stands_and_the_file_stays(
    tmp_path: Path,
) -> None:
    file = spoiled(tmp_path, BY_USER)
    before = file.read_bytes()
    with asking_at(LATE, tmp_path, forgetful(LATE)) as asker:
        report = asker.report(asked("user", "usage_type", window=RAN))
    assert total(report) == 13.0
    assert told(report) == ((), ())
    assert report.unattributed_cost_usd == pytest.approx(13.0 - report.total_cost_usd.sum) != 0
    assert file.read_bytes() == before


@pytest.mark.parametrize("verify", [False, True], ids=["collect", "collect --verify"])
@pytest.mark.parametrize("shelf", [TOTAL, BY_USER], ids=["the total", "by user"])
def test_collecting_neither_asks_for_nor_replaces_what_is_lost(
    tmp_path: Path, shelf: Shelf, verify: bool
) -> None:
    file = spoiled(tmp_path, shelf)
    others = {p: p.read_bytes() for p in tmp_path.rglob("*.parquet")}
    with asking_at(LATE, tmp_path, forgetful(LATE)) as asker:
        outcome = collected(asker, verify=verify)
        assert verify or asker.starts() == []
    assert (outcome.errors, outcome.written, outcome.changed) == ([], 0, [])
    assert {path: path.read_bytes() for path in others} == others
    assert file in others


def test_collecting_asks_for_it_where_the_service_is_sure_to_know_it(tmp_path: Path) -> None:
    spoiled(tmp_path, BY_USER)
    with asking_at(SOON, tmp_path) as asker:
        assert collected(asker, verify=False).written == 1
        assert asked_for(asker) == {TUESDAY.start}
