"""What of the money on a page is at the assumed price of customer-managed fleets' workers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace

import pandas as pd

from stats import assumed
from stats.assumed import Assumed, Fleets
from stats.errors import FarmCostsError, HistoryError
from stats.model import OTHERS, Dimension, Market, Question, Report
from stats.plan import turned
from stats.report import Reporter
from ui import answers
from ui.made_once import made_once
from ui.session import Sight, fresh_since
from ui.tables import Used

Ask = Callable[[Question], Report]


def part(sight: Sight, report: Report, ask: Ask) -> Assumed:
    """How much of a report it is, and what is said of that."""
    reporter = sight.reporter
    return assumed.part(report, reporter.names, lambda _: _heard(report, reporter), ask)


def marked(sight: Sight, used: Used, dimension: Dimension, ask: Ask) -> Used:
    """Usage by a dimension with the part of it, key by key, as far as that can be told."""
    if dimension is Dimension.LICENSE_PRODUCT or not part(sight, used.report, ask).cost_usd:
        return used
    heard = _as_far_as_heard(sight, used.report)
    fleets = assumed.fleets(sight.fleets, heard, used.report.question)
    if dimension is Dimension.FLEET:
        return replace(used, assumed=_of_fleets(used.report, fleets.assumed))
    asked = _companion(sight, used.report.question, fleets, dimension)
    if asked is None:
        return used
    try:
        rows = ask(asked).table
    except FarmCostsError:  # what is marked is a help; how much it is in all is said
        return used
    is_whole = not rows[dimension.column].isin([OTHERS]).any()
    return replace(used, assumed=rows) if is_whole else used


def questions(sight: Sight, question: Question, *by: Dimension) -> tuple[Question, ...]:
    """What will be asked for it where history does not tell it, most likely."""
    given = answers.known(sight.reporter, question, sight.now, fresh_since())
    fleets = assumed.fleets(sight.fleets, _as_far_as_heard(sight, given), question)
    whole = assumed.in_all(question, fleets)
    told = (Dimension.FLEET, Dimension.LICENSE_PRODUCT)
    apart = (_companion(sight, question, fleets, one) for one in by if one not in told)
    return tuple(one for one in (whole, *apart) if one)


def _companion(
    sight: Sight, question: Question, fleets: Fleets, dimension: Dimension
) -> Question | None:
    """Jobs are many: where history does not tell them, those fleets alone are asked for theirs."""
    asked = assumed.companion(question, fleets.assumed, (dimension,))
    if asked is None or dimension is not Dimension.JOB:
        return asked
    asked = replace(asked, most_jobs=question.most_jobs)
    return asked if sight.reporter.is_at_hand(asked) else turned(asked) or asked


def _as_far_as_heard(sight: Sight, report: Report | None) -> Mapping[str, Market]:
    """What history has heard of the farm: nothing, where it can't be read."""
    with suppress(HistoryError):
        return _heard(report, sight.reporter) if report else sight.reporter.markets(sight.farm.id)
    return {}


@made_once
def _heard(report: Report, reporter: Reporter) -> dict[str, Market]:
    """What history has heard of a report's farm: looked up once, and not at each click.

    Raises HistoryError, and is looked up anew then.
    """
    return reporter.markets(report.question.farm_id)


@made_once
def _of_fleets(report: Report, fleets: frozenset[str]) -> pd.DataFrame:
    rows = report.table
    return rows[rows["fleet_id"].isin(fleets)]
