"""What may be said of a remembered farm's days: known, doubtful, or not known."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from itertools import product

from stats.knowledge import Knowledge
from stats.model import Report, Window
from tests.stats.answering import may_be
from tests.stats.questions_of_memory import Asking, Day
from tests.stats.remembering import REMEMBERED, by_type, sums
from tests.stats.truth_of_memory import Truth


def is_known(report: Report, asking: Asking, truth: Truth) -> None:
    """Each day is as well known as when it was first asked for says."""
    if asking.is_narrow:
        return
    firsts = list(_firsts(asking, truth))
    for day in asking.days_of(truth.studio):
        found = _found(report, day.part)
        if not truth.studio.is_settled(day.whole):
            assert found is Knowledge.KNOWN
            continue
        may = set(_may_be_known(day, asking, truth, firsts))
        sums = may_be(asking, truth, day).values()
        if truth.is_less(asking, day, sum(map(max, sums))):
            may.discard(Knowledge.KNOWN)
        is_short = (asking.resource, day.whole) in truth.short
        if is_short or truth.is_less(asking, day, sum(map(min, sums))):
            may.add(Knowledge.DOUBTFUL)
        if truth.is_at_least(asking, day):
            may = {Knowledge.DOUBTFUL}
        assert found in may, f"{day.part} is {found}, not {may}"


def _may_be_known(
    day: Day, asking: Asking, truth: Truth, firsts: list[datetime | None]
) -> Iterator[Knowledge]:
    total = truth.kept[asking.shelf]
    tells = any(map(max, may_be(asking, truth, day).values()))
    was = truth.was(asking, day)
    if was is None and truth.is_lost(asking.resource, day.whole):
        yield Knowledge.NOT_KNOWN
        return
    if was is None:
        yield from _may_be_known_now(day, asking, truth, firsts, has_usage=tells)
        return
    is_asked = truth.is_anew(asking, day)
    if truth.unasked(asking, day) and not is_asked:
        yield Knowledge.DOUBTFUL if was or tells else Knowledge.NOT_KNOWN
        if not was:
            yield Knowledge.NOT_KNOWN
        return
    asked = {total.first_asked.get(day.whole, truth.studio.now)}
    asked |= {truth.studio.now} if is_asked else set()
    lacks = _without(asking, truth, day.whole, total.about.get(day.whole, frozenset()))
    if lacks is not False and not is_asked:
        yield Knowledge.DOUBTFUL if was or tells else Knowledge.NOT_KNOWN
        if not was:
            yield Knowledge.NOT_KNOWN
    if lacks is True and not is_asked:
        return
    if is_asked and lacks_anew(day, asking, truth) is not False:
        yield Knowledge.DOUBTFUL if was or tells else Knowledge.NOT_KNOWN
    if was == {} and tells:  # an empty answer that another cut has belied is none
        asked.add(truth.studio.now)
    for at, first, has_usage in product(asked, firsts, {bool(was), bool(was) or tells}):
        yield _known(day, at, first, has_usage=has_usage)
    if truth.is_mixed(asking.resource, day.whole) and (was or tells):
        yield Knowledge.DOUBTFUL


def _may_be_known_now(
    day: Day, asking: Asking, truth: Truth, firsts: list[datetime | None], *, has_usage: bool
) -> Iterator[Knowledge]:
    """Of a day, or a part of one, that history has no total of."""
    lacks = _lacks(day.part, asking, truth)
    if lacks is not False:
        yield Knowledge.DOUBTFUL if has_usage else Knowledge.NOT_KNOWN
    if lacks is not True:
        yield from (_known(day, truth.studio.now, first, has_usage=has_usage) for first in firsts)
    if not day.is_whole and lacks is not True and _is_still_told(day.whole, asking, truth):
        at = truth.kept[asking.shelf].first_asked[day.whole]
        yield from (_known(day, at, first, has_usage=has_usage) for first in firsts)


def _known(day: Day, at: datetime, first: datetime | None, *, has_usage: bool) -> Knowledge:
    late = at > day.whole.end + REMEMBERED
    if not late and (has_usage or (first and day.whole.end > first)):
        return Knowledge.KNOWN
    return Knowledge.DOUBTFUL if has_usage else Knowledge.NOT_KNOWN


def _lacks(part: Window, asking: Asking, truth: Truth) -> bool | None:
    """Whether history has usage of what is deleted on a day that it touches; None: perhaps."""
    total, perhaps = truth.kept[truth.total(asking.resource)], False
    listed = frozenset(truth.studio.listed[asking.resource])
    if truth.studio.is_settled(part):
        perhaps = _without(asking, truth, part, listed) is not False
    for day in total.cells:
        if day.start < part.end and part.start < day.end:
            perhaps |= truth.is_mixed(asking.resource, day)
            if truth.of_gone(asking, day):
                return True
    return None if perhaps else False


def lacks_anew(day: Day, asking: Asking, truth: Truth) -> bool | None:
    """Whether a day that is asked for again lacks what is deleted; None: perhaps."""
    return _lacks(day.part, asking, truth)


def _without(asking: Asking, truth: Truth, day: Window, about: Collection[str]) -> bool | None:
    """Whether there was one that a day was not asked about: it is known to have been used before

    and after. None: perhaps, as it was used later, if history knows.
    """
    by_id, perhaps = truth.kept[truth.by_id(asking.resource)], False
    for key in set(truth.studio.ever[asking.resource]) - set(about):
        starts = [d.start for d, cells in by_id.cells.items() if any(c[0] == key for c in cells)]
        if starts and min(starts) < day.end and max(starts) >= day.start:
            return True
        every = (o for o in truth.studio.ran if o.keys[asking.resource] == key)
        perhaps |= any(one.at >= day.start for one in every)
    return None if perhaps else False


def _is_still_told(day: Window, asking: Asking, truth: Truth) -> bool:
    """Whether the service tells no less of a whole day than history has."""
    cells = truth.kept[asking.shelf].cells.get(day)
    now = by_type(sums(truth.studio.tells(asking.resource, day)))
    then = by_type(cells or {})
    return cells is not None and all(now.get(kind, 0) >= then[kind] for kind in then)


def _firsts(asking: Asking, truth: Truth) -> Iterator[datetime | None]:
    """Where the farm's first day with usage may be taken to begin."""
    known = truth.kept[asking.shelf].cells
    sure = [day.start for day, cells in known.items() if cells]
    late = []
    for day in asking.days_of(truth.studio):
        if truth.tells(asking, day.part):
            (sure if day.whole not in known else late).append(day.whole.start)
    first = min(sure, default=None)
    yield first
    for one in late:
        yield min(filter(None, (first, one)))


def _found(report: Report, part: Window) -> Knowledge:
    stretches = (report.doubtful, Knowledge.DOUBTFUL), (report.unknown, Knowledge.NOT_KNOWN)
    for some, what in stretches:
        if any(one.start <= part.start and part.end <= one.end for one in some):
            return what
    return Knowledge.KNOWN
