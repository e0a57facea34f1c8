"""Names that a browser used: which of them this server answers to, and which came from elsewhere.

Whoever rebinds a name of theirs to this machine has their page's browser call us by that name; a
page of another site that opens a socket to us says so in `Origin`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from stats.loopback import is_loopback

_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[^\s/?#@\[\]:\\]+)(?::(\d{1,5}))?")
_PORTS = {"http": 80, "https": 443}


def is_ours(host: str, names: Iterable[str]) -> bool:
    """Whether a `Host` is among names, as Streamlit's `server.allowedHosts` writes them.

    A leading `*.` stands for any subdomain, `*` for any name; without names, only what can be
    nothing but this machine is: localhost, names below it, and loopback addresses.
    """
    name = name_of(host)
    if not name:
        return False
    wanted = [one.strip().lower().rstrip(".") for one in names]
    return any(_matches(name, one) for one in wanted) if wanted else is_loopback(name)


def name_of(host: str) -> str:
    """The name in a `Host`: lower case, no port, no final dot; empty if it is malformed."""
    found = _HOST.fullmatch(host)
    return found[1].strip("[]").lower().rstrip(".") if found else ""


def is_same(origin: str, host: str) -> bool:
    """Whether an `Origin` is of the place that was called by that `Host`, by whichever scheme.

    A port that is left out is the origin's scheme's own: proxies write it or not.
    """
    came, called = _place(origin), _HOST.fullmatch(host)
    if came is None or called is None:
        return False
    scheme, name, port = came
    return (name, port) == (name_of(host), int(called[2] or _PORTS[scheme]))


def is_listed(origin: str, origins: Iterable[str]) -> bool:
    """Whether an `Origin` is one of a list, such as `https://portal.example.com`."""
    came = _place(origin)
    return came is not None and came in {_place(one.strip().rstrip("/")) for one in origins}


def _place(origin: str) -> tuple[str, str, int] | None:
    """Scheme, name and port of an origin; None where it is none, as the one called `null`."""
    scheme, _, rest = origin.partition("://")
    found = _HOST.fullmatch(rest)
    if scheme.lower() not in _PORTS or not found:
        return None
    scheme = scheme.lower()
    return scheme, name_of(rest), int(found[2] or _PORTS[scheme])


def _matches(name: str, pattern: str) -> bool:
    if pattern.startswith("*."):
        return name.endswith(pattern[1:])
    return pattern in ("*", name)
