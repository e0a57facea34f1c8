"""Faults on request: what goes wrong at which operation, how often, and after how many calls."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from simulator.errors import (
    ServiceError,
    access_denied,
    expired_token,
    internal_error,
    not_found,
    throttled,
    unrecognized_client,
    validation,
)
from simulator.operations import OPERATIONS

START = "StartSessionsStatisticsAggregation"
GET = "GetSessionsStatisticsAggregation"

Kind = Literal[
    "throttle",
    "internal_error",
    "access_denied",
    "expired_token",
    "unrecognized_client",
    "validation",
    "not_found",
    "cut",
    "cut_amid",
    "slow",
    "malformed",
    "truncated",
    "failed",
    "timeout",
    "expire",
    "endless",
    "busy",
    "empty",
]
KINDS: tuple[Kind, ...] = get_args(Kind)
AGGREGATION_KINDS = frozenset({"failed", "timeout", "expire", "endless", "busy"})
"""Kinds that befall the aggregation that a Start asks for, and not the answer to the Start."""


@dataclass(frozen=True)
class Fault:
    """One thing to go wrong; raises ValueError for an operation or a kind that there is not.

    `operation` is an operation's name or `*`; `times` how often (None: always), after `skip`
    calls that go well; `retry_after` in whole seconds for throttle and internal_error; `seconds`
    how long a slow answer takes and how long a busy farm is held, from the Start that meets it.
    Kinds: cut (the connection ends before any byte), cut_amid (amid the body), malformed (a body
    that isn't JSON), truncated (half a JSON document, well delivered), failed and timeout (an
    aggregation's end), expire (its results are gone as soon as it ends), endless (it does not end
    within the hour), busy (another party holds the farm), empty (a page of results without a row,
    and a token for those that were due); the rest are the service's errors.
    """

    operation: str
    kind: Kind
    times: int | None = 1
    skip: int = 0
    retry_after: int | None = None
    seconds: float = 0.0

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"no such kind of fault: {self.kind} (there are {', '.join(KINDS)})")

        if self.operation != "*" and self.operation not in OPERATIONS:
            raise ValueError(f"no such operation: {self.operation}")

    def concerns(self, operation: str) -> bool:
        """Whether a call of the operation can meet this fault."""
        if self.kind in AGGREGATION_KINDS and operation != START:
            return False
        if self.kind == "empty" and operation != GET:
            return False
        return self.operation in ("*", operation)


class Faults:
    """The faults still to come; thread-safe. The first one added that concerns a call befalls
    it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: list[_Waiting] = []

    def add(self, *faults: Fault) -> None:
        """Adds faults behind those there are."""
        with self._lock:
            self._waiting.extend(_Waiting(f, f.skip, f.times) for f in faults)

    def clear(self) -> None:
        """Takes all faults away."""
        with self._lock:
            self._waiting.clear()

    def take(self, operation: str) -> Fault | None:
        """The fault that befalls a call of the operation now, counted as having happened."""
        with self._lock:
            for waiting in self._waiting:
                if waiting.fault.concerns(operation) and waiting.strikes():
                    return waiting.fault
        return None


@dataclass
class _Waiting:
    fault: Fault
    skip: int
    left: int | None

    def strikes(self) -> bool:
        if self.left == 0:
            return False
        if self.skip:
            self.skip -= 1
            return False
        if self.left is not None:
            self.left -= 1
        return True


_REFUSALS: dict[str, Callable[[Fault], ServiceError]] = {
    "throttle": lambda fault: throttled("Rate exceeded", fault.retry_after),
    "internal_error": lambda fault: internal_error(fault.retry_after),
    "access_denied": lambda _: access_denied(),
    "expired_token": lambda _: expired_token(),
    "unrecognized_client": lambda _: unrecognized_client(),
    "validation": lambda _: validation([("request", "was refused on request")]),
    "not_found": lambda _: not_found("resource", "refused-on-request"),
}


def refusal(fault: Fault) -> ServiceError | None:
    """The error that the fault answers with, if that is what it does."""
    make = _REFUSALS.get(fault.kind)
    return make(fault) if make else None
