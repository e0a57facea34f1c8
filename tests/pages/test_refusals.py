"""What AWS refuses becomes a page that names the call and what to do, never a traceback."""

from __future__ import annotations

import functools

import pytest

from server import process
from simulator import Fault
from simulator.faults import START
from simulator.tiny import SPOT
from stats.assumed import COLUMN
from tests.pages.opening import OF_NUMBERS, PAGES, is_whole, keys, opened, said, troubles, walked
from tests.pages.worlds import WEEK

FILTERS = 5
"""Users, instance types, usage types, licences and fleets, of which each is one run."""


def _one_trouble(at) -> str:
    """The page's only trouble; nothing of Python's may be seen beside it."""
    assert not at.exception
    (trouble,) = troubles(at)
    assert "w_try_again" in keys(at)
    assert "Traceback" not in said(at)
    assert 'File "' not in said(at)
    return trouble


def test_a_denied_start_names_the_permission_on_every_page(tiny):
    tiny.faults.add(Fault(START, "access_denied", times=None))
    for page, at in walked(WEEK, OF_NUMBERS):
        assert f"deadline:{START}" in _one_trouble(at), page
        assert "policy" in said(at), page


def test_a_farm_that_is_busy_for_long_says_whose_turn_it_is(tiny, monkeypatch):
    monkeypatch.setenv("FARM_COSTS_BUSY_FARM_SECONDS", "0.05")
    tiny.faults.add(Fault(START, "throttle", times=None))
    for page, at in walked(WEEK, OF_NUMBERS):
        assert "aggregation" in _one_trouble(at), page
        assert "try again" in said(at).lower(), page


def test_a_busy_farm_is_shown_once_it_is_free(tiny):
    tiny.faults.add(Fault(START, "throttle", times=1))
    assert is_whole(opened("overview", WEEK))


@pytest.mark.parametrize("kind", ["expired_token", "unrecognized_client"])
@pytest.mark.parametrize("page", ["overview", "about"])
def test_credentials_that_are_not_accepted_say_how_to_sign_in(tiny, kind, page):
    tiny.faults.add(Fault("*", kind, times=None))
    at = opened("overview", WEEK)
    trouble = _one_trouble(at)
    assert "ListFarms" in trouble
    assert "credentials" in trouble
    assert "aws sso login" in said(at)


def test_credentials_that_expire_between_two_pages_are_told_of(tiny):
    at = opened("overview", WEEK)
    assert is_whole(at)
    tiny.faults.add(Fault("*", "expired_token", times=None))
    at.switch_page(PAGES["licences"]).run()
    assert START in _one_trouble(at)


@pytest.mark.parametrize(
    ("operation", "link"),
    [("ListFarms", {}), ("ListQueues", {}), ("ListFleets", {"count": "fleet"})],
)
def test_a_list_that_may_not_be_read_names_its_permission(tiny, operation, link):
    tiny.faults.add(Fault(operation, "access_denied", times=None))
    at = opened("users", WEEK | link)
    assert f"deadline:{operation}" in _one_trouble(at)
    assert [title.value for title in at.title] == ["Users"]


@pytest.mark.parametrize("fault", ["access_denied", "internal_error"])
@pytest.mark.parametrize(
    ("operation", "link", "called"),
    [("ListFleets", {}, "Fleets"), ("ListQueues", {"count": "fleet"}, "Queues")],
)
def test_a_list_that_only_names_are_taken_from_costs_the_names(
    tiny, monkeypatch, fault, operation, link, called
):
    monkeypatch.setenv("FARM_COSTS_CALL_ATTEMPTS", "1")
    whole = _whole(**link)
    tiny.faults.add(Fault(operation, fault, times=None))
    first = (fault == "internal_error") ^ (operation == "ListQueues")
    for page, at in walked(WEEK | link, OF_NUMBERS[first::2]):  # each by either fault, either list
        assert is_whole(at), page
        assert f"{called} are shown by their ids" in said(at), page
        assert operation in said(at), page
        assert _amounts(at) == whole[page] != [], page


@functools.cache
def _whole(**link):
    """The numbers of each page where nothing is refused, once for all that may be."""
    found = {page: _amounts(at) for page, at in walked(WEEK | link, OF_NUMBERS)}
    process.close()
    return found


def _amounts(at):
    """The numbers of the page's tiles, and its tables' added up.

    What is at an assumed price is not known without the fleets.
    """
    shown = [
        table.value.select_dtypes("number").drop(columns=COLUMN, errors="ignore")
        for table in at.dataframe
    ]
    return [*(tile.value for tile in at.metric), *(round(float(t.sum().sum()), 6) for t in shown)]


