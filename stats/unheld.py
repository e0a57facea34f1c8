"""What a settled day's total holds, by usage type, and its cut by queue (or fleet) does not."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from stats import conflict, derivation, rounding
from stats.dayfile import Shelf
from stats.derivation import ADDED
from stats.description import Unheld
from stats.model import Dimension


@dataclass(frozen=True)
class Beside:
    """Of which ids that may be.

    What the cut has `said` to lack is of those that it was `unasked` of, of which some are `back`,
    or else was forgotten of others. Of a cut that has not said so it is all that the total holds
    more. The total is of `gone` ones, too, which are listed no more.
    """

    said: Unheld | None = None
    is_unasked: bool = True
    back: frozenset[str] = frozenset()
    gone: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Parts:
    """That by usage type, with records, USD and seconds: what the cut `lacks`, and what came to the

    total `later`, of which ids may tell more by now.
    """

    lacks: pd.DataFrame
    later: pd.DataFrame

    @property
    def is_any(self) -> bool:
        return bool((self.lacks + self.later).to_numpy().any())


@dataclass(frozen=True)
class Rest:
    """What stays of it, by usage type, beside what ids have now.

    It `is_set_off` where some was taken for what they have more, and may have been of others.
    """

    rows: pd.DataFrame
    is_set_off: bool = False


def by_any(of_all: pd.DataFrame, by_id: pd.DataFrame, said: Unheld | None = None) -> Parts:
    """That; nothing where both contradict each other.

    What the cut has `said` counts, also where the total holds less: that is older than the cut
    where somebody was broken off before it was written, or where a backup was brought back.
    """
    total, told = (rows.groupby("usage_type")[[*ADDED]].sum() for rows in (of_all, by_id))
    rest = total - told.reindex(total.index, fill_value=0)
    rest = rest.where(rest > rounding.slack(total), 0)
    if conflict.is_split(by_id, of_all):
        return Parts(rest * 0, rest * 0)
    if said is None:
        return Parts(rest, rest * 0)
    lacks = as_said(said, of_all).reindex(total.index, fill_value=0)
    is_more = (rest - lacks > rounding.slack(total))[["count", "cost_usd_sum"]].any(axis=1)
    return Parts(lacks, (rest - lacks).clip(lower=0).where(is_more, 0))


def said(of_all: pd.DataFrame, by_id: pd.DataFrame) -> Unheld:
    """That, as the cut says it."""
    rows = _used(by_any(of_all, by_id).lacks)
    return {str(kind): (int(many), cost, time) for kind, many, cost, time in rows.itertuples()}


def as_said(said: Unheld, of_all: pd.DataFrame) -> pd.DataFrame:
    """What a cut has said of it, of usage types that the total tells."""
    found = pd.DataFrame.from_dict(dict(said), "index", columns=[*ADDED], dtype="float64")
    return found[found.index.isin(of_all["usage_type"])].rename_axis("usage_type")


def left(
    parts: Parts, of: Beside, resource: Dimension, was: pd.DataFrame, now: pd.DataFrame
) -> Rest:
    """What is left of it beside what ids have more of now than they had, by their cuts.

    What the cut was not asked of is told now by those that are back, and by no others. What else it
    lacks may be what is told more now, as may what came later: it is not added to that.
    """
    before, after = (
        rows.groupby([resource.column, "usage_type"])[[*ADDED]].sum() for rows in (was, now)
    )
    more = (after - before.reindex(after.index, fill_value=0)).clip(lower=0)
    is_back = more.index.get_level_values(0).isin(of.back)
    lacks, later = parts.lacks, parts.later
    every, again = (
        some.groupby("usage_type").sum().reindex(lacks.index, fill_value=0)
        for some in (more, more[is_back])
    )
    told = again if of.is_unasked else every
    stays = _less(lacks, told)
    came = _less(later, every - (lacks - stays))
    set_off = (later - came) if of.gone else later * 0
    if not of.is_unasked:
        set_off = set_off + lacks - stays
    return Rest(_used(stays + came), bool(set_off[["count", "cost_usd_sum"]].to_numpy().any()))


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


def _less(some: pd.DataFrame, others: pd.DataFrame) -> pd.DataFrame:
    """What is more than those; rounding is none."""
    rest = some - others
    return rest.where(rest > rounding.slack(some), 0)


def _used(rest: pd.DataFrame) -> pd.DataFrame:
    return rest[(rest != 0).any(axis=1)]
