"""Files of history of which any byte was altered: none is used, and every number stays right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from simulator.tiny import FARM
from stats.dayfile import Shelf
from stats.model import Dimension, FarmId
from stats.outcome import Outcome
from stats.zone import Zone
from tests.stats.test_a_total_that_is_lost import BY_QUEUE, BY_USER, without_lighting
from tests.stats.test_lost_days import DAYS, asked_for
from tests.stats.test_what_is_known import RAN, SOON, asked, asking_at, told, total

D = Dimension


def kept(home: Path, *cuts: tuple[str, ...]) -> None:
    """History of three days by those cuts."""
    with asking_at(SOON, home) as asker:
        for cut in cuts:
            asker.report(asked(*cut, window=RAN))


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


@pytest.mark.parametrize("spoil", ENDS)
@pytest.mark.parametrize("by", [(), ("user",), BY_QUEUE])
def test_a_bad_cut_by_queue_and_usage_type_costs_no_report_over_its_day(
    tmp_path: Path, spoil: Callable[[Path], None], by: tuple[str, ...]
) -> None:
    kept(tmp_path, BY_QUEUE, BY_USER, ("user",))
    spoil(file_of(tmp_path, *BY_QUEUE))
    with asking_at(SOON, tmp_path) as asker:
        report = asker.report(asked(*by, window=RAN))
        assert asked_for(asker) == ({DAYS[1].start} if by == BY_QUEUE else set())
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
    """Its end is as it was; a page's header is not. A queue is deleted since."""
    kept(tmp_path, BY_QUEUE, BY_USER, ("user",))
    file = file_of(tmp_path, "usage_type")
    spoiled(file, 5, bytes([file.read_bytes()[5] ^ 0xFF]))
    with asking_at(SOON, tmp_path, without_lighting()) as asker:
        report = asker.report(asked(*by, window=RAN))
        assert asked_for(asker) == set()
    assert (total(report), report.total_cost_usd.sum, told(report)) == (13.0, 13.0, ((), ()))
