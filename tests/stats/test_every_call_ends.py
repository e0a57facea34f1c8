"""No answer is listened to for ever: not one that drips, nor one that is larger than any can be."""

from __future__ import annotations

import json
import time
from dataclasses import replace

import pytest

from simulator.tiny import FARM
from stats.bounded import MOST_BYTES
from stats.errors import FarmCostsError, Malformed, Unreachable
from tests.stats.conftest import (
    GET,
    PATIENCE,
    RUN,
    START,
    Alter,
    Answer,
    Open,
    answered,
    over,
)
from tests.stats.test_refusals import CALLS

READ_SECONDS = 0.5
LONGER_SECONDS, SLOWER_DRIP_SECONDS = 3.0, 0.3
"""The same where other answers are to come in time: a machine may be busy."""

DRIP_SECONDS = 0.05
"""Ten bytes come in the time that is waited for the first one; a whole answer takes minutes."""


def dripping(
    operation: str,
    *,
    from_the_first_byte: bool = False,
    times: int = 1_000,
    pause: float = DRIP_SECONDS,
) -> Alter:
    """Has answers to an operation come a byte at a time."""
    so_far: list[Answer] = []

    def alter(answer: Answer) -> None:
        if answer.operation == operation and len(so_far) < times:
            so_far.append(answer)
            answer.drips, answer.from_the_first_byte = pause, from_the_first_byte

    return alter


@pytest.mark.parametrize("from_the_first_byte", [True, False], ids=["all", "body"])
@pytest.mark.parametrize("operation", CALLS)
def test_an_answer_that_drips_is_given_up(
    opened: Open, operation: str, *, from_the_first_byte: bool
) -> None:
    alter = dripping(operation, from_the_first_byte=from_the_first_byte)
    engine = opened(read_seconds=READ_SECONDS, patience=replace(PATIENCE, attempts=2), alter=alter)
    since = time.monotonic()
    with pytest.raises(FarmCostsError) as caught:
        CALLS[operation](engine.client)
    assert type(caught.value) is Unreachable
    assert caught.value.exit_code == 4
    assert "Read timeout" in caught.value.what
    assert engine.times(operation) == 2
    assert time.monotonic() - since > READ_SECONDS


def test_the_last_wait_of_an_answer_is_for_what_is_left_of_its_time(opened: Open) -> None:
    """Not for as long again as a first byte is waited for."""
    seconds, pause = 1.5, 1.4
    once = replace(PATIENCE, attempts=1)
    engine = opened(read_seconds=seconds, patience=once, alter=dripping("ListFarms", pause=pause))
    since = time.monotonic()
    with pytest.raises(Unreachable):
        engine.client.farms()
    assert seconds < time.monotonic() - since < 2 * pause


def test_an_answer_that_drips_once_is_asked_for_again(opened: Open) -> None:
    engine = opened(
        read_seconds=LONGER_SECONDS, alter=dripping("ListFarms", times=1, pause=SLOWER_DRIP_SECONDS)
    )
    assert [farm.name for farm in engine.client.farms()] == ["Tiny", "Empty"]


@pytest.mark.parametrize("operation", [START, GET])
def test_the_farms_line_goes_on_after_a_run_whose_answers_drip(
    opened: Open, operation: str
) -> None:
    alter = dripping(operation, times=2, pause=SLOWER_DRIP_SECONDS)
    engine = opened(
        read_seconds=LONGER_SECONDS, patience=replace(PATIENCE, attempts=2), alter=alter
    )
    assert type(answered(engine, RUN).answer.exception()) is Unreachable
    assert len(answered(engine, over(days=3)).answer.result().rows) > 0
    assert len(answered(engine, RUN).answer.result().rows) > 0


@pytest.mark.parametrize("operation", ["ListFarms", "GetFarm"])
def test_an_answer_larger_than_any_can_be_is_not_read_to_its_end(
    opened: Open, operation: str
) -> None:
    """It would be right otherwise."""
    right = {
        "ListFarms": {"farms": []},
        "GetFarm": {"farmId": FARM, "displayName": "Tiny", "costScaleFactor": 1.0},
    }

    def swollen(answer: Answer) -> None:
        if answer.operation == operation:
            answer.status = 200
            answer.body = b" " * MOST_BYTES + json.dumps(right[operation]).encode()

    engine = opened(alter=swollen)
    with pytest.raises(Malformed):
        CALLS[operation](engine.client)
    assert engine.times(operation) <= PATIENCE.attempts
