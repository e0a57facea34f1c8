"""Where nothing is shown, it is said whether nothing ran or nothing is known of it."""

from __future__ import annotations

import pytest

from simulator.tiny import EMPTY_FARM
from tests.pages.opening import is_whole, keys, opened, said


def test_of_an_idle_farm_it_is_said_once_that_no_usage_of_it_is_known(tiny):
    at = opened("overview", {"farm": EMPTY_FARM, "window": "90d"})
    (info,) = at.info
    assert info.value.startswith("No usage of this farm’s queues is known")
    assert "nothing is known" not in said(at)
    assert "storage volumes" not in said(at)
    assert "Nothing ran" not in said(at)


def test_of_a_window_to_come_one_thing_is_said(tiny):
    at = opened("overview", {"window": "dates", "start": "2150-01-01", "end": "2150-01-02"})
    assert [info.value for info in at.info] == ["No hour of this window has passed yet."]
    assert said(at).count("No hour of this window") == 1


@pytest.mark.parametrize("window", ["90d", "all"])
def test_no_button_leads_to_the_window_that_is_shown(tiny, window):
    at = opened("overview", {"farm": EMPTY_FARM, "window": window})
    assert is_whole(at)
    assert at.info
    assert "w_wider" not in keys(at)


@pytest.mark.parametrize("window", ["7d", "lastyear"])
def test_a_button_leads_to_days_that_are_not_shown(tiny, window):
    at = opened("overview", {"farm": EMPTY_FARM, "window": window})
    assert "w_wider" in keys(at)
