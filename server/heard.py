"""A socket as Streamlit hears it: without what no page of ours sends, and no faster than people."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from server.messages import Kind, kind
from server.pace import Pace

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Send

_PROTOCOL_ERROR = 1002
_MESSAGES_A_SECOND, _MESSAGES_AT_ONCE = 20.0, 60
_FILES_A_SECOND, _FILES_AT_ONCE = 1.0, 5


def heard(receive: Receive, send: Send) -> Receive:
    """What a browser sends, as far as our pages need it, in its time.

    A message that can't be read closes its socket here: Streamlit writes a page into the log for
    each. What comes too fast is not read yet, and so holds up whoever sends it.
    """
    any_kind = Pace(_MESSAGES_A_SECOND, _MESSAGES_AT_ONCE)
    files = Pace(_FILES_A_SECOND, _FILES_AT_ONCE)

    async def hears() -> Message:
        while True:
            message = await receive()
            if message["type"] != "websocket.receive":
                return message
            data, now = message.get("bytes"), time.monotonic()
            found = Kind.BROKEN if data is None else kind(data)
            await asyncio.sleep(any_kind.pause(now))
            if found is Kind.FILE:
                await asyncio.sleep(files.pause(now))
            if found in (Kind.USED, Kind.FILE):
                return message
            if found is Kind.BROKEN:
                await send({"type": "websocket.close", "code": _PROTOCOL_ERROR})
                return {"type": "websocket.disconnect", "code": _PROTOCOL_ERROR}

    return hears
