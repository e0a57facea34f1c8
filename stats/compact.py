"""Months of history in one file, and history forgotten: fewer files, the same days covered.

A new file is there before the old ones go. Whoever looks in between finds a day twice, and takes
the file of fewer days.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from stats import dayfile
from stats.dayfile import Foreign, Origin, Shelf
from stats.errors import HistoryError
from stats.history import History
from stats.model import Window
from stats.store import File

_DAY = timedelta(days=1)


def compact(history: History, shelves: Sequence[Shelf], now: datetime) -> Iterator[Window]:
    """Puts the days of each month that is over (UTC) into one file; yields what each is of.

    Days of 23 or 25 hours keep files of their own, and part a month, as gaps do. Days by the hour
    stay as they are. Raises HistoryError, where a file is not as it was written too.
    """
    for shelf in shelves:
        history.sweep(shelf)
        if not _of_several_files(history, shelf, now):
            continue
        with history.alone():
            history.forget_listing(shelf)
            for stretch in _of_several_files(history, shelf, now):
                listed = history.listed(shelf)
                old = {listed[day] for day in stretch}
                _write_as_one(history, shelf, stretch)
                _remove(history, shelf, old, {*stretch})
                yield Window(stretch[0].start, stretch[-1].end)


def forget(history: History, shelves: Sequence[Shelf], before: datetime) -> int:
    """Takes out the days that end before an instant, or then; how many. Raises HistoryError."""
    taken = 0
    for shelf in shelves:
        with history.alone():
            history.forget_listing(shelf)
            listed = history.listed(shelf)
            gone = {day for day in listed if day.end <= before}
            taken += len(gone)
            old = {listed[day] for day in gone}
            for file in old:
                rest = [day for day in file.days if day not in gone and listed[day] == file]
                if rest:
                    _write_as_one(history, shelf, rest)
            _remove(history, shelf, old, gone.union(*(file.days for file in old)))
    return taken


def _of_several_files(history: History, shelf: Shelf, now: datetime) -> list[list[Window]]:
    """The stretches of days that one file each would do for."""
    listed = history.listed(shelf)
    days = [] if shelf.hourly else sorted(listed, key=lambda day: day.start)
    return [some for some in _stretches(days, now) if len({listed[day] for day in some}) > 1]


def _stretches(days: Sequence[Window], now: datetime) -> Iterator[list[Window]]:
    """Days of 24 hours on end, within a month that is over."""
    this_month = (now.year, now.month)
    stretch: list[Window] = []
    for day in days:
        month = (day.start.year, day.start.month)
        if month >= this_month or day.end - day.start != _DAY:
            continue
        goes_on = stretch and stretch[-1].end == day.start and stretch[-1].start.month == month[1]
        if stretch and not goes_on:
            yield stretch
            stretch = []
        stretch.append(day)
    if stretch:
        yield stretch


def _write_as_one(history: History, shelf: Shelf, days: Sequence[Window]) -> None:
    """Writes days that have files already, and are on end, as one file."""
    listed = history.listed(shelf)
    tables, origins = [], []
    try:
        for file in dict.fromkeys(listed[day] for day in days):
            table = history.checked(shelf, file)
            starts = pa.array([day.start for day in days if listed[day] == file])
            wanted = pc.is_in(table["period_start"], starts.cast(table["period_start"].type))
            tables.append(table.filter(wanted).replace_schema_metadata(None))
            origins.append(dayfile.described(file.path, shelf, file.days))
    except Foreign as amiss:
        raise HistoryError(
            f"A file of {shelf.folder} is not as it was written: {amiss}",
            "Nothing is changed. `collect --verify` writes it anew.",
        ) from amiss
    table = pa.concat_tables(tables).sort_by(dayfile.order(shelf))
    history.put_table(shelf, tuple(days), table, _together(origins))


def _together(origins: Sequence[Origin]) -> Origin:
    """Where rows of several days are from: as old as the oldest, called as the last were."""
    last = max(origins, key=lambda one: one.fetched_at)
    factors = {one.cost_scale_factor for one in origins}
    names: dict[str, str] = {}
    for one in sorted(origins, key=lambda one: one.fetched_at):
        names |= one.resources
    return Origin(
        last.farm_name,
        names,
        last.cost_scale_factor if len(factors) == 1 else None,
        last.source,
        min(one.fetched_at for one in origins),
    )


def _remove(history: History, shelf: Shelf, old: set[File], days: set[Window]) -> None:
    """Takes out files all of whose days are elsewhere by now, or are to go."""
    for file in old:
        if days.issuperset(file.days):
            history.remove(shelf, file)
