"""Names are found as they are typed, however their accents were stored, and shown as they are."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from unicodedata import normalize

import pytest
from hypothesis import given
from hypothesis import strategies as st

from simulator import World
from stats import lookup
from stats.model import Dimension
from stats.spelling import composed, folded
from tests.stats.asking import Asker, asking, question
from tests.stats.autumn import FIRST, LAST, autumn_world, job, person, queue

TYPED, OTHER = "forêt_010", "FORÊT_011"
STORED = normalize("NFD", TYPED)


def mac_world() -> World:
    """The autumn's farm: jobs 1 and 2 of one name in two spellings, job 3 like them in capitals.

    A queue, a person and the farm are spelt as macOS does.
    """
    world = autumn_world()
    names = {job(1): STORED, job(2): TYPED, job(3): normalize("NFD", OTHER)}
    jobs = world.jobs.assign(
        name=[
            names.get(j, n) for j, n in zip(world.jobs["job_id"], world.jobs["name"], strict=True)
        ]
    )
    first, *queues = world.queues
    anna, *people = world.people
    return replace(
        world,
        farms=(replace(world.farms[0], display_name=normalize("NFD", "Évreux")),),
        queues=(replace(first, display_name=normalize("NFD", "Façade")), *queues),
        people=(replace(anna, display_name=normalize("NFD", "Zoë")), *people),
        jobs=jobs,
    )


@pytest.fixture(scope="module", params=["service", "history"])
def asker(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Asker]:
    """Answers from the service, and from history."""
    kept = request.param == "history"
    settings = {"history": str(tmp_path_factory.mktemp("history"))} if kept else {}
    with asking(mac_world(), **settings) as one:
        if kept:
            one.report(question(mac_world(), (FIRST, LAST), "job"))
        yield one


@pytest.mark.parametrize("text", [TYPED, STORED, "forêt", "FORÊT_01", normalize("NFD", "rÊt_010")])
def test_a_text_in_jobs_names_is_found_in_either_spelling(asker: Asker, text: str) -> None:
    report = asker.report(question(mac_world(), (FIRST, LAST), "job", job_name_contains=text))
    found = dict(zip(report.table["job_id"], report.table["job_name"], strict=True))
    assert {job(1), job(2)} <= set(found) <= {job(1), job(2), job(3)}
    assert found[job(1)] == STORED
    assert (job(3) in found) is ("010" not in text)


def test_conditions_and_lists_take_names_in_either_spelling(asker: Asker) -> None:
    names, (farm,) = asker.reporter.names, mac_world().farms
    assert lookup.farm(names, "Évreux") == farm.farm_id
    assert lookup.resources(names, farm.farm_id, Dimension.QUEUE, "façade,Queue 3") == (
        queue(0),
        queue(3),
    )
    asked = question(mac_world(), (FIRST, LAST))
    kept = lookup.filters(asker.reporter, asked, [f"job={TYPED}", "user=Zoë"])
    assert [one.values for one in kept] == [{job(1), job(2)}, {person(0)}]


@given(st.text())
def test_a_name_is_the_same_however_its_accents_are_stored(name: str) -> None:
    for form in ("NFC", "NFD"):
        assert composed(normalize(form, name)) == composed(name)
        assert folded(normalize(form, name)) == folded(name)
