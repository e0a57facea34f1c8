"""A farm's line of runs: one computes, equal ones are one, answers are kept, large ones halved."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pandas as pd
import pytest

from simulator import Fault
from simulator.tiny import COMP, EMPTY_FARM, EMPTY_QUEUE, LIGHTING, SPOT
from stats.aggregation import Stage
from stats.errors import (
    AccessDenied,
    AggregationFailed,
    AggregationTimedOut,
    Closed,
    FarmCostsError,
    ServiceFault,
)
from stats.model import Dimension, FarmId, Window
from stats.plan import Cut, Run
from stats.record import Fate, RunRecord
from stats.ticket import Fetched, Ticket
from stats.wire import MEASURES
from tests.stats.asking import wait_until
from tests.stats.conftest import (
    GET,
    MONDAY,
    RUN,
    START,
    STUCK_SECONDS,
    TINY,
    Answer,
    Engine,
    Open,
    answered,
    ended,
    over,
)

ELSEWHERE = over(farm_id=FarmId(EMPTY_FARM), ids=(EMPTY_QUEUE,))
DIFFERENT = (
    RUN,
    over(days=8),
    over(ids=(COMP,)),
    over(offset_hours=-8),
    over(cut=Cut((Dimension.USER,))),
    over(cut=Cut((Dimension.USAGE_TYPE,), hourly=True)),
    over(resource=Dimension.FLEET, ids=(SPOT,)),
)
FOUR_ROWS = [
    over(window=Window(MONDAY - timedelta(days=5 - n), MONDAY + timedelta(days=3 + n)))
    for n in range(5)
]
"""Runs with four rows each, none of them within another."""


def results(tickets: Iterable[Ticket]) -> list[Fetched]:
    """The answers of tickets."""
    return [ticket.answer.result(STUCK_SECONDS) for ticket in tickets]


def error_of(ticket: Ticket) -> FarmCostsError:
    """What a ticket's run failed with."""
    error = ticket.answer.exception(10)
    assert isinstance(error, FarmCostsError)
    return error


def started(engine: Engine, run: Run = RUN, not_before: datetime | None = None) -> int:
    """How many Starts it takes to answer a run now."""
    before = engine.times(START)
    engine.line.ask(run, not_before).answer.result(STUCK_SECONDS)
    return engine.times(START) - before


def added_up(rows: pd.DataFrame) -> pd.DataFrame:
    """One row a bucket and key, in order: pieces by ids may give several."""
    keys = [column for column in rows.columns if column not in MEASURES]
    how = {name: name.rpartition("_")[2] if "_" in name else "sum" for name in MEASURES}
    return rows.groupby(keys, as_index=False).agg(how)[list(rows.columns)]


def test_a_hundred_who_ask_the_same_at_once_start_one_run(opened: Open) -> None:
    engine = opened(running_base_seconds=20)
    with ThreadPoolExecutor(100) as askers:
        with engine.time.held():
            tickets = list(askers.map(lambda _: engine.line.ask(RUN), range(100)))
            engine.time.until_asleep(1)
        answers = list(askers.map(lambda ticket: ticket.answer.result(STUCK_SECONDS), tickets))
    assert len({id(answer) for answer in answers}) == 1
    assert engine.times(START) == 1


def test_who_asks_during_and_after_a_run_gets_its_answer(opened: Open) -> None:
    engine = opened(running_base_seconds=20)
    with engine.time.held():
        first = engine.line.ask(RUN)
        engine.time.until_asleep(1)
        amid = engine.line.ask(RUN)
    answer = first.answer.result(STUCK_SECONDS)
    after = engine.line.ask(RUN)
    assert amid is first
    assert after.answer.result(0) is answer
    assert after.stage is Stage.DONE


def test_runs_that_differ_in_anything_are_runs_of_their_own(engine: Engine) -> None:
    results([engine.line.ask(run) for run in DIFFERENT])
    assert engine.times(START) == len(DIFFERENT)
    assert len({str(call) for call in engine.calls(START)}) == len(DIFFERENT)


