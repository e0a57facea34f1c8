"""What history tells of a question: the part of its window that the service need not be asked for.

History holds whole farms. Where fewer queues (or fleets) are asked for, rows must tell those apart
too, as if the question were broken down by them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cache, cached_property, lru_cache, partial

import numpy as np
import pandas as pd

from stats import belief, relation, rollup
from stats import plan as planning
from stats.dayfile import Shelf
from stats.errors import HistoryError, Unanswerable
from stats.history import History
from stats.join import Ambiguous
from stats.listing import Held
from stats.looking import MOST_LOOKS, Changed
from stats.model import Dimension, Question, Window
from stats.particulars import of_days, pairs, people_called, scale_factors
from stats.plan import YARDSTICK, Cut, Plan, Witness
from stats.reading import reading
from stats.relation import Rows
from stats.rollup import Answer, Known, Part
from stats.zone import Zone

Reading = Callable[[], AbstractContextManager[None]]


@dataclass(frozen=True)
class Past:
    """The answer for some days, as `rollup` has it, and their total by usage type.

    `read` is what it was made of, and `scale_factors` are those that its money was reported with,
    each until when (UTC). On `unplaced` days usage came late that some of that does not hold; of
    `kept` ones the service told less since. `told_less` is of days, by when they begin, what it
    told less in all (USD) by the time of the answer's own cut. Where the largest jobs are asked
    for, the answer is a Part: it is added up with what the service answers, `reading` meanwhile,
    and then closed.
    """

    days: tuple[Window, ...]
    answer: Answer | Part
    total: pd.DataFrame
    read: Mapping[Shelf, Held]
    scale_factors: Mapping[float, datetime]
    reading: Reading
    unplaced: tuple[Window, ...] = ()
    kept: tuple[Window, ...] = ()
    told_less: Mapping[datetime, float] = field(default_factory=dict)

    def close(self) -> None:
        """Lets go of what is still open."""
        if isinstance(self.answer, Part):
            self.answer.close()

    def people_called(self, user_ids: Iterable[str]) -> dict[str, str]:
        """The names that those users had, as far as they were known then and can still be read."""
        told = next((held for shelf, held in self.read.items() if Dimension.USER in shelf.by), None)
        if told is None:
            return {}
        with suppress(Changed, HistoryError), self.reading():
            called = people_called(told)
            return {user: called[user] for user in user_ids if user in called}
        return {}


@dataclass(frozen=True)
class _Way:
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


def told(history: History, question: Question, window: Window) -> Past | None:
    """What history tells of a question within a window; None where it tells nothing.

    Raises HistoryError where the folder can't be read.
    """
    for _ in range(MOST_LOOKS):
        try:
            return _told(history, question, window)
        except Changed:
            continue
    return None


def _told(history: History, question: Question, window: Window) -> Past | None:
    days = days_of(Zone(question.timezone), window)
    for way in sorted(_ways(history, question, days), key=_worth):
        if not way.days:
            return None
        with suppress(Ambiguous):
            return _answered(history, question, way)
    return None


def _worth(way: _Way) -> tuple[int, bool, float]:
    """What comes first is best: it covers most, and reads least."""
    return -len(way.days), not way.usual, planning.price(way.plan)


def _ways(history: History, question: Question, days: tuple[Window, ...]) -> Iterator[_Way]:
    """Every way to answer from whole farms, in any order."""
    within = _within(question)
    dimensions = planning.needed(question)
    if within is not None:
        dimensions |= {question.scope.dimension}
    every = planning.candidates(question, dimensions)
    usual = _usual(question)
    covered = cache(lambda shelf: history.covered(shelf, days))
    for plan in (replace(one, within=within) for one in every):
        yield _way(question, plan, covered, usual=plan == usual)
        for base in _finer(plan.base):
            yield _way(question, replace(plan, base=base), covered, usual=False)


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


def _within(question: Question) -> frozenset[str] | None:
    """The queues (or fleets) to keep of a farm's; None where all are asked for."""
    if question.scope.whole and question.values(question.scope.dimension) is None:
        return None
    return frozenset(planning.narrowed(question))


