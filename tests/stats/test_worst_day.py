"""Any fault, anywhere: the exact answer comes of it, or an error that helps.

What goes wrong, where and how often, is drawn from a seed; a case is replayed by its name.
"""

from __future__ import annotations

import random
from collections import Counter

import pytest

from simulator import SimulatorSettings
from simulator.faults import GET, KINDS, START, Fault, Kind
from stats.errors import FarmCostsError
from tests.stats.asking import asking, question
from tests.stats.autumn import FIRST, LAST, NOW, autumn_world
from tests.stats.worst_days import NAMING, day, fault, is_right_or_helps


def of(*operations: str) -> list[tuple[Kind, str]]:
    return [(kind, one) for kind in KINDS for one in operations if Fault("*", kind).concerns(one)]


@pytest.mark.parametrize(("kind", "operation"), of(START, GET))
def test_one_fault_leaves_the_right_answer_or_an_error_that_helps(
    kind: Kind, operation: str
) -> None:
    draw = random.Random(f"{kind} {operation}")
    is_right_or_helps(day(draw, [fault(draw, operation, kind)]))


@pytest.mark.parametrize("kind", [kind for kind, _ in of(NAMING[0])])
def test_a_fault_of_each_call_for_names_leaves_the_right_answer(kind: Kind) -> None:
    draw = random.Random(kind)
    faults = [fault(draw, operation, kind) for operation in NAMING]
    is_right_or_helps(day(draw, faults, by=("user", "job")))


@pytest.mark.parametrize("kind", ["expired_token", "access_denied", "throttle", "cut"])
def test_a_fault_of_every_call_from_some_moment_on_is_an_error_that_helps(kind: Kind) -> None:
    for skip in (0, 1, 4, 9):
        is_right_or_helps(day(random.Random(skip), [Fault("*", kind, None, skip)]))


@pytest.mark.parametrize(
    ("operation", "kind", "times", "skip"),
    [
        *((START, kind, 1, skip) for kind in ("access_denied", "expired_token") for skip in (0, 5)),
        *((GET, "access_denied", 1, skip) for skip in (0, 5, 12, 20)),
        *((GET, kind, 5, skip) for kind in ("malformed", "internal_error") for skip in (0, 20)),
    ],
)
def test_what_was_fetched_before_a_fault_is_not_fetched_again(
    operation: str, kind: Kind, times: int, skip: int
) -> None:
    service = SimulatorSettings(running_base_seconds=0.3, page_size=50)
    asked = question(autumn_world(), (FIRST, LAST), "user", "job", "instance_type")
    with asking(autumn_world(), NOW, service, hurry=500) as one:
        one.simulator.faults.add(Fault(operation, kind, times, skip=skip))
        failed = 0
        for _ in range(3):
            try:
                one.report(asked)
            except FarmCostsError:
                failed += 1
        starts = Counter(repr(start) for start in one.starts())
    assert failed == 1
    assert len(starts) == 6
    assert sum(starts.values()) == 6 + (operation == START)
