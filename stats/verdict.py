"""What the service tells now of a settled day, held against what history has of it.

It is judged by queue (or fleet) and usage type, by cost and records: what the service tells less
of, it has forgotten, or was never asked for again, as of a queue that was deleted since.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property

import pandas as pd

from stats import rounding
from stats.model import Dimension

_JUDGED = ("count", "cost_usd_sum", "runtime_seconds_sum")
Key = tuple[str, str]
"""A queue's (or fleet's) id and a usage type."""


class Verdict(StrEnum):
    """Whether the service tells as much as history has, more, or less in cost or records."""

    SAME = "same"
    MORE = "more"
    LESS = "less"


class Side(StrEnum):
    """Whose rows count: those that were kept, those that came now, or some of each."""

    KEPT = "kept"
    TAKEN = "taken"
    SPLIT = "split"


@dataclass(frozen=True)
class Cell:
    """A verdict, and how much cost (USD) and how many records fewer the service tells, if any.

    Where it tells fewer records of more cost, `more_usd` is how much more.
    """

    verdict: Verdict
    less_usd: float = 0.0
    less_count: int = 0
    more_usd: float = 0.0


@dataclass(frozen=True)
class Judgement:
    """The verdicts of a day by id and usage type; what is told less of `accepted` ids goes."""

    cells: Mapping[Key, Cell]
    accepted: frozenset[str] = frozenset()

    def accepting(self, ids: Iterable[str]) -> Judgement:
        """The same where less is to be taken of some ids too."""
        return replace(self, accepted=frozenset(ids))

    @cached_property
    def kept(self) -> dict[Key, Cell]:
        """What stays although, or since, the service tells less."""
        return {key: cell for key, cell in self._less.items() if key[0] not in self.accepted}

    @cached_property
    def gone(self) -> dict[Key, Cell]:
        """What is given up, since less was accepted."""
        return {key: cell for key, cell in self._less.items() if key[0] in self.accepted}

    @cached_property
    def _less(self) -> dict[Key, Cell]:
        return {key: cell for key, cell in self.cells.items() if cell.verdict is Verdict.LESS}

    @cached_property
    def has_news(self) -> bool:
        """Whether there is anything to be taken."""
        return bool(self.gone) or any(c.verdict is Verdict.MORE for c in self.cells.values())

    def side(self, one: str, usage_type: str | None = None) -> Side:
        """Whose rows count of an id, in rows of one usage type or of all together."""
        if usage_type is not None:
            cell = self.cells.get((one, usage_type))
            return Side.TAKEN if cell and self._takes(one, cell) else Side.KEPT
        cells = self._by_id.get(one, [])
        taken = any(self._takes(one, cell) for cell in cells)
        kept = any(c.verdict is Verdict.LESS and one not in self.accepted for c in cells)
        if taken and kept:
            return Side.SPLIT
        return Side.TAKEN if taken else Side.KEPT

    def _takes(self, one: str, cell: Cell) -> bool:
        is_accepted = cell.verdict is Verdict.LESS and one in self.accepted
        return cell.verdict is Verdict.MORE or is_accepted

    @cached_property
    def _by_id(self) -> dict[str, list[Cell]]:
        found: dict[str, list[Cell]] = defaultdict(list)
        for (one, _), cell in self.cells.items():
            found[one].append(cell)
        return found


def judged(resource: Dimension, stored: pd.DataFrame, fresh: pd.DataFrame) -> Judgement:
    """Every id and usage type of two that are by queue (or fleet) and usage type."""
    keys = [resource.column, "usage_type"]
    before, now = (rows.groupby(keys)[[*_JUDGED]].sum() for rows in (stored, fresh))
    every = before.index.union(now.index)
    before, now = (some.reindex(every, fill_value=0) for some in (before, now))
    found = zip(every, before.to_numpy().tolist(), now.to_numpy().tolist(), strict=True)
    return Judgement({(str(a), str(b)): _cell(was, tells) for (a, b), was, tells in found})


def _cell(was: list[float], tells: list[float]) -> Cell:
    count, cost, runtime = (_change(*pair) for pair in zip(was, tells, strict=True))
    if count < 0 or cost < 0:
        return Cell(Verdict.LESS, max(0.0, -cost), int(max(0.0, -count)), max(0.0, cost))
    if count > 0 or cost > 0 or runtime > 0:
        return Cell(Verdict.MORE)
    return Cell(Verdict.LESS if runtime < 0 else Verdict.SAME)


def _change(was: float, tells: float) -> float:
    """How much more is told; rounding is no change."""
    change = tells - was
    return 0.0 if abs(change) <= rounding.slack(was) else change


def is_less(stored: pd.DataFrame, fresh: pd.DataFrame) -> bool:
    """Whether rows hold less cost, or fewer records, than others did."""
    pairs = ((float(stored[m].sum()), float(fresh[m].sum())) for m in ("count", "cost_usd_sum"))
    return any(_change(*pair) < 0 for pair in pairs)
