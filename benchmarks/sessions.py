"""Fifty sessions on five views, beside one session alone on each: Starts, time, errors, memory.

A session is what the server sees of a browser: its websocket, its script run, all that is drawn.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from benchmarks.farm import NOW
from benchmarks.service import service
from tests.browser.serving import pointing_at, server

SESSIONS = 50
VIEWS = ("", "users", "jobs", "instance_types", "queues_and_fleets")
_DAYS, _JOBS_A_DAY = 30, 400
_LONGEST_SECONDS = 600
_MEBIBYTE = 1024


@dataclass(frozen=True)
class Sessions:
    """`distinct` of the Starts were about different things; alone, the views take `starts_alone`.

    Together they take fewer, where one view's runs tell another's. Memory is in MiB.
    """

    sessions: int
    starts: int
    distinct: int
    starts_alone: int
    errors: int
    slowest_seconds: float
    slowest_alone_seconds: float
    memory_before: int
    memory_at_most: int

    def __str__(self) -> str:
        return (
            f"{self.sessions} sessions on {len(VIEWS)} views: {self.starts} Starts for "
            f"{self.distinct} distinct runs ({self.starts_alone} where each view is seen alone), "
            f"{self.errors} errors; the slowest took "
            f"{self.slowest_seconds:.1f} s, the slowest of the views alone "
            f"{self.slowest_alone_seconds:.1f} s; the server's memory went from "
            f"{self.memory_before} to {self.memory_at_most} MiB at most"
        )


def measured() -> Sessions:
    """Each view alone on a server that has answered nothing yet, and then all at once on one."""
    alone: list[float] = []
    with service(_JOBS_A_DAY, _DAYS) as asked:
        environment = dict(pointing_at(asked.url))
        for view in VIEWS:
            with tempfile.TemporaryDirectory() as home, server(Path(home), **environment) as url:
                alone += [seconds for seconds, _ in asyncio.run(_all(url, [view]))]
        apart = asked.asked().starts
        with tempfile.TemporaryDirectory() as home, server(Path(home), **environment) as url:
            before = memory(url, "VmRSS")
            views = [VIEWS[n % len(VIEWS)] for n in range(SESSIONS)]
            seen = asyncio.run(_all(url, views))
            most = memory(url, "VmHWM")
        together = asked.asked()
    slowest = max(seconds for seconds, _ in seen)
    errors = sum(errors for _, errors in seen)
    return Sessions(
        sessions=SESSIONS,
        starts=together.starts,
        distinct=together.distinct,
        starts_alone=apart,
        errors=errors,
        slowest_seconds=slowest,
        slowest_alone_seconds=max(alone),
        memory_before=before,
        memory_at_most=most,
    )


async def _all(url: str, views: Sequence[str]) -> list[tuple[float, int]]:
    """The seconds until each view is drawn, and how many errors it shows."""
    return await asyncio.gather(*(_seen(url, view) for view in views))


async def _seen(url: str, view: str) -> tuple[float, int]:
    first, last = NOW - timedelta(days=_DAYS), NOW - timedelta(days=1)
    window = {"window": "dates", "start": f"{first:%Y-%m-%d}", "end": f"{last:%Y-%m-%d}"}
    asks = BackMsg()
    asks.rerun_script.query_string = urlencode(window)
    asks.rerun_script.page_name = view
    began, errors = time.monotonic(), 0
    address = f"ws://{urlsplit(url).netloc}/_stcore/stream"
    async with connect(address, subprotocols=[Subprotocol("streamlit")], max_size=None) as socket:
        await socket.send(asks.SerializeToString())
        async with asyncio.timeout(_LONGEST_SECONDS):
            while True:
                message = ForwardMsg.FromString(bytes(await socket.recv(decode=False)))
                errors += _is_error(message)
                if message.WhichOneof("type") == "script_finished":
                    return time.monotonic() - began, errors


def _is_error(message: ForwardMsg) -> bool:
    if message.WhichOneof("type") != "delta":
        return False
    element = message.delta.new_element
    kind = element.WhichOneof("type")
    return kind == "exception" or (kind == "alert" and element.alert.format == element.alert.ERROR)


def memory(url: str, which: str) -> int:
    """MiB of the server, as Linux counts it: resident now (VmRSS) or at most so far (VmHWM)."""
    port = f"--server.port={urlsplit(url).port}".encode()
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and port in (process / "cmdline").read_bytes():
            said = dict(
                line.split(":", 1) for line in (process / "status").read_text().splitlines()
            )
            return int(said[which].split()[0]) // _MEBIBYTE
    raise AssertionError("the server is not there")
