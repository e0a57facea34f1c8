"""A settled day of which history has more by another cut than its total: that is at least so much.

The total was lost, or written over, after a queue was deleted: the service tells less by now. Where
the cut tells usage types, the total is made as much; else it is never said to be known.
"""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from simulator.tiny import COMP, FARM
from stats.compact import compact
from stats.conflict import errors
from stats.dayfile import Shelf
from stats.model import Dimension, FarmId, Period, Report, Scope, Window
from stats.out_of_reach import unwritable
from stats.outcome import Outcome
from stats.store import Folder
from stats.zone import Zone
from tests.stats.asking import Asker
from tests.stats.once import once
from tests.stats.test_a_total_that_is_lost import without_lighting
from tests.stats.test_lost_days import DAYS, asked_for
from tests.stats.test_what_is_known import LATE, RAN, SOON, asked, asking_at, told, total

D = Dimension
UTC = Zone("UTC")
TOTAL = Shelf(FARM, D.QUEUE, (D.USAGE_TYPE,))
STILL = Scope(D.QUEUE, (COMP,), whole=True)
SHORT = (Window(DAYS[0].start, DAYS[1].end),)
"""The days on which the Lighting queue had USD 4.50 and 3 of the 8 and 3; Comp had 3.50 and 2."""
UNTYPED = [("user",), ("queue", "user"), ("user", "instance_type"), ("job",)]
TYPED = [("user", "usage_type"), ("job", "usage_type")]


@once
def filled(home: Path, *cuts: tuple[str, ...]) -> None:
    """History of three days, USD 13 in all, by those cuts."""
    with asking_at(SOON, home) as asker:
        for cut in cuts:
            asker.report(asked(*cut, window=RAN))


def totals(home: Path) -> list[Path]:
    return sorted((home / "v2" / TOTAL.folder).glob("*.parquet"))


def lost(home: Path) -> None:
    for file in totals(home):
        file.unlink()


@once
def begun_later(home: Path) -> None:
    """History that was begun after the queue was deleted."""
    with asking_at(SOON, home, without_lighting()) as asker:
        asker.report(replace(asked(window=RAN), scope=STILL))


def written_over(home: Path, another: Path) -> None:
    """By files of a history that was begun after the queue was deleted; not by an empty one."""
    begun_later(another)
    for file in (totals(another)[0], totals(another)[2]):
        shutil.copy2(file, home / "v2" / TOTAL.folder)


def said(asker: Asker, *by: str, **more: object) -> Report:
    return asker.report(replace(asked(*by, window=RAN), scope=STILL, **more))


def is_told(report: Report) -> bool:
    return any("history has more by another breakdown" in note for note in report.notes)


def assert_short(
    report: Report, rows: float, known: float = 5.5, days: tuple[Window, ...] = SHORT
) -> None:
    assert (report.total_cost_usd.sum, total(report)) == pytest.approx((rows, known))
    assert report.unattributed_cost_usd == report.unattributed_count == 0
    assert told(report) == (days, ())
    assert is_told(report)


def assert_monday_short(report: Report, rows: float) -> None:
    assert_short(report, rows, 8.5, (DAYS[0],))


def assert_all(report: Report) -> None:
    assert (report.total_cost_usd.sum, total(report)) == pytest.approx((13.0, 13.0))
    assert report.unattributed_cost_usd == 0
    assert told(report) == ((), ())
    assert not is_told(report)


@pytest.mark.parametrize("by", UNTYPED)
def test_a_lost_total_of_which_less_is_told_is_not_known(
    tmp_path: Path, by: tuple[str, ...]
) -> None:
    filled(tmp_path, by)
    lost(tmp_path)
    with asking_at(SOON, tmp_path, without_lighting()) as asker:
        first = said(asker, *by)
        assert (total(first), told(first), is_told(first)) == (5.5, (SHORT, ()), True)
        assert first.unattributed_cost_usd == 0
    with asking_at(SOON, tmp_path, without_lighting()) as asker:
        assert_short(said(asker), 5.5)
        assert_short(said(asker, *by), 13.0)
        assert "These rows hold $7.50 more" in "".join(said(asker, *by).notes)
        assert_short(said(asker, "usage_type"), 5.5)
        assert_short(said(asker, *by, period=Period.TOTAL), 13.0)
        assert asked_for(asker) == set()


