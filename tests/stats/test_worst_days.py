"""Two faults at once, and two processes: the exact answer, or an error that helps."""

from __future__ import annotations

import random
from collections import Counter

import pytest

from simulator.faults import GET, KINDS, START, Fault
from tests.stats.worst_days import NAMING, day, fault, is_right_or_helps

SEEDS = range(36)
SHARED_SEEDS = range(100, 114)


def pair(draw: random.Random) -> list[Fault]:
    """Mostly of what brings the figures."""
    operations = (START, GET, GET, *NAMING)
    return [fault(draw, draw.choice(operations), draw.choice(KINDS)) for _ in range(2)]


@pytest.mark.parametrize("seed", SEEDS)
def test_two_faults_leave_the_right_answer_or_an_error_that_helps(seed: int) -> None:
    draw = random.Random(seed)
    is_right_or_helps(day(draw, pair(draw)))


@pytest.mark.parametrize("seed", SHARED_SEEDS)
def test_two_processes_share_a_bad_day_and_neither_is_wrong(seed: int) -> None:
    draw = random.Random(seed)
    is_right_or_helps(day(draw, pair(draw)[:1]), askers=2)


def test_the_cases_are_of_all_kinds() -> None:
    kinds = Counter(one.kind for seed in SEEDS for one in pair(random.Random(seed)))
    assert set(kinds) == set(KINDS)
