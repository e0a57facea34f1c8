"""The parts of a whole that a chart shows: the largest by name, the rest as Others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from stats import assumed
from stats.model import OTHERS, Dimension
from stats.remarks import NOTHING, Ground
from ui import text
from ui.format import amount, share, shortened
from ui.made_once import made_once

_DO_NOT_ADD = ("_avg", "_min", "_max")


@dataclass(frozen=True)
class Part:
    """A key's value; Others have no key. `label` is in words and not yet escaped.

    `assumed` is what of money is at an assumed price.
    """

    key: str | None
    label: str
    value: float
    assumed: float = 0.0


def summed(table: pd.DataFrame, value: str, keys: list[str]) -> pd.Series:
    """A column of sums or counts added up by keys. Raises ValueError for one that can't be."""
    if value.endswith(_DO_NOT_ADD):
        raise ValueError(f"{value} does not add up: derive it from sums after grouping")
    if not table.duplicated(keys).any():
        return table.set_index(keys)[value]
    return table.groupby(keys, sort=False)[value].agg(math.fsum)


def labels(table: pd.DataFrame, key: str, label: str | None = None) -> dict[str, str]:
    """What each key is called: by the label's column, or by user_name for user_id and so on."""
    named = label or f"{key.removesuffix('_id')}_name"
    once = table.drop_duplicates(key, keep="last")
    names = once[named] if named in once else once[key]
    pairs = zip(once[key], names, strict=True)
    return {k: text.key_name(key, k, str(name)) for k, name in pairs}


@made_once
def largest_and_others(
    table: pd.DataFrame, value: str, key: str, most: int = 9, *, label: str | None = None
) -> tuple[Part, ...]:
    """The `most` largest, largest first, and the rest added up as Others, last.

    Equal values are in the order of their keys. One that would be alone in Others is shown. What
    stands for others in the table already is part of them.
    """
    totals = {str(k): float(v) for k, v in summed(table, value, [key]).items()}
    unlisted = totals.pop(OTHERS, None) if key == Dimension.JOB.column else None
    ordered = sorted(totals.items(), key=lambda kv: (-kv[1], kv[0]))
    shown = ordered if unlisted is None and len(ordered) <= most + 1 else ordered[:most]
    named = labels(table[table[key].isin([k for k, _ in shown])], key, label)
    rest = [v for _, v in ordered[len(shown) :]]
    at_assumed = _assumed(table, value, key)
    parts = [Part(k, named[k], v, at_assumed.pop(k, 0.0)) for k, v in shown]
    others = math.fsum(at_assumed.values())
    if unlisted is not None:
        parts.append(Part(None, text.OTHERS, math.fsum([*rest, unlisted]), others))
    elif rest:
        parts.append(Part(None, f"{text.OTHERS} ({len(rest):,})", math.fsum(rest), others))
    return tuple(parts)


def _assumed(table: pd.DataFrame, value: str, key: str) -> dict[str, float]:
    """What is at an assumed price, by key; nothing of what is not money."""
    if value != "cost_usd" or assumed.COLUMN not in table:
        return {}
    return {str(k): float(v) for k, v in summed(table, assumed.COLUMN, [key]).items()}


def alt_text(title: str, parts: Sequence[Part], value: str, *, more: bool = False) -> str:
    """A chart in one or two sentences for those who do not see it.

    `title` says what is shown, such as "Cost by user, 1–30 Nov 2026". Run times are not added
    up: compute and licence hours meter the same hours. Where there may be `more`, nothing is a
    share of it.
    """
    if not parts:
        return f"{title}: {NOTHING[Ground.PARTLY_KNOWN if more else Ground.NOTHING_RAN]}"
    named = [part for part in parts if part.key is not None][:3]
    total = math.fsum(part.value for part in parts)
    adds_up = not value.startswith("runtime_seconds") and total > 0
    said = [
        f"{shortened(part.label, 60)} {amount(part.value, value)}"
        + (f" ({share(part.value / total)})" if adds_up and not more else "")
        + (f", of it {amount(part.assumed, value)} {text.AT_ASSUMED}" if part.assumed else "")
        for part in named
    ]
    at_least, known = ("at least ", " of what is known") if more else ("", "")
    whole = f"{at_least}{amount(total, value)} in all. " if adds_up else ""
    return f"{title}: {whole}Largest{known}: {', '.join(said)}."
