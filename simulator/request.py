"""A request's members, read and held to the tables of `shapes`; times become datetimes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from simulator.errors import validation
from simulator.operations import Operation
from simulator.shapes import SHAPES, Instant, Listing, Structure, Text, Whole

Parameters = Mapping[str, Any]
Problem = tuple[str, str]


def checked(operation: Operation, raw: Parameters) -> dict[str, Any]:
    """The request with times as datetimes in UTC and numbers of the query string as integers.

    Members that the operation doesn't know are dropped, as the service does. Raises a
    ValidationException that names every member at fault.
    """
    members = operation.request.members
    known = {name: value for name, value in raw.items() if name in members}
    for name in operation.query:
        if isinstance(SHAPES[members[name]], Whole) and name in known:
            known[name] = _number(known[name])
    problems = list(_structure(operation.request, known, ""))
    if not problems and "groupBy" in members:
        problems = list(_aggregation_rules(_times_read(operation.request, known)))
    if problems:
        raise validation(problems)
    return _times_read(operation.request, known)


def _number(text: str) -> int | str:
    return int(text) if re.fullmatch(r"-?[0-9]{1,9}", text) else text


def _problems(shape_name: str, value: object, at: str) -> Iterator[Problem]:
    shape = SHAPES[shape_name]
    if isinstance(shape, Structure):
        yield from _structure(shape, value, f"{at}.")
    elif isinstance(shape, Listing):
        yield from _listing(shape, value, at)
    elif isinstance(shape, Whole):
        yield from _whole(shape, value, at)
    elif isinstance(shape, Instant):
        if _instant(value) is None:
            yield at, "failed to satisfy constraint: Member must be an ISO 8601 timestamp"
    else:
        yield from _text(shape, value, at)


def _structure(shape: Structure, value: object, at: str) -> Iterator[Problem]:
    if not isinstance(value, Mapping):
        yield at.rstrip("."), "failed to satisfy constraint: Member must be a structure"
        return
    given = {name: value[name] for name in shape.members if value.get(name) is not None}
    if shape.union and len(given) != 1:
        yield at.rstrip("."), "failed to satisfy constraint: Member must have exactly one value"
    for name in shape.required:
        if name not in given:
            yield at + name, "failed to satisfy constraint: Member must not be null"
    for name, member in given.items():
        yield from _problems(shape.members[name], member, at + name)


def _listing(shape: Listing, value: object, at: str) -> Iterator[Problem]:
    if not isinstance(value, list):
        yield at, "failed to satisfy constraint: Member must be a list"
        return
    if not shape.fewest <= len(value) <= shape.most:
        limits = f"between {shape.fewest} and {shape.most}"
        yield at, f"failed to satisfy constraint: Member must have length {limits}"
    for index, member in enumerate(value, start=1):
        yield from _problems(shape.of, member, f"{at}.{index}.member")


def _whole(shape: Whole, value: object, at: str) -> Iterator[Problem]:
    if not isinstance(value, int) or isinstance(value, bool):
        yield at, "failed to satisfy constraint: Member must be an integer"
    elif not shape.least <= value <= shape.most:
        limits = f"between {shape.least} and {shape.most}"
        yield at, f"failed to satisfy constraint: Member must have value {limits}"


def _text(shape: Text, value: object, at: str) -> Iterator[Problem]:
    rule = "failed to satisfy constraint: Member must"
    if not isinstance(value, str):
        yield at, f"{rule} be a string"
    elif shape.choices and value not in shape.choices:
        yield at, f"{rule} satisfy enum value set: [{', '.join(shape.choices)}]"
    elif shape.shortest is not None and len(value) < shape.shortest:
        yield at, f"{rule} have length greater than or equal to {shape.shortest}"
    elif shape.longest is not None and len(value) > shape.longest:
        yield at, f"{rule} have length less than or equal to {shape.longest}"
    elif shape.pattern and not re.fullmatch(shape.pattern, value):
        yield at, f"{rule} satisfy regular expression pattern: {shape.pattern}"


def _instant(value: object) -> datetime | None:
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value)
    except ValueError:
        return None
    return read.astimezone(UTC) if read.tzinfo else None


def _aggregation_rules(request: Parameters) -> Iterator[Problem]:
    """What the service holds a Start to beyond its model."""
    if len(set(request["groupBy"])) < len(request["groupBy"]):
        yield "groupBy", "must not have duplicates"
    for name in ("startTime", "endTime"):
        at = request[name]
        if at.minute or at.second or at.microsecond:
            yield name, "must be a whole hour: minutes and seconds have to be zero"
    if request["startTime"] >= request["endTime"]:
        yield "endTime", "must be after startTime"


def _times_read(shape: Structure, value: Parameters) -> dict[str, Any]:
    given = {name: v for name, v in value.items() if name in shape.members and v is not None}
    return {name: _read(shape.members[name], member) for name, member in given.items()}


def _read(shape_name: str, value: Any) -> Any:
    shape = SHAPES[shape_name]
    if isinstance(shape, Structure):
        return _times_read(shape, value)
    if isinstance(shape, Listing):
        return [_read(shape.of, member) for member in value]
    return _instant(value) if isinstance(shape, Instant) else value


Handler = Callable[[Parameters], dict[str, Any]]
"""An operation's answer to a request that was found sound."""
