"""`python -m stats`: the command line (`stats.cli`)."""

from __future__ import annotations

import os

INTERRUPTED = 130

try:
    from stats.cli import ended
except KeyboardInterrupt:
    os._exit(INTERRUPTED)

if __name__ == "__main__":
    os._exit(ended())  # a run that is under way must not keep the command from ending
