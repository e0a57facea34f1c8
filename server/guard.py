"""What every request passes before Streamlit sees it, and what every answer carries.

Pure ASGI, so that it sees sockets too. An address that other machines can reach needs somebody
who keeps the door; the name that was called has to be ours; a socket's page has to be our own; of
Streamlit's own paths those are served that our pages use; and of its messages as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, MutableMapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from server import address, door, paths
from server.answer import Answers, Refusal, headers
from server.heard import heard
from server.process import estate
from server.told import told

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_NO_NAME = Refusal(
    421,
    "This server does not answer to the name that it was called by. If it is to, put that name, "
    "without scheme and port, in Streamlit's option server.allowedHosts (docs/deploy.md).\n",
)
_FOREIGN = Refusal(
    403,
    "A page of another site may not open a connection to this server. Behind a proxy, hand on the "
    "browser's Host; docs/deploy.md says how.\n",
)
_NOTHING = Refusal(404, "There is nothing here.\n")
_BROKEN = Refusal(500, "Something went wrong. The server's log says what.\n")


@dataclass(frozen=True)
class Options:
    """What Streamlit's configuration says: `server.allowedHosts` and others of its options.

    Without names of hosts only this machine's own are answered to. `origins` are foreign pages
    that may open a socket. `base` is the path that everything lies under, such as `costs`.
    `document` is the HTML that all pages are drawn in.
    """

    hosts: tuple[str, ...] = ()
    origins: tuple[str, ...] = ()
    base: str = ""
    document: str = ""


@dataclass
class Guard:
    """The middleware that stands before Streamlit."""

    app: ASGIApp
    options: Callable[[], Options] = Options
    _options: Options = field(init=False)
    _answers: Answers = field(init=False)
    _waking: asyncio.Task[None] | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self._options = self.options()
        self._answers = Answers(headers(self._options.document))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a request, or says why not; what begins and ends the server passes."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        self._wake()
        refusal = self._refusal(scope)
        if refusal:
            await self._answers.refuse(refusal, scope, receive, send)
        elif scope["type"] == "websocket":
            await self.app(_as_streamlit_compares(scope), heard(receive, send), told(send))
        else:
            await self._answered(scope, receive, send)

    def _wake(self) -> None:
        """What a server without lifespan has not made yet is made from the first request on."""
        if self._waking is None:
            self._waking = asyncio.create_task(asyncio.to_thread(estate().get_ready))

    def _refusal(self, scope: Scope) -> Refusal | None:
        """Why a request is not served; None where it is."""
        kept_out = door.keeps_out(estate(), scope.get("server"))
        if kept_out:
            return Refusal(403, kept_out)
        kind = paths.kind(scope, self._options.base)
        hosts, origins = _headers(scope, b"host"), _headers(scope, b"origin")
        socket = scope["type"] == "websocket"
        if (socket or kind is not paths.Kind.HEALTH) and not self._is_ours(hosts):
            return _NO_NAME
        if socket and not self._may_open(origins, hosts):
            return _FOREIGN
        if kind is paths.Kind.HIDDEN or socket != (kind is paths.Kind.SOCKET):
            return _NOTHING
        return None

    def _is_ours(self, hosts: list[str]) -> bool:
        return len(hosts) == 1 and address.is_ours(hosts[0], self._options.hosts)

    def _may_open(self, origins: list[str], hosts: list[str]) -> bool:
        """Whether a socket is of our own page, of one that is listed, or of no browser."""
        if not origins:
            return True
        (origin, *more), host = origins, hosts[0]
        listed = address.is_listed(origin, self._options.origins)
        return not more and (listed or address.is_same(origin, host))

    async def _answered(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Streamlit's answer with our headers, also where its code breaks."""
        begun = False

        async def told(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(self._answers.with_headers(message))

        try:
            await self.app(scope, receive, told)
        finally:
            if not begun:
                await self._answers.refuse(_BROKEN, scope, receive, send)


def _as_streamlit_compares(scope: Scope) -> MutableMapping[str, Any]:
    """The request with its `Origin` in the letters of its `Host`.

    Streamlit compares the two as they are written, and where they differ it looks up, while
    everybody waits, what address this network has in the internet.
    """
    hosts = _headers(scope, b"host")
    rest = [(name, value) for name, value in scope["headers"] if name.lower() != b"origin"]
    said = [
        (b"origin", f"{origin.partition('://')[0]}://{hosts[0]}".encode("latin-1"))
        for origin in _headers(scope, b"origin")
    ]
    return {**scope, "headers": [*rest, *said]}


def _headers(scope: Scope, name: bytes) -> list[str]:
    pairs: Iterable[tuple[bytes, bytes]] = scope["headers"]
    return [value.decode("latin-1") for key, value in pairs if key.lower() == name]
