"""A settled day's total that is lost is made of the day's cut by queue and usage type.

The service is not asked for it: it may have forgotten some, or a queue may be deleted since.
"""

from __future__ import annotations

import resource
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from simulator import World
from simulator.tiny import COMP, FARM, tiny_world
from stats import remarks
from stats.conflict import Why
from stats.dayfile import Shelf
from stats.model import Dimension, FarmId, Period, Scope
from stats.out_of_reach import unwritable
from stats.outcome import Outcome
from stats.remark import NOT_READ
from stats.store import Folder
from stats.zone import Zone
from tests.stats.once import once
from tests.stats.test_lost_days import DAYS, asked_for
from tests.stats.test_what_is_known import LATE, RAN, SOON, asked, asking_at, forgetful, told, total

D = Dimension
DAY_STARTS = [day.start for day in DAYS]
BY_QUEUE, BY_USER = ("queue", "usage_type"), ("user", "usage_type")
TOTAL = Shelf(FARM, D.QUEUE, (D.USAGE_TYPE,))
STILL = Scope(D.QUEUE, (COMP,), whole=True)
"""All queues, once the other one is deleted."""


def gone(file: Path) -> None:
    file.unlink()


def cut_short(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20])


def empty(file: Path) -> None:
    file.write_bytes(b"")


def without_lighting() -> World:
    world = tiny_world(SOON)
    return replace(world, queues=world.queues[:1])


@once
def sound(home: Path, *cuts: tuple[str, ...]) -> None:
    """History of three days by those cuts."""
    with asking_at(SOON, home) as asker:
        for cut in cuts:
            asker.report(asked(*cut, window=RAN))


def spoiled(home: Path, spoil: Callable[[Path], None], *cuts: tuple[str, ...]) -> Path:
    """The same, with the total of the Tuesday spoiled."""
    sound(home, *cuts)
    folder = home / "v2" / Shelf(FARM, D.QUEUE, (D.USAGE_TYPE,)).folder
    (file,) = folder.glob("20260303T00Z-*.parquet")
    spoil(file)
    return file


FORGOTTEN, DELETED = forgetful(SOON), without_lighting()


