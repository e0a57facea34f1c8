"""Whether there may have been more than a report holds."""

from __future__ import annotations

import math

from stats import rounding
from stats.model import Dimension, Report, Window
from stats.remark import RemarkKind


def is_at_least(report: Report) -> bool:
    """Whether there may have been more than the report holds: not all of its days are known."""
    return bool(report.doubtful or report.unknown)


def lacks_what_is_known(report: Report) -> bool:
    """Whether usage that history tells in all may be in no row of this breakdown.

    Not so where the rows hold all that there is of the usage types that are filtered by.
    """
    if not (report.leaves_out and speaks(report, RemarkKind.IN_NO_ROW)):
        return False
    kinds = report.question.values(Dimension.USAGE_TYPE)
    if kinds is None:
        return True
    there = [usage for kind, usage in report.total_by_usage_type.items() if kind in kinds]
    cost = math.fsum(usage.cost_usd.sum for usage in there)
    lacks = cost - report.total_cost_usd.sum > rounding.slack(cost)
    return lacks or report.total_count < sum(usage.count for usage in there)


def may_be_more(report: Report) -> bool:
    """Whether there may have been more of what was asked for than its rows hold."""
    return is_at_least(report) or rows_may_lack(report)


def rows_may_lack(report: Report) -> bool:
    """Whether its rows may lack what there is on days that are known."""
    return lacks_what_is_known(report) or may_match_more(report)


def at_least_on(report: Report) -> tuple[Window, ...]:
    """The stretches on which there may be more than its rows hold, in any order."""
    if may_match_more(report):  # and it is not known on which
        return (report.question.window,)
    return (*report.doubtful, *(report.in_no_row if lacks_what_is_known(report) else ()))


def may_match_more(report: Report) -> bool:
    """Whether filters may leave out usage of which it is not known whether they keep it."""
    return speaks(report, RemarkKind.MAY_MATCH)


def speaks(report: Report, kind: RemarkKind) -> bool:
    """Whether a remark of that kind stands in a report."""
    return any(one.kind is kind for one in report.remarks)
