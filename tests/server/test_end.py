"""What a server leaves when it is told to end, nothing but history; and that it ends."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from urllib.parse import urlencode

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import ConnectionClosed

from simulator import Fault, Simulator, tiny_world
from tests.browser.serving import free_port, pointing_at
from tests.pages.worlds import WEEK
from tests.server.running import COMMANDS, fetch, running, socket, visit

START, GET = "StartSessionsStatisticsAggregation", "GetSessionsStatisticsAggregation"
LONG = 200
ENDS_WITHIN_SECONDS = 60


@pytest.mark.parametrize("by", COMMANDS)
def test_no_folder_of_its_own_is_left(tmp_path, by):
    place = tmp_path / "tmp"
    place.mkdir()
    with (
        Simulator(tiny_world()) as service,
        running(tmp_path, by, TMPDIR=str(place), **pointing_at(service.url)) as url,
    ):
        assert "Total cost" in visit(url, WEEK)
        (folder,) = place.glob("farm-costs-*")  # for what memory may have no room for
        assert folder.stat().st_mode & 0o077 == 0
    assert list(place.glob("farm-costs-*")) == []


HANGS = Fault(GET, "slow", None, seconds=LONG)
PUTS_IT_OFF = Fault(START, "throttle", None, retry_after=LONG)


@pytest.mark.parametrize(
    ("how", "trouble"),
    [(signal.SIGINT, HANGS), (signal.SIGINT, PUTS_IT_OFF), (signal.SIGTERM, HANGS)],
    ids=["hangs", "puts it off", "hangs and is terminated"],
)
def test_it_ends_however_long_the_service_lets_it_wait(tmp_path, how, trouble):
    with Simulator(tiny_world()) as service:
        service.faults.add(trouble)
        port = free_port()
        command = [part.format(port) for part in ("-m", "uvicorn", "app:app", "--port={}")]
        environment = {"PATH": os.environ.get("PATH", ""), "HOME": str(tmp_path)}
        environment |= pointing_at(service.url) | {"FARM_COSTS_READ_SECONDS": str(LONG)}
        with subprocess.Popen([sys.executable, *command], env=environment) as server:
            try:
                url = f"http://127.0.0.1:{port}"
                _until(lambda: fetch(f"{url}/_stcore/health").status == 200)
                with socket(url) as client:
                    asking = BackMsg()
                    asking.rerun_script.query_string = urlencode(WEEK)
                    client.send(asking.SerializeToString())
                    _until(lambda: _is_asked(service, trouble.operation))
                    server.send_signal(how)
                    with suppress(subprocess.TimeoutExpired):
                        server.wait(ENDS_WITHIN_SECONDS)
                    has_ended = server.poll() is not None
                    server.kill()
                    with suppress(ConnectionClosed):  # or it waits to be read before it closes
                        list(client)
                    assert has_ended
            finally:
                server.kill()


def _is_asked(service, operation):
    return any(one.operation == operation for one in service.requests)


def _until(is_so):
    end = time.monotonic() + 120
    while time.monotonic() < end:
        try:
            if is_so():
                return
        except ConnectionError:
            pass
        time.sleep(0.05)
    raise AssertionError("It never was.")
