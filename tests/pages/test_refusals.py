"""What AWS refuses becomes a page that names the call and what to do, never a traceback."""

from __future__ import annotations

import pytest

from simulator import Fault
from simulator.faults import START
from tests.pages.opening import OF_NUMBERS, PAGES, is_whole, keys, opened, said, troubles, walked
from tests.pages.worlds import WEEK


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


@pytest.mark.parametrize("operation", ["ListFarms", "ListQueues", "ListFleets"])
def test_a_list_that_may_not_be_read_names_its_permission(tiny, operation):
    tiny.faults.add(Fault(operation, "access_denied", times=None))
    assert f"deadline:{operation}" in _one_trouble(opened("users", WEEK))


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
    """What each Start so far was grouped by, with its window."""
    starts = [r.parameters for r in simulator.requests if r.operation == START]
    return [(*one["groupBy"], one["startTime"], one["period"]) for one in starts]
