"""The keys of a secrets.toml, which others may have written, or mounted something else for."""

from __future__ import annotations

import os
import re
import tomllib
from pathlib import Path
from typing import Any

MOST_BYTES = 2**20
_PLACE = re.compile(r"\(at [^()]*\)")


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


def _parsed(data: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(data.decode("utf-8-sig"))
    except UnicodeDecodeError as broken:
        raise ValueError("is not valid TOML: it is not in UTF-8") from broken
    except RecursionError as deep:
        raise ValueError("is nested too deep") from deep
    except ValueError as broken:  # TOMLDecodeError, and numbers of thousands of digits
        where = _PLACE.search(str(broken))
        said = f"is not valid TOML {where[0] if where else ''}".rstrip()
        raise ValueError(said) from broken
