"""What a settled day's total holds, by usage type, and its cut by queue (or fleet) does not."""

from __future__ import annotations

import pandas as pd

from stats import conflict, rounding
from stats.derivation import ADDED
from stats.model import Dimension


def by_any(of_all: pd.DataFrame, by_id: pd.DataFrame) -> pd.DataFrame:
    """That; empty where there is nothing, as where both contradict each other."""
    if conflict.is_split(by_id, of_all):
        return pd.DataFrame()
    total, told = (rows.groupby("usage_type")[[*ADDED]].sum() for rows in (of_all, by_id))
    return _used(total - told.reindex(total.index, fill_value=0), total)


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
