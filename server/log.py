"""The server's log: one form for all that is said in this process, on standard error, in UTC.

`2026-11-26T03:04:05.678Z WARNING stats.nightly: Nothing could be collected: …`
"""

from __future__ import annotations

import logging
import time
import traceback
from pathlib import PurePath
from typing import Any

FORM = "%(asctime)sZ %(levelname)s %(name)s: %(message)s"
"""Also `logger.messageFormat` in .streamlit/config.toml: Streamlit sets up its own loggers."""

_TALKS = ("server", "stats", "ui", "pages")
_VISITS = "uvicorn.access"
_STREAMLIT = "streamlit"
_MOST_PLACES, _LONGEST = 6, 500
_OF_THE_SERVER = ("uvicorn", "uvicorn.error", _VISITS, "uvicorn.asgi", "websockets")


def set_up() -> None:
    """Gives all loggers that form; ours tell what they do, others only what goes wrong.

    Streamlit sets up the server's loggers when it reads its options, beside what the server has
    set up by itself: then a line comes twice, or without its form, until this is called again.
    """
    logging.setLogRecordFactory(_record)
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


def _record(name: str, *args: Any, **more: Any) -> logging.LogRecord:
    """What is said, by Streamlit on one line: what it repeats may come from a browser."""
    record = logging.LogRecord(name, *args, **more)
    if name.partition(".")[0] == _STREAMLIT:
        record.msg, record.args = _on_one_line(record), ()
        record.exc_info = record.stack_info = None
    return record


def _on_one_line(record: logging.LogRecord) -> str:
    try:
        said = record.getMessage()
    except (TypeError, ValueError):  # words and values that do not fit: as `logging` has it
        said = str(record.msg)
    error = record.exc_info[1] if record.exc_info else None
    said = _escaped(said)
    return f"{said}: {_in_a_line(error)}" if error else said


def _in_a_line(error: BaseException) -> str:
    """What kind of error it is and where it came up; what it says may be somebody's words."""
    frames = traceback.extract_tb(error.__traceback__)[-_MOST_PLACES:]
    places = [f"{_short(one.filename)}:{one.lineno} {one.name}" for one in reversed(frames)]
    return f"{type(error).__name__} at {' < '.join(places) or 'no place'}"


def _short(path: str) -> str:
    return "/".join(PurePath(path).parts[-2:])


def _escaped(said: str) -> str:
    shown = (one if one.isprintable() else ascii(one)[1:-1] for one in said[:_LONGEST])
    return "".join(shown) + ("…" if len(said) > _LONGEST else "")
