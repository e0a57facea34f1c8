"""A settled day of a cut that holds more than history's total of it: asked again, and settled."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from simulator import tiny_world
from simulator.tiny import ADA, COMP, FARM, LIGHTING
from stats import audit
from stats.certainty import Certainty
from stats.collect import Collector
from stats.dayfile import Shelf
from stats.description import Origin
from stats.errors import Contradictory
from stats.history import History
from stats.intake import Answered, falls_short
from stats.keeper import Keeper
from stats.knowledge import Rule
from stats.model import COMPUTE, Dimension, FarmId, Question, Scope, Window
from stats.outcome import Outcome
from stats.piece import Piece
from stats.report import Reporter
from stats.zone import Zone
from tests.stats.conftest import GET, MONDAY, START, Alter, Answer, Engine, Open
from tests.stats.frames import cut

D = Dimension
UTC = Zone("UTC")
SETTLE = timedelta(hours=48)
TOTAL, BY_USER = (Shelf(FARM, D.QUEUE, by) for by in ((D.USAGE_TYPE,), (D.USAGE_TYPE, D.USER)))
DAYS = tuple(Window(MONDAY + timedelta(days=n), MONDAY + timedelta(days=n + 1)) for n in range(3))
TUESDAY = DAYS[1]
_TINY = tiny_world()
_OF_COMP = _TINY.usage[(_TINY.usage["queue_id"] == COMP) & (_TINY.usage["usage_type"] == COMPUTE)]
LATE = _OF_COMP.iloc[:1].assign(started_at=TUESDAY.start + timedelta(hours=5), cost_usd=777.0)
LATER = replace(_TINY, usage=pd.concat([_TINY.usage, LATE], ignore_index=True))
"""The tiny world after USD 777 more of a Tuesday have been counted late."""


def by_user(usd: float, times: int = 1_000) -> Alter:
    """Rows by user of the Tuesday cost so much more, so many times."""
    left = [times]

    def alter(answer: Answer) -> None:
        rows = answer.body.get("statistics") or [] if answer.operation == GET else []
        some = [row for row in rows if row.get("userId")]
        some = [r for r in some if str(r["aggregationStartTime"]).startswith("2026-03-03")]
        if some and left[0]:
            left[0] -= 1
            for edge in ("sum", "max"):
                some[0]["costInUsd"][edge] += usd

    return alter


def moving(usd: float) -> Alter:
    """Of each user so much of the Monday's cost is compute that was licences."""

    def alter(answer: Answer) -> None:
        rows = answer.body.get("statistics") or [] if answer.operation == GET else []
        for row in (row for row in rows if row.get("userId")):
            if str(row["aggregationStartTime"]).startswith("2026-03-02"):
                row["costInUsd"]["sum"] += usd if row["usageType"] == COMPUTE else -usd

    return alter


