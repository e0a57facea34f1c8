"""Where a breakdown holds more than its total, nobody knows which is wrong: neither is shown."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest

from tests.pages.opening import opened, said, troubles
from tests.stranger.records import main_farm
from tests.stranger.service import Behaviour, serving

Page = dict[str, Any]
WINDOW = {"window": "dates", "start": "2026-10-26", "end": "2026-10-30"}


def less_in_all(page: Page) -> Page:
    """A tenth of each total by usage type, and breakdowns as they are."""
    page = copy.deepcopy(page)
    for row in page.get("statistics") or []:
        others = {"queueId", "fleetId", "jobId", "userId", "instanceType", "licenseProduct"}
        if not others & row.keys():
            row["costInUsd"] = {edge: cost / 10 for edge, cost in row["costInUsd"].items()}
    return page


@pytest.fixture(autouse=True)
def disagreeing(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with serving((main_farm(),), Behaviour(polls=0, spoiled=less_in_all)) as service:
        monkeypatch.setenv("AWS_ENDPOINT_URL", service.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "stranger")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "stranger")
        monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
        yield


@pytest.mark.parametrize("page", ["overview", "users", "licences"])
def test_neither_tiles_nor_charts_are_shown_and_it_is_said_why(page: str) -> None:
    at = opened(page, WINDOW)
    assert not at.exception
    (trouble,) = troubles(at)
    assert trouble.startswith("The service's answer contradicts itself")
    assert "Nothing of it is shown: a number would be wrong." in said(at)
    assert not at.metric
    assert not at.main.get("plotly_chart")