def test_a_fleet_that_is_filtered_by_is_not_called_deleted_where_fleets_cannot_be_listed(tiny):
    tiny.faults.add(Fault("ListFleets", "access_denied", times=None))
    at = opened("users", WEEK | {"count": "queue", "fleet": SPOT})
    assert is_whole(at)
    assert SPOT in said(at)
    assert "Not among the farm" not in said(at)


def test_a_list_that_only_names_are_taken_from_tells_no_markets(tiny):
    whole = opened("queues_and_fleets", WEEK)
    assert "market" in whole.dataframe[1].value
    process.close()
    tiny.faults.add(Fault("ListFleets", "access_denied", times=None))
    assert "market" not in opened("queues_and_fleets", WEEK).dataframe[1].value


def test_trying_again_lists_queues_anew_that_the_service_does_not_know(tiny):
    at = opened("about", WEEK)
    tiny.faults.add(Fault(START, "not_found", times=None))
    at.query_params.update(WEEK | {"start": "2026-02-20"})
    at.switch_page(PAGES["users"]).run()
    assert "found nothing" in _one_trouble(at)
    before = sum(r.operation == "ListQueues" for r in tiny.requests)
    at.button(key="w_try_again").click().run()
    assert sum(r.operation == "ListQueues" for r in tiny.requests) == before + 1


def test_one_error_stands_for_all_filters_of_the_sidebar(tiny, monkeypatch):
    """Each waited for by itself would take as many times as long to say the same."""
    monkeypatch.setenv("FARM_COSTS_CALL_ATTEMPTS", "1")
    at = opened("about", WEEK)
    before = len(_grouped(tiny))
    tiny.faults.add(Fault(START, "internal_error", times=None))
    at.session_state["w_filters"] = True
    at.run()
    assert not at.exception
    assert said(at).count("What there is to filter by could not be asked for") == 1
    assert "w_try_filters_again" in keys(at)
    assert len(_grouped(tiny)) - before <= FILTERS  # none is asked for again
    tiny.faults.clear()
    at.button(key="w_try_filters_again").click().run()
    assert "could not be asked for" not in said(at)
    assert {"w_Users", "w_Instance types"} <= {one.key for one in at.multiselect}


def test_filters_are_not_asked_for_where_the_page_has_no_answer(tiny, monkeypatch):
    monkeypatch.setenv("FARM_COSTS_CALL_ATTEMPTS", "1")
    at = opened("about", WEEK)
    tiny.faults.add(Fault(START, "internal_error", times=None))
    at.session_state["w_filters"] = True
    at.switch_page(PAGES["licences"]).run()
    _one_trouble(at)
    assert "Filters are listed once the page has its figures" in said(at)


def test_people_who_may_not_be_named_are_shown_by_id_with_the_reason(tiny):
    tiny.faults.add(Fault("DescribeUser", "access_denied", times=None))
    at = opened("users", WEEK)
    assert is_whole(at)
    assert "identitystore:" in said(at)


def test_trying_again_after_the_trouble_is_over_shows_the_page(tiny):
    tiny.faults.add(Fault(START, "access_denied", times=None))
    at = opened("users", WEEK)
    tiny.faults.clear()
    at.button(key="w_try_again").click().run()
    assert is_whole(at)
    assert len(at.dataframe[0].value) == 3


def test_trying_again_while_the_trouble_lasts_shows_the_trouble(tiny):
    tiny.faults.add(Fault("*", "access_denied", times=None))
    at = opened("users", WEEK)
    at.button(key="w_try_again").click().run()
    _one_trouble(at)


def test_trying_again_asks_only_for_what_was_not_answered(tiny):
    tiny.faults.add(Fault(START, "access_denied", times=None, skip=1))
    at = opened("overview", WEEK)
    _one_trouble(at)
    tiny.faults.clear()
    before = _grouped(tiny)
    at.button(key="w_try_again").click().run()
    assert is_whole(at)
    assert before[0] not in _grouped(tiny)[len(before) :]


def _grouped(simulator) -> list[tuple[str, ...]]:
    """What each Start so far was grouped by, with its window, by queues or by fleets."""
    starts = [r.parameters for r in simulator.requests if r.operation == START]
    return [
        (*one["groupBy"], one["startTime"], one["period"], *one["resourceIds"]) for one in starts
    ]
