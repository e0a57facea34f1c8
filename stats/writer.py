"""The thread that writes to history, so that nobody waits for a disk or a bucket."""

from __future__ import annotations

import logging
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait

from stats import scarce

_LOG = logging.getLogger(__name__)
_LOOKS_EVERY_SECONDS = 2.0


class Writer:
    """Does one job after another; thread-safe."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, thread_name_prefix="farm-history")
        self._waiting: set[Future[None]] = set()
        self._files = 0
        self._why = ""

    def do(self, job: Callable[[], None]) -> None:
        """Does it soon; not any more once closed."""
        try:
            one = self._pool.submit(job)
        except RuntimeError as error:  # or it is closed
            self._failed(error)
            return
        self._waiting.add(one)
        one.add_done_callback(self._done)

    def _done(self, job: Future[None]) -> None:
        self._waiting.discard(job)
        if error := job.exception():
            _LOG.error("History was not written", exc_info=error)
            self._failed(error)

    def _failed(self, error: BaseException) -> None:
        self._why = self._why or (scarce.SAID if scarce.is_it(error) else str(error))

    def wrote_a_file(self) -> None:
        """Said by a job that gets on."""
        self._files += 1

    def close(self, idle_seconds: float, slow: Callable[[], object]) -> str:
        """Returns when all is done, or no file was written for so many seconds: why not all is.

        `slow` is called where it takes more than two seconds.
        """
        self._pool.shutdown(wait=False)
        idle, files = 0.0, self._files
        step = min(idle_seconds, _LOOKS_EVERY_SECONDS)
        while wait(set(self._waiting), step).not_done:
            idle = idle + step if files == self._files else 0.0
            files = self._files
            if idle >= idle_seconds:
                return f"{idle_seconds:.0f} seconds passed without a file"
            slow()
        return self._why