@pytest.mark.parametrize("by", TYPED)
def test_a_lost_total_is_made_of_a_cut_that_tells_all_usage_types(
    tmp_path: Path, by: tuple[str, ...]
) -> None:
    filled(tmp_path, by)
    before = [file.read_bytes() for file in totals(tmp_path)]
    lost(tmp_path)
    with asking_at(SOON, tmp_path, without_lighting()) as asker:
        assert_all(said(asker, *by))
        assert_all(said(asker))
        assert asked_for(asker) == set()
    assert [file.read_bytes() for file in totals(tmp_path)] == before


@pytest.mark.parametrize("by", UNTYPED)
def test_rows_of_more_than_a_total_that_was_written_over_stand_and_the_total_is_not_known(
    tmp_path: Path, by: tuple[str, ...]
) -> None:
    filled(tmp_path / "one", by)
    written_over(tmp_path / "one", tmp_path / "another")
    with asking_at(SOON, tmp_path / "one", without_lighting()) as asker:
        assert_monday_short(said(asker, *by), 13.0)
    with asking_at(SOON, tmp_path / "one", without_lighting()) as asker:
        assert_monday_short(said(asker), 8.5)  # the total says so of itself by now


@pytest.mark.parametrize("by", TYPED)
def test_a_total_that_was_written_over_is_made_as_much_as_a_cut_with_usage_types(
    tmp_path: Path, by: tuple[str, ...]
) -> None:
    filled(tmp_path / "one", by)
    written_over(tmp_path / "one", tmp_path / "another")
    with asking_at(SOON, tmp_path / "one", without_lighting()) as asker:
        assert_all(said(asker, *by))
    with asking_at(SOON, tmp_path / "one", without_lighting()) as asker:
        assert_all(said(asker))


def test_one_that_need_not_tell_all_makes_it_as_much_and_not_known(tmp_path: Path) -> None:
    """Licences have no instance type: a service may leave them out of that cut."""
    by = ("instance_type", "usage_type")
    filled(tmp_path / "one", by)
    written_over(tmp_path / "one", tmp_path / "another")
    with asking_at(SOON, tmp_path / "one", without_lighting()) as asker:
        report = said(asker, *by)
    assert (total(report), report.total_cost_usd.sum) == (13.0, 13.0)
    assert (told(report), is_told(report)) == (((DAYS[0],), ()), True)


def test_what_rows_hold_more_on_one_day_hides_nothing_that_they_lack_on_another(
    tmp_path: Path,
) -> None:
    """Of the Wednesday’s USD 2 a part is in no row; by user the Monday has 4.50 more."""
    filled(tmp_path / "one", ("user",))
    written_over(tmp_path / "one", tmp_path / "another")
    folder = tmp_path / "one" / "v2" / Shelf(FARM, D.QUEUE, (D.USER,)).folder
    with asking_at(SOON, tmp_path / "one") as asker:
        history = asker.reporter.history
        shelf = Shelf(FARM, D.QUEUE, (D.USER,))
        held = history.listed(shelf).among((DAYS[2],))
        rows, origin = history.table(held), history.told(held).days[DAYS[2]]
        less = rows.assign(cost_usd_sum=1.25, cost_usd_max=1.25)
        history.put(shelf, DAYS[2], less, origin)
    assert len(list(folder.glob("*.parquet"))) == 3
    with asking_at(SOON, tmp_path / "one", without_lighting()) as asker:
        report = said(asker, "user", period=Period.TOTAL)
    assert (report.total_cost_usd.sum, total(report)) == (12.25, 8.5)
    assert report.unattributed_cost_usd == pytest.approx(0.75)
    assert told(report) == ((DAYS[0],), ())


def test_a_part_of_such_a_day_is_at_least_what_it_is(tmp_path: Path) -> None:
    filled(tmp_path, ("user",))
    lost(tmp_path)
    with asking_at(SOON, tmp_path, without_lighting()) as asker:
        said(asker)
    forenoon = Window(RAN.start, RAN.start + timedelta(hours=12))
    with asking_at(SOON, tmp_path, without_lighting()) as asker:
        report = asker.report(replace(asked(window=forenoon), scope=STILL, period=Period.HOURLY))
    assert told(report) == ((forenoon,), ())


def test_so_it_is_of_some_queues_of_it(tmp_path: Path) -> None:
    filled(tmp_path, ("user",))
    lost(tmp_path)
    with asking_at(SOON, tmp_path, without_lighting()) as asker:
        said(asker, "queue", "usage_type")
    with asking_at(SOON, tmp_path, without_lighting()) as asker:
        report = asker.report(asked(window=RAN, ids=(COMP,)))
    assert told(report) == (SHORT, ())


