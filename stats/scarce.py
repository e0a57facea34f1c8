"""Where this process gets no more memory, or threads: nothing else is wrong then."""

from __future__ import annotations

import pyarrow as pa

SAID = "this process gets no more memory, or threads (ulimit, its container)"
_NO_THREAD = "can't start new thread"
_NO_WORKER = "Failed to launch worker thread"
"""What the RuntimeError of Python says then, and what an error of Arrow does."""


def is_it(error: BaseException) -> bool:
    """Whether an error is of that."""
    if isinstance(error, pa.ArrowException) and _NO_WORKER in str(error):
        return True
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and str(error) == _NO_THREAD
    )
