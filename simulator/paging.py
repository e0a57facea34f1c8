"""Opaque page tokens: signed, for one listing only, good for a day."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

from simulator.errors import validation
from simulator.request import Parameters

TOKEN_LIFETIME = timedelta(hours=24)
_SIGNATURE_BYTES = 16
Item = TypeVar("Item")


class Pages:
    """Cuts listings into pages of at most `largest` items."""

    def __init__(self, largest: int, clock: Callable[[], datetime]) -> None:
        self._largest = largest
        self._clock = clock
        self._secret = secrets.token_bytes(32)

    def size(self, asked: int | None) -> int:
        """How many items a page has when `asked` for so many."""
        return min(asked or self._largest, self._largest)

    def page(
        self, listing: str, items: Sequence[Item], request: Parameters
    ) -> tuple[Sequence[Item], dict[str, str]]:
        """One page, and the member `nextToken` if there is another.

        `listing` names what is listed, filters included. Raises a ValidationException for a
        token that is malformed, another listing's or too old.
        """
        chosen, more = self.span(listing, len(items), request)
        return items[chosen.start : chosen.stop], more

    def span(self, listing: str, length: int, request: Parameters) -> tuple[range, dict[str, str]]:
        """As `page`, for items that are only counted: the positions that are on the page."""
        first = self._offset(listing, request.get("nextToken"))
        end = min(first + self.size(request.get("maxResults")), length)
        more = {"nextToken": self._token(listing, end)} if end < length else {}
        return range(first, end), more

    def nothing(self, listing: str, request: Parameters) -> tuple[range, dict[str, str]]:
        """A page without items, and a token for those that would have been on it."""
        first = self._offset(listing, request.get("nextToken"))
        return range(first, first), {"nextToken": self._token(listing, first)}

    def _token(self, listing: str, offset: int) -> str:
        at = int(self._clock().timestamp())
        said = {"l": listing, "o": offset, "t": at, "n": secrets.token_hex(4)}
        body = json.dumps(said).encode()
        return base64.urlsafe_b64encode(self._signature(body) + body).decode()

    def _offset(self, listing: str, token: str | None) -> int:
        if not token:
            return 0
        said = self._said(token)
        age = self._clock().timestamp() - said.get("t", 0)
        if said.get("l") != listing or age >= TOKEN_LIFETIME.total_seconds():
            raise validation([("nextToken", "is invalid or has expired")])
        return int(said["o"])

    def _said(self, token: str) -> dict[str, Any]:
        try:
            raw = base64.b64decode(token, altchars=b"-_", validate=True)
        except (binascii.Error, ValueError):
            return {}
        signature, body = raw[:_SIGNATURE_BYTES], raw[_SIGNATURE_BYTES:]
        if not hmac.compare_digest(signature, self._signature(body)):
            return {}
        read: dict[str, Any] = json.loads(body)
        return read

    def _signature(self, body: bytes) -> bytes:
        return hmac.new(self._secret, body, hashlib.sha256).digest()[:_SIGNATURE_BYTES]
