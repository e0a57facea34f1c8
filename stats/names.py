"""Names of farms, queues, fleets and people, kept for a while.

People come from Identity Center, where it may be asked; whoever can't be named keeps the id.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from cachetools import TTLCache

from stats.client import MOST_JOBS, Client
from stats.clock import Clock
from stats.errors import AccessError, FarmCostsError, QuestionError, ServiceError
from stats.model import Dimension, Farm, FarmId, Fleet, Queue

_IDENTITY_CENTER_ID = re.compile(
    r"([0-9a-f]{10}-)?[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}"
)
_NAMELESS = ""
"""Kept for a job that the service has forgotten, so that it is not asked for again and again."""

_TROUBLE_SECONDS = 60.0
_LONGEST_SECONDS = 60.0
"""How long one question asks for names, before the others are shown by ids; a call may last on."""

_TOO_LONG = f"names took longer than {_LONGEST_SECONDS:.0f} seconds. Try again to go on from there."
_MOST_PEOPLE = 10_000
_MOST_JOBS = 200_000

T = TypeVar("T")


@dataclass(frozen=True)
class Named:
    """Display names by id, and what kept the others from being named (empty: nothing)."""

    names: dict[str, str]
    trouble: str = ""


def is_user_id(text: str) -> bool:
    """Whether a text has the form of a user id: Identity Center's, or an ARN."""
    return bool(_IDENTITY_CENTER_ID.fullmatch(text)) or text.startswith("arn:")


def short_name(user_id: str) -> str:
    """What to call somebody by the id alone: an ARN's last part, else the id as it is."""
    return user_id.rsplit("/", 1)[-1] if user_id.startswith("arn:") else user_id


