"""`python -m simulator` as a process: it says what to set, serves, and ends when it is told to."""

from __future__ import annotations

import json
import re
import signal
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_SECONDS = 240


@contextmanager
def begun(*arguments: str, redirected: str = "") -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-W", "error", "-m", "simulator", *arguments]
    with subprocess.Popen(
        ["bash", "-c", f'exec "$@" {redirected}', "bash", *command],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.mark.parametrize(
    ("how", "code"), [(signal.SIGINT, 0), (signal.SIGTERM, -signal.SIGTERM)], ids=str
)
def test_it_says_what_to_set_and_serves_until_it_is_ended(how: signal.Signals, code: int) -> None:
    with begun("--port", "0") as process:
        assert process.stdout is not None
        said = ""
        while not said.endswith("Ctrl-C ends it.\n"):
            line = process.stdout.readline()
            assert line, said
            said += line
        found = re.search(r"AWS_ENDPOINT_URL_DEADLINE=(http://127\.0\.0\.1:\d+)\n", said)
        assert found, said
        with urllib.request.urlopen(f"{found[1]}/2023-10-12/farms", timeout=60) as answer:
            farms = json.load(answer)["farms"]
        assert farms
        for farm in farms:
            assert f"  {farm['farmId']}  {farm['displayName']}\n" in said
        process.send_signal(how)
        rest, trouble = process.communicate(timeout=LONGEST_SECONDS)
    assert (process.returncode, rest, trouble) == (code, "", "")


def test_output_that_goes_nowhere_is_told_in_one_sentence() -> None:
    with begun("--port", "0", redirected=">/dev/full") as process:
        _, said = process.communicate(timeout=LONGEST_SECONDS)
    assert (process.returncode, said) == (2, "Nothing can be told: No space left on device.\n")


def test_a_port_that_is_taken_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        with begun("--port", port) as process:
            out, said = process.communicate(timeout=LONGEST_SECONDS)
    assert (process.returncode, out) == (2, "")
    assert said == f"Port {port} can't be used: Address already in use\n"


@pytest.mark.parametrize("port", ["65536", "-1", "x"])
def test_what_is_no_port_is_told(port: str) -> None:
    with begun(f"--port={port}") as process:
        out, said = process.communicate(timeout=LONGEST_SECONDS)
    assert (process.returncode, out) == (2, "")
    assert "argument --port" in said
    assert "Traceback" not in said
