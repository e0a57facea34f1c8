"""Names of farms, queues, jobs and people are shown as they are, and do nothing."""

from __future__ import annotations

import re

import pytest

from simulator.names import HURTFUL
from simulator.tiny import FARM
from tests.pages.opening import PAGES, is_whole, marked_up, opened, said, walked
from tests.pages.worlds import WEEK, hurtful_world

ALIVE = re.compile(
    r"""
    <(?:script|img|b>|/)            # HTML
    | (?<!\\)\]\(http               # a link
    | \bhttps?://                   # a link without marks
    | (?<!\\)\*\*bold               # bold
    | (?<!\\)\$(?:x|y)              # a formula
    | (?<!\\):material/home:        # an icon
    | (?<!\\):red\[                 # a colour
    | (?<!\\)`code                  # code
    | [\u202a-\u202e]               # a turned direction
    """,
    re.VERBOSE,
)


@pytest.fixture
def hurtful(serve):
    return serve(hurtful_world())


def test_the_pattern_finds_every_name_that_would_be_alive_in_markdown():
    alive = {name for name in HURTFUL if ALIVE.search(name)}
    assert len(alive) == 8
    assert ALIVE.search("[click](http://example.com)")


def test_no_name_is_alive_on_any_page_and_the_farms_is_shown_as_it_is(hurtful):
    for page, at in walked(WEEK):
        assert is_whole(at), page
        assert [text for text in marked_up(at) if ALIVE.search(text)] == [], page
        assert HURTFUL[0] in said(at), page


def test_a_filter_by_what_has_that_name_has_a_harmless_chip(hurtful):
    for number, licence in enumerate(HURTFUL, 1):
        at = opened("jobs", WEEK | {"job": f"job-{number:032x}", "license_product": licence})
        assert is_whole(at), licence
        chips = [button for button in at.button if str(button.key).startswith("w_chip_")]
        assert len(chips) == 2, licence
        assert not any(ALIVE.search(chip.label) for chip in chips), licence


def test_a_table_holds_the_names_as_they_are_on_one_line(hurtful):
    names = set(opened("jobs", WEEK).dataframe[0].value["label"])
    assert {"<script>alert(1)</script>", "first line second line after a tab"} <= names
    assert len(names) == len(HURTFUL)


def test_what_a_link_holds_is_said_harmlessly(hurtful):
    for value in HURTFUL:
        for parameter in ("window", "farm", "queue", "name", value or "x"):
            at = opened("users", {"farm": FARM, parameter: value})
            assert not at.exception
            assert [text for text in marked_up(at) if ALIVE.search(text)] == []


def test_every_page_was_looked_at():
    assert len(PAGES) == 10
