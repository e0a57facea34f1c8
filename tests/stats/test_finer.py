"""A coarse run told by a finer one: the same rows, without a Start."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pandas as pd
import pytest

from simulator import Fault
from simulator.faults import Kind
from simulator.tiny import JOB_2, tiny_world
from stats.finer import finer_runs
from stats.model import Dimension, FarmId, Period, Window
from stats.plan import YARDSTICK, Cut, Run
from tests.stats.asking import asking, question
from tests.stats.autumn import FIRST, LAST, NOW, autumn_world, differences, queue, rows_of
from tests.stats.conftest import GET, START, Answer, Engine, Open
from tests.stats.conftest import RUN as TINY_RUN

USER, JOB = Dimension.USER, Dimension.JOB
RUN = Run(
    FarmId(autumn_world().farms[0].farm_id),
    Dimension.QUEUE,
    tuple(queue(n) for n in range(8)),
    Window(FIRST, LAST),
    -7,
    YARDSTICK,
)
COARSE = [d for d in Dimension if d is not Dimension.USAGE_TYPE]
PAIRS = [
    (run, finer)
    for d in COARSE
    for run in [replace(RUN, cut=Cut((d,)))]
    for finer in finer_runs(run)
]


def by(*dimensions: Dimension, of: Run = RUN) -> Run:
    return replace(of, cut=Cut(dimensions))


def rows(engine: Engine, run: Run, not_before: datetime | None = None) -> pd.DataFrame:
    """The rows of a run, in order."""
    table = engine.line.ask(run, not_before).answer.result(10).rows
    return table.sort_values(list(table.columns), ignore_index=True)[sorted(table.columns)]


def tells_the_same(engine: Engine, run: Run, finer: Run, right: pd.DataFrame) -> None:
    """The finer run is asked for; the other is told by it, without a Start."""
    rows(engine, finer)
    before = engine.times(START)
    told = rows(engine, run)
    assert engine.times(START) == before
    pd.testing.assert_frame_equal(told, right)


@pytest.mark.parametrize("hourly", [False, True])
@pytest.mark.parametrize(("run", "finer"), PAIRS)
def test_a_finer_run_tells_the_same_as_the_run_itself(
    opened: Open, run: Run, finer: Run, hourly: bool
) -> None:
    run, finer = (replace(r, cut=replace(r.cut, hourly=hourly)) for r in (run, finer))
    right = rows(opened(autumn_world()), run)
    engine = opened(autumn_world(), cache_rows=10_000)
    rows(engine, RUN)
    tells_the_same(engine, run, finer, right)


@pytest.mark.parametrize("hourly", [False, True])
def test_so_it_does_where_a_job_was_renamed_in_the_middle(opened: Open, hourly: bool) -> None:
    """The second job's work is on Monday and on Tuesday."""

    def renamed(answer: Answer) -> None:
        for row in answer.body.get("statistics", ()):
            if row.get("jobId") == JOB_2 and row["aggregationStartTime"] < "2026-03-03":
                row["jobName"] = "Lamp_light_v1"

    run, finer = (
        replace(one, cut=replace(one.cut, hourly=hourly))
        for one in (by(JOB, of=TINY_RUN), by(JOB, USER, of=TINY_RUN))
    )
    right = rows(opened(tiny_world(), alter=renamed), run)
    assert set(right.loc[right["job_id"] == JOB_2, "job_name"]) > {"Lamp_light_v1"}
    engine = opened(tiny_world(), alter=renamed)
    rows(engine, TINY_RUN)
    tells_the_same(engine, run, finer, right)


def test_the_yardstick_is_never_told_by_another_run(engine: Engine) -> None:
    rows(engine, by(USER, Dimension.USAGE_TYPE, of=TINY_RUN))
    rows(engine, TINY_RUN)
    assert engine.times(START) == 2


def test_nothing_is_told_without_a_yardstick_to_hold_it_against(engine: Engine) -> None:
    rows(engine, by(JOB, USER, of=TINY_RUN))
    rows(engine, by(USER, of=TINY_RUN))
    assert engine.times(START) == 2


def test_a_finer_run_that_lacks_something_tells_nothing(opened: Open) -> None:
    right = rows(opened(autumn_world(), drop_missing_keys=True), by(USER))
    engine = opened(autumn_world(), drop_missing_keys=True)
    rows(engine, RUN)
    fewer = rows(engine, by(USER, Dimension.LICENSE_PRODUCT))
    before = engine.times(START)
    assert fewer["cost_usd_sum"].sum() < right["cost_usd_sum"].sum()
    pd.testing.assert_frame_equal(rows(engine, by(USER)), right)
    assert engine.times(START) == before + 1


def test_who_asks_while_the_finer_run_is_under_way_waits_for_it(opened: Open) -> None:
    right = rows(opened(autumn_world()), by(USER))
    engine = opened(autumn_world(), running_base_seconds=20)
    rows(engine, RUN)
    with engine.time.held():
        engine.line.ask(by(JOB, USER))
        engine.time.until_asleep(1)
        told = engine.line.ask(by(USER))
    assert len(told.answer.result(10).rows) == len(right)
    pd.testing.assert_frame_equal(rows(engine, by(USER)), right)
    assert engine.times(START) == 2


