"""`python -m stats` as a shell sees it: what stands on which stream, in which file, and the code.

All commands run once, two at a time, each a process of its own where warnings are errors.
"""

from __future__ import annotations

import csv
import io
import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from simulator import Fault, Simulator
from stats import cli
from tests import forked
from tests.stats.autumn import FIRST, LAST, NOW, Record, autumn_world, figures, records

ROOT = Path(__file__).parents[2]
DAYS = ("--start", f"{FIRST:%Y-%m-%d}", "--end", f"{LAST:%Y-%m-%d}")
ASKED = ("report", "--farm", "autumn", *DAYS, "--by", "user,usage_type")
FARM = autumn_world().farms[0]

FORMATS = {name: (*ASKED, "--format", name) for name in ("table", "json", "csv", "parquet")}
FARMS = {f"farms {name}": ("farms", "--format", name) for name in ("table", "json", "csv")}
WRITTEN = {
    "to a file": (*ASKED, "--format", "csv", "--output", "kept/report.csv"),
    "table to a file": (*ASKED, "--output", "kept/report.txt"),
}
UNWRITABLE = {
    "no such folder": (*ASKED, "--output", "none/report.csv"),
    "below a file": (*ASKED, "--output", "a-file/report.csv"),
    "a folder": (*ASKED, "--output", "folder"),
    "this folder": (*ASKED, "--output", "."),
}
WRONG = {
    "bad date": ("report", "--farm", "autumn", "--start", "2025-02-30", "--end", "2025-03-01"),
    "long ago": (
        "report",
        "--farm",
        "autumn",
        "--start",
        "1800-01-01T00:00Z",
        "--end",
        "2025-03-01",
    ),
    "start after end": (
        *("report", "--farm", "autumn", "--start", "2025-10-02", "--end", "2025-10-01"),
    ),
    "both scopes": (*ASKED, "--queues", "Queue 1", "--fleets", "F1"),
    "not exact": (*ASKED, "--by", "user,fleet,instance_type"),
    "no command": (),
}
TOLD = {"verbose": (*FORMATS["csv"], "--verbose")}
_IS_PROGRESS = re.compile(r"run \d+ of \d+: |asking for |looking up ")
CLOSED = {"farms closed": ("farms",), "report closed": (*ASKED, "--format", "csv")}


@dataclass(frozen=True)
class Ended:
    """What a command left: its exit code, its data, and what it said."""

    code: int
    data: bytes
    said: str

    @property
    def text(self) -> str:
        return self.data.decode("utf-8")

    @property
    def words(self) -> str:
        """What it said besides how far it was."""
        lines = self.said.splitlines(keepends=True)
        return "".join(line for line in lines if not _IS_PROGRESS.match(line))


