"""One question of years of history in a process of its own: `python -m benchmarks.alone`.

Prints as JSON how long the first answer takes there, and the most memory that it had.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path

from benchmarks.questions import Case, cases
from benchmarks.years import Years
from stats import past
from stats.findings import Findings

_MEBIBYTE = 1024


@dataclass(frozen=True)
class Alone:
    """Seconds until the answer, and MiB: with the imports alone, and at most."""

    seconds: float
    memory_before: int
    memory_at_most: int


def asked_alone(years: Years, case: Case) -> Alone:
    """Asks in a process that has never read the files."""
    what = [years.name, str(years.folder), str(years.years), case.name]
    command = [sys.executable, "-m", "benchmarks.alone", *what]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return Alone(**json.loads(done.stdout))


def _memory() -> int:
    """The most that this process has had, in MiB.

    What getrusage tells begins with what the process had that started this one.
    """
    said = Path("/proc/self/status").read_text(encoding="utf-8")
    line = next(line for line in said.splitlines() if line.startswith("VmHWM:"))
    return int(line.split()[1]) // _MEBIBYTE


def _main(name: str, folder: str, many: str, asked: str) -> None:
    years = Years(name, Path(folder), int(many))
    question, before = cases(years)[asked].question, _memory()
    begun = time.monotonic()
    found = past.told(years.history, question, question.window)
    assert found is not None
    with closing(found):
        Findings(found, None).table(question)
    print(json.dumps(asdict(Alone(time.monotonic() - begun, before, _memory()))))


if __name__ == "__main__":
    _main(*sys.argv[1:])
