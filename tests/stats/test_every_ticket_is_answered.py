"""Whatever goes wrong inside of us, whoever waits hears of it."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import NoReturn

import pandas as pd
import pytest

from simulator import Fault
from stats.errors import Closed
from stats.model import Dimension
from stats.plan import Cut
from tests.stats.asking import wait_until
from tests.stats.conftest import RUN, START, Open, answered, over

BY_JOB = replace(RUN, cut=Cut((Dimension.JOB,)))
BY_JOB_AND_USER = replace(RUN, cut=Cut((Dimension.JOB, Dimension.USER)))


def full(*_: object, **__: object) -> NoReturn:
    raise MemoryError("there is no more memory")


def test_pieces_that_can_not_be_put_together_are_an_error(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = opened(timeout_records=5)
    monkeypatch.setattr(pd, "concat", full)
    assert isinstance(answered(engine, over(days=2)).answer.exception(), MemoryError)
    monkeypatch.undo()
    assert answered(engine, over(days=2)).answer.exception() is None


def test_a_finer_run_that_can_not_be_added_up_is_an_error(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = opened(running_base_seconds=20)
    answered(engine)
    with engine.time.held():
        engine.line.ask(BY_JOB_AND_USER)
        engine.time.until_asleep(1)
        told = engine.line.ask(BY_JOB)
        monkeypatch.setattr(pd.DataFrame, "groupby", full)
    assert isinstance(told.answer.exception(10), MemoryError)
    monkeypatch.undo()
    assert answered(engine, BY_JOB).answer.exception() is None


def test_where_no_thread_can_be_started_it_is_an_error_and_no_more(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(_: threading.Thread) -> NoReturn:
        raise RuntimeError("can't start new thread")

    engine = opened()
    monkeypatch.setattr(threading.Thread, "start", none)
    assert isinstance(engine.line.ask(RUN).answer.exception(1), RuntimeError)
    monkeypatch.undo()
    assert answered(engine).answer.exception() is None
    assert engine.times(START) == 1


def test_closing_amid_runs_that_were_left_answers_the_others(opened: Open) -> None:
    engine = opened(running_base_seconds=20)
    for _ in range(3):
        with engine.time.held():
            wanted = [engine.line.ask(over(days=days)) for days in range(1, 8)]
            left = [engine.line.ask(over(days=d, ids=RUN.ids[:1])) for d in range(1, 8)]
            engine.time.until_asleep(1)
            for ticket in left:
                engine.line.leave(ticket)
        engine.line.close()
        for ticket in wanted:
            assert isinstance(ticket.answer.exception(10), Closed | None)
        engine = opened(running_base_seconds=20)


def test_closing_ends_the_wait_for_a_busy_farm(opened: Open) -> None:
    engine = opened(running_base_seconds=20)
    engine.simulator.faults.add(Fault(START, "busy", seconds=100))
    with engine.time.held():
        ticket = engine.line.ask(RUN)
        engine.time.until_asleep(1)
        engine.line.close()
    assert isinstance(ticket.answer.exception(10), Closed)
    wait_until(lambda: not starters())
    assert engine.times(START) == 1


def test_closing_ends_the_wait_for_the_service_to_add_up(opened: Open) -> None:
    engine = opened(running_base_seconds=500)
    with engine.time.held():
        engine.line.ask(RUN)
        engine.time.until_asleep(1)
        engine.line.close()
    wait_until(lambda: not starters())
    assert engine.time.elapsed < 1


def starters() -> list[str]:
    """The threads that start runs."""
    return [t.name for t in threading.enumerate() if t.name.startswith("farm-0")]


def test_a_run_that_was_left_while_the_farm_was_busy_is_not_started(opened: Open) -> None:
    engine = opened(running_base_seconds=20)
    engine.simulator.faults.add(Fault(START, "busy", seconds=100))
    with engine.time.held():
        ticket = engine.line.ask(RUN)
        engine.time.until_asleep(1)
        engine.line.leave(ticket)
    wait_until(ticket.answer.cancelled)
    assert engine.times(START) == 1
    engine.time.advance(100)
    assert answered(engine).answer.exception() is None
