"""What is written beside history is for this user alone, and where nobody can guess it."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from simulator import Simulator
from simulator.tiny import FARM, TINY_NOW, tiny_world
from stats.clock import Clock, Patience
from stats.mirror import Mirror
from stats.turn import Turn
from tests.stats.process import Shell

SPILLS = """
import json, os, sys
from pathlib import Path
from stats import relation

with relation.cursor() as con:
    con.execute("SET memory_limit = '80MB'")
    con.execute("CREATE TABLE wide AS SELECT range AS a, repeat('x', 90) AS b FROM range(2000000)")
    (folder,) = con.execute("SELECT current_setting('temp_directory')").fetchone()
    held = [path.name for path in Path(folder).iterdir()]
    mode = Path(folder).stat().st_mode
print(json.dumps({"folder": folder, "held": held, "mode": mode, "pid": os.getpid()}))
"""


@pytest.fixture
def umask():
    """The usual one, by which others may read whatever nobody thought of."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def others_may(path):
    return stat.S_IMODE(path.stat().st_mode) & 0o077


def spilt(place):
    done = subprocess.run(
        [sys.executable, "-c", SPILLS],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"TMPDIR": str(place)},
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(done.stdout)


def test_what_memory_has_no_room_for_is_private_at_random_and_gone_in_the_end(tmp_path, umask):
    first, second = spilt(tmp_path), spilt(tmp_path)
    for found in (first, second):
        assert found["held"]
        assert Path(found["folder"]).parent == tmp_path
        assert found["mode"] & 0o077 == 0
        assert str(found["pid"]) not in Path(found["folder"]).name
    assert first["folder"] != second["folder"]
    assert list(tmp_path.iterdir()) == []


def test_a_command_leaves_nothing_of_it(tmp_path):
    place = tmp_path / "place"
    place.mkdir()
    world = tiny_world()
    span = ("--start", "2026-03-02", "--end", "2026-03-04")
    with Simulator(world, clock=lambda: TINY_NOW) as simulator:
        shell = Shell(tmp_path, simulator.url, {"TMPDIR": str(place)})
        run = shell.run("report", "--farm", FARM, *span, "--by", "user,instance_type")
    assert run.code == 0, run.said
    assert list(place.iterdir()) == []


def test_copies_of_history_are_private(tmp_path, umask):
    mirror = Mirror(tmp_path / "cache" / "history")
    path = mirror.path("one", 1)
    mirror.keep(path, b"what it cost")
    assert path.read_bytes() == b"what it cost"
    assert [others_may(one) for one in (mirror.folder, path.parent, path)] == [0, 0, 0]
    assert [one.name for one in path.parent.iterdir()] == [path.name]


def test_where_processes_take_turns_is_private(tmp_path, umask):
    folder = tmp_path / "cache" / "turns"
    turn = Turn(folder, "farm-1", Clock(), Patience())
    with turn.held(lambda: None):
        turn.begun("0" * 32)
        assert others_may(folder) == 0
