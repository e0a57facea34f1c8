"""A click on a bar or a row filters everything by it; a click on the chip takes that back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.visiting import Visit
from tests.pages.worlds import WEEK

pytestmark = pytest.mark.browser

DEAREST = f"00000000-0000-4000-8000-{1:012x}"
"""The second dearest; the dearest is a role, whose name is no id."""


def _click_row(here: Visit, row: int) -> None:
    table = here.page.locator("[data-testid=stDataFrame]").first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box is not None
    header = 35
    here.page.mouse.click(box["x"] + 16, box["y"] + header * (row + 1.5))


def test_a_click_on_a_bar_of_the_ranking_filters_and_its_chip_takes_that_back(visit):
    here = visit("users", WEEK)
    here.click_bar(0, 1)
    here.expect_link(user=DEAREST, **WEEK)
    assert here.tile("Cost") == "$40.25"
    chip = here.page.locator(f".st-key-w_chip_user_{DEAREST} button:visible")
    chip.first.click()
    here.expect_link(user=None, **WEEK)
    assert here.tile("Cost") == "$635"
    expect(chip).to_have_count(0)
    assert here.complaints == []


def test_a_click_on_a_bar_over_time_filters_by_its_part(visit):
    here = visit("instance_types", WEEK)
    here.click_bar(1, 0)
    here.page.wait_for_url("**instance_type=**")
    here.ready()
    assert here.link()["instance_type"][0]


def test_a_click_on_a_row_of_the_table_filters(visit):
    here = visit("users", WEEK)
    _click_row(here, 1)
    here.expect_link(user=DEAREST, **WEEK)
    assert here.tile("Cost") == "$40.25"


def test_a_second_click_narrows_what_the_first_left(visit):
    here = visit("jobs", WEEK | {"user": DEAREST})
    _click_row(here, 0)
    here.expect_link(job=f"job-{2:032x}", user=DEAREST, **WEEK)
    assert here.tile("Jobs") == "1"


def test_a_click_on_a_fleet_keeps_the_queues_that_are_chosen(visit):
    queues = [f"queue-{number:032x}" for number in (2, 3, 7)]
    here = visit("queues_and_fleets", WEEK | {"queue": queues})
    whole = here.tile("Cost")
    dearest = here.point_at_bar(2, 0)
    here.click_bar(2, 0)
    here.page.wait_for_url("**fleet=**")
    here.ready()
    assert here.link()["queue"] == queues
    assert here.tile("Cost") in dearest, dearest
    assert here.tile("Cost") != whole
    assert here.complaints == []


def test_a_click_on_a_row_of_explore_filters_by_both(visit):
    here = visit("explore", WEEK | {"rows": "queue"})
    _click_row(here, 0)
    here.page.wait_for_url("**instance_type=**")
    here.ready()
    assert {"queue", "instance_type"} <= set(here.link())


def test_a_click_on_others_changes_nothing(visit):
    here = visit("users", WEEK)
    before = here.page.url
    plot = here.page.locator(".js-plotly-plot").first
    box = plot.bounding_box()
    assert box is not None
    here.page.mouse.click(box["x"] + 20, box["y"] + box["height"] - 24)
    here.page.wait_for_timeout(700)
    here.ready()
    assert here.page.url == before
    assert here.tile("Cost") == "$635"
