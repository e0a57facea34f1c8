"""Which cuts answer a question, and which runs make a cut. Pure: nothing is asked here.

The service groups by at most two dimensions. A question about more is answered from one base
cut and witnesses: cuts that show, key by key, what one of the base's dimensions determines. A
job has one user and one queue; an instance type or a licence product is used, as far as the data
shows, under one usage type. A witness is data, so whether it really determines is seen when the
rows are joined (`rollup`), and a plan that proves wrong gives way to the next one.

What some queues did on some fleets may be asked of either: see `turned`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from math import ceil, prod

from stats.errors import Unanswerable
from stats.model import (
    COMPUTE,
    LICENSE,
    MISSING,
    Dimension,
    FarmId,
    Filter,
    Period,
    Question,
    Scope,
    Window,
    is_id,
)
from stats.zone import Zone

MOST_IDS, MOST_GROUP_BYS = 10, 2
"""Of queues or fleets, and of dimensions, in one aggregation: the service's limits."""

DETERMINED_BY = {
    Dimension.USER: (Dimension.JOB,),
    Dimension.QUEUE: (Dimension.JOB,),
    Dimension.USAGE_TYPE: (Dimension.INSTANCE_TYPE, Dimension.LICENSE_PRODUCT),
}
"""What is told by what, in any question."""

_ONLY_OF = {Dimension.INSTANCE_TYPE: COMPUTE, Dimension.LICENSE_PRODUCT: LICENSE}
"""The usage type that these are of: usage of any other type does not have them."""

_TYPICAL_KEYS_A_DAY = {
    Dimension.JOB: 100,
    Dimension.USER: 15,
    Dimension.QUEUE: 8,
    Dimension.FLEET: 4,
    Dimension.USAGE_TYPE: 2,
    Dimension.INSTANCE_TYPE: 6,
    Dimension.LICENSE_PRODUCT: 3,
}
_A_RUN_IN_ROWS = 30


@dataclass(frozen=True)
class Cut:
    """Usage by one or two dimensions, by hour or by day."""

    by: tuple[Dimension, ...]
    hourly: bool = False


@dataclass(frozen=True)
class Witness:
    """The cut (key, value) that shows which value each key determines."""

    key: Dimension
    value: Dimension

    @property
    def cut(self) -> Cut:
        return Cut((self.key, self.value))


@dataclass(frozen=True)
class Plan:
    """A base cut with its witnesses; `each` is a run per queue or fleet as a third dimension.

    `asks` is the question as the cuts answer it: as it was asked, or `turned`. `within` are the
    scope's ids to keep, where the cuts hold more than those.
    """

    asks: Question
    base: Cut
    witnesses: tuple[Witness, ...] = ()
    each: Dimension | None = None
    within: frozenset[str] | None = None


@dataclass(frozen=True)
class Run:
    """One aggregation to ask for. Hashable: equal runs are one run.

    Raises ValueError for one that the service does not make.
    """

    farm_id: FarmId
    resource: Dimension
    ids: tuple[str, ...]
    window: Window
    offset_hours: int
    cut: Cut

    def __post_init__(self) -> None:
        if len(self.cut.by) > MOST_GROUP_BYS or len(self.ids) > MOST_IDS:
            raise ValueError(f"no aggregation is by {self.cut.by} of {len(self.ids)}")


YARDSTICK = Cut((Dimension.USAGE_TYPE,))
"""The total that every breakdown is held against."""


def is_whole(question: Question) -> bool:
    """Whether it is about all that the farm has, and had."""
    return question.scope.whole and question.values(question.scope.dimension) is None


def narrowed(question: Question) -> tuple[str, ...]:
    """The scope's ids that a filter on the scope's own dimension leaves; asked of the service.

    Of a whole farm, what is filtered by may be none that it lists any more.
    """
    scope = question.scope
    kept = question.values(scope.dimension)
    if kept is None:
        return scope.ids
    if scope.whole:
        return tuple(sorted(i for i in kept if i in scope.ids or is_id(i, scope.dimension)))
    return tuple(i for i in scope.ids if i in kept)


def turned(question: Question) -> Question | None:
    """A question about queues that keeps some fleets, asked of those fleets; or the other way.

    The answer is the same, but other dimensions are needed for it: a job has one queue, and not
    one fleet. None where no such filter is set, or one that also keeps usage without any.
    """
    here = question.scope.dimension
    there = Dimension.FLEET if here is Dimension.QUEUE else Dimension.QUEUE
    kept = question.values(there) or frozenset()
    ids = tuple(key for key in kept if is_id(key, there))  # no usage has any other
    if not ids or MISSING in kept:
        return None
    others = tuple(f for f in question.where if f.dimension not in (here, there))
    scope = Filter(here, frozenset(narrowed(question)))
    return replace(question, scope=Scope(there, ids), where=(*others, scope))


