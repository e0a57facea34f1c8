"""Finds Chromium or Chrome for the browser tests, and installs Debian's where it may.

Run by `make test`. Elsewhere than on CI, a machine without one goes on without browser tests.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"
WANTED = "Install Chromium or Chrome for the browser tests (Debian: apt-get install chromium)."


def found() -> str | None:
    """The path of a Chromium or Chrome, or None."""
    named = os.environ.get("CHROME_PATH")
    paths = [shutil.which(name) for name in NAMES]
    return next((p for p in [named, *paths, MAC] if p and os.path.exists(p)), None)


def installed() -> str | None:
    """The path of Debian's Chromium, installed now; None where that may not be done."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    quiet: dict[str, Any] = {
        "stdout": subprocess.DEVNULL,
        "env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
    }
    subprocess.run(["apt-get", "update", "-qq"], check=False, **quiet)
    packages = ["chromium", "fonts-noto-cjk", "fonts-noto-core"]
    subprocess.run(["apt-get", "install", "-y", "-qq", *packages], check=False, **quiet)
    return found()


if __name__ == "__main__":
    path = found() or installed()
    if path is None:
        print(WANTED)
        sys.exit(1 if os.environ.get("CI") else 0)
    print(f"Browser tests use {path}")