class Farm:
    """A collector of a history, over an engine."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        self.engine = engine
        self.history = History(folder, SETTLE, engine.time.clock)
        self.certainty = Certainty(self.history, Rule(None), SETTLE)
        self.keeper = Keeper(self.certainty, engine.names, "aws")
        now = engine.time.now()
        self.collector = Collector(engine.line, engine.names, self.keeper, UTC, now)

    def pieces(self, *shelves: Shelf) -> list[Piece]:
        found = self.collector.pieces(FarmId(FARM), DAYS)
        return [piece for piece in found if piece.shelf in shelves]

    def collected(self, *shelves: Shelf) -> Outcome:
        return self.of(self.pieces(*shelves))

    def of(self, pieces: list[Piece]) -> Outcome:
        outcome = Outcome(FarmId(FARM))
        for _ in self.collector.collect(outcome, pieces, lambda *_: None):
            pass
        return outcome

    def costs(self, shelf: Shelf) -> list[float]:
        """Of each day that is there, in order."""
        days = sorted(self.history.listed(shelf), key=lambda day: day.start)
        return [float(self.history.read(shelf, day)["cost_usd_sum"].sum()) for day in days]

    def told(self, shelf: Shelf, day: Window) -> Origin:
        return self.history.told(self.history.listed(shelf).among((day,))).days[day]

    def amiss(self) -> list[audit.Amiss]:
        return list(audit.amiss(self.history, self.history.shelves()))


@pytest.fixture
def farm(opened: Open, tmp_path: Path) -> Callable[..., Farm]:
    """What a farm is by then, and the same history each time."""
    return lambda world=_TINY, **more: Farm(opened(world, **more), tmp_path / "history")


def test_what_is_so_again_is_an_error_and_the_other_days_are_written(farm) -> None:
    one = farm(alter=by_user(9.0))
    outcome = one.collected(TOTAL, BY_USER)
    (error,) = outcome.errors
    assert isinstance(error, Contradictory)
    assert error.exit_code == 4
    assert "by usage type and user it tells USD" in str(error)
    assert "2026-03-03" in str(error)
    assert TUESDAY not in one.history.listed(BY_USER)
    assert len(one.costs(BY_USER)) == 2
    assert one.engine.times(START) == 4  # each of both twice
    assert one.amiss() == []


def test_so_is_what_is_more_of_one_usage_type_alone(farm) -> None:
    """Of the Monday two users have USD 5 of compute and 3 of licences, 8 in all each time."""
    one = farm(alter=moving(0.25))
    (error,) = one.collected(TOTAL, BY_USER).errors
    assert isinstance(error, Contradictory)
    says = "USD 5.50 of COMPUTE of 2026-03-02, and its total by usage type USD 5.00 of it, each"
    assert f"by usage type and user it tells {says}" in str(error)
    assert DAYS[0] not in one.history.listed(BY_USER)
    assert len(one.costs(BY_USER)) == 2
    assert one.engine.times(START) == 4
    assert one.amiss() == []


@pytest.mark.parametrize(("licences", "more"), [(0.5, ()), (1.5, DAYS[:1])])
def test_what_a_deleted_queue_has_of_a_usage_type_is_of_no_others_total(
    farm, licences: float, more: tuple[Window, ...]
) -> None:
    """Of the Monday the queue that is left has USD 3 and 0.5 of licences; 3 in all are licences."""
    one = farm()
    assert one.collected(TOTAL, Shelf(FARM, D.QUEUE, (D.QUEUE, D.USAGE_TYPE))).errors == []
    monday, now = DAYS[0].start.date(), one.engine.time.now()
    costs = {COMPUTE: 3.5 - licences, "LICENSE": licences}
    rows = cut(BY_USER.by, [(monday, kind, ADA, 1, usd) for kind, usd in costs.items()])
    taken = one.keeper.write(Answered(BY_USER, DAYS[:1], (COMP,), rows, UTC, now))
    assert taken.more == more


def test_rows_that_tell_no_usage_type_are_held_to_the_whole(farm) -> None:
    farm().collected(TOTAL)
    rows = cut((D.USER,), [(DAYS[0].start.date(), ADA, 1, 8.0)])
    one, by_person = farm(), Shelf(FARM, D.QUEUE, (D.USER,))
    now = one.engine.time.now()
    taken = one.keeper.write(Answered(by_person, DAYS[:1], (COMP, LIGHTING), rows, UTC, now))
    assert (taken.written, taken.more) == (1, ())
    assert one.amiss() == []


@pytest.mark.parametrize(
    ("usd", "says"),
    [
        (0.25, ["USD 5.50 of COMPUTE, and the total USD 5.00"]),
        (0.004, []),
        (-0.25, ["USD 3.50 of LICENSE, and the total USD 3.00"]),
    ],
)
def test_what_history_holds_more_of_one_usage_type_is_amiss(
    farm, usd: float, says: list[str]
) -> None:
    one, monday = farm(), DAYS[0]
    assert one.collected(TOTAL, BY_USER).errors == []
    rows = one.history.read(BY_USER, monday)
    change = rows["usage_type"].map({COMPUTE: usd}).fillna(-usd)
    moved = rows.assign(cost_usd_sum=rows["cost_usd_sum"] + change)
    one.history.put(BY_USER, monday, moved, one.told(BY_USER, monday))
    assert [found.what for found in one.amiss()] == [
        f"on 2026-03-02 00:00 UTC it holds {what}" for what in says
    ]


def test_where_it_is_over_when_asked_again_the_day_is_written(farm) -> None:
    one = farm(alter=by_user(9.0, times=1))
    outcome = one.collected(TOTAL, BY_USER)
    assert (outcome.errors, outcome.written) == ([], 6)
    assert one.costs(BY_USER) == pytest.approx(one.costs(TOTAL))
    assert sum(one.costs(BY_USER)) == pytest.approx(13.0)


def test_a_cent_is_rounding(farm) -> None:
    one = farm(alter=by_user(0.009))
    assert one.collected(TOTAL, BY_USER).errors == []
    assert sum(one.costs(BY_USER)) == pytest.approx(13.009)


def test_usage_that_was_counted_late_is_taken_in_where_a_cut_tells_of_it_first(farm) -> None:
    farm().collected(TOTAL)
    one = farm(LATER)
    outcome = one.collected(BY_USER)
    assert (outcome.errors, outcome.changed) == ([], [(D.QUEUE, TUESDAY)])
    assert outcome.unplaced == []  # the day is put together, and not its total alone
    assert one.costs(TOTAL) == pytest.approx(one.costs(BY_USER))
    assert sum(one.costs(TOTAL)) == pytest.approx(790.0)
    assert one.amiss() == []


def test_it_is_not_refused_for_ever_where_a_queue_was_deleted_since(farm) -> None:
    """The day can't be put together; of its total each usage type is what was told most of it."""
    by_queue = Shelf(FARM, D.QUEUE, (D.QUEUE, D.USER))
    farm().collected(TOTAL, by_queue)
    was = farm().costs(TOTAL)
    queues = tuple(queue for queue in LATER.queues if queue.queue_id != LIGHTING)
    one = farm(replace(LATER, queues=queues))
    outcome = one.collected(BY_USER)
    assert outcome.errors == []
    assert outcome.unplaced == outcome.changed == [(D.QUEUE, TUESDAY)]
    assert one.told(by_queue, TUESDAY).unplaced  # which lacks the late USD 777
    assert outcome.written == 5  # three days by user, the total, and what of it lacks something
    assert len(one.costs(BY_USER)) == 3
    now = one.costs(TOTAL)
    assert (now[0], now[2]) == pytest.approx((was[0], was[2]))
    assert now[1] >= one.costs(BY_USER)[1] >= 777.0
    assert one.collected(BY_USER).written == 0
    assert one.amiss() == []


