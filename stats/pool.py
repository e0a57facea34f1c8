"""Threads for calls that may take long: none of them keeps the process from ending."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import ParamSpec

P = ParamSpec("P")


class Pool:
    """So many calls at once, in the order in which they were handed in; thread-safe.

    The standard library's pool has the process wait at its end for calls that are under way, and
    who ends a server while the service hangs, or puts it off, would wait as long as that. Whoever
    wants to know what came of a call has to have it told by the call.
    """

    def __init__(self, many: int, name: str) -> None:
        self._many = many
        self._name = name
        self._calls: deque[Callable[[], object]] = deque()
        self._changed = threading.Condition()
        self._threads = 0
        self._idle = 0
        self._closed = False

    def submit(self, call: Callable[P, object], *args: P.args, **kwargs: P.kwargs) -> None:
        """Has it called soon; not once closed.

        Raises RuntimeError where the process gets no thread; it is called with the next one then.
        """
        with self._changed:
            if self._closed:
                return
            self._calls.append(lambda: call(*args, **kwargs))
            if self._idle >= len(self._calls) or self._threads == self._many:
                self._changed.notify()
                return
            self._threads += 1
            name = f"{self._name}_{self._threads}"
        try:
            threading.Thread(target=self._works, name=name, daemon=True).start()
        except RuntimeError:  # there may be no more of them: those that there are do it
            with self._changed:
                self._threads -= 1
                if not self._threads:
                    raise

    def close(self) -> None:
        """Calls nothing any more; what is under way goes on as long as the process is there."""
        with self._changed:
            self._closed = True
            self._calls.clear()
            self._changed.notify_all()

    def _works(self) -> None:
        try:
            while call := self._next():
                call()
        finally:
            with self._changed:
                self._threads -= 1

    def _next(self) -> Callable[[], object] | None:
        with self._changed:
            self._idle += 1
            try:
                self._changed.wait_for(lambda: self._calls or self._closed)
            finally:
                self._idle -= 1
            return self._calls.popleft() if self._calls else None
