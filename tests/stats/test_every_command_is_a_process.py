"""Each command as a process: what it does where all is well, and where its output goes nowhere.

Three are started anew, and so are those whose streams are closed. The others are forked
(`tests/forked.py`); so is what each says where the disk is full, and for some settings.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from simulator import Simulator
from stats.model import Dimension
from tests.stats.autumn import FIRST, NOW, autumn_world
from tests.stats.process import Ended, Shell

DAYS = ("--start", f"{FIRST:%Y-%m-%d}", "--end", "2025-10-24")
COMMANDS = {
    "farms": ("farms",),
    "report": ("report", "--farm", "autumn", *DAYS, "--format", "json"),
    "help": ("report", "--help"),
    "collect": ("collect", "--days", "3"),
    "history": ("history",),
    "history as json": ("history", "--format", "json"),
    "verify": ("history", "verify"),
    "compact": ("history", "compact"),
    "forget": ("history", "forget", "--before", "2020-01-01"),
}
FIRST_DATA = {
    "farms": "farm_id",
    "report": "{",
    "help": "usage: python -m stats report",
    "collect": "collected 1 farm(s), ",
    "history": "farm_id",
    "history as json": "[",
    "verify": "44 cuts are as they were written.",
    "compact": "0 files made of many.",
    "forget": "0 days of cuts forgotten.",
}
FULL = [(name, "full") for name in COMMANDS]
WELL = [(name, "") for name in COMMANDS]
ANEW = [*((name, "") for name in ("farms", "report", "collect")), ("report", ">/dev/full")]
CLOSED = [(name, ">&-") for name in ("report", "collect", "history")]
WORDLESS = [(name, "2>&-") for name in ("report", "history")]


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[str, str], Ended]]:
    """Every command, and how its output goes: history has what they keep before."""
    folder = tmp_path_factory.mktemp("processes")
    with Simulator(autumn_world(), clock=lambda: NOW) as simulator, ThreadPoolExecutor(2) as two:
        shell = Shell(folder, simulator.url, {"FARM_COSTS_HISTORY": str(folder / "history")})
        for first in ("collect", "report", "compact"):  # history does not change beneath the others
            shell.asked(*COMMANDS[first])
        running = {
            (name, how): two.submit(shell.run, *COMMANDS[name], redirected=how)
            for name, how in (*ANEW, *CLOSED, *WORDLESS)
        }
        forked = {key: shell.asked(*COMMANDS[key[0]], to="/dev/full") for key in FULL}
        forked |= {key: shell.asked(*COMMANDS[key[0]]) for key in WELL if key not in ANEW}
        yield forked | {key: one.result() for key, one in running.items()}


@pytest.mark.parametrize(("name", "how"), [*WELL, *WORDLESS])
def test_a_command_gives_its_data_and_ends_with_0(
    name: str, how: str, ended: dict[tuple[str, str], Ended]
) -> None:
    one = ended[name, how]
    assert one.code == 0, one.said
    assert one.text.lstrip().startswith(FIRST_DATA[name])
    other = ended[name, ""].text
    if name == "report":
        assert json.loads(one.text)["records"] == json.loads(other)["records"]
    else:
        assert one.text == other


@pytest.mark.parametrize(("name", "how"), [*FULL, ANEW[-1], *CLOSED])
def test_data_that_goes_nowhere_is_told_in_one_sentence_with_code_2(
    name: str, how: str, ended: dict[tuple[str, str], Ended]
) -> None:
    one = ended[name, how]
    said = [line for line in one.said.splitlines() if line.startswith("There is no place for")]
    assert (one.code, len(said)) == (2, 1), one.said
    assert "Traceback" not in one.said


def test_the_collectors_days_are_there_when_it_has_ended(
    ended: dict[tuple[str, str], Ended],
) -> None:
    cuts = ended["history", ""].text.splitlines()[1:]
    assert len(cuts) == 44
    assert ended["collect", ""].text.startswith("collected 1 farm(s), ")
    assert "0 days of cuts written; 0 errors" in ended["collect", ""].text


def test_collecting_other_days_than_history_holds_is_told(tmp_path: Path) -> None:
    (tmp_path / "shell").mkdir()
    with Simulator(autumn_world(), clock=lambda: NOW) as simulator:
        history = {"FARM_COSTS_HISTORY": str(tmp_path / "history")}
        shell = Shell(tmp_path / "shell", simulator.url, history)
        zones = ("America/Los_Angeles", "America/Los_Angeles", "Asia/Tokyo")
        ended = [shell.asked("collect", "--days", "3", "--timezone", zone) for zone in zones]
    assert [one.code for one in ended] == [0, 0, 0]
    told = ["in another time zone than" in one.said for one in ended]
    assert told == [False, False, True]
    assert "Asia/Tokyo" in ended[-1].said


def test_the_way_into_a_file_below_home(tmp_path: Path) -> None:
    """What a shell leaves as it is, a setting may hold."""
    shell = Shell(tmp_path, "", {"FARM_COSTS_HISTORY": "~/kept"})
    assert "History holds nothing." in shell.asked("history").text


@pytest.mark.parametrize("command", ["history", "collect"])
def test_where_no_history_is_kept_the_reason_is_told_and_the_setting_that_keeps_one(
    command: str, tmp_path: Path
) -> None:
    with Simulator(autumn_world(), clock=lambda: NOW) as simulator:
        shell = Shell(tmp_path, simulator.url)
        here, off = shell.asked(command), shell.asked(command, FARM_COSTS_HISTORY="off")
    assert [here.code, off.code] == [5, 5]
    assert f"the endpoint {shell.url} is on this machine" in here.said
    assert "set FARM_COSTS_HISTORY to a folder" in here.said


def test_elsewhere_it_is_the_setting_that_is_off(tmp_path: Path) -> None:
    ended = Shell(tmp_path, "https://deadline.studio.example").asked(
        "history", FARM_COSTS_HISTORY="off"
    )
    assert (ended.code, "FARM_COSTS_HISTORY is off" in ended.said) == (5, True)


def test_the_help_of_report_names_all_dimensions(ended: dict[tuple[str, str], Ended]) -> None:
    words = " ".join(ended["help", ""].text.split())
    assert words.count(f"any of {', '.join(Dimension)}") == 2


@pytest.mark.parametrize("words", [("--help",), ("report", "--help")])
def test_help_is_in_utf8_like_all_data(words: tuple[str, ...], tmp_path: Path) -> None:
    ended = Shell(tmp_path).run(*words, PYTHONIOENCODING="ascii")
    assert (ended.code, ended.said) == (0, "")
    assert "…" in ended.text