def test_what_a_page_has_asked_for_is_left_to_whoever_collects(farm) -> None:
    farm().collected(TOTAL)
    one = farm(LATER)
    rows = cut(BY_USER.by, [(TUESDAY.start.date(), COMPUTE, ADA, 1, 777.0)])
    answered = Answered(BY_USER, DAYS, (COMP, LIGHTING), rows, UTC, one.engine.time.now())
    taken = one.keeper.write(answered)
    assert taken.more == (TUESDAY,)
    assert TUESDAY not in one.history.listed(BY_USER)


def test_hours_by_usage_type_are_held_to_the_days_total(farm) -> None:
    farm().collected(TOTAL)
    one, hours = farm(), replace(TOTAL, hourly=True)
    rows = cut(TOTAL.by, [(TUESDAY.start.date(), COMPUTE, 1, 777.0)])
    answered = Answered(hours, (TUESDAY,), (COMP, LIGHTING), rows, UTC, one.engine.time.now())
    assert one.keeper.write(answered).more == (TUESDAY,)
    assert TUESDAY not in one.history.listed(hours)


def test_a_queue_that_is_made_meanwhile_is_not_claimed_to_have_been_asked_for(farm) -> None:
    one = farm()
    one.of([replace(piece, ids=(COMP,)) for piece in one.pieces(TOTAL)])
    told = one.told(TOTAL, TUESDAY)
    assert told.ids == {COMP}
    assert dict(told.resources) == {COMP: "Comp"}


def test_wrong_empty_days_are_collected_again(farm, tmp_path: Path) -> None:
    one = farm()
    assert one.collected(TOTAL).errors == []
    origin = one.told(TOTAL, TUESDAY)
    jobs = Shelf(FARM, D.QUEUE, (D.JOB, D.USER))
    nothing = cut(jobs.by, []).assign(period_start=pd.Timestamp(TUESDAY.start))
    one.history.put(jobs, TUESDAY, nothing, origin)
    again = Farm(one.engine, tmp_path / "history")  # as another process
    assert again.collected(jobs).written == 3
    assert again.costs(jobs) == pytest.approx(again.costs(TOTAL))


def test_names_that_are_learnt_after_the_rows_are_written_with_them(farm) -> None:
    one = farm(job_names=False)
    jobs = Shelf(FARM, D.QUEUE, (D.JOB, D.QUEUE))
    by_person = Shelf(FARM, D.QUEUE, (D.USAGE_TYPE, D.USER))
    assert one.collected(TOTAL, jobs, by_person).errors == []
    names = set(one.history.read(jobs, DAYS[0])["job_name"])
    assert {"AGM_104_065_010_comp_NFX_v001"} <= names
    assert "" not in names
    assert "Ada Reyes" in set(one.history.read(by_person, DAYS[0])["user_name"])


