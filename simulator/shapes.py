"""What the service accepts: patterns, lengths, limits and enums of members, as tables.

They say the same as the service's published model; a test holds the two against each other. What
the model does not say (whole hours, no duplicate group-by) is in `request`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Text:
    """A string; lengths in characters, the pattern has to match all of it."""

    pattern: str | None = None
    shortest: int | None = None
    longest: int | None = None
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Whole:
    """An integer between two bounds, both allowed."""

    least: int
    most: int


@dataclass(frozen=True)
class Instant:
    """A point in time in ISO 8601."""


@dataclass(frozen=True)
class Listing:
    """A list of one shape; lengths in members."""

    of: str
    fewest: int
    most: int


@dataclass(frozen=True)
class Structure:
    """Named members, each of a shape; a union holds exactly one of them."""

    members: Mapping[str, str]
    required: tuple[str, ...] = ()
    union: bool = False


Shape = Text | Whole | Instant | Listing | Structure

_UUID = "[A-Fa-f0-9]{8}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{4}-[A-Fa-f0-9]{12}"
_LOWER_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
_COMPARISONS = (
    "EQUAL",
    "NOT_EQUAL",
    "GREATER_THAN_EQUAL_TO",
    "GREATER_THAN",
    "LESS_THAN_EQUAL_TO",
    "LESS_THAN",
    "ANY_EQUALS",
    "ALL_NOT_EQUALS",
)

SHAPES: Mapping[str, Shape] = {
    "FarmId": Text("farm-[0-9a-f]{32}"),
    "QueueId": Text("queue-[0-9a-f]{32}"),
    "FleetId": Text("fleet-[0-9a-f]{32}"),
    "JobId": Text("job-[0-9a-f]{32}"),
    "BudgetId": Text("budget-[0-9a-f]{32}"),
    "AggregationId": Text("[0-9a-f]{32}"),
    "NextToken": Text(shortest=0, longest=4096),
    "MaxResults": Whole(1, 100),
    "IdentityCenterPrincipalId": Text(f"([0-9a-f]{{10}}-|){_UUID}", 1, 47),
    "ResourceName": Text(shortest=1, longest=100),
    "String": Text(),
    "QueueStatus": Text(choices=("IDLE", "SCHEDULING", "SCHEDULING_BLOCKED")),
    "FleetStatus": Text(
        choices=(
            "ACTIVE",
            "CREATE_IN_PROGRESS",
            "UPDATE_IN_PROGRESS",
            "CREATE_FAILED",
            "UPDATE_FAILED",
            "SUSPENDED",
        )
    ),
    "BudgetStatus": Text(choices=("ACTIVE", "INACTIVE")),
    "SyntheticTimestamp_date_time": Instant(),
    "Timezone": Text("UTC[-+][01][0-9]:(30|00)", 9, 9),
    "Period": Text(choices=("HOURLY", "DAILY", "WEEKLY", "MONTHLY")),
    "UsageGroupByField": Text(
        choices=(
            "QUEUE_ID",
            "FLEET_ID",
            "JOB_ID",
            "USER_ID",
            "USAGE_TYPE",
            "INSTANCE_TYPE",
            "LICENSE_PRODUCT",
        )
    ),
    "UsageGroupBy": Listing("UsageGroupByField", 1, 2),
    "UsageStatistic": Text(choices=("SUM", "MIN", "MAX", "AVG")),
    "UsageStatistics": Listing("UsageStatistic", 1, 4),
    "SessionsStatisticsResourcesQueueIdsList": Listing("QueueId", 1, 10),
    "SessionsStatisticsResourcesFleetIdsList": Listing("FleetId", 1, 10),
    "SessionsStatisticsResources": Structure(
        {
            "queueIds": "SessionsStatisticsResourcesQueueIdsList",
            "fleetIds": "SessionsStatisticsResourcesFleetIdsList",
        },
        union=True,
    ),
    "BatchGetJobIdentifiers": Listing("BatchGetJobIdentifier", 1, 100),
    "BatchGetJobIdentifier": Structure(
        {"farmId": "FarmId", "queueId": "QueueId", "jobId": "JobId"},
        ("farmId", "queueId", "jobId"),
    ),
    "SearchJobsRequestItemOffsetInteger": Whole(0, 10000),
    "SearchJobsRequestPageSizeInteger": Whole(1, 100),
    "SearchJobsRequestQueueIdsList": Listing("QueueId", 1, 10),
    "SearchGroupedFilterExpressions": Structure(
        {"filters": "SearchFilterExpressions", "operator": "LogicalOperator"},
        ("filters", "operator"),
    ),
    "LogicalOperator": Text(choices=("AND", "OR")),
    "SearchFilterExpressions": Listing("SearchFilterExpression", 1, 3),
    "SearchFilterExpression": Structure(
        {
            "dateTimeFilter": "DateTimeFilterExpression",
            "parameterFilter": "ParameterFilterExpression",
            "searchTermFilter": "SearchTermFilterExpression",
            "stringFilter": "StringFilterExpression",
            "stringListFilter": "StringListFilterExpression",
            "groupFilter": "SearchGroupedFilterExpressions",
        },
        union=True,
    ),
    "ComparisonOperator": Text(choices=_COMPARISONS),
    "DateTimeFilterExpression": Structure(
        {
            "name": "String",
            "operator": "ComparisonOperator",
            "dateTime": "SyntheticTimestamp_date_time",
        },
        ("name", "operator", "dateTime"),
    ),
    "ParameterValue": Text(shortest=1, longest=256),
    "ParameterFilterExpression": Structure(
        {"name": "String", "operator": "ComparisonOperator", "value": "ParameterValue"},
        ("name", "operator", "value"),
    ),
    "SearchTerm": Text(shortest=1, longest=256),
    "SearchTermMatchingType": Text(choices=("FUZZY_MATCH", "CONTAINS")),
    "SearchTermFilterExpression": Structure(
        {"searchTerm": "SearchTerm", "matchType": "SearchTermMatchingType"}, ("searchTerm",)
    ),
    "StringFilter": Text(shortest=1, longest=256),
    "StringFilterExpression": Structure(
        {"name": "String", "operator": "ComparisonOperator", "value": "StringFilter"},
        ("name", "operator", "value"),
    ),
    "StringFilterList": Listing("StringFilter", 1, 16),
    "StringListFilterExpression": Structure(
        {"name": "String", "operator": "ComparisonOperator", "values": "StringFilterList"},
        ("name", "operator", "values"),
    ),
    "SearchSortExpressions": Listing("SearchSortExpression", 1, 5),
    "SearchSortExpression": Structure(
        {
            "userJobsFirst": "UserJobsFirst",
            "fieldSort": "FieldSortExpression",
            "parameterSort": "ParameterSortExpression",
        },
        union=True,
    ),
    "UserJobsFirst": Structure({"userIdentityId": "String"}, ("userIdentityId",)),
    "SortOrder": Text(choices=("ASCENDING", "DESCENDING")),
    "FieldSortExpression": Structure(
        {"sortOrder": "SortOrder", "name": "String"}, ("sortOrder", "name")
    ),
    "ParameterSortExpression": Structure(
        {"sortOrder": "SortOrder", "name": "String"}, ("sortOrder", "name")
    ),
    "IdentityStoreId": Text(
        "(arn:aws[a-z-]*:identitystore::\\d{12}:identitystore/)?"
        f"(d-[0-9a-f]{{10}}|{_LOWER_UUID})",
        1,
        93,
    ),
    "ResourceId": Text(
        f"(arn:aws[a-z-]*:identitystore:::(user|group|membership)/)?([0-9a-f]{{10}}-|){_UUID}",
        1,
        100,
    ),
    "ExtensionName": Text("aws:identitystore:[a-z]{1,20}", 1, 50),
    "ExtensionNames": Listing("ExtensionName", 1, 10),
}
