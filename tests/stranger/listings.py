"""The service's listings, five things a page whatever is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from tests.stranger.records import FarmData

LISTING_PAGE = 5
_RANGE = {"min": 1}
_SPOT = {
    "serviceManagedEc2": {
        "instanceCapabilities": {
            **{"vCpuCount": _RANGE, "memoryMiB": _RANGE, "osFamily": "LINUX"},
            "cpuArchitectureType": "x86_64",
        },
        "instanceMarketOptions": {"type": "spot"},
    }
}


def list_farms(all_farms: Iterable[FarmData], query: dict[str, Any]) -> dict[str, Any]:
    """ListFarms."""
    items = [{"farmId": f.id, "displayName": f.name, **made()} for f in all_farms]
    return listing("farms", items, query)


def get_farm(farm: FarmData, _: dict[str, Any]) -> dict[str, Any]:
    """GetFarm."""
    return {
        "farmId": farm.id,
        "displayName": farm.name,
        "kmsKeyArn": "",
        "costScaleFactor": farm.scale,
        **made(),
    }


def list_queues(farm: FarmData, query: dict[str, Any]) -> dict[str, Any]:
    """ListQueues."""
    kind = {"farmId": farm.id, "status": "IDLE", "defaultBudgetAction": "NONE", **made()}
    items = [{"queueId": i, "displayName": n, **kind} for i, n in farm.queues.items()]
    return listing("queues", items, query)


def list_fleets(farm: FarmData, query: dict[str, Any]) -> dict[str, Any]:
    """ListFleets."""
    kind = {"farmId": farm.id, "status": "ACTIVE", "workerCount": 0, **made()}
    kind |= {"minWorkerCount": 0, "maxWorkerCount": 9, "configuration": _SPOT}
    items = [{"fleetId": i, "displayName": n, **kind} for i, n in farm.fleets.items()]
    return listing("fleets", items, query)


def made() -> dict[str, str]:
    """The members that every listed thing has."""
    return {"createdAt": "2026-01-01T00:00:00Z", "createdBy": "somebody"}


def listing(member: str, items: list[dict[str, Any]], query: dict[str, Any]) -> dict[str, Any]:
    """One page of a listing, of five things whatever the request says."""
    at = int(query.get("nextToken", "0"))
    page: dict[str, Any] = {member: items[at : at + LISTING_PAGE]}
    if at + LISTING_PAGE < len(items):
        page["nextToken"] = str(at + LISTING_PAGE)
    return page
