"""What a settled day's total holds, by usage type, and its cut by queue (or fleet) does not."""

from __future__ import annotations

import pandas as pd

from stats import conflict, derivation, rounding
from stats.dayfile import Shelf
from stats.derivation import ADDED
from stats.description import Unheld
from stats.model import Dimension


def by_any(of_all: pd.DataFrame, by_id: pd.DataFrame, said: Unheld | None = None) -> pd.DataFrame:
    """That; empty where there is nothing, as where both contradict each other.

    What the cut has `said` of it counts unless the total holds more: that is older than the cut
    where somebody was broken off before it was written, or where a backup was brought back.
    """
    if conflict.is_split(by_id, of_all):
        return pd.DataFrame()
    total, told = (rows.groupby("usage_type")[[*ADDED]].sum() for rows in (of_all, by_id))
    rest = total - told.reindex(total.index, fill_value=0)
    if said is not None:
        then = as_said(said, of_all).reindex(total.index, fill_value=0)
        is_more = (rest - then > rounding.slack(total))[["count", "cost_usd_sum"]].any(axis=1)
        rest = rest.where(is_more, then)
    return _used(rest, total)


def said(of_all: pd.DataFrame, by_id: pd.DataFrame) -> Unheld:
    """That, as the cut says it."""
    rest = by_any(of_all, by_id)
    return {str(kind): (int(many), cost, time) for kind, many, cost, time in rest.itertuples()}


def as_said(said: Unheld, of_all: pd.DataFrame) -> pd.DataFrame:
    """What a cut has said of it, of usage types that the total tells."""
    found = pd.DataFrame.from_dict(dict(said), "index", columns=[*ADDED], dtype="float64")
    return found[found.index.isin(of_all["usage_type"])].rename_axis("usage_type")


def with_rest(
    by_id: pd.DataFrame, rest: pd.DataFrame, total: Shelf, kept: pd.DataFrame
) -> pd.DataFrame:
    """The day's total: that of its ids, and what no id held, with least and most as was `kept`."""
    found = derivation.added_up(by_id, total).drop(columns="rows")
    if rest.empty:
        return found
    known = kept.set_index("usage_type").loc[rest.index]
    known = known.assign(**{column: rest[column] for column in ADDED})
    both = pd.concat([found, known.reset_index()])
    return derivation.added_up(both, total).drop(columns="rows")


def without(
    rest: pd.DataFrame, resource: Dimension, was: pd.DataFrame, now: pd.DataFrame
) -> pd.DataFrame:
    """What is left of that without what ids have more of now than they had."""
    before, after = (
        rows.groupby([resource.column, "usage_type"])[[*ADDED]].sum() for rows in (was, now)
    )
    more = (after - before.reindex(after.index, fill_value=0)).clip(lower=0)
    told, more = (
        some.groupby("usage_type").sum().reindex(rest.index, fill_value=0) for some in (after, more)
    )
    return _used(rest - more, told)


def _used(rest: pd.DataFrame, whole: pd.DataFrame) -> pd.DataFrame:
    """Without what is none but for rounding."""
    rest = rest.where(rest > rounding.slack(whole), 0)
    return rest[(rest != 0).any(axis=1)]
