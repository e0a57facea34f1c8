"""Days of which history and the service, or two cuts of history, tell what can't both be so.

No sum is made of both. They stay as they were, which is said, with what to do.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from simulator import Simulator, World, tiny_world
from simulator.tiny import COMP, FARM, LIGHTING
from stats.clock import Clock
from stats.conflict import errors
from stats.dayfile import Shelf
from stats.model import COMPUTE, Dimension, FarmId
from stats.nightly import Nightly
from stats.outcome import Less, Outcome
from stats.restored import restore_totals
from tests.stats.asking import asking
from tests.stats.conftest import Open
from tests.stats.process import Ended, Shell
from tests.stats.test_more_than_the_days_total import BY_USER, DAYS, TOTAL, UTC, Farm
from tests.stats.test_what_is_known import RAN, SOON, asked

D = Dimension
MONDAY = DAYS[0]
BY_QUEUE = Shelf(FARM, D.QUEUE, (D.QUEUE, D.USAGE_TYPE))
_TINY = tiny_world()
_USAGE = _TINY.usage[_TINY.usage["queue_id"].notna()]
OF_MONDAY = _USAGE[_USAGE["started_at"].between(MONDAY.start, MONDAY.end, "left")]
IS_COMPUTE = OF_MONDAY["usage_type"] == COMPUTE
COMPS = OF_MONDAY[IS_COMPUTE & (OF_MONDAY["queue_id"] == COMP)]


def instead(gone: pd.DataFrame, *costs: float) -> World:
    """The world with records of these costs of the Comp queue on that Monday in place of some."""
    more = COMPS.iloc[[0] * len(costs)].assign(cost_usd=list(costs))
    usage = pd.concat([_TINY.usage.drop(index=gone.index), more], ignore_index=True)
    return replace(_TINY, usage=usage)


ONE_FOR_TWO = instead(COMPS, 777.0)
"""Of Comp's compute on the Monday, two records of USD 3 in all are one of USD 777 now."""


@pytest.fixture
def farm(opened: Open, tmp_path: Path) -> Callable[..., Farm]:
    """What a farm is by then, and the same history each time."""
    return lambda world=_TINY: Farm(opened(world), tmp_path / "history")


def verified(one: Farm, *shelves: Shelf) -> Outcome:
    """What `collect --verify` does, of some cuts."""
    outcome = Outcome(FarmId(FARM))
    one.collector.checkup.check(outcome, DAYS, lambda *_: None)
    pieces = one.collector.pieces(FarmId(FARM), DAYS, to_the_end=True)
    some = [piece for piece in pieces if piece.shelf in shelves]
    for _ in one.collector.collect(outcome, some, lambda *_: None):
        pass
    one.collector.checkup.mend(outcome, DAYS)
    return outcome


def by_type(one: Farm, shelf: Shelf) -> dict[str, float]:
    """What a cut has of the Monday."""
    rows = one.history.read(shelf, MONDAY)
    return rows.groupby("usage_type")["cost_usd_sum"].sum().to_dict()


def test_the_tiny_worlds_monday() -> None:
    """What the others are reckoned from: USD 5 of compute, 3 of them Comp's, and 3 of licences."""
    assert (COMPS["cost_usd"].sum(), len(COMPS)) == (3.0, 2)
    assert OF_MONDAY.groupby("usage_type")["cost_usd"].sum().to_dict() == {
        COMPUTE: 5.0,
        "LICENSE": 3.0,
    }


@pytest.mark.parametrize(
    ("kept", "ids"), [((TOTAL,), {COMP, LIGHTING}), ((TOTAL, BY_QUEUE), {COMP})]
)
def test_a_day_that_costs_more_in_fewer_records_is_not_left_out_without_a_word(
    farm, kept: Iterable[Shelf], ids: set[str]
) -> None:
    farm().collected(*kept)
    one = farm(ONE_FOR_TWO)
    for outcome in (one.collected(BY_USER), verified(one, BY_USER)):
        (conflict,) = outcome.conflicts
        assert (conflict.resource, conflict.day, conflict.ids) == (D.QUEUE, MONDAY, ids)
        assert (conflict.more_usd, conflict.less_usd, conflict.less_count) == (774.0, 0.0, 1)
        assert (outcome.errors, outcome.changed) == ([], [])
        assert [(less.count, less.more_usd) for less in outcome.less] == [(1, 774.0)]
    assert MONDAY not in one.history.listed(BY_USER)
    assert len(one.costs(BY_USER)) == 2
    assert one.costs(TOTAL) == [8.0, 3.0, 2.0]


