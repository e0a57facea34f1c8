"""A command that is ended: it goes at once, says what became of its runs, and leaves no half."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from simulator import Simulator, SimulatorSettings
from simulator.faults import GET
from stats import output
from tests.stats.autumn import NOW, autumn_world
from tests.stats.process import LONGEST_SECONDS, Shell
from tests.stats.test_command_line import DAYS

ASKED = ("report", "--farm", "autumn", *DAYS, "--format", "csv", "--output", "report.csv", "-v")


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_command_amid_an_aggregation_goes_and_tells_of_it(
    how: signal.Signals, code: int, tmp_path: Path
) -> None:
    settings = SimulatorSettings(running_base_seconds=600)
    with Simulator(autumn_world(), settings, clock=lambda: NOW) as simulator:
        command = Shell(tmp_path, simulator.url).begin(*ASKED)
        until = time.monotonic() + LONGEST_SECONDS
        while not any(r.operation == GET for r in simulator.requests):
            assert time.monotonic() < until, "nothing was started"
            time.sleep(0.05)
        command.send_signal(how)
        data, said = command.communicate(timeout=LONGEST_SECONDS)
    assert (command.returncode, data) == (code, b"")
    assert b"Traceback" not in said
    assert b": under way" in said


AMID_LOADING = """
import os, signal, time
try:
    os.kill(os.getpid(), signal.SIGINT)
    time.sleep(60)
except KeyboardInterrupt as error:
    raise ImportError("Unable to import") from error
"""
STARTED = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_module("stats", run_name="__main__", alter_sys=True)
"""


def test_while_libraries_are_loaded_too(tmp_path: Path) -> None:
    """NumPy, interrupted while it is loaded, is said to be missing."""
    (tmp_path / "numpy.py").write_text(AMID_LOADING)
    path = os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")])
    command = [sys.executable, "-c", STARTED, "history"]
    ended = subprocess.run(
        command, env={**os.environ, "PYTHONPATH": path}, capture_output=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, b"", b"")


AMID_A_QUERY = """
import sys
from stats import cli, relation

def counted():
    with relation.cursor() as con:
        con.execute("SET threads = 1")  # else another thread may count, which heeds no signal
        print("begun", flush=True)
        con.execute("SELECT sum(hash(range)) FROM range(1_000_000_000_000)").fetchall()

cli.main = counted
sys.exit(cli.ended())
"""


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_amid_a_query_too(how: signal.Signals, code: int) -> None:
    """DuckDB raises an error of its own in place of what the signal has raised."""
    command = [sys.executable, "-c", AMID_A_QUERY]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stdout.readline() == b"begun\n"
        time.sleep(0.5)
        process.send_signal(how)
        _, said = process.communicate(timeout=LONGEST_SECONDS)
    assert (process.returncode, said) == (code, b"")


def test_a_command_that_is_ended_while_it_writes_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(*_: object) -> None:
        raise KeyboardInterrupt

    there = tmp_path / "report.csv"
    there.write_bytes(b"of yesterday")
    monkeypatch.setattr(Path, "replace", ended)
    with pytest.raises(KeyboardInterrupt):
        output.write(b"of today", there)
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [
        ("report.csv", b"of yesterday")
    ]
