"""What of a report's money is at an assumed price.

Workers of customer-managed fleets have no price that AWS knows, and count at 1 US dollar an hour.
Where a report's rows do not tell which fleets the money is of, a companion question does: the same
one, by fleet, or about those fleets alone. Fleets that are not listed any more are told by what
history has heard of them; of others it is not known. Where no rows by fleet are at hand, and none
of these counts so, one more run would look for others each time: that is too dear, and what the
figure rests on is said.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from stats import agreement, lacking, remark
from stats.errors import FarmCostsError, HistoryError
from stats.model import (
    COMPUTE,
    MISSING,
    Dimension,
    FarmId,
    Filter,
    Fleet,
    Market,
    Period,
    Question,
    Report,
    Scope,
    is_id,
)
from stats.names import Names
from stats.plan import is_whole, needed
from stats.remark import Remark

COLUMN = "assumed_usd"
"""The column of what of the cost it is, in pages' tables."""

_TOLD_APART = 2
"""How many dimensions go together in any case."""

Ask = Callable[[Question], Report]
Heard = Callable[[FarmId], Mapping[str, Market]]
"""Of all fleets that history has heard of, by id, what their market was; of some not known.

Raises HistoryError where history can't be read.
"""

_IN_NO_ROW = "not all usage that is known of is in these rows."
_OF_ANOTHER_MOMENT = (
    "by fleets usage is told as of another moment, {} in all, and not the {} of these figures."
)
_UNHEARD = "history can’t be read, which may know of fleets that were deleted since."


@dataclass(frozen=True)
class Assumed:
    """US dollars at an assumed price, None where it can't be told; and what is said of it.

    It is `of_all` fleets, or else of those that are listed now or that history has heard of.
    """

    cost_usd: float | None
    remarks: tuple[Remark, ...] = ()
    of_all: bool = False


@dataclass(frozen=True)
class Fleets:
    """Which of a farm's fleets count at an assumed price, and which do not.

    Of `doubtful` ones that is not known: they were deleted since, or are `strange`, listed as
    something that is not known here.
    """

    assumed: frozenset[str] = frozenset()
    priced: frozenset[str] = frozenset()
    doubtful: frozenset[str] = frozenset()
    strange: frozenset[str] = frozenset()

    @property
    def maybe(self) -> frozenset[str]:
        """Those that are not known to have a price."""
        return self.assumed | self.doubtful


def fleets(listed: Iterable[Fleet], heard: Mapping[str, Market], question: Question) -> Fleets:
    """By what the farm lists now, and else by what history has heard; and of those of a question.

    What it names may have usage that nobody has heard of.
    """
    there = {one.id: one.market for one in listed}
    unheard = dict.fromkeys(_named(question), Market.UNKNOWN)
    markets = unheard | dict(heard) | there
    assumed = {key for key, one in markets.items() if one is Market.CUSTOMER_MANAGED}
    doubtful = {key for key, one in markets.items() if one is Market.UNKNOWN}
    priced, strange = markets.keys() - assumed - doubtful, doubtful & there.keys()
    return Fleets(*map(frozenset, (assumed, priced, doubtful, strange)))


def _named(question: Question) -> frozenset[str]:
    """The fleets that a question names."""
    scope = question.scope
    chosen = scope.ids if scope.dimension is Dimension.FLEET else ()
    named = (question.values(Dimension.FLEET) or frozenset()).union(chosen)
    return frozenset(one for one in named if is_id(one, Dimension.FLEET))


def _is_of_some(question: Question) -> bool:
    """Whether a question is about fleets that it names: of those that nobody knows it is said."""
    is_named = question.scope.dimension is Dimension.FLEET and not question.scope.whole
    return is_named or question.values(Dimension.FLEET) is not None


def part(report: Report, names: Names, heard: Heard, ask: Ask) -> Assumed:
    """What of a report's money it is; never raises what asking may.

    `ask` is asked at most once, and only where the farm has customer-managed fleets, or had any
    that may have been.
    """
    if not report.total_cost_usd.sum or not _may_hold_workers(report.question):
        return Assumed(0.0, of_all=True)
    farm_id = report.question.farm_id
    listed, trouble = names.fleets_for_names(farm_id)
    if trouble.cause:
        return _untold(f"the farm’s fleets can’t be listed. {trouble.cause}")
    if remark.NOT_READ in report.remarks:
        return _untold(_UNHEARD)
    try:
        known = heard(farm_id)
    except HistoryError as error:
        return _untold(f"{_UNHEARD} {error}")
    try:
        return _told(report, fleets(listed, known, report.question), ask)
    except FarmCostsError as error:
        return _untold(str(error))


def told(report: Report, names: Names, heard: Heard, ask: Ask) -> Report:
    """The report with that part in its basis and remarks."""
    found = part(report, names, heard, ask)
    basis = replace(report.basis, assumed_cost_usd=found.cost_usd, assumed_of_all=found.of_all)
    return replace(report, basis=basis, remarks=(*report.remarks, *found.remarks))


