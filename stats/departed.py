"""What history's totals have of queues (or fleets) that the service is not asked for any more."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from stats import memory, relation
from stats import plan as planning
from stats.cuts import Asked
from stats.history import History
from stats.listing import Held
from stats.memory import Whose
from stats.model import Window


@dataclass(frozen=True)
class Departed:
    """Their part of some days' total, as `memory.totals` has it.

    On `mixed` days something was asked for that is not any more, and history does not tell apart
    what of the total is of that.
    """

    total: pd.DataFrame
    mixed: frozenset[Window]

    @property
    def days(self) -> frozenset[pd.Timestamp]:
        """Where the days begin of which there is any."""
        rows = self.total[(self.total["cost_usd_sum"] > 0) | (self.total["count"] > 0)]
        return frozenset(rows["period_start"])


def still(asked: Asked, whose: Whose) -> frozenset[str]:
    """The queues (or fleets) of a question that the service can be asked for."""
    return frozenset(planning.narrowed(asked.question)) - whose.gone


def is_gone(asked: Asked, whose: Whose) -> bool:
    """Whether nothing is left of what a question is about, so that the service can't be asked."""
    return not still(asked, whose)


def departed(history: History, held: Held, whose: Whose, still: Iterable[str]) -> Departed:
    """What some days of a total have of others than those that are `still` asked for.

    Raises Foreign, Changed and HistoryError.
    """
    if whose.within is not None:
        return Departed(_of(history, held, whose, f"IN {relation.one_of(whose.gone)}"), frozenset())
    ids = frozenset(still)
    if not ids:  # the farm lists none any more
        return Departed(_summed(history, held, "TRUE"), frozenset())
    gone = {d: o.ids | o.kept for d, o in history.told(held).days.items()}
    gone = {day: strange for day, every in gone.items() if (strange := every - ids)}
    parted = Whose(whose.farm_id, whose.resource, ids)
    apart = history.covered(parted.shelf, tuple(gone))
    told = history.told(apart).days
    apart = apart.among([day for day in apart if gone[day] <= told[day].ids | told[day].kept])
    others = _of(history, apart, parted, f"NOT IN {relation.one_of(('', *ids))}")
    return Departed(others, frozenset(gone).difference(apart))


def lacking(history: History, asked: Asked, whose: Whose) -> tuple[Window, ...]:
    """Days of history, of whichever zone, that touch a farm's hours that the service is asked for.

    Those of which something is, or may be, of what is not asked for any more. Raises as
    `departed` does.
    """
    if whose.within is not None:
        return ()
    held = touching(history.listed(whose.shelf), asked.windows)
    found = departed(history, held, whose, still(asked, whose)) if held else None
    if found is None:
        return ()
    return tuple(d for d in held if d in found.mixed or pd.Timestamp(d.start) in found.days)


def _of(history: History, held: Held, whose: Whose, which: str) -> pd.DataFrame:
    return _summed(history, held, f"{whose.resource.column} {which}")


def _summed(history: History, held: Held, kept: str) -> pd.DataFrame:
    if not held:
        return memory.without_rows({"period_start": "datetime64[us, UTC]", "usage_type": "str"})
    return memory.summed(history, held, kept)


def touching(held: Held, windows: Iterable[Window]) -> Held:
    """Those of some days, of whichever zone, that have any time in common with some windows."""
    wanted = tuple(windows)
    meets = [d for d in held if any(d.start < w.end and w.start < d.end for w in wanted)]
    return held.among(meets)
