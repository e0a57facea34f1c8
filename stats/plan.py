"""Which cuts answer a question, and which runs make a cut. Pure: nothing is asked here.

The service groups by at most two dimensions. A question about more is answered from one base
cut and witnesses: cuts that show, key by key, what one of the base's dimensions determines. A
job has one user and one queue; an instance type or a licence product is used, as far as the data
shows, under one usage type. A witness is data, so whether it really determines is seen when the
rows are joined (`rollup`), and a plan that proves wrong gives way to the next one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import combinations
from math import prod

from stats.errors import Unanswerable
from stats.model import Dimension, FarmId, Period, Question, Scope, Window
from stats.zone import HOUR, Zone

MOST_IDS = 10
"""Queues or fleets in one aggregation: the service's limit."""

DETERMINED_BY = {
    Dimension.USER: (Dimension.JOB,),
    Dimension.QUEUE: (Dimension.JOB,),
    Dimension.USAGE_TYPE: (Dimension.INSTANCE_TYPE, Dimension.LICENSE_PRODUCT),
}

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
    """A base cut with its witnesses; `each` is a run per queue or fleet as a third dimension."""

    base: Cut
    witnesses: tuple[Witness, ...] = ()
    each: Dimension | None = None


@dataclass(frozen=True)
class Run:
    """One aggregation to ask for. Hashable: equal runs are one run."""

    farm_id: FarmId
    resource: Dimension
    ids: tuple[str, ...]
    window: Window
    offset_hours: int
    cut: Cut


YARDSTICK = Cut((Dimension.USAGE_TYPE,))
"""The total that every breakdown is held against."""


def narrowed(question: Question) -> tuple[str, ...]:
    """The scope's ids that a filter on the scope's own dimension leaves; asked of the service."""
    kept = question.values(question.scope.dimension)
    return tuple(i for i in question.scope.ids if kept is None or i in kept)


def needed(question: Question) -> frozenset[Dimension]:
    """The dimensions that rows must tell apart to answer the question."""
    filters = {f.dimension for f in question.where} - {question.scope.dimension}
    named = {Dimension.JOB} if question.job_name_contains else set()
    return frozenset(question.by) | filters | named


def plans(question: Question) -> tuple[Plan, ...]:
    """All plans that may answer the question exactly, the cheapest first.

    Raises Unanswerable where there is none.
    """
    dimensions = needed(question)
    resources = len(narrowed(question))
    hourly = question.period is Period.HOURLY
    found = list(_candidates(dimensions, question.scope.dimension, hourly))
    if not found:
        raise Unanswerable(
            f"No set of the service's cuts tells {_listed(dimensions)} apart exactly.",
            _advice(dimensions, question.scope),
        )
    return tuple(sorted(found, key=lambda plan: _price(plan, resources)))


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


def halves(run: Run) -> tuple[Run, ...]:
    """A run that is too large for the service as two smaller ones: by time first, then by ids.

    Time is halved between local days (hours, for an hourly cut). Empty at the floor: one queue or
    fleet over one day or hour.
    """
    middle = _middle(run)
    if middle is not None:
        before, after = Window(run.window.start, middle), Window(middle, run.window.end)
        return replace(run, window=before), replace(run, window=after)
    if len(run.ids) > 1:
        at = len(run.ids) // 2
        return replace(run, ids=run.ids[:at]), replace(run, ids=run.ids[at:])
    return ()


def _middle(run: Run) -> datetime | None:
    unit = HOUR if run.cut.hourly else timedelta(days=1)
    epoch = datetime(1970, 1, 1, tzinfo=UTC) - run.offset_hours * HOUR
    start, end = run.window.start, run.window.end
    middle = epoch + (start + (end - start) / 2 - epoch) // unit * unit
    if middle <= start:
        middle += unit
    return middle if start < middle < end else None


def _candidates(dimensions: frozenset[Dimension], scope: Dimension, hourly: bool) -> Iterator[Plan]:
    if not dimensions:
        yield Plan(replace(YARDSTICK, hourly=hourly))
    for each in (None, scope) if len(dimensions) > 2 and scope in dimensions else (None,):
        rest = dimensions - {each}
        pool = sorted(rest | {Dimension.JOB})
        for base in (*combinations(pool, 1), *combinations(pool, 2)):
            witnesses = _witnesses(base, rest)
            if rest and witnesses is not None:
                yield Plan(Cut(base, hourly), witnesses, each)


def _witnesses(
    base: tuple[Dimension, ...], rest: frozenset[Dimension]
) -> tuple[Witness, ...] | None:
    """What shows every dimension that the base lacks; None where something can't be shown."""
    witnesses = []
    for value in sorted(rest - set(base)):
        key = next((k for k in DETERMINED_BY.get(value, ()) if k in base), None)
        if key is None:
            return None
        witnesses.append(Witness(key, value))
    return tuple(witnesses)


def _price(plan: Plan, resources: int) -> float:
    """A plan's cost in rows a day, a run's own time counted as some rows."""
    runs_of_base = resources if plan.each else 1
    cuts = [(plan.base, runs_of_base), *((w.cut, 1) for w in plan.witnesses)]
    return sum(_rows(cut) + times * _A_RUN_IN_ROWS for cut, times in cuts)


def _rows(cut: Cut) -> float:
    if Dimension.JOB in cut.by:
        return 2.0 * _TYPICAL_KEYS_A_DAY[Dimension.JOB]
    return prod(_TYPICAL_KEYS_A_DAY[d] for d in cut.by)


def _listed(dimensions: frozenset[Dimension]) -> str:
    return ", ".join(d.value.replace("_", " ") for d in sorted(dimensions))


def _advice(dimensions: frozenset[Dimension], scope: Scope) -> str:
    other = Dimension.FLEET if scope.dimension is Dimension.QUEUE else Dimension.QUEUE
    if other in dimensions:
        return (
            f"Choose {other.value}s instead of {scope.dimension.value}s, or leave one of them out."
        )
    return "Leave one of them out of the breakdown or the filters."
