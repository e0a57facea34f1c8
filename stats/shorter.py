"""Totals that the service tells as less than what history has of their days by another cut.

Such a total goes to history at once, where it says so of itself: rows of history that lack just
their total are told then, and not what the service has left of them.
"""

from __future__ import annotations

from contextlib import suppress

from stats import agreement, dayfile
from stats.above import above
from stats.cuts import Asked, Cuts
from stats.dayfile import Shelf
from stats.errors import FarmCostsError
from stats.intake import Answered
from stats.keeper import Keeper
from stats.model import is_id
from stats.plan import YARDSTICK, is_whole
from stats.ways import days_of


def taken_in(keeper: Keeper, asked: Asked, cuts: Cuts) -> bool:
    """Whether any total was, of days that history has none of; never raises."""
    question, history = asked.question, keeper.history
    if history is None or not is_whole(question) or not is_id(question.farm_id, "farm"):
        return False
    total = Shelf(question.farm_id, question.scope.dimension, YARDSTICK.by)
    fetched_at = min(fetched.fetched_at for fetched in cuts.fetched)
    days = [day for one in asked.windows for day in days_of(asked.zone, one)]
    with suppress(FarmCostsError):  # who asks next is told so
        there = history.listed(total)
        new = tuple(day for day in days if day not in there and history.is_settled(day, fetched_at))
        rows = dayfile.by_day(cuts.total, total, new, asked.zone)
        told = {day: agreement.by_type(some) for day, some in rows.items()}
        less = tuple(above(history, total, new, told)) if new else ()
        if less and keeper.scopes.is_all(question):
            of = (total, less, question.scope.ids, cuts.total, asked.zone, fetched_at)
            return keeper.write(Answered(*of)).written > 0
    return False
