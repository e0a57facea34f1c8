"""Any fault, alone and in pairs, anywhere: the exact answer comes of it, or an error that helps.

What goes wrong, where and how often, is drawn from a seed; a case is replayed by its number.
"""

from __future__ import annotations

import random
from collections import Counter
from datetime import timedelta

import pytest

from simulator import Fault, SimulatorSettings
from simulator.faults import GET, KINDS, START
from stats.errors import FarmCostsError
from stats.model import Question
from tests.stats.asking import Asker, asking, question
from tests.stats.autumn import FIRST, LAST, NOW, autumn_world, queue, rows_of

WINDOW = (FIRST, LAST)
BREAKDOWNS = (
    ("usage_type",),
    ("job",),
    ("user", "usage_type"),
    ("queue", "instance_type"),
    ("user", "job", "instance_type"),
)
SCOPES = ((queue(3),), tuple(queue(n) for n in range(4)), ())
NAMING = ("GetFarm", "ListFarmMembers", "DescribeUser", "BatchGetJob")
SERVICE = SimulatorSettings(running_base_seconds=3.0, page_size=20, job_names=False)
LONGEST_SECONDS = 900.0
"""Of waiting, for any question here: what is waited for a busy farm, three times."""

MOST_STARTS_A_RUN = 90
"""A farm that is busy is asked for 300 seconds, every four to eight in the end."""

MOST_LOOKS_A_START = 60
SEEDS = range(60)
"""Of pairs; each kind alone is tried at each operation besides."""


def ours(draw: random.Random) -> Question:
    ids, by = draw.choice(SCOPES), draw.choice(BREAKDOWNS)
    return question(autumn_world(), WINDOW, *by, ids=ids)


def fault(draw: random.Random, operation: str, kind: str) -> Fault:
    return Fault(
        operation,
        kind,  # type: ignore[arg-type]
        times=draw.choice([1, 2, 3, None]),
        skip=draw.randrange(6),
        retry_after=draw.choice([None, 2]) if kind in ("throttle", "internal_error") else None,
        seconds=0.6 if kind == "slow" else 60.0,
    )


def pair(draw: random.Random) -> list[Fault]:
    operations = (START, GET, GET, *NAMING)
    return [fault(draw, draw.choice(operations), draw.choice(KINDS)) for _ in range(2)]


def loses_sight(fault: Fault) -> bool:
    """Whether one of ours may run without our knowing: its Start's answer is lost, or it is said

    to be gone; or somebody else's runs.
    """
    lost = {"cut_amid", "truncated", "slow", "busy"}
    return fault.kind in lost if fault.operation == START else fault.kind == "not_found"


def outcome(one: Asker, asked: Question) -> object:
    """The rows, or the error."""
    try:
        return rows_of(one.report(asked))
    except FarmCostsError as error:
        return error


def is_right_or_helps(draw: random.Random, faults: list[Fault]) -> None:
    asked = ours(draw)
    with asking(autumn_world(), NOW, SERVICE, call_attempts=3) as alone:
        right = rows_of(alone.report(asked))
    with asking(autumn_world(), NOW, SERVICE, call_attempts=3, read_seconds=0.3) as one:
        one.simulator.faults.add(*faults)
        before = one.service_clock()
        came = outcome(one, asked)
        waited = one.service_clock() - before
        if isinstance(came, FarmCostsError):
            assert came.exit_code in (2, 3, 4)
            assert came.todo, came
            assert came.title != FarmCostsError.title
        else:
            assert came == right
        assert waited <= timedelta(seconds=LONGEST_SECONDS)
        runs = len({repr(start) for start in one.starts()})
        assert one.called(START) <= runs * MOST_STARTS_A_RUN
        assert one.called(GET) <= one.called(START) * MOST_LOOKS_A_START + len(right)
        assert one.simulator.most_running <= 1
        if not any(loses_sight(f) for f in faults):
            assert one.simulator.turned_away == 0
        one.simulator.faults.clear()
        one.reporter.names.forget()
        again = outcome(one, asked)
        if isinstance(again, FarmCostsError):  # of a run that was under way all the time
            again = outcome(one, asked)
        assert again == right


@pytest.mark.parametrize("operation", [START, GET, *NAMING])
@pytest.mark.parametrize("kind", KINDS)
def test_one_fault_leaves_the_right_answer_or_an_error_that_helps(
    kind: str, operation: str
) -> None:
    draw = random.Random(f"{kind} {operation}")
    is_right_or_helps(draw, [fault(draw, operation, kind)])


@pytest.mark.parametrize("seed", SEEDS)
def test_two_faults_leave_the_right_answer_or_an_error_that_helps(seed: int) -> None:
    draw = random.Random(seed)
    is_right_or_helps(draw, pair(draw))


def test_the_cases_are_of_all_kinds() -> None:
    kinds = Counter(one.kind for seed in SEEDS for one in pair(random.Random(seed)))
    assert set(kinds) == set(KINDS)
