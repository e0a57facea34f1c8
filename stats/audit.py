"""History looked through: what there is, what lacks, and whether it is as it was written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from itertools import groupby, starmap

import pandas as pd

from stats import agreement, belief, particulars, relation
from stats.amounts import usd
from stats.dayfile import Shelf
from stats.description import Foreign
from stats.history import History
from stats.listing import Held
from stats.looking import Changed
from stats.model import Dimension, Window
from stats.reading import looked, reading


@dataclass(frozen=True)
class Coverage:
    """What there is of one cut: its days in order, its files and their size in bytes.

    `gaps` are days of the farm's that this cut lacks, between its first and its last. `written` is
    when the last of its files was.
    """

    shelf: Shelf
    days: tuple[Window, ...]
    gaps: tuple[Window, ...]
    files: int
    size: int
    written: datetime


@dataclass(frozen=True)
class Amiss:
    """Something that is not as it should be, and where."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


def coverage(history: History, shelves: Sequence[Shelf]) -> list[Coverage]:
    """What there is of each shelf; raises HistoryError."""
    listed = {shelf: history.listed(shelf) for shelf in shelves}
    known: dict[object, set[Window]] = {}
    for shelf, found in listed.items():
        known.setdefault(_family(shelf), set()).update(found)
    return [
        _coverage(shelf, listed[shelf], known[_family(shelf)]) for shelf in shelves if listed[shelf]
    ]


def strangers(history: History) -> Iterator[Amiss]:
    """What stands where a folder or a file of history belongs, and is none; raises HistoryError."""
    return starmap(Amiss, history.strangers())


def amiss(history: History, shelves: Sequence[Shelf]) -> Iterator[Amiss]:
    """Files that are not as they were written, and cuts that hold more than the total.

    Reads all of it; raises HistoryError.
    """
    for _, family in groupby(sorted(shelves, key=lambda one: str(_family(one))), _family):
        sound = []
        for shelf in family:
            bad = looked(history, (shelf,), partial(_bad, history, shelf))
            yield from bad
            sound += [] if bad or shelf.hourly else [shelf]
        found = _contradictions(history, sound)
        again = _contradictions(history, sound) if found else []
        yield from (one for one in found if one in again)  # others may have been writing them


def _family(shelf: Shelf) -> tuple[str, str, bool]:
    """What has one total."""
    return shelf.farm_id, shelf.resource, shelf.hourly


def _coverage(shelf: Shelf, found: Held, known: set[Window]) -> Coverage:
    days = sorted(found, key=lambda day: day.start)
    first, last = days[0].start, days[-1].end
    within = {day for day in known if first <= day.start and day.end <= last}
    gaps = sorted(within - set(days), key=lambda day: day.start)
    files = found.files
    size, changed = sum(file.size for file in files), max(file.changed for file in files)
    written = datetime.fromtimestamp(changed / 1e9, UTC)
    return Coverage(shelf, tuple(days), tuple(gaps), len(files), size, written)


def _bad(history: History, shelf: Shelf) -> list[Amiss]:
    """Files that are not as they were written; raises Changed where one has gone meanwhile."""
    found = []
    for file in sorted(set(history.listed(shelf).files), key=lambda one: one.where):
        try:
            history.look_through(shelf, file)
        except Foreign as error:
            if file not in history.files(shelf):
                raise Changed from error
            found.append(Amiss(file.where, str(error)))
    return found


def _contradictions(history: History, shelves: Sequence[Shelf]) -> list[Amiss]:
    """What cuts of one total say that can't be beside what the others say."""
    found, sums = list[Amiss](), dict[Shelf, pd.DataFrame]()
    for shelf in shelves:
        history.forget_listing(shelf)
    for shelf in shelves:
        empty, rows = looked(history, (shelf,), partial(_said, history, shelf))
        found += empty
        sums |= {} if rows is None else {shelf: rows}
    return [*found, *_beyond(sums), *_below(sums)]


