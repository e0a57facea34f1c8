"""Who may come in: there is no sign-in here, so real numbers stay on this machine.

Or somebody else keeps the door, and the deployment says so (`FARM_COSTS_ACCESS=open`).
"""

from __future__ import annotations

from server.estate import Estate
from stats.loopback import is_loopback
from stats.settings import Access, SettingsError, Source

_CLOSED = (
    "Farm Costs shows what an AWS account's farms cost, has no sign-in, and was reached on an "
    "address that other machines can reach. Put a proxy before it that signs people in, have it "
    "listen where only that proxy reaches it, and set FARM_COSTS_ACCESS=open; or have it listen "
    "on 127.0.0.1 alone (--server.address=127.0.0.1). docs/deploy.md says how.\n"
)
_NOT_YET = (
    "Farm Costs is starting. If this stays so, the server's log says what keeps it from it.\n"
)


def keeps_out(estate: Estate, server: object) -> str:
    """The sentence for who came in on that address of ours; empty where they may come in.

    `server` is what the ASGI server says of the connection's end on this machine.
    """
    if is_on_this_machine(server):
        return ""
    try:
        settings = estate.settings()
    except SettingsError as wrong:
        return f"{wrong.title}. {wrong.what} {wrong.todo}".rstrip() + "\n"
    if settings.access is Access.OPEN or settings.source is Source.DEMO:
        return ""
    if settings.source is Source.AWS or estate.source not in (None, "demo"):
        return _CLOSED
    return "" if estate.source else _NOT_YET


def is_on_this_machine(server: object) -> bool:
    """Whether an address of ours can be reached from this machine only.

    It is a pair of an address and a port, or of a socket's path and None. What is not known may
    be anything.
    """
    if not isinstance(server, list | tuple) or len(server) != 2:
        return False
    address, port = server
    return port is None or is_loopback(str(address).lower())
