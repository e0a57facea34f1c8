"""The operations that are simulated: where each lies and what its request holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from simulator.shapes import Structure


@dataclass(frozen=True)
class Operation:
    """One call: where it lies and what its request holds; what is in neither path nor query
    string is in the body."""

    method: str
    path: str
    request: Structure
    query: tuple[str, ...] = ()
    service: str = "deadline"


_API = "/2023-10-12"
_FARM = _API + "/farms/{farmId}"
_PAGED = {"nextToken": "NextToken", "maxResults": "MaxResults"}
_WHOSE = {"principalId": "IdentityCenterPrincipalId"}


def _read(path: str, members: Mapping[str, str], more: Mapping[str, str]) -> Operation:
    request = Structure({**members, **more}, tuple(members))
    return Operation("GET", path, request, tuple(more))


OPERATIONS: Mapping[str, Operation] = {
    "ListFarms": _read(_API + "/farms", {}, _PAGED | _WHOSE),
    "GetFarm": _read(_FARM, {"farmId": "FarmId"}, {}),
    "ListQueues": _read(
        _FARM + "/queues", {"farmId": "FarmId"}, _PAGED | _WHOSE | {"status": "QueueStatus"}
    ),
    "GetQueue": _read(_FARM + "/queues/{queueId}", {"farmId": "FarmId", "queueId": "QueueId"}, {}),
    "ListFleets": _read(
        _FARM + "/fleets",
        {"farmId": "FarmId"},
        _PAGED | _WHOSE | {"displayName": "ResourceName", "status": "FleetStatus"},
    ),
    "GetFleet": _read(_FARM + "/fleets/{fleetId}", {"farmId": "FarmId", "fleetId": "FleetId"}, {}),
    "ListBudgets": _read(
        _FARM + "/budgets", {"farmId": "FarmId"}, _PAGED | {"status": "BudgetStatus"}
    ),
    "GetBudget": _read(
        _FARM + "/budgets/{budgetId}", {"farmId": "FarmId", "budgetId": "BudgetId"}, {}
    ),
    "ListFarmMembers": _read(_FARM + "/members", {"farmId": "FarmId"}, _PAGED),
    "GetJob": _read(
        _FARM + "/queues/{queueId}/jobs/{jobId}",
        {"farmId": "FarmId", "queueId": "QueueId", "jobId": "JobId"},
        {},
    ),
    "BatchGetJob": Operation(
        "POST",
        _API + "/batch-get-job",
        Structure({"identifiers": "BatchGetJobIdentifiers"}, ("identifiers",)),
    ),
    "SearchJobs": Operation(
        "POST",
        _FARM + "/search/jobs",
        Structure(
            {
                "farmId": "FarmId",
                "filterExpressions": "SearchGroupedFilterExpressions",
                "sortExpressions": "SearchSortExpressions",
                "itemOffset": "SearchJobsRequestItemOffsetInteger",
                "pageSize": "SearchJobsRequestPageSizeInteger",
                "queueIds": "SearchJobsRequestQueueIdsList",
            },
            ("farmId", "itemOffset", "queueIds"),
        ),
    ),
    "StartSessionsStatisticsAggregation": Operation(
        "POST",
        _FARM + "/sessions-statistics-aggregation",
        Structure(
            {
                "farmId": "FarmId",
                "resourceIds": "SessionsStatisticsResources",
                "startTime": "SyntheticTimestamp_date_time",
                "endTime": "SyntheticTimestamp_date_time",
                "timezone": "Timezone",
                "period": "Period",
                "groupBy": "UsageGroupBy",
                "statistics": "UsageStatistics",
            },
            ("farmId", "resourceIds", "startTime", "endTime", "groupBy", "statistics"),
        ),
    ),
    "GetSessionsStatisticsAggregation": Operation(
        "GET",
        _FARM + "/sessions-statistics-aggregation",
        Structure(
            {"farmId": "FarmId", "aggregationId": "AggregationId", **_PAGED},
            ("farmId", "aggregationId"),
        ),
        ("aggregationId", *_PAGED),
    ),
    "DescribeUser": Operation(
        "POST",
        "/",
        Structure(
            {
                "IdentityStoreId": "IdentityStoreId",
                "UserId": "ResourceId",
                "Extensions": "ExtensionNames",
            },
            ("IdentityStoreId", "UserId"),
        ),
        service="identitystore",
    ),
}
