"""`python -m server.port ADDRESS PORT`: whether a server can listen there, looked at first.

Ends with a sentence on standard error where it can't: the address is not named then, since what
answers there is somebody else's.
"""

from __future__ import annotations

import errno
import socket
import sys

_WHY = {
    errno.EADDRINUSE: "another program listens there already",
    errno.EACCES: "that is not allowed; ports below 1024 are the system's",
    errno.EADDRNOTAVAIL: "that address is not one of this machine",
}


def in_the_way(address: str, port: str) -> str:
    """Why nobody can listen there, and what to do; empty: one can."""
    if not port.isdecimal() or not 1 <= int(port) <= 65_535:
        return f"PORT={port} is no port: give a number from 1 to 65535, as in make run PORT=8502."
    try:
        for family, kind, protocol, _, there in socket.getaddrinfo(
            address, int(port), type=socket.SOCK_STREAM
        ):
            with socket.socket(family, kind, protocol) as one:
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                one.bind(there)
    except socket.gaierror as unknown:
        return f"ADDRESS={address} is no address of this machine: {unknown.strerror}."
    except OSError as error:
        if error.errno == errno.EADDRNOTAVAIL and ":" in str(there[0]) and address == "localhost":
            return ""  # a machine without IPv6
        why = _WHY.get(error.errno or 0, error.strerror)
        return f"Port {port} can't be used: {why}. Choose another, as in make run PORT=8502."
    return ""


if __name__ == "__main__":
    sys.exit(in_the_way(*sys.argv[1:3]) or 0)
