"""All cuts of a day of history, read and written together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import pandas as pd

from stats import dayfile, provenance, rounding, unheld
from stats.above import is_short
from stats.amendment import Amended, is_by
from stats.dayfile import Shelf
from stats.description import Origin, Unheld
from stats.history import History
from stats.model import Dimension, FarmId, Window
from stats.names import Names
from stats.plan import YARDSTICK
from stats.reading import looked, reading, rows_by_day
from stats.verdict import Judgement
from stats.zone import Zone

_OF_FILES = ("bucket", "period_end", "first_asked_at")
"""Columns that follow from the day, and are not a row's own."""
_AN_INSTANT = pd.DatetimeTZDtype("us", "UTC")


@dataclass(frozen=True)
class Entry:
    """What history has of a day: rows by cut, and where each is from.

    What is in a file that is not as it should be is not there.
    """

    rows: Mapping[Shelf, pd.DataFrame]
    origins: Mapping[Shelf, Origin]

    @property
    def unplaced(self) -> frozenset[Shelf]:
        """Cuts that lack something that came later."""
        return frozenset(shelf for shelf, one in self.origins.items() if one.unplaced)


class Daybook:
    """Reads and writes days of a history; all of it may raise HistoryError."""

    def __init__(self, history: History, names: Names, source: str, zone: Zone) -> None:
        self.history = history
        self._names = names
        self._source = source
        self.zone = zone

    def shelves(self, farm_id: str, resource: Dimension, days: Iterable[Window]) -> list[Shelf]:
        """The cuts that any of some days are there of."""
        days = tuple(days)
        every = [
            s for s in self.history.shelves() if (s.farm_id, s.resource) == (farm_id, resource)
        ]
        return [shelf for shelf in every if any(day in self.history.listed(shelf) for day in days)]

    def read(self, shelves: Iterable[Shelf], day: Window, *, anew: bool = False) -> Entry:
        """A day's cuts, of those; `anew` looks again at what there is."""
        return entry_of(self.history, shelves, day, anew=anew)

    def apart(self, shelf: Shelf, days: Iterable[Window]) -> dict[Window, pd.DataFrame]:
        """The rows of a cut by day, of those of some days that are there."""
        return rows_by_day(self.history, shelf, days)

    def fresh(
        self, shelf: Shelf, rows: pd.DataFrame, days: tuple[Window, ...], fetched_at: datetime
    ) -> dict[Window, pd.DataFrame]:
        """A run's rows by day, as `read` gives a cut's; raises what listings raise."""
        factor = self._names.cost_scale_factor(FarmId(shelf.farm_id))
        named = provenance.named(self._names, shelf, rows)
        found = {}
        for day, some in dayfile.by_day(named, shelf, days, self.zone).items():
            made = dayfile.composed(some, shelf).assign(
                fetched_at=pd.Timestamp(fetched_at).as_unit("us"),
                cost_scale_factor=float("nan") if factor is None else factor,
            )
            found[day] = _alike(made)
        return found

    def write(
        self,
        day: Window,
        found: Mapping[Shelf, Amended],
        before: Entry,
        ids: Iterable[str],
        judgement: Judgement | None = None,
    ) -> int:
        """Writes cuts of a day in their order, and gives how many; `ids` were asked for.

        Without a judgement the same of it is kept as was. Raises what listings raise, and then
        nothing is written.
        """
        about = self.history.now(), frozenset(ids)
        now = {
            shelf: provenance.origin(self._names, self._source, shelf, *about) for shelf in found
        }
        for shelf, one in found.items():
            origin = origin_of(now[shelf], before.origins.get(shelf), one)
            less, beside = _told_less(shelf, one, found, before), _unheld(shelf, found)
            origin = replace(origin, told_less=less, unheld=beside)
            if origin.short:
                origin = replace(origin, short=self._is_short(shelf, day, one, before, judgement))
            if judgement:
                kept = frozenset(one for one, _ in judgement.kept if one)
                gone = frozenset(one for one, _ in judgement.gone)
                gone = (gone if "" not in gone else judgement.accepted) - kept
                left, given_up = gone - now[shelf].ids, origin.given_up.union(filter(None, gone))
                origin = replace(origin, kept=kept, ids=origin.ids - left, given_up=given_up)
            self.history.put(shelf, day, one.rows, origin)
        return len(found)

    def _is_short(
        self,
        shelf: Shelf,
        day: Window,
        now: Amended,
        before: Entry,
        judgement: Judgement | None,
    ) -> bool:
        """Whether a total that another cut held more than is so still: until it has grown enough,

        or less was accepted. It is written after the others.
        """
        if judgement and judgement.gone:
            return False
        cost, was = _usd(now.rows), _usd(before.rows[shelf])
        return cost - was <= rounding.slack(was) or is_short(self.history, shelf, day, now.rows)

    def set_aside(self, when: datetime, day: Window, before: Entry) -> list[str]:
        """Copies what there is of a day to where it is not read; where each file is, in words."""
        return [
            self.history.set_aside(when, shelf, day, rows, before.origins[shelf])
            for shelf, rows in before.rows.items()
        ]


