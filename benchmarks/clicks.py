"""Pages over a year of history in Chromium, beside a page of Streamlit's with a button alone.

Where a row of a table is clicked, beside one with a table alone: Streamlit waits a while with that.

Time goes by the browser's own clock, from the mouse's button going up: to the frame in which the
total is that of what was clicked, and to the frame in which nothing runs any more and every chart
is drawn. Each click filters by something else, so that none is answered from what is kept.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median
from urllib.parse import urlencode

from playwright.sync_api import Browser, Page, sync_playwright
from playwright.sync_api import TimeoutError as NotDone

from benchmarks import years
from benchmarks.farm import FARM, farm_world
from benchmarks.sessions import memory
from simulator import Person, Simulator, World
from simulator.faults import START
from tests.browser.chromium import WANTED, found
from tests.browser.serving import pointing_at, server
from tests.browser.visiting import CHARTS_ARE_DRAWN, READY, Visit

MOST_TIMES = 3.0
_ROUNDS = 5
_ROW = 35
"""Pixels of a row of a table."""
_LONGEST_MILLISECONDS = 180_000
_EMPTY = 'import time, streamlit as st; st.button(f"Again {time.time_ns()}", key="again")'
_TABLE = """import time, pandas as pd, streamlit as st
st.write(f"Again {time.time_ns()}")
rows = pd.DataFrame({"a": range(20)})
st.dataframe(rows, on_select="rerun", selection_mode="single-row", key="rows")
"""
_FIRST, _LAST = years.END.replace(year=years.END.year - 1), years.END - years.DAY
_LINK = {
    "farm": FARM,
    "window": "dates",
    "start": f"{_FIRST:%Y-%m-%d}",
    "end": f"{_LAST:%Y-%m-%d}",
}
_BARS = {"": 1, "users": 0, "instance_types": 0, "jobs": 0}
"""On which figure a bar is clicked; on a page without one a row of the table is."""
PATHS = (*_BARS, "explore")
_ON_BARS = {path or "overview" for path in _BARS}

_IS_DONE = f"""() => document.querySelector('{READY}') && ({CHARTS_ARE_DRAWN})()"""
_HAS_ENDED = f"""said => ({_IS_DONE})()
  && document.querySelector('[data-testid=stMain]').innerText.includes(said)"""
_WATCH = f"""quick => {{
  const app = document.querySelector('[data-testid=stApp]');
  const total = () => app.querySelector('[data-testid=stMetricValue]')?.textContent ?? '';
  const said = app.textContent, before = total();
  window.measured = new Promise(done => addEventListener('pointerup', () => {{
    const began = performance.now();
    let ran = false, answered = null;
    new MutationObserver(() => {{ ran ||= !app.matches('{READY}'); }}).observe(
      app, {{ attributes: true, attributeFilter: ['data-test-script-state'] }});
    const look = () => {{
      const now = performance.now() - began;
      if (answered === null && total() && total() !== before) answered = now;
      if ((ran || quick && app.textContent !== said) && ({_IS_DONE})())
        done([answered ?? now, now]);
      else
        requestAnimationFrame(look);
    }};
    look();
  }}, {{ capture: true, once: true }}));
  const never = new Promise(done => setTimeout(() => done(null), {_LONGEST_MILLISECONDS}));
  window.measured = Promise.race([window.measured, never]);
}}"""


@dataclass(frozen=True)
class Clicked:
    """Medians in seconds of one page, None where it was not done in minutes; the server's MiB.

    A click that filters is answered with the total, and then all is drawn; `widening_seconds` are
    those of a click that takes the filter off, until all is drawn.
    """

    page: str
    memory_at_most: int
    opening_seconds: float | None
    answering_seconds: float | None = None
    filtering_seconds: float | None = None
    widening_seconds: float | None = None

    def beside(self, empty: Clicked) -> str:
        """In seconds, and as ratios to the empty page's."""
        opening = _ratio(self.opening_seconds, empty.opening_seconds)
        clicks = [
            _ratio(seconds, empty.filtering_seconds)
            for seconds in (self.answering_seconds, self.filtering_seconds, self.widening_seconds)
        ]
        told = " ".join(f"{one:>20}" for one in (opening, *clicks))
        return f"{self.page:16} {told} {self.memory_at_most:6,}"


@dataclass(frozen=True)
class Clicks:
    """All pages, and how many Starts the service was asked for.

    First comes the empty page, and then that with a table, which others with one are held against.
    """

    pages: tuple[Clicked, ...]
    starts: int

    def __str__(self) -> str:
        empty, table, *pages = self.pages
        heads = ("opening", "a filter's total", "and all of it", "a filter taken off")
        lines = [f"{'':16} {' '.join(f'{one:>20}' for one in heads)} {'MiB':>6}"]
        lines += [page.beside(empty) for page in (empty, table)]
        lines += [page.beside(empty if page.page in _ON_BARS else table) for page in pages]
        lines += [
            f"The bar of a click is {MOST_TIMES:.0f} times the empty page's. The service was asked "
            f"for {self.starts} aggregations."
        ]
        return "\n".join(lines)


