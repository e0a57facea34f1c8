"""The real command line, as a process of its own in a clean environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests import forked

ROOT = Path(__file__).resolve().parents[2]
_KEPT = ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class Ended:
    """What a command left: its exit code, its data, and what it said."""

    code: int
    data: str
    said: str


def environment(url: str | None, home: Path, **more: str) -> dict[str, str]:
    """Nothing of FARM_COSTS_ or AWS_ but what is given here."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    keys = {"AWS_ACCESS_KEY_ID": "stranger", "AWS_SECRET_ACCESS_KEY": "stranger"}
    aws = {"AWS_REGION": "us-west-2", "AWS_EC2_METADATA_DISABLED": "true", **keys}
    where = {"AWS_ENDPOINT_URL_DEADLINE": url} if url else {}
    return {**kept, "HOME": str(home), "PYTHONPATH": str(ROOT), **aws, **where, **more}


def run(env: Mapping[str, str], *arguments: str) -> Ended:
    """`python -m stats …` from the root of the repository."""
    code, data, said = forked.run(arguments, ROOT, env, 240)
    return Ended(code, data.decode(), said.decode())
