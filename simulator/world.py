"""A world to be simulated: farms and what belongs to them, people, jobs and usage.

`usage` and `jobs` are tables, the rest are tuples. All times are aware, in UTC; money is in US
dollars and run time in seconds. A world may reach beyond its `now`: the server hides what its
clock has not reached.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

import pandas as pd

from simulator.ledger import Ledger

USAGE_COLUMNS = (
    "farm_id",
    "queue_id",
    "fleet_id",
    "job_id",
    "user_id",
    "usage_type",
    "instance_type",
    "license_product",
    "started_at",
    "runtime_seconds",
    "cost_usd",
)
JOB_COLUMNS = (
    "farm_id",
    "queue_id",
    "job_id",
    "name",
    "user_id",
    "priority",
    "task_count",
    "final_status",
    "created_at",
    "started_at",
    "ended_at",
)
OWNER_ARN = "arn:aws:sts::111122223333:assumed-role/RenderAdmin/setup"


@dataclass(frozen=True)
class Farm:
    """A farm; its cost scale factor is already in its usage."""

    farm_id: str
    display_name: str
    description: str
    cost_scale_factor: float
    created_at: datetime


@dataclass(frozen=True)
class Queue:
    """A queue; `blocked_reason` is given only where the status is SCHEDULING_BLOCKED."""

    farm_id: str
    queue_id: str
    display_name: str
    created_at: datetime
    status: str = "SCHEDULING"
    blocked_reason: str | None = None
    default_budget_action: str = "NONE"


@dataclass(frozen=True)
class Fleet:
    """A fleet; `market` is on-demand, spot or wait-and-save, None for a customer-managed one.

    Another word is a kind of fleet that AWS does not have yet. `hourly_usd` holds what a worker of
    each of its instance types costs an hour.
    """

    farm_id: str
    fleet_id: str
    display_name: str
    created_at: datetime
    market: str | None
    hourly_usd: tuple[tuple[str, float], ...]
    max_workers: int
    gpu: bool = False
    volume_gib: int | None = None


@dataclass(frozen=True)
class Person:
    """Somebody of the identity store; a `deleted` one can't be described any more."""

    user_id: str
    user_name: str
    display_name: str
    email: str
    deleted: bool = False


@dataclass(frozen=True)
class Member:
    """A principal's access to a farm; a group is a principal too."""

    farm_id: str
    principal_id: str
    principal_type: str
    level: str


@dataclass(frozen=True)
class BudgetAction:
    """What happens to the queue when the used share of the limit reaches the threshold."""

    action: str
    threshold_percentage: float
    description: str


@dataclass(frozen=True)
class Budget:
    """A budget of one queue, from `starts_at` to `ends_at`."""

    farm_id: str
    budget_id: str
    queue_id: str
    display_name: str
    description: str
    limit_usd: float
    used_usd: float
    starts_at: datetime
    ends_at: datetime
    created_at: datetime
    status: str = "ACTIVE"
    actions: tuple[BudgetAction, ...] = ()
    queue_stopped_at: datetime | None = None


@dataclass(frozen=True)
class World:
    """Everything there is; `usage` has USAGE_COLUMNS, `jobs` has JOB_COLUMNS, missing is None."""

    now: datetime
    identity_store_id: str
    farms: tuple[Farm, ...]
    queues: tuple[Queue, ...]
    fleets: tuple[Fleet, ...]
    people: tuple[Person, ...]
    members: tuple[Member, ...]
    budgets: tuple[Budget, ...]
    jobs: pd.DataFrame = field(repr=False)
    usage: pd.DataFrame = field(repr=False)

    @cached_property
    def ledger(self) -> Ledger:
        """Its usage, laid out for questions: once, however often it is simulated."""
        return Ledger(self.usage)
