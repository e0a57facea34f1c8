"""`python -m stats` as a process of its own, in an environment that holds what is said here."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import forked

ROOT = Path(__file__).parents[2]
LONGEST_SECONDS = 240.0
"""How long a command may take on a machine that has much else to do, before a test fails."""
_KEPT = ("PATH", "TMPDIR", "SYSTEMROOT", "LD_LIBRARY_PATH")
_SERVICES = ("AWS_ENDPOINT_URL_DEADLINE", "AWS_ENDPOINT_URL_IDENTITYSTORE")
_KEYS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")


@dataclass(frozen=True)
class Ended:
    """What a command left: its exit code, its data, and what it said."""

    code: int
    data: bytes
    said: str

    @property
    def text(self) -> str:
        return self.data.decode("utf-8")


@dataclass(frozen=True)
class Shell:
    """A folder to run commands in, and the service that they ask; `user` is who runs them."""

    folder: Path
    url: str = ""
    variables: dict[str, str] = field(default_factory=dict)
    user: int | None = None

    def asked(self, *arguments: str, to: str = "", **variables: str) -> Ended:
        """Runs one to its end, forked from a process that has loaded what it needs.

        Its data may go `to` a device, such as a full one.
        """
        environment, seconds = self.environment() | variables, int(LONGEST_SECONDS)
        code, data, said = forked.run(arguments, self.folder, environment, seconds, to)
        return Ended(code, data, said.decode("utf-8"))

    def run(
        self, *arguments: str, before: str = "", redirected: str = "", **variables: str
    ) -> Ended:
        """Runs one to its end; `redirected` is what a shell would have behind it (`>&-`).

        `before` is what the shell does first.
        """
        with self.begin(*arguments, before=before, redirected=redirected, **variables) as command:
            data, said = command.communicate(timeout=LONGEST_SECONDS)
        return Ended(command.returncode, data, said.decode("utf-8"))

    def begin(
        self, *arguments: str, before: str = "", redirected: str = "", **variables: str
    ) -> subprocess.Popen[bytes]:
        """Begins one: whoever begins it ends it."""
        python = [sys.executable, "-W", "error", "-m", "stats", *arguments]
        return self._begin(
            ["bash", "-c", f'{before or ":"}; exec "$@" {redirected}', "bash", *python], **variables
        )

    def _begin(self, command: Sequence[str], **variables: str) -> subprocess.Popen[bytes]:
        as_somebody: dict[str, Any] = {} if self.user is None else {"user": self.user}
        return subprocess.Popen(
            command,
            cwd=self.folder,
            env=self.environment() | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            umask=0o022,
            **as_somebody,
        )

    def environment(self) -> dict[str, str]:
        """What a command sees."""
        home = self.folder.parent / "home"
        service = dict.fromkeys(_SERVICES, self.url) | dict.fromkeys(_KEYS, "simulated")
        return {
            **{name: os.environ[name] for name in _KEPT if name in os.environ},
            **(service if self.url else {}),
            "AWS_EC2_METADATA_DISABLED": "true",
            "FARM_COSTS_CALL_ATTEMPTS": "1",
            "FARM_COSTS_REMEMBERED_DAYS": "unlimited",  # as the simulated service does
            "HOME": str(home),
            "LANG": "C.UTF-8",
            "PYTHONPATH": str(ROOT),
            **self.variables,
        }
