"""The operations that list and get farms and what belongs to them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from simulator import written
from simulator.errors import not_found
from simulator.paging import Pages
from simulator.request import Handler, Parameters
from simulator.world import Budget, Farm, Fleet, Queue, World
from simulator.written import Written


class Catalogue:
    """Finds resources by id, and pages through their listings.

    Whatever is asked for by id and isn't there raises a ResourceNotFoundException.
    """

    def __init__(self, world: World, pages: Pages) -> None:
        self._world = world
        self._pages = pages
        self._farms = {farm.farm_id: farm for farm in world.farms}
        self._queues = {(queue.farm_id, queue.queue_id): queue for queue in world.queues}
        self._fleets = {(fleet.farm_id, fleet.fleet_id): fleet for fleet in world.fleets}
        self._budgets = {(budget.farm_id, budget.budget_id): budget for budget in world.budgets}
        self._access = {(member.farm_id, member.principal_id) for member in world.members}

    def handlers(self) -> Mapping[str, Handler]:
        """The operations answered here, by name."""
        return {
            "ListFarms": self._list_farms,
            "GetFarm": lambda asked: written.farm_in_full(self.farm(asked["farmId"])),
            "ListQueues": self._list_queues,
            "GetQueue": lambda asked: written.queue_in_full(
                self.queue(asked["farmId"], asked["queueId"])
            ),
            "ListFleets": self._list_fleets,
            "GetFleet": lambda asked: written.fleet_in_full(
                self.fleet(asked["farmId"], asked["fleetId"])
            ),
            "ListBudgets": self._list_budgets,
            "GetBudget": lambda asked: written.budget_in_full(
                self._budget(asked["farmId"], asked["budgetId"])
            ),
            "ListFarmMembers": self._list_members,
        }

    def farm(self, farm_id: str) -> Farm:
        """The farm of that id."""
        if farm_id not in self._farms:
            raise not_found("farm", farm_id)
        return self._farms[farm_id]

    def queue(self, farm_id: str, queue_id: str) -> Queue:
        """The farm's queue of that id."""
        self.farm(farm_id)
        if (farm_id, queue_id) not in self._queues:
            raise not_found("queue", queue_id)
        return self._queues[farm_id, queue_id]

    def fleet(self, farm_id: str, fleet_id: str) -> Fleet:
        """The farm's fleet of that id."""
        self.farm(farm_id)
        if (farm_id, fleet_id) not in self._fleets:
            raise not_found("fleet", fleet_id)
        return self._fleets[farm_id, fleet_id]

    def _budget(self, farm_id: str, budget_id: str) -> Budget:
        self.farm(farm_id)
        if (farm_id, budget_id) not in self._budgets:
            raise not_found("budget", budget_id)
        return self._budgets[farm_id, budget_id]

    def _list_farms(self, asked: Parameters) -> Written:
        farms = [farm for farm in self._world.farms if self._may_see(farm.farm_id, asked)]
        return self._listed("farms", [written.farm(farm) for farm in farms], asked)

    def _list_queues(self, asked: Parameters) -> Written:
        queues = [
            queue
            for queue in self._world.queues
            if self._belongs(queue.farm_id, asked) and asked.get("status") in (None, queue.status)
        ]
        return self._listed("queues", [written.queue(queue) for queue in queues], asked)

    def _list_fleets(self, asked: Parameters) -> Written:
        fleets = [
            fleet
            for fleet in self._world.fleets
            if self._belongs(fleet.farm_id, asked)
            and asked.get("displayName") in (None, fleet.display_name)
            and asked.get("status") in (None, "ACTIVE")
        ]
        return self._listed("fleets", [written.fleet(fleet) for fleet in fleets], asked)

    def _list_budgets(self, asked: Parameters) -> Written:
        budgets = [
            budget
            for budget in self._world.budgets
            if self._belongs(budget.farm_id, asked) and asked.get("status") in (None, budget.status)
        ]
        return self._listed("budgets", [written.budget(budget) for budget in budgets], asked)

    def _list_members(self, asked: Parameters) -> Written:
        chosen = [m for m in self._world.members if self._belongs(m.farm_id, asked)]
        items = written.members(chosen, self._world.identity_store_id)
        return self._listed("members", items, asked)

    def _belongs(self, farm_id: str, asked: Parameters) -> bool:
        return self.farm(asked["farmId"]).farm_id == farm_id and self._may_see(farm_id, asked)

    def _may_see(self, farm_id: str, asked: Parameters) -> bool:
        principal = asked.get("principalId")
        return principal is None or (farm_id, principal) in self._access

    def _listed(self, member: str, items: list[Written], asked: Parameters) -> Written:
        paging = ("nextToken", "maxResults")
        filters = sorted((name, v) for name, v in asked.items() if name not in paging)
        page, more = self._pages.page(f"{member} {filters}", items, asked)
        return {member: list(page), **more}


def describe_user(world: World, asked: Parameters) -> dict[str, Any]:
    """identitystore:DescribeUser, for ids that may be given as ARNs; deleted users are gone."""
    store, user = (asked[name].rpartition("/")[2] for name in ("IdentityStoreId", "UserId"))
    known = {person.user_id: person for person in world.people if not person.deleted}
    if store != world.identity_store_id or user not in known:
        raise not_found("USER", user)
    person = known[user]
    given, _, family = person.display_name.partition(" ")
    return {
        "IdentityStoreId": store,
        "UserId": user,
        "UserArn": f"arn:aws:identitystore:::user/{user}",
        "Revision": "1",
        "UserName": person.user_name,
        "Name": {"GivenName": given, "FamilyName": family or given},
        "DisplayName": person.display_name,
        "Emails": [{"Value": person.email, "Type": "work", "Primary": True}],
        "UserStatus": "ENABLED",
    }