def test_where_the_finer_run_is_under_way_and_lacks_something_it_is_asked_for_alone(
    opened: Open,
) -> None:
    right = rows(opened(autumn_world(), drop_missing_keys=True), by(USER))
    engine = opened(autumn_world(), running_base_seconds=20, drop_missing_keys=True)
    rows(engine, RUN)
    with engine.time.held():
        engine.line.ask(by(USER, Dimension.LICENSE_PRODUCT))
        engine.time.until_asleep(1)
        engine.line.ask(by(USER))
    pd.testing.assert_frame_equal(rows(engine, by(USER)), right)
    assert engine.times(START) == 3


@pytest.mark.parametrize(("kind", "times"), [("access_denied", 1), ("malformed", 3)])
def test_where_the_finer_run_fails_the_coarse_one_is_asked_for_alone(
    opened: Open, kind: Kind, times: int
) -> None:
    engine = opened(autumn_world(), running_base_seconds=20, page_size=20)
    rows(engine, RUN)
    with engine.time.held():
        finer = engine.line.ask(by(JOB, USER))
        engine.time.until_asleep(1)
        coarse = engine.line.ask(by(USER))
        engine.simulator.faults.add(Fault(GET, kind, times))
    assert finer.answer.exception(10) is not None
    assert len(coarse.answer.result(10).rows) > 0


def test_a_farm_whose_jobs_take_long_to_read_is_asked_for_the_coarse_run_first(
    opened: Open,
) -> None:
    def slowly(answer: Answer) -> None:
        if "nextToken" in answer.asked:
            engine.time.advance(60)

    engine = opened(
        autumn_world(), running_base_seconds=2, page_size=5, cache_seconds=9_000, alter=slowly
    )
    rows(engine, RUN)
    with engine.time.held():
        engine.line.ask(by(JOB, USER))
        engine.time.until_asleep(1)
        coarse, as_short = engine.line.ask(by(USER)), engine.line.ask(by(JOB))
    for ticket in (coarse, as_short):
        ticket.answer.result(10)
    asked = [call["groupBy"] for call in engine.calls(START)]
    assert asked == [["USAGE_TYPE"], ["JOB_ID", "USER_ID"], ["USER_ID"]]


def test_an_answer_from_before_a_refresh_tells_nothing(opened: Open) -> None:
    engine = opened(autumn_world())
    rows(engine, RUN)
    rows(engine, by(JOB, USER))
    engine.time.advance(60)
    rows(engine, by(USER), engine.time.now())
    assert engine.times(START) == 3


def test_a_refresh_does_not_wait_with_those_who_wait_for_an_older_run(opened: Open) -> None:
    engine = opened(autumn_world(), running_base_seconds=20)
    rows(engine, RUN)
    with engine.time.held():
        engine.line.ask(by(JOB, USER))
        engine.time.until_asleep(1)
        engine.line.ask(by(USER))
        engine.time.advance(60)
        clicked = engine.time.now()
        fresh = engine.line.ask(by(USER), clicked)
    assert fresh.answer.result(10).fetched_at >= clicked


def test_whoever_waits_for_the_coarse_one_keeps_the_finer_one_in_the_queue(opened: Open) -> None:
    engine = opened(autumn_world(), running_base_seconds=20)
    rows(engine, RUN)
    with engine.time.held():
        engine.line.ask(by(Dimension.FLEET))
        engine.time.until_asleep(1)
        finer, coarse = engine.line.ask(by(JOB, USER)), engine.line.ask(by(USER))
        unwanted, told = engine.line.ask(by(JOB, Dimension.QUEUE)), engine.line.ask(by(JOB))
        engine.line.leave(finer)
        engine.line.leave(unwanted)
        engine.line.leave(told)
    assert len(coarse.answer.result(10).rows) > 0
    asked = [call["groupBy"] for call in engine.calls(START)]
    assert asked == [["USAGE_TYPE"], ["FLEET_ID"], ["JOB_ID", "USER_ID"]]


def test_three_breakdowns_of_one_view_take_three_cuts() -> None:
    world = autumn_world()
    ids = RUN.ids
    questions = [
        question(world, (FIRST, LAST), one, ids=ids) for one in ("user", "job", "instance_type")
    ]
    right = []
    with asking(world, NOW) as one:
        right = [rows_of(one.report(asked)) for asked in questions]
    with asking(world, NOW) as one:
        with one.reporter.prepared(questions):
            found = [rows_of(one.report(asked)) for asked in questions]
        asked = [start["groupBy"] for start in one.starts()]
    for one_found, one_right in zip(found, right, strict=True):
        assert differences(one_found, one_right) == []
    assert asked == [["USAGE_TYPE"], ["JOB_ID", "USER_ID"], ["INSTANCE_TYPE"]]


def test_breakdowns_of_different_hours_or_windows_share_nothing() -> None:
    world = autumn_world()
    hourly = question(world, (FIRST, LAST), "user", ids=RUN.ids, period=Period.HOURLY)
    jobs = question(world, (FIRST, LAST), "job", ids=RUN.ids)
    with asking(world, NOW) as one:
        with one.reporter.prepared([hourly, jobs]):
            for each in (hourly, jobs):
                one.report(each)
        asked = [start["groupBy"] for start in one.starts()]
    assert sorted(asked) == [["JOB_ID"], ["USAGE_TYPE"], ["USER_ID"]]
