"""The server's log: one form for all that is said in this process, on standard error, in UTC.

`2026-11-26T03:04:05.678Z WARNING stats.nightly: Nothing could be collected: …`

Below the line of our own bug stands its traceback, each line of it with spaces before it, and so
does what a library says on several lines. Of what a browser sends nothing is told: not by Streamlit
or by those who hand on what came, whose own words are kept and what they fill in is left out, and
not in the errors of either. Only a log of visits has the addresses that were asked for.

Lines that are alike are told a few times a minute, and then counted: some of them anybody can have
written.
"""

from __future__ import annotations

import logging
import re
import time
import traceback
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path, PurePath
from typing import Any

from server.often import Often
from stats.secrecy import masked

FORM = "%(asctime)sZ %(levelname)s %(name)s: %(message)s"
"""Also `logger.messageFormat` in .streamlit/config.toml: Streamlit sets up its own loggers."""

_TALKS = ("server", "stats", "ui", "pages")
_VISITS = "uvicorn.access"
_STREAMLIT = "streamlit"
_SPEAK_OF_THE_DEPLOYMENT = (
    "streamlit.config",
    "streamlit.web.bootstrap",
    "streamlit.web.server.starlette.starlette_server",
)
"""How those of Streamlit's loggers are called that have heard no browser."""
_HAND_ON = ("uvicorn", "websockets", "starlette", "asyncio")
_LEFT_OUT = "…"
_MOST_PLACES, _MOST_LINES = 6, 40
_LONGEST, _LONGEST_OF_OURS, _LOOKED_AT = 500, 2_000, 10_000
"""Characters of a line, of one that our own code says, and of a text as it comes."""
_MOST_ERRORS, _MOST_FRAMES = 4, 40
"""Of what led to one another, and of each of those, in a traceback."""
_ROOT = Path(__file__).parents[1]
_READS_A_VALUE, _SENDS_IT_BACK = "deserialize", "get_serialized"
"""Streamlit's functions that make a widget's value of what a browser sends, and that of it."""
_BROKEN = re.compile(
    r"(Invalid HTTP|Unsupported upgrade) request|Invalid UTF-8 sequence received"
    r"|.*: InvalidState at websockets/protocol\.py:"
    r"|.*: LocalProtocolError at h11/_state\.py:"
)
"""How the server's lines begin about what is no HTTP and no socket; the last two are of answering
that, when something else is under way."""
_BELOW_ALL = -1
"""A level that no handler takes."""
_DIGITS = re.compile(r"\d+")
_OF_THE_SERVER = ("uvicorn", "uvicorn.error", _VISITS, "uvicorn.asgi", "websockets")


_often = Often()


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
        logger.handlers, logger.propagate = [], name != _VISITS or _visits_are_told()
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)  # else two lines a visitor
    for name in ("uvicorn.error", "asyncio"):
        logging.getLogger(name).addFilter(_is_more_than_broken)


@cache
def _visits_are_told() -> bool:
    """Whether they had somewhere to go, but to Streamlit, when that was looked at first.

    Later Streamlit takes that away from them, and listens to them unasked.
    """
    visits = logging.getLogger(_VISITS)
    unasked = getattr(visits, "streamlit_console_handler", None)
    return visits.propagate or any(one is not unasked for one in visits.handlers)


def _is_more_than_broken(record: logging.LogRecord) -> bool:
    """Whether it says more than that somebody kept to no protocol: anybody can, without end."""
    return not _BROKEN.match(record.getMessage())


def _record(name: str, *args: Any, **more: Any) -> logging.LogRecord:
    """What is said, without what Streamlit and those who hand on repeat of others.

    Below an error of our own stands where it came up.
    """
    record = logging.LogRecord(name, *args, **more)
    speaker = name.partition(".")[0]
    if name == _VISITS and isinstance(record.args, tuple):  # whose form needs them one by one
        record.args = tuple(_escaped(one) if isinstance(one, str) else one for one in record.args)
    elif speaker == _STREAMLIT:
        _tell(record, _escaped(_own_words(record)))
    elif speaker in _HAND_ON:
        _tell(record, _on_lines(_filled(record.msg, _numbers(record.args)), record))
    elif speaker in _TALKS:
        said = masked(_filled(record.msg, record.args)[:_LOOKED_AT])
        _tell(record, _escaped(said, _LONGEST_OF_OURS))
    else:
        _tell(record, _on_lines(masked(_filled(record.msg, record.args)[:_LOOKED_AT]), record))
    if name != _VISITS:
        _count(record, is_ours=speaker in _TALKS)
    return record


def _count(record: logging.LogRecord, *, is_ours: bool) -> None:
    """Leaves it out where it was told often within a minute, and tells of what was left out.

    What others say is alike whatever its numbers are.
    """
    for line, many in _often.left_out():
        logging.getLogger(__name__).warning("%d more within a minute of: %s", many, line)
    said = f"{record.name}: {record.msg}".partition("\n")[0]
    if not _often.is_told(said if is_ours else _DIGITS.sub("…", said)):
        record.levelno = _BELOW_ALL


