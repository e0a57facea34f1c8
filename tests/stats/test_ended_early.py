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
from simulator.faults import START
from stats import cli
from tests.stats.autumn import NOW, autumn_world
from tests.stats.test_command_line import DAYS, ROOT

_SOON_SECONDS = 20.0
ASKED = ("report", "--farm", "autumn", *DAYS, "--format", "csv", "--output", "report.csv", "-v")


def _begun(folder: Path, simulator: Simulator) -> subprocess.Popen[str]:
    services = ("AWS_ENDPOINT_URL_DEADLINE", "AWS_ENDPOINT_URL_IDENTITYSTORE")
    keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
    mine = dict.fromkeys(services, simulator.url) | dict.fromkeys(keys, "simulated")
    return subprocess.Popen(
        [sys.executable, "-m", "stats", *ASKED],
        cwd=folder,
        env={"PATH": os.environ["PATH"], "HOME": str(folder), "PYTHONPATH": str(ROOT), **mine},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize(("how", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_command_amid_an_aggregation_goes_and_tells_of_it(
    how: signal.Signals, code: int, tmp_path: Path
) -> None:
    settings = SimulatorSettings(running_base_seconds=600)
    with Simulator(autumn_world(), settings, clock=lambda: NOW) as simulator:
        command = _begun(tmp_path, simulator)
        until = time.monotonic() + _SOON_SECONDS
        while not any(r.operation == START for r in simulator.requests):
            assert time.monotonic() < until, "nothing was started"
            time.sleep(0.05)
        time.sleep(0.3)
        command.send_signal(how)
        data, said = command.communicate(timeout=_SOON_SECONDS)
    assert (command.returncode, data) == (code, "")
    assert "Traceback" not in said
    assert ": under way" in said


def test_a_command_that_is_ended_while_it_writes_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ended(*_: object) -> None:
        raise KeyboardInterrupt

    output = tmp_path / "report.csv"
    output.write_bytes(b"of yesterday")
    monkeypatch.setattr(Path, "replace", ended)
    with pytest.raises(KeyboardInterrupt):
        cli._write(b"of today", output)
    assert [(one.name, one.read_bytes()) for one in tmp_path.iterdir()] == [
        ("report.csv", b"of yesterday")
    ]