def test_what_is_said_of_a_day_is_not_of_another_day_nor_of_fleets_nor_of_what_is_only_less(
    farm,
) -> None:
    """By ids: of those that came before in the same collecting, and of one that is less in all."""
    farm().collected(TOTAL, BY_QUEUE)
    one, outcome = farm(ONE_FOR_TWO), Outcome(FarmId(FARM))
    of = (COMPUTE, 1.0, 1, None)
    outcome.less += [
        Less(D.QUEUE, DAYS[1], "queue of another day", *of, 5.0),
        Less(D.FLEET, MONDAY, "fleet", *of, 5.0),
        Less(D.QUEUE, MONDAY, "queue that is only less", *of),
    ]
    pieces = one.collector.pieces(FarmId(FARM), DAYS, to_the_end=True)
    for _ in one.collector.collect(
        outcome, [piece for piece in pieces if piece.shelf == BY_USER], lambda *_: None
    ):
        pass
    assert [conflict.ids for conflict in outcome.conflicts] == [{COMP}]


@pytest.mark.parametrize("kept", [(TOTAL,), (TOTAL, BY_QUEUE)])
def test_what_is_accepted_of_it_is_taken(farm, kept: Iterable[Shelf]) -> None:
    farm().collected(*kept)
    one = farm(ONE_FOR_TWO)
    (conflict,) = one.collected(BY_USER).conflicts
    checkup, outcome, say = one.collector.checkup, Outcome(FarmId(FARM)), lambda *_: None
    less = checkup.gone(FarmId(FARM), D.QUEUE, conflict.ids, DAYS, say)
    assert [(some.day, some.count, some.more_usd) for some in less] == [(MONDAY, 1, 774.0)]
    checkup.accept(outcome, D.QUEUE, conflict.ids, [MONDAY], say)
    assert len(outcome.aside) == len(list(kept))
    assert by_type(one, TOTAL) == {COMPUTE: 779.0, "LICENSE": 3.0}
    assert one.collected(BY_USER).conflicts == []
    assert one.costs(BY_USER) == [782.0, 3.0, 2.0]
    assert one.amiss() == []


def test_where_history_does_not_tell_ids_apart_some_of_them_alone_are_not_accepted(farm) -> None:
    farm().collected(TOTAL)
    one = farm(ONE_FOR_TWO)
    assert one.collector.checkup.gone(FarmId(FARM), D.QUEUE, [COMP], DAYS, lambda *_: None) == []


def test_ids_of_which_less_was_accepted_and_that_are_gone_are_claimed_no_more(farm) -> None:
    farm().collected(TOTAL)
    queues = tuple(queue for queue in ONE_FOR_TWO.queues if queue.queue_id != LIGHTING)
    one = farm(replace(ONE_FOR_TWO, queues=queues))
    of = (D.QUEUE, (COMP, LIGHTING), [MONDAY], lambda *_: None)
    one.collector.checkup.accept(Outcome(FarmId(FARM)), *of)
    assert one.told(TOTAL, MONDAY).ids == {COMP}


def test_a_day_of_which_only_the_total_is_there_loses_no_usage_type_for_more_of_another(
    farm,
) -> None:
    """A licence of USD 0.5 is forgotten, and USD 5 of compute came late."""
    farm().collected(TOTAL)
    one = farm(instead(OF_MONDAY[~IS_COMPUTE].nsmallest(1, "cost_usd"), 5.0))
    outcome = verified(one)
    assert by_type(one, TOTAL) == {COMPUTE: 5.0, "LICENSE": 3.0}
    assert (outcome.written, outcome.changed) == (0, [])
    (conflict,) = outcome.conflicts
    assert (conflict.more_usd, conflict.less_usd, conflict.less_count) == (5.0, 0.5, 1)


def test_once_its_total_is_made_more_for_a_breakdown_it_is_not_said_to_stay_as_it_was(farm) -> None:
    """So it is when that day is not by user in history, and by user the USD 5 are told."""
    farm().collected(TOTAL)
    one = farm(instead(OF_MONDAY[~IS_COMPUTE].nsmallest(1, "cost_usd"), 5.0))
    outcome = verified(one, BY_USER)
    assert by_type(one, TOTAL) == {COMPUTE: 10.0, "LICENSE": 3.0}
    assert by_type(one, BY_USER) == {COMPUTE: 10.0, "LICENSE": 2.5}
    assert (outcome.conflicts, outcome.errors) == ([], [])
    assert outcome.changed == outcome.unplaced == [(D.QUEUE, MONDAY)]


def split(one: Farm, shelf: Shelf) -> None:
    """Of that cut's Monday each row of compute costs USD 0.25 more, and each of licences less."""
    rows = one.history.read(shelf, MONDAY)
    change = rows["usage_type"].map({COMPUTE: 0.25}).fillna(-0.25)
    moved = rows.assign(cost_usd_sum=rows["cost_usd_sum"] + change)
    one.history.put(shelf, MONDAY, moved, one.told(shelf, MONDAY))


