"""Farms and what belongs to them, as the service writes them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from simulator.world import OWNER_ARN, Budget, Farm, Fleet, Member, Queue

Written = dict[str, Any]

_MARKETS = ("on-demand", "spot", "wait-and-save")
_ROLE_ARN = "arn:aws:iam::111122223333:role/DeadlineCloudWorker"


def iso(at: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _origin(created_at: datetime) -> Written:
    return {"createdAt": iso(created_at), "createdBy": OWNER_ARN}


def farm(of: Farm) -> Written:
    """A FarmSummary."""
    return {"farmId": of.farm_id, "displayName": of.display_name, **_origin(of.created_at)}


def farm_in_full(of: Farm) -> Written:
    """What GetFarm answers."""
    return farm(of) | {"description": of.description, "costScaleFactor": of.cost_scale_factor}


def queue(of: Queue) -> Written:
    """A QueueSummary."""
    blocked = {"blockedReason": of.blocked_reason} if of.blocked_reason else {}
    return {
        "farmId": of.farm_id,
        "queueId": of.queue_id,
        "displayName": of.display_name,
        "status": of.status,
        "defaultBudgetAction": of.default_budget_action,
        **blocked,
        **_origin(of.created_at),
    }


def queue_in_full(of: Queue) -> Written:
    """What GetQueue answers."""
    return queue(of) | {"description": "", "jobRunAsUser": {"runAs": "WORKER_AGENT_USER"}}


def fleet(of: Fleet) -> Written:
    """A FleetSummary."""
    return {
        "fleetId": of.fleet_id,
        "farmId": of.farm_id,
        "displayName": of.display_name,
        "status": "ACTIVE",
        "autoScalingStatus": "STEADY",
        "targetWorkerCount": 0,
        "workerCount": 0,
        "minWorkerCount": 0,
        "maxWorkerCount": of.max_workers,
        "configuration": _configuration(of),
        **_origin(of.created_at),
    }


def fleet_in_full(of: Fleet) -> Written:
    """What GetFleet answers."""
    capabilities = {"amounts": [{"name": "amount.worker.vcpu", "min": 8.0, "max": 64.0}]}
    more = {"description": "", "capabilities": capabilities, "roleArn": _ROLE_ARN}
    return fleet(of) | more


def _configuration(of: Fleet) -> Written:
    capabilities: Written = {
        "vCpuCount": {"min": 8, "max": 64},
        "memoryMiB": {"min": 16384},
        "osFamily": "LINUX",
        "cpuArchitectureType": "x86_64",
    }
    if of.market is None:
        return {"customerManaged": {"mode": "NO_SCALING", "workerCapabilities": capabilities}}
    if of.market not in _MARKETS:
        return {of.market: {}}
    capabilities["allowedInstanceTypes"] = [name for name, _ in of.hourly_usd]
    if of.gpu:
        capabilities["acceleratorCapabilities"] = {
            "selections": [{"name": "a10g"}, {"name": "l4"}, {"name": "l40s"}],
            "count": {"min": 1, "max": 1},
        }
    managed: Written = {
        "instanceCapabilities": capabilities,
        "instanceMarketOptions": {"type": of.market},
    }
    if of.volume_gib is not None:
        volume = {"sizeGiB": of.volume_gib, "mountPath": "/mnt/cache", "lastUsedTtlHours": 72}
        managed["persistentVolumeConfiguration"] = volume
    return {"serviceManagedEc2": managed}


def budget(of: Budget) -> Written:
    """A BudgetSummary."""
    return {
        "budgetId": of.budget_id,
        "usageTrackingResource": {"queueId": of.queue_id},
        "status": of.status,
        "displayName": of.display_name,
        "description": of.description,
        "approximateDollarLimit": of.limit_usd,
        "usages": {"approximateDollarUsage": of.used_usd},
        **_origin(of.created_at),
    }


def budget_in_full(of: Budget) -> Written:
    """What GetBudget answers."""
    actions = [
        {
            "type": action.action,
            "thresholdPercentage": action.threshold_percentage,
            "description": action.description,
        }
        for action in of.actions
    ]
    fixed = {"startTime": iso(of.starts_at), "endTime": iso(of.ends_at)}
    stopped = {"queueStoppedAt": iso(of.queue_stopped_at)} if of.queue_stopped_at else {}
    return budget(of) | {"actions": actions, "schedule": {"fixed": fixed}, **stopped}


def members(of: Iterable[Member], identity_store_id: str) -> list[Written]:
    """FarmMembers."""
    return [
        {
            "farmId": member.farm_id,
            "principalId": member.principal_id,
            "principalType": member.principal_type,
            "identityStoreId": identity_store_id,
            "membershipLevel": member.level,
        }
        for member in of
    ]
