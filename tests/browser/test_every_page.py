"""Every page in light and dark, wide and narrow: quiet, alone with its server, within its width.

`make pictures` leaves a picture of each in artefacts/screenshots/.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from tests.browser.visiting import TITLES, Visit

pytestmark = pytest.mark.browser

PICTURES = os.environ.get("PICTURES", "")
"""The folder for a picture of each page, which nobody takes without being asked."""

WIDE, NARROW = 1440, 390
TALLEST = 6000
MEASURED = """() => {
  const all = (selector) => [...document.querySelectorAll(selector)]
  const frames = [document.documentElement,
    ...all('[data-testid=stMain], [data-testid=stAppViewContainer]')]
  const style = (element) => getComputedStyle(element)
  return [
    Math.max(...frames.map(e => e.scrollWidth - e.clientWidth)),
    style(document.querySelector('[data-testid=stApp]')).backgroundColor,
    all('.annotation-text, .ytick text').map(e => style(e).fill),
    all('[data-testid=stMetricValue], [data-testid=stMetricLabel]')
      .flatMap(e => [e, ...e.querySelectorAll('*')])
      .filter(e => e.scrollWidth > e.clientWidth && e.clientWidth > 0)
      .concat(all('[data-testid=stMetric]').filter(e => e.scrollHeight > e.clientHeight))
      .map(e => e.textContent)
  ]
}"""
"""Width too much, the app's background, colours of text in charts, and tiles cut short."""
INK = {
    "light": {"rgb(31, 37, 48)", "rgb(88, 97, 114)"},
    "dark": {"rgb(230, 233, 238)", "rgb(154, 164, 178)"},
}
PAPER = {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 28)"}


@dataclass(frozen=True)
class Seen:
    """A page as it was seen: how far it is too wide, in pixels, its paper and its charts' ink."""

    too_wide: int
    paper: str
    inks: frozenset[str]
    cut: tuple[str, ...]
    complaints: tuple[str, ...]
    hosts: frozenset[str]


def _look(here: Visit, path: str, scheme: str, width: int) -> Seen:
    here.complaints.clear()
    here.requests.clear()
    if not path:
        here.open(path)
    elif width == NARROW:
        _turn_over_the_sidebar(here, path)
    else:
        here.turn_to(path)
    too_wide, paper, inks, cut = here.page.evaluate(MEASURED)
    _look_at_all(here, f"{path or 'overview'}-{scheme}-{width}.png", width)
    hosts = frozenset(urlsplit(url).hostname or "" for url in here.requests if "://" in url)
    return Seen(too_wide, paper, frozenset(inks), tuple(cut), tuple(here.complaints), hosts)


def _turn_over_the_sidebar(here: Visit, path: str) -> None:
    """On a narrow screen the navigation lies over the page while it is wanted."""
    here.page.get_by_test_id("stExpandSidebarButton").click()
    here.turn_to(path)
    here.page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
    here.page.get_by_test_id("stExpandSidebarButton").wait_for()
    here.ready()


def _look_at_all(here: Visit, name: str, width: int) -> None:
    """As tall as it is: what is drawn only where it is seen is drawn, too."""
    height = here.page.evaluate("() => document.querySelector('[data-testid=stMain]').scrollHeight")
    here.page.set_viewport_size({"width": width, "height": min(max(height, 800), TALLEST)})
    here.page.wait_for_timeout(250)
    if PICTURES:
        here.page.screenshot(path=Path(PICTURES) / name)
    here.page.set_viewport_size({"width": width, "height": 1000})


ALL = [(scheme, width) for scheme in ("light", "dark") for width in (WIDE, NARROW)]
CROSSED = [("light", WIDE), ("dark", NARROW)]
"""Each brightness and each width, once; pictures are of each in each."""


LOOKS = ALL if PICTURES else CROSSED


@pytest.fixture(scope="module", params=LOOKS, ids=lambda one: f"{one[0]}-{one[1]}")
def look(request):
    return request.param


@pytest.fixture(scope="module")
def scheme(look):
    return look[0]


@pytest.fixture(scope="module")
def looks(chromium, demo):
    """All pages of the demo, each in all looks before the next, which is asked for once so."""
    with ExitStack() as until_the_end:
        visits = {
            look: until_the_end.enter_context(_visit(chromium, demo, *look)) for look in LOOKS
        }
        yield {
            path: {look: _look(here, path, *look) for look, here in visits.items()}
            for path in TITLES
        }


@contextmanager
def _visit(chromium: Browser, demo: str, scheme: str, width: int) -> Iterator[Visit]:
    context = chromium.new_context(
        viewport={"width": width, "height": 1000}, color_scheme=scheme, reduced_motion="reduce"
    )
    yield Visit(context.new_page(), demo)
    context.close()


@pytest.fixture
def seen(looks, look):
    """All pages in one look."""
    return {path: seen[look] for path, seen in looks.items()}


def test_no_page_complains_in_the_console(seen):
    assert {path: s.complaints for path, s in seen.items() if s.complaints} == {}


def test_no_page_asks_another_host(seen):
    assert {path: s.hosts for path, s in seen.items()} == dict.fromkeys(
        TITLES, frozenset({"127.0.0.1"})
    )


def test_no_page_has_to_be_scrolled_sideways(seen):
    assert {path: s.too_wide for path, s in seen.items() if s.too_wide > 0} == {}


def test_nothing_of_a_tile_is_cut_short(seen):
    assert {path: s.cut for path, s in seen.items() if s.cut} == {}


def test_a_page_and_its_charts_are_as_bright_as_the_reader_likes(seen, scheme):
    assert {s.paper for s in seen.values()} == {PAPER[scheme]}
    assert {path: s.inks for path, s in seen.items() if not s.inks <= INK[scheme]} == {}
    assert seen["users"].inks == INK[scheme]
