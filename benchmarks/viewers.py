"""Viewers of pages over a warm history of 30 days, beside pages by hand with the same parts.

Both are asked in turn, in one run: by one viewer again and again, and by twenty at once. CPU is the
server's own. Then come two loads: sockets that ask for a page many times over, and visitors who
never read what they are sent, whose memory is looked at some minutes later.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from benchmarks import given, years
from benchmarks.clicks import empty_world
from benchmarks.sockets import Link, Process, Viewer, never_reading, viewer, watched
from simulator import Simulator
from stats.model import Window
from tests.browser.serving import pointing_at, server

VIEWERS, SOCKETS, MESSAGES, SILENT = 20, 60, 6, 100
MOST_TIMES, MOST_HEALTH_SECONDS, MOST_LEFT_MEBIBYTES = 1.5, 1.0, 50
LEFT_AFTER_SECONDS = 300.0
_PAGES = ("", "users", "jobs")
_DAYS, _ROUNDS, _RERUNS, _EACH = 30, 5, 12, 4
_BY_HAND = Path(__file__).with_name("by_hand.py")
_EMPTY = "import streamlit as st\nst.button('Again')\n"
_FIRST, _LAST = years.END - _DAYS * years.DAY, years.END - years.DAY
_VIEW = {"window": "dates", "start": f"{_FIRST:%Y-%m-%d}", "end": f"{_LAST:%Y-%m-%d}"}


@dataclass(frozen=True)
class Speed:
    """A page's reruns: the server's CPU for each, and how many a second one and twenty get."""

    cpu_seconds: float
    alone: float
    together: float
    health_seconds: float

    def __str__(self) -> str:
        return (
            f"{self.cpu_seconds * 1e3:7.0f} {self.alone:9.1f} {self.together:9.1f} "
            f"{self.together / self.alone:7.2f} {self.health_seconds:7.2f}"
        )


@dataclass(frozen=True)
class Viewed:
    """One of our pages, beside one by hand that has as many elements of each kind."""

    page: str
    elements: int
    ours: Speed
    by_hand: Speed

    def __str__(self) -> str:
        times = self.ours.cpu_seconds / self.by_hand.cpu_seconds
        return f"{self.page:10} {self.ours} {times:6.2f}\n{'  by hand':10} {self.by_hand}"


@dataclass(frozen=True)
class Viewers:
    """All pages, an empty one, and what two loads do to the server: seconds, and MiB."""

    pages: tuple[Viewed, ...]
    empty: Speed
    flood_seconds: float
    flood_health_seconds: float
    silent_health_seconds: float
    memory_before: float
    memory_left: float
    left_after_seconds: float

    def __str__(self) -> str:
        heads = ("CPU ms", "alone/s", f"{VIEWERS}/s", "ratio", "health", "times")
        lines = ["{:10} {:>7} {:>9} {:>9} {:>7} {:>7} {:>6}".format("", *heads)]
        lines += [*map(str, self.pages), f"{'empty':10} {self.empty}"]
        lines += [
            f"A rerun may cost {MOST_TIMES} times the page by hand; {VIEWERS} viewers are to get "
            "as many pages a second as one, and health an answer within "
            f"{MOST_HEALTH_SECONDS:.0f} s.",
            f"{SOCKETS} sockets with {MESSAGES} messages each have their page after "
            f"{self.flood_seconds:.1f} s; health took {self.flood_health_seconds:.2f} s at most.",
            f"{SILENT} visitors who never read: health took {self.silent_health_seconds:.2f} s at "
            f"most, and {self.left_after_seconds:.0f} s later "
            f"{self.memory_left - self.memory_before:.0f} MiB are left of them (at most "
            f"{MOST_LEFT_MEBIBYTES}).",
        ]
        return "\n".join(lines)


def measured(left_after_seconds: float = LEFT_AFTER_SECONDS) -> Viewers:
    """All of it; memory is looked at so long after the visitors that never read."""
    with tempfile.TemporaryDirectory() as temporary, Simulator(empty_world()) as service:
        home = Path(temporary)
        _make_history(home / "history")
        surroundings = {**pointing_at(service.url), "FARM_COSTS_HISTORY": str(home / "history")}
        with _server(home, "ours", "app.py", **surroundings) as ours:
            counted = [asyncio.run(_recorded(ours, page, home)) for page in _PAGES]
            with _server(home, "by hand", str(_BY_HAND), BY_HAND=str(home)) as by_hand:
                pages = tuple(
                    asyncio.run(_viewed(ours, by_hand, page, many))
                    for page, many in zip(_PAGES, counted, strict=True)
                )
            script = home / "empty.py"
            script.write_text(_EMPTY, "utf-8")
            with _server(home, "empty", str(script)) as url:
                empty = asyncio.run(_speeds([url], ""))[0]
            return Viewers(pages, empty, *_loads(ours, left_after_seconds), left_after_seconds)


def _make_history(folder: Path) -> None:
    """The window, and the one before."""
    history = years.opened(folder)
    first = years.days(Window(years.END - 2 * _DAYS * years.DAY, years.END))
    for n, day in enumerate(first):
        for shelf, rows in years.frames(n).items():
            history.put(shelf, day, years.at(rows, day), years.origin(day))


@contextmanager
def _server(home: Path, name: str, script: str, **surroundings: str) -> Iterator[str]:
    own = home / name
    own.mkdir()
    with server(own, script, **surroundings) as url:
        yield url


async def _recorded(url: str, page: str, home: Path) -> int:
    """How many elements our page has; its numbers are written for the page by hand."""
    async with viewer(url) as one:
        shown = given.elements(await one.draws(_link(page), 2))
    given.write(shown, home / f"{page or 'overview'}.json")
    return len(shown)


def _link(page: str) -> Link:
    return Link(page, _VIEW)


async def _viewed(ours: str, by_hand: str, page: str, many: int) -> Viewed:
    await _same_parts(ours, by_hand, page)
    mine, theirs = await _speeds([ours, by_hand], page)
    return Viewed(page or "overview", many, mine, theirs)


async def _same_parts(ours: str, by_hand: str, page: str) -> None:
    """Raises AssertionError where the pages differ in how many elements of a kind they have."""
    found = []
    for url in (ours, by_hand):
        async with viewer(url) as one:
            found.append(given.kinds(given.elements(await one.draws(_link(page), 2))))
    assert found[0] == found[1], f"{page}: {found[0] - found[1]} and {found[1] - found[0]} more"


async def _speeds(urls: list[str], page: str) -> list[Speed]:
    """Medians of rounds in which the servers take turns."""
    rounds = [[await _round(url, page) for url in urls] for _ in range(_ROUNDS)]
    return [
        Speed(
            median(one.cpu_seconds for one in of),
            median(one.alone for one in of),
            median(one.together for one in of),
            max(one.health_seconds for one in of),
        )
        for of in zip(*rounds, strict=True)
    ]


async def _round(url: str, page: str) -> Speed:
    """One viewer's reruns, and then those of many at once."""
    process, link = Process.of(url), _link(page)
    async with AsyncExitStack() as sessions:
        every = [await sessions.enter_async_context(viewer(url)) for _ in range(VIEWERS)]
        await asyncio.gather(*(one.draws(link) for one in every))
        used, begun = process.cpu_seconds, time.monotonic()
        await every[0].draws(link, _RERUNS)
        alone = _RERUNS / (time.monotonic() - begun)
        cpu_seconds = (process.cpu_seconds - used) / _RERUNS
        with watched(url) as health:
            begun = time.monotonic()
            await asyncio.gather(*(one.draws(link, _EACH) for one in every))
            together = VIEWERS * _EACH / (time.monotonic() - begun)
    return Speed(cpu_seconds, alone, together, health.worst_seconds)


def _loads(url: str, left_after_seconds: float) -> tuple[float, float, float, float, float]:
    """Seconds of the flood, of health under it and beside silent visitors; MiB before and after."""
    process = Process.of(url)
    with watched(url) as flooded:
        seconds = asyncio.run(_flood(url))
    time.sleep(left_after_seconds)
    before = process.memory
    with watched(url) as silent, never_reading(url, _link(""), SILENT, MESSAGES):
        time.sleep(min(left_after_seconds, 60.0))
    time.sleep(left_after_seconds)
    return seconds, flooded.worst_seconds, silent.worst_seconds, before, process.memory


async def _flood(url: str) -> float:
    """Seconds until all sockets have the page that each has asked for so many times."""
    begun = time.monotonic()
    async with AsyncExitStack() as sessions:
        every = [await sessions.enter_async_context(viewer(url)) for _ in range(SOCKETS)]
        await asyncio.gather(*(_asks_often(one) for one in every))
    return time.monotonic() - begun


async def _asks_often(one: Viewer) -> None:
    for _ in range(MESSAGES):
        await one.socket.send(_link("").message())
    await one.until_done()
