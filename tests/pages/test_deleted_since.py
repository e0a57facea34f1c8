"""A queue that was deleted since keeps its name in tables, chips, filters and links."""

from __future__ import annotations

from dataclasses import replace

import pytest

from server import process
from simulator import tiny_world
from simulator.tiny import COMP, LIGHTING
from tests.pages.opening import OF_THE_WINDOW, PAGES, is_whole, opened, said, walked
from tests.pages.worlds import WEEK

NAME = "Lighting (deleted)"


@pytest.fixture
def since(deletes):
    """A server whose history is of the time before Lighting was deleted."""
    return deletes(LIGHTING)


def test_it_has_its_name_where_all_are_counted_and_a_note_says_so(since):
    at = opened("queues_and_fleets", WEEK)
    assert is_whole(at)
    assert set(at.dataframe[0].value["label"]) == {"Comp", NAME}
    assert "Counts queues that were deleted since: Lighting." in said(at)


def test_a_link_to_it_holds(since):
    at = opened("queues_and_fleets", WEEK | {"queue": LIGHTING})
    assert is_whole(at)
    assert not at.warning
    assert at.query_params == WEEK | {"queue": LIGHTING}
    assert at.multiselect(key="w_Queues").value == [LIGHTING]
    assert list(at.dataframe[0].value["label"]) == [NAME]
    assert at.dataframe[0].value["cost_usd"].sum() == pytest.approx(7.5)
    (chip,) = [button for button in at.button if str(button.key).startswith("w_chip_")]
    assert "Lighting" in chip.label
    chip.click().run()
    assert is_whole(at)
    assert at.query_params == WEEK


def test_where_history_can_not_tell_it_the_page_says_why_it_is_empty(since):
    at = opened("jobs", WEEK | {"queue": LIGHTING, "user": "nobody"})
    assert not at.exception
    assert "On 7 days history has only the total of what was deleted since" in said(at)


def test_one_that_history_does_not_know_is_named_and_nothing_shown_in_its_place(since):
    gone = f"queue-{99:032x}"
    at = opened("users", WEEK | {"queue": [COMP, gone]})
    assert is_whole(at)
    assert gone in at.warning[0].value
    assert not at.metric


def test_who_chooses_all_that_are_left_does_not_count_it(since):
    at = opened("queues_and_fleets", WEEK | {"queue": COMP})
    assert is_whole(at)
    assert at.query_params == WEEK | {"queue": COMP}
    assert list(at.dataframe[0].value["label"]) == ["Comp"]
    assert "deleted since" not in said(at)


BY_QUEUES = tuple(page for page in PAGES if page not in ("users", "instance_types"))
BY_FLEETS = ("overview", "users", "instance_types", "queues_and_fleets", "data")
LOOKED_AT = (({}, BY_QUEUES), ({"fleet": "all"}, BY_FLEETS))
"""Each page by queues or by fleets, and by both where they are what it is about."""


@pytest.fixture
def all_gone(serve, monkeypatch, tmp_path):
    """A server whose history is of the time before all queues and fleets were deleted."""
    monkeypatch.setenv("FARM_COSTS_HISTORY", str(tmp_path / "history"))
    world = tiny_world()
    serve(world)
    for scope, pages in LOOKED_AT:
        for page, at in walked(WEEK | scope, [page for page in pages if page in OF_THE_WINDOW]):
            assert is_whole(at), page
    process.close()
    return serve(replace(world, queues=(), fleets=()))


def test_a_farm_whose_every_one_was_deleted_shows_what_history_has(all_gone):
    for scope, pages in LOOKED_AT:
        kind = "fleets" if scope else "queues"
        for page, at in walked(WEEK | scope, pages):
            assert is_whole(at), page
            assert f"all {kind}, deleted since" in said(at), page
            assert f"has no {kind}" not in said(at), page
            if page in OF_THE_WINDOW:
                assert f"Counts {kind} that were deleted since" in said(at), page
        data = said(opened("data", WEEK | scope))
        assert "no more days can be collected" in data
        assert "collect --farm" not in data
    assert "StartSessionsStatisticsAggregation" not in {r.operation for r in all_gone.requests}


def test_where_all_queues_are_gone_history_is_not_said_to_be_empty(deletes):
    deletes(COMP, LIGHTING)
    at = opened("data", WEEK)
    assert is_whole(at)
    assert "Nothing of this farm is in history" not in said(at)
    assert "Nothing of this farm’s fleets is in history yet." in said(at)
    assert "no more days of those can be collected" in said(at)


def test_what_is_at_an_assumed_price_is_not_told_of_rows_that_lack_some_of_it(deletes):
    """Of 13 USD Comp had the 2 on the rack; by user there are the 7.50 of Lighting alone."""
    deletes(COMP)
    at = opened("users", WEEK)
    assert is_whole(at)
    assert "Of this $2.00 at an assumed" not in said(at)
    assert "How much of this is at an assumed 1 USD an hour can’t be told here" in said(at)
