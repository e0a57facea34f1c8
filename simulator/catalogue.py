"""Farms, queues, fleets, budgets and members, as the service writes them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from simulator.errors import not_found
from simulator.paging import Pages
from simulator.request import Handler, Parameters
from simulator.world import OWNER_ARN, Budget, Farm, Fleet, Member, Queue, World

Written = dict[str, Any]


def iso(at: datetime) -> str:
    """ISO 8601 in UTC, to the second."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Catalogue:
    """Answers the operations that list and get a farm's resources."""

    def __init__(self, world: World, pages: Pages) -> None:
        self._world = world
        self._pages = pages
        self._farms = {farm.farm_id: farm for farm in world.farms}
        self._queues = {(queue.farm_id, queue.queue_id): queue for queue in world.queues}
        self._fleets = {(fleet.farm_id, fleet.fleet_id): fleet for fleet in world.fleets}
        self._budgets = {(budget.farm_id, budget.budget_id): budget for budget in world.budgets}

    def handlers(self) -> Mapping[str, Handler]:
        """The operations answered here, by name."""
        return {
            "ListFarms": self._list_farms,
            "GetFarm": lambda r: _farm(self.farm(r["farmId"])) | _farm_details(self.farm(r["farmId"])),
            "ListQueues": self._list_queues,
            "GetQueue": lambda r: _queue(self.queue(r["farmId"], r["queueId"])),
            "ListFleets": self._list_fleets,
            "GetFleet": lambda r: _fleet_details(self.fleet(r["farmId"], r["fleetId"])),
            "ListBudgets": self._list_budgets,
            "GetBudget": self._get_budget,
            "ListFarmMembers": self._list_members,
        }

    def farm(self, farm_id: str) -> Farm:
        """Raises a ResourceNotFoundException for a farm that there is not; so do the others."""
        if farm_id not in self._farms:
            raise not_found("farm", farm_id)
        return self._farms[farm_id]

    def queue(self, farm_id: str, queue_id: str) -> Queue:
        self.farm(farm_id)
        if (farm_id, queue_id) not in self._queues:
            raise not_found("queue", queue_id)
        return self._queues[farm_id, queue_id]

    def fleet(self, farm_id: str, fleet_id: str) -> Fleet:
        self.farm(farm_id)
        if (farm_id, fleet_id) not in self._fleets:
            raise not_found("fleet", fleet_id)
        return self._fleets[farm_id, fleet_id]

    def _page(self, operation: str, member: str, items: list[Written], request: Parameters) -> Written:
        filters = sorted((k, v) for k, v in request.items() if k not in ("nextToken", "maxResults"))
        page, more = self._pages.page(f"{operation} {filters}", items, request)
        return {member: list(page), **more}

    def _list_farms(self, request: Parameters) -> Written:
        seen = [f for f in self._world.farms if self._may_see(f.farm_id, request)]
        return self._page("ListFarms", "farms", [_farm(farm) for farm in seen], request)

    def _list_queues(self, request: Parameters) -> Written:
        queues = [q for q in self._in_farm(self._world.queues, request) if _asked(request, "status", q.status)]
        return self._page("ListQueues", "queues", [_queue(queue) for queue in queues], request)