def test_one_run_of_a_farm_computes_and_the_others_wait_their_turn(opened: Open) -> None:
    engine = opened(running_base_seconds=20)
    with engine.time.held():
        tickets = [engine.line.ask(run) for run in DIFFERENT]
        engine.time.until_asleep(1)
        stages = sorted(ticket.stage.name for ticket in tickets)
        assert stages == ["COMPUTING", *["QUEUED"] * (len(DIFFERENT) - 1)]
    records = [record for answer in results(tickets) for record in answer.records]
    assert engine.times(START) == len(DIFFERENT), "a Start was turned away"
    assert [record.waited_seconds for record in records] == [0.0] * len(DIFFERENT)
    assert engine.simulator.most_running == 1


def test_two_farms_compute_at_once(opened: Open) -> None:
    engine = opened(running_base_seconds=20)
    with engine.time.held():
        tickets = [engine.line.ask(RUN), engine.line.ask(ELSEWHERE)]
        engine.time.until_asleep(2)
        assert [ticket.stage for ticket in tickets] == [Stage.COMPUTING] * 2
    results(tickets)


def test_pages_are_read_while_the_farms_next_run_computes(opened: Open) -> None:
    next_one, waited = threading.Event(), []

    def second_page_waits(answer: Answer) -> None:
        if answer.operation == START and answer.asked["groupBy"] == ["USER_ID"]:
            next_one.set()
        if "nextToken" in answer.asked and not waited:
            waited.append(next_one.wait(STUCK_SECONDS))

    engine = opened(page_size=2, alter=second_page_waits)
    results([engine.line.ask(RUN), engine.line.ask(over(cut=Cut((Dimension.USER,))))])
    assert waited == [True]


def test_an_answer_is_kept_for_so_long_and_then_asked_for_again(opened: Open) -> None:
    engine = opened(cache_seconds=900)
    assert started(engine) == 1
    engine.time.advance(899)
    assert started(engine) == 0
    engine.time.advance(2)
    assert started(engine) == 1


def test_answers_are_not_kept_where_they_are_kept_for_no_time(opened: Open) -> None:
    engine = opened(cache_seconds=0)
    assert [started(engine), started(engine)] == [1, 1]


def test_an_answer_without_rows_is_kept_too(engine: Engine) -> None:
    assert [started(engine, ELSEWHERE), started(engine, ELSEWHERE)] == [1, 0]


def test_an_answer_from_before_a_refresh_does_not_count(engine: Engine) -> None:
    started(engine)
    engine.time.advance(60)
    clicked = engine.time.now()
    engine.time.advance(10)
    assert started(engine, not_before=clicked) == 1
    assert started(engine, not_before=clicked) == 0
    assert started(engine) == 0


def test_an_answer_from_after_a_refresh_counts(engine: Engine) -> None:
    clicked = engine.time.now()
    engine.time.advance(60)
    started(engine)
    assert started(engine, not_before=clicked) == 0


def test_pieces_from_before_a_refresh_do_not_count_either(opened: Open) -> None:
    engine = opened(timeout_records=5)
    started(engine, over(days=1))
    engine.time.advance(60)
    assert started(engine, over(days=2), not_before=engine.time.now()) == 3


def test_a_refresh_does_not_take_the_answer_of_a_run_from_before_it(opened: Open) -> None:
    engine = opened(running_base_seconds=600)
    with engine.time.held():
        engine.line.ask(RUN)
        engine.time.until_asleep(1)
        engine.time.advance(300)
        clicked = engine.time.now()
        refreshed = engine.line.ask(RUN, clicked)
    assert refreshed.answer.result(STUCK_SECONDS).fetched_at >= clicked


def test_a_refresh_takes_a_run_that_has_still_to_begin(opened: Open) -> None:
    engine = opened(running_base_seconds=20)
    with engine.time.held():
        *_, last = [engine.line.ask(run) for run in DIFFERENT]
        engine.time.until_asleep(1)
        engine.time.advance(5)
        clicked = engine.time.now()
        refreshed = engine.line.ask(last.run, clicked)
    assert refreshed.answer.result(STUCK_SECONDS) is last.answer.result(STUCK_SECONDS)
    assert refreshed.answer.result().fetched_at >= clicked
    assert engine.times(START) == len(DIFFERENT)


