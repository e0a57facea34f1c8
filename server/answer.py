"""What answers carry: the headers of all of them, and the sentence of those that are a refusal."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Message, Receive, Scope, Send

_POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self'",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
}
_HEADERS = {
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "same-origin",
    "x-content-type-options": "nosniff",
    "x-frame-options": "SAMEORIGIN",
}
_ENDS_WITHIN_SECONDS = 1.0
_INLINE = re.compile(r"<script>(.*?)</script>", re.S)


def headers(document: str) -> dict[str, str]:
    """What a browser is told with everything: whose code runs, who may show it, who learns of it.

    `document` is the HTML that all pages are drawn in: of scripts that stand in a document, only
    its own run.
    """
    own = [hashlib.sha256(script.encode()).digest() for script in _INLINE.findall(document)]
    hashes = [f"'sha256-{base64.b64encode(one).decode()}'" for one in own]
    policy = _POLICY | {"script-src": " ".join([_POLICY["script-src"], *hashes])}
    return {"content-security-policy": "; ".join(map(" ".join, policy.items())), **_HEADERS}


@dataclass(frozen=True)
class Refusal:
    """A request that is not served: the status and a plain sentence."""

    status: int
    sentence: str


@dataclass(frozen=True)
class Answers:
    """Answers that all carry some headers, whatever they are."""

    headers: Mapping[str, str]

    def with_headers(self, message: Message) -> Message:
        """An answer's beginning with our headers instead of any of those names."""
        if not message["type"].endswith("response.start"):
            return message
        pairs = message.get("headers", ())
        kept = [pair for pair in pairs if pair[0].lower().decode("latin-1") not in self.headers]
        ours = [(name.encode(), value.encode()) for name, value in self.headers.items()]
        return {**message, "headers": [*kept, *ours]}

    async def refuse(self, refusal: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers with the sentence, a socket's handshake too where the server can."""
        kind = "http.response"
        if scope["type"] == "websocket":
            await receive()
            if "websocket.http.response" not in (scope.get("extensions") or {}):
                await send({"type": "websocket.close", "code": 1008})
                return
            kind = "websocket.http.response"
        body = refusal.sentence.encode()
        plain = [
            (b"content-type", b"text/plain; charset=utf-8"),
            (b"content-length", str(len(body)).encode()),
            (b"cache-control", b"no-store"),
        ]
        start = {"type": f"{kind}.start", "status": refusal.status, "headers": plain}
        await send(self.with_headers(start))
        is_head = scope.get("method") == "HEAD"
        await send({"type": f"{kind}.body", "body": b"" if is_head else body})
        if scope["type"] == "websocket":
            await _ended(receive)


async def _ended(receive: Receive) -> None:
    """Waits until a socket that was refused has ended, and for no more than a moment.

    uvicorn takes an answer for none as long as its connection is there, and makes an error in the
    log of it. It tells twice that the socket is gone: when it is answered, and when it is so.
    """
    with suppress(TimeoutError):
        async with asyncio.timeout(_ENDS_WITHIN_SECONDS):
            await receive()
            await receive()