@dataclass(frozen=True)
class Shell:
    """A folder to run commands in, and the services that they ask."""

    folder: Path
    url: str

    def run(self, *arguments: str, closed: bool = False, **variables: str) -> Ended:
        """Runs one; `closed` is to a reader that has gone, as behind `| head -0`."""
        environment = self._environment() | variables
        if closed:
            return self._to_nobody(*arguments, environment=environment)
        code, data, said = forked.run(arguments, self.folder, environment, 240)
        return Ended(code, data, said.decode("utf-8"))

    def _to_nobody(self, *arguments: str, environment: dict[str, str]) -> Ended:
        reading, writing = os.pipe()
        os.close(reading)
        try:
            done = subprocess.run(
                [sys.executable, "-W", "error", "-m", "stats", *arguments],
                cwd=self.folder,
                env=environment,
                stdout=writing,
                stderr=subprocess.PIPE,
                timeout=240,
                check=False,
            )
        finally:
            os.close(writing)
        return Ended(done.returncode, b"", done.stderr.decode("utf-8"))

    def _environment(self) -> dict[str, str]:
        kept = ("PATH", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")
        services = ("AWS_ENDPOINT_URL_DEADLINE", "AWS_ENDPOINT_URL_IDENTITYSTORE")
        keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        return {
            **{name: os.environ[name] for name in kept if name in os.environ},
            **dict.fromkeys(services, self.url),
            **dict.fromkeys(keys, "simulated"),
            "HOME": str(self.folder.parent / "home"),
            "PYTHONPATH": str(ROOT),
            "FARM_COSTS_CALL_ATTEMPTS": "1",
            "FARM_COSTS_REMEMBERED_DAYS": "unlimited",  # as the simulated service does
        }


def _serving(stack: ExitStack, *faults: Fault) -> str:
    simulator = stack.enter_context(Simulator(autumn_world(), clock=lambda: NOW))
    simulator.faults.add(*faults)
    return simulator.url


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    folder = tmp_path_factory.mktemp("shell")
    for one in ("kept", "folder"):
        (folder / one).mkdir()
    (folder / "a-file").write_text("in the way")
    (folder / "kept" / "report.csv").write_text("of yesterday")
    with ExitStack() as stack:
        yield Shell(folder, _serving(stack))


@pytest.fixture(scope="module")
def ended(shell: Shell) -> Iterator[dict[str, Ended]]:
    """Every command, by its name here."""
    commands = {**FORMATS, **FARMS, **TOLD, **WRITTEN, **UNWRITABLE, **WRONG, **CLOSED}
    denied = Fault("StartSessionsStatisticsAggregation", "access_denied", None)
    broken = Fault("GetSessionsStatisticsAggregation", "internal_error", None)
    with ExitStack() as stack:
        urls = {"denied": _serving(stack, denied), "broken": _serving(stack, broken)}
        found = {
            name: shell.run(*arguments, closed=name in CLOSED)
            for name, arguments in commands.items()
        }
        for name, url in urls.items():
            found[name] = Shell(shell.folder, url).run(*TOLD["verbose"])
        found["setting"] = shell.run("farms", FARM_COSTS_SPEED="fast")
        yield found


def _right() -> dict[tuple[str, str], dict[str, float]]:
    groups: dict[tuple[str, str], list[Record]] = {}
    for record in records():
        if record.keys["queue"]:
            key = (record.keys["user"], record.keys["usage_type"])
            groups.setdefault(key, []).append(record)
    return {key: figures(some) for key, some in groups.items()}


def _flat(record: dict[str, Any]) -> dict[str, Any]:
    """A record of the JSON with a file's columns."""
    units = {unit: record.pop(unit) for unit in ("cost_usd", "runtime_seconds")}
    return record | {f"{u}_{s}": n for u, some in units.items() for s, n in some.items()}


def _rows(name: str, ended: dict[str, Ended]) -> list[dict[str, Any]]:
    one = ended[name]
    if name == "json":
        return [_flat(record) for record in json.loads(one.text)["records"]]
    if name == "csv":
        return list(csv.DictReader(io.StringIO(one.text, newline="")))
    table = pd.read_parquet(io.BytesIO(one.data)).to_dict("records")
    return [dict(row) for row in table]  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["json", "csv", "parquet"])
def test_every_format_holds_the_same_true_rows(name: str, ended: dict[str, Ended]) -> None:
    assert ended[name].code == 0
    rows, right = _rows(name, ended), _right()
    assert len(rows) == len(right)
    for row in rows:
        for column, number in right[row["user_id"], row["usage_type"]].items():
            assert math.isclose(float(row[column]), number, rel_tol=1e-9), column


def test_the_table_is_for_reading_with_its_total_below(ended: dict[str, Ended]) -> None:
    one, whole = ended["table"], figures(r for r in records() if r.keys["queue"])
    assert one.code == 0
    rows, below = one.text.split("\n\n")
    assert len(rows.splitlines()) == 1 + len(_right())
    total = f"Total USD {whole['cost_usd_sum']:,.2f} in {whole['count']:,} usage records"
    assert below.splitlines()[0] == total
    assert "cost scale factor of 0.9" in below


@pytest.mark.parametrize("name", ["json", "csv", "parquet"])
def test_data_alone_goes_to_standard_output(name: str, ended: dict[str, Ended]) -> None:
    one = ended[name]
    assert b"Total USD" not in one.data
    below = ended["table"].text.split("\n\n")[1]
    assert one.words == below


def test_a_table_says_nothing_on_standard_error(ended: dict[str, Ended]) -> None:
    assert ended["table"].words == ""


@pytest.mark.parametrize(
    ("name", "fates"),
    [("verbose", ["completed"] * 4), ("denied", ["error"] * 4), ("broken", ["error"] * 4)],
)
def test_what_became_of_each_aggregation_is_told_where_it_is_asked_for(
    name: str, fates: list[str], ended: dict[str, Ended]
) -> None:
    runs = re.findall(
        r"^\d\d:\d\d:\d\d by (?:user × )?usage type, (?:10|2) queues, 2025-10-20 00:00–"
        r"2025-11-10 00:00 UTC, by day: .* \d+ pages, \d+ rows, \d+ retries: (\w+)",
        ended[name].said,
        re.MULTILINE,
    )
    assert 0 < len(runs) <= len(fates)
    assert runs == fates[: len(runs)]
    assert ended[name].data == (ended["csv"].data if name == "verbose" else b"")