def needed(question: Question) -> frozenset[Dimension]:
    """The dimensions that rows must tell apart to answer the question."""
    filters = {f.dimension for f in question.where} - {question.scope.dimension}
    named = {Dimension.JOB} if question.job_name_contains else set()
    return frozenset(question.by) | filters | named


def yardstick_when_turned(question: Question) -> Cut:
    """The yardstick of a question that was turned.

    By what it was about too, since usage without a queue, or without a fleet, is no part of it.
    """
    return Cut((question.scope.dimension, *YARDSTICK.by))


def plans(question: Question) -> tuple[Plan, ...]:
    """All plans that may answer the question exactly, the cheapest first.

    Raises Unanswerable where there is none.
    """
    asks = (question, turned(question))
    found = [_with_types(plan) for one in asks if one for plan in candidates(one, needed(one))]
    if not found:
        raise Unanswerable(
            "AWS breaks usage down by two things at once. How "
            f"{listed(needed(question))} go together does not follow from that.",
            _advice(question),
        )
    return tuple(sorted(found, key=price))


def _with_types(plan: Plan) -> Plan:
    """A plan that asks a whole farm by queue (or fleet) by usage type too.

    That is kept in history, and what is known of a day is judged by both.
    """
    scope = plan.asks.scope.dimension
    if plan.base.by != (scope,) or not is_whole(plan.asks):
        return plan
    return replace(plan, base=replace(plan.base, by=(scope, *YARDSTICK.by)))


def runs(
    cut: Cut,
    farm_id: FarmId,
    resource: Dimension,
    ids: tuple[str, ...],
    spans_of: Window,
    zone: Zone,
) -> tuple[Run, ...]:
    """The runs that make a cut: at most ten ids each, one offset each."""
    return tuple(
        Run(farm_id, resource, ids[at : at + MOST_IDS], Window(s.start, s.end), s.offset_hours, cut)
        for s in zone.spans(spans_of.start, spans_of.end)
        for at in range(0, len(ids), MOST_IDS)
    )


def candidates(question: Question, dimensions: frozenset[Dimension]) -> Iterator[Plan]:
    """Plans whose rows tell those dimensions apart, in any order."""
    scope, hourly = question.scope.dimension, question.period is Period.HOURLY
    if not dimensions:
        yield Plan(question, replace(YARDSTICK, hourly=hourly))
    for each in (None, scope) if len(dimensions) > 2 and scope in dimensions else (None,):
        rest = dimensions - {each}
        pool = sorted(rest | {Dimension.JOB})
        for base in (*combinations(pool, 1), *combinations(pool, 2)):
            witnesses = _witnesses(base, rest, question)
            if rest and witnesses is not None:
                yield Plan(question, Cut(base, hourly), witnesses, each)


def _witnesses(
    base: tuple[Dimension, ...], rest: frozenset[Dimension], question: Question
) -> tuple[Witness, ...] | None:
    """What shows every dimension that the base lacks; None where something can't be shown."""
    witnesses = []
    for value in sorted(rest - set(base)):
        key = next((k for k in _determined_by(value, question) if k in base), None)
        if key is None:
            return None
        witnesses.append(Witness(key, value))
    return tuple(witnesses)


def _determined_by(value: Dimension, question: Question) -> tuple[Dimension, ...]:
    """What may tell a dimension, in this question.

    Usage types other than compute have no instance type, so where only those are asked for, they
    tell that there is none. The same goes for licence products.
    """
    types = question.values(Dimension.USAGE_TYPE)
    if value in _ONLY_OF and types is not None and _ONLY_OF[value] not in types:
        return (Dimension.USAGE_TYPE,)
    return DETERMINED_BY.get(value, ())


def price(plan: Plan) -> float:
    """A plan's cost in rows a day, a run's own time counted as some rows."""
    ids = len(narrowed(plan.asks))
    together = ceil(ids / MOST_IDS)
    cuts = [(plan.base, ids if plan.each else together)]
    cuts += [(witness.cut, together) for witness in plan.witnesses]
    return sum(_rows(cut) + times * _A_RUN_IN_ROWS for cut, times in cuts)


def _rows(cut: Cut) -> float:
    if Dimension.JOB in cut.by:
        return 2.0 * _TYPICAL_KEYS_A_DAY[Dimension.JOB]
    return prod(_TYPICAL_KEYS_A_DAY[d] for d in cut.by)


def listed(dimensions: frozenset[Dimension]) -> str:
    """Two or more dimensions in words: fleet, job and user."""
    *most, last = (d.words for d in sorted(dimensions))
    return f"{', '.join(most)} and {last}"


def _advice(question: Question) -> str:
    here = question.scope.dimension
    other = Dimension.FLEET if here is Dimension.QUEUE else Dimension.QUEUE
    if other in needed(question):
        return f"Choose {other}s instead of {here}s, or leave one of them out."
    return "Leave one of them out of the breakdown or the filters."
