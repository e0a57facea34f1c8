"""What history must have of a day, worked out from what it had and what the service tells."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from itertools import product

from stats.dayfile import Shelf
from stats.model import Dimension, Window
from stats.plan import YARDSTICK
from tests.stats import remembering as world
from tests.stats.remembering import FARM, TYPE, Cell, Kept, Record, Studio
from tests.stats.truth_of_memory import Cut

Cells = dict[Cell, int]
Accepted = Mapping[tuple[Dimension, Window], frozenset[str]]
"""The ids of a day of which less was taken."""


def total(resource: Dimension) -> Shelf:
    return Shelf(FARM, resource, YARDSTICK.by)


def by_id(resource: Dimension) -> Shelf:
    return Shelf(FARM, resource, (resource, TYPE))


def shelves_of(resource: Dimension) -> tuple[Shelf, Shelf]:
    return total(resource), by_id(resource)


@dataclass(frozen=True)
class Done:
    """What was done just now: whether days may be `new`, and which were asked for again.

    Those that were `left` stay as they were, since what is told contradicts them. What `is_broken`
    off has done only some of it.
    """

    new: bool = False
    collected: Collection[Window] = ()
    verified: Collection[Window] = ()
    accepted: Accepted | None = None
    left: Collection[tuple[Dimension, Window]] = ()
    is_broken: bool = False


def may_be(
    studio: Studio, shelf: Shelf, day: Window, before: Mapping[Shelf, Kept], done: Done
) -> list[Cells]:
    """Any of what may be there of a day by now."""
    accepted = (done.accepted or {}).get((shelf.resource, day))
    was = before[shelf].cells.get(day)
    still = [was] if done.is_broken and was is not None else []
    if accepted:
        return [*still, _taken(studio, shelf, day, before, accepted)]
    may = still + _may_be(studio, shelf, day, before, done.new, day in done.verified)
    if day in done.collected:  # where a cut holds more than the total, it is checked up
        now = _may_be(studio, shelf, day, before, done.new, True)
        may += [*now, *(_most(one, other) for one, other in product(may, now))]
    return may


def _may_be(
    studio: Studio,
    shelf: Shelf,
    day: Window,
    before: Mapping[Shelf, Kept],
    new: bool,
    verified: bool,
) -> list[Cells]:
    tells = studio.tells(shelf.resource, day)
    whole, ids = shelves_of(shelf.resource)
    mine = world.of_total if shelf == whole else dict
    was, now = before[shelf].cells.get(day), mine(world.sums(tells))
    if not verified or (day not in before[whole].cells and shelf == ids):
        return _kept(shelf, day, before, now, new=new)
    if day not in before[ids].cells:  # judged by usage type alone: all of it, or nothing
        return [now] if was is None else [was, now, _most(was, now)]
    if day not in before[whole].cells:
        return [_most(now, world.of_total(before[ids].cells[day]))]
    return [_taken(studio, shelf, day, before, ())]


def by_any(may: Iterable[Cells], cuts: Iterable[Cut]) -> list[Cells]:
    """Any of what may be a day's total, made as much as one of the cuts that tell usage types."""
    kinds = [
        {("", kind): amount for kind, amount in cut.kinds.items()} for cut in cuts if cut.tells
    ]
    return [_most(one, other) for one, other in product(may, kinds)]


def _kept(
    shelf: Shelf, day: Window, before: Mapping[Shelf, Kept], now: Cells, *, new: bool
) -> list[Cells]:
    """A day that stays; its total has by then what it holds by id, where one was copied over."""
    whole, ids = shelves_of(shelf.resource)
    was = before[shelf].cells.get(day)
    if was is None:
        return [now]
    may = [was, *([now] if new and not was else [])]
    if shelf == whole and day in before[ids].cells:
        may.append(both(was, world.of_total(before[ids].cells[day])))
    return may


def _taken(
    studio: Studio,
    shelf: Shelf,
    day: Window,
    before: Mapping[Shelf, Kept],
    accepted: Collection[str],
) -> Cells:
    """A day that is put together: what is more is taken, and less of `accepted` ids."""
    tells = studio.tells(shelf.resource, day)
    whole, ids = shelves_of(shelf.resource)
    cells = before[ids].cells[day]
    taken = {cell: world.cents(tells[cell]) for cell in world.more(before[ids], day, tells)}
    taken |= {cell: world.cents(tells.get(cell, ())) for cell in cells if cell[0] in accepted}
    put_together = {cell: amount for cell, amount in (cells | taken).items() if amount}
    if shelf == ids:
        return put_together
    was, known, then = before[whole].cells[day], world.of_total(put_together), world.of_total(cells)
    if taken:  # what no id held stays, but what ids are told to have now
        was = {cell: cost & ~then.get(cell, 0) for cell, cost in was.items()}
    found = both(was, known)
    return {cell: amount for cell, amount in found.items() if amount}


def less(
    before: Kept, studio: Studio, resource: Dimension, day: Window, ids: Collection[str]
) -> dict[Cell, int]:
    """The cells of some ids of which the service tells less cost or fewer records, and how much."""
    tells: Mapping[Cell, list[Record]] = studio.tells(resource, day)
    found = {}
    for cell, cost in before.cells[day].items():
        some = tells.get(cell, [])
        fewer = len(some) < before.counts[day][cell]
        if cell[0] in ids and (world.cents(some) < cost or fewer):
            found[cell] = max(0, cost - world.cents(some))
    return found


def both(one: Mapping[Cell, int], other: Mapping[Cell, int]) -> Cells:
    """All records of two."""
    return {cell: one.get(cell, 0) | other.get(cell, 0) for cell in one.keys() | other.keys()}


def _most(one: Mapping[Cell, int], other: Mapping[Cell, int]) -> Cells:
    return {cell: max(one.get(cell, 0), other.get(cell, 0)) for cell in one.keys() | other.keys()}
