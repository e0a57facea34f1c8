"""Where nothing is shown, it is said whether nothing ran or nothing is known of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from simulator import tiny_world
from simulator.tiny import ADA, EMPTY_FARM, FARM
from tests.pages.opening import OF_THE_WINDOW, is_whole, keys, opened, said, walked


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


@pytest.mark.parametrize(
    "link",
    [
        {"farm": EMPTY_FARM, "window": "7d"},
        {"farm": FARM, "window": "dates", "start": "2026-02-01", "end": "2026-02-10"},
    ],
    ids=["no usage known", "before the first usage"],
)
def test_filters_are_not_what_keeps_unknown_days_empty(tiny, link):
    for page, at in walked(link | {"user": ADA, "name": "comp"}, OF_THE_WINDOW):
        assert is_whole(at), page
        assert len(at.info) == 1, page
        assert "matches" not in at.info[0].value, page
        assert "w_without_filters" not in keys(at), page


@pytest.mark.parametrize(("page", "label"), [("users", "Users"), ("overview", "Jobs")])
def test_so_many_of_days_that_are_known_in_part_are_at_least_so_many(tiny, page, label):
    days = {"window": "dates", "start": "2026-02-20", "end": "2026-03-08"}
    at = opened(page, {"farm": FARM} | days)
    (tile,) = (tile for tile in at.metric if tile.label == label)
    assert tile.delta == "at least"


def test_of_days_that_are_known_in_part_only_those_match_nothing(tiny):
    nobody = "00000000-0000-4000-8000-00000000ffff"
    days = {"window": "dates", "start": "2026-02-20", "end": "2026-03-08"}
    at = opened("users", {"farm": FARM, "user": nobody} | days)
    assert [info.value for info in at.info] == [
        "Nothing that is known of this window matches the filters."
    ]
    assert "w_without_filters" in keys(at)


def test_who_has_set_no_filter_is_not_told_of_filters_where_no_licence_was_used(serve):
    world = tiny_world()
    serve(replace(world, usage=world.usage[world.usage["usage_type"] != "LICENSE"]))
    link = {"farm": FARM, "window": "dates", "start": "2026-03-02", "end": "2026-03-08"}
    at = opened("licences", link)
    assert [info.value for info in at.info] == ["There was nothing of this kind in this window."]
    in_part = opened("licences", link | {"start": "2026-02-20", "end": "2026-03-08"})
    said = [info.value for info in in_part.info]
    assert said == ["Nothing of this kind is known of this window."]
    at = opened("licences", link | {"user": ADA})
    assert [info.value for info in at.info] == ["Nothing in this window matches the filters."]
