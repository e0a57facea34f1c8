"""Months of history in one file, and history forgotten: fewer files, the same days covered.

A new file is there before the old ones go. Whoever looks in between finds a day twice, and takes
the file of fewer days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from stats import dayfile
from stats.dayfile import Shelf
from stats.description import Foreign
from stats.errors import HistoryError
from stats.history import History
from stats.listing import Held
from stats.looking import Changed
from stats.model import Window
from stats.reading import looked
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
                looked(history, (shelf,), partial(_put_together, history, shelf, stretch))
                yield Window(stretch[0].start, stretch[-1].end)


def _put_together(history: History, shelf: Shelf, days: Sequence[Window]) -> None:
    """Raises Changed."""
    old = set(history.listed(shelf).among(tuple(days)).files)
    _write_as_one(history, shelf, days)
    _remove(history, shelf, [file for file in old if not file.former], {*days})


def forget(history: History, shelves: Sequence[Shelf], before: datetime) -> int:
    """Takes out the days that end before an instant, or then; how many. Raises HistoryError."""
    taken = 0
    for shelf in shelves:
        with history.alone():
            history.forget_listing(shelf)
            taken += looked(history, (shelf,), partial(_forgotten, history, shelf, before))
    return taken


def _forgotten(history: History, shelf: Shelf, before: datetime) -> int:
    """Raises Changed."""
    listed = history.listed(shelf)
    old = [file for file in history.files(shelf) if file.days[0].end <= before]
    for file in old:
        rest = [day for day in file.days if day.end > before and listed.get(day) == file]
        for some in _on_end(rest):
            _write_as_one(history, shelf, some)
    _remove(history, shelf, old, {day for file in old for day in file.days})
    return sum(day.end <= before for day in listed)


def migrate(
    history: History, shelves: Sequence[Shelf], *, removes: bool = False
) -> Iterator[Window]:
    """Writes days that only the former format has in this one; yields what each file is of.

    What is of the former format stays, unless it `removes` files all of whose days are safely in
    this one. Raises HistoryError, where a file is not as it was written too.
    """
    for shelf in shelves:
        if not any(file.former for file in history.files(shelf)):
            continue
        with history.alone():
            history.forget_listing(shelf)
            listed = history.listed(shelf)
            for file in [file for file in listed.files if file.former]:
                for some in _on_end([day for day in file.days if listed[day] == file]):
                    looked(history, (shelf,), partial(_write_as_one, history, shelf, some))
                    yield Window(some[0].start, some[-1].end)
            if removes:
                _remove_former(history, shelf)


def _remove_former(history: History, shelf: Shelf) -> None:
    """Takes out former files whose days are all in files of this format, read to their ends."""
    sound = history.sound(shelf, history.listed(shelf), to_the_end=True)
    listed = history.listed(shelf)
    days = {day for day in sound if not listed[day].former}
    _remove(history, shelf, [file for file in history.files(shelf) if file.former], days)


def _on_end(days: Sequence[Window]) -> Iterator[list[Window]]:
    """Days, which are in order, in stretches without a gap."""
    stretch: list[Window] = []
    for day in days:
        if stretch and stretch[-1].end != day.start:
            yield stretch
            stretch = []
        stretch.append(day)
    if stretch:
        yield stretch


def _of_several_files(history: History, shelf: Shelf, now: datetime) -> list[list[Window]]:
    """The stretches of days that one file each would do for, and does not yet."""
    listed = history.listed(shelf)
    days = [] if shelf.hourly else sorted(listed, key=lambda day: day.start)
    return [some for some in _stretches(days, now) if not _is_one_file(listed, some)]


def _is_one_file(listed: Held, days: Sequence[Window]) -> bool:
    files = {listed[day] for day in days}
    return len(files) == 1 and not any(file.former for file in files)


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
    """Writes days that have files already, and are on end, as one file; raises Changed."""
    held = history.listed(shelf).among(tuple(days))
    if len(held) < len(days):
        raise Changed
    tables = []
    try:
        for file in held.files:
            table = history.checked(shelf, file)
            starts = pa.array([day.start for day in days if held[day] == file])
            wanted = pc.is_in(table["period_start"], starts.cast(table["period_start"].type))
            tables.append(table.filter(wanted).replace_schema_metadata(None))
        origins = history.told(held).days
    except Foreign as amiss:
        history.forget_listing(shelf)
        if not set(held.files) <= set(history.files(shelf)):
            raise Changed from amiss
        raise HistoryError(
            f"A file of {shelf.folder} is not as it was written: {amiss}",
            "Nothing is changed. `collect --verify` writes it anew.",
        ) from amiss
    table = pa.concat_tables(tables).sort_by(dayfile.order(shelf))
    history.put_table(shelf, {day: origins[day] for day in days}, table)


def _remove(history: History, shelf: Shelf, old: Iterable[File], days: set[Window]) -> None:
    """Takes out files all of whose days are elsewhere by now, or are to go."""
    for file in old:
        if days.issuperset(file.days):
            history.remove(shelf, file)
