"""A visit to the dashboard in a browser of its own, and all that happened meanwhile."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlencode, urlsplit

from playwright.sync_api import Dialog, Page, expect

TITLES = {
    "": "Overview",
    "users": "Users",
    "jobs": "Jobs",
    "instance_types": "Instance types",
    "queues_and_fleets": "Queues and fleets",
    "licences": "Licences",
    "explore": "Explore",
    "long_range": "Long range",
    "data": "Data",
    "about": "About the numbers",
}
"""Each page's path and title; the overview has no path of its own."""

LINKS = "[data-testid=stSidebar] [data-testid=stPageLink] a"
READY = "[data-testid=stApp][data-test-script-state=notRunning]"
CHARTS_ARE_DRAWN = """() => !document.querySelector('[data-testid=stSkeleton]')
  && [...document.querySelectorAll('[data-testid=stPlotlyChart]')]
    .every(chart => chart.querySelector('.main-svg text'))"""
"""Until the code that draws it is loaded, a skeleton stands where a chart will."""

LONGEST_MILLISECONDS = 150_000

_PROBE = re.compile(r"/[a-z_]+/_stcore/(?:health|host-config)$")
"""On a deep link Streamlit's client looks for its server below the page first, then above."""


@dataclass
class Visit:
    """A page of the browser with what it asked for and complained about."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    dialogs: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        page = self.page
        page.set_default_timeout(LONGEST_MILLISECONDS)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))
        page.on("dialog", self._dismiss)
        page.on("console", self._hear)

    def open(self, path: str = "", link: Mapping[str, str | Sequence[str]] | None = None) -> Visit:
        """Follows a link to a page, and waits until it is drawn."""
        query = f"?{urlencode(link, doseq=True)}" if link else ""
        self.page.goto(f"{self.url}/{path}{query}")
        return self.drawn(path)

    def leave(self) -> None:
        """Ends the visit: neither the browser nor this knows of it any more.

        A page of the same place stays there meanwhile: with any other, even an empty one, Chromium
        lets go of the process that has the code, and loads all of it anew.
        """
        self.page.goto(f"{self.url}/_stcore/health")
        self.page.evaluate("() => [localStorage, sessionStorage].forEach(kept => kept.clear())")
        self.page.context.clear_cookies()
        self.page.mouse.move(0, 0)
        for heard in (self.complaints, self.requests, self.dialogs):
            heard.clear()

    def drawn(self, path: str) -> Visit:
        """Waits until that page is drawn to its end."""
        expect(self.page.locator("h1")).to_have_text(TITLES[path], timeout=LONGEST_MILLISECONDS)
        main = self.page.locator("[data-testid=stMain]")
        the_end = main.get_by_text("An estimate").or_(main.get_by_test_id("stAlert"))
        the_end.first.wait_for()
        return self.ready()

    def ready(self) -> Visit:
        """Waits until nothing runs any more, and every chart is drawn."""
        self.page.locator(READY).wait_for()
        self.page.wait_for_function(CHARTS_ARE_DRAWN, polling=100)
        return self

    def turn_to(self, path: str) -> Visit:
        """Follows the navigation to another page."""
        title = TITLES[path]
        self.page.locator(LINKS).filter(has=self.page.get_by_text(title, exact=True)).click()
        return self.drawn(path)

    def link(self) -> dict[str, list[str]]:
        """The parameters in the address bar."""
        return parse_qs(urlsplit(self.page.url).query, keep_blank_values=True)

    def expect_link(self, **wanted: str | Sequence[str] | None) -> None:
        """Waits until these parameters are in the address bar; None is for one that is not."""
        lists = {k: [v] if isinstance(v, str) else list(v) for k, v in wanted.items() if v}
        absent = [name for name, value in wanted.items() if not value]

        def holds(url: str) -> bool:
            now = parse_qs(urlsplit(url).query)
            return all(now.get(k) == v for k, v in lists.items()) and not set(absent) & set(now)

        self.page.wait_for_url(holds)
        self.ready()

    def point_at_bar(self, figure: int, bar: int) -> str:
        """Points at a bar until its tooltip stands there, as a person would; the tooltip's text."""
        plot = self.page.locator(".js-plotly-plot").nth(figure)
        tooltip = plot.locator(".hoverlayer .hovertext")
        plot.scroll_into_view_if_needed()
        for _ in range(20):
            box = plot.locator(".barlayer .point").nth(bar).bounding_box()
            assert box is not None
            middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
            self.page.mouse.move(*middle, steps=3)
            self.page.wait_for_timeout(250)
            if tooltip.count():
                return tooltip.first.text_content() or ""
            self.page.mouse.move(0, 0)
        raise AssertionError("no tooltip appears over the bar")

    def click_bar(self, figure: int, bar: int) -> None:
        """Points at a bar, and clicks."""
        self.point_at_bar(figure, bar)
        self.page.mouse.down()
        self.page.mouse.up()

    def tile(self, label: str) -> str:
        """What the first tile of that name shows."""
        tiles = self.page.locator("[data-testid=stMetric]")
        found = tiles.filter(has=self.page.get_by_text(label, exact=True)).first
        return found.locator("[data-testid=stMetricValue]").inner_text()

    def _dismiss(self, dialog: Dialog) -> None:
        self.dialogs.append(dialog.message)
        dialog.dismiss()

    def _hear(self, message: object) -> None:
        kind, text = getattr(message, "type", ""), getattr(message, "text", "")
        place = getattr(message, "location", {}).get("url", "")
        if kind == "error" and not ("404" in text and _PROBE.search(place)):
            self.complaints.append(f"{text} ({place})")
