"""`make run` on machines that lack something says what, and leaves nothing half made."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_SECONDS = 120
pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")

LACKS = {
    "no Python": ("", ".venv", "Farm Costs needs Python 3.11 or newer"),
    "no venv module": ('case "$*" in *ensurepip*) exit 1;; esac', ".venv", "apt-get install"),
    "no room": ('case "$*" in "-m venv"*) exit 1;; esac', ".venv", "could not make .venv"),
    "no folder": ("exit 0", "file/.venv", "can't be written: put Farm Costs into a folder"),
}


@pytest.mark.parametrize(("script", "venv", "said"), LACKS.values(), ids=LACKS)
def test_what_a_machine_lacks_is_told(tmp_path: Path, script: str, venv: str, said: str) -> None:
    for name in ("Makefile", "requirements.txt", "requirements-dev.txt"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "file").write_text("")
    python = tmp_path / "python"
    python.write_text(f"#!/bin/sh\n{script}\n")
    python.chmod(0o755)
    ended = subprocess.run(
        ["make", "run", f"PYTHON={python if script else ''}", f"VENV={venv}"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=LONGEST_SECONDS,
        check=False,
    )
    assert ended.returncode == 2
    assert said in ended.stdout
    assert "http://" not in ended.stdout
    assert not (tmp_path / ".venv").exists()
