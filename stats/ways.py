"""Ways to answer a question from history: which plan reads which days of which cuts.

History holds whole farms. Where fewer queues (or fleets) are asked for, rows must tell those apart
too, as if the question were broken down by them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache, cached_property, lru_cache, partial

from stats import particulars
from stats import plan as planning
from stats.dayfile import Shelf
from stats.errors import HistoryError, Unanswerable
from stats.history import History
from stats.listing import Held
from stats.looking import Changed
from stats.model import Dimension, Question, Window
from stats.plan import YARDSTICK, Cut, Plan
from stats.zone import Zone

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Way:
    """A plan with what it reads: the files of each cut, of the days that all of them cover.

    One that is not `usual` is not how the service would be asked. It may have left out other rows,
    for want of another key, so its answer counts only where it holds the total.
    """

    plan: Plan
    usual: bool
    total: Shelf
    yardstick: Shelf
    found: Mapping[Shelf, Held]

    @property
    def days(self) -> tuple[Window, ...]:
        return self._common.days

    @cached_property
    def held(self) -> Mapping[Shelf, Held]:
        """What is read of each cut."""
        return {shelf: held.among(self.days) for shelf, held in self.found.items()}

    @cached_property
    def _common(self) -> Held:
        common, *others = self.found.values()
        for other in others:
            common = common.among(other.days)
        return common

    def among(self, history: History, days: Iterable[Window]) -> Way:
        """The same with less to read; raises HistoryError."""
        some = tuple(days)
        return replace(self, found={shelf: history.covered(shelf, some) for shelf in self.found})


def worth(way: Way) -> tuple[bool, float]:
    """What comes first is best: it is as the service would be asked, and reads least."""
    return not way.usual, planning.price(way.plan)


def shared(
    history: History, every: Sequence[Way], days: tuple[Window, ...]
) -> list[tuple[Way, Way]]:
    """Ways, the best first, each with that way of those of some days that it is best for.

    Days that lack something in what a way reads are told by another one, if any tells all of them.
    Raises HistoryError, and Changed where files prove bad, or go.
    """
    left, whole, lacking = set(days), list[_Share](), list[tuple[Way, frozenset[Window]]]()
    for way in every:
        if not left:
            break
        if some := left.intersection(way.days):
            lacks = _lacking(history, way.among(history, _in(days, some)))
            whole.append((way, set(some - lacks)))
            lacking.append((way, lacks))
            left -= some - lacks
    for n, (way, lacks) in enumerate(lacking):
        mine = left & lacks
        left -= mine
        if way.usual:
            whole[n][1].update(mine)
        else:  # which has to hold the total: days that it lacks something of are tried apart
            whole.append((way, mine))
    shares = [(way, way.among(history, _in(days, some))) for way, some in whole if some]
    if sum(len(share.days) for _, share in shares) < len(days) - len(left):
        raise Changed
    return shares


_Share = tuple[Way, set[Window]]


def _in(days: tuple[Window, ...], some: Set[Window]) -> tuple[Window, ...]:
    """Some of the days, in their order; all of them as they are, which are many most often."""
    if len(some) == len(days):
        return days
    return tuple(day for day in days if day in some)


def _lacking(history: History, way: Way) -> frozenset[Window]:
    """Days of which something that a way reads does not hold all that there was."""
    lacks = [particulars.lacking(history, held) for held in way.held.values()]
    return frozenset[Window]().union(*lacks)


def ways(
    history: History,
    question: Question,
    days: tuple[Window, ...],
    unread: Callable[[Shelf, HistoryError], object],
) -> Iterator[Way]:
    """Every way to answer from whole farms, in any order.

    Cuts that can't be looked at are in none, and are told as `unread`.
    """
    within = within_of(question)
    dimensions = planning.needed(question)
    if within is not None:
        dimensions |= {question.scope.dimension}
    every = planning.candidates(question, dimensions)
    usual = _usual(question)
    covered = cache(partial(_covered, history, days, unread))
    for plan in (replace(one, within=within) for one in every):
        yield from _way(question, plan, covered, usual=plan == usual)
        for base in (*_finer(plan.base), *_of_three(history, question, plan)):
            other = replace(plan, base=base)
            yield from _way(question, other, covered, usual=other == usual)


def _usual(question: Question) -> Plan | None:
    """How the service would be asked first; None where it can't be."""
    with suppress(Unanswerable):
        return planning.plans(question)[0]
    return None


