"""How far a question is, told to whoever waits for it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import TypeVar

from stats import aside

TELL_EVERY_SECONDS = 0.1
_WORTH_SAYING_SECONDS = 2.0

T = TypeVar("T")


@dataclass(frozen=True)
class Progress:
    """`done` of `of` runs have come, and for so many `seconds` the one in front is `doing` this.

    Where no runs are waited for, `of` is 0.
    """

    done: int
    of: int
    doing: str
    seconds: float = 0.0

    @property
    def part(self) -> float:
        """How much is done, from 0 to 1; all of it where no runs are waited for."""
        return self.done / self.of if self.of else 1.0

    def __str__(self) -> str:
        here = f"run {min(self.done + 1, self.of)} of {self.of}: " if self.of else ""
        lasts = f", {self.seconds:.0f} s" if self.seconds >= _WORTH_SAYING_SECONDS else ""
        return f"{here}{self.doing}{lasts}"


Tell = Callable[[Progress], None]
"""Called about ten times a second, in the thread of whoever waits."""


def nobody(_: Progress) -> None:
    """Tells nobody."""


def patiently(work: Callable[[Callable[[], bool]], T], waiting: Callable[[], None]) -> T:
    """What `work` gives or raises; it is done in a thread of its own.

    Meanwhile `waiting` is called: what it raises ends the waiting. The work is told by what it is
    called with whether it is still waited for, and may go on.
    """
    answer: Future[T] = Future()
    gone = threading.Event()

    def done() -> None:
        try:
            answer.set_result(work(lambda: not gone.is_set()))
        except BaseException as error:  # noqa: BLE001 - whoever waits raises it
            answer.set_exception(error)

    threading.Thread(target=done, name="farm-names", daemon=True).start()
    try:
        with aside.waiting():
            while not wait([answer], timeout=TELL_EVERY_SECONDS).done:
                waiting()
    finally:
        gone.set()
    return answer.result()
