"""Holds raw answers to the shapes of botocore's service model."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

_TIMESTAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")


def breaches(shape: Any, value: Any, at: str = "answer") -> Iterator[str]:
    """Everything in which a JSON value is not what the model's shape says."""
    kinds = {
        "structure": (dict, _structure),
        "list": (list, _list),
        "map": (dict, _map),
        "string": (str, _string),
        "integer": (int, _number),
        "float": ((int, float), _number),
        "double": ((int, float), _number),
        "boolean": (bool, _nothing),
        "timestamp": ((str, int, float), _timestamp),
    }
    kind, look = kinds[shape.type_name]
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        yield f"{at} is {value!r}, which is no {shape.type_name}"
    else:
        yield from look(shape, value, at)


def _structure(shape: Any, value: Any, at: str) -> Iterator[str]:
    for name in shape.required_members:
        if name not in value:
            yield f"{at} lacks {name}"
    if shape.metadata.get("union") and len(value) != 1:
        yield f"{at} is a union with {len(value)} members"
    for name, member in value.items():
        if name in shape.members:
            yield from breaches(shape.members[name], member, f"{at}.{name}")
        else:
            yield f"{at} has {name}, which the model hasn't"


def _list(shape: Any, value: Any, at: str) -> Iterator[str]:
    yield from _length(shape, value, at)
    for index, member in enumerate(value):
        yield from breaches(shape.member, member, f"{at}[{index}]")


def _map(shape: Any, value: Any, at: str) -> Iterator[str]:
    yield from _length(shape, value, at)
    for key, member in value.items():
        yield from breaches(shape.key, key, f"{at} key {key}")
        yield from breaches(shape.value, member, f"{at}[{key}]")


def _string(shape: Any, value: Any, at: str) -> Iterator[str]:
    yield from _length(shape, value, at)
    choices = shape.metadata.get("enum")
    if choices and value not in choices:
        yield f"{at} is {value!r}, which is none of {choices}"
    pattern = shape.metadata.get("pattern")
    if pattern and "\\p{" not in pattern and not re.fullmatch(pattern, value):
        yield f"{at} is {value!r}, which does not match {pattern}"


def _length(shape: Any, value: Any, at: str) -> Iterator[str]:
    least, most = shape.metadata.get("min", 0), shape.metadata.get("max", len(value))
    if not least <= len(value) <= most:
        yield f"{at} has length {len(value)}, not {least} to {most}"


def _number(shape: Any, value: Any, at: str) -> Iterator[str]:
    least, most = shape.metadata.get("min", value), shape.metadata.get("max", value)
    if not least <= value <= most:
        yield f"{at} is {value}, not {least} to {most}"


def _timestamp(shape: Any, value: Any, at: str) -> Iterator[str]:
    if shape.serialization.get("timestampFormat") != "iso8601":
        return
    if not isinstance(value, str) or not _TIMESTAMP.fullmatch(value):
        yield f"{at} is {value!r}, which is no ISO 8601 time in UTC"
    else:
        datetime.fromisoformat(value)


def _nothing(shape: Any, value: Any, at: str) -> Iterator[str]:
    yield from ()
