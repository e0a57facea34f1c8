"""What no row holds is said: rows and unattributed together are the total by usage type."""

from __future__ import annotations

import math
from datetime import UTC, datetime

import pytest

from tests.stranger.asking import Asker
from tests.stranger.records import FarmData
from tests.stranger.truth import Wanted, figures, in_scope, placed

START = datetime(2026, 11, 1, tzinfo=UTC)
BREAKDOWNS = (
    (),
    ("user",),
    ("instance_type",),
    ("license_product",),
    ("user", "instance_type"),
    ("job", "license_product"),
    ("user", "queue", "instance_type"),
    ("usage_type",),
)


@pytest.mark.parametrize("scope", ["queue", "fleet"])
@pytest.mark.parametrize("mode", ["ask", "ask_leaving_out"])
def test_rows_and_unattributed_are_the_total(
    mode: str, scope: str, request: pytest.FixtureRequest, farm: FarmData
) -> None:
    asker: Asker = request.getfixturevalue(mode)
    ids = tuple(farm.queues if scope == "queue" else farm.fleets)
    for by in BREAKDOWNS:
        wanted = Wanted(ids, by, scope=scope, start=START, left_out=mode == "ask_leaving_out")
        report = asker.report(farm, wanted)
        whole = sum(u.cost_usd.sum for u in report.total_by_usage_type.values())
        records = sum(u.count for u in report.total_by_usage_type.values())
        assert math.isclose(whole, report.total_cost_usd.sum + report.unattributed_cost_usd)
        assert records == report.total_count + report.unattributed_count
        missing = {*in_scope(farm.records, wanted)} - {*placed(farm.records, wanted)}
        assert report.unattributed_count == len(missing)
        lost = math.fsum(float(r.cost) for r in missing)
        assert math.isclose(report.unattributed_cost_usd, lost, abs_tol=1e-6)


@pytest.mark.parametrize("mode", ["ask", "ask_leaving_out"])
def test_the_total_by_usage_type_is_the_truth(
    mode: str, request: pytest.FixtureRequest, farm: FarmData
) -> None:
    asker: Asker = request.getfixturevalue(mode)
    wanted = Wanted(tuple(farm.fleets), ("user",), scope="fleet")
    totals = asker.report(farm, wanted).total_by_usage_type
    assert set(totals) == {"COMPUTE", "LICENSE", "PERSISTENT_VOLUME", "SNAPSHOT"}
    for usage_type, usage in totals.items():
        right = figures([r for r in in_scope(farm.records, wanted) if r.usage_type == usage_type])
        assert usage.count == right["count"]
        assert math.isclose(usage.cost_usd.sum, right["cost_usd_sum"], abs_tol=1e-6)
        assert usage.cost_usd.min == right["cost_usd_min"]
        assert usage.cost_usd.max == right["cost_usd_max"]
        assert math.isclose(usage.runtime_seconds.sum, right["runtime_seconds_sum"])


def test_storage_is_seen_by_fleets_only(ask: Asker, farm: FarmData) -> None:
    by_queue = ask.report(farm, Wanted(tuple(farm.queues), ("usage_type",)))
    assert "PERSISTENT_VOLUME" not in by_queue.total_by_usage_type
