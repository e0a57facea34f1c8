"""Which queues (or fleets) have usage in a question's window and filters, deleted ones as well."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from stats import past
from stats.history import History
from stats.model import Dimension, Period, Question, Window
from stats.rollup import Answer


def used(
    history: History, question: Question, window: Window, rows: pd.DataFrame | None
) -> frozenset[str] | None:
    """The queues (or fleets) of a report's rows, and those that history tells of its window.

    None where neither tells them apart. Raises HistoryError.
    """
    resource = question.scope.dimension
    is_apart = rows is not None and resource in question.by
    found = frozenset(rows[resource.column]) if rows is not None and is_apart else None
    told = _told(history, question, window)
    return found if told is None else told | (found or frozenset())


def _told(history: History, question: Question, window: Window) -> frozenset[str] | None:
    resource = question.scope.dimension
    total = replace(question, period=Period.TOTAL, most_jobs=None)
    for by in ((resource,), (resource, Dimension.USAGE_TYPE)):
        found = past.told(history, replace(total, by=by), window)
        if found and isinstance(found.answer, Answer):
            return frozenset(found.answer.table[resource.column])
    return None
