"""Folders that many tests begin with, made once a process and copied for each."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Callable, Hashable
from functools import cache, wraps
from pathlib import Path


def once(fills: Callable[..., object]) -> Callable[..., Path]:
    """Fills a folder with copies of what was made of the same arguments before; returns it."""

    @cache
    def made(*of: Hashable) -> Path:
        folder = Path(tempfile.mkdtemp(prefix="farm-costs-once-"))
        atexit.register(shutil.rmtree, folder)
        fills(folder, *of)
        return folder

    @wraps(fills)
    def copied(folder: Path, *of: Hashable) -> Path:
        return Path(shutil.copytree(made(*of), folder, dirs_exist_ok=True))

    return copied
