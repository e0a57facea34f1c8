"""Folders for as long as the process lasts: private, and called by nothing that could be guessed.

What lies there is as private as history: what people are called, and what their work cost.
"""

from __future__ import annotations

import atexit
import errno
import os
import shutil
import tempfile
from pathlib import Path

_made: list[Path] = []


def folder() -> Path:
    """A new one, for this user alone, in the system's place for such folders; raises OSError.

    So it does of a place whose name is not in UTF-8: no file can be read there.
    """
    place = tempfile.gettempdir()
    if os.fsencode(place) != place.encode("utf-8", "replace"):
        raise OSError(errno.EILSEQ, os.strerror(errno.EILSEQ))
    _made.append(Path(tempfile.mkdtemp(prefix="farm-costs-")))
    return _made[-1]


def tidy() -> None:
    """Removes all of them, with what is in them."""
    while _made:
        shutil.rmtree(_made.pop(), ignore_errors=True)


atexit.register(tidy)
