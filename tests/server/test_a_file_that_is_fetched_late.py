"""A file that a click has made is there when its browser comes for it, whoever looks meanwhile."""

from __future__ import annotations

from urllib.parse import urlencode

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import ClientConnection

from simulator import Simulator, tiny_world
from tests.browser.serving import pointing_at
from tests.server.running import PATIENCE_SECONDS, fetch, running, socket, visit

DAYS = {"window": "dates", "start": "2026-03-01", "end": "2026-03-05"}


def _sent(client: ClientConnection, asking: BackMsg, until: str) -> list[ForwardMsg]:
    """What comes after a message, up to the first of a kind."""
    client.send(asking.SerializeToString())
    found = [ForwardMsg.FromString(client.recv(PATIENCE_SECONDS))]
    while found[-1].WhichOneof("type") != until:
        found.append(ForwardMsg.FromString(client.recv(PATIENCE_SECONDS)))
    return found


def _offered(client: ClientConnection) -> tuple[str, str]:
    """The session, and the file that its page of users offers."""
    asking = BackMsg()
    asking.rerun_script.page_name = "users"
    asking.rerun_script.query_string = urlencode(DAYS)
    session = file = ""
    while not file:
        for one in _sent(client, asking, "script_finished"):
            session = one.new_session.initialize.session_id or session
            file = one.delta.new_element.download_button.deferred_file_id or file
    return session, file


def _made(client: ClientConnection, session: str, file: str) -> str:
    """Where the file is after a click."""
    asking = BackMsg()
    asking.backend_operation_request.request_id = "1"
    asking.backend_operation_request.session_id = session
    asking.backend_operation_request.deferred_file.file_id = file
    *_, answer = _sent(client, asking, "backend_operation_response")
    return answer.backend_operation_response.deferred_file.url


def test_a_file_stays_while_others_look_until_its_page_is_drawn_anew(tmp_path):
    with (
        Simulator(tiny_world()) as service,
        running(tmp_path, **pointing_at(service.url)) as url,
        socket(url) as client,
    ):
        offered = _offered(client)
        for _ in range(2):
            where = _made(client, *offered)
            for _ in range(3):
                visit(url, DAYS, "about")
            answer = fetch(url + where)
            assert (answer.status, "user_id" in answer.text) == (200, True)
            assert ".csv" in answer.headers["content-disposition"]
        _offered(client)
        for _ in range(3):
            visit(url, DAYS, "about")
        assert fetch(url + where).status == 404
