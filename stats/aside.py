"""What a thread lets go of while it waits for others: the service, a bucket, names.

    with aside.waiting():
        wait(answers)

Whoever computes under a bound says so with `letting_go`; elsewhere nothing is let go of.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar

LetGo = Callable[[], AbstractContextManager[None]]
"""Lets go of something when it is entered, and has it again, or raises, when it is left."""

_let_go: ContextVar[LetGo] = ContextVar("let_go", default=nullcontext)


@contextmanager
def letting_go(of: LetGo) -> Iterator[None]:
    """Within, this thread lets go of that whenever it waits."""
    before = _let_go.set(of)
    try:
        yield
    finally:
        _let_go.reset(before)


def waiting() -> AbstractContextManager[None]:
    """What is held is let go of within: to be entered with no lock in hand."""
    return _let_go.get()()