def in_all(question: Question, of: Fleets) -> Question | None:
    """The question that tells how much it is in all; None where there can't be any.

    Of a whole farm, every fleet is asked about: history keeps that, and tells it the next time.
    """
    total = replace(question, period=Period.TOTAL)
    alone = companion(total, of.maybe, (Dimension.FLEET,) if of.doubtful else ())
    by_fleet = replace(total, by=(Dimension.FLEET,), most_jobs=None)
    is_told = is_whole(question) and len(needed(by_fleet)) <= _TOLD_APART
    return by_fleet if alone and is_told else alone


def companion(
    question: Question, fleets: frozenset[str], by: tuple[Dimension, ...] = ()
) -> Question | None:
    """The same question about those fleets alone; None where it can't hold any of theirs.

    Licences and volumes are of service-managed fleets only.
    """
    scope = question.scope
    kept = fleets & (question.values(Dimension.FLEET) or fleets)
    if scope.dimension is Dimension.FLEET and not scope.whole:
        kept &= frozenset(scope.ids)
    if not kept or not _may_hold_workers(question):
        return None
    alone = replace(question, by=by, most_jobs=None)
    where = tuple(one for one in question.where if one.dimension is not Dimension.FLEET)
    if scope.dimension is Dimension.FLEET:
        return replace(alone, scope=Scope(Dimension.FLEET, tuple(kept)), where=where)
    return replace(alone, where=(*where, Filter(Dimension.FLEET, kept)))


def _may_hold_workers(question: Question) -> bool:
    """Whether what is asked about may be of workers, and not of licences and volumes only."""
    types = question.values(Dimension.USAGE_TYPE)
    return types is None or COMPUTE in types


def _untold(why: str) -> Assumed:
    return Assumed(None, (remark.assumed_untold(why),))


def _told(report: Report, of: Fleets, ask: Ask) -> Assumed:
    asked: Question | None = report.question
    if Dimension.FLEET not in report.question.by:
        asked = in_all(report.question, of)
    if asked is None:
        return Assumed(0.0, of_all=_is_of_some(report.question))
    told = report if asked is report.question else ask(asked)
    cost, gone, strange = _of(told.table, of)
    in_no_row = _lacking(report, told)
    if gone or strange or in_no_row:
        return Assumed(None, (remark.assumed_in_part(cost, gone, strange, in_no_row),))
    if cost and _holds_more(told, report):
        return _untold(_IN_NO_ROW)
    same = (asked.scope, asked.where) == (report.question.scope, report.question.where)
    ours, theirs = _whole(report), _whole(told)
    rows = len(report.table) + len(told.table)
    if agreement.more(theirs, rows, ours) or (same and agreement.more(ours, rows, theirs)):
        return _untold(_OF_ANOTHER_MOMENT.format(remark.money(theirs), remark.money(ours)))
    of_all = _is_of_some(report.question) or same
    return Assumed(cost, (remark.assumed(cost, of_all=of_all),) if cost else (), of_all)


def _whole(report: Report) -> float:
    return report.total_cost_usd.sum + max(report.unattributed_cost_usd, 0.0)


def _lacking(report: Report, told: Report) -> float:
    """USD of a report, at most, that what is told of its fleets lacks: it is in no row by those.

    History has it in the total, and in the report's own breakdown, and the service tells it no
    more.
    """
    ours, rows = max(report.unattributed_cost_usd, 0.0), len(told.table)
    unattributed = agreement.more(told.unattributed_cost_usd, rows, ours)
    costs, theirs = report.total_cost_usd.sum, told.total_cost_usd.sum
    return min(unattributed, agreement.more(costs, rows, theirs))


def _holds_more(told: Report, report: Report) -> bool:
    """Whether what is told of fleets holds usage that is known of and in no row of the report."""
    ours, theirs = report.unattributed_cost_usd, max(told.unattributed_cost_usd, 0.0)
    return lacking.lacks_what_is_known(report) and agreement.more(ours, len(told.table), theirs) > 0


def _of(rows: pd.DataFrame, of: Fleets) -> tuple[float, float, float]:
    """What workers of fleets cost at an assumed price, and those of which it is not known: USD.

    The latter are of deleted fleets, and of strange ones. Rows that don't tell fleets apart are
    all of the former.
    """
    if "fleet_id" not in rows:
        return math.fsum(rows["cost_usd_sum"]), 0.0, 0.0
    if "usage_type" in rows:
        rows = rows[rows["usage_type"] == COMPUTE]
    fleet, costs = rows["fleet_id"], rows["cost_usd_sum"]
    deleted = ~fleet.isin({MISSING, *of.assumed, *of.priced, *of.strange})
    whose = (fleet.isin(of.assumed), deleted, fleet.isin(of.strange))
    assumed, gone, strange = (math.fsum(costs[of_them]) for of_them in whose)
    return assumed, gone, strange