def test_what_was_asked_for_alone_is_kept_when_it_is_a_piece_too(opened: Open) -> None:
    engine = opened(timeout_records=5)
    assert [started(engine, over(days=days)) for days in (1, 2, 1, 2)] == [1, 2, 0, 0]


def test_pieces_put_together_are_kept_no_longer_than_the_oldest(opened: Open) -> None:
    engine = opened(timeout_records=5, cache_seconds=900)
    started(engine, over(days=1))
    engine.time.advance(890)
    assert started(engine, over(days=2)) == 2
    engine.time.advance(20)
    assert started(engine, over(days=2)) == 2


def test_an_older_answer_does_not_take_the_place_of_a_newer_one(opened: Open) -> None:
    newer, slow = threading.Event(), list[Answer]()

    def the_older_ones_second_page_is_slow(answer: Answer) -> None:
        if "nextToken" in answer.asked and not slow:
            slow.append(answer)
            newer.wait(STUCK_SECONDS)

    alter = the_older_ones_second_page_is_slow
    engine = opened(page_size=2, running_base_seconds=20, alter=alter)
    with engine.time.held():
        older = engine.line.ask(RUN)
        engine.time.until_asleep(1)
        engine.time.advance(5)
        clicked = engine.time.now()
        refreshed = engine.line.ask(RUN, clicked)
    assert refreshed.answer.result(STUCK_SECONDS).fetched_at >= clicked
    newer.set()
    assert older.answer.result(STUCK_SECONDS).fetched_at < clicked
    assert started(engine, not_before=clicked) == 0


def test_no_more_rows_are_kept_than_are_allowed(opened: Open) -> None:
    engine = opened(cache_rows=10)
    for run in FOUR_ROWS:
        assert len(engine.line.ask(run).answer.result(STUCK_SECONDS).rows) == 4
    latest_first = [started(engine, run) for run in reversed(FOUR_ROWS)]
    assert latest_first[:3] == [0, 0, 1]


def test_the_least_recently_used_answer_goes_first(opened: Open) -> None:
    engine = opened(cache_rows=10)
    first, second, third = FOUR_ROWS[:3]
    assert [started(engine, run) for run in (first, second, first, third)] == [1, 1, 0, 1]
    assert [started(engine, run) for run in (first, third, second)] == [0, 0, 1]


@pytest.mark.parametrize(("cache_rows", "again"), [(3, 1), (4, 1), (5, 0)])
def test_an_answer_too_large_to_keep_is_still_given(
    opened: Open, cache_rows: int, again: int
) -> None:
    engine = opened(cache_rows=cache_rows)
    assert len(engine.line.ask(RUN).answer.result(STUCK_SECONDS).rows) == 4
    assert started(engine) == again
    assert len(engine.line.ask(RUN).answer.result(STUCK_SECONDS).rows) == 4


def test_an_answer_too_large_to_keep_drives_no_other_out(opened: Open) -> None:
    engine = opened(cache_rows=4)
    started(engine, over(days=1))
    started(engine, RUN)
    assert started(engine, over(days=1)) == 0


@pytest.mark.parametrize(
    "run",
    [
        RUN,
        over(cut=Cut((Dimension.JOB, Dimension.USAGE_TYPE))),
        over(cut=Cut((Dimension.USER,), hourly=True)),
        over(offset_hours=-8),
        over(offset_hours=9, cut=Cut((Dimension.QUEUE, Dimension.INSTANCE_TYPE))),
    ],
    ids=["usage type", "job", "hourly", "west", "east"],
)
def test_a_run_that_is_too_large_comes_in_pieces_that_are_the_whole(opened: Open, run: Run) -> None:
    whole = answered(opened(), run).answer.result()
    engine = opened(timeout_records=3)
    pieces = answered(engine, run).answer.result()
    assert added_up(pieces.rows).equals(added_up(whole.rows))
    assert engine.times(START) > 2


def test_a_run_is_halved_by_time_and_then_by_ids(opened: Open) -> None:
    engine = opened(timeout_records=3)
    answered(engine)
    tried = [
        (call["startTime"][:10], call["endTime"][:10], len(call["resourceIds"]["queueIds"]))
        for call in engine.calls(START)
    ]
    assert tried == [
        ("2026-03-02", "2026-03-09", 2),
        ("2026-03-02", "2026-03-05", 2),
        ("2026-03-02", "2026-03-03", 2),
        ("2026-03-02", "2026-03-03", 1),
        ("2026-03-02", "2026-03-03", 1),
        ("2026-03-03", "2026-03-05", 2),
        ("2026-03-05", "2026-03-09", 2),
    ]