def measured(home: Path, paths: Sequence[str] = PATHS) -> Clicks:
    """Every page over the last of ten years, so that the window before is there too."""
    _, _, ten = years.made(home)
    with (
        tempfile.TemporaryDirectory() as temporary,
        Simulator(empty_world()) as service,
        _chromium() as browser,
    ):
        folder = Path(temporary)
        pages = []
        for name, script, click in (("empty", _EMPTY, _button), ("a table", _TABLE, _row)):
            alone = folder / f"{name}.py"
            alone.write_text(script, encoding="utf-8")
            with server(folder, str(alone)) as url:
                pages.append(_of_streamlit_alone(browser, url, name, click))
        environment = dict(pointing_at(service.url)) | {"FARM_COSTS_HISTORY": str(ten.folder)}
        for path in paths:
            with server(folder, **environment) as url:
                pages.append(_of_a_page(browser, url, path))
        starts = sum(one.operation == START for one in service.requests)
    return Clicks(tuple(pages), starts)


def _of_streamlit_alone(
    browser: Browser, url: str, name: str, click: Callable[[Page, int], Callable[[], None]]
) -> Clicked:
    opening = [_opened(browser, url, "Again") for _ in range(_ROUNDS)]
    with _page(browser) as page:
        page.goto(url)
        page.wait_for_function(_HAS_ENDED, arg="Again")
        clicks = [_clicked(page, click(page, n), quick=True)[1] for n in range(2 * _ROUNDS)][1:]
    median_ = _median(clicks)
    return Clicked(name, memory(url, "VmHWM"), _median(opening), median_, median_, median_)


def _button(page: Page, _: int) -> Callable[[], None]:
    return page.get_by_role("button").filter(has_text="Again").click


def _of_a_page(browser: Browser, url: str, path: str) -> Clicked:
    address = f"{url}/{path}?{urlencode(_LINK)}"
    opening = [_opened(browser, address, "An estimate")]
    if opening == [None]:
        return Clicked(path or "overview", memory(url, "VmHWM"), None)
    opening += [_opened(browser, address, "An estimate") for _ in range(_ROUNDS - 1)]
    answering: list[float | None] = []
    filtering: list[float | None] = []
    widening: list[float | None] = []
    with _page(browser) as page:
        page.goto(address)
        page.wait_for_function(_HAS_ENDED, arg="An estimate")
        visit = Visit(page, url)
        for n in range(_ROUNDS):
            answered, done = _clicked(page, _filter(visit, path, n))
            answering.append(answered)
            filtering.append(done)
            chips = page.locator("[class*=st-key-w_chip_] button:visible")
            while chips.count() > 1:
                _clicked(page, chips.first.click)
            widening.append(_clicked(page, chips.first.click)[1])
    most = memory(url, "VmHWM")
    seconds = (_median(some) for some in (opening, answering, filtering, widening))
    return Clicked(path or "overview", most, *seconds)


def _filter(visit: Visit, path: str, n: int) -> Callable[[], None]:
    """What clicks on the bar, or row, of that number, with the mouse where it is to be."""
    page = visit.page
    if path in _BARS:
        visit.point_at_bar(_BARS[path], n)
        return lambda: _press(page)
    return _row(page, n)


def _row(page: Page, n: int) -> Callable[[], None]:
    table = page.locator("[data-testid=stDataFrame]").first
    table.scroll_into_view_if_needed()
    box = table.bounding_box()
    assert box is not None
    return lambda: page.mouse.click(box["x"] + 16, box["y"] + 52 + _ROW * n)


def _press(page: Page) -> None:
    page.mouse.down()
    page.mouse.up()


def _opened(browser: Browser, address: str, said: str) -> float | None:
    """Seconds from following a link until the page is there, in a browser that has no files yet."""
    with _page(browser) as page:
        page.goto(address)
        try:
            page.wait_for_function(_HAS_ENDED, arg=said)
        except NotDone:
            return None
        return float(page.evaluate("performance.now()")) / 1e3


def _clicked(
    page: Page, click: Callable[[], None], *, quick: bool = False
) -> tuple[float | None, float | None]:
    """Seconds from the mouse's button until the total is another, and until nothing runs any more.

    A `quick` script may begin and end within a frame: it has run where its page says other things.
    """
    page.evaluate(_WATCH, quick)
    click()
    found = page.evaluate("window.measured")
    return (None, None) if found is None else (float(found[0]) / 1e3, float(found[1]) / 1e3)


@contextmanager
def _chromium() -> Iterator[Browser]:
    path = found()
    assert path is not None, WANTED
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def _page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 1000})
    context.set_default_timeout(_LONGEST_MILLISECONDS)
    try:
        yield context.new_page()
    finally:
        context.close()


def empty_world() -> World:
    """A farm with the queues, fleets and people of the years, and no usage: all is in history."""
    world = farm_world(1, 1)
    people = tuple(Person(u, f"p{n}", f"Person {n}", "") for n, u in enumerate(years.USERS))
    return replace(world, people=people, jobs=world.jobs[:0], usage=world.usage[:0])


def _median(seconds: list[float | None]) -> float | None:
    done = [one for one in seconds if one is not None]
    return median(done) if len(done) == len(seconds) else None


def _ratio(seconds: float | None, empty: float | None) -> str:
    if seconds is None or empty is None:
        return f"not after {_LONGEST_MILLISECONDS // 1_000} s"
    return f"{seconds:.2f} s, {seconds / empty:.1f}×"
