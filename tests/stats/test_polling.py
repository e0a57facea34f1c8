"""Waiting for one aggregation: how often it is looked at, and how each of its ends is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import accumulate

import pytest

from simulator import Fault
from stats.aggregation import Stage
from stats.errors import (
    AggregationEndless,
    AggregationFailed,
    AggregationTimedOut,
    Malformed,
    ResultsExpired,
)
from tests.stats.conftest import (
    GET,
    PATIENCE,
    RUN,
    START,
    TINY,
    Answer,
    Engine,
    Open,
    begun,
    over,
)

LONGEST = PATIENCE.longest_pause
PATIENT = replace(PATIENCE, aggregation=9_000, longest_pause=120)


@pytest.mark.parametrize("seconds", [0.05, 1, 7, 40, 90, 600])
def test_the_end_is_noticed_within_a_tenth_of_the_running_time(
    opened: Open, seconds: float
) -> None:
    engine = opened(running_base_seconds=seconds)
    begun(engine)
    late = engine.time.elapsed - seconds
    assert -1e-6 <= late <= min(max(0.1, 0.1 * seconds), LONGEST) + 1e-6


def test_pauses_are_a_tenth_of_the_time_that_has_passed(opened: Open) -> None:
    engine = opened(running_base_seconds=70)
    begun(engine)
    pauses = engine.time.pauses
    passed = [0.0, *accumulate(pauses)]
    assert pauses == sorted(pauses)
    for pause, since in zip(pauses, passed, strict=False):
        assert pause == pytest.approx(max(0.1, since / 10))


def test_no_pause_is_longer_than_the_longest(opened: Open) -> None:
    engine = opened(running_base_seconds=400)
    begun(engine)
    pauses = engine.time.pauses
    assert max(pauses) == LONGEST
    assert pauses.count(LONGEST) >= 300 / LONGEST


def test_a_minute_of_computing_is_looked_at_some_dozens_of_times(opened: Open) -> None:
    engine = opened(running_base_seconds=60)
    begun(engine)
    assert 20 <= engine.times(GET) <= 70


def test_an_aggregation_that_is_done_at_once_is_not_slept_for(engine: Engine) -> None:
    begun(engine)
    assert engine.time.pauses == []
    assert engine.times(GET) == 1


def test_the_first_page_comes_with_the_news_of_the_end(opened: Open) -> None:
    engine = opened(running_base_seconds=30)
    told: list[Stage] = []
    finished = begun(engine, told=told)
    assert [row["count"] for row in finished.pages[0].rows] == [3, 2, 1, 1]
    assert finished.taken_at == TINY.now
    assert told == [Stage.COMPUTING]


def test_one_that_ends_within_our_patience_is_waited_for(opened: Open) -> None:
    engine = opened(running_base_seconds=118, patience=replace(PATIENCE, aggregation=120))
    assert begun(engine).pages[0].status == "COMPLETED"


def test_one_that_does_not_end_is_given_up_when_our_patience_ends(opened: Open) -> None:
    engine = opened(running_base_seconds=1e6, patience=replace(PATIENCE, aggregation=120))
    with pytest.raises(AggregationEndless) as caught:
        begun(engine)
    assert 120 <= engine.time.elapsed <= 120 + LONGEST + 1e-6
    assert f"still running after {engine.time.elapsed:.0f} seconds" in caught.value.what
    assert "2 queues from 2026-03-02 00:00 to 2026-03-09 00:00 UTC" in caught.value.what
    assert "shorter window" in caught.value.todo
    assert caught.value.exit_code == 4


@pytest.mark.parametrize(
    ("kind", "error", "said"),
    [
        ("failed", AggregationFailed, "The aggregation failed."),
        ("timeout", AggregationTimedOut, "The aggregation took too long."),
    ],
)
def test_a_bad_end_is_an_error_of_its_own_with_the_services_message(
    opened: Open, kind: str, error: type[Exception], said: str
) -> None:
    engine = opened(running_base_seconds=20)
    engine.simulator.faults.add(Fault(START, kind))  # type: ignore[arg-type]
    with pytest.raises(error) as caught:
        begun(engine)
    assert type(caught.value) is error
    assert said in str(caught.value)
    assert f"ended {kind.upper()}" in str(caught.value)
    assert "fewer queues or fleets" in str(caught.value)
    assert engine.times(START) == 1
    assert engine.time.elapsed >= 20


def test_what_failed_is_named_by_its_queues_and_its_window(engine: Engine) -> None:
    engine.simulator.faults.add(Fault(START, "failed"))
    with pytest.raises(AggregationFailed) as caught:
        begun(engine, over(days=1, ids=RUN.ids[:1]))
    assert "over 1 queue from 2026-03-02 00:00 to 2026-03-03 00:00 UTC" in caught.value.what


def test_a_status_that_nobody_knows_is_malformed_and_named(opened: Open) -> None:
    def paused(answer: Answer) -> None:
        if answer.operation == GET:
            answer.body = {"status": "PAUSED"}

    engine = opened(alter=paused)
    with pytest.raises(Malformed, match="“PAUSED”"):
        begun(engine)
    assert engine.times(START) == 1


def test_results_that_are_gone_when_looked_for_have_expired(opened: Open) -> None:
    engine = opened(running_base_seconds=20)
    engine.simulator.faults.add(Fault(GET, "not_found", skip=5))
    with pytest.raises(ResultsExpired, match="is gone") as caught:
        begun(engine)
    assert engine.times(GET) == 6
    assert caught.value.exit_code == 4


def test_an_aggregation_that_outlives_its_results_has_expired(opened: Open) -> None:
    lasting = timedelta(hours=1, minutes=5).total_seconds()
    engine = opened(running_base_seconds=lasting, patience=PATIENT)
    with pytest.raises(ResultsExpired):
        begun(engine)
    assert 3600 <= engine.time.elapsed < lasting


def test_a_moments_trouble_while_waiting_ends_nothing(opened: Open) -> None:
    engine = opened(running_base_seconds=5)
    for skip, kind in ((1, "internal_error"), (3, "throttle"), (5, "cut"), (7, "truncated")):
        engine.simulator.faults.add(Fault(GET, kind, skip=skip))  # type: ignore[arg-type]
    assert begun(engine).pages[0].status == "COMPLETED"
    assert engine.times(START) == 1
