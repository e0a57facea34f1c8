"""Requests that AWS takes for too old, or for ones of the future: two clocks that differ."""

from __future__ import annotations

import re

from stats.errors import AccessError

_CODES = frozenset({"RequestInTheFuture", "RequestTimeTooSkewed"})
_SAID = re.compile(r"Signature (?:expired|not yet current)")


class ClockOff(AccessError):
    """What is signed by this machine's clock is too old for AWS, or of the future."""

    title = "This machine's clock is off"


def is_told(code: str, said: str) -> bool:
    """Whether an answer's code, or what it says, means that."""
    return code in _CODES or _SAID.match(said) is not None


def told(said: str, operation: str, asked: str) -> ClockOff:
    """The error of ours: `asked` is what was asked of AWS, on the way of an operation."""
    return ClockOff(
        f"AWS turned {asked} away, by its clock: {said}",
        "Set the clock of this machine right: AWS takes what is signed within minutes of its own "
        "time. Then try again.",
        operation=operation,
    )
