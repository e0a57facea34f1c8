"""What of a report's money is at an assumed price.

Workers of customer-managed fleets have no price that AWS knows, and count at 1 US dollar an hour.
Where a report's rows do not tell which fleets the money is of, a companion question does: the same
one, by fleet, or about those fleets alone.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from stats import remark
from stats.errors import FarmCostsError
from stats.model import COMPUTE, Dimension, Filter, Fleet, Market, Period, Question, Report, Scope
from stats.names import Names
from stats.plan import is_whole, needed
from stats.remark import Remark

COLUMN = "assumed_usd"
"""The column of what of the cost it is, in pages' tables."""

_TOLD_APART = 2
"""How many dimensions go together in any case."""

Ask = Callable[[Question], Report]


@dataclass(frozen=True)
class Assumed:
    """US dollars at an assumed price, None where it can't be told; and what is said of it."""

    cost_usd: float | None
    remarks: tuple[Remark, ...] = ()


def part(report: Report, names: Names, ask: Ask) -> Assumed:
    """What of a report's money it is; never raises what asking may.

    `ask` is asked at most once, and only where the farm has customer-managed fleets.
    """
    if not report.total_cost_usd.sum:
        return Assumed(0.0)
    fleets, trouble = names.fleets_for_names(report.question.farm_id)
    if trouble.cause:
        return _untold(f"the farm’s fleets can’t be listed. {trouble.cause}")
    try:
        cost = _cost(report, customer_managed(fleets), ask)
    except FarmCostsError as error:
        return _untold(str(error))
    return Assumed(cost, (remark.assumed(cost),) if cost else ())


def told(report: Report, names: Names, ask: Ask) -> Report:
    """The report with that part in its basis and remarks."""
    found = part(report, names, ask)
    basis = replace(report.basis, assumed_cost_usd=found.cost_usd)
    return replace(report, basis=basis, remarks=(*report.remarks, *found.remarks))


def customer_managed(fleets: Iterable[Fleet]) -> frozenset[str]:
    """The ids of the fleets whose workers count at an assumed price."""
    return frozenset(one.id for one in fleets if one.market is Market.CUSTOMER_MANAGED)


def in_all(question: Question, fleets: frozenset[str]) -> Question | None:
    """The question that tells how much it is in all; None where there can't be any.

    Of a whole farm, every fleet is asked about: history keeps that, and tells it the next time.
    """
    total = replace(question, period=Period.TOTAL)
    alone = companion(total, fleets)
    by_fleet = replace(total, by=(Dimension.FLEET,), most_jobs=None)
    is_told = is_whole(question) and len(needed(by_fleet)) <= _TOLD_APART
    return by_fleet if alone and is_told else alone


def companion(
    question: Question, fleets: frozenset[str], by: tuple[Dimension, ...] = ()
) -> Question | None:
    """The same question about those fleets alone; None where it can't hold any of theirs.

    Licences and volumes are of service-managed fleets only.
    """
    kept = fleets & (question.values(Dimension.FLEET) or fleets)
    if question.scope.dimension is Dimension.FLEET:
        kept &= frozenset(question.scope.ids)
    types = question.values(Dimension.USAGE_TYPE)
    if not kept or (types is not None and COMPUTE not in types):
        return None
    alone = replace(question, by=by, most_jobs=None)
    where = tuple(one for one in question.where if one.dimension is not Dimension.FLEET)
    if question.scope.dimension is Dimension.FLEET:
        return replace(alone, scope=Scope(Dimension.FLEET, tuple(kept)), where=where)
    return replace(alone, where=(*where, Filter(Dimension.FLEET, kept)))


def _untold(why: str) -> Assumed:
    return Assumed(None, (remark.assumed_untold(why),))


def _cost(report: Report, fleets: frozenset[str], ask: Ask) -> float:
    if Dimension.FLEET in report.question.by:
        return _of(report, fleets)
    asked = in_all(report.question, fleets)
    return _of(ask(asked), fleets) if asked else 0.0


def _of(report: Report, fleets: frozenset[str]) -> float:
    """What rows by fleet hold of those fleets; all of it, where rows don't tell fleets apart."""
    rows = report.table
    if Dimension.FLEET in report.question.by:
        rows = rows[rows["fleet_id"].isin(fleets)]
    return math.fsum(rows["cost_usd_sum"])
