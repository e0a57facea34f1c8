"""Days that history tells by one way: their answer, their total, and what was read for both.

Where jobs are sought by name, each is found by any name that it has borne, and by what those that
came without one are called now. Days with jobs that nobody can name are the service's to tell, as
far as it is sure to know them.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial

import numpy as np
import pandas as pd

from stats import belief, fullness, rollup, rounding, search
from stats.dayfile import Shelf
from stats.history import History
from stats.join import Ambiguous
from stats.listing import Held
from stats.looking import Changed
from stats.model import Dimension, Question, Window
from stats.particulars import jobs_within, of_days, pairs, scale_factors
from stats.plan import Plan, Witness
from stats.reading import reading
from stats.relation import Rows
from stats.rollup import Answer, Known, Part
from stats.ways import Way, base_shelf, shelf_of

Naming = Callable[[Sequence[Window], Collection[str]], Mapping[str, str]]
"""Of jobs on some days, what they are called now, by id: of those that can be named."""


def _no_names(_: Sequence[Window], __: Collection[str]) -> Mapping[str, str]:
    return {}


def _always(_: Window) -> bool:
    return True


@dataclass(frozen=True)
class Sought:
    """What a search goes by beside rows: jobs `found` elsewhere, and what others are called.

    `is_told` says of a day whether the service is sure to know it. The `unasked` days are not for
    history to tell.
    """

    found: frozenset[str] = frozenset()
    naming: Naming = _no_names
    is_told: Callable[[Window], bool] = _always
    unasked: Callable[[], Collection[Window]] = tuple


@dataclass(frozen=True)
class Stretch:
    """The answer for some days, as `rollup` has it, and their total by usage type.

    `read` is what it was made of, and `scale_factors` are those that its money was reported with,
    each until when (UTC). On `unplaced` days usage came late that some of that does not hold; of
    `kept` ones the service told less since. `told_less` is of days, by when they begin, what it
    told less in all (USD) by the time of the answer's own cut. `base` is what its rows are in, and
    `sought` are jobs that a search found by other names. It passed over `unnamed` ones: their cost
    in USD, and which they are. On days that are `over`, rows hold more than the total: so much in
    USD, and in records.
    """

    days: tuple[Window, ...]
    answer: Answer | Part
    total: pd.DataFrame
    read: Mapping[Shelf, Held]
    scale_factors: Mapping[float, datetime]
    unplaced: tuple[Window, ...] = ()
    kept: tuple[Window, ...] = ()
    told_less: Mapping[datetime, float] = field(default_factory=dict)
    base: Held | None = None
    sought: frozenset[str] = frozenset()
    unnamed: tuple[float, frozenset[str]] = (0.0, frozenset())
    over: Mapping[Window, tuple[float, int]] = field(default_factory=dict)

    @property
    def unattributed(self) -> tuple[float, int]:
        """Cost in USD and records that the total holds and the rows do not, day by day.

        The cost is never less than nothing: what rows hold more of one day is left out of it.
        """
        cost, count = rollup.less(self.total, self.answer)
        more = self.more_than_the_total
        cost = 0.0 if cost + more <= rounding.slack(more) else cost + more
        return cost, count + sum(records for _, records in self.over.values())

    @property
    def more_than_the_total(self) -> float:
        """USD that rows hold and their total does not, beyond what rounding may make."""
        return sum(more for more, _ in self.over.values())

    def found(
        self, text: str, jobs: Collection[str] | None = None
    ) -> tuple[frozenset[str], frozenset[str]]:
        """Which of some jobs (or of all) a text finds in these days, and which there are."""
        if self.base is None:
            return frozenset(), frozenset()
        found, there = search.found_in(self.base.rows, text, jobs)
        return found | (self.sought & there), there

    def close(self) -> None:
        """Lets go of what is still open."""
        if isinstance(self.answer, Part):
            self.answer.close()


class Doubted(Changed):
    """Some days are not believed any more; what is left can be looked at."""


class Nameless(Exception):
    """Jobs that can't be named are on some `days`, which a search might pass over."""

    def __init__(self, days: frozenset[Window]) -> None:
        super().__init__(days)
        self.days = days


