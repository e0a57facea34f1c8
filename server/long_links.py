"""Links with more values than Streamlit reads: it would take none of them, and say nothing.

The browser is sent on to as many of them as are read, with the number of the others, which the
page then says (`ui/link.py`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

MOST_FIELDS, MOST_CHARACTERS = 1_000, 512 * 1024
"""What Streamlit reads of an address; of one with more it reads nothing."""

KEPT = 900
_LONGEST = 60_000
"""Characters that browsers and servers take in an address."""


@dataclass
class LongLinks:
    """The middleware that shortens addresses before Streamlit sees them."""

    app: ASGIApp

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request, or sends the browser to a shorter address."""
        query = scope.get("query_string", b"") if scope["type"] == "http" else b""
        if scope.get("method") != "GET" or not is_long(query):
            await self.app(scope, receive, send)
            return
        place = [(b"location", b"?" + shortened(query)), (b"content-length", b"0")]
        await send({"type": "http.response.start", "status": 302, "headers": place})
        await send({"type": "http.response.body", "body": b""})


def is_long(query: bytes) -> bool:
    """Whether Streamlit reads nothing of these parameters."""
    return query.count(b"&") >= MOST_FIELDS or len(query) > MOST_CHARACTERS


def shortened(query: bytes) -> bytes:
    """As many of the parameters as are read, those with few values first, and `cut`: how many not.

    What such an address said of others before goes: a browser shortens no link twice.
    """
    fields = [field for field in query.split(b"&") if not field.startswith(b"cut=")]
    many = Counter(field.partition(b"=")[0] for field in fields)
    kept, length = [], 0
    for field in sorted(fields, key=lambda field: many[field.partition(b"=")[0]])[:KEPT]:
        if length + len(field) < _LONGEST:
            length += len(field) + 1
            kept.append(field)
    return b"&".join([*kept, b"cut=%d" % (len(fields) - len(kept))])