@pytest.mark.parametrize(
    ("spoil", "by", "world"),
    [
        (gone, (), FORGOTTEN),
        (gone, BY_USER, DELETED),
        (cut_short, (), DELETED),
        (cut_short, BY_USER, FORGOTTEN),
        (empty, (), FORGOTTEN),
        (empty, BY_USER, DELETED),
    ],
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
    spoiled(tmp_path, gone, ("user",))
    still = Scope(D.QUEUE, (COMP,), whole=True)
    with asking_at(SOON, tmp_path, without_lighting()) as asker:
        for cut in (BY_QUEUE, ()):
            report = asker.report(replace(asked(*cut, window=RAN), scope=still))
        assert asked_for(asker) == set(DAY_STARTS)
        by_user = asker.report(replace(asked("user", window=RAN), scope=still))
    assert total(report) < 13.0
    assert told(report) == ((), (DAYS[1],))  # of the others nothing is told
    assert told(by_user) == ((DAYS[1],), ())


@pytest.mark.parametrize(
    ("cut", "spoil"),
    [
        (("user",), gone),
        (BY_QUEUE, gone),
        (BY_QUEUE, cut_short),
        (("user", "instance_type"), empty),
    ],
)
def test_of_less_than_a_cut_was_told_less_of_it_is_at_least_so_much(
    tmp_path: Path, cut: tuple[str, ...], spoil: Callable[[Path], None]
) -> None:
    """The only cut was told once the Lighting queue was deleted: it lacks 4.5 of 8, and says so."""
    asked_before(tmp_path, cut)
    (file,) = (tmp_path / "v2" / TOTAL.folder).glob("20260302T00Z-*.parquet")
    spoil(file)
    for _ in range(2):
        for by in ((), cut):
            with asking_at(SOON, tmp_path, without_lighting()) as asker:
                report = asker.report(replace(asked(*by, window=DAYS[0]), scope=STILL))
            assert (total(report), told(report)) == (3.5, ((DAYS[0],), ()))
            assert not [note for note in report.notes if "stands in the total" in note]


def test_so_it_is_where_only_hours_were_told_less(tmp_path: Path) -> None:
    with asking_at(SOON, tmp_path) as asker:
        asker.report(asked(window=DAYS[0]))
    with asking_at(SOON, tmp_path, without_lighting()) as asker:
        hours = replace(asked("user", window=DAYS[0]), scope=STILL, period=Period.HOURLY)
        assert total(asker.report(hours)) == 8.0
    (file,) = (tmp_path / "v2" / TOTAL.folder).glob("*.parquet")
    file.unlink()
    with asking_at(SOON, tmp_path, without_lighting()) as asker:
        report = asker.report(replace(asked(window=DAYS[0]), scope=STILL))
    assert (total(report), told(report)) == (3.5, ((DAYS[0],), ()))


@pytest.mark.parametrize(("cut", "is_made"), [(("user",), False), (BY_QUEUE, True)])
def test_collecting_finds_a_smaller_total_by_what_a_cut_was_told_less(
    tmp_path: Path, cut: tuple[str, ...], is_made: bool
) -> None:
    """It was copied over the right one, from a history that begins once the queue was deleted.

    By queue and usage type it is told of what the other total held beside it.
    """
    asked_before(tmp_path / "ours", cut)
    with asking_at(SOON, tmp_path / "theirs", without_lighting()) as asker:
        asker.report(replace(asked(window=DAYS[0]), scope=STILL))
    (file,) = (tmp_path / "theirs" / "v2" / TOTAL.folder).glob("*.parquet")
    shutil.copy(file, tmp_path / "ours" / "v2" / TOTAL.folder / file.name)
    with asking_at(SOON, tmp_path / "ours", without_lighting()) as asker:
        collector, outcome = asker.reporter.collector(Zone("UTC")), Outcome(FarmId(FARM))
        collector.hold(outcome, DAYS)
        report = asker.report(replace(asked(window=RAN), scope=STILL))
    assert (total(report), told(report)) == (13.0 if is_made else 8.5, ((DAYS[0],), ()))
    conflicts = [] if is_made else [(DAYS[0], Why.ABOVE)]
    assert [(one.day, one.why) for one in outcome.conflicts] == conflicts


def test_it_is_known_again_once_the_service_tells_all_of_it(tmp_path: Path) -> None:
    asked_before(tmp_path, BY_QUEUE)
    (file,) = (tmp_path / "v2" / TOTAL.folder).glob("20260302T00Z-*.parquet")
    file.unlink()
    with asking_at(SOON, tmp_path) as asker:
        report = asker.report(asked(window=RAN))
    assert (total(report), told(report)) == (13.0, ((), ()))


@once
def asked_before(home: Path, cut: tuple[str, ...]) -> None:
    """The total of three days, and that cut of them once a queue was deleted."""
    with asking_at(SOON, home) as asker:
        asker.report(asked(window=RAN))
    with asking_at(SOON, home, without_lighting()) as asker:
        asker.report(replace(asked(*cut, window=RAN), scope=STILL))


def test_where_nothing_tells_of_the_day_the_service_is_asked(tmp_path: Path) -> None:
    spoiled(tmp_path, gone, ("user",))
    with asking_at(SOON, tmp_path) as asker:
        report = asker.report(asked(window=RAN))
        assert asked_for(asker) == {DAYS[1].start}
    assert total(report) == 13.0


def altered(file: Path) -> None:
    """Its end is as it was; its rows can't be read."""
    data = bytearray(file.read_bytes())
    data[4 : len(data) // 3] = bytes(len(data) // 3 - 4)
    file.write_bytes(data)


def test_one_whose_rows_turn_out_unreadable_is_made_too(tmp_path: Path) -> None:
    spoiled(tmp_path, altered, BY_QUEUE, BY_USER)
    with asking_at(SOON, tmp_path, forgetful(SOON)) as asker:
        report = asker.report(asked(*BY_USER, window=RAN))
        assert asked_for(asker) == set()
    assert (total(report), report.total_cost_usd.sum) == (13.0, 13.0)


def test_one_that_can_not_be_written_counts_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service has forgotten it, and the disk is full."""
    spoiled(tmp_path, gone, BY_QUEUE)
    full = unwritable("here", "No space left on device")

    def unwritten(*_: object, **__: object) -> str:
        raise full

    with asking_at(SOON, tmp_path, without_lighting()) as asker:
        monkeypatch.setattr(Folder, "write", unwritten)
        reports = [asker.report(asked(window=RAN)) for _ in range(2)]
        assert asked_for(asker) == set()
    assert [total(one) for one in reports] == [13.0, 13.0]
    assert [told(one) for one in reports] == [((), ()), ((), ())]
    for report in reports:
        assert [note for note in report.notes if "No space left" in note]


@pytest.fixture
def no_room() -> Iterator[None]:
    """No file takes a byte any more, wherever it lies."""
    now, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, most))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (now, most))


def test_where_it_can_not_even_be_made_what_the_service_tells_is_not_all_of_it(
    tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    spoiled(tmp_path, gone, BY_QUEUE)
    with asking_at(SOON, tmp_path, forgetful(SOON)) as asker:
        request.getfixturevalue("no_room")
        report = asker.report(asked(window=RAN))
    notes = [one.text for one in remarks.of(report)]
    assert (told(report), total(report)) == (((), (DAYS[1],)), 10.0)
    assert NOT_READ.text in notes
    assert [note for note in notes if "can't be made ([Errno 27] File too large)" in note]


def test_a_file_of_a_day_that_the_service_may_have_forgotten_stays_as_it_is(tmp_path: Path) -> None:
    file = spoiled(tmp_path, cut_short, BY_QUEUE)
    before = file.read_bytes()
    with asking_at(LATE, tmp_path, forgetful(LATE)) as asker:
        report = asker.report(asked(window=RAN))
        collected = list(asker.reporter.collector(Zone("UTC")).pieces(FarmId(FARM), DAYS))
    assert told(report) == ((), (DAYS[1],))
    assert not {p.window for p in collected if p.shelf.by == (D.USAGE_TYPE,)} & {DAYS[1]}
    assert file.read_bytes() == before


def test_one_that_is_not_settled_by_now_is_not_made(tmp_path: Path) -> None:
    """FARM_COSTS_SETTLE_HOURS was raised: what was told so early may not be all."""
    now = DAYS[2].end + timedelta(hours=50)
    with asking_at(now, tmp_path) as asker:
        asker.report(asked(*BY_QUEUE, window=RAN))
    folder = tmp_path / "v2" / Shelf(FARM, D.QUEUE, (D.USAGE_TYPE,)).folder
    (file,) = folder.glob("20260304T00Z-*.parquet")
    gone(file)
    with asking_at(SOON, tmp_path, settle_hours=72) as asker:
        report = asker.report(asked(window=RAN))
        assert asked_for(asker) == {DAYS[2].start}
    assert total(report) == 13.0
