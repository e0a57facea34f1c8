"""Names from the service are text in the browser: none runs, draws, or breaks a page."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from simulator.names import HURTFUL
from tests.browser.visiting import TITLES, Visit
from tests.pages.worlds import WEEK

pytestmark = pytest.mark.browser

ALERTS = "window.alerts = []; window.alert = message => window.alerts.push(message)"


def _injected(here: Visit) -> list[str]:
    """What only a name could have brought: its image, script, link, bold or formula."""
    return here.page.evaluate(
        """() => [
          ...document.querySelectorAll(
            'img[src="x"], [onerror], a[href^="http://example.com"], .katex, mjx-container'
          ),
          ...[...document.querySelectorAll('script')].filter(s => s.textContent == 'alert(1)'),
          ...[...document.querySelectorAll('main b, main strong, section strong')]
            .filter(b => b.textContent.trim() == 'bold'),
        ].map(e => e.outerHTML)"""
    )


@pytest.fixture(scope="module")
def seen(chromium, dashboard):
    """Every page of the farm with names that hurt, in one visit."""
    context = chromium.new_context(viewport={"width": 1440, "height": 2600})
    context.add_init_script(ALERTS)
    here = Visit(context.new_page(), dashboard)
    found = {}
    here.open("", WEEK)
    for path in TITLES:
        here.turn_to(path)
        here.page.locator("[data-testid=stMain] :is(.js-plotly-plot, h3)").first.wait_for()
        found[path] = (_injected(here), here.page.evaluate("window.alerts"))
    yield found, here
    context.close()


@pytest.mark.parametrize("path", TITLES)
def test_no_name_draws_anything_but_itself(seen, path):
    assert seen[0][path][0] == []


@pytest.mark.parametrize("path", TITLES)
def test_no_name_runs(seen, path):
    assert seen[0][path][1] == []


def test_no_name_asks_anything_of_the_browser(seen):
    assert seen[1].dialogs == []
    assert seen[1].complaints == []


def test_names_are_shown_as_they_are_in_chips(visit):
    link = WEEK | {"license_product": list(HURTFUL[:5]), "job": f"job-{3:032x}"}
    here = visit("jobs", link)
    for name in HURTFUL[:5]:
        chip = here.page.locator("[class*=st-key-w_chip_license_product] button:visible")
        shown = name.replace("http://", "http:\u2060//")  # joined, so that it is no link
        expect(chip.filter(has_text=shown).first).to_be_visible()
    of_job = here.page.locator("[class*=st-key-w_chip_job] button:visible").first
    expect(of_job).to_contain_text(HURTFUL[2].strip().replace("http://", "http:\u2060//"))
    assert _injected(here) == []


def test_a_hover_text_is_plain_text(visit):
    here = visit("users", WEEK)
    assert "[link](http://example.com)" in here.point_at_bar(0, 2).replace("\n", "")
    assert _injected(here) == []
