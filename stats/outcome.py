"""What came of collecting one farm, and of checking up what history has of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from stats.conflict import Conflict
from stats.errors import FarmCostsError
from stats.model import Dimension, FarmId, Window
from stats.verdict import Judgement, Key


@dataclass(frozen=True)
class Less:
    """What the service tells less of a day's id and usage type than history has.

    `scale_factor` is the farm's when the day was collected. The id is empty where history does not
    tell them apart on that day. Where there are fewer records of more cost, `more_usd` is how much
    more.
    """

    resource: Dimension
    day: Window
    id: str
    usage_type: str
    cost_usd: float
    count: int
    scale_factor: float | None
    more_usd: float = 0.0


def less_of(
    resource: Dimension, day: Window, judgement: Judgement, factor: float | None
) -> list[Less]:
    """What a judgement has of it, in the order of ids and usage types."""
    cells = (judgement.kept | judgement.gone).items()
    return [
        Less(resource, day, one, kind, cell.less_usd, cell.less_count, factor, cell.more_usd)
        for (one, kind), cell in sorted(cells)
    ]


@dataclass
class Outcome:
    """What came of collecting one farm: days of cuts written, and what could not be had.

    One that `goes_back` ends without an error where the service refuses: it answers `back_to` then.
    `changed` are settled days of which more was taken in, and `unplaced` those of them on which
    some breakdown does not hold what came later; `less` is what the service tells less of, which
    history keeps. `conflicts` are days that stay as they were, though more is told, or though
    history contradicts itself. What was replaced by less is in the files `aside`. On `quiet` days
    only those worked that are gone by now. Of `nobodys` days the service tells no more whose some
    usage was, which history knows.
    """

    farm_id: FarmId
    goes_back: bool = False
    written: int = 0
    errors: list[FarmCostsError] = field(default_factory=list)
    back_to: datetime | None = None
    changed: list[tuple[Dimension, Window]] = field(default_factory=list)
    unplaced: list[tuple[Dimension, Window]] = field(default_factory=list)
    less: list[Less] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    aside: list[str] = field(default_factory=list)
    quiet: set[tuple[Dimension, Window]] = field(default_factory=set)
    nobodys: set[Window] = field(default_factory=set)

    def take(
        self, resource: Dimension, day: Window, kept: Collection[Key], *, complete: bool
    ) -> None:
        """A day was put together: of what the service tells less, `kept` is what stays."""
        self.less = [
            one
            for one in self.less
            if (one.resource, one.day) != (resource, day) or (one.id, one.usage_type) in kept
        ]
        self.change(resource, day, complete=complete)

    def change(self, resource: Dimension, day: Window, *, complete: bool) -> None:
        """A day is another by now: what was said of it before, of conflicts too, is so no more."""
        about = (resource, day)
        self.changed += [about] if about not in self.changed else []
        self.unplaced = [one for one in self.unplaced if one != about]
        self.unplaced += [] if complete else [about]
        self.conflicts = [one for one in self.conflicts if (one.resource, one.day) != about]

    def leave(self, conflict: Conflict) -> None:
        """A day stays as it was, which is said once."""
        known = {(one.resource, one.day) for one in self.conflicts}
        if (conflict.resource, conflict.day) not in known:
            self.conflicts.append(conflict)
