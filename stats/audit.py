"""History looked through: what there is, what lacks, and whether it is as it was written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import groupby, islice, starmap

from stats import above, agreement, belief, particulars
from stats.agreement import Sums
from stats.amounts import usd
from stats.dayfile import Shelf
from stats.description import Foreign
from stats.history import History
from stats.listing import Held
from stats.looking import Changed
from stats.model import MISSING, Window
from stats.reading import looked, reading

_NOTHING: Sums = {MISSING: (0.0, 0)}


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
    found, cuts = list[Amiss](), dict[Shelf, _Cut]()
    for shelf in shelves:
        history.forget_listing(shelf)
    for shelf in shelves:
        empty, cuts[shelf] = looked(history, (shelf,), partial(_said, history, shelf))
        found += empty
    return [*found, *_beyond(cuts), *_below(cuts)]


@dataclass(frozen=True)
class _Cut:
    """What a cut holds of each day, nothing too, and the days that lack something by themselves."""

    sums: Mapping[Window, Sums] = field(default_factory=dict)
    lacks: frozenset[Window] = frozenset()

    def both(self, other: _Cut) -> list[Window]:
        """The days that another has as well, in order."""
        return sorted(self.sums.keys() & other.sums.keys(), key=lambda day: day.start)


def _said(history: History, shelf: Shelf) -> tuple[list[Amiss], _Cut]:
    """Days of a cut that can't be as empty as they are, and what it holds of others; or Changed."""
    held = history.listed(shelf)
    if not held:
        return [], _Cut()
    with reading(history, [held]):
        wrong, found = belief.contradicted(history, held), above.sums(history, held)
        sums = {day: found.get(day, _NOTHING) for day in held if day not in wrong}
        return _empty(shelf, wrong), _Cut(sums, particulars.lacking(history, held))


def _empty(shelf: Shelf, days: Sequence[Window]) -> list[Amiss]:
    """What is said of days without rows that other cuts contradict."""
    said = "on {:%Y-%m-%d %H:%M} UTC it holds nothing, and other cuts hold usage"
    return [Amiss(shelf.folder, said.format(day.start)) for day in days]


def _beyond(cuts: Mapping[Shelf, _Cut]) -> Iterator[Amiss]:
    """Days on which a cut holds more than the total of that day, or of a usage type of it."""
    total = next((cut for shelf, cut in cuts.items() if shelf.is_total), _Cut())
    for shelf, cut in cuts.items():
        for day in cut.both(total):
            for kind, cost, of_all in islice(agreement.beyond(cut.sums[day], total.sums[day]), 1):
                of = f" of {kind}" if kind else ""
                what = f"on {day.start:%Y-%m-%d %H:%M} UTC it holds {usd(cost)}{of}, and the total "
                yield Amiss(shelf.folder, f"{what}{usd(of_all)}")


def _below(cuts: Mapping[Shelf, _Cut]) -> Iterator[Amiss]:
    """Days of which a cut holds less than one by more dimensions, and does not say so of itself."""
    for shelf, cut in cuts.items():
        finer = [o for o in cuts if set(shelf.by) < set(o.by) and not shelf.is_total]
        named = set(cut.lacks)
        for other in finer:
            for day in cut.both(cuts[other]):
                (cost, _), (more, many) = (one.sums[day][MISSING] for one in (cut, cuts[other]))
                if day not in named and agreement.is_more(more, many, cost):
                    named.add(day)
                    what = f"on {day.start:%Y-%m-%d %H:%M} UTC it holds {usd(cost)}, and "
                    by = " and ".join(dimension.words for dimension in other.by)
                    yield Amiss(shelf.folder, f"{what}by {by} there are {usd(more)}")
