"""Whether a server can listen somewhere is looked at before its address is told."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from server.port import in_the_way

ROOT = Path(__file__).parents[2]


def test_a_port_that_is_taken_is_told_without_the_others_address() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        command = [sys.executable, "-m", "server.port", "127.0.0.1", port]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"Port {port} can't be used: another program listens there already" in done.stderr
    assert "http" not in done.stderr
    let_go = [port, *map(_let_go, range(4))]  # others may have taken one meanwhile
    assert "" in {in_the_way("127.0.0.1", one) for one in let_go}


@pytest.mark.parametrize("port", ["0", "65536", "-1", "eighty", "", "8501.5"])
def test_what_is_no_port_is_told(port: str) -> None:
    assert "is no port" in in_the_way("localhost", port)


def test_an_address_of_another_machine_is_told() -> None:
    assert "not one of this machine" in in_the_way("192.0.2.1", "8501")


def _let_go(_: int) -> str:
    """A port that was free just now."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return str(taken.getsockname()[1])