def _on_lines(said: str, record: logging.LogRecord) -> str:
    """What a library says: of several lines the last ones, with spaces before each but the first.

    Only the first where it tells of an error, which says the rest.
    """
    first, *more = said.strip().split("\n")
    below = [] if record.exc_info else more[-_MOST_LINES:]
    return "\n    ".join(map(_escaped, [first, *below]))


def _tell(record: logging.LogRecord, said: str) -> None:
    """Makes it say that, with its error, and no more."""
    error = record.exc_info[1] if record.exc_info else None
    record.msg, record.args = said, ()
    record.exc_info = record.exc_text = record.stack_info = None
    if error and _is_ours(error):
        record.msg = "\n".join([f"{record.msg}: {_named(error)}", *_traced(error)])
    elif error:
        record.msg = f"{record.msg}: {_in_a_line(error)}"


def _own_words(record: logging.LogRecord) -> str:
    """Streamlit's sentence, in which only numbers are filled in, and what a deployment sets.

    Where there are no words in it, where it comes from.
    """
    place = f"at {_short(record.pathname)}:{record.lineno}"
    if not isinstance(record.msg, str):  # an error, told as it is
        return f"{type(record.msg).__name__} {place}"
    is_heard = not record.name.startswith(_SPEAK_OF_THE_DEPLOYMENT)
    said = _filled(record.msg, _numbers(record.args) if is_heard else record.args)
    return said if any(map(str.isalpha, said)) else f"{said} {place}"


def _filled(sentence: object, values: Any) -> str:
    """The sentence with its values; without them where they do not fit. Never raises."""
    try:
        said = str(sentence)
        return said % values if values else said
    except Exception:  # noqa: BLE001 - of any value's own text: who says something must not break
        return sentence if isinstance(sentence, str) else type(sentence).__name__


def _numbers(filled: Any) -> Any:
    """What is filled in, with only its numbers left."""
    if isinstance(filled, Mapping):
        return {name: _number(one) for name, one in filled.items()}
    return tuple(map(_number, filled or ()))


def _number(one: object) -> object:
    return one if isinstance(one, int | float) else _LEFT_OUT


def _is_ours(error: BaseException) -> bool:
    """Whether it came up in our code, or in what that called.

    Not where a widget's value is read that a browser has sent, or looked for by the name that it
    gave, nor where a request was handed on to Streamlit: what that says is the browser's.
    """
    frames = traceback.extract_tb(error.__traceback__)
    ours = [n for n, frame in enumerate(frames) if _is_our_file(frame.filename)]
    if not ours or frames[-1].name == _SENDS_IT_BACK:
        return False
    own, *called = frames[ours[-1] :]
    if Path(own.filename).parent == _ROOT / "server" and any(map(_is_handed_to, called)):
        return False
    return not _looks_for_a_value(called) and all(one.name != _READS_A_VALUE for one in called)


def _is_handed_to(frame: traceback.FrameSummary) -> bool:
    return not {_STREAMLIT, "starlette", "uvicorn"}.isdisjoint(PurePath(frame.filename).parts)


def _looks_for_a_value(called: Sequence[traceback.FrameSummary]) -> bool:
    """Whether Streamlit, called so, looked among what browsers sent; not for a page, by its key."""
    if not called or "state/" not in _short(called[-1].filename):
        return False
    return PurePath(called[0].filename).name != "session_state_proxy.py"


def _is_our_file(path: str) -> bool:
    place = PurePath(path)
    if not place.is_relative_to(_ROOT):
        return False
    return place.relative_to(_ROOT).parts[0] in (*_TALKS, "app.py")


def _traced(error: BaseException) -> Iterator[str]:
    """Where an error came up, and what led to it: each line begins with spaces, as no other does.

    The innermost place comes first.
    """
    one: BaseException | None = error
    for _ in range(_MOST_ERRORS):
        if one is None:
            return
        if one is not error:
            yield f"  after {_named(one) if _is_ours(one) else _in_a_line(one)}"
        for frame in reversed(traceback.extract_tb(one.__traceback__)[-_MOST_FRAMES:]):
            at = f"{_short(frame.filename)}:{frame.lineno} {frame.name}"
            yield f"    {_escaped(at)}: {_escaped(frame.line or '')}"
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)


def _named(error: BaseException) -> str:
    """What kind of error it is, and what it says."""
    said = "".join(traceback.format_exception_only(error)).strip()
    return _escaped(masked(said[:_LOOKED_AT]))


def _in_a_line(error: BaseException) -> str:
    """What kind of error it is and where it came up; what it says may be somebody's words."""
    frames = traceback.extract_tb(error.__traceback__)[-_MOST_PLACES:]
    places = [f"{_short(one.filename)}:{one.lineno} {one.name}" for one in reversed(frames)]
    return f"{type(error).__name__} at {' < '.join(places) or 'no place'}"


def _short(path: str) -> str:
    return "/".join(PurePath(path).parts[-2:])


def _escaped(said: str, longest: int = _LONGEST) -> str:
    shown = (one if one.isprintable() else ascii(one)[1:-1] for one in said[:longest])
    return "".join(shown) + (_LEFT_OUT if len(said) > longest else "")
