"""Which names and addresses are this machine's own."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_loopback(name: str) -> bool:
    """Whether a name or an address, in lower case and without port, is this machine's own."""
    try:
        address = ipaddress.ip_address(name.partition("%")[0])
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return (mapped or address).is_loopback


def is_at_loopback(address: str) -> bool:
    """Whether an endpoint's address is on this machine, as far as its name tells."""
    return is_loopback(urlsplit(address).hostname or "")
