"""The keys of a secrets.toml, which others may have written, or mounted something else for."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

MOST_BYTES = 2**20
_PLACE = re.compile(r"\(at [^()]*\)")
_MOST_PARTS = 32
"""Of a dotted key: reading one takes as long as the square of them."""

_MARKS = re.compile(
    r'''"""(?:\\[\s\S]|[^\\])*?(?:"{3,5}|\Z)|"(?:\\.|[^"\\\n])*"?|'''
    r"""'{3}[\s\S]*?(?:'{3,5}|\Z)|'[^'\n]*'?|#[^\n]*|[.=,\n\[\]{}]"""
)
"""Strings and comments, and what stands between the parts of keys, and around keys and values."""


def read(path: Path) -> dict[str, Any]:
    """What stands in the file; nothing where there is none.

    Raises ValueError that says what is wrong with it, and nothing of what is in it.
    """
    if not os.path.lexists(path):
        return {}
    if not path.is_file():
        raise ValueError("is no file")
    try:
        with path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as closed:
        raise ValueError(f"can't be read: {closed.strerror}") from closed
    if len(data) > MOST_BYTES:
        raise ValueError(f"has more than {MOST_BYTES:,} bytes")
    return _parsed(data)


class _TooDeep(ValueError):
    def __init__(self) -> None:
        super().__init__("is nested too deep")


def _must_be_shallow(text: str) -> None:
    """Raises ValueError where a key has more parts than one may have."""
    dots = 0
    for mark in _MARKS.finditer(text):
        first = mark[0][0]
        if first == ".":
            dots += 1
            if dots >= _MOST_PARTS:
                raise _TooDeep
        elif first not in "\"'#":
            dots = 0


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        text = data.decode("utf-8-sig")
        _must_be_shallow(text)
        return tomllib.loads(text)
    except UnicodeDecodeError as broken:
        raise ValueError("is not valid TOML: it is not in UTF-8") from broken
    except RecursionError as deep:
        raise _TooDeep from deep
    except _TooDeep:
        raise
    except ValueError as broken:  # TOMLDecodeError, and numbers of thousands of digits
        where = _PLACE.search(str(broken))
        said = f"is not valid TOML {where[0] if where else ''}".rstrip()
        raise ValueError(said) from broken
