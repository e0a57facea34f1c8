"""Files of history of which any byte was altered: none is used, and every number stays right."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import pytest

from simulator.tiny import COMP, FARM
from stats import audit, dayfile
from stats.clock import Clock
from stats.dayfile import Shelf
from stats.description import Foreign
from stats.history import History
from stats.model import Dimension, FarmId, Scope
from stats.outcome import Outcome
from stats.zone import Zone
from tests.stats.resealed import unsealed
from tests.stats.test_a_total_that_is_lost import BY_QUEUE, BY_USER, without_lighting
from tests.stats.test_lost_days import DAYS, asked_for
from tests.stats.test_what_is_known import RAN, SOON, asked, asking_at, told, total

D = Dimension
TUESDAY = DAYS[1]


def kept(home: Path, *cuts: tuple[str, ...]) -> None:
    """History of three days by those cuts."""
    shutil.copytree(_kept(*cuts), home, dirs_exist_ok=True)


@cache
def _kept(*cuts: tuple[str, ...]) -> Path:
    home = Path(tempfile.mkdtemp(prefix="farm-costs-kept-"))
    atexit.register(shutil.rmtree, home)
    with asking_at(SOON, home) as asker:
        for cut in cuts:
            asker.report(asked(*cut, window=RAN))
    return home


def file_of(home: Path, *by: str) -> Path:
    """The file of the Tuesday, of a cut."""
    folder = home / "v2" / Shelf(FARM, D.QUEUE, tuple(map(D, by))).folder
    (file,) = folder.glob("20260303T00Z-*.parquet")
    return file


def spoiled(file: Path, at: int, data: bytes) -> None:
    """Bytes at a place, or so many from the end, are others."""
    before = bytearray(file.read_bytes())
    at %= len(before)
    before[at : at + len(data)] = data
    file.write_bytes(before)


def of_no_format(file: Path) -> None:
    spoiled(file, -1, b"!")


def of_another_length(file: Path) -> None:
    spoiled(file, -8, b"\xff")


def cut_to_half(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def empty(file: Path) -> None:
    file.write_bytes(b"")


ENDS = (of_no_format, of_another_length, cut_to_half, empty)


@pytest.mark.parametrize(
    ("spoil", "by"),
    [*((spoil, BY_QUEUE) for spoil in ENDS), (cut_to_half, ()), (of_another_length, ("user",))],
)
def test_a_bad_cut_by_queue_and_usage_type_costs_no_report_over_its_day(
    tmp_path: Path, spoil: Callable[[Path], None], by: tuple[str, ...]
) -> None:
    kept(tmp_path, BY_QUEUE, BY_USER, ("user",))
    spoil(file_of(tmp_path, *BY_QUEUE))
    with asking_at(SOON, tmp_path) as asker:
        report = asker.report(asked(*by, window=RAN))
        assert asked_for(asker) == ({TUESDAY.start} if by == BY_QUEUE else set())
    assert (total(report), report.total_cost_usd.sum, told(report)) == (13.0, 13.0, ((), ()))


@pytest.mark.parametrize("spoil", ENDS)
def test_a_bad_cut_by_queue_and_usage_type_is_collected_anew(
    tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    kept(tmp_path, BY_QUEUE, BY_USER)
    file = file_of(tmp_path, *BY_QUEUE)
    before = file.stat().st_size
    spoil(file)
    shelf = Shelf(FARM, D.QUEUE, tuple(map(D, BY_QUEUE)))
    with asking_at(SOON, tmp_path) as asker:
        collector, outcome = asker.reporter.collector(Zone("UTC")), Outcome(FarmId(FARM))
        pieces = [one for one in collector.pieces(FarmId(FARM), DAYS) if one.shelf == shelf]
        written = [*collector.collect(outcome, pieces, lambda *_: None)]
        collector.put_together(outcome)
    assert (len(written), outcome.errors) == (1, [])
    assert file.stat().st_size == before


@pytest.mark.parametrize("by", [(), ("user",), BY_QUEUE, BY_USER])
def test_a_total_that_can_not_be_read_is_made_anew_in_the_same_answer(
    tmp_path: Path, by: tuple[str, ...]
) -> None:
    """Of a file without a checksum a page's header is altered. A queue is deleted since."""
    kept(tmp_path, BY_QUEUE, BY_USER, ("user",))
    file = file_of(tmp_path, "usage_type")
    unsealed(file)
    spoiled(file, 5, bytes([file.read_bytes()[5] ^ 0xFF]))
    with asking_at(SOON, tmp_path, without_lighting()) as asker:
        report = asker.report(asked(*by, window=RAN))
        assert asked_for(asker) == set()
    assert (total(report), report.total_cost_usd.sum, told(report)) == (13.0, 13.0, ((), ()))


