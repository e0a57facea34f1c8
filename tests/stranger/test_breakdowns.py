"""Every breakdown the engine answers is the truth, to a millionth of a dollar; else it declines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import combinations

import pytest

from tests.stranger.asking import Asker
from tests.stranger.records import FIRST, LAST, FarmData
from tests.stranger.truth import WORDS, Wanted

By = tuple[str, ...]
ALONE: tuple[By, ...] = ((), *combinations(WORDS, 1))
PAIRS = tuple(combinations(WORDS, 2))
TRIPLES = tuple(combinations(WORDS, 3))
TWO_WEEKS = (datetime(2026, 10, 23, tzinfo=UTC), datetime(2026, 11, 6, tzinfo=UTC))
ANSWERABLE_TRIPLES = frozenset(
    {
        frozenset({"user", "job", "instance_type"}),
        frozenset({"user", "queue", "instance_type"}),
        frozenset({"user", "queue", "job"}),
        frozenset({"queue", "job", "license_product"}),
        frozenset({"user", "job", "fleet"}),
    }
)


def _wanted(farm: FarmData, scope: str, by: tuple[str, ...]) -> Wanted:
    ids = tuple(farm.queues if scope == "queue" else farm.fleets)
    start, end = TWO_WEEKS
    return Wanted(ids, by, scope=scope, start=start, end=end)


@pytest.fixture(params=["ask", "ask_leaving_out"])
def asker(request: pytest.FixtureRequest) -> Asker:
    """Either manner of rows that lack a key."""
    found: Asker = request.getfixturevalue(request.param)
    return found


def _some(of: Sequence[By], asker: Asker, scope: str) -> Sequence[By]:
    """Every other one: each of them is asked in either manner, and of either scope."""
    return of[(asker.leaves_out + (scope == "fleet")) % 2 :: 2]


@pytest.mark.parametrize("scope", ["queue", "fleet"])
def test_every_dimension_and_every_pair_is_right(asker: Asker, scope: str, farm: FarmData) -> None:
    some = _some((*ALONE, *PAIRS), asker, scope)
    assert [one for by in some for one in asker.wrong(farm, _wanted(farm, scope, by))] == []


def test_two_months_of_thirteen_queues_are_right(ask: Asker, farm: FarmData) -> None:
    wrong = []
    for by in (*ALONE, ("job", "instance_type"), ("user", "job"), ("fleet", "queue")):
        wrong += ask.wrong(farm, Wanted(tuple(farm.queues), by, start=FIRST, end=LAST))
    assert wrong == []


def test_some_of_the_queues_or_fleets_are_right(ask: Asker, farm: FarmData) -> None:
    queues, fleets, wrong = tuple(farm.queues), tuple(farm.fleets), []
    for scope, ids in (("queue", queues[3:8]), ("queue", queues[4:5]), ("fleet", fleets[1:3])):
        for by in (*ALONE, ("user", "queue"), ("queue", "fleet")):
            wrong += ask.wrong(farm, replace(_wanted(farm, scope, by), ids=ids))
    assert wrong == []


@pytest.mark.parametrize("scope", ["queue", "fleet"])
def test_three_dimensions_are_right_or_declined(asker: Asker, scope: str, farm: FarmData) -> None:
    answers = {
        frozenset(by): asker.wrong_or_declined(farm, _wanted(farm, scope, by))
        for by in _some(TRIPLES, asker, scope)
    }
    assert [wrong for answer in answers.values() if answer for wrong in answer] == []
    answered = {by for by, answer in answers.items() if answer is not None}
    assert answered >= ANSWERABLE_TRIPLES & answers.keys()
    if scope == "queue":
        assert frozenset({"fleet", "user", "instance_type"}) not in answered


def test_four_dimensions_of_a_job_are_right(asker: Asker, farm: FarmData) -> None:
    by = ("user", "queue", "job", "instance_type")
    assert asker.wrong(farm, _wanted(farm, "queue", by)) == []


def test_an_instance_type_of_two_usage_types_is_never_put_under_one(
    asker: Asker, farms: tuple[FarmData, ...]
) -> None:
    tangled = farms[2]
    answers = [asker.wrong_or_declined(tangled, _wanted(tangled, "queue", by)) for by in TRIPLES]
    assert [wrong for answer in answers if answer for wrong in answer] == []
