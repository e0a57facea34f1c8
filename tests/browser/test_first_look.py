"""A farm that takes its time: the total first, then the breakdown in its place."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from simulator import Simulator, SimulatorSettings
from tests.browser.serving import pointing_at, server
from tests.browser.visiting import LONGEST_MILLISECONDS, Visit
from tests.pages.worlds import WEEK, hurtful_world

pytestmark = pytest.mark.browser


@pytest.fixture
def slow(chromium, tmp_path) -> Iterator[Visit]:
    settings = SimulatorSettings(running_base_seconds=3)
    with (
        Simulator(hurtful_world(), settings) as service,
        server(tmp_path, **pointing_at(service.url)) as url,
        chromium.new_context(viewport={"width": 1440, "height": 1000}) as context,
    ):
        yield Visit(context.new_page(), url)


def test_jobs_of_a_slow_farm_come_after_the_total(slow: Visit) -> None:
    slow.page.goto(f"{slow.url}/jobs?{'&'.join(f'{k}={v}' for k, v in WEEK.items())}")
    says_what_it_does = slow.page.get_by_text("Run 1 of")
    expect(says_what_it_does).to_be_visible(timeout=LONGEST_MILLISECONDS)
    first_look = slow.page.get_by_text("the breakdown by job is still on its way")
    expect(first_look).to_be_visible(timeout=LONGEST_MILLISECONDS)
    early = slow.tile("Total cost")
    assert early.startswith("$")
    assert slow.tile("Jobs") == "…"
    slow.drawn("jobs")
    expect(slow.page.get_by_text("still on")).to_have_count(0)
    assert slow.tile("Cost") == early
    assert int(slow.tile("Jobs")) > 1
    assert slow.complaints == []
