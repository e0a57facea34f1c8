"""Who asks for runs, and how much of a farm each has had lately: who had least is the next.

A farm computes one run at a time, so whoever asks for many would keep all others waiting. Clients
take turns, and the sessions of one client among themselves; what a client had is forgotten after
some minutes, so that nobody who waits is passed over for longer.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Collection
from dataclasses import dataclass

LATELY_SECONDS = 600.0


@dataclass(frozen=True)
class Asker:
    """Who asks: a client (a person, or an address), in one of its sessions.

    One that `gives_way` comes after all others, whatever they had.
    """

    client: str = ""
    session: str = ""
    gives_way: bool = False


ANYBODY = Asker()
"""Whoever asks in a process of their own, such as a command."""

BY_NIGHT = Asker(gives_way=True)
"""A collector: nobody looks at what it asks for."""

Rank = tuple[bool, float, float]


class Shares:
    """Seconds of one farm's line by who had them. Not thread-safe."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._had: deque[tuple[float, Asker, float]] = deque()

    def take_in(self, askers: Collection[Asker], seconds: float) -> None:
        """They had so much just now, each an equal part of it."""
        now = self._monotonic()
        for asker in askers:
            self._had.append((now, asker, seconds / len(askers)))

    def ranking(self) -> Callable[[Collection[Asker]], Rank]:
        """What ranks askers of one run by who of them had least; the lowest is to be next."""
        since = self._monotonic() - LATELY_SECONDS
        while self._had and self._had[0][0] < since:
            self._had.popleft()
        clients: defaultdict[str, float] = defaultdict(float)
        sessions: defaultdict[Asker, float] = defaultdict(float)
        for _, asker, seconds in self._had:
            clients[asker.client] += seconds
            sessions[asker] += seconds

        def rank(askers: Collection[Asker]) -> Rank:
            return min((a.gives_way, clients[a.client], sessions[a]) for a in askers)

        return rank
