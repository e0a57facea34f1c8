"""Where smallest, largest and average don't fit a row's sum: the sums stand, the rest is empty."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Callable, Iterator
from typing import Any

import pyarrow.parquet as pq
import pytest

from stats import export, remarks
from stats.model import Report
from tests.stranger.asking import Asker, asking, table_of
from tests.stranger.records import FarmData
from tests.stranger.service import Behaviour, Service
from tests.stranger.truth import Wanted, differences

SAID = "Smallest, average and dearest are left out"
EDGES = [f"{unit}_{s}" for unit in ("cost_usd", "runtime_seconds") for s in ("min", "max", "avg")]


def unfit(page: dict[str, Any]) -> dict[str, Any]:
    """Has the first user's dearest record cost more than all of them."""
    rows = page.get("statistics") or []
    users = sorted({row.get("userId", "") for row in rows})
    for row in rows:
        if users and row.get("userId", "") == users[-1] != "":
            row["costInUsd"] = {**row["costInUsd"], "max": row["costInUsd"]["sum"] * 2 + 1}
    return page


@pytest.fixture
def asker(moody: Callable[[Behaviour], Service]) -> Iterator[Asker]:
    with asking(moody(Behaviour(polls=0, page=100_000, spoiled=unfit))) as one:
        yield one


@pytest.fixture
def wanted(farm: FarmData) -> Wanted:
    return Wanted(tuple(farm.queues)[:4], ("user",), period="total")


def of_the_users(report: Report, *, unfit: bool) -> list[dict[str, Any]]:
    last = max(report.table["user_id"])
    return [row for row in table_of(report) if (row["user_id"] == last) == unfit]


def test_the_sums_stand_and_only_what_does_not_fit_is_empty(
    asker: Asker, farm: FarmData, wanted: Wanted
) -> None:
    report = asker.report(farm, wanted)
    (empty,) = of_the_users(report, unfit=True)
    assert [name for name in EDGES if math.isnan(empty[name])] == EDGES[:3]
    others = of_the_users(report, unfit=False)
    assert others
    assert not any(math.isnan(row[name]) for row in others for name in EDGES)
    wrong = differences(table_of(report), farm.records, wanted)
    assert wrong
    assert all("cost" in one and "sum" not in one for one in wrong), wrong


def test_it_is_said_once(asker: Asker, farm: FarmData, wanted: Wanted) -> None:
    said = [remark.text for remark in remarks.of(asker.report(farm, wanted))]
    assert sum(SAID in text for text in said) == 1


def test_nothing_is_said_of_a_service_that_fits(
    steady: Service, farm: FarmData, wanted: Wanted
) -> None:
    with asking(steady) as asker:
        said = [remark.text for remark in remarks.of(asker.report(farm, wanted))]
    assert not any(SAID in text for text in said)


def test_files_have_empty_places_and_never_zeros(
    asker: Asker, farm: FarmData, wanted: Wanted
) -> None:
    report = asker.report(farm, wanted)
    last = max(report.table["user_id"])
    document = json.loads(export.as_json(report))
    (record,) = (one for one in document["records"] if one["user_id"] == last)
    assert [record["cost_usd"][s] for s in ("min", "max", "avg")] == [None] * 3
    assert record["cost_usd"]["sum"] > 0
    assert document["total"]["cost_usd"]["max"] is None
    assert document["total"]["cost_usd"]["avg"] is None
    (line,) = (
        one
        for one in csv.DictReader(io.StringIO(export.csv(report).decode()))
        if one["user_id"] == last
    )
    assert [line[name] for name in EDGES[:3]] == [""] * 3
    rows = pq.read_table(io.BytesIO(export.parquet(report))).to_pylist()
    (row,) = (one for one in rows if one["user_id"] == last)
    assert all(row[name] is None or math.isnan(row[name]) for name in EDGES[:3])


@pytest.mark.parametrize("period", ["daily", "monthly", "total"])
def test_what_one_row_does_not_know_is_not_known_of_its_period(
    asker: Asker, farm: FarmData, period: str
) -> None:
    report = asker.report(
        farm, Wanted(tuple(farm.queues)[:4], ("usage_type", "user"), period=period)
    )
    for row in of_the_users(report, unfit=True):
        assert math.isnan(row["cost_usd_min"])
        assert math.isnan(row["cost_usd_max"])
