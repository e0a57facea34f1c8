"""A settled day's total that holds less than what is known of the day, made as much."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from stats import agreement, conflict, derivation, rounding, unheld
from stats.amendment import Amended, one_after_another
from stats.dayfile import Shelf
from stats.derivation import Cuts, rows_by
from stats.description import Unheld
from stats.verdict import is_less


@dataclass(frozen=True)
class Mending:
    """A day's total as it is to be written: None where it lacks nothing that it could be given.

    Of `declined` usage types both it and what it lacks are less than the other, in cost or records.
    """

    total: Amended | None = None
    declined: tuple[str, ...] = ()


def mended_total(
    total: Shelf, stored: pd.DataFrame, by_id: pd.DataFrame, said: Unheld | None = None
) -> Mending:
    """A day's total where it holds less than what is known by id, or is told now.

    What the cut by id has `said` of the total of its time is known of it, too.

    What it holds more of, in cost or records, is not given up for what it holds less of. Nor is it
    made more in all where both agree in that, and contradict each other by usage type.
    """
    rest = unheld.as_said(said or {}, stored)
    known = unheld.with_rest(by_id, rest, total, stored)
    before = rows_by(stored, ["usage_type"])
    pairs = {
        kind: (rows, before.get((kind,), stored.iloc[:0]))
        for (kind,), rows in rows_by(known, ["usage_type"]).items()
    }
    lacking = [kind for kind, (by, of) in pairs.items() if is_less(by, of)]
    if conflict.is_split(known, stored):
        return Mending(declined=tuple(lacking))
    short = [kind for kind in lacking if not is_less(*reversed(pairs[kind]))]
    declined = tuple(kind for kind in lacking if kind not in short)
    if not short:
        return Mending(declined=declined)
    rest, more = stored[~stored["usage_type"].isin(short)], known[known["usage_type"].isin(short)]
    return Mending(Amended(one_after_another([rest, more], stored)), declined)


def mended_cut(
    shelf: Shelf, stored: pd.DataFrame, finer: pd.DataFrame, total: pd.DataFrame
) -> pd.DataFrame | None:
    """A day of a cut, made of one by more dimensions that holds more of it and less of nothing.

    None where it holds as much, or both of them hold something that the other lacks, or the finer
    one more than the day's total.
    """
    known = derivation.added_up(finer, shelf)
    keys = [dimension.column for dimension in shelf.by]
    both = stored.merge(known, how="outer", on=keys, suffixes=("", "_known")).fillna(
        dict.fromkeys(("cost_usd_sum", "cost_usd_sum_known", "count", "count_known", "rows"), 0)
    )
    cost, count = (both[f"{c}_known"] - both[c] for c in ("cost_usd_sum", "count"))
    slack = rounding.slack(both["cost_usd_sum"]) + both["rows"] * agreement.SLACK_USD_A_ROW
    if bool((cost < -slack).any() or (count < 0).any()):
        return None
    of_day = float(total["cost_usd_sum"].sum())
    beyond = agreement.is_more(float(known["cost_usd_sum"].sum()), len(finer), of_day)
    is_more = bool((cost > slack).any() or (count > 0).any())
    return known.drop(columns="rows") if is_more and not beyond else None


def lacking(total: Shelf, mended: Amended, kept: Cuts) -> dict[Shelf, Amended]:
    """The cuts of a day, as they were kept, that do not hold all of its total as it is by now."""
    cost = float(mended.rows["cost_usd_sum"].sum())
    return {
        shelf: Amended(rows, complete=False)
        for shelf, rows in kept.items()
        if shelf != total and agreement.is_more(cost, len(rows), float(rows["cost_usd_sum"].sum()))
    }
