"""A connection itself, below what ASGI has words for."""

from __future__ import annotations

import asyncio
import inspect
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from starlette.types import Send


def transport_of(send: Send) -> asyncio.Transport | None:
    """The connection that a `send` writes to; None where it can't be found.

    It is asked of uvicorn's protocol, whose method `send` is, and which Starlette has wrapped for
    requests.
    """
    while inspect.isfunction(send) and "send" in inspect.getclosurevars(send).nonlocals:
        send = inspect.getclosurevars(send).nonlocals["send"]
    protocol: Any = getattr(send, "__self__", None)
    return cast("asyncio.Transport | None", getattr(protocol, "transport", None))