def test_where_it_can_not_be_written_it_is_said_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled(tmp_path / "one", ("user",), TYPED[1])
    written_over(tmp_path / "one", tmp_path / "another")
    full = unwritable("here", "No space left on device")

    def unwritten(*_: object, **__: object) -> str:
        raise full

    with asking_at(SOON, tmp_path / "one", without_lighting()) as asker:
        monkeypatch.setattr(Folder, "write", unwritten)
        by_user = said(asker, "user")
        assert (by_user.total_cost_usd.sum, told(by_user)) == (13.0, ((DAYS[0],), ()))
        assert_all(said(asker, *TYPED[1]))
        assert_all(said(asker))


def collected(asker: Asker, *, verify: bool) -> Outcome:
    collector, outcome = asker.reporter.collector(UTC), Outcome(FarmId(FARM))
    if verify:
        collector.checkup.check(outcome, DAYS, lambda *_: None)
        collector.checkup.mend(outcome, DAYS)
    else:
        collector.hold(outcome, DAYS)
    return outcome


@pytest.mark.parametrize(
    ("by", "verify"), [*((by, by in UNTYPED[::2]) for by in UNTYPED), (UNTYPED[0], False)]
)
def test_collecting_says_it_each_time_and_has_the_total_say_so(
    tmp_path: Path, by: tuple[str, ...], *, verify: bool
) -> None:
    filled(tmp_path / "one", by)
    written_over(tmp_path / "one", tmp_path / "another")
    with asking_at(SOON, tmp_path / "one", without_lighting()) as asker:
        outcomes = [collected(asker, verify=verify) for _ in range(2)]
        assert_monday_short(said(asker), 8.5)
    for outcome in outcomes:
        (error,) = [*outcome.errors, *errors(FarmId(FARM), outcome.conflicts, UTC)]
        assert error.exit_code == 4
        assert "hold more of 1 settled day (2026-03-02) than its total" in str(error)
        assert f"cut={'-'.join(sorted(by))}" in str(error)
    assert [outcome.written for outcome in outcomes] == [1, 0]


@pytest.mark.parametrize(("by", "verify"), [(TYPED[0], False), (TYPED[1], True)])
def test_collecting_makes_it_as_much_as_a_cut_with_usage_types(
    tmp_path: Path, by: tuple[str, ...], *, verify: bool
) -> None:
    filled(tmp_path / "one", by)
    written_over(tmp_path / "one", tmp_path / "another")
    with asking_at(SOON, tmp_path / "one", without_lighting()) as asker:
        outcome = collected(asker, verify=verify)
        assert_all(said(asker))
    assert (outcome.errors, outcome.conflicts) == ([], [])


def test_a_total_that_has_all_again_is_known_again(tmp_path: Path) -> None:
    """The queue was not listed for a while: a check-up takes in what it tells."""
    filled(tmp_path, ("user",))
    lost(tmp_path)
    with asking_at(SOON, tmp_path, without_lighting()) as asker:
        assert told(said(asker)) == (SHORT, ())
    with asking_at(SOON, tmp_path) as asker:
        outcome = collected(asker, verify=True)
        assert (outcome.errors, outcome.conflicts) == ([], [])
        assert_all(asker.report(asked(window=RAN)))
        assert_all(asker.report(asked("user", window=RAN)))


@pytest.fixture
def short(tmp_path: Path) -> Path:
    filled(tmp_path, ("user",))
    lost(tmp_path)
    with asking_at(SOON, tmp_path, without_lighting()) as asker:
        said(asker)
    return tmp_path


def test_months_that_are_put_together_say_so_too(short: Path) -> None:
    with asking_at(LATE, short, without_lighting()) as asker:
        history = asker.reporter.history
        assert history is not None
        assert list(compact(history, history.shelves(), LATE))
        assert_short(said(asker), 5.5)


def test_where_the_cut_is_lost_as_well_the_total_is_not_known_all_the_same(short: Path) -> None:
    shutil.rmtree(short / "v2" / Shelf(FARM, D.QUEUE, (D.USER,)).folder)
    with asking_at(SOON, short, without_lighting()) as asker:
        collected(asker, verify=True)
        assert_short(said(asker), 5.5)


def test_healthy_history_says_nothing_of_it(tmp_path: Path) -> None:
    filled(tmp_path, *UNTYPED, *TYPED, ("queue", "usage_type"))
    with asking_at(SOON, tmp_path) as asker:
        for verify in (False, True):
            outcome = collected(asker, verify=verify)
            assert (outcome.errors, outcome.conflicts, outcome.written) == ([], [], 0)
        for by in ((), *UNTYPED, *TYPED):
            assert_all(asker.report(asked(*by, window=RAN)))
