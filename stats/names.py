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
from stats.people import LONGEST_SECONDS, NONE, Named, People, Trouble, Troubles
from stats.progress import Progress, Tell, nobody, patiently

_NAMELESS = ""
"""Kept for a job that the service has forgotten, so that it is not asked for again and again."""

_TOO_LONG = Overdue(
    f"Names took longer than {LONGEST_SECONDS:.0f} seconds", "Try again in a minute."
)
_MOST_JOBS = 200_000

T = TypeVar("T")


class Names:
    """Listings and people, each kept for `seconds`. Thread-safe; one question at a time each.

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
        other._tell = tell
        other._time_left = time_left or self._time_left
        return other

    def forget(self) -> None:
        """Asks anew from now on, as after a refresh."""
        with self._lock:
            self._answers.clear()
        self._people.forget()
        self.forget_troubles()

    def forget_troubles(self) -> None:
        """Asks again from now on for what could not be had."""
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
        trouble = self._troubles.about((kind, farm_id))
        if trouble is not NONE:
            return (), trouble
        by_ids = f"{kind.capitalize()} are shown by their ids"
        try:
            return self._listed(kind, farm_id, ask, LONGEST_SECONDS), NONE
        except FarmCostsError as error:
            trouble = Trouble(f"{by_ids}: {error}", error)
        except TimeoutError:
            trouble = Trouble(f"{by_ids}: {_TOO_LONG}", _TOO_LONG)
        return (), self._troubles.remember((kind, farm_id), trouble)

    def jobs(self, farm_id: FarmId, jobs: Iterable[tuple[str, str]]) -> Named:
        """Names by job id, of (queue id, job id) pairs; never an error, since ids do as well."""
        pairs = sorted(set(jobs))
        with self._lock:
            unknown = [(q, j) for q, j in pairs if j not in self._jobs]
        trouble = NONE
        if unknown:
            ask = partial(self._ask_for_jobs, farm_id, unknown)
            try:
                trouble = self._while_told("looking up the names of jobs", ask, LONGEST_SECONDS)
            except TimeoutError:
                trouble = Trouble(f"Some jobs are shown by their ids: {_TOO_LONG}", _TOO_LONG)
        return Named(self.known_jobs(job for _, job in pairs), trouble)

    def _ask_for_jobs(self, farm_id: FarmId, unknown: Sequence[tuple[str, str]]) -> Trouble:
        """Raises TimeoutError where that takes too long."""
        trouble, since = NONE, self._clock.monotonic()
        for at in range(0, len(unknown), MOST_JOBS):
            if self._clock.monotonic() - since > LONGEST_SECONDS:
                raise TimeoutError
            some = unknown[at : at + MOST_JOBS]
            try:
                found, failed = self._client.job_names(farm_id, some)
            except FarmCostsError as error:
                return Trouble(f"Jobs are shown by their ids: {error}", error)
            answered = {job: found.get(job, _NAMELESS) for _, job in some if job not in failed}
            with self._lock:
                self._jobs.update(answered)
            if failed:
                codes = ", ".join(sorted(set(failed.values())))
                fault = ServiceFault(f"BatchGetJob answered {codes} for them", "Try again later.")
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

    def cost_scale_factor(self, farm_id: FarmId) -> float | None:
        """The factor already in the farm's figures, or None where it can't be had."""
        key = ("scale", farm_id)
        if self._troubles.about(key) is not NONE:
            return None
        ask = partial(self._allowed_factor, farm_id)
        try:
            return self._kept(key, ask, "asking for the farm’s cost scale factor", LONGEST_SECONDS)
        except (FarmCostsError, TimeoutError) as error:
            self._troubles.remember(key, Trouble(str(error)))
            return None

    def _allowed_factor(self, farm_id: FarmId) -> float | None:
        try:
            return self._client.cost_scale_factor(farm_id)
        except AccessError:
            return None

    def people(self, farm_id: FarmId, user_ids: Iterable[str]) -> Named:
        """Names for as many ids as can be named; never an error, since ids do as well."""
        wanted, trouble = set(user_ids), NONE
        if self._people.strangers(wanted):
            trouble = self._troubles.about(farm_id)
            if trouble is NONE:
                trouble = self._asked_for(farm_id, wanted)
        return Named(self._people.called(wanted), trouble)

    def _asked_for(self, farm_id: FarmId, user_ids: Iterable[str]) -> Trouble:
        ask = partial(self._people.ask, farm_id, user_ids)
        try:
            return self._while_told("looking up the names of people", ask, LONGEST_SECONDS)
        except TimeoutError:
            too_long = Trouble(f"Some people are shown by their ids: {_TOO_LONG}", _TOO_LONG)
            return self._troubles.remember(farm_id, too_long)

    def _kept(
        self, key: Hashable, ask: Callable[[], T], doing: str, longest: float = math.inf
    ) -> T:
        """The answer kept under a key, or a new one; askers at the same moment share it."""

        def known() -> tuple[T] | None:
            with self._lock:
                return self._answers.get(key)

        def asked() -> T:
            with self._lock:
                asking = self._asking.setdefault(key, threading.Lock())
            with asking:
                kept = known()
                if kept is None:
                    kept = (ask(),)
                    with self._lock:
                        self._answers[key] = kept
                return kept[0]

        kept = known()
        return kept[0] if kept else self._while_told(doing, asked, longest)

    def _while_told(self, doing: str, ask: Callable[[], T], longest: float) -> T:
        """What asking gives or raises; TimeoutError where that takes too long."""
        since = self._clock.monotonic()
        longest = min(longest, max(0.0, self._time_left())) if longest < math.inf else longest

        def waiting() -> None:
            seconds = self._clock.monotonic() - since
            if seconds > longest:
                raise TimeoutError
            self._tell(Progress(0, 0, doing, seconds))

        return patiently(ask, waiting)
