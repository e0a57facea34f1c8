"""Folders for as long as the process lasts: private, and called by nothing that could be guessed.

What lies there is as private as history: what people are called, and what their work cost.
"""

from __future__ import annotations

import atexit
import shutil
import tempfile
from pathlib import Path

_made: list[Path] = []


def folder() -> Path:
    """A new one, for this user alone, in the system's place for such folders; raises OSError."""
    _made.append(Path(tempfile.mkdtemp(prefix="farm-costs-")))
    return _made[-1]


def tidy() -> None:
    """Removes all of them, with what is in them."""
    while _made:
        shutil.rmtree(_made.pop(), ignore_errors=True)


atexit.register(tidy)
