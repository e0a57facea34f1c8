"""Two viewers with different views at once: each sees what it would see alone, to the letter.

What is made once for all who look is made among others here, and on a server of its own there.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pyarrow as pa
import pytest
from google.protobuf.json_format import MessageToDict
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from simulator import Simulator, tiny_world
from simulator.tiny import ADA, SPOT
from tests.browser.serving import pointing_at
from tests.server.running import PATIENCE_SECONDS, running, socket

DAYS = {"window": "dates", "start": "2026-03-01", "end": "2026-03-05"}
LIGHT = ({**DAYS, "stack": "user"}, "light")
DARK = ({**DAYS, "fleet": SPOT, "user": ADA, "show": "runtime", "stack": "user"}, "dark")
VIEWERS = (LIGHT, DARK)
PAGES = ("", "users", "jobs")
_OF_A_SESSION = ("url", "deferredFileId", "setValue", "value", "rawValue", "rawValues")
"""Where a session's own files are, and what its first run tells a browser to choose."""


def _drawn(url: str, viewer: tuple[Mapping[str, str], str], page: str, times: int = 1) -> Any:
    """What stands on the page after so many runs of one session."""
    link, colours = viewer
    asking = BackMsg()
    asking.rerun_script.page_name = page
    asking.rerun_script.query_string = urlencode(link)
    asking.rerun_script.context_info.color_scheme = colours
    places: dict[tuple[int, ...], Any] = {}
    with socket(url) as client:
        for _ in range(times):
            client.send(asking.SerializeToString())
            while not _is_done(message := _received(client)):
                if message.WhichOneof("type") == "new_session":
                    places = {}
                elif message.WhichOneof("type") == "delta":
                    _put(places, message)
    return [shown for _, shown in sorted(places.items()) if shown]


def _received(client: Any) -> ForwardMsg:
    return ForwardMsg.FromString(client.recv(PATIENCE_SECONDS))


def _is_done(message: ForwardMsg) -> bool:
    """Whether a run has come to its end; one that begins anew has not."""
    ended = message.WhichOneof("type") == "script_finished"
    return ended and message.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY


def _put(places: dict[tuple[int, ...], Any], message: ForwardMsg) -> None:
    """An element takes the place of all that stood there, a container of an element only."""
    path = tuple(message.metadata.delta_path)
    if message.delta.WhichOneof("type") == "new_element":
        for gone in [at for at in places if at[: len(path)] == path]:
            del places[gone]
        places[path] = _read(message.delta.new_element)
    else:
        places.pop(path, None)


def _read(element: Any) -> Any:
    """A figure by its JSON with its keys sorted, a table by its values, all else as it is."""
    kind = element.WhichOneof("type")
    if kind == "empty":
        return None
    if kind == "plotly_chart":
        spec = json.loads(element.plotly_chart.spec)
        return json.dumps(spec, sort_keys=True), element.plotly_chart.alt
    if kind == "dataframe":
        rows = pa.ipc.open_stream(io.BytesIO(element.dataframe.arrow_data.data)).read_all()
        return rows.to_pydict(), element.dataframe.columns
    return {
        k: v for k, v in MessageToDict(getattr(element, kind)).items() if k not in _OF_A_SESSION
    }


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return [tmp_path_factory.mktemp("home") for _ in range(3)]


def test_two_viewers_at_once_see_what_each_sees_alone(homes):
    with Simulator(tiny_world()) as service:
        there = pointing_at(service.url)
        alone: dict[tuple[int, str], Any] = {}
        for n, viewer in enumerate(VIEWERS):
            with running(homes[n], **there) as url:
                alone |= {(n, page): _drawn(url, viewer, page) for page in PAGES}
        with running(homes[2], **there) as url, ThreadPoolExecutor(4) as at_once:
            asked = [(n, page) for page in PAGES for n in range(len(VIEWERS))] * 3
            drawn = [at_once.submit(_drawn, url, VIEWERS[n], page, 2) for n, page in asked]
            together = [(one, found.result()) for one, found in zip(asked, drawn, strict=True)]
    assert all(len(alone[one]) > 20 for one in alone)
    assert alone[0, "users"] != alone[1, "users"]
    for one, found in together:
        assert found == alone[one], one
