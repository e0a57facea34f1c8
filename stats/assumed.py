"""What of a report's money is at an assumed price.

Workers of customer-managed fleets have no price that AWS knows, and count at 1 US dollar an hour.
Where a report's rows do not tell which fleets the money is of, a companion question does: the same
one, about those fleets alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from stats import remark
from stats.errors import FarmCostsError
from stats.model import Dimension, Filter, Fleet, Market, Period, Question, Report, Scope
from stats.names import Names
from stats.remark import Remark, RemarkKind

Ask = Callable[[Question], Report]


def told(report: Report, names: Names, ask: Ask) -> Report:
    """The report with its assumed part in its basis and remarks; never raises what asking may.

    `ask` is asked at most once, and only where the farm has customer-managed fleets.
    """
    if not report.total_cost_usd.sum:
        return with_part(report, 0.0)
    fleets, trouble = names.fleets_for_names(report.question.farm_id)
    if trouble.cause:
        return without_part(report, f"the farm’s fleets can’t be listed. {trouble.cause}")
    try:
        return with_part(report, _part(report, customer_managed(fleets), ask))
    except FarmCostsError as error:
        return without_part(report, str(error))


def customer_managed(fleets: Iterable[Fleet]) -> frozenset[str]:
    """The ids of the fleets whose workers count at an assumed price."""
    return frozenset(one.id for one in fleets if one.market is Market.CUSTOMER_MANAGED)


def companion(
    question: Question, fleets: frozenset[str], by: tuple[Dimension, ...] = ()
) -> Question | None:
    """The same question about those fleets alone; None where it can't hold any of theirs."""
    kept = fleets & (question.values(Dimension.FLEET) or fleets)
    if question.scope.dimension is Dimension.FLEET:
        kept &= frozenset(question.scope.ids)
    if not kept:
        return None
    alone = replace(question, by=by, most_jobs=None)
    where = tuple(one for one in question.where if one.dimension is not Dimension.FLEET)
    if question.scope.dimension is Dimension.FLEET:
        return replace(alone, scope=Scope(Dimension.FLEET, tuple(kept)), where=where)
    return replace(alone, where=(*where, Filter(Dimension.FLEET, kept)))


def with_part(report: Report, cost_usd: float) -> Report:
    """The report with so much of its money, in US dollars, at an assumed price."""
    said = (remark.assumed(cost_usd),) if cost_usd else ()
    return _told(report, cost_usd, said)


def without_part(report: Report, why: str) -> Report:
    """The report of which it can't be told how much is at an assumed price."""
    return _told(report, None, (remark.assumed_untold(why),))


def _told(report: Report, cost_usd: float | None, said: tuple[Remark, ...]) -> Report:
    others = tuple(one for one in report.remarks if one.kind is not RemarkKind.ASSUMED)
    basis = replace(report.basis, assumed_cost_usd=cost_usd)
    return replace(report, basis=basis, remarks=(*others, *said))


def _part(report: Report, fleets: frozenset[str], ask: Ask) -> float:
    question = report.question
    if Dimension.FLEET in question.by:
        rows = report.table
        return float(rows.loc[rows["fleet_id"].isin(fleets), "cost_usd_sum"].sum())
    asked = companion(replace(question, period=Period.TOTAL), fleets)
    return ask(asked).total_cost_usd.sum if asked else 0.0
