"""Days on which a filter may leave out usage that the service no more told whose it was.

Their total may have been asked for in time. Rows that were first asked for later may lack a key.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stats.cuts import Asked
from stats.history import History
from stats.knowledge import Rule
from stats.listing import Held
from stats.model import Dimension, Question, Window
from stats.ways import missing, touched


def filtered(
    history: History, rule: Rule, asked: Asked, days: Sequence[Window], read: Sequence[Held]
) -> frozenset[Window]:
    """Those of a question's days; none where it does not filter by what may be forgotten.

    History tells `days`, by rows that are `read`; for all others the service is asked. Raises
    Foreign.
    """
    if not _filters(asked.question):
        return frozenset()
    late = [_asked_late(history, rule, held) for held in read]
    rest = touched(asked.zone, missing(asked.window, days))
    return frozenset(day for day in rest if not rule.is_in_time(day, asked.at)).union(*late)


def _filters(question: Question) -> bool:
    """All usage that is asked for has its queue (or fleet), and a usage type."""
    sure = question.scope.dimension, Dimension.USAGE_TYPE
    kept = {one.dimension for one in question.where}.difference(sure)
    return bool(kept) or bool(question.job_name_contains)


def _asked_late(history: History, rule: Rule, held: Held) -> frozenset[Window]:
    def reckoned() -> Iterator[Window]:
        for day, origin in history.told(held).days.items():
            if not rule.is_in_time(day, origin.first_asked_at):
                yield day

    return held.for_good(("asked late", rule), lambda: frozenset(reckoned()))
