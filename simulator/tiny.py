"""A world small enough to be added up by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import cache

import pandas as pd

from simulator.world import (
    JOB_COLUMNS,
    USAGE_COLUMNS,
    Budget,
    BudgetAction,
    Farm,
    Fleet,
    Member,
    Person,
    Queue,
    World,
)

TINY_NOW = datetime(2026, 3, 10, tzinfo=UTC)
FARM = f"farm-{1:032x}"
EMPTY_FARM = f"farm-{2:032x}"
COMP, LIGHTING = f"queue-{1:032x}", f"queue-{2:032x}"
EMPTY_QUEUE = f"queue-{3:032x}"
SPOT, RACK = f"fleet-{1:032x}", f"fleet-{2:032x}"
ADA = "00000000-0000-4000-8000-000000000001"
BEN = "0123456789-00000000-0000-4000-8000-000000000002"
ROBOT = "arn:aws:sts::111122223333:assumed-role/Pipeline/robot"
JOB_1, JOB_2, JOB_3 = (f"job-{n:032x}" for n in (1, 2, 3))

_BORN = datetime(2025, 1, 1, tzinfo=UTC)
_MONDAY = datetime(2026, 3, 2, tzinfo=UTC)


@cache
def tiny_world(now: datetime = TINY_NOW) -> World:
    """Two farms, one of them without usage; nine records on three days from 2026-03-02 (UTC).

    On the first farm: 10 USD of compute and 3 USD of licences in the queues, and 4 USD of
    persistent volumes that only the fleets have; 10 hours of compute. Made once for each now.
    """
    return World(
        now=now,
        identity_store_id="d-1234567890",
        farms=(
            Farm(FARM, "Tiny", "A small farm", 1.0, _BORN),
            Farm(EMPTY_FARM, "Empty", "A farm without usage", 1.0, _BORN),
        ),
        queues=(
            Queue(FARM, COMP, "Comp", _BORN),
            Queue(FARM, LIGHTING, "Lighting", _BORN),
            Queue(EMPTY_FARM, EMPTY_QUEUE, "Idle", _BORN, status="IDLE"),
        ),
        fleets=(
            Fleet(FARM, SPOT, "Spot", _BORN, "spot", (("c5.4xlarge", 1.0),), 20, volume_gib=500),
            Fleet(FARM, RACK, "Rack", _BORN, None, (("r5.8xlarge", 1.0),), 4),
        ),
        people=(
            Person(ADA, "ada", "Ada Reyes", "ada@example.com"),
            Person(BEN, "ben", "Ben Okafor", "ben@example.com", deleted=True),
        ),
        members=(
            Member(FARM, ADA, "USER", "OWNER"),
            Member(FARM, BEN, "USER", "CONTRIBUTOR"),
            Member(EMPTY_FARM, ADA, "USER", "OWNER"),
        ),
        budgets=(_budget(),),
        jobs=_jobs(),
        usage=_usage(),
    )


def _budget() -> Budget:
    stop = BudgetAction("STOP_SCHEDULING_AND_COMPLETE_TASKS", 90.0, "Stop near the limit")
    return Budget(
        farm_id=FARM,
        budget_id=f"budget-{1:032x}",
        queue_id=COMP,
        display_name="Comp March",
        description="",
        limit_usd=100.0,
        used_usd=5.5,
        starts_at=datetime(2026, 3, 1, tzinfo=UTC),
        ends_at=datetime(2026, 4, 1, tzinfo=UTC),
        created_at=_BORN,
        actions=(stop,),
    )


def _jobs() -> pd.DataFrame:
    def job(job_id: str, queue_id: str, name: str, user_id: str, day: int) -> tuple[object, ...]:
        at = _MONDAY + timedelta(days=day)
        ended = at + timedelta(hours=30)
        return FARM, queue_id, job_id, name, user_id, 50, 10, "SUCCEEDED", at, at, ended

    jobs = [
        job(JOB_1, COMP, "AGM_104_065_010_comp_NFX_v001", ADA, 0),
        job(JOB_2, LIGHTING, "AGM_104_065_010_light_NFX_v001", BEN, 0),
        job(JOB_3, COMP, "CondaBuild: blender-4.1", ROBOT, 2),
    ]
    return pd.DataFrame(jobs, columns=list(JOB_COLUMNS))


def _usage() -> pd.DataFrame:
    def at(day: int, hour: int, minute: int = 0) -> datetime:
        return _MONDAY + timedelta(days=day, hours=hour, minutes=minute)

    compute, volume = "COMPUTE", "PERSISTENT_VOLUME"
    c5, r5, nuke, arnold = "c5.4xlarge", "r5.8xlarge", "nuke-16", "arnold-7"
    one, two, three = (COMP, SPOT, JOB_1, ADA), (LIGHTING, SPOT, JOB_2, BEN), (COMP, RACK, JOB_3)
    records = [
        (FARM, *one, compute, c5, None, at(0, 9), 3600, 1.0),
        (FARM, *one, "LICENSE", None, nuke, at(0, 9), 3600, 0.5),
        (FARM, *one, compute, c5, None, at(0, 23, 30), 7200, 2.0),
        (FARM, *two, compute, c5, None, at(0, 10), 7200, 2.0),
        (FARM, *two, "LICENSE", None, arnold, at(0, 10), 7200, 2.5),
        (FARM, *two, compute, c5, None, at(1, 4), 10800, 3.0),
        (FARM, *three, ROBOT, compute, r5, None, at(2, 12), 7200, 2.0),
        (FARM, None, SPOT, None, None, volume, None, None, at(0, 6), 86400, 1.0),
        (FARM, None, SPOT, None, None, volume, None, None, at(1, 6), 86400, 3.0),
    ]
    return pd.DataFrame(records, columns=list(USAGE_COLUMNS)).astype(
        {"cost_usd": float, "runtime_seconds": "int64"}
    )
