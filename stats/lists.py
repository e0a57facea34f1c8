"""Lists, and batches of jobs: all of them, within bounds, and each thing once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from stats.errors import Contradictory, Garbled, Malformed
from stats.model import Farm, FarmId, Fleet, Queue
from stats.wire import Answer, identified, required

MOST_PAGES = 200
"""A farm has 20 queues unless AWS allows more."""

_JOBS = "BatchGetJob"
_IDENTIFIER = ("farmId", "queueId", "jobId")
_Ids = tuple[str, ...]

T = TypeVar("T", Farm, Queue, Fleet)
Had = TypeVar("Had")
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
        return twice(partial(self._listed, operation, ask, read, farm_id))

    def first(
        self, operation: str, ask: Ask, read: Callable[[Answer], Had], farm_id: FarmId
    ) -> Had | None:
        """The first thing of a farm's list, on whichever page; None where it has none.

        It is asked for once more, and raises, as the `whole` list does.
        """
        items = partial(self._items, operation, ask, farm_id)
        return twice(lambda: next(map(read, items()), None))

    def _listed(
        self, operation: str, ask: Ask, read: Callable[[Answer], T], farm_id: FarmId | None
    ) -> tuple[T, ...]:
        found: dict[str, T] = {}
        for item in self._items(operation, ask, farm_id):
            one = read(item)
            if found.setdefault(one.id, one) != one:
                what = f"{operation} lists two things of the id {one.id}"
                raise Contradictory(what, operation=operation)
        return tuple(found.values())  # pages may overlap where a list changes meanwhile

    def _items(self, operation: str, ask: Ask, farm_id: FarmId | None) -> Iterator[Answer]:
        request: dict[str, Any] = {"farmId": farm_id} if farm_id else {}
        request["maxResults"] = 100
        seen: set[str] = set()
        since = self.monotonic()
        while True:
            items, answer = ask(request)
            some: Iterable[Answer] = items
            for item in some:
                if farm_id and item.get("farmId") not in (None, farm_id):
                    what = f"{operation} lists what is of the farm {item['farmId']}"
                    raise Contradictory(what, operation=operation)
                yield item
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


def twice(ask: Callable[[], Had]) -> Had:
    """What asking gives; of what contradicts itself, what asking once more does."""
    try:
        return ask()
    except Contradictory:
        return ask()


def named_jobs(answer: Answer, asked: Collection[Answer]) -> tuple[dict[str, str], dict[str, str]]:
    """Names by job id, and error codes by job id of those that could not be looked up.

    Raises Garbled where the answer is about a job that was not asked for, or leaves one out, and
    Contradictory where it tells two things of one.
    """
    wanted, told = {_identified(one) for one in asked}, dict[_Ids, tuple[str, str]]()
    found: dict[str, dict[str, str]] = {"name": {}, "code": {}}
    for ids, member, said in _told(answer):
        job = ids[-1]
        if ids not in wanted:
            what = f"The answer to {_JOBS} is about {job}, which was not asked for."
            raise Garbled(what, operation=_JOBS)
        same = told.setdefault(ids, (member, said)) == (member, said)
        if not same or found[member].setdefault(job, said) != said:
            raise Contradictory(f"{_JOBS} tells two things of the id {job}", operation=_JOBS)
    if len(told) < len(wanted):
        lacking = f"{len(wanted) - len(told)} of {len(wanted)} jobs that were asked for"
        raise Garbled(f"The answer to {_JOBS} lacks {lacking}.", operation=_JOBS)
    return found["name"], found["code"]


def _told(answer: Answer) -> Iterator[tuple[_Ids, str, str]]:
    """Each job that an answer is about, and its name or the error's code."""
    for many, member in (("jobs", "name"), ("errors", "code")):
        for item in required(answer, many, _JOBS):
            yield _identified(item), member, str(required(item, member, _JOBS))


def _identified(item: Answer) -> _Ids:
    """The ids of a job's farm and queue, and its own."""
    return tuple(identified(item, member, _JOBS) for member in _IDENTIFIER)


def _endless(operation: str, what: str) -> Malformed:
    return Malformed(
        f"{operation} gives {what}.",
        "That is on the service's side: try again, and tell AWS if it stays so.",
        operation=operation,
    )
