"""Commands as processes of their own that are forked where all they import is loaded already.

To load that takes most of a short command's time. What a command finds is what it would find where
it is started anew: arguments, environment, folder, files in the place of standard streams; it runs
the same `__main__`, warnings are errors, and its process ends as that does. What depends on how
Python itself starts, on signals or on closed streams is for real processes to hold
(`tests/stats/test_every_command_is_a_process.py`).

    tests → a pipe → this module, as a process → fork → a command
"""

from __future__ import annotations

import atexit
import functools
import gc
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
_AT_THE_START = ("PYTHON", "LANG", "LC_")
_ALONE = threading.Lock()


def run(
    arguments: Sequence[str],
    folder: Path,
    environment: Mapping[str, str],
    seconds: int,
    to: str = "",
) -> tuple[int, bytes, bytes]:
    """Exit code, data and what was said of `python -W error -m stats`.

    Data may go `to` a device, and are none then. After so many seconds it is killed, by an alarm,
    and so is its exit code.
    """
    first = {k: v for k, v in environment.items() if k.startswith(_AT_THE_START)}
    with tempfile.TemporaryDirectory() as place, _ALONE:
        data, said = Path(place, "data"), Path(place, "said")
        asked = {
            "arguments": arguments,
            "folder": str(folder),
            "environment": dict(environment),
            "streams": [os.devnull, to or str(data), str(said)],
            "seconds": seconds,
        }
        code = _told(_loaded(json.dumps(first, sort_keys=True)), json.dumps(asked))
        return code, b"" if to else data.read_bytes(), said.read_bytes()


@functools.cache
def _loaded(first: str) -> subprocess.Popen[str]:
    """The process that commands are forked from, in which Python started with some variables."""
    kept = {name: os.environ[name] for name in ("PATH", "LD_LIBRARY_PATH") if name in os.environ}
    process = subprocess.Popen(
        [sys.executable, "-W", "error", "-m", "tests.forked"],
        cwd=ROOT,
        env=kept | json.loads(first),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    atexit.register(_end, process)
    return process


def _told(process: subprocess.Popen[str], asked: str) -> int:
    assert process.stdin
    assert process.stdout
    process.stdin.write(f"{asked}\n")
    process.stdin.flush()
    return int(process.stdout.readline())


def _end(process: subprocess.Popen[str]) -> None:
    with process:
        process.terminate()


def _serve() -> None:
    """Forks a command for each line, and tells its exit code."""
    import stats.cli  # noqa: F401, PLC0415 - loaded only here, where commands are forked from

    gc.freeze()
    for line in sys.stdin:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # numpy's threads see to forks
            number = os.fork()
        if number == 0:
            _command(json.loads(line))
        _, status = os.waitpid(number, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


def _command(asked: dict[str, Any]) -> None:
    """Runs a command in this process, and ends it."""
    try:
        signal.alarm(asked["seconds"])
        os.umask(0o022)
        os.chdir(asked["folder"])
        for number, path in enumerate(asked["streams"]):
            stream = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
            os.dup2(stream, number)
            os.close(stream)
        os.environ.clear()
        os.environ.update(asked["environment"])
        if hasattr(time, "tzset"):
            time.tzset()
        sys.argv = ["stats", *asked["arguments"]]
        runpy.run_module("stats", run_name="__main__", alter_sys=True)
    except BaseException:  # noqa: BLE001 - as Python does at the end of a process
        traceback.print_exc()
    finally:
        os._exit(1)


if __name__ == "__main__":
    _serve()
