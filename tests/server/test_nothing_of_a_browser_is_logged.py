"""Whatever a browser sends, none of it stands in the log."""

from __future__ import annotations

import ast
import time
from pathlib import Path

import pytest
import streamlit
from streamlit.proto.BackMsg_pb2 import BackMsg
from websockets.exceptions import InvalidStatus

from simulator import Simulator, tiny_world
from tests.browser.serving import pointing_at
from tests.pages.worlds import WEEK
from tests.server.running import COMMANDS, PATIENCE_SECONDS, fetch, finished, run, running, socket

FORGED = "FORGED does not exist.\n2026-11-26T00:00:00.000Z ERROR server.estate: \x1b[31m<b>"
LONG = "FORGED" * 900
ASKED_FOR_NOTHING = "fragment with id … does not exist"
SPEAKS = {"info", "warning", "error", "exception", "critical"}
SAYS_WHAT_IT_IS_GIVEN = {
    "config_option.py",
    "credentials.py",
    "deprecation_util.py",
    "logger.py",
    "script_runner.py",
}
"""An error, told by its kind; what becomes of options and credentials; words of Streamlit's own."""


@pytest.fixture(scope="module", params=COMMANDS)
def served(request, tmp_path_factory):
    """The address of a server, and where its log is; visits are the server's to log or not."""
    home = tmp_path_factory.mktemp("home")
    with (
        Simulator(tiny_world()) as service,
        running(home, request.param, **pointing_at(service.url)) as url,
    ):
        yield url, home / "server.log"


def said(log: Path, awaited: str = "", after: int = 0) -> str:
    """All that is said `after` so many characters, but visits, once what is awaited is there."""
    end = time.monotonic() + PATIENCE_SECONDS
    while awaited not in log.read_text()[after:]:
        assert time.monotonic() < end
        time.sleep(0.05)
    lines = log.read_text()[after:].splitlines()
    return "\n".join(line for line in lines if "uvicorn.access" not in line)


@pytest.mark.parametrize("text", [FORGED, LONG], ids=["forged", "long"])
def test_nothing_of_a_message_is(served, text):
    url, log = served
    before = len(log.read_text())
    with socket(url) as stranger:
        run(stranger, WEEK)
        asked = BackMsg()
        asked.rerun_script.query_string = f"farm={text}&{text}=1"
        asked.rerun_script.page_name = text
        asked.rerun_script.page_script_hash = text
        asked.rerun_script.cached_message_hashes.append(text)
        asked.rerun_script.widget_states.widgets.add(id=text, string_value=text)
        asked.rerun_script.context_info.timezone = text
        asked.rerun_script.context_info.locale = text
        asked.rerun_script.context_info.url = text
        stranger.send(asked.SerializeToString())
        finished(stranger)
        asked.rerun_script.fragment_id = text
        stranger.send(asked.SerializeToString())
        file = BackMsg()
        file.backend_operation_request.session_id = text
        file.backend_operation_request.request_id = text
        file.backend_operation_request.deferred_file.file_id = text
        stranger.send(file.SerializeToString())
        told = said(log, "Rejecting backend operation", before)
    assert ASKED_FOR_NOTHING in told
    assert "FORGED" not in told
    assert len(told) < len(LONG)


def test_nothing_of_a_request_is_and_a_refused_socket_is_no_error(served):
    url, log = served
    for path in ("/FORGED", "/media/FORGED.csv", "/component/FORGED/x", "/oauth2callback?error=x"):
        fetch(f"{url}{path}", Cookie="_streamlit_user=FORGED", Referer="FORGED")
    for how in ({"origin": "http://forged"}, {"host": "forged"}, {"path": "/FORGED"}):
        with pytest.raises(InvalidStatus), socket(url, **how):
            pass
    with pytest.raises(InvalidStatus) as refused, socket(url, path="/FORGED"):
        pass
    assert refused.value.response.body == b"There is nothing here.\n"
    told = said(log)
    assert "forged" not in told.lower()
    assert "handshake" not in told


def test_streamlit_fills_values_into_its_sentences_and_makes_none_of_them():
    """So that its own words can be told from what it fills in."""
    found = set()
    for file in Path(streamlit.__file__).parent.rglob("*.py"):
        source = file.read_text("utf-8")
        if "logger" in source.lower():
            found |= {file.name for node in ast.walk(ast.parse(source)) if makes_a_sentence(node)}
    assert found <= SAYS_WHAT_IT_IS_GIVEN


def makes_a_sentence(node: ast.AST) -> bool:
    """Whether it has a logger say what is not written there."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
        return False
    speaker = getattr(node.func.value, "id", "").lower()
    if "logger" not in speaker or node.func.attr not in SPEAKS:
        return False
    return not all(isinstance(part, ast.Constant) for part in literal(node.args[0]))


def literal(said: ast.expr) -> list[ast.expr]:
    return [*literal(said.left), *literal(said.right)] if isinstance(said, ast.BinOp) else [said]
