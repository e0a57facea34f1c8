"""What the service refuses, and how it says so."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from tests.stranger.records import FarmData

_DIMENSIONS = frozenset(
    ["QUEUE_ID", "FLEET_ID", "JOB_ID", "USER_ID", "USAGE_TYPE", "INSTANCE_TYPE", "LICENSE_PRODUCT"]
)
_PERIODS = ("HOURLY", "DAILY", "WEEKLY", "MONTHLY", None)
_TIMEZONE = re.compile(r"UTC[-+][01][0-9]:(30|00)")


class Answer(Exception):
    """An answer that is an error: HTTP status, AWS's code, body members and headers."""

    def __init__(self, status: int, code: str, said: str, **members: Any) -> None:
        super().__init__(said)
        self.status, self.code = status, code
        self.body = {"message": said, **members}
        self.headers: dict[str, str] = {}


def check(body: dict[str, Any], farm: FarmData) -> None:
    """What StartSessionsStatisticsAggregation refuses."""
    resources = body.get("resourceIds", {})
    start, end = (datetime.fromisoformat(body[edge]) for edge in ("startTime", "endTime"))
    group_by, wanted = body["groupBy"], body["statistics"]
    wrong = {
        "resourceIds": set(resources) not in ({"queueIds"}, {"fleetIds"})
        or not all(1 <= len(ids) <= 10 for ids in resources.values()),
        "groupBy": not 1 <= len(group_by) <= 2
        or not set(group_by) <= _DIMENSIONS
        or len(set(group_by)) < len(group_by),
        "statistics": not wanted or not set(wanted) <= {"SUM", "MIN", "MAX", "AVG"},
        "startTime": bool(start.minute or start.second or end.minute or end.second),
        "endTime": end <= start,
        "timezone": not _TIMEZONE.fullmatch(body.get("timezone", "UTC+00:00")),
        "period": body.get("period") not in _PERIODS,
    }
    if any(wrong.values()):
        fields = [{"name": f, "message": "not valid"} for f, bad in wrong.items() if bad]
        reason = "FIELD_VALIDATION_FAILED"
        raise Answer(400, "ValidationException", "not valid", reason=reason, fieldList=fields)
    for unknown in {i for ids in resources.values() for i in ids} - {*farm.queues, *farm.fleets}:
        gone = {"resourceId": unknown, "resourceType": "queue"}
        raise Answer(404, "ResourceNotFoundException", f"no {unknown}", **gone)
