"""A farm to measure with: thirteen queues, so many jobs a day, three records a job."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd

from simulator import Farm, Fleet, Person, Queue, World
from simulator.world import JOB_COLUMNS, USAGE_COLUMNS

FARM = f"farm-{0xBE:032x}"
QUEUES = tuple(f"queue-{n:032x}" for n in range(13))
FLEETS = tuple(f"fleet-{n:032x}" for n in range(4))
USERS = tuple(f"00000000-0000-4000-8000-{n:012x}" for n in range(30))
INSTANCES = ("c5.4xlarge", "c6i.8xlarge", "g5.2xlarge", "m6i.8xlarge", "r5.8xlarge")
PRODUCTS = ("arnold-7", "houdini-21.0", "nuke-16")
NOW = datetime(2026, 11, 1, tzinfo=UTC)
RECORDS_A_JOB = 3
_BORN = datetime(2025, 1, 1, tzinfo=UTC)
_DAY = 86_400


def farm_world(jobs_a_day: int, days: int, seed: int = 1) -> World:
    """Each job has two sessions of compute, on two instance types, and one of a licence."""
    draw = np.random.default_rng(seed)
    jobs = jobs_a_day * days
    first = int((NOW - timedelta(days=days)).timestamp())
    begun = first + np.arange(jobs) // jobs_a_day * _DAY + draw.integers(0, _DAY - 7_200, jobs)
    table = _jobs(jobs, begun, draw)
    return World(
        now=NOW,
        identity_store_id="d-1234567890",
        farms=(Farm(FARM, "Benchmark", "", 1.0, _BORN),),
        queues=tuple(Queue(FARM, q, f"Queue {n}", _BORN) for n, q in enumerate(QUEUES)),
        fleets=tuple(
            Fleet(FARM, f, f"Fleet {n}", _BORN, "spot", ((INSTANCES[0], 1.0),), 10)
            for n, f in enumerate(FLEETS)
        ),
        people=tuple(Person(u, f"p{n}", f"Person {n}", "") for n, u in enumerate(USERS)),
        members=(),
        budgets=(),
        jobs=table,
        usage=_usage(table, begun, draw),
    )


def _jobs(number: int, begun: np.ndarray, draw: np.random.Generator) -> pd.DataFrame:
    at = pd.to_datetime(begun, unit="s", utc=True)
    columns = {
        "farm_id": FARM,
        "queue_id": np.array(QUEUES)[draw.integers(0, len(QUEUES), number)],
        "job_id": [f"job-{n:032x}" for n in range(number)],
        "name": [f"SHOW_{n % 97:03d}_{n % 11:04d}_comp_v{n % 9:03d}" for n in range(number)],
        "user_id": np.array(USERS)[draw.integers(0, len(USERS), number)],
        "priority": 50,
        "task_count": 8,
        "final_status": "SUCCEEDED",
        "created_at": at,
        "started_at": at,
        "ended_at": at + pd.Timedelta(hours=2),
    }
    return pd.DataFrame(columns, columns=list(JOB_COLUMNS))


def _usage(jobs: pd.DataFrame, begun: np.ndarray, draw: np.random.Generator) -> pd.DataFrame:
    number = len(jobs)
    fleets = np.array(FLEETS)[draw.integers(0, len(FLEETS), number)]
    kind = draw.integers(0, len(INSTANCES), number)
    parts = []
    for n in range(RECORDS_A_JOB):
        is_licence = n == 2
        instance = np.array(INSTANCES, dtype=object)[(kind + n) % len(INSTANCES)]
        product = np.array(PRODUCTS, dtype=object)[kind % len(PRODUCTS)]
        seconds = draw.integers(600, 3_600, number)
        columns = {
            "farm_id": FARM,
            "queue_id": jobs["queue_id"],
            "fleet_id": fleets,
            "job_id": jobs["job_id"],
            "user_id": jobs["user_id"],
            "usage_type": "LICENSE" if is_licence else "COMPUTE",
            "instance_type": None if is_licence else instance,
            "license_product": product if is_licence else None,
            "started_at": pd.to_datetime(begun + n * 1_200, unit="s", utc=True),
            "runtime_seconds": seconds,
            "cost_usd": seconds * draw.uniform(0.0001, 0.0009, number),
        }
        parts.append(pd.DataFrame(columns, columns=list(USAGE_COLUMNS)))
    return pd.concat(parts, ignore_index=True).sort_values("started_at", ignore_index=True)