@pytest.mark.parametrize(
    ("shelf", "kept"),
    [
        (TOTAL, ()),
        (BY_USER, ()),
        *((shelf, (BY_QUEUE,)) for shelf in (TOTAL, BY_QUEUE, BY_USER)),
    ],
)
def test_cuts_that_contradict_each_other_by_usage_type_are_taken_anew(
    farm, shelf: Shelf, kept: tuple[Shelf, ...]
) -> None:
    """They agree in all, and the service tells as much."""
    farm().collected(TOTAL, BY_USER, *kept)
    split(farm(), shelf)
    assert farm().amiss() != []
    one = farm()
    outcome = verified(one)
    assert (outcome.changed, outcome.conflicts, outcome.less) == ([(D.QUEUE, MONDAY)], [], [])
    for other in (TOTAL, BY_USER, *kept):
        assert by_type(one, other) == {COMPUTE: 5.0, "LICENSE": 3.0}
    assert one.amiss() == []
    assert verified(farm()).written == 0


@pytest.mark.parametrize("shelf", [TOTAL, BY_QUEUE, BY_USER], ids=["total", "by queue", "by user"])
def test_where_the_service_tells_less_by_now_they_stay_and_it_is_said(farm, shelf: Shelf) -> None:
    farm().collected(TOTAL, BY_QUEUE, BY_USER)
    split(farm(), shelf)
    queues = tuple(queue for queue in _TINY.queues if queue.queue_id != LIGHTING)
    one = farm(replace(_TINY, queues=queues))
    before = one.costs(TOTAL)
    outcome = verified(one)
    (conflict,) = outcome.conflicts
    assert conflict.within == ((BY_QUEUE, BY_USER) if shelf == TOTAL else (shelf,))
    assert [error.exit_code for error in errors(FarmId(FARM), outcome.conflicts, UTC)] == [5]
    assert "the service tells of it now is less" in str(*errors(FarmId(FARM), [conflict], UTC))
    assert outcome.changed == []
    assert one.costs(TOTAL) == before == [8.0, 3.0, 2.0]


def test_what_is_accepted_of_such_a_day_leaves_a_total_that_is_what_its_queues_have(farm) -> None:
    """Of the queue that is deleted what was kept stays, and of its usage types nothing is added."""
    farm().collected(TOTAL, BY_QUEUE)
    split(farm(), BY_QUEUE)
    queues = tuple(queue for queue in _TINY.queues if queue.queue_id != LIGHTING)
    one = farm(replace(_TINY, queues=queues))
    one.collector.checkup.accept(Outcome(FarmId(FARM)), D.QUEUE, [COMP], [MONDAY], lambda *_: None)
    rows = one.history.read(BY_QUEUE, MONDAY)
    comps = rows[rows["queue_id"] == COMP].set_index("usage_type")["cost_usd_sum"].to_dict()
    assert comps[COMPUTE] == 3.0
    assert by_type(one, TOTAL) == by_type(one, BY_QUEUE)
    assert one.amiss() == []


def test_a_total_of_more_records_than_a_dearer_cut_by_queue_stays_and_it_is_said(farm) -> None:
    farm().collected(TOTAL, BY_QUEUE)
    one = farm()
    rows = one.history.read(BY_QUEUE, MONDAY)
    is_compute = rows["usage_type"] == COMPUTE
    rows.loc[is_compute, "cost_usd_sum"] *= 2
    rows.loc[is_compute, "count"] = 1
    one.history.put(BY_QUEUE, MONDAY, rows, one.told(BY_QUEUE, MONDAY))
    outcome = Outcome(FarmId(FARM))
    one.collector.checkup.mend(outcome, DAYS)
    assert [(told.day, told.within) for told in outcome.conflicts] == [(MONDAY, (BY_QUEUE,))]
    assert one.costs(TOTAL) == [8.0, 3.0, 2.0]
    assert [one.told(TOTAL, day).short for day in DAYS] == [True, False, False]
    (said,) = errors(FarmId(FARM), outcome.conflicts, UTC)
    assert said.exit_code == 5
    assert "each hold something that the other lacks: they stay as they were" in said.what
    assert "the service" not in str(said)
    assert f"the total’s, or those of {BY_QUEUE.folder}." in said.todo


def test_a_move_between_usage_types_makes_no_total_more(farm) -> None:
    """What was a licence when the total was asked for is told as compute by now."""
    farm().collected(TOTAL)
    one = farm(instead(OF_MONDAY[~IS_COMPUTE].nlargest(1, "cost_usd"), 2.5))
    outcome = one.collected(BY_USER)
    assert one.costs(TOTAL) == [8.0, 3.0, 2.0]
    assert [told.day for told in outcome.conflicts] == [MONDAY]


