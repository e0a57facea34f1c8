"""What a browser may ask of Streamlit: to run the page, to stop it, and to make a file.

Its client may send more than a page of ours ever does: to empty the caches of all who look, to
watch files, to say what is in the folder that it runs in, to write files there.
"""

from __future__ import annotations

from enum import Enum, auto

from google.protobuf.message import DecodeError
from streamlit.proto.BackMsg_pb2 import BackMsg

LONGEST_ADDRESS = 128 * 1024
"""Bytes of a page's address: twice as many as a browser could have come with over HTTP."""

_USED = ("rerun_script", "stop_script", "app_heartbeat")


class Kind(Enum):
    """What is to become of a message."""

    USED = auto()
    """Our pages need it: it is handed on."""
    FILE = auto()
    """It asks for a file to be made, whose table is one of the page's."""
    NOT_USED = auto()
    """No page of ours sends it: it is left out."""
    BROKEN = auto()
    """No client of Streamlit's sends it: its socket is closed."""


def kind(data: bytes) -> Kind:
    """What a message is."""
    message = BackMsg()
    try:
        message.ParseFromString(data)
    except DecodeError:
        return Kind.BROKEN
    asked = message.WhichOneof("type")
    if len(message.rerun_script.query_string.encode()) > LONGEST_ADDRESS:
        return Kind.BROKEN
    if asked == "backend_operation_request":
        is_file = message.backend_operation_request.WhichOneof("payload") == "deferred_file"
        return Kind.FILE if is_file else Kind.NOT_USED
    return Kind.USED if asked in _USED else Kind.NOT_USED