def flipped(data: bytes, at: int) -> bytes:
    """The same with one bit of it changed; of each byte another one."""
    return data[:at] + bytes([data[at] ^ 1 << at % 8]) + data[at + 1 :]


def read(home: Path) -> History:
    return History(home, timedelta(hours=48), Clock(now=lambda: SOON))


@pytest.mark.parametrize("by", [("usage_type",), BY_QUEUE])
def test_one_bit_of_any_byte_that_has_changed_shows(tmp_path: Path, by: tuple[str, ...]) -> None:
    kept(tmp_path, by)
    file, shelf = file_of(tmp_path, *by), Shelf(FARM, D.QUEUE, tuple(map(D, by)))
    listed = read(tmp_path).listed(shelf)[TUESDAY]
    data = file.read_bytes()
    assert dayfile.described(shelf, listed).sealed
    for at in range(len(data)):
        file.write_bytes(flipped(data, at))
        with pytest.raises(Foreign):
            dayfile.described(shelf, listed)


def test_what_has_lost_its_checksum_is_not_read_without(tmp_path: Path) -> None:
    """Of the name that it stands behind, and of the rows, something is altered."""
    kept(tmp_path, ())
    file, shelf = file_of(tmp_path, "usage_type"), Shelf(FARM, D.QUEUE, (D.USAGE_TYPE,))
    data = file.read_bytes()
    file.write_bytes(data.replace(b"farm_costs_crc32", b"farm_costs_crc33"))
    (amiss,) = audit.amiss(read(tmp_path), [shelf])
    assert (amiss.where, "has lost its checksum" in amiss.what) == (str(file), True)


@pytest.mark.parametrize("by", [("usage_type",), BY_QUEUE])
def test_wherever_a_bit_has_changed_no_report_tells_less(
    tmp_path: Path, by: tuple[str, ...]
) -> None:
    """A queue is deleted since, so that the service tells less than there was."""
    kept(tmp_path, BY_QUEUE, ("user",))
    file = file_of(tmp_path, *by)
    data = file.read_bytes()
    about = replace(asked(window=RAN), scope=Scope(D.QUEUE, (COMP,), whole=True))
    with asking_at(SOON, tmp_path, without_lighting()) as asker:
        for at in range(3, len(data), len(data) // 20):
            file.write_bytes(flipped(data, at))
            asker.reporter.history.forget_listings()
            report = asker.report(about)
            assert (total(report), told(report)) == (13.0, ((), ()))
            spoiled = any(str(file) in one for one in asker.reporter.history.troubles)
            assert spoiled or file.read_bytes() == data
        assert asked_for(asker) == set()


@pytest.mark.parametrize("by", [(), ("user",), BY_QUEUE])
def test_where_a_deleted_queue_can_not_be_told_of_a_bad_day_that_day_is_not_known(
    tmp_path: Path, by: tuple[str, ...]
) -> None:
    """Its total is bad, and what that could be made of; a good cut tells whom it was asked of."""
    kept(tmp_path, BY_QUEUE, ("user",))
    bad = [file_of(tmp_path, *cut) for cut in (("usage_type",), BY_QUEUE)]
    for file in bad:
        file.write_bytes(flipped(file.read_bytes(), 40))
    before = [file.read_bytes() for file in bad]
    about = replace(asked(*by, window=RAN), scope=Scope(D.QUEUE, (COMP,), whole=True))
    for _ in range(2):
        with asking_at(SOON, tmp_path, without_lighting()) as asker:
            report = asker.report(about)
            assert asked_for(asker) == set()
        assert told(report) == ((), (TUESDAY,))
        assert [file.read_bytes() for file in bad] == before


def test_where_all_queues_are_there_a_bad_day_is_asked_for_again(tmp_path: Path) -> None:
    kept(tmp_path, BY_QUEUE, ("user",))
    for cut in (("usage_type",), BY_QUEUE):
        file = file_of(tmp_path, *cut)
        file.write_bytes(flipped(file.read_bytes(), 40))
    with asking_at(SOON, tmp_path) as asker:
        report = asker.report(asked(window=RAN))
        assert asked_for(asker) == {TUESDAY.start}
    assert (total(report), told(report)) == (13.0, ((), ()))
