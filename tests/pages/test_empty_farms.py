"""Where there is nothing to show, a page says why and what to do next."""

from __future__ import annotations

import pytest

from simulator.tiny import ADA, EMPTY_FARM
from tests.pages.opening import OF_NUMBERS, OF_THE_WINDOW, is_whole, keys, opened, said, walked
from tests.pages.worlds import WEEK, account_without_farms, farm_without_queues

EMPTY = WEEK | {"farm": EMPTY_FARM}
NOBODY = "00000000-0000-4000-8000-00000000ffff"


def test_a_farm_with_nothing_in_it_is_said_with_a_next_step(tiny):
    for page, at in walked(EMPTY, OF_THE_WINDOW):
        assert is_whole(at), page
        assert at.info, page
        assert "w_wider" in keys(at), page
        assert not at.dataframe, page


def test_the_next_step_shows_ninety_days(tiny):
    at = opened("users", EMPTY)
    at.button(key="w_wider").click().run()
    assert is_whole(at)
    assert at.query_params == {"farm": EMPTY_FARM, "window": "90d"}
    assert "w_wider" not in keys(at)
    assert at.info


def test_about_tells_of_an_empty_farm_too(tiny):
    at = opened("about", EMPTY)
    assert is_whole(at)
    assert at.info


def test_a_window_still_to_come_is_empty_and_asks_nothing(tiny):
    for page, at in walked(WEEK | {"start": "2150-01-01", "end": "2150-01-02"}, OF_THE_WINDOW):
        assert is_whole(at), page
        assert at.info, page
    assert "StartSessionsStatisticsAggregation" not in {r.operation for r in tiny.requests}


@pytest.mark.parametrize("filters", [{"user": NOBODY}, {"usage_type": "NOTHING"}], ids=str)
def test_a_filter_that_leaves_nothing_offers_to_be_taken_off(tiny, filters):
    pages = [page for page in OF_NUMBERS if page != "queues_and_fleets"]
    for page, at in walked(WEEK | filters, pages):
        assert is_whole(at), page
        assert at.info, page
        assert "w_without_filters" in keys(at), page
        assert "w_wider" not in keys(at), page


def test_taking_off_all_filters_brings_everything_back(tiny):
    at = opened("users", WEEK | {"user": [ADA, NOBODY], "job": "none", "name": "nothing"})
    at.button(key="w_without_filters").click().run()
    assert is_whole(at)
    assert at.query_params == WEEK
    assert len(at.dataframe[0].value) == 3


@pytest.mark.parametrize("scope", [{}, {"fleet": "all"}], ids=["queues", "fleets"])
def test_a_farm_without_queues_or_fleets_is_told_of_on_every_page(serve, scope):
    serve(farm_without_queues())
    for page, at in walked(WEEK | scope):
        assert not at.exception, page
        assert at.info or at.error, page
        assert "Tiny" in said(at), page
        if page in OF_NUMBERS:
            assert f"This farm lists no {'fleets' if scope else 'queues'}" in said(at), page


def test_filters_of_a_farm_without_queues_can_be_opened(serve):
    serve(farm_without_queues())
    at = opened("users", WEEK)
    at.session_state["w_filters"] = True
    at.run()
    assert not at.exception
    assert len(at.error) == 1


def test_an_account_without_farms_is_told_of_with_what_to_do(serve):
    serve(account_without_farms())
    at = opened()
    assert not at.exception
    assert len(at.error) == 1
    assert "Create a farm" in said(at)


def test_a_page_without_unattributed_money_does_not_speak_of_it(tiny):
    assert "Unattributed" not in said(opened("users", WEEK))
