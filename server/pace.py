"""How fast a browser may ask: as a person clicks, and no faster."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class Pace:
    """So many a second in the long run, and some at once after a rest."""

    a_second: float
    at_once: int
    _left: float = field(init=False)
    _since: float = field(default=float("-inf"), init=False)

    def __post_init__(self) -> None:
        self._left = float(self.at_once)

    def pause(self, now: float) -> float:
        """How many seconds the next one has to wait; `now` is in seconds of any clock."""
        rested = (now - self._since) * self.a_second
        self._left = min(float(self.at_once), self._left + rested) - 1.0
        self._since = now
        return max(0.0, -self._left / self.a_second)