def test_records_say_what_was_split_and_into_what(opened: Open) -> None:
    def said(record: RunRecord) -> tuple[object, ...]:
        days = (record.window.end - record.window.start) / timedelta(days=1)
        return record.fate, days, record.resources, record.rows

    engine = opened(timeout_records=3)
    records = answered(engine).answer.result().records
    assert [said(record) for record in records] == [
        ("timed out, split", 7, 2, 0),
        ("timed out, split", 3, 2, 0),
        ("timed out, split", 1, 2, 0),
        ("completed", 1, 1, 2),
        ("completed", 1, 1, 2),
        ("completed", 2, 2, 2),
        ("completed", 4, 2, 0),
    ]
    assert len(records) == engine.times(START)
    assert engine.line.records.of(RUN.farm_id) == records


def test_a_run_that_fails_is_halved_too_and_said_to_have_failed(opened: Open) -> None:
    whole = answered(opened()).answer.result()
    engine = opened()
    engine.simulator.faults.add(Fault(START, "failed"))
    pieces = answered(engine).answer.result()
    assert [r.fate for r in pieces.records] == ["failed, split", "completed", "completed"]
    assert added_up(pieces.rows).equals(added_up(whole.rows))


def test_an_answer_in_pieces_is_as_old_as_its_oldest_piece(opened: Open) -> None:
    engine = opened(timeout_records=5, running_base_seconds=10)
    answer = answered(engine, over(days=2)).answer.result()
    completed = [record for record in answer.records if record.fate is Fate.COMPLETED]
    assert answer.fetched_at == min(map(taken_at, completed))


def taken_at(record: RunRecord) -> datetime:
    """When the service took it."""
    return record.asked_at + timedelta(seconds=record.queued_seconds + record.waited_seconds)


def test_each_stretch_of_a_runs_time_is_in_its_record(opened: Open) -> None:
    def slowly(answer: Answer) -> None:
        if "nextToken" in answer.asked:
            engine.time.advance(7)

    engine = opened(running_base_seconds=30, page_size=2, alter=slowly)
    engine.simulator.faults.add(Fault(START, "busy", seconds=20))
    with engine.time.held():
        first, second = engine.line.ask(RUN), engine.line.ask(over(days=8))
        engine.time.until_asleep(1)
    one, two = (t.answer.result(STUCK_SECONDS).records[0] for t in (first, second))
    assert (one.asked_at, two.asked_at) == (TINY.now, TINY.now)
    assert (one.queued_seconds, two.waited_seconds) == (0.0, 0.0)
    assert 20 <= one.waited_seconds <= 22
    assert 30 <= one.running_seconds <= 33
    assert one.reading_seconds >= 7 * (one.pages - 1) > 0
    assert two.queued_seconds >= one.waited_seconds + one.running_seconds
    assert two.seconds <= engine.time.elapsed


def test_what_is_under_way_is_told_too(opened: Open) -> None:
    engine = opened(running_base_seconds=30)
    with engine.time.held():
        tickets = [engine.line.ask(run) for run in (RUN, over(days=8))]
        engine.time.until_asleep(1)
        engine.time.advance(10)
        one, two = engine.line.told(RUN.farm_id)
    assert (one.fate, two.fate) == (Fate.UNDER_WAY, Fate.UNDER_WAY)
    assert sorted([one.running_seconds, two.running_seconds]) == [0.0, 10.0]
    assert sorted([one.queued_seconds, two.queued_seconds]) == [0.0, 10.0]
    results(tickets)
    assert [r.fate for r in engine.line.told(RUN.farm_id)] == [Fate.COMPLETED] * 2


def test_a_split_run_ends_before_its_pieces_begin(opened: Open) -> None:
    engine = opened(timeout_records=5, running_base_seconds=30)
    split, *pieces = answered(engine, over(days=2)).answer.result().records
    assert len(pieces) == 2
    assert split.asked_at == TINY.now
    ended = split.asked_at + timedelta(seconds=split.seconds)
    assert all(ended <= piece.asked_at for piece in pieces)


