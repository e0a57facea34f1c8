"""A socket that sends what no application hears of is ended; nobody else waits for it meanwhile."""

from __future__ import annotations

import socket as sockets
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from itertools import pairwise
from random import Random
from urllib.parse import urlencode

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.frames import Frame, Opcode

from server.frames import AT_ONCE, Frames
from simulator import Simulator, tiny_world
from tests.browser.serving import pointing_at
from tests.pages.worlds import WEEK
from tests.server.running import COMMANDS, PATIENCE_SECONDS, fetch, finished, run, running, socket

COSTS = "Total cost"
MANY = 40
"""Sockets of one address, as the proxy of docs/deploy.md lets in."""


def frame(opcode: Opcode, data: bytes = b"", *, last: bool = True) -> bytes:
    """As a browser sends it."""
    return Frame(opcode, data, last).serialize(mask=True)


PING, PONG = frame(Opcode.PING), frame(Opcode.PONG, b"x" * 125)
BEGINNING = frame(Opcode.BINARY, b"x", last=False)
CRUMB, NOTHING = frame(Opcode.CONT, b"x", last=False), frame(Opcode.CONT, last=False)


def test_frames_are_found_however_they_come_in_pieces():
    sizes = (0, 1, 125, 126, 127, 65_535, 65_536)
    whole = [frame(kind, b"\x09" * size) for size in sizes for kind in (Opcode.BINARY, Opcode.CONT)]
    unheard = [frame(Opcode.BINARY, b"\x09" * size, last=False) for size in sizes]
    sent = [*whole, *unheard, PING, PONG, CRUMB, NOTHING]
    chance = Random(7)
    for most in (1, 2, 3, 7, 4_096, 10**6):
        chance.shuffle(sent)
        data = b"".join(sent)
        cuts = [0]
        while cuts[-1] < len(data):
            cuts.append(cuts[-1] + chance.randint(1, most))
        frames = Frames()
        found = sum(frames.unheard(data[one:next_one]) for one, next_one in pairwise(cuts))
        assert found == len(sizes) + 4


@pytest.fixture(scope="module", params=COMMANDS)
def home(request, tmp_path_factory):
    """A folder for a server that is started by that command."""
    return tmp_path_factory.mktemp(request.param)


@pytest.fixture(scope="module")
def server(home) -> Iterator[str]:
    """The address of a server of a simulated service."""
    by = home.name.rstrip("0123456789")
    with Simulator(tiny_world()) as service, running(home, by, **pointing_at(service.url)) as url:
        yield url


def said(home) -> list[str]:
    """What the server has said, but for its visits."""
    lines = (home / "server.log").read_text().splitlines()
    return [line for line in lines if "uvicorn.access" not in line]


@pytest.mark.parametrize("sent", [PING, PONG, CRUMB, NOTHING], ids=["ping", "pong", "crumb", "0"])
def test_who_sends_them_without_end_is_ended(server, home, sent):
    with ExitStack() as stack:
        other = stack.enter_context(socket(server))
        assert COSTS in run(other, WEEK)
        before = said(home)
        strangers = [stack.enter_context(socket(server)).socket for _ in range(MANY)]
        for stranger in strangers:
            stranger.sendall(BEGINNING)
            stranger.setblocking(False)
        assert longest_health(server, strangers, sent * 5_000) < 5
        assert COSTS in run(other, WEEK)
        assert said(home) == before


def longest_health(server: str, strangers: list[sockets.socket], sent: bytes) -> float:
    """How many seconds health took at most, until those who send that are all gone."""
    left, longest, end = strangers, 0.0, time.monotonic() + PATIENCE_SECONDS
    while left:
        assert time.monotonic() < end, f"{len(left)} of them were not ended"
        left = [one for one in left if takes(one, sent)]
        began = time.monotonic()
        assert fetch(f"{server}/_stcore/health").status == 200
        longest = max(longest, time.monotonic() - began)
    return longest


def takes(line: sockets.socket, sent: bytes) -> bool:
    """Whether somebody still listens there."""
    try:
        with suppress(BlockingIOError):
            line.send(sent)
    except OSError:
        return False
    return True


def test_messages_without_end_hold_up_nobody_but_who_sends_them(server):
    """The server reads no more of them at once than it takes a moment to look at."""
    with ExitStack() as stack:
        strangers = [stack.enter_context(socket(server)).socket for _ in range(MANY)]
        for stranger in strangers:
            stranger.setblocking(False)
            takes(stranger, frame(Opcode.BINARY) * 40_000)
        began = time.monotonic()
        assert fetch(f"{server}/_stcore/health").status == 200
        assert time.monotonic() - began < 5
        for stranger in strangers:
            stranger.close()


def test_as_many_as_a_client_ever_sends_are_answered(server):
    message = BackMsg()
    message.rerun_script.query_string = urlencode(WEEK)
    data = message.SerializeToString()
    with socket(server) as client:
        answers = [client.ping() for _ in range(AT_ONCE // 2)]
        client.send(data[at : at + 1] for at in range(len(data)))
        assert COSTS in finished(client)
        assert all(one.wait(PATIENCE_SECONDS) for one in answers)
