"""Budgets of the big world, and the queues that a spent budget blocks."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd

from simulator.world import Budget, BudgetAction, Queue

_LIMIT_SHARES = (1.6, 0.96, 1.3, 1.08, 4.0)
"""Limits of a farm's budgets against what is used by now: one of them is overdrawn."""
_WARN = BudgetAction("STOP_SCHEDULING_AND_COMPLETE_TASKS", 90.0, "Let running tasks finish")
_STOP = BudgetAction("STOP_SCHEDULING_AND_CANCEL_TASKS", 100.0, "Stop everything")


def budgets(
    seed: int, queues: Sequence[Queue], usage: pd.DataFrame, now: datetime
) -> tuple[Budget, ...]:
    """A budget for each of a farm's first five queues, for the quarter that `now` lies in.

    The last one of a farm is inactive.
    """
    starts_at, ends_at = _quarter(now)
    recent = usage[(usage["started_at"] >= starts_at) & (usage["started_at"] <= now)]
    used = recent.groupby("queue_id")["cost_usd"].sum().to_dict()
    made = []
    for farm_id in dict.fromkeys(queue.farm_id for queue in queues):
        its_queues = [queue for queue in queues if queue.farm_id == farm_id]
        for queue, share in zip(its_queues, _LIMIT_SHARES, strict=False):
            spent = round(float(used.get(queue.queue_id, 0.0)), 2)
            made.append(_budget(seed, queue, share, spent, starts_at, ends_at, now))
    return tuple(made)


def with_blocked_queues(queues: Sequence[Queue], of: Sequence[Budget]) -> tuple[Queue, ...]:
    """The queues, blocked where a budget has stopped them."""
    stopped = {budget.queue_id for budget in of if budget.queue_stopped_at}
    return tuple(
        replace(
            queue,
            status="SCHEDULING_BLOCKED",
            blocked_reason="BUDGET_THRESHOLD_REACHED",
            default_budget_action="STOP_SCHEDULING_AND_COMPLETE_TASKS",
        )
        if queue.queue_id in stopped
        else queue
        for queue in queues
    )


def _quarter(now: datetime) -> tuple[datetime, datetime]:
    here = now.astimezone(UTC)
    starts_at = datetime(here.year, here.month - (here.month - 1) % 3, 1, tzinfo=UTC)
    later = starts_at + timedelta(days=95)
    return starts_at, datetime(later.year, later.month, 1, tzinfo=UTC)


def _budget(
    seed: int,
    queue: Queue,
    share: float,
    used_usd: float,
    starts_at: datetime,
    ends_at: datetime,
    now: datetime,
) -> Budget:
    digits = hashlib.sha256(f"{seed}/budget/{queue.queue_id}/{starts_at}".encode()).hexdigest()
    limit = max(round(used_usd * share, -2), 100.0)
    stopped = used_usd >= limit and share < 1
    return Budget(
        farm_id=queue.farm_id,
        budget_id=f"budget-{digits[:32]}",
        queue_id=queue.queue_id,
        display_name=f"{queue.display_name} quarter",
        description="Agreed with production",
        limit_usd=limit,
        used_usd=used_usd,
        starts_at=starts_at,
        ends_at=ends_at,
        created_at=starts_at - timedelta(days=6),
        status="INACTIVE" if share == max(_LIMIT_SHARES) else "ACTIVE",
        actions=(_WARN, _STOP) if share < 2 else (),
        queue_stopped_at=now - timedelta(hours=5) if stopped else None,
    )
