"""Every file that a page or a command writes has columns of docs/columns.md, and no others."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from itertools import combinations
from pathlib import Path

import pandas as pd
import pytest

from server import process
from simulator import Simulator
from simulator.tiny import COMP, FARM, LIGHTING, tiny_world
from stats import cli, export
from stats.model import Dimension, FarmId, Question, Scope
from tests.pages.opening import is_whole, opened
from tests.pages.worlds import WEEK
from tests.stats.test_what_is_known import OFF, SOON, SPAN, asking_at
from ui import columns, listings

COLUMNS = Path(__file__).parents[2] / "docs" / "columns.md"
MACHINE_NAME = re.compile(r"[a-z]+(_[a-z]+)*")
TITLES = {
    "users": "Users",
    "jobs": "Jobs",
    "instance_types": "Instance types",
    "licences": "Licences",
    "queues_and_fleets": "Queues and fleets",
    "explore": "Explore",
    "long_range": "Long range",
    "about": "About",
}
LINKS = [
    *((page, {}) for page in ("users", "jobs", "instance_types", "licences")),
    ("queues_and_fleets", {"fleet": "all"}),
    ("explore", {}),
    ("explore", {"show": "runtime", "rows": "queue"}),
    ("long_range", {"by": "license_product"}),
    ("long_range", {"show": "runtime", "by": "user"}),
    ("about", {}),
]


def documented() -> set[str]:
    cells = re.findall(r"^\| ([^|]*) \|", COLUMNS.read_text("utf-8"), re.M)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def documented_of(what: str) -> set[str]:
    """The columns that the documentation says are in a file of that name."""
    rows = re.findall(r"^\| ([^|]*) \|[^|]*\| ([^|]*) \|", COLUMNS.read_text("utf-8"), re.M)
    cells = [cell for cell, files in rows if what in re.split(", ", files)]
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def header(data: bytes) -> list[str]:
    return next(csv.reader(io.StringIO(data.decode("utf-8-sig"))))


Files = list[tuple[str, bytes]]


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> Files:
    """What buttons for files have been drawn with: name and data."""
    found: Files = []

    def button(label: str, data: Callable[[], bytes], file_name: str, **_: object) -> None:
        found.append((file_name, data()))

    monkeypatch.setattr(listings.st, "download_button", button)
    return found


@pytest.mark.parametrize(("page", "link"), LINKS, ids=str)
def test_a_pages_file_has_documented_columns(
    tiny: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    downloads: Files,
    page: str,
    link: dict[str, str],
) -> None:
    if page != "long_range":  # of which years of days would be written, for the same columns
        monkeypatch.setenv("FARM_COSTS_HISTORY", str(tmp_path))
    assert is_whole(opened(page, WEEK | link))
    are_documented(downloads)


def test_what_is_assumed_is_in_the_files_that_are_said_to_have_it(
    tiny: Simulator, downloads: Files
) -> None:
    having = set()
    for page, title in TITLES.items():
        downloads.clear()
        assert is_whole(opened(page, WEEK | {"fleet": "all"})), page
        if any("assumed_cost_usd" in header(data) for _, data in downloads):
            having.add(title)
    assert having >= {"Users", "Jobs", "Instance types", "Queues and fleets"}
    every = {title for title in TITLES.values() if "assumed_cost_usd" in documented_of(title)}
    assert having <= every == having | {"Licences"}


def are_documented(downloads: Files) -> None:
    assert downloads
    for name, data in downloads:
        names = header(data)
        assert set(names) <= documented(), name
        assert len(set(names)) == len(names), name


@pytest.mark.parametrize(
    ("page", "table"),
    [("jobs", columns.ranking), ("explore", columns.crossed)],
    ids=["jobs", "explore"],
)
def test_what_a_file_holds_is_worked_out_when_somebody_wants_it(
    tiny: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    page: str,
    table: Callable[..., pd.DataFrame],
) -> None:
    wanted: list[Callable[[], bytes]] = []
    made: list[str] = []

    def button(label: str, data: Callable[[], bytes], **_: object) -> None:
        wanted.append(data)

    def counted(*of: object) -> pd.DataFrame:
        made.append(page)
        return table(*of)

    monkeypatch.setattr(listings.st, "download_button", button)
    monkeypatch.setattr(columns, table.__name__, counted)
    assert is_whole(opened(page, WEEK))
    assert not made
    assert all(file() for file in wanted)
    assert made


def test_the_file_of_what_history_has_has_documented_columns(
    serve: Callable[..., Simulator],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    downloads: Files,
) -> None:
    monkeypatch.setenv("FARM_COSTS_HISTORY", str(tmp_path))
    serve(tiny_world())
    opened("users", WEEK)
    process.close()
    downloads.clear()
    serve(tiny_world())
    assert is_whole(opened("data", WEEK))
    are_documented(downloads)
    assert "history" in downloads[0][0]
    assert set(header(downloads[0][1])) == documented_of("Data")


def test_farm_scope_and_filter_are_in_a_files_name(tiny: Simulator, downloads: Files) -> None:
    for link in ({}, {"fleet": "all"}, {"usage_type": "COMPUTE"}, {"queue": COMP}):
        opened("users", WEEK | link)
    names = [name for name, _ in downloads]
    assert len(set(names)) == len(names) == 4
    assert all(name.startswith("tiny-") for name in names)
    assert "-fleets-" in names[1]
    assert "-compute-" in names[2]
    assert "-comp-" in names[3]


def test_a_report_has_documented_columns() -> None:
    scope = Scope(Dimension.QUEUE, (COMP, LIGHTING), whole=True)
    found: set[str] = set()
    with asking_at(SOON, OFF) as asker:
        for by in [*combinations(Dimension, 1), (Dimension.FLEET, Dimension.USAGE_TYPE)]:
            report = asker.report(Question(FarmId(FARM), scope, SPAN, by=by))
            assert header(export.csv(report)) == list(report.table.columns)
            found |= set(report.table.columns)
    assert found <= documented()
    assert {dimension.column for dimension in Dimension} <= found


@pytest.mark.parametrize("command", [["farms"], ["history"]])
def test_a_commands_list_has_documented_columns(
    tiny: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    command: list[str],
) -> None:
    monkeypatch.setenv("FARM_COSTS_HISTORY", str(tmp_path))
    assert cli.main([*command, "--format", "csv"]) == 0
    written = capfd.readouterr().out.encode()
    assert set(header(written)) == documented_of(f"`{command[0]}`")
    assert not written.startswith(b"\xef\xbb\xbf")
    assert b"\r" not in written


def test_a_name_is_one_for_machines_and_means_one_thing() -> None:
    names = documented()
    assert [name for name in names if not MACHINE_NAME.fullmatch(name)] == []
    table = COLUMNS.read_text("utf-8")
    rows = re.findall(r"^\| ([^|]*) \|", table, re.M)[1:]
    for name in names - {"start", "end"}:
        assert sum(f"`{name}`" in cell for cell in rows) == 1, name
