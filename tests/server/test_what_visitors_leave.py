"""What a visitor leaves is gone soon, also where nobody comes after."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from websockets.sync.client import ClientConnection

from simulator import Simulator, tiny_world
from tests.browser.serving import free_port, pointing_at, started
from tests.pages.worlds import WEEK
from tests.server.running import run, socket, visit

IMPATIENT = """
import os
import pathlib

from ui import visits

pathlib.Path(__file__).with_name("process").write_text(str(os.getpid()))

visits.GONE_SECONDS, visits.LOOK_EVERY_SECONDS = 1.0, 0.2

from app import app
"""
"""The product, to whom a second is what a minute is otherwise."""
MANY, SOME_SECONDS = 40, 20.0
A_FEW = 10
"""Open files that come and go by themselves, as those of history and of the service do."""


@pytest.fixture
def server(tmp_path):
    """The address of a server that waits for nobody."""
    (tmp_path / "impatient.py").write_text(IMPATIENT)
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "impatient:app", f"--app-dir={tmp_path}"]
    with (
        Simulator(tiny_world()) as service,
        started(
            tmp_path,
            [*command, f"--port={port}"],
            f"http://127.0.0.1:{port}",
            pointing_at(service.url),
        ) as url,
    ):
        yield url


@pytest.fixture
def open_files(tmp_path, server):
    """How many files, sockets and the like the server has open."""
    there = Path("/proc") / (tmp_path / "process").read_text() / "fd"
    return lambda: len(list(there.iterdir()))


@contextmanager
def many(url: str) -> Iterator[list[ClientConnection]]:
    """Those who are there at once, until all of them go."""
    with ExitStack() as there:
        yield [there.enter_context(socket(url)) for _ in range(MANY)]


def comes_down_to(most: int, open_files: Callable[[], int]) -> bool:
    end = time.monotonic() + SOME_SECONDS
    while open_files() > most:
        if time.monotonic() > end:
            return False
        time.sleep(0.2)
    return True


@pytest.mark.skipif(not Path("/proc/self/fd").exists(), reason="only Linux tells open files so")
def test_of_those_who_have_gone_no_file_stays_open(server, open_files):
    visit(server, WEEK)
    before = open_files()
    with many(server):
        assert open_files() > before + MANY
    assert comes_down_to(before + A_FEW, open_files)
    with many(server) as visitors:
        for one in visitors:
            run(one, WEEK)
    assert comes_down_to(before + A_FEW, open_files)