def _finer(cut: Cut) -> Iterator[Cut]:
    """Cuts by one dimension more, of a cut by one; none of the yardstick's."""
    if len(cut.by) == 1 and cut.by != YARDSTICK.by:
        others = (dimension for dimension in Dimension if dimension not in cut.by)
        yield from (Cut(tuple(sorted((*cut.by, other))), cut.hourly) for other in others)


def _of_three(history: History, question: Question, plan: Plan) -> Iterator[Cut]:
    """Cuts by three dimensions that history has, of a cut by fewer.

    Where it can't be told which there are, none: the cuts by fewer can't be looked at either, and
    are what is said of that.
    """
    found: tuple[Shelf, ...] = ()
    if not plan.each and plan.base.by != YARDSTICK.by:
        with suppress(HistoryError):
            found = history.of_three()
    for shelf in found:
        alike = shelf_of(question, replace(plan.base, by=shelf.by))
        if shelf == alike and set(plan.base.by) < set(shelf.by):
            yield Cut(shelf.by, shelf.hourly)


def within_of(question: Question) -> frozenset[str] | None:
    """The queues (or fleets) to keep of a farm's; None where all are asked for."""
    return None if planning.is_whole(question) else frozenset(planning.narrowed(question))


def _covered(
    history: History,
    days: tuple[Window, ...],
    unread: Callable[[Shelf, HistoryError], object],
    shelf: Shelf,
) -> Held | None:
    try:
        return history.covered(shelf, days)
    except HistoryError as error:
        unread(shelf, error)
        return None


def _way(
    question: Question, plan: Plan, covered: Callable[[Shelf], Held | None], *, usual: bool
) -> Iterator[Way]:
    """A plan's way, if all that it reads can be looked at."""
    resource = question.scope.dimension
    apart = () if plan.within is None else (resource,)
    total = Shelf(question.farm_id, resource, (*apart, *YARDSTICK.by))
    yardstick = Shelf(question.farm_id, resource, YARDSTICK.by)
    shelves = [base_shelf(question, plan), total, yardstick]
    shelves += [shelf_of(question, witness.cut) for witness in plan.witnesses]
    looked = {shelf: covered(shelf) for shelf in shelves}
    found = {shelf: held for shelf, held in looked.items() if held is not None}
    if len(found) == len(looked):
        yield Way(plan, usual, total, yardstick, found)


def base_shelf(question: Question, plan: Plan) -> Shelf:
    """Where the base cut of a plan lies: a run per queue (or fleet) tells that apart too."""
    apart = () if plan.each is None else (plan.each,)
    return shelf_of(question, replace(plan.base, by=(*plan.base.by, *apart)))


def shelf_of(question: Question, cut: Cut) -> Shelf:
    """Where a cut of whole days lies."""
    return Shelf(question.farm_id, question.scope.dimension, cut.by, cut.hourly)


def days(history: History, question: Question, window: Window) -> tuple[Window, ...]:
    """The days that history will most likely tell, by cuts that can be looked at."""
    within = days_of(Zone(question.timezone), window)
    told = {d for way in ways(history, question, within, lambda *_: None) for d in way.days}
    return _in(within, told)


@lru_cache(maxsize=64)  # pages ask about the same windows, which may be years
def days_of(zone: Zone, window: Window) -> tuple[Window, ...]:
    """The whole local days of a window, in order."""
    return tuple(Window(*edges) for edges in zone.days(window.start, window.end))


def touched(zone: Zone, windows: Iterable[Window]) -> Iterator[Window]:
    """The local days that have any hour in some windows."""
    for one in windows:
        after = zone.midnight(zone.last_day(one.end) + _DAY)
        for pair in zone.days(zone.midnight(zone.day(one.start)), after):
            yield Window(*pair)


def missing(window: Window, days: Sequence[Window]) -> tuple[Window, ...]:
    """What of a window is in none of some days, which are in order."""
    gaps, at = [], window.start
    for day in days:
        if at < day.start:
            gaps.append(Window(at, day.start))
        at = day.end
    if at < window.end:
        gaps.append(Window(at, window.end))
    return tuple(gaps)
