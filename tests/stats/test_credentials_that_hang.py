"""A program that hangs where boto3 asks it for credentials: waited for briefly, told, and ended."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulator import Simulator, tiny_world
from stats import credentials
from stats.client import Client, Endpoint
from stats.clock import Clock, Patience
from stats.errors import CredentialsLate, FarmCostsError

ROOT = Path(__file__).parents[2]
SECONDS = 1.0
LONGER_SECONDS = 5.0
"""For a program that answers before it hangs: a machine may be busy."""

_NAMES = ("AWS_PROFILE", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN",
          "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ENDPOINT_URL",
          "AWS_ENDPOINT_URL_DEADLINE")  # fmt: skip


@dataclass
class Program:
    """A `credential_process`; each time that it is called it writes its id to a file."""

    folder: Path

    def answers(self, times: int, until: timedelta) -> None:
        """It gives credentials so many times, which hold until then, and hangs after that."""
        keys = {"Version": 1, "AccessKeyId": "key", "SecretAccessKey": "secret"}
        keys |= {"SessionToken": "token", "Expiration": (datetime.now(UTC) + until).isoformat()}
        script = (
            f"echo $$ >> {self._called}\n"
            f"[ $(wc -l < {self._called}) -gt {times} ] && exec sleep 600\n"
            f"echo '{json.dumps(keys)}'\n"
        )
        (self.folder / "program").write_text(script)
        (self.folder / "config").write_text(
            f"[default]\nregion = us-west-2\ncredential_process = sh {self.folder}/program\n"
        )

    @property
    def _called(self) -> Path:
        return self.folder / "called"

    @property
    def calls(self) -> list[int]:
        """The process ids of its calls so far."""
        return [int(line) for line in self._called.read_text().split()]

    def is_over(self) -> bool:
        """Whether none of its processes is alive, a moment after it should have ended."""
        until = time.monotonic() + 60
        while any(map(_is_alive, self.calls)) and time.monotonic() < until:
            time.sleep(0.05)
        return not any(map(_is_alive, self.calls))


def _is_alive(pid: int) -> bool:
    state = Path(f"/proc/{pid}/stat")
    return state.exists() and state.read_text().rsplit(")", 1)[1].split()[0] != "Z"


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    for name in _NAMES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setattr(credentials, "_FINDING", credentials._Wait())  # no other test's
    return Program(tmp_path)


def client(service: Simulator) -> Client:
    """One that asks the simulator with the program's credentials."""
    return Client(Endpoint(service.url, read_seconds=LONGER_SECONDS), Clock(), Patience(attempts=1))


def command(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stats", *arguments],
        cwd=ROOT,
        env={**os.environ, "FARM_COSTS_READ_SECONDS": f"{SECONDS}", **environment},
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


@pytest.mark.parametrize("endpoint", ["", "http://127.0.0.1:1"])
def test_a_command_says_so_and_ends(program: Program, endpoint: str) -> None:
    program.answers(0, timedelta())
    ended = command("farms", AWS_ENDPOINT_URL_DEADLINE=endpoint)
    assert ended.returncode == 3
    assert "No AWS credentials came within 1 seconds." in ended.stderr
    assert "credential_process" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert ended.stdout == ""
    assert len(program.calls) == 1
    assert program.is_over()


def test_many_who_ask_wait_for_one_program(program: Program) -> None:
    program.answers(0, timedelta())

    def asked(_: int) -> FarmCostsError | None:
        try:
            Endpoint("http://127.0.0.1:1", read_seconds=SECONDS).client("deadline")
        except FarmCostsError as error:
            return error
        return None

    with ThreadPoolExecutor(8) as pool:
        assert {type(error) for error in pool.map(asked, range(16))} == {CredentialsLate}
    assert len(program.calls) == 1
    assert program.is_over()


def test_credentials_that_can_not_be_renewed_are_no_call_without_end(program: Program) -> None:
    program.answers(1, timedelta(minutes=5))
    with Simulator(tiny_world()) as service:
        ours = client(service)
        for _ in range(3):
            with pytest.raises(CredentialsLate):
                ours.farms()
    assert len(program.calls) == 2
    assert program.is_over()


def test_credentials_that_still_hold_for_minutes_are_used_meanwhile(program: Program) -> None:
    program.answers(2, timedelta(minutes=12))
    with Simulator(tiny_world()) as service:
        ours = client(service)
        for _ in range(3):
            assert [farm.name for farm in ours.farms()] == ["Tiny", "Empty"]
    assert len(program.calls) >= 3
    assert program.is_over()


def test_a_program_that_answers_again_is_used_again(
    program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(credentials, "_RESTS_SECONDS", 0.0)
    program.answers(1, timedelta(minutes=5))
    with Simulator(tiny_world()) as service:
        ours = client(service)
        with pytest.raises(CredentialsLate):
            ours.farms()
        program.answers(100, timedelta(hours=1))
        assert [farm.name for farm in ours.farms()] == ["Tiny", "Empty"]