LIGHTINGS = OF_MONDAY[IS_COMPUTE & (OF_MONDAY["queue_id"] == LIGHTING)]
OTHERS = instead(pd.concat([COMPS, LIGHTINGS]), 777.0)
LESS_BESIDE = replace(
    OTHERS, usage=pd.concat([OTHERS.usage, LIGHTINGS.iloc[[0] * 3].assign(cost_usd=0.5)])
)
"""And a record of USD 2 of Lighting's compute is three of 0.5 now: in all there is more of both."""


def test_of_a_cut_that_lacks_something_no_total_is_made_but_of_one_that_has_all(
    farm, tmp_path: Path
) -> None:
    """By queue nothing can be taken; in all it is 777 and 1.5 of compute, and 3 of licences."""
    farm().collected(TOTAL, BY_QUEUE)
    one = farm(LESS_BESIDE)
    outcome = one.collected(BY_USER)
    assert (outcome.conflicts, outcome.unplaced) == ([], [(D.QUEUE, MONDAY)])
    assert (one.costs(TOTAL)[0], one.costs(BY_QUEUE)[0]) == (781.5, 8.0)
    (file,) = (tmp_path / "history" / "v2" / TOTAL.folder).glob("20260302T00Z-*.parquet")
    file.unlink()
    again = farm(LESS_BESIDE)
    assert again.pieces(TOTAL) == []  # by user there is all of it
    assert again.costs(TOTAL)[0] == 781.5


@pytest.mark.parametrize("by", ["a check-up", "a question"])
def test_so_it_is_where_a_total_is_mended_by_queue_and_has_more_of_another_usage_type(
    farm, tmp_path: Path, by: str
) -> None:
    farm().collected(TOTAL, BY_QUEUE)
    one = farm()
    rows = one.history.read(BY_QUEUE, MONDAY)
    of = rows["usage_type"].map({COMPUTE: 2.0}).fillna(0.5)
    changed = rows.assign(cost_usd_sum=rows["cost_usd_sum"] * of)
    one.history.put(BY_QUEUE, MONDAY, changed, one.told(BY_QUEUE, MONDAY))
    if by == "a check-up":
        one.collector.checkup.mend(Outcome(FarmId(FARM)), DAYS)
    else:
        restore_totals(one.history, FARM, D.QUEUE, DAYS, lambda _: ())
    assert (by_type(one, TOTAL), one.costs(BY_QUEUE)[0]) == ({COMPUTE: 10.0, "LICENSE": 3.0}, 11.5)
    (file,) = (tmp_path / "history" / "v2" / TOTAL.folder).glob("20260302T00Z-*.parquet")
    file.unlink()
    assert [piece.window for piece in farm().pieces(TOTAL)] == [MONDAY]


SPAN = ("--start", "2026-03-02", "--end", "2026-03-05", "--timezone", "UTC")


def only_the_total(home: Path) -> Path:
    """History of those days by usage type, and by users of all but the Monday."""
    with asking(_TINY, SOON, history=str(home)) as one:
        one.report(asked(window=RAN))
    return home


def ended(home: Path, *more: str) -> Ended:
    shutil.rmtree(home.parent / "work", ignore_errors=True)
    (home.parent / "work").mkdir()
    with Simulator(ONE_FOR_TWO, clock=lambda: SOON) as simulator:
        variables = {"FARM_COSTS_HISTORY": str(home), "FARM_COSTS_REMEMBERED_DAYS": "unlimited"}
        shell = Shell(home.parent / "work", simulator.url, variables)
        return shell.asked("collect", "--farm", FARM, *SPAN, *more)


def test_the_command_says_so_and_what_it_says_to_do_does_it(tmp_path: Path) -> None:
    home = only_the_total(tmp_path / "history")
    first = ended(home)
    assert first.code == 4
    assert "1 settled day could not be put together" in first.text
    assert "tells USD 774.00 more and 1 record fewer of 1 settled day (2026-03-02)" in first.said
    assert "Fewer records of 1 settled day (2026-03-02) cost USD 774.00 more" in first.said
    (todo,) = [t for t in first.said.split("Where the service is right: ")[1:] if "python" in t][:1]
    what = todo.splitlines()[0].rstrip(".").split("collect ")[1].split()
    again = ended(home, *[word for word in what if word not in ("--farm", FARM)], "--yes")
    assert again.code == 0, again.said
    last = ended(home)
    assert (last.code, "not be put together" in last.text) == (0, False), last.said


def test_the_nights_log_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    home = only_the_total(tmp_path / "history")
    alone = replace(ONE_FOR_TWO, farms=ONE_FOR_TWO.farms[:1])
    with asking(alone, MONDAY.start + timedelta(days=3), history=str(home)) as one:
        outcomes = Nightly(one.reporter, UTC, 5, Clock(now=one.clock), days=3).collect()
    assert [type(error).__name__ for error in outcomes[0].errors] == ["Undecided"]
    assert "By queues the service tells USD 774.00 more and 1 record fewer" in caplog.text
