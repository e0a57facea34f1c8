"""Which queues (or fleets) have usage in a question's window and filters, deleted ones as well."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from stats import heard, knowledge, past, ways
from stats.history import History
from stats.model import Dimension, Period, Question, Window
from stats.rollup import Answer
from stats.zone import Zone


def used(
    history: History,
    question: Question,
    window: Window,
    rows: pd.DataFrame | None,
    told: Sequence[Window],
    days: Sequence[Window],
) -> frozenset[str] | None:
    """The queues (or fleets) of a report's rows, and those that history tells of its window.

    Rows suffice where all days of the window are `told` by history; else it has to tell them apart
    on all `days` that it has and that touch the window. None where it does not. Raises
    HistoryError.
    """
    resource = question.scope.dimension
    is_apart = rows is not None and resource in question.by
    found = frozenset(rows[resource.column]) if rows is not None and is_apart else None
    if found is not None and not ways.missing(window, told):
        return found
    rest = ways.missing(window, told)
    theirs = _told(history, question, window, days, rest)
    return None if theirs is None else theirs | (found or frozenset())


def _told(
    history: History,
    question: Question,
    window: Window,
    days: Sequence[Window],
    rest: Sequence[Window],
) -> frozenset[str] | None:
    """By whole days of the question, in its filters; by all that was used on others of the rest."""
    whole = set(ways.days_of(Zone(question.timezone), window))
    of_whole = _told_of_days(history, question, window, [day for day in days if day in whole])
    parts = [day for day in days if day not in whole and knowledge.clipped(rest, day)]
    farm_id, resource = question.farm_id, question.scope.dimension
    of_parts = heard.used_on(history, farm_id, resource, parts) if parts else frozenset()
    return None if of_whole is None or of_parts is None else of_whole | of_parts


def _told_of_days(
    history: History, question: Question, window: Window, days: Sequence[Window]
) -> frozenset[str] | None:
    if not days:
        return frozenset()
    resource = question.scope.dimension
    if not question.where and not question.job_name_contains:  # the same, and much less to reckon
        used = heard.used_on(history, question.farm_id, resource, days)
        if used is not None:
            return used
    total = replace(question, period=Period.TOTAL, most_jobs=None)
    for by in ((resource,), (resource, Dimension.USAGE_TYPE)):
        found = past.told(history, replace(total, by=by), window)
        if found and set(days) <= set(found.days) and found.unattributed == (0, 0):
            tables = [one.table for one in found.answers if isinstance(one, Answer)]
            return frozenset(key for table in tables for key in table[resource.column])
    return None
