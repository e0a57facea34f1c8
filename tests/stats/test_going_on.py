"""What an error broke off goes on from there: nothing is computed or fetched a second time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from simulator import Fault
from stats.errors import AggregationEndless, FarmCostsError, Garbled, ServiceFault
from stats.model import Dimension
from stats.plan import Cut
from stats.record import Fate
from tests.stats.conftest import GET, PATIENCE, RUN, START, Answer, Engine, Open, answered, over

MANY = over(cut=Cut((Dimension.JOB, Dimension.USAGE_TYPE)))
"""Six rows, which are six pages of one."""

STOPS = [
    ("cut", PATIENCE.attempts),
    ("cut_amid", PATIENCE.attempts),
    ("truncated", PATIENCE.attempts),
    ("malformed", PATIENCE.attempts),
    ("internal_error", PATIENCE.attempts),
    ("throttle", PATIENCE.attempts),
    ("access_denied", 1),
    ("expired_token", 1),
    ("unrecognized_client", 1),
]
"""Kinds of faults, and how many in a row a call gives up at."""

EVERY_STOP = pytest.mark.parametrize(("kind", "times"), STOPS)


@pytest.fixture
def whole(opened: Open) -> pd.DataFrame:
    """The rows as they come on one page."""
    return answered(opened(), MANY).answer.result().rows


def pages(engine: Engine) -> list[object]:
    """The tokens of the pages that were asked for; the first page has none."""
    return [call.get("nextToken") for call in engine.calls(GET)]


def fails(engine: Engine) -> FarmCostsError:
    error = answered(engine, MANY).answer.exception()
    assert isinstance(error, FarmCostsError)
    return error


def same(rows: pd.DataFrame, others: pd.DataFrame) -> bool:
    keys = ["bucket", "job_id", "usage_type"]
    left, right = (one.sort_values(keys, ignore_index=True) for one in (rows, others))
    return left.equals(right)


@EVERY_STOP
@pytest.mark.parametrize("read", [1, 3, 5])
def test_pages_that_were_read_are_not_read_again(
    opened: Open, whole: pd.DataFrame, kind: str, times: int, read: int
) -> None:
    engine = opened(page_size=1)
    engine.simulator.faults.add(Fault(GET, kind, times, skip=read))  # type: ignore[arg-type]
    fails(engine)
    answer = answered(engine, MANY).answer.result()
    assert same(answer.rows, whole)
    assert engine.times(START) == 1
    assert len(pages(engine)) == 6 + times
    assert len(set(pages(engine))) == 6


@EVERY_STOP
def test_what_was_computing_is_not_started_again(
    opened: Open, whole: pd.DataFrame, kind: str, times: int
) -> None:
    engine = opened(running_base_seconds=40)
    engine.simulator.faults.add(Fault(GET, kind, times, skip=2))  # type: ignore[arg-type]
    fails(engine)
    assert same(answered(engine, MANY).answer.result().rows, whole)
    assert engine.times(START) == 1


def test_one_that_was_given_up_is_waited_for_once_more(opened: Open, whole: pd.DataFrame) -> None:
    engine = opened(running_base_seconds=200, patience=replace(PATIENCE, aggregation=120))
    assert isinstance(fails(engine), AggregationEndless)
    assert same(answered(engine, MANY).answer.result().rows, whole)
    assert engine.times(START) == 1


def test_another_run_may_come_between(opened: Open, whole: pd.DataFrame) -> None:
    engine = opened(running_base_seconds=40)
    engine.simulator.faults.add(Fault(GET, "cut", PATIENCE.attempts, skip=2))
    fails(engine)
    assert answered(engine, RUN).answer.exception() is None
    assert same(answered(engine, MANY).answer.result().rows, whole)
    assert (engine.times(START), engine.simulator.turned_away) == (2, 0)


def test_what_is_gone_by_then_is_started_again(opened: Open, whole: pd.DataFrame) -> None:
    engine = opened(page_size=1, cache_seconds=10_000)
    engine.simulator.faults.add(Fault(GET, "access_denied", skip=3))
    fails(engine)
    engine.time.advance(3_600)
    answer = answered(engine, MANY).answer.result()
    assert same(answer.rows, whole)
    assert [record.fate for record in answer.records] == ["results gone, asked again", "completed"]
    assert engine.times(START) == 2


def test_what_is_from_before_a_refresh_does_not_count(opened: Open, whole: pd.DataFrame) -> None:
    engine = opened(page_size=1)
    engine.simulator.faults.add(Fault(GET, "access_denied", skip=3))
    fails(engine)
    engine.time.advance(1)
    clicked = engine.time.now()
    answer = engine.line.ask(MANY, clicked).answer.result(10)
    assert same(answer.rows, whole)
    assert answer.fetched_at >= clicked
    assert engine.times(START) == 2


def test_it_is_kept_as_long_as_answers_are(opened: Open) -> None:
    engine = opened(page_size=1, cache_seconds=600)
    engine.simulator.faults.add(Fault(GET, "access_denied", skip=3))
    fails(engine)
    engine.time.advance(601)
    assert answered(engine, MANY).answer.exception() is None
    assert engine.times(START) == 2


def test_rows_that_can_not_be_read_are_fetched_anew(opened: Open, whole: pd.DataFrame) -> None:
    spoilt: list[Answer] = []

    def once_without_a_count(answer: Answer) -> None:
        if answer.operation == GET and not spoilt:
            spoilt.append(answer)
            del answer.body["statistics"][0]["count"]

    engine = opened(page_size=1, alter=once_without_a_count)
    assert same(answered(engine, MANY).answer.result().rows, whole)
    assert engine.times(START) == 2


def spoiling(engine_of: Open, spoils: Callable[[Answer, int], None], **service: Any) -> Engine:
    """An engine whose first aggregation's pages are spoilt, each time; they are told by number."""
    seen: list[str] = []

    def alter(answer: Answer) -> None:
        if answer.operation == GET and answer.body["status"] == "COMPLETED":
            if not seen:
                seen.append(answer.asked["aggregationId"])
            if answer.asked["aggregationId"] == seen[0]:
                spoils(answer, int(bool(answer.asked.get("nextToken"))))

    return engine_of(alter=alter, **service)


