"""Lists of farms, queues and fleets: all pages, within bounds, and each thing once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

from stats.errors import Contradictory, Malformed
from stats.model import Farm, FarmId, Fleet, Queue
from stats.wire import Answer

MOST_PAGES = 200
"""A farm has 20 queues unless AWS allows more."""

T = TypeVar("T", Farm, Queue, Fleet)
Ask = Callable[[dict[str, Any]], tuple[Any, Answer]]
"""Asks for a page by its request: its items, and the whole answer."""


@dataclass(frozen=True)
class Lists:
    """Reads lists with pages that come one after another for `longest` seconds at most."""

    monotonic: Callable[[], float]
    longest: float

    def whole(
        self, operation: str, ask: Ask, read: Callable[[Answer], T], farm_id: FarmId | None = None
    ) -> tuple[T, ...]:
        """All of a list, of a farm if one is named; asked for once more where it can't be.

        Raises Malformed where it has no end, Contradictory where it contradicts itself again, and
        what asking and reading raise.
        """
        try:
            return self._listed(operation, ask, read, farm_id)
        except Contradictory:
            return self._listed(operation, ask, read, farm_id)

    def _listed(
        self, operation: str, ask: Ask, read: Callable[[Answer], T], farm_id: FarmId | None
    ) -> tuple[T, ...]:
        found: dict[str, T] = {}
        for item in self._items(operation, ask, {"farmId": farm_id} if farm_id else {}):
            if farm_id and item.get("farmId") not in (None, farm_id):
                what = f"{operation} lists what is of the farm {item['farmId']}"
                raise Contradictory(what, operation=operation)
            one = read(item)
            if found.setdefault(one.id, one) != one:
                what = f"{operation} lists two things of the id {one.id}"
                raise Contradictory(what, operation=operation)
        return tuple(found.values())  # pages may overlap where a list changes meanwhile

    def _items(self, operation: str, ask: Ask, named: dict[str, Any]) -> Iterator[Answer]:
        request: dict[str, Any] = {**named, "maxResults": 100}
        seen: set[str] = set()
        since = self.monotonic()
        while True:
            items, answer = ask(request)
            some: Iterable[Answer] = items
            yield from some
            token = answer.get("nextToken")
            if not token:
                return
            seconds = self.monotonic() - since
            if token in seen:
                raise _endless(operation, "the same page again and again")
            if len(seen) >= MOST_PAGES or seconds > self.longest:
                raise _endless(operation, f"more after {len(seen) + 1} pages and {seconds:.0f} s")
            seen.add(token)
            request["nextToken"] = token


def _endless(operation: str, what: str) -> Malformed:
    return Malformed(
        f"{operation} gives {what}.",
        "That is on the service's side: try again, and tell AWS if it stays so.",
        operation=operation,
    )
