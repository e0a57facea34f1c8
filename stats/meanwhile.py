"""Days of which a cut tells more of something than another did that was asked for before.

Usage came late in between. Where the day's total is also of what was deleted since, it may hold
more than the later cut all the same: whether it lacks what came late does not show there.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from stats.above import cuts_of
from stats.agreement import SLACK_USD, SLACK_USD_A_ROW
from stats.daybook import Entry, entry_of
from stats.dayfile import Shelf
from stats.description import ids_of
from stats.history import History
from stats.model import MISSING, Window
from stats.plan import YARDSTICK
from stats.reading import looked


def say(
    history: History, shelf: Shelf, of_days: Mapping[Window, pd.DataFrame], ids: Sequence[str]
) -> None:
    """Has the totals of such days say that they may lack it (`set_off`); raises HistoryError.

    The cut's rows are of those `ids` alone.
    """
    total = Shelf(shelf.farm_id, shelf.resource, YARDSTICK.by)
    for day in _told_more(history, shelf, of_days, {*ids}):
        with history.alone():
            kept = entry_of(history, (total,), day, anew=True)
            if total in kept.rows:
                origin = replace(kept.origins[total], set_off=True)
                history.put(total, day, kept.rows[total], origin)


def _told_more(
    history: History, shelf: Shelf, of_days: Mapping[Window, pd.DataFrame], ids: set[str]
) -> Iterator[Window]:
    total = Shelf(shelf.farm_id, shelf.resource, YARDSTICK.by)

    def look() -> dict[Window, frozenset[str]]:
        told = history.told(history.covered(total, of_days)).days
        of_all = {day: ids_of(one) for day, one in told.items() if not one.set_off}
        return {day: every for day, every in of_all.items() if not every <= ids}

    lacking = looked(history, (total,), look)
    every = cuts_of(history, total, hourly=True) if lacking else ()
    others = [one for one in every if one != shelf]
    for day, of_all in lacking.items():
        kept = entry_of(history, others, day)
        before = [one for one in others if _is_of(kept, one, of_all & ids)]
        if any(_is_more(shelf, of_days[day], one, kept.rows[one]) for one in before):
            yield day


def _is_of(kept: Entry, shelf: Shelf, ids: frozenset[str]) -> bool:
    """Whether a cut is there, was asked for those ids too, and lacks nothing that came since."""
    origin = kept.origins.get(shelf)
    return origin is not None and ids <= ids_of(origin) and not origin.unplaced


def _is_more(shelf: Shelf, rows: pd.DataFrame, other: Shelf, then: pd.DataFrame) -> bool:
    """Whether a cut tells more cost of something than another did, where both tell whose it was."""
    columns = [one.column for one in shelf.by if one in other.by]
    if not columns:
        return False
    now, before = (_costs(some, columns) for some in (rows, then))
    before = before.reindex(now.index, fill_value=0)
    slack = (now["size"] + before["size"]) * SLACK_USD_A_ROW
    return bool((now["sum"] - before["sum"] > slack.clip(lower=SLACK_USD)).any())


def _costs(rows: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """What rows cost, and how many they are, by what all of these columns tell."""
    told = rows[(rows[columns] != MISSING).all(axis=1)]
    return told.groupby(columns)["cost_usd_sum"].agg(["sum", "size"])