def test_each_start_of_a_run_has_a_record(opened: Open) -> None:
    engine = opened(running_base_seconds=30)
    engine.simulator.faults.add(Fault(START, "expire"))
    records = answered(engine).answer.result().records
    assert [record.fate for record in records] == ["results gone, asked again", "completed"]
    assert sum(record.seconds for record in records) == pytest.approx(engine.time.elapsed)


def test_calls_that_are_made_once_more_are_counted(opened: Open) -> None:
    engine = opened(page_size=2)
    for operation, skip in ((START, 0), (GET, 0), (GET, 1)):
        engine.simulator.faults.add(Fault(operation, "internal_error", skip=skip))
    (record,) = answered(engine).answer.result().records
    assert record.retries == 3
    (other,) = answered(engine, over(days=8)).answer.result().records
    assert other.retries == 0


def test_a_run_that_ends_in_an_error_has_a_record_too(engine: Engine) -> None:
    engine.simulator.faults.add(Fault(START, "access_denied"))
    error = error_of(answered(engine))
    (record,) = engine.line.records.of(RUN.farm_id)
    assert (record.fate, record.error) == (Fate.ERROR, str(error))
    assert engine.line.records.of(ELSEWHERE.farm_id) == ()


@pytest.mark.parametrize(
    ("kind", "error"), [("timeout", AggregationTimedOut), ("failed", AggregationFailed)]
)
def test_one_queue_on_one_day_is_not_made_smaller(
    engine: Engine, kind: str, error: type[FarmCostsError]
) -> None:
    engine.simulator.faults.add(Fault(START, kind, None))  # type: ignore[arg-type]
    caught = error_of(answered(engine))
    assert type(caught) is error
    assert "1 queue from 2026-03-02 00:00 to 2026-03-03 00:00 UTC" in caught.what
    assert caught.todo
    assert [len(c["resourceIds"]["queueIds"]) for c in engine.calls(START)] == [2, 2, 2, 1]


def test_an_hour_of_one_queue_is_not_made_smaller(engine: Engine) -> None:
    engine.simulator.faults.add(Fault(START, "timeout", None))
    run = over(days=1, ids=(LIGHTING,), cut=Cut((Dimension.USAGE_TYPE,), hourly=True))
    caught = error_of(answered(engine, run))
    assert "from 2026-03-02 00:00 to 2026-03-02 01:00 UTC" in caught.what


def test_an_error_reaches_everybody_who_waits(opened: Open) -> None:
    engine = opened(running_base_seconds=20)
    with ThreadPoolExecutor(20) as askers:
        with engine.time.held():
            tickets = list(askers.map(lambda _: engine.line.ask(RUN), range(20)))
            engine.time.until_asleep(1)
            engine.simulator.faults.add(Fault(GET, "access_denied"))
        errors = list(askers.map(error_of, tickets))
    assert {type(error) for error in errors} == {AccessDenied}
    assert engine.times(START) == 1


@pytest.mark.parametrize("operation", [START, GET])
def test_an_error_does_not_poison_the_next_ask(engine: Engine, operation: str) -> None:
    engine.simulator.faults.add(Fault(operation, "internal_error", engine.patience.attempts))
    assert type(error_of(answered(engine))) is ServiceFault
    assert len(answered(engine).answer.result().rows) == 4


def test_a_run_that_fails_holds_up_no_other(opened: Open) -> None:
    engine = opened(running_base_seconds=20)
    engine.simulator.faults.add(Fault(START, "access_denied"))
    tickets = [engine.line.ask(run) for run in DIFFERENT]
    outcomes = [ticket.answer.exception(10) for ticket in tickets]
    assert [type(error) for error in outcomes if error] == [AccessDenied]


def test_what_is_asked_in_pieces_does_not_lose_what_an_error_left(opened: Open) -> None:
    engine = opened(timeout_records=5)
    engine.simulator.faults.add(Fault(START, "access_denied", skip=2))
    assert type(error_of(answered(engine, over(days=2)))) is AccessDenied
    assert started(engine, over(days=1)) == 0
    assert started(engine, over(days=2)) == 1


