"""Moments in history are read as what they are, whatever the zone of the machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_READ = """
from stats import relation
with relation.cursor() as con:
    print(con.execute("SELECT TIMESTAMPTZ '2026-03-02 00:00:00'::VARCHAR").fetchone()[0])
"""
"""A moment without an offset, as text: both by the zone of whoever reads."""


def test_it_is_utc_in_which_they_are_read_and_told() -> None:
    ended = subprocess.run(
        [sys.executable, "-c", _READ],
        cwd=Path(__file__).parents[2],
        env=os.environ | {"TZ": "Asia/Tokyo"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout == "2026-03-02 00:00:00+00\n"
