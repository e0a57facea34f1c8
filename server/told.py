"""A socket as a browser hears it: without what is the server's own.

That is the place of the page's script on its disk, and ids that are made of the machine's.
"""

from __future__ import annotations

from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

if TYPE_CHECKING:
    from starlette.types import Message, Send

_PLACE = str(Path(__file__).parents[1]).encode()
_LONGEST = 64 * 1024
"""Bytes of a message that a run of a page begins with, far below it."""


def told(send: Send) -> Send:
    """What a browser is sent.

    Streamlit begins each run with the path of its script and the machine's ids; its client makes
    no more of them than a key to tell apps apart by.
    """

    async def tells(message: Message) -> None:
        data = message.get("bytes") or b""
        if len(data) < _LONGEST and _PLACE in data:
            message = {**message, "bytes": _without_our_own(data)}
        await send(message)

    return tells


def _without_our_own(data: bytes) -> bytes:
    message = ForwardMsg.FromString(data)
    if message.WhichOneof("type") != "new_session":
        return data
    begun = message.new_session
    begun.main_script_path = PurePath(begun.main_script_path).name
    begun.initialize.user_info.Clear()
    without: bytes = message.SerializeToString()
    return without