def test_closing_answers_all_who_wait_at_once(opened: Open) -> None:
    engine = opened(running_base_seconds=20)
    with engine.time.held():
        tickets = [engine.line.ask(run) for run in (*DIFFERENT, ELSEWHERE)]
        engine.time.until_asleep(2)
        engine.time.advance(5)
        tickets += [engine.line.ask(run, engine.time.now()) for run in DIFFERENT]
        engine.line.close()
        errors = [error_of(ticket) for ticket in tickets]
    assert {type(error) for error in errors} == {Closed}
    assert all(error.todo and error.exit_code == 4 for error in errors)


def test_nothing_is_started_after_the_close(opened: Open) -> None:
    others = set(threading.enumerate())
    engine = opened(running_base_seconds=20)
    with engine.time.held():
        for run in DIFFERENT:
            engine.line.ask(run)
        engine.time.until_asleep(1)
        engine.line.close()
    ended([engine.line], others)
    assert engine.times(START) == 1


def test_who_asks_after_the_close_is_told_so(engine: Engine) -> None:
    answered(engine)
    engine.line.close()
    for run in (RUN, over(days=2), ELSEWHERE):
        assert type(error_of(engine.line.ask(run))) is Closed
    assert engine.times(START) == 1


def test_a_line_may_be_closed_twice(opened: Open) -> None:
    engine = opened(running_base_seconds=20)
    with engine.time.held():
        ticket = engine.line.ask(replace(RUN, ids=(COMP,)))
        engine.time.until_asleep(1)
        engine.line.close()
        engine.line.close()
    assert type(error_of(ticket)) is Closed


def test_what_nobody_waits_for_any_more_is_not_started(opened: Open) -> None:
    engine = opened(running_base_seconds=20)
    with engine.time.held():
        running, left, shared = (engine.line.ask(run) for run in DIFFERENT[:3])
        engine.time.until_asleep(1)
        again = engine.line.ask(DIFFERENT[2])
        for ticket in (running, left, shared):
            engine.line.leave(ticket)
    assert len(again.answer.result(STUCK_SECONDS).records) == 1
    assert len(running.answer.result(STUCK_SECONDS).records) == 1
    assert left.answer.cancelled()
    assert engine.times(START) == 2


def test_what_was_left_is_started_when_it_is_asked_for_again(opened: Open) -> None:
    engine = opened(running_base_seconds=20)
    with engine.time.held():
        engine.line.ask(DIFFERENT[0])
        engine.time.until_asleep(1)
        engine.line.leave(engine.line.ask(DIFFERENT[1]))
        again = engine.line.ask(DIFFERENT[1])
    assert len(again.answer.result(STUCK_SECONDS).records) == 1
    assert engine.times(START) == 2


def test_a_run_that_was_left_while_it_computed_answers_whoever_asks_next(opened: Open) -> None:
    engine = opened(running_base_seconds=20)
    with engine.time.held():
        ticket = engine.line.ask(RUN)
        engine.time.until_asleep(1)
        engine.line.leave(ticket)
        assert engine.line.ask(RUN) is ticket
    ticket.answer.result(STUCK_SECONDS)
    assert engine.times(START) == 1


def test_pieces_that_were_left_are_asked_for_again_by_whoever_comes_next(opened: Open) -> None:
    right = answered(opened()).answer.result()
    engine = opened(timeout_records=5, running_base_seconds=20)
    blocked = threading.Event()
    ticket = engine.line.ask(RUN)
    while not ticket.parts:
        blocked.wait(0.01)
    engine.line.leave(ticket)
    again = engine.line.ask(RUN).answer.result(STUCK_SECONDS)
    assert again.rows["cost_usd_sum"].sum() == right.rows["cost_usd_sum"].sum()


def test_pieces_that_nobody_waits_for_are_not_started(opened: Open) -> None:
    engine = opened(timeout_records=3, running_base_seconds=20)
    with engine.time.held():
        ticket = engine.line.ask(RUN)
        engine.time.until_asleep(1)
        engine.line.leave(ticket)
    wait_until(ticket.answer.cancelled)
    assert engine.times(START) == 1