def _way(question: Question, plan: Plan, covered: Callable[[Shelf], Held], *, usual: bool) -> _Way:
    resource = question.scope.dimension
    apart = () if plan.within is None else (resource,)
    total = Shelf(question.farm_id, resource, (*apart, *YARDSTICK.by))
    yardstick = Shelf(question.farm_id, resource, YARDSTICK.by)
    shelves = [base_shelf(question, plan), total, yardstick]
    shelves += [_shelf(question, witness.cut) for witness in plan.witnesses]
    return _Way(plan, usual, total, yardstick, {shelf: covered(shelf) for shelf in shelves})


def base_shelf(question: Question, plan: Plan) -> Shelf:
    """Where the base cut of a plan lies: a run per queue (or fleet) tells that apart too."""
    apart = () if plan.each is None else (plan.each,)
    return _shelf(question, replace(plan.base, by=(*plan.base.by, *apart)))


def _shelf(question: Question, cut: Cut) -> Shelf:
    return Shelf(question.farm_id, question.scope.dimension, cut.by, cut.hourly)


def _answered(history: History, question: Question, way: _Way) -> Past:
    """Raises Ambiguous, and Changed where a file can't be read after all."""
    sound = [history.are_sound(held) for held in way.held.values()]
    if not all(sound):
        raise Changed
    days, plan, held = way.days, way.plan, way.held
    guarded = partial(reading, history, way.held.values())
    with guarded():
        if belief.shaken(history, way.held, way.yardstick):
            raise Changed
        base = held[base_shelf(question, plan)]
        if question.job_name_contains and _has_nameless(base):
            raise Ambiguous  # a search might pass over them; the service may name them
        resource, within = question.scope.dimension, plan.within
        every = held[way.total]
        total = every.once(
            ("total", within), lambda: rollup.by_usage_type(every.rows, resource, within)
        )
        witnesses = {witness: held[_shelf(question, witness.cut)] for witness in plan.witnesses}
        yardstick = held[way.yardstick]
        complete = frozenset(
            w for w, one in witnesses.items() if _whole(one)[1] == _whole(yardstick)[1]
        )
        made = rollup.answer if question.most_jobs is None else rollup.part
        known = Known(_whole(base) if within is None else None, complete)
        factors = scale_factors(yardstick)
        answer = made(plan, base.rows, {w: _shown(w, one) for w, one in witnesses.items()}, known)
    if not math.isfinite(answer.cost_usd) or not np.isfinite(total["cost_usd_sum"]).all():
        for one in held.values():
            history.doubt(one.shelf, one.files)
        raise Changed
    said = of_days(history, held, base, plan.within)
    past = Past(days, answer, total, held, factors, guarded, *said)
    if not way.usual and (answer.remarks or rollup.less(total, answer) != (0.0, 0)):
        past.close()
        raise Ambiguous
    return past


def _shown(witness: Witness, held: Held) -> Rows:
    """What a witness is told by; pairs of jobs are too many to be kept."""
    if witness.key is Dimension.JOB:
        return held.rows
    return pairs(held, witness)


def _whole(held: Held) -> tuple[float, int]:
    """Cost and records of days in all."""
    return held.once("whole", lambda: rollup.whole(held.rows))


def _has_nameless(held: Held) -> bool:
    """Whether there are jobs without a name."""

    def looked() -> bool:
        with relation.cursor() as con:
            relation.register(con, "jobs", held.rows)
            sql = "SELECT 1 FROM jobs WHERE job_id <> '' AND job_name = '' LIMIT 1"
            return bool(con.execute(sql).fetchall())

    return held.once("nameless", looked)


def days(history: History, question: Question, window: Window) -> tuple[Window, ...]:
    """The days that history will most likely tell; raises HistoryError."""
    within = days_of(Zone(question.timezone), window)
    return next((way.days for way in sorted(_ways(history, question, within), key=_worth)), ())


@lru_cache(maxsize=64)  # pages ask about the same windows, which may be years
def days_of(zone: Zone, window: Window) -> tuple[Window, ...]:
    """The whole local days of a window, in order."""
    return tuple(Window(*edges) for edges in zone.days(window.start, window.end))


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
