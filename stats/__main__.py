"""`python -m stats`: the command line (`stats.cli`)."""

from __future__ import annotations

import gc
import os
import signal

INTERRUPTED = 130


def _interrupted(*_: object) -> None:
    """Ends at once: libraries that are being loaded make errors of their own of an exception."""
    os._exit(INTERRUPTED)


def _occupy_standard_streams() -> None:
    """Lest a file that is opened later stands where a closed stream is written to."""
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)


_occupy_standard_streams()

gc.disable()  # what is imported stays: a sixth of the time would go into looking for garbage in it
heeded = __name__ == "__main__" and signal.getsignal(signal.SIGINT) is signal.default_int_handler
if heeded:
    signal.signal(signal.SIGINT, _interrupted)
try:
    from stats import scratch
    from stats.cli import ended
finally:
    if heeded:
        signal.signal(signal.SIGINT, signal.default_int_handler)
gc.freeze()
gc.enable()

if __name__ == "__main__":
    code = ended()
    scratch.tidy()
    os._exit(code)  # a run that is under way must not keep the command from ending
