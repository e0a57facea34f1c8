"""Streamlit's own paths: those that our pages need, and all others, which are hidden.

Its metrics tell how many sessions there are; its agents' routes what they could do; uploads only
fill memory; its sign-in, which nobody has set up, writes an error into the log for each visit.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import Enum, auto
from typing import Any
from urllib.parse import unquote

_CORE = "_stcore"


class Kind(Enum):
    """What is asked for."""

    HEALTH = auto()
    SOCKET = auto()
    HIDDEN = auto()
    PAGE = auto()
    """A page of ours, or a file that it needs."""


_SIGN_IN = ("auth/login", "auth/logout", "oauth2callback")
_NEEDED = {"health": Kind.HEALTH, "host-config": Kind.PAGE, "stream": Kind.SOCKET}


def kind(scope: Mapping[str, Any], base: str) -> Kind:
    """What a request is for, however its path is spelt; `base` is the path that all lies under."""
    path, root = str(scope["path"]), str(scope.get("root_path") or "")
    if root and (path == root or path.startswith(f"{root}/")):
        path = path[len(root) :]
    home = "".join(f"/{part}" for part in base.split("/") if part)
    for name, found in _NEEDED.items():
        if path == f"{home}/{_CORE}/{name}":
            return found
    is_hidden = _CORE in _parts(path) or path in [f"{home}/{way}" for way in _SIGN_IN]
    return Kind.HIDDEN if is_hidden else Kind.PAGE


def _parts(path: str) -> list[str]:
    """A path's parts, as the most forgiving reader would see them."""
    for _ in range(3):
        path = unquote(path)
    return [part.strip(". ").casefold() for part in re.split(r"[/\\;]", path)]
