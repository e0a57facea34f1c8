"""Whatever message a browser sends, nobody else notices."""

from __future__ import annotations

import re
import time
from contextlib import suppress
from itertools import product
from socket import create_connection
from urllib.parse import urlencode, urlsplit

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.exceptions import ConnectionClosedError
from websockets.frames import CloseCode

from server.messages import Kind, kind
from simulator import Simulator, tiny_world
from tests.browser.serving import ROOT, pointing_at
from tests.pages.worlds import WEEK
from tests.server.running import PATIENCE_SECONDS, fetch, finished, run, running, socket, visit
from tests.server.test_log import LINE

COSTS = "Total cost"


def of(**fields: object) -> bytes:
    return BackMsg(**fields).SerializeToString()  # type: ignore[arg-type]


def of_the_backend(payload: str) -> bytes:
    message = BackMsg()
    message.backend_operation_request.session_id = "one"
    getattr(message.backend_operation_request, payload).SetInParent()
    return message.SerializeToString()


NOT_USED = {
    "clear_cache": of(clear_cache=True),
    "set_run_on_save": of(set_run_on_save=True),
    "load_git_info": of(load_git_info=True),
    "debug_shutdown_runtime": of(debug_shutdown_runtime=True),
    "debug_disconnect_websocket": of(debug_disconnect_websocket=True),
    "file_urls_request": of(file_urls_request={"request_id": "1", "file_names": ["a"] * 9}),
    "install_skills": of_the_backend("install_skills"),
    "dismiss_skills_nudge": of_the_backend("dismiss_skills_nudge"),
    "dataframe_chunk": of_the_backend("dataframe_chunk"),
    "nothing": b"",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def server(home):
    """The address of a server of a simulated service."""
    with (
        Simulator(tiny_world()) as service,
        running(home, **pointing_at(service.url)) as url,
    ):
        yield url


@pytest.mark.parametrize("name", NOT_USED)
def test_what_no_page_of_ours_sends_is_not_handed_on(name):
    assert kind(NOT_USED[name]) is Kind.NOT_USED


def test_what_pages_need_is():
    needed = [of(stop_script=True), of(app_heartbeat=True), of(rerun_script={})]
    assert set(map(kind, needed)) == {Kind.USED}
    assert kind(of_the_backend("deferred_file")) is Kind.FILE


def test_an_address_is_as_long_as_browsers_have_them():
    read = [kind(of(rerun_script={"query_string": "x" * much})) for much in (2**16, 2**18)]
    assert read == [Kind.USED, Kind.BROKEN]


def test_a_long_text_is_in_links_alone(server):
    long = "x" * 20_000
    for link in ({"name": long}, {"queue": long}, {"farm": long}, {long: "x"}, {"by": long}):
        said = re.findall(r'(\w+): "[^"]*x{2000}', visit(server, {**WEEK, **link}))
        assert set(said) <= {"query_string"}


def test_a_message_can_not_be_hidden_behind_another():
    assert kind(of(rerun_script={}) + NOT_USED["clear_cache"]) is Kind.NOT_USED


def test_after_any_of_them_everybody_is_served_as_before(server):
    with socket(server) as other, socket(server) as stranger:
        assert COSTS in run(other, WEEK)
        for message in NOT_USED.values():
            stranger.send(message)
        stranger.send(of(stop_script=True))
        drawn = run(stranger, WEEK)
        assert COSTS in drawn
        assert "file_urls_response" not in drawn
        assert "backend_operation_response" not in drawn
        for page in ("users", "jobs"):
            assert COSTS in run(other, WEEK, page)
    assert COSTS in visit(server, WEEK)


def test_no_browser_is_told_where_on_its_disk_the_server_lies(server, home):
    for page in ("", "users", "about"):
        drawn = visit(server, WEEK, page)
        assert "new_session" in drawn
        assert str(ROOT) not in drawn
        assert str(home) not in drawn
        assert "installation_id" not in drawn


@pytest.mark.parametrize("message", [b"\xff\xff\xff\xff", "text", b"\x5a\x05\x0a"])
def test_what_can_not_be_read_ends_that_socket_alone_and_fills_no_log(server, home, message):
    with socket(server) as other:
        said = home.joinpath("server.log").read_text()
        assert COSTS in run(other, WEEK)
        with socket(server) as stranger:
            stranger.send(message)
            with pytest.raises(ConnectionClosedError, match="1002"):
                run(stranger, WEEK)
        assert COSTS in run(other, WEEK)
    assert home.joinpath("server.log").read_text() == said


HERE = b" HTTP/1.1\r\nHost: localhost\r\n"
IN_CHUNKS = HERE + b"Transfer-Encoding: chunked\r\n\r\n"
NO_CHUNK = b"no length\r\n"
NO_HTTP = {
    "another protocol": [b"\x16\x03\x01 no request\r\n\r\n"],
    "an upgrade to it": [b"GET /" + HERE + b"Upgrade: h2c\r\nConnection: Upgrade\r\n\r\n"],
    "no body": [b"GET /_stcore/health" + IN_CHUNKS + NO_CHUNK],
    "no body for what is refused": [b"POST /_stcore/any" + IN_CHUNKS + NO_CHUNK],
    "no body after the answer": [b"GET /_stcore/health" + IN_CHUNKS, NO_CHUNK],
}


@pytest.mark.parametrize("name", NO_HTTP)
def test_what_is_no_http_fills_no_log(server, home, name):
    before = len((home / "server.log").read_text())
    host, port = urlsplit(server).netloc.split(":")
    for _ in range(20):
        with create_connection((host, int(port)), PATIENCE_SECONDS) as stranger:
            for part in NO_HTTP[name]:
                stranger.sendall(part)
                stranger.recv(1_000)
    assert fetch(f"{server}/_stcore/health").status == 200
    assert (home / "server.log").read_text()[before:] == ""


NO_TEXT, CLOSING = b"\x81\x82\0\0\0\0\xff\xfe", b"\x88\x80\0\0\0\0"


@pytest.mark.parametrize("sent", [NO_TEXT, NO_TEXT + CLOSING], ids=["open", "closing"])
def test_what_is_no_text_ends_that_socket_and_fills_no_log(server, home, sent):
    before = len((home / "server.log").read_text())
    for _ in range(5):
        with socket(server) as stranger:
            stranger.socket.sendall(sent)
            with pytest.raises(ConnectionClosedError):
                stranger.recv(PATIENCE_SECONDS)
    assert fetch(f"{server}/_stcore/health").status == 200
    assert (home / "server.log").read_text()[before:] == ""


def test_of_a_message_that_never_ends_little_is_kept(server):
    """Each part of it is within what a message may be; all of them are not."""
    part = b"x" * 1_000_000
    with socket(server) as stranger:
        with suppress(ConnectionClosedError):
            stranger.send(part for _ in range(12))
        with pytest.raises(ConnectionClosedError) as closed:
            stranger.recv(timeout=60)
    why = closed.value.rcvd  # nothing is heard of it where the connection is gone at once
    assert why is None or why.code == CloseCode.MESSAGE_TOO_BIG


def test_who_asks_for_files_without_end_waits_for_each(server, home):
    """Each is computed beside all bounds, and one that is not there fills the log."""
    asking = of_the_backend("deferred_file")
    with socket(server) as other, socket(server) as stranger:
        began = time.monotonic()
        for _ in range(11):
            stranger.send(asking)
        assert COSTS in run(other, WEEK)
        assert COSTS in run(stranger, WEEK)
        assert time.monotonic() - began > 5  # five at once, and then one a second
    assert home.joinpath("server.log").read_text().count("Rejecting backend operation") == 11


VALUES = {
    "string_value": "a\nFORGED",
    "int_value": 2**62,
    "double_value": float("nan"),
    "json_value": '{"selection": "FORGED"}',
    "json_trigger_value": "[FORGED",
    "bytes_value": b"\xffFORGED",
    "string_array_value": {"data": ["FORGED", "\n"]},
    "int_array_value": {"data": [-(2**60)]},
    "double_array_value": {"data": [1e308, float("inf")]},
    "arrow_value": {"data": b"FORGED"},
    "chat_input_value": {"data": "FORGED"},
    "file_uploader_state_value": {},
}


def test_values_that_no_widget_has_cost_the_log_a_line_each_without_any_of_them(server, home):
    """Each kind of value for all widgets of a page, and for its text alone, in a message each."""
    log = home / "server.log"
    began = len(log.read_text())
    with socket(server) as other, socket(server) as stranger:
        widgets = sorted(set(re.findall(r'id: "(\$\$ID-[^"]+)"', run(stranger, WEEK))))
        assert len(widgets) > 5
        text = [widget for widget in widgets if widget.endswith("Job name contains")]
        for some, (kind_of, value) in product((text, widgets), VALUES.items()):
            message = BackMsg()
            message.rerun_script.query_string = urlencode(WEEK)
            for widget in some:
                state = message.rerun_script.widget_states.widgets.add(id=widget)
                state.MergeFrom(WidgetState(**{kind_of: value}))
            stranger.send(message.SerializeToString())
            finished(stranger)
        assert COSTS in run(other, WEEK)
        assert COSTS in visit(server, WEEK)
    said = log.read_text()[began:]
    lines = said.splitlines()
    assert "Error at " in said  # some of them are no values of those widgets
    assert len(lines) <= 4 * len(VALUES)
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert "Traceback" not in said
    assert "FORGED" not in said


def test_who_sends_them_again_and_again_fills_no_log(server, home):
    log = home / "server.log"
    with socket(server) as stranger:
        (text,) = re.findall(r'id: "(\$\$ID-[^"]+Job name contains)"', run(stranger, WEEK))
        message = BackMsg()
        message.rerun_script.query_string = urlencode(WEEK)
        message.rerun_script.widget_states.widgets.add(id=text, int_value=7)
        began = len(log.read_text())
        for _ in range(50):
            stranger.send(message.SerializeToString())
            finished(stranger)
    lines = log.read_text()[began:].splitlines()
    assert 0 < len(lines) <= 20


@pytest.mark.parametrize("method", ["PUT", "DELETE", "OPTIONS", "POST"])
def test_nothing_can_be_uploaded(server, method):
    answer = fetch(f"{server}/_stcore/upload_file/any/1", method, b"x" * 2_000_000)
    assert answer.status == 404
