"""Cuts of a day that follow from others of it, by what a job determines; proved, never assumed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

import pandas as pd

from stats import rollup, rounding
from stats.dayfile import NAMES, Shelf, keys_of, latest_last
from stats.model import Dimension
from stats.rollup import COMPOSE

Cuts = Mapping[Shelf, pd.DataFrame]
"""The cuts of one day, with rows as in files."""

ADDED = ("count", "cost_usd_sum", "runtime_seconds_sum")
_DETERMINED = (Dimension.USER, Dimension.QUEUE)
"""What a job has one of."""
_ROUNDED = 0.5e-6
"""US dollars, or seconds, by which the service may have rounded each row."""

Jobs = Mapping[Dimension, Mapping[str, str]]


def derived(shelf: Shelf, stored: Cuts, fresh: Cuts, bases: Cuts) -> pd.DataFrame | None:
    """A cut from one of some that were put together already; None where it follows from none.

    It follows where the same reckoning gives what was kept from what was kept (or from what was
    put together, by somebody who was broken off then), and what is told now from that.
    """
    for base in candidates(shelf, bases):
        now = reckoned(fresh[base], shelf, jobs_of(fresh))
        if now is None or not _equal(now, fresh[shelf], shelf):
            continue
        result = reckoned(bases[base], shelf, jobs_of(stored, fresh))
        if result is None:
            continue
        before = reckoned(stored[base], shelf, jobs_of(stored))
        if any(one is not None and _equal(one, stored[shelf], shelf) for one in (before, result)):
            return result.drop(columns="rows")
    return None


def candidates(shelf: Shelf, bases: Iterable[Shelf]) -> Iterator[Shelf]:
    """Those of which a cut may follow."""
    for base in sorted(bases, key=lambda one: one.by):
        known = {*base.by, *(_DETERMINED if Dimension.JOB in base.by else ())}
        if base.hourly == shelf.hourly and set(shelf.by) <= known:
            yield base


def jobs_of(*several: Cuts) -> Jobs:
    """The user and the queue of each job; jobs of which that is not clear are left out."""
    found = {}
    for dimension in _DETERMINED:
        pairs = [
            rows[["job_id", dimension.column]]
            for cuts in several
            for shelf, rows in cuts.items()
            if set(shelf.by) == {Dimension.JOB, dimension}
        ]
        every = pd.concat(pairs).drop_duplicates() if pairs else None
        if every is None:
            found[dimension] = dict[str, str]()
            continue
        clear = every[~every["job_id"].duplicated(keep=False)]
        found[dimension] = dict(zip(clear["job_id"], clear[dimension.column], strict=True))
    return found


def reckoned(base: pd.DataFrame, shelf: Shelf, jobs: Jobs) -> pd.DataFrame | None:
    """A cut's rows from another's; None where a job is not known."""
    rows = base
    for dimension in shelf.by:
        if dimension.column not in rows:
            known = jobs[dimension]
            if not set(rows["job_id"]) <= known.keys():
                return None
            rows = rows.assign(**{dimension.column: rows["job_id"].map(known).astype("str")})
    return added_up(rows, shelf)


def added_up(rows: pd.DataFrame, shelf: Shelf) -> pd.DataFrame:
    """Rows as those of a coarser cut, as old as the oldest of them; `rows` is how many they were.

    The scale factor is none where they have several.
    """
    names = [NAMES[dimension] for dimension in shelf.by if dimension in NAMES]
    rows = rows.assign(rows=1, **{name: "" for name in names if name not in rows})
    rows = latest_last(rows.reset_index(drop=True))
    keys, people = keys_of(shelf), {"user_name": "last"} if Dimension.USER in shelf.by else {}
    how = COMPOSE | people | {"fetched_at": "min", "rows": "sum"}
    found = rollup.added_up(rows, keys, how).reset_index()
    factors = rows.groupby(keys, sort=False, dropna=False)["cost_scale_factor"]
    one = factors.nunique(dropna=False) == 1
    found["cost_scale_factor"] = factors.first().where(one).to_numpy(dtype="float64")
    return found


def _equal(one: pd.DataFrame, other: pd.DataFrame, shelf: Shelf) -> bool:
    """Whether rows that were reckoned are those of a cut, to rounding, whatever jobs are called.

    A row that one of them lacks has no number there, and so is equal to none.
    """
    keys = ["period_start", *(dimension.column for dimension in shelf.by)]
    one = rollup.added_up(one, keys, COMPOSE | {"rows": "sum"}).reset_index()
    other = rollup.added_up(other, keys, COMPOSE).reset_index()
    both = one.merge(other, on=keys, how="outer", suffixes=("", "_told"))
    for column in COMPOSE:
        reckoned, told = both[column], both[f"{column}_told"]
        slack = rounding.slack(reckoned) + both["rows"] * _ROUNDED
        are_one = ((reckoned - told).abs() <= slack) | (reckoned.isna() & told.isna())
        if not are_one.all():
            return False
    return True


def names(*several: Cuts) -> dict[str, dict[str, str]]:
    """What jobs and people were called, by the names' column and by id; who comes first counts."""
    found: dict[str, dict[str, str]] = {name: {} for name in NAMES.values()}
    for cuts in several:
        for shelf, rows in cuts.items():
            for dimension in NAMES.keys() & set(shelf.by):
                name = NAMES[dimension]
                named = rows[rows[name] != ""]
                pairs = zip(named[dimension.column], named[name], strict=True)
                found[name] = dict(pairs) | found[name]
    return found


def filled(rows: pd.DataFrame, called: Mapping[str, Mapping[str, str]]) -> pd.DataFrame:
    """Rows with names where they have none."""
    for dimension, name in NAMES.items():
        if name in rows and (rows[name] == "").any():
            own = rows[name].where(rows[name] != "", rows[dimension.column].map(called[name]))
            rows = rows.assign(**{name: own.fillna("").astype("str")})
    return rows


def rows_by(rows: pd.DataFrame, keys: list[str]) -> dict[tuple[str, ...], pd.DataFrame]:
    """Rows apart by some columns."""
    return {tuple(map(str, key)): some for key, some in rows.groupby(keys)}