class Unlike(Exception):
    """On some `days` a way does not hold the total, as it has to."""

    def __init__(self, days: frozenset[Window]) -> None:
        super().__init__(days)
        self.days = days


def answered(history: History, question: Question, way: Way, sought: Sought) -> Stretch:
    """What a way tells; raises Ambiguous, Unlike, Nameless and HistoryError.

    And Changed where a file can't be read after all.
    """
    sound = [history.are_sound(held) for held in way.held.values()]
    if not all(sound):
        raise Changed
    days, plan, held = way.days, way.plan, way.held
    guarded = partial(reading, history, way.held.values())
    with guarded():
        _must_count(history, question, way)
        base = held[base_shelf(question, plan)]
        found, nameless = _found(base, question, days, sought)
        resource, within = question.scope.dimension, plan.within
        every = held[way.total]
        total = every.once(
            ("total", within), lambda: rollup.by_usage_type(every.rows, resource, within)
        )
        witnesses = {witness: held[shelf_of(question, witness.cut)] for witness in plan.witnesses}
        unnamed = _unnamed(base, plan, witnesses, nameless) if nameless else (0.0, nameless)
        yardstick = held[way.yardstick]
        complete = frozenset(
            w for w, one in witnesses.items() if _whole(one)[1] == _whole(yardstick)[1]
        )
        made = rollup.answer if question.most_jobs is None else rollup.part
        known = Known(_whole(base) if within is None else None, complete, found)
        factors = scale_factors(yardstick)
        answer = made(plan, base.rows, {w: _shown(w, one) for w, one in witnesses.items()}, known)
        is_less = rollup.less(total, answer)[0] < 0  # else it may take long
        over = fullness.over(history, question, way, anyhow=is_less)
    if not math.isfinite(answer.cost_usd) or not np.isfinite(total["cost_usd_sum"]).all():
        _doubt(history, held.values())
        raise Changed
    said = of_days(history, held, base, plan.within)
    stretch = Stretch(days, answer, total, held, factors, *said, base, found, unnamed, over)
    if not way.usual and answer.remarks:
        stretch.close()
        raise Ambiguous
    return stretch


def _must_count(history: History, question: Question, way: Way) -> None:
    """Raises Doubted, Unlike, Foreign and HistoryError."""
    if belief.shaken(history, way.held, way.yardstick):
        raise Doubted
    if unlike := not way.usual and fullness.unlike_total(history, question, way):
        raise Unlike(unlike)


def _doubt(history: History, read: Iterable[Held]) -> None:
    for one in read:
        history.doubt(one.shelf, one.files)


def _shown(witness: Witness, held: Held) -> Rows:
    """What a witness is told by; pairs of jobs are too many to be kept."""
    if witness.key is Dimension.JOB:
        return held.rows
    return pairs(held, witness)


def _whole(held: Held) -> tuple[float, int]:
    """Cost and records of days in all."""
    return held.once("whole", lambda: rollup.whole(held.rows))


def _found(
    base: Held, question: Question, days: Sequence[Window], sought: Sought
) -> tuple[frozenset[str], frozenset[str]]:
    """The jobs that a search finds by more than their rows' names, and those that nobody can name.

    Raises Nameless where the service has to be asked about some of them.
    """
    text = question.job_name_contains
    nameless = base.once("nameless", lambda: search.nameless(base.rows)) if text else frozenset()
    called = sought.naming(days, nameless) if nameless else {}
    rest = nameless - sought.found - {job for job, name in called.items() if name}
    if rest:
        starts = search.starts_of(base.rows, rest)
        some = {d for d in days if any(d.start <= at < d.end for at in starts)}
        told = frozenset(filter(sought.is_told, some))
        if told:
            raise Nameless(told)
    return sought.found | search.found_by_name(called, text), rest


def _unnamed(
    base: Held, plan: Plan, witnesses: Mapping[Witness, Held], jobs: frozenset[str]
) -> tuple[float, frozenset[str]]:
    """What some jobs cost, and which they are: those of the scope, as far as that shows."""
    resource, within = plan.asks.scope.dimension, plan.within
    told = base if resource in base.shelf.by else witnesses.get(Witness(Dimension.JOB, resource))
    if within is not None and told is not None:
        jobs &= jobs_within(told, resource, within)
    return search.usage_of(base.rows, jobs)