class Names:
    """Listings and people, each kept for `seconds`. Thread-safe; one question at a time each."""

    def __init__(
        self,
        client: Client,
        clock: Clock,
        *,
        seconds: float,
        identity_store_id: str | None = None,
        identity_region: str | None = None,
    ) -> None:
        self._client = client
        self._clock = clock
        self._store_id = identity_store_id
        self._region = identity_region
        self._answers: TTLCache[Hashable, tuple[Any]] = TTLCache(
            1_000, seconds, timer=clock.monotonic
        )
        self._troubles: TTLCache[Hashable, str] = TTLCache(
            1_000, _TROUBLE_SECONDS, timer=clock.monotonic
        )
        self._people: TTLCache[str, str] = TTLCache(_MOST_PEOPLE, seconds, timer=clock.monotonic)
        self._jobs: TTLCache[str, str] = TTLCache(_MOST_JOBS, seconds, timer=clock.monotonic)
        self._lock = threading.Lock()
        self._asking_people = threading.Lock()
        self._asking: dict[Hashable, threading.Lock] = {}

    def forget(self) -> None:
        """Asks anew from now on, as after a refresh."""
        with self._lock:
            for kept in (self._answers, self._people, self._troubles):
                kept.clear()

    def farms(self) -> tuple[Farm, ...]:
        """The farms that the credentials may list."""
        return self._kept("farms", self._client.farms)

    def queues(self, farm_id: FarmId) -> tuple[Queue, ...]:
        return self._kept(("queues", farm_id), lambda: self._client.queues(farm_id))

    def fleets(self, farm_id: FarmId) -> tuple[Fleet, ...]:
        return self._kept(("fleets", farm_id), lambda: self._client.fleets(farm_id))

    def resources(self, farm_id: FarmId, kind: Dimension) -> tuple[Queue, ...] | tuple[Fleet, ...]:
        """The farm's queues or fleets, whichever the dimension is."""
        return self.queues(farm_id) if kind is Dimension.QUEUE else self.fleets(farm_id)

    def jobs(self, farm_id: FarmId, jobs: Iterable[tuple[str, str]]) -> Named:
        """Names by job id, of (queue id, job id) pairs; never an error, since ids do as well."""
        pairs, trouble, since = sorted(set(jobs)), "", self._clock.monotonic()
        with self._lock:
            unknown = [(q, j) for q, j in pairs if j not in self._jobs]
        for at in range(0, len(unknown), MOST_JOBS):
            if self._clock.monotonic() - since > _LONGEST_SECONDS:
                trouble = f"Some jobs are shown by their ids: {_TOO_LONG}"
                break
            some = unknown[at : at + MOST_JOBS]
            try:
                found, failed = self._client.job_names(farm_id, some)
            except FarmCostsError as error:
                trouble = f"Jobs are shown by their ids: {error}"
                break
            answered = {job: found.get(job, _NAMELESS) for _, job in some if job not in failed}
            with self._lock:
                self._jobs.update(answered)
            if failed:
                codes = ", ".join(sorted(set(failed.values())))
                trouble = (
                    f"Some jobs are shown by their ids: BatchGetJob answered {codes} for them."
                )
        return Named(self.known_jobs(job for _, job in pairs), trouble)

    def learn_jobs(self, names: Mapping[str, str]) -> None:
        """Names by job id that came with rows."""
        with self._lock:
            self._jobs.update({job: name for job, name in names.items() if name})

    def known_jobs(self, jobs: Iterable[str]) -> dict[str, str]:
        """The names of those jobs that are known; nothing is asked for."""
        with self._lock:
            found = {job: self._jobs.get(job) for job in jobs}
        return {job: name for job, name in found.items() if name}

    def cost_scale_factor(self, farm_id: FarmId) -> float | None:
        """The factor already in the farm's figures, or None where it can't be had."""
        try:
            return self._kept(("scale", farm_id), lambda: self._allowed_factor(farm_id))
        except (QuestionError, ServiceError):
            return None

    def _allowed_factor(self, farm_id: FarmId) -> float | None:
        key = ("scale", farm_id)
        with self._lock:
            trouble = self._troubles.get(key)
        if trouble:
            raise ServiceError(trouble)
        try:
            return self._client.cost_scale_factor(farm_id)
        except AccessError:
            return None
        except (QuestionError, ServiceError) as error:
            with self._lock:
                self._troubles[key] = str(error)
            raise

    def _kept(self, key: Hashable, ask: Callable[[], T]) -> T:
        """The answer kept under a key, or a new one; askers at the same moment share it."""
        with self._lock:
            asking = self._asking.setdefault(key, threading.Lock())
        with asking:
            with self._lock:
                kept = self._answers.get(key)
            if kept is not None:
                found: T = kept[0]
                return found
            answer = ask()
            with self._lock:
                self._answers[key] = (answer,)
            return answer

    def people(self, farm_id: FarmId, user_ids: Iterable[str]) -> Named:
        """Names for as many ids as can be named; never an error, since ids do as well."""
        wanted = set(user_ids)
        with self._asking_people:
            with self._lock:
                known = {user: self._people.get(user) for user in wanted}
            unknown = [u for u, n in known.items() if not n and _IDENTITY_CENTER_ID.fullmatch(u)]
            found, trouble = self._found(farm_id, sorted(unknown)) if unknown else ({}, "")
            with self._lock:
                self._people.update(found)
        return Named({u: found.get(u) or known[u] or short_name(u) for u in wanted}, trouble)

    def _found(self, farm_id: FarmId, user_ids: list[str]) -> tuple[dict[str, str], str]:
        found: dict[str, str] = {}
        with self._lock:
            trouble = self._troubles.get(farm_id, "")
        if trouble:
            return found, trouble
        try:
            store_id = self._store_id or self._client.identity_store_id(farm_id)
            if store_id is not None:
                for user, name in self._persons(store_id, user_ids):
                    found[user] = name
                return found, ""
            trouble = "The farm has no members, so Identity Center can't be asked for names."
        except TimeoutError:
            trouble = f"Some people are shown by their ids: {_TOO_LONG}"
        except FarmCostsError as error:
            trouble = f"People are shown by their ids: {error}"
        with self._lock:
            self._troubles[farm_id] = trouble
        return found, trouble

    def _persons(self, store_id: str, user_ids: list[str]) -> Iterator[tuple[str, str]]:
        """Names by user id; the first alone, since who may not ask for one may not for all.

        Raises TimeoutError where that takes too long.
        """
        first, *others = user_ids
        yield first, self._person(store_id, first)
        with ThreadPoolExecutor(8) as askers:
            names = askers.map(
                lambda user: self._person(store_id, user), others, timeout=_LONGEST_SECONDS
            )
            yield from zip(others, names, strict=True)

    def _person(self, store_id: str, user_id: str) -> str:
        return self._client.person(store_id, user_id, self._region) or user_id
