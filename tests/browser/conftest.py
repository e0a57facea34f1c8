"""One Chromium and as few servers as will do for all that is seen in a browser."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, sync_playwright

from simulator import Simulator
from tests.browser.chromium import WANTED, found
from tests.browser.serving import pointing_at, server
from tests.browser.visiting import Visit
from tests.pages.worlds import hurtful_world

FLAGS = [
    *("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    path = found()
    if path is None and os.environ.get("CI"):
        pytest.fail(WANTED)
    if path is None:
        pytest.skip(WANTED)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def service() -> Iterator[Simulator]:
    """A service whose farm has nothing but names that hurt."""
    with Simulator(hurtful_world()) as running:
        yield running


@pytest.fixture(scope="session")
def dashboard(service: Simulator, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server that shows that service's farm."""
    with server(tmp_path_factory.mktemp("home"), **pointing_at(service.url)) as url:
        yield url


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a server in demo mode."""
    with server(tmp_path_factory.mktemp("home"), FARM_COSTS_SOURCE="demo") as url:
        yield url


@pytest.fixture(scope="session")
def browsers() -> list[Visit]:
    """Browsers of their own, of a tab each, that nobody looks at now.

    They are used again: to load all code into a new one costs three times what a page does.
    """
    return []


@pytest.fixture
def visit(
    chromium: Browser, dashboard: str, browsers: list[Visit]
) -> Iterator[Callable[..., Visit]]:
    """Opens a page as somebody who has never been here: no cookies, no session."""
    visits = []

    def opens(path: str = "", link: Any = None, url: str = dashboard) -> Visit:
        here = browsers.pop() if browsers else Visit(_tab(chromium), url)
        visits.append(here)
        here.url = url
        return here.open(path, link)

    yield opens
    for here in visits:
        here.url = dashboard  # another server's, which was left before, has ended by now
        here.leave()
        browsers.append(here)


def _tab(chromium: Browser) -> Page:
    shape = ViewportSize(width=1440, height=1000)
    return chromium.new_page(viewport=shape, color_scheme="light", reduced_motion="reduce")
