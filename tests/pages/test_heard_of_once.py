"""What history has heard of a farm's fleets is looked up once a report, and not at each click."""

from __future__ import annotations

import pytest

from stats.errors import HistoryError
from stats.model import FarmId, Market
from stats.report import Reporter
from tests.pages.opening import is_whole, opened, said
from tests.pages.worlds import WEEK

UNHEARD = "history can’t be read, which may know of fleets that were deleted since"


@pytest.mark.parametrize("page", ["overview", "users", "instance_types", "explore"])
def test_a_page_that_is_run_again_looks_nothing_up(tiny, monkeypatch, page):
    looked: list[FarmId] = []
    look = Reporter.markets

    def counted(reporter: Reporter, farm_id: FarmId) -> dict[str, Market]:
        looked.append(farm_id)
        return look(reporter, farm_id)

    monkeypatch.setattr(Reporter, "markets", counted)
    at = opened(page, WEEK)
    first = len(looked)
    at.run()
    assert is_whole(at)
    assert first
    assert len(looked) == first


def test_history_that_could_not_be_read_once_is_looked_at_again(tiny, monkeypatch):
    look, fails = Reporter.markets, [True]

    def failing(reporter: Reporter, farm_id: FarmId) -> dict[str, Market]:
        if fails[0]:
            raise HistoryError("The folder is away", "Wait.")
        return look(reporter, farm_id)

    monkeypatch.setattr(Reporter, "markets", failing)
    at = opened("users", WEEK)
    assert is_whole(at)
    assert UNHEARD in said(at)
    fails[0] = False
    at.run()
    assert UNHEARD not in said(at)
