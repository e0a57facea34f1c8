"""Pictures for docs/line.md, from real traces: `python -m benchmarks.timeline` draws them anew.

What became of each run is as the engine records it; a bar's parts are laid end to end from when it
was asked for.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

import plotly.graph_objects as go
from playwright.sync_api import sync_playwright
from plotly.offline import get_plotlyjs

from benchmarks.breakdowns import BREAKDOWNS, questions
from benchmarks.farm import farm_world
from benchmarks.service import KEYS, LATENCIES
from simulator import Fault, Simulator, SimulatorSettings
from simulator.faults import GET, START
from stats.client import Endpoint
from stats.connect import connect
from stats.errors import FarmCostsError
from stats.record import Fate, RunRecord
from stats.settings import OFF, Settings
from tests.browser.chromium import found
from ui.theme import LIGHT, template

_FOLDER = Path(__file__).parents[1] / "docs" / "pictures"
_WIDTH, _ROW_PIXELS, _AROUND_PIXELS = 960, 26, 110


@dataclass(frozen=True)
class Part:
    """A part of each bar: seconds of a record, by what they were spent on."""

    title: str
    field: str
    colour: str


PARTS = (
    Part("queued behind our own", "queued_seconds", LIGHT.grid),
    Part("somebody else’s is waited for", "waited_seconds", LIGHT.categorical[1]),
    Part("the service adds up", "running_seconds", LIGHT.categorical[0]),
    Part("pages are read", "reading_seconds", LIGHT.categorical[2]),
)


def main() -> int:
    """Draws a good day and a bad one; raises AssertionError where there is no Chromium."""
    _FOLDER.mkdir(exist_ok=True)
    _draw(figure(trace(4_000, 7)), _FOLDER / "line-good-day.svg")
    bad = (
        Fault(START, "busy", seconds=6),
        Fault(START, "expire", skip=9),
        Fault(GET, "cut", times=2, skip=120),
    )
    limited = replace(LATENCIES, timeout_records=25_000)
    _draw(figure(trace(400, 30, *bad, service=limited)), _FOLDER / "line-bad-day.svg")
    return 0


def trace(
    jobs_a_day: int, days: int, *faults: Fault, service: SimulatorSettings = LATENCIES
) -> tuple[RunRecord, ...]:
    """What became of each run behind the three breakdowns of a page."""
    world = farm_world(jobs_a_day, days)
    with Simulator(world, service) as simulator, tempfile.TemporaryDirectory() as turns:
        simulator.faults.add(*faults)
        settings = Settings.model_construct(lock_folder=Path(turns), history=OFF)
        reporter = connect(settings, Endpoint(simulator.url, KEYS))
        asked = questions(days)
        with reporter.prepared(asked.values()):
            for one in BREAKDOWNS:
                reporter.ask(asked[one])
        return reporter.records(asked[BREAKDOWNS[0]].farm_id)


def figure(records: Sequence[RunRecord]) -> go.Figure:
    """A bar a run, in the order of their Starts."""
    first = min(record.asked_at for record in records)
    ordered = sorted(records, key=_started, reverse=True)
    drawn = go.Figure()
    lefts = [(record.asked_at - first).total_seconds() for record in ordered]
    for part in PARTS:
        lengths = [float(getattr(record, part.field)) for record in ordered]
        drawn.add_bar(
            orientation="h",
            name=part.title,
            y=list(range(len(ordered))),
            x=lengths,
            base=list(lefts),
            marker={"color": part.colour},
        )
        lefts = [left + length for left, length in zip(lefts, lengths, strict=True)]
    for row, (record, end) in enumerate(zip(ordered, lefts, strict=True)):
        if record.fate is not Fate.COMPLETED or record.retries:
            drawn.add_annotation(x=end, y=row, text=_said(record), **_BESIDE)
    return drawn.update_layout(
        template=template(dark=False),
        barmode="overlay",
        bargap=0.25,
        width=_WIDTH,
        height=_AROUND_PIXELS + _ROW_PIXELS * len(ordered),
        paper_bgcolor=LIGHT.background,
        plot_bgcolor=LIGHT.background,
        margin={"l": 12, "r": 24, "t": 16, "b": 70},
        xaxis={"title": {"text": "seconds since the page was opened"}, "showgrid": True},
        yaxis={
            "tickvals": list(range(len(ordered))),
            "ticktext": [_named(record) for record in ordered],
            "zeroline": False,
        },
    )


_BESIDE = {"showarrow": False, "xanchor": "left", "xshift": 6, "font": {"size": 12}}


def _started(record: RunRecord) -> datetime:
    waited = timedelta(seconds=record.queued_seconds + record.waited_seconds)
    return record.asked_at + waited


def _named(record: RunRecord) -> str:
    by = " × ".join(dimension.words for dimension in record.by)
    first, last = record.window.start, record.window.end - timedelta(days=1)
    days = f"{first.day} {first:%b} – {last.day} {last:%b}"
    return f"{by}, {record.resources} queues, {days}"


def _said(record: RunRecord) -> str:
    many = "call" if record.retries == 1 else "calls"
    again = f"{record.retries} {many} made again" if record.retries else ""
    fate = "" if record.fate is Fate.COMPLETED else record.fate.value
    return ", ".join(filter(None, [fate, again]))


def _draw(drawn: go.Figure, path: Path) -> None:
    chromium = found()
    assert chromium is not None, "no Chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = browser.new_page()
        page.add_script_tag(content=get_plotlyjs())
        size = {"format": "svg", "width": drawn.layout.width, "height": drawn.layout.height}
        url = page.evaluate(
            "([figure, size]) => Plotly.toImage(JSON.parse(figure), size)", [drawn.to_json(), size]
        )
        browser.close()
    path.write_text(unquote(url.removeprefix("data:image/svg+xml,")) + "\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        sys.exit(main())
    except FarmCostsError as error:
        sys.exit(str(error))