@pytest.mark.parametrize("page", [0, 1])
def test_what_is_garbled_each_time_is_started_anew(
    opened: Open, whole: pd.DataFrame, page: int
) -> None:
    """It was not altered on its way; a proxy's accident would have been over."""

    def garbled(answer: Answer, one: int) -> None:
        if one == page:
            answer.body["statistics"][0]["count"] = "3"

    engine = spoiling(opened, garbled, page_size=1)
    assert isinstance(fails(engine), Garbled)
    answer = answered(engine, MANY).answer.result()
    assert same(answer.rows, whole)
    assert engine.times(START) == 2
    assert [record.fate for record in answer.records] == [Fate.MALFORMED, Fate.COMPLETED]


@pytest.mark.parametrize("page", [0, 1])
def test_what_the_service_fails_to_tell_each_time_is_not_asked_for_for_ever(
    opened: Open, whole: pd.DataFrame, page: int
) -> None:
    def faulty(answer: Answer, one: int) -> None:
        if one == page:
            answer.status, answer.body = 500, {"message": "no"}

    engine = spoiling(opened, faulty, page_size=1)
    for _ in range(2):
        assert isinstance(fails(engine), ServiceFault)
    assert same(answered(engine, MANY).answer.result().rows, whole)
    assert engine.times(START) == 2


def test_what_comes_further_each_time_is_gone_on_with(opened: Open, whole: pd.DataFrame) -> None:
    engine = opened(page_size=1)
    for read in (1, 2, 3):
        engine.simulator.faults.add(Fault(GET, "cut", PATIENCE.attempts, skip=1))
        fails(engine)
        assert len(set(pages(engine))) == read + 1
    assert same(answered(engine, MANY).answer.result().rows, whole)
    assert engine.times(START) == 1


def test_what_was_broken_off_says_nothing_of_how_long_a_run_takes(opened: Open) -> None:
    engine = opened(running_base_seconds=40, page_size=1)
    engine.simulator.faults.add(Fault(GET, "access_denied", skip=3))
    fails(engine)
    assert answered(engine, MANY).answer.exception() is None
    assert engine.line._farms.of(RUN.farm_id).sizes.slices(MANY, 0) == 1
    assert not engine.line._farms.of(RUN.farm_id).sizes._ran
