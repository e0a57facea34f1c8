"""Somebody else's aggregation is waited out: for how long, how often asked, and what is said."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import pairwise

import pytest

from simulator import Fault
from stats.aggregation import Stage
from stats.errors import AccessDenied, FarmBusy, ServiceFault, Throttled
from tests.stats.conftest import (
    PATIENCE,
    RUN,
    START,
    TINY,
    Alter,
    Answer,
    Engine,
    Open,
    answered,
    begun,
)

MINUTE = replace(PATIENCE, busy_farm=60.0)


def throttled(engine: Engine, times: int | None, retry_after: int | None = None) -> None:
    """So many Starts to come are turned away."""
    engine.simulator.faults.add(Fault(START, "throttle", times, retry_after=retry_after))


def asking_to_wait(text: Callable[[], str], code: str = "ThrottlingException") -> Alter:
    """Turned away Starts say in their header when to come again; the code alone says why."""

    def alter(answer: Answer) -> None:
        if answer.status == 429:
            answer.status = 400
            answer.headers |= {"Retry-After": text(), "x-amzn-ErrorType": code}

    return alter


def in_seconds(seconds: float) -> str:
    """The HTTP date so many seconds from the real now, which has whole seconds only."""
    return format_datetime(datetime.now(UTC) + timedelta(seconds=seconds), usegmt=True)


def test_a_farm_that_is_held_for_a_while_is_waited_for(engine: Engine) -> None:
    engine.simulator.faults.add(Fault(START, "busy", seconds=20))
    told: list[Stage] = []
    finished = begun(engine, told=told)
    assert engine.times(START) == 2
    assert 20 <= engine.time.elapsed <= 22
    assert finished.taken_at == TINY.now + timedelta(seconds=engine.time.elapsed)
    assert told == [Stage.COMPUTING, Stage.BUSY, Stage.COMPUTING]


def test_what_was_waited_is_in_the_runs_record(engine: Engine) -> None:
    engine.simulator.faults.add(Fault(START, "busy", seconds=20))
    (record,) = answered(engine).answer.result().records
    assert record.waited_seconds == engine.time.elapsed
    assert record.seconds == pytest.approx(engine.time.elapsed)
    assert record.fate == "completed"


def test_a_throttled_start_is_left_to_whoever_knows_what_it_waits_for(engine: Engine) -> None:
    throttled(engine, 1, retry_after=7)
    with pytest.raises(Throttled) as caught:
        engine.client.start(RUN)
    assert caught.value.retry_after == 7
    assert (engine.times(START), engine.time.pauses) == (1, [])


def test_pauses_grow_to_the_longest_and_no_further(engine: Engine) -> None:
    throttled(engine, 7)
    begun(engine)
    assert engine.time.pauses == [0.4, 0.8, 1.6, 3.2, 6.4, 8.0, 8.0]


def test_pauses_are_drawn_by_chance_between_a_half_and_the_whole(engine: Engine) -> None:
    throttled(engine, 6)
    draws = iter([0.0, 0.25, 0.5, 0.75, 1.0, 0.0])
    engine.time.chance = lambda: next(draws)
    begun(engine)
    whole = [0.4, 0.8, 1.6, 3.2, 6.4, 8.0]
    shares = [pause / most for pause, most in zip(engine.time.pauses, whole, strict=True)]
    assert shares == pytest.approx([0.5, 0.625, 0.75, 0.875, 1.0, 0.5])


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999])
def test_no_pause_is_shorter_than_the_service_asks_for(engine: Engine, chance: float) -> None:
    throttled(engine, 5, retry_after=5)
    engine.time.chance = lambda: chance
    begun(engine)
    assert len(engine.time.pauses) == 5
    assert min(engine.time.pauses) >= 5


def test_pauses_grow_beyond_what_the_service_asks_for(engine: Engine) -> None:
    throttled(engine, 5, retry_after=5)
    begun(engine)
    assert all(before < after for before, after in pairwise(engine.time.pauses))


@pytest.mark.parametrize(
    "code", ["ThrottlingException", "TooManyRequestsException", "ServiceQuotaExceededException"]
)
@pytest.mark.parametrize(
    ("text", "seconds"),
    [(lambda: "5", 5.0), (lambda: "2.5", 2.5), (lambda: in_seconds(30), 28.0)],
    ids=["seconds", "fraction", "date"],
)
def test_a_pause_may_be_asked_for_in_any_form_of_the_header(
    opened: Open, code: str, text: Callable[[], str], seconds: float
) -> None:
    engine = opened(alter=asking_to_wait(text, code))
    throttled(engine, 3)
    begun(engine)
    assert engine.times(START) == 4
    assert min(engine.time.pauses) >= seconds
    assert max(engine.time.pauses) <= seconds + 4


@pytest.mark.parametrize(
    "text",
    [
        *(lambda: in_seconds(-3600), lambda: "soon", lambda: "0", lambda: "9" * 400),
        lambda: "Mon, 01 Jan 99999999999999999999 00:00:00 GMT",
    ],
    ids=["past", "word", "nought", "endless", "never"],
)
def test_a_header_that_asks_for_no_pause_leaves_our_own(
    opened: Open, text: Callable[[], str]
) -> None:
    engine = opened(alter=asking_to_wait(text, "TooManyRequestsException"))
    throttled(engine, 3)
    begun(engine)
    assert engine.time.pauses == [0.4, 0.8, 1.6]


def test_a_word_for_a_pause_is_still_a_throttled_start(opened: Open) -> None:
    engine = opened(alter=asking_to_wait(lambda: "soon"))
    throttled(engine, 3)
    begun(engine)
    assert engine.time.pauses == [0.4, 0.8, 1.6]


def test_a_farm_that_stays_busy_is_given_up_before_the_deadline(opened: Open) -> None:
    engine = opened(patience=MINUTE)
    throttled(engine, None, retry_after=10)
    with pytest.raises(FarmBusy) as caught:
        begun(engine)
    waited = engine.time.elapsed
    assert 40 < waited <= 60
    assert f"waited for {waited:.0f} seconds" in caught.value.what
    assert "more than the 60 allowed" in caught.value.what
    assert "try again" in caught.value.todo
    assert caught.value.exit_code == 4
    assert engine.times(START) == len(engine.time.pauses) + 1


def test_it_is_waited_to_the_deadline_where_no_pause_is_asked_for(opened: Open) -> None:
    engine = opened(patience=MINUTE)
    throttled(engine, None)
    with pytest.raises(FarmBusy):
        begun(engine)
    assert 60 - PATIENCE.longest_pause <= engine.time.elapsed <= 60


def test_a_pause_far_beyond_the_deadline_is_not_begun(opened: Open) -> None:
    engine = opened(patience=MINUTE)
    throttled(engine, None, retry_after=3600)
    with pytest.raises(FarmBusy) as caught:
        begun(engine)
    assert engine.time.pauses == []
    assert engine.times(START) == 1
    assert "waited for 0 seconds; another 3600 would be more" in caught.value.what


def test_another_trouble_after_the_wait_is_told_as_what_it_is(engine: Engine) -> None:
    throttled(engine, 2)
    engine.simulator.faults.add(Fault(START, "access_denied"))
    with pytest.raises(AccessDenied):
        begun(engine)
    assert engine.times(START) == 3


@pytest.mark.parametrize("kind", ["truncated", "cut_amid"])
def test_a_start_whose_answer_was_lost_is_waited_for_like_a_strangers(
    opened: Open, kind: str
) -> None:
    engine = opened(running_base_seconds=30)
    engine.simulator.faults.add(Fault(START, kind))  # type: ignore[arg-type]
    assert begun(engine).pages[0].status == "COMPLETED"
    assert engine.simulator.most_running == 1
    assert engine.time.elapsed >= 60


def test_other_calls_wait_too_when_they_are_turned_away(engine: Engine) -> None:
    engine.simulator.faults.add(Fault("ListQueues", "throttle", 2, retry_after=6))
    assert len(engine.client.queues(RUN.farm_id)) == 2
    assert len(engine.time.pauses) == 2
    assert min(engine.time.pauses) >= 6


def test_a_listing_that_is_turned_away_each_time_is_throttled(engine: Engine) -> None:
    engine.simulator.faults.add(Fault("ListQueues", "throttle", None))
    with pytest.raises(Throttled) as caught:
        engine.client.queues(RUN.farm_id)
    assert engine.times("ListQueues") == PATIENCE.attempts
    assert "ListQueues" in caught.value.what
    assert "try again in a minute" in caught.value.todo


def test_a_listing_does_not_wait_longer_than_a_farm_is_waited_for(opened: Open) -> None:
    engine = opened(patience=MINUTE)
    engine.simulator.faults.add(Fault("ListQueues", "throttle", None, retry_after=61))
    with pytest.raises(Throttled) as caught:
        engine.client.queues(RUN.farm_id)
    assert engine.time.pauses == []
    assert "asks for a pause of 61 seconds; no more than 60 are waited in all" in str(caught.value)


def test_all_attempts_of_one_call_together_wait_no_longer_than_that(opened: Open) -> None:
    engine = opened(patience=replace(MINUTE, attempts=5))
    engine.simulator.faults.add(Fault("ListQueues", "throttle", None, retry_after=25))
    with pytest.raises(Throttled) as caught:
        engine.client.queues(RUN.farm_id)
    assert len(engine.time.pauses) == 2
    assert engine.time.elapsed <= 60
    assert "asks for a pause of 25 seconds" in str(caught.value)


def test_the_time_of_the_attempts_themselves_does_not_count(opened: Open) -> None:
    def slowly(answer: Answer) -> None:
        if answer.operation == "ListQueues":
            engine.time.advance(100)

    engine = opened(patience=MINUTE, alter=slowly)
    engine.simulator.faults.add(Fault("ListQueues", "internal_error", 2))
    assert len(engine.client.queues(RUN.farm_id)) == 2


def test_a_fault_of_the_service_is_waited_for_as_long_as_it_asks(engine: Engine) -> None:
    engine.simulator.faults.add(Fault("ListQueues", "internal_error", 2, retry_after=9))
    assert len(engine.client.queues(RUN.farm_id)) == 2
    assert min(engine.time.pauses) >= 9


def test_a_fault_that_stays_is_not_waited_for_as_a_busy_farm(engine: Engine) -> None:
    engine.simulator.faults.add(Fault(START, "internal_error", None))
    with pytest.raises(ServiceFault):
        begun(engine)
    assert engine.times(START) == PATIENCE.attempts
