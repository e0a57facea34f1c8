"""Of one run's results there are so many pages, and no more; and they are read for an hour."""

from __future__ import annotations

import pytest

from stats import aggregation
from stats.aggregation import MOST_PAGES
from stats.errors import Malformed
from stats.wire import Page
from tests.stats.conftest import GET, START, Answer, Open, answered
from tests.stats.test_laws_of_answers import JOBS

SECONDS_A_PAGE = 100.0


def pages(many: int) -> list[Page]:
    """So many pages, each with a row and with a token for the next one."""
    return [Page("COMPLETED", "", ({"count": n},), f"token {n}") for n in range(many)]


def test_results_of_ten_thousand_pages_are_all_that_is_read() -> None:
    aggregation._has_an_end(pages(MOST_PAGES - 1), (), 0.0)
    with pytest.raises(Malformed, match="more pages of results after 10,000 of them") as caught:
        aggregation._has_an_end(pages(MOST_PAGES), (), 0.0)
    assert "Ask for a shorter window" in caught.value.todo


def test_results_whose_pages_come_for_more_than_an_hour_are_given_up(opened: Open) -> None:
    row = {
        "count": 1,
        "usageType": "COMPUTE",
        "runtimeInSeconds": {"sum": 1.0, "min": 1.0, "max": 1.0},
        "aggregationStartTime": "2026-03-02T00:00:00Z",
    }

    def more(answer: Answer) -> None:
        if answer.operation == GET:
            engine.time.advance(SECONDS_A_PAGE)
            cost = engine.time.elapsed
            rows = [{**row, "costInUsd": {"sum": cost, "min": cost, "max": cost}}]
            told = {"status": "COMPLETED", "statistics": rows, "nextToken": f"token {cost}"}
            answer.status, answer.body = 200, told

    engine = opened(alter=more)
    error = answered(engine, JOBS).answer.exception()
    assert isinstance(error, Malformed)
    assert error.exit_code == 4
    assert "more pages of results after 38 of them" in error.what
    assert engine.times(START) == 2
    assert engine.times(GET) <= 2 * (3_600 / SECONDS_A_PAGE + 10)