def _said(history: History, shelf: Shelf) -> tuple[list[Amiss], pd.DataFrame | None]:
    """Days of a cut that can't be as empty as they are, and its sums, if any; raises Changed."""
    held = history.listed(shelf)
    with reading(history, [held]):
        if not held:
            return [], None
        lacks = {pd.Timestamp(day.start) for day in particulars.lacking(history, held)}
        wrong, told = belief.contradicted(history, held), history.told(held)
        empty = [day for day in held if not told.rows_of(day) and day not in wrong]
        rows = _with_nothing(_sums(history, held), empty)
        known = pd.Series([at in lacks for at in rows["day"]], rows.index, dtype=bool)
        return _empty(shelf, wrong), rows.assign(lacks=known)


def _empty(shelf: Shelf, days: Sequence[Window]) -> list[Amiss]:
    """What is said of days without rows that other cuts contradict."""
    said = "on {:%Y-%m-%d %H:%M} UTC it holds nothing, and other cuts hold usage"
    return [Amiss(shelf.folder, said.format(day.start)) for day in days]


def _with_nothing(sums: pd.DataFrame, days: Sequence[Window]) -> pd.DataFrame:
    """Sums, and those of days that hold nothing: zero in all."""
    starts = [pd.Timestamp(day.start) for day in days]
    zero = pd.DataFrame({"day": starts, "kind": "", "cost": 0.0, "rows": 0}).astype(sums.dtypes)
    return pd.concat([sums, zero], ignore_index=True)


def _sums(history: History, held: Held) -> pd.DataFrame:
    """Cost and number of rows by day: of all (kind “”), and of each usage type that is told."""
    of_days = "SELECT period_start AS day, {} AS kind, fsum(cost_usd_sum) AS cost, count(*) AS rows"
    sql = f"{of_days.format(repr(''))} FROM base GROUP BY ALL"
    if Dimension.USAGE_TYPE in held.shelf.by:
        told = f"{of_days.format('usage_type')} FROM base WHERE usage_type <> '' GROUP BY ALL"
        sql = f"{sql} UNION ALL {told}"
    with relation.cursor() as con:
        relation.register(con, "base", history.stored(held))
        return con.execute(f"{sql} ORDER BY day, kind").df()


def _beyond(sums: dict[Shelf, pd.DataFrame]) -> Iterator[Amiss]:
    """Days on which a cut holds more than the total of that day, or of a usage type of it."""
    total = next((rows for shelf, rows in sums.items() if shelf.is_total), None)
    if total is None:
        return
    for shelf, rows in sums.items():
        there, named = rows[rows["day"].isin(total["day"])], set[object]()
        both = there.merge(total, how="left", on=["day", "kind"], suffixes=("", "_in_all"))
        both = both.fillna({"cost_in_all": 0.0})
        columns = (both[name].tolist() for name in ("day", "kind", "cost", "rows", "cost_in_all"))
        for day, kind, cost, rows_of_day, total_cost in zip(*columns, strict=True):
            if day not in named and agreement.is_more(cost, rows_of_day, total_cost):
                named.add(day)
                of = f" of {kind}" if kind else ""
                what = f"on {day:%Y-%m-%d %H:%M} UTC it holds {usd(cost)}{of}, and the total "
                yield Amiss(shelf.folder, f"{what}{usd(total_cost)}")


def _below(sums: dict[Shelf, pd.DataFrame]) -> Iterator[Amiss]:
    """Days of which a cut holds less than one by more dimensions, and does not say so of itself."""
    of_all = {shelf: rows[rows["kind"] == ""] for shelf, rows in sums.items()}
    for shelf, rows in of_all.items():
        finer = [o for o in of_all if set(shelf.by) < set(o.by) and not shelf.is_total]
        whole, named = rows[~rows["lacks"]], set[object]()
        for other in finer:
            both = whole.merge(of_all[other], on="day", suffixes=("", "_finer"))
            columns = (both[name].tolist() for name in ("day", "cost", "cost_finer", "rows_finer"))
            for day, cost, more, many in zip(*columns, strict=True):
                if day not in named and agreement.is_more(more, many, cost):
                    named.add(day)
                    what = f"on {day:%Y-%m-%d %H:%M} UTC it holds {usd(cost)}, and "
                    by = " and ".join(dimension.words for dimension in other.by)
                    yield Amiss(shelf.folder, f"{what}by {by} there are {usd(more)}")
