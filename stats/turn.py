"""A farm's turn: one aggregation of ours at a time, in all threads and processes of a machine.

The service runs one aggregation a farm, and turns further Starts away. Whose turn it is, is a lock
on a file; what was started and not seen to end stands beside it, so that whoever comes next, after
an error or a crash too, waits for its end and not for a refusal.
"""

from __future__ import annotations

import hashlib
import os
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from filelock import FileLock, Timeout

from stats.clock import Clock, Patience
from stats.errors import FarmBusy

_LOOKS_EVERY_SECONDS = 0.2
_FORGOTTEN_SECONDS = 3_600
_NOTE = re.compile(r"([0-9a-f]{32}) (\d+)")
"""An aggregation's id, and when it was started: seconds since 1970."""


class Turn:
    """The right to start aggregations on one farm; thread-safe.

    `folder` is shared by the machine's processes of one user, and `farm` says which farm of which
    service. Where the folder can't be used, only this process's threads take turns: other
    processes are strangers then, whose aggregations the service makes us wait for.
    """

    def __init__(self, folder: Path, farm: str, clock: Clock, patience: Patience) -> None:
        name = hashlib.sha256(farm.encode()).hexdigest()[:32]
        self._clock = clock
        self._patience = patience
        self._threads = threading.Lock()
        self._lock = FileLock(folder / f"{name}.lock", thread_local=False)
        self._next = FileLock(folder / f"{name}.next", thread_local=False)
        self._note = folder / f"{name}.running"
        self._left = ""

    @contextmanager
    def held(self, wait: Callable[[], None]) -> Iterator[None]:
        """Waits for the turn and has it; `wait` is called before each pause for another process.

        Who waits is let in before whoever had it last comes again. Raises FarmBusy where other
        processes have it for too long.
        """
        with self._threads, ExitStack() as locks:
            since = self._clock.monotonic()
            with ExitStack() as place:
                self._lock_up(self._next, place, since, wait)
                self._lock_up(self._lock, locks, since, wait)
            yield

    @property
    def left_over(self) -> str:
        """The id of an aggregation that was started and not seen to end; empty if there is none.

        After an hour the service has forgotten it, however it ended.
        """
        noted = ""
        with suppress(OSError):
            noted = self._note.read_text("ascii", errors="replace")
        found = _NOTE.fullmatch(noted) or _NOTE.fullmatch(self._left)
        if found is None or self._clock.now().timestamp() - int(found[2]) > _FORGOTTEN_SECONDS:
            return ""
        return found[1]

    def begun(self, aggregation_id: str) -> None:
        """An aggregation was started."""
        self._left = f"{aggregation_id} {int(self._clock.now().timestamp())}"
        beside = self._note.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            beside.write_text(self._left, "ascii", errors="backslashreplace")
            beside.replace(self._note)

    def ended(self, aggregation_id: str) -> None:
        """That one was seen to end, or is gone."""
        if self.left_over not in ("", aggregation_id):
            return
        self._left = ""
        with suppress(OSError):
            self._note.unlink(missing_ok=True)

    def _lock_up(
        self, lock: FileLock, locks: ExitStack, since: float, wait: Callable[[], None]
    ) -> None:
        """Locks a file until `locks` are closed; goes on without where it can't be locked."""
        while True:
            try:
                self._note.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                lock.acquire(timeout=0)
            except Timeout:
                waited = self._clock.monotonic() - since
                if waited > self._patience.busy_farm:
                    raise FarmBusy(
                        "Another process of Farm Costs on this machine is asking about this farm. "
                        f"It was waited for {waited:.0f} seconds.",
                        "Wait until it is done, or end it, and try again.",
                    ) from None
                wait()
                self._clock.sleep(_LOOKS_EVERY_SECONDS)
            except OSError:
                return
            else:
                locks.callback(lock.release)
                return
