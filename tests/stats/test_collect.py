"""The collector: what history lacks is asked for, kept at once, and not asked for again."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from simulator import Fault, SimulatorSettings, World
from stats import audit, collecting
from stats.cli import main
from stats.clock import Clock
from stats.collect import CUTS, Collector
from stats.dayfile import Shelf
from stats.errors import AccessDenied
from stats.model import Dimension, FarmId, Window
from stats.nightly import Nightly
from stats.outcome import Outcome
from stats.piece import Piece
from stats.plan import Cut
from stats.progress import Progress
from stats.report import Reporter
from stats.settings import OFF
from stats.zone import Zone
from tests.stats.asking import START, Asker, asking, question
from tests.stats.autumn import FIRST, autumn_world, differences, rows_of

ZONE = Zone("America/Los_Angeles")
FARM = FarmId(autumn_world().farms[0].farm_id)
WEEK = FIRST + timedelta(days=7)
FEW = tuple(
    cut
    for cut in CUTS
    if "-".join(cut.by)
    in {"usage_type", "job-queue", "queue-usage_type", "fleet-usage_type", "usage_type-user"}
)
"""Those that a check-up judges by, and two more."""


@pytest.fixture
def asker(tmp_path: Path) -> Iterator[Asker]:
    """A service, and a reporter with a history of its own."""
    service = SimulatorSettings(page_size=100)
    with asking(autumn_world(), service=service, history=str(tmp_path / "history")) as one:
        yield one


def collected(
    reporter: Reporter,
    days: int = 2,
    cuts: Sequence[Cut] = CUTS,
    *,
    verify: bool = False,
    goes_back: bool = False,
) -> Outcome:
    """Collects the days before the end of a week."""
    collector, outcome = reporter.collector(ZONE), Outcome(FARM, goes_back)
    some = week(collector)[-days:]
    if verify:
        collector.checkup.check(outcome, some, tell)
    every, bys = collector.pieces(FARM, some, to_the_end=verify), {cut.by for cut in cuts}
    pieces = [piece for piece in every if piece.shelf.by in bys]
    for _ in collector.collect(outcome, pieces, tell):
        pass
    return outcome


def week(collector: Collector) -> tuple[Window, ...]:
    return tuple(day for day in collector.days(FIRST) if day.end <= WEEK)


def test_every_cut_of_every_settled_day_is_written_once(asker: Asker) -> None:
    outcome = collected(asker.reporter)
    assert (outcome.written, outcome.errors) == (2 * 2 * len(CUTS), [])
    history = asker.reporter.history
    assert list(audit.amiss(history, history.shelves())) == []
    assert all(not one.gaps for one in audit.coverage(history, history.shelves()))
    before = len(asker.starts())
    assert collected(asker.another()).written == 0
    assert len(asker.starts()) == before


def test_days_still_to_settle_are_not_collected(asker: Asker) -> None:
    asker.clock.now = WEEK + timedelta(hours=5)
    (last, *_) = reversed(asker.reporter.collector(ZONE).days(FIRST))
    assert last.end <= asker.clock.now - timedelta(hours=48) < last.end + timedelta(days=1)


def test_what_was_broken_off_goes_on_where_it_was(asker: Asker) -> None:
    collector, outcome = asker.reporter.collector(ZONE), Outcome(FARM)
    days = week(collector)[-2:]
    for done, _ in enumerate(collector.collect(outcome, collector.pieces(FARM, days), tell), 1):
        if done == 10:
            break
    assert outcome.written == 20
    again = collected(asker.another())
    assert (again.written, again.errors) == (2 * (2 * len(CUTS) - 10), [])


def tell(*_: object) -> None:
    pass


def test_two_collectors_at_once_write_the_same_and_take_turns(asker: Asker) -> None:
    outcomes: list[Outcome] = []
    both = [
        threading.Thread(target=lambda one=one: outcomes.append(collected(one, 2, FEW)))
        for one in (asker.reporter, asker.another())
    ]
    for one in both:
        one.start()
    for one in both:
        one.join()
    assert [outcome.errors for outcome in outcomes] == [[], []]
    history = asker.another().history
    assert len(history.shelves()) == 2 * len(FEW)
    assert list(audit.amiss(history, history.shelves())) == []
    assert asker.simulator.most_running <= 1
    assert asker.simulator.turned_away == 0


def test_a_cut_that_can_not_be_had_does_not_keep_the_others_from_being_collected(
    asker: Asker,
) -> None:
    asker.simulator.faults.add(Fault(START, "validation", times=1, skip=3))
    outcome = collected(asker.reporter, 2, FEW)
    assert len(outcome.errors) == 1
    assert outcome.written == 2 * (2 * len(FEW) - 1)
    assert collected(asker.another(), 2, FEW).written == 2


def test_where_access_is_denied_the_rest_is_given_up(asker: Asker) -> None:
    asker.simulator.faults.add(Fault(START, "access_denied", times=None, skip=6))
    outcome = collected(asker.reporter, 2)  # thirteen queues take two Starts a cut
    assert [type(error) for error in outcome.errors] == [AccessDenied]
    assert outcome.written == 6


def test_going_back_ends_where_the_service_refuses(asker: Asker) -> None:
    asker.simulator.faults.add(Fault(START, "validation", times=None, skip=5))
    outcome = collected(asker.reporter, 5, goes_back=True)
    assert outcome.errors == []
    assert outcome.back_to == week(asker.reporter.collector(ZONE))[-1].end


def test_a_settled_day_that_has_changed_is_found_and_all_of_it_replaced(
    asker: Asker, tmp_path: Path
) -> None:
    collected(asker.reporter, 2, FEW)
    asker.reporter.close()
    day = week(asker.another().collector(ZONE))[-2]
    more = _with_one_more(day.start + timedelta(hours=3))
    with asking(more, history=str(tmp_path / "history")) as other:
        assert collected(other.reporter, 2, FEW).written == 0
        outcome = collected(other.reporter, 2, FEW, verify=True)
        assert outcome.changed == [(Dimension.QUEUE, day), (Dimension.FLEET, day)]
        assert outcome.written == 2 * len(FEW)
        assert collected(other.another(), 2, FEW, verify=True).changed == []
        history = other.another().history
        assert list(audit.amiss(history, history.shelves())) == []


def test_days_by_the_hour_are_replaced_by_the_hour(asker: Asker, tmp_path: Path) -> None:
    collected(asker.reporter, 1, FEW)
    day = week(asker.reporter.collector(ZONE))[-1]
    by_hour = question(
        autumn_world(),
        (day.start, day.end),
        "user",
        "usage_type",
        period="hourly",
        timezone=ZONE.name,
    )
    by_hour = replace(by_hour, scope=replace(by_hour.scope, whole=True))
    asker.report(by_hour)
    asker.reporter.close()
    more = _with_one_more(day.start + timedelta(hours=3))
    with asking(more, history=str(tmp_path / "history")) as other:
        right = rows_of(other.another(history=OFF).ask(by_hour))
        assert differences(rows_of(other.report(by_hour)), right) != []
        assert collected(other.another(), 1, FEW, verify=True).errors == []
        before = len(other.starts())
        assert differences(rows_of(other.another().ask(by_hour)), right) == []
        assert len(other.starts()) == before


def _with_one_more(at: datetime) -> World:
    """The same world, with one record more."""
    world = autumn_world()
    compute = world.usage[world.usage["usage_type"] == "COMPUTE"].iloc[:1]
    more = compute.assign(started_at=at, cost_usd=12.5)
    return replace(world, usage=pd.concat([world.usage, more], ignore_index=True))


def test_at_its_hour_the_server_collects_for_every_farm(asker: Asker) -> None:
    asker.clock.now = WEEK + timedelta(days=3)
    nightly = Nightly(asker.reporter, ZONE, 5, Clock(now=asker.clock), days=4)
    (outcome,) = nightly.collect()
    assert outcome.errors == []
    assert outcome.written > 0
    assert nightly.collect()[0].written == 0


def test_it_collects_as_many_days_where_the_clocks_go_back_in_between(asker: Asker) -> None:
    asker.clock.now = datetime(2026, 11, 4, 18, tzinfo=UTC)
    Nightly(asker.reporter, ZONE, 5, Clock(now=asker.clock), days=4).collect()
    history = asker.reporter.history
    days = {edges for one in audit.coverage(history, history.shelves()) for edges in one.days}
    assert min(day.start for day in days) == ZONE.midnight(date(2026, 10, 31))


@pytest.mark.parametrize(
    ("now", "then"),
    [
        (datetime(2026, 3, 7, 12, 30, tzinfo=UTC), datetime(2026, 3, 7, 13, tzinfo=UTC)),
        (datetime(2026, 3, 7, 13, tzinfo=UTC), datetime(2026, 3, 8, 12, tzinfo=UTC)),
        (datetime(2026, 3, 8, 12, 1, tzinfo=UTC), datetime(2026, 3, 9, 12, tzinfo=UTC)),
    ],
)
def test_the_hour_is_that_of_the_zones_clock(asker: Asker, now: datetime, then: datetime) -> None:
    assert Nightly(asker.reporter, ZONE, 5, Clock()).next_time(now) == then


def test_a_farm_that_can_not_be_listed_ends_nobody(asker: Asker) -> None:
    asker.simulator.faults.add(Fault("ListQueues", "access_denied", times=None))
    (outcome,) = Nightly(asker.reporter, ZONE, 5, Clock(now=asker.clock)).collect()
    assert outcome.written == 0
    assert [type(error) for error in outcome.errors] == [AccessDenied]


@pytest.mark.parametrize("days", ["4_8", "٣٥", " 3", "0", "3661", "9" * 5_000, "two"])
def test_days_that_are_no_plain_number_are_refused(
    days: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["collect", "--days", days])
    assert ended.value.code == 2
    assert "argument --days: invalid" in capsys.readouterr().err


def test_it_is_told_which_of_the_cuts_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    window = Window(datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 4, tzinfo=UTC))
    cuts = [(Dimension.USAGE_TYPE,), (Dimension.JOB, Dimension.QUEUE)]
    of = [Piece(Shelf("farm-a", Dimension.QUEUE, by), ("queue-a",), window) for by in cuts]
    other = replace(of[0], ids=("queue-b",))
    at_work = [
        (of[1], Progress(0, 1, "computing")),
        (of[0], Progress(1, 3, "reading", 4.0)),
        (other, Progress(0, 1, "waiting")),
    ]
    for piece, progress in at_work:
        with collecting._bar(Zone("UTC"), of) as (_, tell):
            time.sleep(1.05)  # what is quickly over is not told
            tell(piece, progress)
    days = "2026-03-02 to 2026-03-03 (UTC)"
    assert capsys.readouterr().err.splitlines() == [
        f"2 of 2: job × queue by queues, {days}: computing",
        f"1 of 2: usage type by queues, {days}: run 2 of 3: reading, 4 s",
        f"usage type by queues, {days}: waiting",
    ]
