"""Names of farms, queues, fleets and people, kept for a while.

People come from Identity Center, where it may be asked; whoever can't be named keeps the id.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from copy import copy
from functools import partial
from typing import Any, TypeVar

from cachetools import TTLCache

from stats.client import MOST_JOBS, Client
from stats.clock import Clock
from stats.errors import AccessError, FarmCostsError, Overdue, ServiceFault
from stats.model import Dimension, Farm, FarmId, Fleet, Queue
from stats.people import (
    LONGEST_SECONDS,
    NONE,
    IsWanted,
    Named,
    People,
    Trouble,
    Troubles,
    is_in_identity_center,
    short_name,
)
from stats.progress import Progress, Tell, nobody, patiently

_NAMELESS = ""
"""Kept for a job that the service has forgotten, so that it is not asked for again and again."""

_MOST_JOBS = 200_000

T = TypeVar("T")


class _NoTimeLeft(Overdue):
    """Whoever asks has no time left, which says nothing of the service."""


class Names:
    """Listings, jobs and people, each kept for `seconds`. Thread-safe; each is asked for once.

    Listings raise the errors of `stats.errors`. What is asked for names alone never does, and is
    waited for no longer than LONGEST_SECONDS; what comes later is kept for the next who asks.
    """

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
        timer = clock.monotonic
        self._answers: TTLCache[Hashable, tuple[Any]] = TTLCache(1_000, seconds, timer=timer)
        self._troubles = Troubles(timer)
        self._people = People(
            client, self._troubles, timer, seconds, identity_store_id, identity_region
        )
        self._jobs: TTLCache[str, str] = TTLCache(_MOST_JOBS, seconds, timer=timer)
        self._lock = threading.Lock()
        self._asking: dict[Hashable, threading.Lock] = {}
        self._tell: Tell = nobody
        self._time_left: Callable[[], float] = lambda: math.inf

    def telling(self, tell: Tell, time_left: Callable[[], float] | None = None) -> Names:
        """The same names, for one who wants to be told what is waited for, and has no longer."""
        other = copy(self)
        other._tell, other._time_left = tell, time_left or self._time_left
        return other

    def forget(self) -> None:
        """Asks anew from now on, as after a refresh."""
        self._people.forget()
        self.forget_lists()

    def forget_lists(self) -> None:
        """Lists anew from now on, and asks again for what could not be had."""
        with self._lock:
            self._answers.clear()
        self._troubles.forget()

    def farms(self) -> tuple[Farm, ...]:
        """The farms that the credentials may list."""
        return self._kept("farms", self._client.farms, "asking for the farms")

    def queues(self, farm_id: FarmId) -> tuple[Queue, ...]:
        return self._listed("queues", farm_id, self._client.queues)

    def fleets(self, farm_id: FarmId) -> tuple[Fleet, ...]:
        return self._listed("fleets", farm_id, self._client.fleets)

    def resources(self, farm_id: FarmId, kind: Dimension) -> tuple[Queue, ...] | tuple[Fleet, ...]:
        """The farm's queues or fleets, whichever the dimension is."""
        return self.queues(farm_id) if kind is Dimension.QUEUE else self.fleets(farm_id)

    def queues_for_names(self, farm_id: FarmId) -> tuple[tuple[Queue, ...], Trouble]:
        """The queues where only their names are wanted: none, and why, if they can't be had."""
        return self._for_names("queues", farm_id, self._client.queues)

    def fleets_for_names(self, farm_id: FarmId) -> tuple[tuple[Fleet, ...], Trouble]:
        """The same for the fleets."""
        return self._for_names("fleets", farm_id, self._client.fleets)

    def _listed(
        self,
        kind: str,
        farm_id: FarmId,
        ask: Callable[[FarmId], tuple[T, ...]],
        longest: float = math.inf,
    ) -> tuple[T, ...]:
        doing = f"asking for the farm’s {kind}"
        return self._kept((kind, farm_id), partial(ask, farm_id), doing, longest)

    def _for_names(
        self, kind: str, farm_id: FarmId, ask: Callable[[FarmId], tuple[T, ...]]
    ) -> tuple[tuple[T, ...], Trouble]:
        key, said = (kind, farm_id), f"{kind.capitalize()} are shown by their ids: "

        def listed(farm_id: FarmId) -> tuple[T, ...]:
            return self._unless_troubled(key, partial(ask, farm_id), said)

        try:
            return self._listed(kind, farm_id, listed, LONGEST_SECONDS), NONE
        except FarmCostsError as error:
            return (), self._remembered(key, Trouble(f"{said}{error}", error))

    def _unless_troubled(self, key: Hashable, ask: Callable[[], T], said: str = "") -> T:
        """What asking gives; an error is shared by all who ask within a minute, one by one."""
        trouble = self._troubles.about(key)
        if trouble.cause:
            raise trouble.cause
        try:
            return ask()
        except FarmCostsError as error:
            self._troubles.remember(key, Trouble(f"{said}{error}", error))
            raise

    def _remembered(self, key: Hashable, trouble: Trouble) -> Trouble:
        """A trouble, kept for the next who asks where it is the service's."""
        if self._troubles.about(key) is NONE and not isinstance(trouble.cause, _NoTimeLeft):
            self._troubles.remember(key, trouble)
        return trouble

    def jobs(self, farm_id: FarmId, jobs: Iterable[tuple[str, str]]) -> Named:
        """Names by job id, of (queue id, job id) pairs; never an error, since ids do as well."""
        pairs = sorted(set(jobs))
        found, trouble = self.known_jobs(job for _, job in pairs), NONE
        if self._unknown(pairs):
            ask = partial(self._ask_for_jobs, farm_id, pairs, found)
            try:
                trouble = self._while_told("looking up the names of jobs", ask, LONGEST_SECONDS)
            except Overdue as late:
                trouble = Trouble(f"Some jobs are shown by their ids: {late}", late)
        return Named(dict(found), trouble)

    def _unknown(self, pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        with self._lock:
            return [(queue, job) for queue, job in pairs if job not in self._jobs]

    def _ask_for_jobs(
        self,
        farm_id: FarmId,
        pairs: Sequence[tuple[str, str]],
        found: dict[str, str],
        is_wanted: IsWanted,
    ) -> Trouble:
        """Adds to what was found; gives what kept the rest from it."""
        trouble = NONE
        with self._asking_for(("jobs", farm_id)):
            unknown = self._unknown(pairs)
            found |= self.known_jobs(job for _, job in pairs)
            for at in range(0, len(unknown), MOST_JOBS):
                if not is_wanted():
                    break
                some = unknown[at : at + MOST_JOBS]
                try:
                    named, failed = self._client.job_names(farm_id, some)
                except FarmCostsError as error:
                    return Trouble(f"Jobs are shown by their ids: {error}", error)
                found |= {job: name for job, name in named.items() if name}
                answered = {job: named.get(job, _NAMELESS) for _, job in some if job not in failed}
                with self._lock:
                    self._jobs.update(answered)
                if failed:
                    codes = ", ".join(sorted(set(failed.values())))
                    fault = ServiceFault(f"BatchGetJob answered {codes} for them", "Try later.")
                    trouble = Trouble(f"Some jobs are shown by their ids: {fault}", fault)
        return trouble

    def learn_jobs(self, names: Mapping[str, str]) -> None:
        """Names by job id that came with rows."""
        with self._lock:
            self._jobs.update({job: name for job, name in names.items() if name})

    def known_jobs(self, jobs: Iterable[str]) -> dict[str, str]:
        """The names of those jobs that are known; nothing is asked for."""
        with self._lock:
            found = {job: self._jobs.get(job) for job in jobs}
        return {job: name for job, name in found.items() if name}

    def known_people(self, user_ids: Iterable[str]) -> dict[str, str]:
        """The names of those users that are known; nothing is asked for."""
        return self._people.known(user_ids)

    def cost_scale_factor(self, farm_id: FarmId) -> float | None:
        """The factor already in the farm's figures, or None where it can't be had."""
        key = ("scale", farm_id)

        def allowed() -> float | None:
            try:
                return self._client.cost_scale_factor(farm_id)
            except AccessError:
                return None

        ask = partial(self._unless_troubled, key, allowed)
        try:
            return self._kept(key, ask, "asking for the farm’s cost scale factor", LONGEST_SECONDS)
        except FarmCostsError as error:
            self._remembered(key, Trouble(str(error), error))
            return None

    def people(self, farm_id: FarmId, user_ids: Iterable[str]) -> Named:
        """Names for as many ids as can be named; never an error, since ids do as well."""
        wanted = set(user_ids)
        found, trouble = self._people.known(wanted), NONE
        strangers = sorted(u for u in wanted if u not in found and is_in_identity_center(u))
        if strangers:
            asked = self._asked_for(farm_id, strangers)
            found, trouble = found | asked.names, asked.trouble
        return Named({user: found.get(user) or short_name(user) for user in wanted}, trouble)

    def _asked_for(self, farm_id: FarmId, strangers: Sequence[str]) -> Named:
        trouble = self._troubles.about(farm_id)
        if trouble is not NONE:
            return Named({}, trouble)
        ask = partial(self._people.ask, farm_id, strangers)
        try:
            return self._while_told("looking up the names of people", ask, LONGEST_SECONDS)
        except Overdue as late:
            trouble = Trouble(f"Some people are shown by their ids: {late}", late)
            return Named(self._people.known(strangers), self._remembered(farm_id, trouble))

    def _asking_for(self, key: Hashable) -> threading.Lock:
        """Whoever asks for a thing has its lock; the others wait for the answer."""
        with self._lock:
            return self._asking.setdefault(key, threading.Lock())

    def _kept(
        self, key: Hashable, ask: Callable[[], T], doing: str, longest: float = math.inf
    ) -> T:
        """The answer kept under a key, or a new one; askers at the same moment share it."""

        def known() -> tuple[T] | None:
            with self._lock:
                return self._answers.get(key)

        def asked(is_wanted: IsWanted) -> T:
            with self._asking_for(key):
                kept = known()
                if kept is None and not is_wanted():
                    raise _NoTimeLeft("Nobody waits for this any more")
                if kept is None:
                    kept = (ask(),)
                    with self._lock:
                        self._answers[key] = kept
                return kept[0]

        kept = known()
        return kept[0] if kept else self._while_told(doing, asked, longest)

    def _while_told(self, doing: str, ask: Callable[[IsWanted], T], longest: float) -> T:
        """What asking gives or raises; Overdue where it takes longer, or no time is left for it.

        What may take any time (`longest` is infinite) is waited for in any case.
        """
        since, left = self._clock.monotonic(), self._time_left()

        def waiting() -> None:
            seconds = self._clock.monotonic() - since
            if seconds > longest:
                what = f"Names took longer than {longest:.0f} seconds"
                raise Overdue(what, "Try again in a minute.")
            if seconds >= left and longest < math.inf:
                raise _NoTimeLeft("No time was left to ask for names", "Ask again.")
            self._tell(Progress(0, 0, doing, seconds))

        return patiently(ask, waiting)
