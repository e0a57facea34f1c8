"""A command that is ended: it goes at once, says what became of its runs, and leaves no half."""

from __future__ import annotations

import signal
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
