"""The address bar holds the view: it opens elsewhere, follows every choice, and goes back."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from simulator.tiny import FARM
from tests.pages.worlds import WEEK

pytestmark = pytest.mark.browser

QUEUE = f"queue-{4:032x}"
USER = f"00000000-0000-4000-8000-{3:012x}"


def test_a_link_opens_the_same_view_in_another_browser(visit):
    link = WEEK | {"queue": QUEUE, "user": USER, "show": "runtime"}
    here = visit("users", link)
    there = visit("users", here.link())
    assert here.tile("Cost") == there.tile("Cost") == "$38.25"
    assert there.tile("Compute hours") == "1 h"
    assert there.link() == {name: [value] for name, value in link.items()}


@pytest.mark.parametrize("link", [{}, {"window": "7d"}, {"farm": FARM, "show": "weight"}], ids=str)
def test_the_first_page_of_a_visit_is_left_with_one_step_back(visit, link):
    here = visit("about")
    here.page.goto("about:blank")
    here.open("jobs", link)
    assert here.link() == {name: [value] for name, value in link.items()}
    here.page.go_back()
    assert here.page.url == "about:blank"


def test_back_to_an_address_without_a_view_is_back_to_the_view_as_it_was(visit):
    here = visit("users")
    here.page.get_by_text("Fleets", exact=True).first.click()
    here.expect_link(farm=FARM, fleet="all")
    here.page.go_back()
    here.expect_link(farm=None, fleet=None)
    expect(here.page.get_by_text("all 20 queues")).to_be_visible()


def test_a_choice_in_the_sidebar_changes_the_link_and_back_takes_it_back(visit):
    here = visit("users", WEEK)
    here.page.get_by_text("Fleets", exact=True).first.click()
    here.expect_link(fleet="all", **WEEK)
    here.page.go_back()
    here.expect_link(fleet=None, **WEEK)
    expect(here.page.get_by_text("all 20 queues")).to_be_visible()


def test_cost_or_run_time_is_in_the_link(visit):
    here = visit("users", WEEK)
    here.page.get_by_role("radio", name="Run time").click()
    here.expect_link(show="runtime", **WEEK)


def test_the_navigation_keeps_the_view_and_its_link(visit):
    here = visit("users", WEEK | {"user": USER, "queue": QUEUE})
    for path in ("jobs", "", "explore"):
        here.turn_to(path)
        here.expect_link(user=USER, queue=QUEUE, **WEEK)
    here.page.go_back()
    here.drawn("")
    here.expect_link(user=USER, queue=QUEUE, **WEEK)


def test_the_link_to_share_opens_the_same_view(visit):
    here = visit("jobs", WEEK | {"user": USER})
    here.page.get_by_test_id("stPopoverButton").click()
    shared = here.page.locator("[data-testid=stPopoverBody] code").first.inner_text().strip()
    assert shared.startswith(f"{here.url}/jobs?")
    there = visit("jobs")
    there.page.goto(shared)
    there.drawn("jobs")
    there.expect_link(user=USER, **WEEK)


def test_a_link_of_more_values_than_are_read_says_how_many_are_left_out(visit):
    users = [USER, *(f"00000000-0000-4000-9000-{n:012x}" for n in range(1_200))]
    here = visit("users", {"user": users} | WEEK)
    expect(here.page.get_by_text("values, since a link holds 900 at most")).to_be_visible()
    assert len(here.link()["user"]) > 800
