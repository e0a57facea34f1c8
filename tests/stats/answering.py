"""What has to hold of each answer about a remembered farm: its money, and its rows."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pandas as pd

from stats.errors import NotFound, Unanswerable
from stats.model import MISSING, OTHERS, Dimension, Period, Report, Window
from stats.report import Reporter
from tests.stats.questions_of_memory import Asking, Day
from tests.stats.remembering import (
    FLEET,
    QUEUE,
    TYPE,
    Record,
    Studio,
    cents,
    in_cents,
    within,
)
from tests.stats.truth_of_memory import Truth


def answer(reporter: Reporter, asking: Asking, studio: Studio) -> Report | None:
    """What a reporter says; None where it may decline."""
    try:
        return reporter.ask(asking.question(studio))
    except Unanswerable:
        assert len(asking.by) + len(asking.where) + bool(asking.name) + bool(asking.some) > 2
    except NotFound:
        strange = set(asking.narrowed(studio)) - studio.listed[asking.resource].keys()
        listed = {one for some in studio.listed.values() for one in some}
        strange |= {key for d, key in asking.where.items() if d in (QUEUE, FLEET)} - listed
        assert strange, "all of it is there"
    return None


def totals_hold(report: Report, asking: Asking, truth: Truth) -> None:
    """The total of each usage type is history's, or the service's where that is more.

    What is deleted since is beside what the service tells now.
    """
    found = {kind: in_cents(one.cost_usd.sum) for kind, one in report.total_by_usage_type.items()}
    may: dict[str, set[int]] = {}
    more: dict[str, int] = defaultdict(int)
    for day in asking.days_of(truth.studio):
        of_day = may_be(asking, truth, day)
        if truth.is_at_least(asking, day):
            most = truth.studio.every(asking.resource, day.whole)
            least = truth.was(asking, day) or {}
            of_day = {kind: {least.get(kind, 0)} for kind in most}
            for kind, amount in most.items():
                more[kind] += amount - least.get(kind, 0)
        for kind, some in of_day.items():
            may[kind] = {a + b for a in may.get(kind, {0}) for b in some}
    for kind in found.keys() | may.keys():
        right, amount = may.get(kind, {0}), found.get(kind, 0)
        is_right = any(one <= amount <= one + more[kind] for one in right)
        assert is_right, f"{kind}: {amount} is none of {right}, and {more[kind]} more"


def may_be(asking: Asking, truth: Truth, day: Day) -> dict[str, set[int]]:
    found = _may_be_by_itself(asking, truth, day)
    some = truth.cuts.get((asking.resource, day.whole), ()) if day.is_whole else ()
    for cut in some:
        for kind, amount in cut.kinds.items() if cut.tells and not asking.is_narrow else ():
            found.setdefault(kind, {0}).add(amount)
    return found


def _may_be_by_itself(asking: Asking, truth: Truth, day: Day) -> dict[str, set[int]]:
    """As far as neither files were lost nor others were copied over."""
    tells, was = truth.tells(asking, day.part), truth.was(asking, day)
    if was is None:
        lost = truth.is_lost(asking.resource, day.whole) and not asking.is_narrow
        return {} if lost else {kind: {amount} for kind, amount in tells.items()}
    gone, found = truth.of_gone(asking, day.whole), dict[str, set[int]]()
    by_id = truth.by_ids(asking, day)
    was = {kind: _raised(amount, by_id.get(kind, 0)) for kind, amount in was.items()}
    for kind in tells.keys() | was.keys() | by_id.keys():
        now = tells.get(kind, 0) + gone.get(kind, 0)
        found[kind] = {was.get(kind, 0), max(was.get(kind, 0), now)}
        found[kind].add(was.get(kind, 0) | by_id.get(kind, 0))
        if not asking.is_narrow and truth.is_mixed(asking.resource, day.whole):
            found[kind].add(max(was.get(kind, 0), tells.get(kind, 0)))
        if truth.is_anew(asking, day):  # so what is told counts
            least = max(was.get(kind, 0), tells.get(kind, 0))
            found[kind].add(was.get(kind, 0) | now)
            found[kind] = {amount for amount in found[kind] if amount >= least}
    return found


def _raised(was: int, by_id: int) -> int:
    """What a total is at least, beside what the day has by id: all of that, if it is in it."""
    return by_id if was & by_id == was else was


def adds_up(report: Report, asking: Asking) -> None:
    """Rows and what is unattributed are the total; where rows hold more, that is said."""
    if asking.is_of_rows:
        return
    total = sum(one.cost_usd.sum for one in report.total_by_usage_type.values())
    rows = float(report.table["cost_usd_sum"].sum())
    if rows > total + 0.005:
        assert any("more than" in note for note in report.notes), "that is not said"
        assert 0 <= report.unattributed_cost_usd < 0.005
    elif abs(total - rows - report.unattributed_cost_usd) > 0.005:
        raise AssertionError(f"{rows} and {report.unattributed_cost_usd} are not {total}")


def rows_hold(report: Report, asking: Asking, studio: Studio) -> None:
    """Each row holds records of its keys and its period, in the scope and within the filters."""
    if set(asking.by) <= {TYPE} and not asking.is_of_rows:
        return  # the total, which may be put together of several
    ids = set(asking.narrowed(studio)) if asking.is_narrow else None
    for row in report.table.to_dict("records"):
        some = within(in_cents(row["cost_usd_sum"]), studio.ran)
        assert row["count"] == len(some), f"{row['count']} records are not {len(some)}"
        for one in some:
            _belongs(one, row, asking)
            assert ids is None or one.keys[asking.resource] in ids, f"{one} is out of scope"
        for edge, ends in (("min", some[:1]), ("max", some[-1:])):
            told = row[f"cost_usd_{edge}"]
            assert pd.isna(told) or [in_cents(told)] == [record.cents for record in ends]


def _belongs(one: Record, row: Mapping[Any, Any], asking: Asking) -> None:
    start, end = row["period_start"], row["period_end"]
    assert start <= one.at < end, f"{one} is not of {start} to {end}"
    assert asking.period is not Period.HOURLY or end - start == timedelta(hours=1)
    for dimension in asking.by:
        is_others = dimension is Dimension.JOB and row["job_id"] == OTHERS
        is_its = one.keys[dimension] == row[dimension.column]
        assert is_its or is_others, f"{one} is not of {row}"
    assert all(one.keys[d] == value for d, value in asking.where.items()), one


def is_placed(report: Report, asking: Asking, truth: Truth) -> None:
    """What was collected in all cuts is in a row of any breakdown by one or two.

    History tells days by one way only: where it has other days of the window, and they lack some
    cuts, a way that tells more of those may come before. What it leaves is in the total then.
    """
    days = [(asking.resource, day.part) for day in asking.days_of(truth.studio)]
    total = truth.kept[truth.total(asking.resource)].cells
    if any(day[1] in total and day not in truth.placed for day in days):
        return
    if len(asking.by) > 2 or asking.where or asking.name or set(asking.by) <= {TYPE}:
        return
    if asking.period is Period.HOURLY:
        return  # nothing of hours is collected
    rows = 0
    for cost in report.table["cost_usd_sum"]:
        rows |= in_cents(cost)
    for day in days:
        lost = truth.placed.get(day, 0) & ~rows
        assert not lost, f"{within(lost, truth.studio.ran)} were placed once"


def largest_hold(report: Report, asking: Asking, studio: Studio) -> None:
    """The dearest jobs, and those of the longest run time, have rows; the others are counted."""
    most = asking.most_jobs
    if most is None or Dimension.JOB not in asking.by:
        return
    jobs: dict[str, list[Record]] = {}
    for cost in report.table["cost_usd_sum"]:
        for one in within(in_cents(cost), studio.ran):
            jobs.setdefault(one.keys[Dimension.JOB], []).append(one)
    jobs.pop(MISSING, None)
    assert report.jobs
    assert report.jobs.many == len(jobs)
    listed = set(report.table["job_id"]) - {MISSING, OTHERS}
    dearest = sorted(jobs, key=lambda job: -cents(jobs[job]))[:most]
    assert set(dearest) <= listed, f"of the dearest, {dearest}, only {listed} are there"
    assert len(listed) <= (len(jobs) if len(jobs) <= most else 2 * most)


def nothing_is_where_nothing_is_known(report: Report) -> None:
    if report.question.period is Period.TOTAL:
        return
    for start in report.table["period_start"]:
        assert not any(_is_in(start, one) for one in report.unknown), start


def _is_in(at: datetime, stretch: Window) -> bool:
    return stretch.start <= at < stretch.end
