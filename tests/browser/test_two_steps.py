"""Widgets that take two steps keep the first, however long it takes to the second."""

from __future__ import annotations

import pytest

from tests.pages.worlds import WEEK

pytestmark = pytest.mark.browser


def _picked(here, day: str) -> None:
    """Clicks on a day of the calendar, and takes a second to think."""
    here.page.get_by_role("gridcell").get_by_role("button", name=f"{day}, 2026").click()
    here.page.wait_for_timeout(1_000)
    here.ready()


def test_two_days_are_picked_with_the_mouse(visit):
    here = visit("users", WEEK | {"window": "dates"})
    here.page.get_by_test_id("stDateInputField").click()
    _picked(here, "March 3")
    _picked(here, "March 5")
    here.expect_link(start="2026-03-03", end="2026-03-05", window="dates")
