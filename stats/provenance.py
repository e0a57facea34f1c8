"""What goes to history beside rows: whose they are, and what people and jobs are called by now."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import pandas as pd

from stats.dayfile import Shelf
from stats.description import Origin
from stats.model import MISSING, Dimension, FarmId
from stats.names import Names


def origin(
    names: Names, source: str, shelf: Shelf, fetched_at: datetime, ids: Iterable[str]
) -> Origin:
    """Where the rows of a day are from that was asked for of those queues (or fleets) just now.

    One that is made meanwhile is none of them. Raises what listings raise.
    """
    asked = frozenset(ids)
    farm_id = FarmId(shelf.farm_id)
    listed = names.resources(farm_id, shelf.resource)
    farms = {farm.id: farm.name for farm in names.farms()}
    return Origin(
        farms.get(farm_id, ""),
        {one.id: one.name for one in listed if one.id in asked},
        names.cost_scale_factor(farm_id),
        source,
        fetched_at,
        ids=asked,
    )


def named(names: Names, shelf: Shelf, rows: pd.DataFrame) -> pd.DataFrame:
    """Rows with the names of users and jobs, as far as they are known by now."""
    if Dimension.USER in shelf.by:
        called = names.known_people(set(rows["user_id"]) - {MISSING})
        rows = rows.assign(user_name=[called.get(user, "") for user in rows["user_id"]])
    if Dimension.JOB in shelf.by:
        pairs = list(zip(rows["job_id"], rows["job_name"], strict=True))
        known = names.known_jobs(job for job, name in pairs if job and not name)
        rows = rows.assign(job_name=[name or known.get(job, "") for job, name in pairs])
    return rows
