"""The real server in a process of its own, with an environment of its own."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

ROOT = Path(__file__).parents[2]
LONGEST_START_SECONDS = 180
LONGEST_END_SECONDS = 60


@contextmanager
def server(home: Path, script: str = "app.py", **environment: str) -> Iterator[str]:
    """The address of a server that has answered no page yet.

    It sees none of the surrounding environment but PATH, and no AWS but what it is given.
    """
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", script]
    options = [f"--server.port={port}", "--server.address=127.0.0.1"]
    with started(home, [*command, *options], f"http://127.0.0.1:{port}", environment) as url:
        yield url


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def started(
    home: Path,
    command: list[str],
    url: str,
    environment: Mapping[str, str],
    folder: Path = ROOT,
) -> Iterator[str]:
    """The address once a command that serves it is healthy; it is ended after that."""
    with (
        open(home / "server.log", "wb") as log,
        subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(home) | dict(environment),
            stdout=log,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            _wait_until_healthy(url, process, home / "server.log")
            yield url
        finally:
            process.terminate()
            with suppress(subprocess.TimeoutExpired):
                process.wait(LONGEST_END_SECONDS)
            process.kill()


def pointing_at(endpoint: str) -> Mapping[str, str]:
    """The environment for a simulated service instead of AWS."""
    return {
        "AWS_ENDPOINT_URL_DEADLINE": endpoint,
        "AWS_ENDPOINT_URL_IDENTITYSTORE": endpoint,
        "AWS_ACCESS_KEY_ID": "simulated",
        "AWS_SECRET_ACCESS_KEY": "simulated",
        "AWS_REGION": "us-west-2",
    }


def _environment(home: Path) -> dict[str, str]:
    return {
        "PATH": os.environ.get("PATH", ""),
        "HOME": str(home),
        "LANG": "C.UTF-8",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def _wait_until_healthy(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + LONGEST_START_SECONDS
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(f"{url}/_stcore/health", timeout=30) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            time.sleep(0.1)
    raise AssertionError(f"The server did not start:\n{log.read_text(errors='replace')}")
