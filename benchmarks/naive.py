"""The script that somebody writes first: start, look every two seconds, page, and the next one."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

LOOKS_EVERY_SECONDS = 2.0


def breakdown(
    client: Any, farm: str, queues: Sequence[str], by: str, start: datetime, end: datetime
) -> dict[str, float]:
    """Cost in US dollars by key; `queues` are as many as one aggregation takes, or fewer."""
    begun = client.start_sessions_statistics_aggregation(
        farmId=farm,
        resourceIds={"queueIds": list(queues)},
        startTime=start,
        endTime=end,
        period="DAILY",
        groupBy=[by],
        statistics=["SUM"],
    )
    request = {"farmId": farm, "aggregationId": begun["aggregationId"]}
    while True:
        answer = client.get_sessions_statistics_aggregation(**request)
        if answer["status"] != "IN_PROGRESS":
            break
        time.sleep(LOOKS_EVERY_SECONDS)
    key = {"USER_ID": "userId", "JOB_ID": "jobId", "INSTANCE_TYPE": "instanceType"}[by]
    costs: dict[str, float] = defaultdict(float)
    while True:
        for row in answer["statistics"]:
            costs[row.get(key, "")] += row["costInUsd"]["sum"]
        if not answer.get("nextToken"):
            return dict(costs)
        answer = client.get_sessions_statistics_aggregation(
            **request, nextToken=answer["nextToken"]
        )
