"""A row or page that is broken is an error with its exit code, and never a smaller number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from stats.errors import FarmCostsError, Malformed
from tests.stranger.asking import asking
from tests.stranger.records import FarmData
from tests.stranger.service import Behaviour, Service
from tests.stranger.truth import Wanted

Page = dict[str, Any]


def _second_row(change: Callable[[Page], Any]) -> Callable[[Page], Page]:
    def spoiled(page: Page) -> Page:
        some = page.get("statistics") or []
        changed = [change(dict(row)) if n == 1 else row for n, row in enumerate(some)]
        return {**page, "statistics": changed}

    return spoiled


def _without(member: str) -> Callable[[Page], Page]:
    return _second_row(lambda row: {k: v for k, v in row.items() if k != member})


def _in_cost(**figures: float) -> Callable[[Page], Page]:
    return _second_row(lambda row: {**row, "costInUsd": figures})


SPOILED = {
    "no count": _without("count"),
    "no cost": _without("costInUsd"),
    "no runtime": _without("runtimeInSeconds"),
    "no time": _without("aggregationStartTime"),
    "no sum": _in_cost(min=1.0, max=1.0),
    "not a number": _in_cost(min=1.0, max=1.0, sum=float("nan")),
    "no row": _second_row(lambda _: None),
    "another year": _second_row(
        lambda row: {**row, "aggregationStartTime": "2020-01-01T00:00:00Z"}
    ),
    "no status": lambda page: {"statistics": page["statistics"]},
    "new status": lambda page: {**page, "status": "CANCELED"},
}


@pytest.mark.parametrize("spoiled", SPOILED.values(), ids=SPOILED)
def test_a_broken_row_or_page_is_malformed(
    spoiled: Callable[[Page], Page], farm: FarmData, moody: Callable[[Behaviour], Service]
) -> None:
    service = moody(Behaviour(polls=0, spoiled=spoiled))
    wanted = Wanted(tuple(farm.queues)[:4], ("user",))
    with asking(service) as asker, pytest.raises(Malformed):
        asker.report(farm, wanted)


def test_a_body_that_is_json_but_no_object_is_an_error_of_ours(
    farm: FarmData, moody: Callable[[Behaviour], Service]
) -> None:
    service = moody(Behaviour(polls=0, spoiled=lambda _: ["a proxy's own answer"]))
    wanted = Wanted(tuple(farm.queues)[:4], ("user",))
    with asking(service) as asker, pytest.raises(FarmCostsError):
        asker.report(farm, wanted)
