"""People by name: Identity Center is asked, where it may be; roles are called by their ids."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Hashable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from cachetools import TTLCache

from stats.client import Client
from stats.errors import FarmCostsError
from stats.model import FarmId

_IDENTITY_CENTER_ID = re.compile(
    r"([0-9a-f]{10}-)?[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}"
)
LONGEST_SECONDS = 60.0
"""How long one question waits for names of a kind, before the others are shown by ids."""

_TROUBLE_SECONDS = 60.0
_MOST_PEOPLE = 10_000


@dataclass(frozen=True)
class Trouble:
    """What kept some from being named, as it is said (empty: nothing), and the error behind it."""

    said: str = ""
    cause: FarmCostsError | None = None


NONE = Trouble()


class Troubles:
    """What kept names from being had within the last minute. Thread-safe."""

    def __init__(self, timer: Callable[[], float]) -> None:
        self._last: TTLCache[Hashable, Trouble] = TTLCache(1_000, _TROUBLE_SECONDS, timer=timer)
        self._lock = threading.Lock()

    def about(self, key: Hashable) -> Trouble:
        """What there was, or NONE."""
        with self._lock:
            return self._last.get(key, NONE)

    def remember(self, key: Hashable, trouble: Trouble) -> Trouble:
        """Keeps it, and gives it back."""
        with self._lock:
            self._last[key] = trouble
        return trouble

    def forget(self) -> None:
        """Whoever asks next asks the service."""
        with self._lock:
            self._last.clear()


@dataclass(frozen=True)
class Named:
    """Display names by id, and what kept the others from being named."""

    names: dict[str, str]
    trouble: Trouble = NONE


def is_user_id(text: str) -> bool:
    """Whether a text has the form of a user id: Identity Center's, or an ARN."""
    return is_in_identity_center(text) or text.startswith("arn:")


def short_name(user_id: str) -> str:
    """What to call somebody by the id alone: an ARN's last part, else the id as it is."""
    return user_id.rsplit("/", 1)[-1] if user_id.startswith("arn:") else user_id


def is_in_identity_center(user_id: str) -> bool:
    """Whether a user id has the form of Identity Center's."""
    return bool(_IDENTITY_CENTER_ID.fullmatch(user_id))


IsWanted = Callable[[], bool]
"""Whether somebody still waits; who asks for many stops where nobody does."""


class People:
    """Names by user id, each kept for `seconds`. Thread-safe; one question at a time."""

    def __init__(
        self,
        client: Client,
        troubles: Troubles,
        timer: Callable[[], float],
        seconds: float,
        store_id: str | None,
        region: str | None,
    ) -> None:
        self._client = client
        self._troubles = troubles
        self._store_id = store_id
        self._region = region
        self._names: TTLCache[str, str] = TTLCache(_MOST_PEOPLE, seconds, timer=timer)
        self._lock = threading.Lock()
        self._asking = threading.Lock()

    def forget(self) -> None:
        """Asks anew from now on."""
        with self._lock:
            self._names.clear()

    def known(self, user_ids: Iterable[str]) -> dict[str, str]:
        """The names of those that are known; nothing is asked for."""
        with self._lock:
            found = {user: self._names.get(user) for user in user_ids}
        return {user: name for user, name in found.items() if name}

    def ask(self, farm_id: FarmId, strangers: Sequence[str], is_wanted: IsWanted) -> Named:
        """The names of strangers, unless they were asked for in vain within the last minute."""
        found: dict[str, str] = {}
        with self._asking:
            trouble = self._troubles.about(farm_id)
            if trouble is NONE:
                found |= self.known(strangers)
                unknown = [user for user in strangers if user not in found]
                trouble = self._asked(farm_id, unknown, found, is_wanted)
        return Named(found, trouble)

    def _asked(
        self, farm_id: FarmId, unknown: Sequence[str], found: dict[str, str], is_wanted: IsWanted
    ) -> Trouble:
        """Adds to what was found; gives what kept the rest from it."""
        if not unknown or not is_wanted():
            return NONE
        try:
            store_id = self._store_id or self._client.identity_store_id(farm_id)
            if store_id is not None:
                self._ask_for_each(store_id, unknown, found, is_wanted)
                return NONE
            why = "The farm has no members, so Identity Center can't be asked for names."
            trouble = Trouble(why)
        except FarmCostsError as error:
            who = "Some people" if found else "People"
            trouble = Trouble(f"{who} are shown by their ids: {error}", error)
        return self._troubles.remember(farm_id, trouble)

    def _ask_for_each(
        self,
        store_id: str,
        user_ids: Sequence[str],
        found: dict[str, str],
        is_wanted: IsWanted,
    ) -> None:
        """The first alone, since who may not ask for one may not for all."""

        def ask(user_id: str) -> None:
            if is_wanted():
                found[user_id] = self._asked_for(store_id, user_id)

        first, *others = user_ids
        ask(first)
        with ThreadPoolExecutor(8) as askers:
            list(askers.map(ask, others))

    def _asked_for(self, store_id: str, user_id: str) -> str:
        name = self._client.person(store_id, user_id, self._region) or user_id
        with self._lock:
            self._names[user_id] = name
        return name
