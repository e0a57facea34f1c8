"""The server's log: one form for all that is said in this process, on standard error, in UTC.

`2026-11-26T03:04:05.678Z WARNING stats.nightly: Nothing could be collected: …`
"""

from __future__ import annotations

import logging
import time

FORM = "%(asctime)sZ %(levelname)s %(name)s: %(message)s"
"""Also `logger.messageFormat` in .streamlit/config.toml: Streamlit sets up its own loggers."""

_TALKS = ("server", "stats", "ui", "pages")
_VISITS = "uvicorn.access"
_OF_THE_SERVER = ("uvicorn", "uvicorn.error", _VISITS, "uvicorn.asgi", "websockets")


def set_up() -> None:
    """Gives all loggers that form; ours tell what they do, others only what goes wrong.

    Streamlit sets up the server's loggers when it reads its options, beside what the server has
    set up by itself: then a line comes twice, or without its form, until this is called again.
    """
    logging.Formatter.converter = time.gmtime
    logging.Formatter.default_time_format = "%Y-%m-%dT%H:%M:%S"
    logging.Formatter.default_msec_format = "%s.%03d"
    logging.basicConfig(level=logging.WARNING, format=FORM)
    for name in _TALKS:
        logging.getLogger(name).setLevel(logging.INFO)
    for name in _OF_THE_SERVER:
        logger = logging.getLogger(name)
        if logger.handlers or name != _VISITS:  # those are turned off by having nowhere to go
            logger.handlers, logger.propagate = [], True
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)  # else two lines a visitor
