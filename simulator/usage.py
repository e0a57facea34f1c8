"""Usage records out of sessions: compute, licences, and the volumes that belong to no job."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.days import Amounts, Codes, Sessions
from simulator.studio import DEPARTMENTS, VOLUME_USD_PER_GIB_HOUR, FarmPlan
from simulator.world import USAGE_COLUMNS, Fleet

Objects = NDArray[np.object_]

_DAY = 86_400
_VOLUME_HOURS = 24


def objects(values: Sequence[str | None]) -> Objects:
    """An array of Python strings; a last None, where there is one, is what code -1 looks up."""
    array = np.empty(len(values), dtype=object)
    array[:] = values
    return array


def texts(values: Objects) -> pd.Series[Any]:
    """A column that shares its strings; left to itself pandas copies every one of them."""
    return pd.Series(values, dtype=object)


def constant(value: str | None, length: int) -> pd.Series[Any]:
    """A column of the same text everywhere."""
    return texts(np.full(length, value, dtype=object))


def instants(at: Codes) -> pd.Series[pd.Timestamp]:
    """Seconds since 1970 as aware times."""
    return pd.Series(at.astype("datetime64[s]")).dt.tz_localize("UTC")


def usage(
    plan: FarmPlan,
    session: pd.DataFrame,
    sessions: Sessions,
    fleets: Sequence[Fleet],
    department: Codes,
    days: range,
) -> pd.DataFrame:
    """All records of a farm, with USAGE_COLUMNS, in no particular order.

    `session` holds what all records of a session share, a row for each of `sessions`;
    `department` has a value for every job.
    """
    hours = sessions.runtime / 3600 * plan.cost_scale_factor
    parts = [
        _compute(session, sessions, hours, fleets),
        _licenses(session, sessions, hours, fleets, department),
        _volumes(fleets, days, plan.cost_scale_factor),
    ]
    return pd.concat([part[list(USAGE_COLUMNS)] for part in parts], ignore_index=True)


def _compute(
    session: pd.DataFrame, sessions: Sessions, hours: Amounts, fleets: Sequence[Fleet]
) -> pd.DataFrame:
    kinds = [kind for fleet in fleets for kind in fleet.hourly_usd]
    base = np.cumsum([0, *(len(fleet.hourly_usd) for fleet in fleets)])
    code = base[sessions.fleet] + sessions.instance
    price = np.array([usd for _, usd in kinds])[code]
    return session.assign(
        usage_type=constant("COMPUTE", len(session)),
        instance_type=texts(objects([name for name, _ in kinds])[code]),
        license_product=constant(None, len(session)),
        cost_usd=(price * hours).round(6),
    )


def _licenses(
    session: pd.DataFrame,
    sessions: Sessions,
    hours: Amounts,
    fleets: Sequence[Fleet],
    department: Codes,
) -> pd.DataFrame:
    """A licence for as long as its session, on service-managed fleets only."""
    licensed = np.array([bool(d.licenses) for d in DEPARTMENTS])[department[sessions.job]]
    managed = np.array([fleet.market is not None for fleet in fleets])[sessions.fleet]
    chosen = np.flatnonzero(licensed & managed)
    kinds = [kind for d in DEPARTMENTS for kind in (d.licenses or ((None, 0.0),) * 2)]
    code = 2 * department[sessions.job[chosen]] + sessions.license[chosen]
    price = np.array([usd for _, usd in kinds])[code]
    return (
        session.iloc[chosen]
        .reset_index(drop=True)
        .assign(
            usage_type=constant("LICENSE", len(chosen)),
            instance_type=constant(None, len(chosen)),
            license_product=texts(objects([name for name, _ in kinds])[code]),
            cost_usd=(price * hours[chosen]).round(6),
        )
    )


def _volumes(fleets: Sequence[Fleet], days: range, scale: float) -> pd.DataFrame:
    """One to three volumes a day and fleet that has any, each for a day."""
    kept = [
        (fleet, day, volume)
        for number, fleet in enumerate(fleets)
        if fleet.volume_gib is not None
        for day in days
        for volume in range(1 + (day * 7 + number) % 3)
    ]
    started = np.array([day * _DAY + (5 + 6 * volume) * 3600 for _, day, volume in kept])
    gib_hours = np.array([(fleet.volume_gib or 0) * _VOLUME_HOURS for fleet, _, _ in kept])
    none = constant(None, len(kept))
    columns: dict[str, Any] = {
        "farm_id": constant(fleets[0].farm_id, len(kept)),
        "queue_id": none,
        "fleet_id": texts(objects([fleet.fleet_id for fleet, _, _ in kept])),
        "job_id": none,
        "user_id": none,
        "usage_type": constant("PERSISTENT_VOLUME", len(kept)),
        "instance_type": none,
        "license_product": none,
        "started_at": instants(started.astype(np.int64)),
        "runtime_seconds": np.full(len(kept), _VOLUME_HOURS * 3600),
        "cost_usd": (gib_hours * VOLUME_USD_PER_GIB_HOUR * scale).round(6),
    }
    return pd.DataFrame(columns)
