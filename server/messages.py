"""What a browser may ask of Streamlit: to run the page, to stop it, and to make a file.

Its client may send more than a page of ours ever does: to empty the caches of all who look, to
watch files, to say what is in the folder that it runs in, to write files there.
"""

from __future__ import annotations

from google.protobuf.message import DecodeError
from streamlit.proto.BackMsg_pb2 import BackMsg

_USED = ("rerun_script", "stop_script", "app_heartbeat")
_FILE = "deferred_file"


def is_used(data: bytes) -> bool:
    """Whether a message is one that our pages need; one that can't be read is left to Streamlit."""
    message = BackMsg()
    try:
        message.ParseFromString(data)
    except DecodeError:
        return True
    kind = message.WhichOneof("type")
    if kind == "backend_operation_request":
        return message.backend_operation_request.WhichOneof("payload") == _FILE
    return kind in _USED
