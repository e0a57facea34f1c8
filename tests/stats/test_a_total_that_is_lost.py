"""A settled day's total that is lost is made of the day's cut by queue and usage type.

The service is not asked for it: it may have forgotten some, or a queue may be deleted since.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from simulator import World
from simulator.tiny import COMP, FARM, tiny_world
from stats.checkup import Outcome
from stats.dayfile import Shelf
from stats.model import Dimension, FarmId, Scope
from stats.zone import Zone
from tests.stats.test_lost_days import DAYS, asked_for
from tests.stats.test_what_is_known import RAN, SOON, asked, asking_at, forgetful, told, total

D = Dimension
DAY_STARTS = [day.start for day in DAYS]
BY_QUEUE, BY_USER = ("queue", "usage_type"), ("user", "usage_type")


def gone(file: Path) -> None:
    file.unlink()


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])


def empty(file: Path) -> None:
    file.write_bytes(b"")


def without_lighting() -> World:
    world = tiny_world(SOON)
    return replace(world, queues=world.queues[:1])


def spoiled(home: Path, spoil: Callable[[Path], None], *cuts: tuple[str, ...]) -> Path:
    """History of three days by those cuts, with the total of the Tuesday spoiled."""
    with asking_at(SOON, home) as asker:
        for cut in cuts:
            asker.report(asked(*cut, window=RAN))
    folder = home / "v2" / Shelf(FARM, D.QUEUE, (D.USAGE_TYPE,)).folder
    (file,) = folder.glob("20260303T00Z-*.parquet")
    spoil(file)
    return file


@pytest.mark.parametrize("spoil", [gone, cut_short, empty])
@pytest.mark.parametrize("by", [(), BY_USER])
@pytest.mark.parametrize(
    "world", [forgetful(SOON), without_lighting()], ids=["forgotten", "a queue is deleted"]
)
def test_it_is_made_of_what_is_known_by_queue(
    tmp_path: Path, spoil: Callable[[Path], None], by: tuple[str, ...], world: World
) -> None:
    spoiled(tmp_path, spoil, BY_QUEUE, BY_USER)
    with asking_at(SOON, tmp_path, world) as asker:
        report = asker.report(asked(*by, window=RAN))
        assert asked_for(asker) == set()
    assert (total(report), told(report)) == (13.0, ((), ()))
    assert (report.total_cost_usd.sum, report.unattributed_cost_usd) == (13.0, 0.0)


def test_collecting_makes_it_too_and_the_file_is_as_it_was(tmp_path: Path) -> None:
    def aside(file: Path) -> None:
        file.rename(tmp_path / "before")

    file = spoiled(tmp_path, aside, BY_QUEUE)
    with asking_at(SOON, tmp_path, forgetful(SOON)) as asker:
        collector, outcome = asker.reporter.collector(Zone("UTC")), Outcome(FarmId(FARM))
        pieces = collector.pieces(FarmId(FARM), DAYS)
    assert Shelf(FARM, D.QUEUE, (D.USAGE_TYPE,)) not in {piece.shelf for piece in pieces}
    assert outcome.errors == []
    assert file.read_bytes() == (tmp_path / "before").read_bytes()


def test_of_a_cut_that_lacks_something_none_is_made(tmp_path: Path) -> None:
    """By queue it was told once the Lighting queue was deleted: USD 4 of the 13 are not in it."""
    spoiled(tmp_path, gone, BY_USER)
    still = Scope(D.QUEUE, (COMP,), whole=True)
    with asking_at(SOON, tmp_path, without_lighting()) as asker:
        for cut in (BY_QUEUE, ()):
            report = asker.report(replace(asked(*cut, window=RAN), scope=still))
        assert asked_for(asker) == set(DAY_STARTS)
    assert total(report) < 13.0


def test_where_nothing_tells_of_the_day_the_service_is_asked(tmp_path: Path) -> None:
    spoiled(tmp_path, gone, ("user",))
    with asking_at(SOON, tmp_path) as asker:
        report = asker.report(asked(window=RAN))
        assert asked_for(asker) == {DAYS[1].start}
    assert total(report) == 13.0