def test_a_day_that_settles_while_its_cuts_are_asked_for_is_not_written_yet(farm) -> None:
    last = DAYS[2]
    passes = list[Callable[[float], None]]()

    def alter(answer: Answer) -> None:
        if answer.operation == GET:
            passes[0](1.0)

    one = farm(replace(_TINY, now=last.end + SETTLE - timedelta(seconds=0.5)), alter=alter)
    engine = one.engine
    passes.append(engine.time.advance)
    parts = (engine.line, engine.names, engine.time.clock, "aws", one.certainty)
    reporter = Reporter(*parts, longest_seconds=600.0)
    scope = Scope(D.QUEUE, (COMP, LIGHTING), whole=True)
    window = Window(DAYS[0].start, last.end)
    report = reporter.ask(Question(FarmId(FARM), scope, window, by=(D.USER,)))
    assert report.total_cost_usd.sum == 13.0
    reporter.close()
    assert engine.time.now() > last.end + SETTLE  # by the last of them
    written = [shelf for shelf in one.history.shelves() if DAYS[0] in one.history.listed(shelf)]
    assert len(written) == 2
    assert [shelf for shelf in written if last in one.history.listed(shelf)] == []


BY_QUEUE, BY_PERSON = (
    Shelf(FARM, D.QUEUE, by) for by in ((D.QUEUE, D.USAGE_TYPE), (D.USER, D.INSTANCE_TYPE))
)


def of_monday(usd: float, shelf: Shelf = BY_PERSON, **more: Any) -> Answered:
    """That one queue, or both, told so much of a cut of the Monday, of which USD 8 are known."""
    keys = {D.USAGE_TYPE: COMPUTE, D.USER: ADA}
    rows = cut(shelf.by, [(DAYS[0].start.date(), *(keys.get(d, "") for d in shelf.by), 1, usd)])
    whose = {"ids": (COMP, LIGHTING), "zone": UTC, "fetched_at": DAYS[-1].end + SETTLE} | more
    return Answered(shelf, DAYS[:1], rows=rows, **whose)


def test_a_cut_falls_short_of_a_total_that_was_told_before_it(farm) -> None:
    """By more than rounding may make of it; a total does not."""
    one = farm()
    one.collected(TOTAL)
    then = one.told(TOTAL, DAYS[0]).fetched_at
    soon = then + timedelta(seconds=1)
    costs = {7.99: True, 8.0 - 1e-7: False, 8.0: False, 8.01: False}
    short = {usd: falls_short(one.history, of_monday(usd), soon) for usd in costs}
    assert short == costs
    assert not falls_short(one.history, of_monday(7.99), then)
    assert not falls_short(one.history, of_monday(7.99, TOTAL), soon)


@pytest.mark.parametrize(
    ("known", "usd", "less"),
    [
        ((TOTAL, BY_QUEUE), 3.5, 4.5),  # what Lighting had, which was deleted
        ((TOTAL, BY_QUEUE), 3.0, 4.5),
        ((TOTAL,), 3.5, 4.5),  # all that the total has more, since it is not told apart
        ((TOTAL,), 3.0, 5.0),
        ((TOTAL,), 7.995, 0.0),  # which rounding may make
    ],
)
def test_of_a_cut_is_said_what_it_lacks_of_a_deleted_queue(
    farm, known: tuple[Shelf, ...], usd: float, less: float
) -> None:
    one = farm()
    one.collected(*known)
    assert one.keeper.write(of_monday(usd, ids=(COMP,))).written == 1
    assert one.told(BY_PERSON, DAYS[0]).told_less == pytest.approx(less)


@pytest.mark.parametrize(("now", "late"), [(3.5, ()), (5.5, DAYS[:1])])
def test_a_day_whose_total_is_told_as_more_beside_a_deleted_queue_is_not_written(
    farm, now: float, late: tuple[Window, ...]
) -> None:
    """Comp's USD 3.50 and Lighting's 4.50 are known: 5.50 of Comp are more than there was."""
    one = farm()
    one.collected(TOTAL, BY_QUEUE)
    kept = one.history.read(BY_QUEUE, DAYS[0])
    of_comp = kept[kept["queue_id"] == COMP].groupby("usage_type")["cost_usd_sum"].sum()
    of_comp[COMPUTE] += now - 3.5
    monday = DAYS[0].start.date()
    total = cut(TOTAL.by, [(monday, kind, 1, usd) for kind, usd in of_comp.items()])
    taken = one.keeper.write(of_monday(3.5, ids=(COMP,), total=total))
    assert (taken.late, taken.written) == (late, 0 if late else 1)
    assert (DAYS[0] in one.history.listed(BY_PERSON)) is not bool(late)
    if not late:
        assert one.told(BY_PERSON, DAYS[0]).told_less == pytest.approx(4.5)


def test_a_cut_without_rows_of_a_day_with_usage_is_not_written(farm) -> None:
    one = farm()
    one.collected(TOTAL)
    taken = one.keeper.write(replace(of_monday(8.0), windows=DAYS[:2]))
    assert (taken.written, taken.empty) == (1, (TUESDAY,))
    assert set(one.history.listed(BY_PERSON)) == {DAYS[0]}