def entry_of(
    history: History, shelves: Iterable[Shelf], day: Window, *, anew: bool = False
) -> Entry:
    """A day's cuts, of those; `anew` looks again at what there is. Raises HistoryError."""
    rows: dict[Shelf, pd.DataFrame] = {}
    origins: dict[Shelf, Origin] = {}
    for shelf in shelves:
        if anew:
            history.forget_listing(shelf)
        found = looked(history, (shelf,), partial(_read, history, shelf, day))
        if found is not None:
            origins[shelf], rows[shelf] = found
    return Entry(rows, origins)


def _read(history: History, shelf: Shelf, day: Window) -> tuple[Origin, pd.DataFrame] | None:
    """A day of a cut; None where it is not there. Raises Changed."""
    held = history.listed(shelf).among((day,))
    if not held:
        return None
    with reading(history, [held]):
        return history.told(held).days[day], _alike(history.table(held))


def _told_less(shelf: Shelf, one: Amended, found: Mapping[Shelf, Amended], before: Entry) -> float:
    """What was told less of a cut before, in USD: as far as its rows still lack it of the total,

    or the total lacks it itself.
    """
    origin = before.origins.get(shelf)
    total = replace(shelf, by=YARDSTICK.by, hourly=False)
    then = before.rows.get(total)
    of_day = found[total].rows if total in found else then
    if origin is None or of_day is None or not origin.told_less:
        return 0.0
    lacks = _usd(of_day) - _usd(one.rows)
    if then is not None:
        short = origin.told_less - (_usd(then) - _usd(before.rows[shelf]))
        lacks += short if short > rounding.slack(_usd(then)) else 0.0
    return max(0.0, min(origin.told_less, lacks))


def _usd(rows: pd.DataFrame) -> float:
    return float(rows["cost_usd_sum"].sum())


def _unheld(shelf: Shelf, found: Mapping[Shelf, Amended]) -> Unheld | None:
    """What the total holds beside the cut by queue (or fleet), where both are written together."""
    total = replace(shelf, by=YARDSTICK.by, hourly=False)
    if total not in found or not is_by(shelf, shelf.resource, *YARDSTICK.by):
        return None
    return unheld.said(found[total].rows, found[shelf].rows)


def _alike(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of files, and of answers, with the same columns of the same kinds."""
    times = [c for c in ("period_start", "fetched_at") if rows[c].dtype != _AN_INSTANT]
    kept = rows.drop(columns=[c for c in _OF_FILES if c in rows])
    return kept.astype(dict.fromkeys(times, _AN_INSTANT)) if times else kept


def origin_of(now: Origin, before: Origin | None, one: Amended) -> Origin:
    """Where a day is from that was put together: as old as its oldest row, named as it was."""
    rows = one.rows
    taken = rows["fetched_at"].min().to_pydatetime() if len(rows) else now.fetched_at
    factors = set(rows["cost_scale_factor"].dropna())
    is_one = len(factors) == 1 and not rows["cost_scale_factor"].hasnans
    found = replace(
        now,
        cost_scale_factor=factors.pop() if is_one else None if len(rows) else now.cost_scale_factor,
        fetched_at=taken,
        first_asked_at=taken,
        unplaced=not one.complete,
    )
    if before is None:
        return found
    names = dict(now.resources) | {key: name for key, name in before.resources.items() if name}
    first = min(before.first_asked_at, taken)
    ids = now.ids | before.ids
    found = replace(found, resources=names, ids=ids, kept=before.kept, first_asked_at=first)
    set_off = before.set_off or one.set_off
    return replace(found, short=before.short, given_up=before.given_up, set_off=set_off)
