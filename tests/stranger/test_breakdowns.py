"""Every breakdown the engine answers is the truth, to a millionth of a dollar; else it declines."""

from __future__ import annotations

from itertools import combinations

import pytest

from tests.stranger.asking import Asker
from tests.stranger.records import FarmData
from tests.stranger.truth import WORDS, Wanted

ANSWERABLE_TRIPLES = (
    ("user", "job", "instance_type"),
    ("user", "queue", "instance_type"),
    ("user", "queue", "job"),
    ("queue", "job", "license_product"),
    ("user", "job", "fleet"),
)


def _scopes(farm: FarmData) -> list[tuple[str, tuple[str, ...]]]:
    queues, fleets = tuple(farm.queues), tuple(farm.fleets)
    return [("queue", queues), ("queue", queues[3:8]), ("queue", queues[4:5]), ("fleet", fleets)]


@pytest.mark.parametrize("mode", ["ask", "ask_leaving_out"])
def test_every_dimension_and_every_pair_is_right_in_every_scope(
    mode: str, request: pytest.FixtureRequest, farm: FarmData
) -> None:
    asker: Asker = request.getfixturevalue(mode)
    wrong = []
    for scope, ids in _scopes(farm):
        for by in ((), *combinations(WORDS, 1), *combinations(WORDS, 2)):
            wrong += asker.wrong(farm, Wanted(ids, by, scope=scope))
    assert wrong == []


@pytest.mark.parametrize("mode", ["ask", "ask_leaving_out"])
@pytest.mark.parametrize("scope", [0, 1, 3])
def test_three_dimensions_are_right_or_declined(
    mode: str, scope: int, request: pytest.FixtureRequest, farm: FarmData
) -> None:
    asker: Asker = request.getfixturevalue(mode)
    kind, ids = _scopes(farm)[scope]
    answers = {
        by: asker.wrong_or_declined(farm, Wanted(ids, by, scope=kind))
        for by in combinations(WORDS, 3)
    }
    assert [wrong for answer in answers.values() if answer for wrong in answer] == []
    answered = {frozenset(by) for by, answer in answers.items() if answer is not None}
    assert {frozenset(by) for by in ANSWERABLE_TRIPLES} <= answered
    beyond = ("fleet", "user", "instance_type") if kind == "queue" else None
    assert beyond is None or frozenset(beyond) not in answered


def test_four_dimensions_of_a_job_are_right(ask: Asker, farm: FarmData) -> None:
    queues = tuple(farm.queues)
    assert ask.wrong(farm, Wanted(queues, ("user", "queue", "job", "instance_type"))) == []


@pytest.mark.parametrize("mode", ["ask", "ask_leaving_out"])
def test_an_instance_type_of_two_usage_types_is_never_put_under_one(
    mode: str, request: pytest.FixtureRequest, farms: tuple[FarmData, ...]
) -> None:
    asker: Asker = request.getfixturevalue(mode)
    tangled = farms[2]
    answers = [
        asker.wrong_or_declined(tangled, Wanted(tuple(tangled.queues), by))
        for by in combinations(WORDS, 3)
    ]
    assert [wrong for answer in answers if answer for wrong in answer] == []


def test_the_service_was_never_asked_twice_at_once(ask: Asker, farm: FarmData) -> None:
    ask.wrong(farm, Wanted(tuple(farm.queues), ("user",)))
    assert set(ask.service.statuses("Start")) == {200}
