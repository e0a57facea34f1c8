"""Bodies of answers, read by the service's model strictly or not at all.

botocore takes `true` for 1, `{}` for a list without items, and the last of two members of one
name; what it so makes up would be a number like any other. Where a text holds half of a surrogate
pair, which no file can hold, the text is its escape.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from botocore.parsers import (
    JSONParser,
    ResponseParserError,
    ResponseParserFactory,
    RestJSONParser,
)
from botocore.session import Session
from botocore.utils import parse_timestamp

from stats import laws

_UNREADABLE = (
    *(ResponseParserError, RecursionError),
    *(ArithmeticError, AttributeError, KeyError, TypeError, ValueError),
)
_SURROGATE = "[dD][89abAB][0-9a-fA-F]{2}"
_ESCAPE = re.compile(
    rf"\\(?:u{_SURROGATE}\\u[dD][c-fC-F][0-9a-fA-F]{{2}}|(u[dD][89a-fA-F][0-9a-fA-F]{{2}})|.)",
    re.DOTALL,
)
"""An escape of JSON, as a whole; half of a surrogate pair in the group."""


_KINDS = {
    dict: "an object",
    list: "a list",
    str: "a text",
    int: "a whole number",
    float: "a number",
}


def read_strictly(session: Session) -> Session:
    """A session of botocore whose clients read answers so; the session itself."""
    session.register_component("response_parser_factory", _Parsers())
    return session


class _Parsers(ResponseParserFactory):  # type: ignore[misc]
    """Makes the parsers of both protocols that are spoken here."""

    def create_parser(self, protocol_name: str) -> Any:
        strict = {"rest-json": _RestJson, "json": _Json}.get(protocol_name)
        return strict(_instant) if strict else super().create_parser(protocol_name)


class _Strict:
    """Overrides what botocore does with each kind of value; `shape` is the model's."""

    def parse(self, response: Mapping[str, Any], shape: Any) -> Any:
        """What an answer says; raises ResponseParserError of one that did not come as a whole."""
        if response["status_code"] < 300:
            _is_whole(response["headers"], response["body"])
        return super().parse(response, shape)  # type: ignore[misc]

    def _parse_body_as_json(self, body: bytes) -> Any:
        text = body.decode("utf-8")
        if "\\ud" in text or "\\uD" in text:
            text = _ESCAPE.sub(_escaped, text)
        try:
            return _read(text) if text else {}
        except RecursionError as deep:
            raise ResponseParserError("it is nested too deep") from deep
        except ValueError:
            return {"message": text}

    def _do_error_parse(self, response: Mapping[str, Any], shape: Any) -> Any:
        """An error whose body can't be read is told by its status alone."""
        try:
            return super()._do_error_parse(response, shape)  # type: ignore[misc]
        except _UNREADABLE:
            return super()._do_error_parse({**response, "body": b""}, shape)  # type: ignore[misc]

    def _do_modeled_error_parse(self, response: Mapping[str, Any], shape: Any) -> Any:
        try:
            return super()._do_modeled_error_parse(response, shape)  # type: ignore[misc]
        except _UNREADABLE:
            return {}

    def _handle_list(self, shape: Any, value: Any) -> Any:
        if None in _is(value, list):
            raise ResponseParserError("an item of a list is null")
        return super()._handle_list(shape, value)  # type: ignore[misc]

    def _handle_structure(self, shape: Any, value: Any) -> Any:
        _is(value, dict)
        return super()._handle_structure(shape, value)  # type: ignore[misc]

    def _handle_string(self, shape: Any, value: Any) -> Any:
        return _is(value, str)

    def _handle_integer(self, shape: Any, value: Any) -> Any:
        is_header = "location" in shape.serialization
        return int(value) if is_header else _is(value, int)

    def _handle_float(self, shape: Any, value: Any) -> Any:
        return _up(_is(value, float, int))

    _handle_long = _handle_integer
    _handle_double = _handle_float


class _RestJson(_Strict, RestJSONParser):  # type: ignore[misc]
    """Deadline Cloud's protocol."""


class _Json(_Strict, JSONParser):  # type: ignore[misc]
    """Identity Center's."""


def _is_whole(headers: Mapping[str, str], body: bytes) -> None:
    """Raises ResponseParserError where fewer bytes came than were to, as far as that was told.

    What came may be a whole answer by itself, such as one without rows.
    """
    told = headers.get("Content-Length", "")
    if told.isdecimal() and "Content-Encoding" not in headers and len(body) < int(told):
        raise ResponseParserError(f"{len(body)} of {told} bytes came")


def _is(value: Any, *kinds: type) -> Any:
    """The value, if it is of one of those kinds exactly: a bool is no number."""
    if type(value) not in kinds:
        raise ResponseParserError(f"{_described(value)} stands where {_KINDS[kinds[0]]} must")
    return value


def _described(value: Any) -> str:
    if value is None:
        return "null"
    return _KINDS[type(value)] if isinstance(value, dict | list) else json.dumps(value)[:40]


def _read(text: str) -> Any:
    return json.loads(text, object_pairs_hook=_members, parse_float=_fraction, parse_constant=_none)


def _fraction(text: str) -> float:
    """A number of JSON; one that is beyond what is exact stays so, and is not rounded down."""
    number = float(text)
    return number if number != laws.MOST else _up(Decimal(text))


def _up(number: float | Decimal) -> float:
    """As a float, which is no less than the number."""
    try:
        near = float(number)
    except OverflowError:
        return math.inf
    return near if near >= number else math.nextafter(near, math.inf)


def _members(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    """An object of JSON, in which each name comes once."""
    members = dict(pairs)
    if len(members) != len(pairs):
        raise ResponseParserError("a member comes twice")
    return members


def _none(constant: str) -> Any:
    raise ResponseParserError(f"{constant} is no number")


def _escaped(found: re.Match[str]) -> str:
    """Half of a surrogate pair as the text of its escape; all else as it is."""
    return f"\\\\{found[1]}" if found[1] else found[0]


def _instant(value: Any) -> datetime:
    """An instant of JSON: seconds since 1970, or a text with its offset from UTC."""
    if type(value) not in (str, int, float):
        raise ResponseParserError(f"{_described(value)} is no time")
    instant = _parsed(value)
    if instant.tzinfo is None:
        raise ResponseParserError(f"{_described(value)} is a time without its zone")
    return instant


@lru_cache(maxsize=4096, typed=True)
def _parsed(value: str | float) -> datetime:
    """Of hundreds of rows that begin at one instant it is worked out once: it takes a while."""
    instant: datetime = parse_timestamp(value)
    return instant