@pytest.mark.parametrize("name", FARMS)
def test_farms_are_listed_in_every_format(name: str, ended: dict[str, Ended]) -> None:
    one = ended[name]
    assert (one.code, one.said) == (0, "")
    expected = {
        "farms csv": f"farm_id,name\n{FARM.farm_id},Autumn\n",
        "farms json": [{"farm_id": FARM.farm_id, "name": "Autumn"}],
        "farms table": [["farm_id", "name"], [FARM.farm_id, "Autumn"]],
    }[name]
    got: object = one.text
    if name == "farms json":
        got = json.loads(one.text)
    elif name == "farms table":
        got = [line.split() for line in one.text.splitlines()]
    assert got == expected


def test_output_is_the_whole_file_in_place_of_what_was_there(
    shell: Shell, ended: dict[str, Ended]
) -> None:
    one, table = ended["to a file"], ended["table to a file"]
    assert [(e.code, e.data) for e in (one, table)] == [(0, b"")] * 2
    kept = shell.folder / "kept"
    assert (kept / "report.csv").read_bytes() == ended["csv"].data
    assert (kept / "report.txt").read_bytes() == ended["table"].data
    assert sorted(path.name for path in kept.iterdir()) == ["report.csv", "report.txt"]


@pytest.mark.parametrize("name", WRITTEN)
def test_what_is_said_beside_a_file_goes_to_standard_error(
    name: str, ended: dict[str, Ended]
) -> None:
    assert ended[name].words == ended["csv"].words


@pytest.mark.parametrize("name", UNWRITABLE)
def test_an_output_that_cannot_be_written_ends_with_2(name: str, ended: dict[str, Ended]) -> None:
    one = ended[name]
    assert (one.code, one.data) == (2, b"")
    assert "can't be written" in one.said
    assert "Traceback" not in one.said


def test_no_half_file_is_left_behind(shell: Shell, ended: dict[str, Ended]) -> None:
    assert all(ended[name].code for name in UNWRITABLE)
    assert sorted(path.name for path in shell.folder.iterdir()) == ["a-file", "folder", "kept"]
    assert list((shell.folder / "folder").iterdir()) == []


@pytest.mark.parametrize(
    ("name", "code", "said"),
    [
        ("bad date", 2, "“2025-02-30” is neither a date nor an hour"),
        ("long ago", 2, "1800-01-01 is not a date to ask about"),
        ("start after end", 2, "--start 2026-10-01 --end 2026-10-02"),
        ("both scopes", 2, "not allowed with"),
        ("not exact", 2, "How fleet, instance type and user go together"),
        ("no command", 2, "usage: python -m stats"),
        ("setting", 2, "FARM_COSTS_SPEED"),
        ("denied", 3, "StartSessionsStatisticsAggregation"),
        ("broken", 4, "GetSessionsStatisticsAggregation"),
    ],
)
def test_what_goes_wrong_has_its_code_its_words_and_no_data(
    name: str, code: int, said: str, ended: dict[str, Ended]
) -> None:
    one = ended[name]
    assert (one.code, one.data) == (code, b"")
    assert said in one.said
    assert "Traceback" not in one.said


@pytest.mark.parametrize("name", CLOSED)
def test_a_reader_that_has_gone_is_no_error(name: str, ended: dict[str, Ended]) -> None:
    assert "Traceback" not in ended[name].said
    assert "BrokenPipeError" not in ended[name].said
    assert ended[name].code == 0


@pytest.mark.parametrize(
    ("arguments", "usage"),
    [
        (("report", "--farm", "f", "--start", "2026-03-02", "--end", "2026-03-03"), "report"),
        (("collect",), "collect"),
        (("history", "verify"), "history"),
        (("farms",), "farms"),
    ],
)
def test_a_word_that_a_command_does_not_know_shows_how_that_command_is_used(
    arguments: tuple[str, ...], usage: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.main([*arguments, "--wat"])
    said = capsys.readouterr().err
    assert ended.value.code == 2
    assert said.startswith(f"usage: python -m stats {usage} ")
    assert said.endswith(f"python -m stats {usage}: error: unrecognized arguments: --wat\n")
