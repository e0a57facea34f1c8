"""History's files as other engines read them: DataFusion adds up the same as Farm Costs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from datafusion import SessionContext
from datafusion.object_store import AmazonS3

from simulator import SimulatorSettings
from stats.compact import compact
from stats.dayfile import Shelf
from stats.model import Dimension, Question, Report, Window
from stats.report import Reporter
from stats.store import File
from tests.stats.asking import Asker, asking, question, wait_until
from tests.stats.autumn import FIRST, INSTANCE_TYPES, LAST, autumn_world
from tests.stats.bucket import REGION, Wire, client, s3_over_http

KIND = INSTANCE_TYPES[0]
PARTITIONS = [(name, pa.string()) for name in ("farm_id", "counted_by", "period", "cut")]
ADDED_UP = """
    SELECT user_id, date_trunc('month', period_start AT TIME ZONE 'UTC') AS month,
           sum(cost_usd_sum), sum(runtime_seconds_sum), sum(count)
    FROM history
    WHERE farm_id = '{farm}' AND counted_by = 'queue' AND period = 'daily'
      AND cut = 'instance_type-user' AND instance_type = '{kind}'
    GROUP BY 1, 2
"""


def about() -> Question:
    """What each user did on one instance type, month by month."""
    asked = question(
        autumn_world(),
        (FIRST, LAST),
        "user",
        where={"instance_type": {KIND}},
        period="monthly",
    )
    return replace(asked, scope=replace(asked.scope, whole=True))


@pytest.fixture(scope="module")
def asker() -> Iterator[Asker]:
    """A service, asked without history."""
    with asking(autumn_world(), service=SimulatorSettings(page_size=100)) as one:
        yield one


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    """S3, for all tests here."""
    with s3_over_http() as one:
        yield one


def kept(asker: Asker, address: str) -> tuple[Report, Reporter]:
    """What Farm Costs answers, from a history that has all of it."""
    asker.another(history=address).ask(about())
    one = asker.another(history=address)
    wait_until(lambda: len(listed(one)) == (LAST - FIRST).days)
    before = len(asker.starts())
    report = one.ask(about())
    assert len(asker.starts()) == before
    return report, one


def listed(reporter: Reporter) -> dict[Window, File]:
    assert reporter.history is not None
    shelf = Shelf(about().farm_id, Dimension.QUEUE, (Dimension.INSTANCE_TYPE, Dimension.USER))
    reporter.history.forget_listing(shelf)
    return reporter.history.listed(shelf)


def added_up(engine: SessionContext, where: str) -> dict[tuple[str, str], list[float]]:
    """Cost, runtime and records by user and month, as DataFusion has it."""
    engine.register_parquet("history", where, table_partition_cols=PARTITIONS)
    found = engine.sql(ADDED_UP.format(farm=about().farm_id, kind=KIND)).to_pylist()
    return {(row["user_id"], f"{row['month']:%Y-%m}"): list(row.values())[2:] for row in found}


def told(report: Report) -> dict[tuple[str, str], list[float]]:
    """The same, as Farm Costs has it; its first month begins with its window."""
    columns = ["user_id", "period_start", "cost_usd_sum", "runtime_seconds_sum", "count"]
    rows = report.table[columns].itertuples(index=False)
    return {(user, f"{start:%Y-%m}"): numbers for user, start, *numbers in rows}


def same(theirs: dict[Any, list[float]], ours: dict[Any, list[float]]) -> None:
    assert len(ours) == 14
    assert theirs.keys() == ours.keys()
    for key, numbers in ours.items():
        assert theirs[key] == pytest.approx(numbers, rel=1e-9)


def test_another_engine_adds_up_the_same_in_a_folder(asker: Asker, tmp_path: Path) -> None:
    report, reporter = kept(asker, str(tmp_path))
    same(added_up(SessionContext(), f"{tmp_path}/v2/"), told(report))
    assert reporter.history is not None
    assert list(compact(reporter.history, reporter.history.shelves(), LAST))
    assert len({*listed(reporter).values()}) == 10
    same(added_up(SessionContext(), f"{tmp_path}/v2/"), told(report))


def test_another_engine_adds_up_the_same_in_a_bucket(
    asker: Asker, wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    region = {"LocationConstraint": REGION}
    client(wire).create_bucket(Bucket="shared", CreateBucketConfiguration=region)
    report, reporter = kept(asker, "s3://shared/history")
    assert reporter.history is not None
    list(compact(reporter.history, reporter.history.shelves(), LAST))
    engine = SessionContext()
    engine.register_object_store("s3://", in_bucket(wire), "shared")
    same(added_up(engine, "s3://shared/history/v2/"), told(report))


def in_bucket(wire: Wire) -> AmazonS3:
    """The bucket as DataFusion reads it, with a client of its own."""
    return AmazonS3(
        bucket_name="shared",
        region=REGION,
        access_key_id="simulated",
        secret_access_key="simulated",
        endpoint=wire.url,
        allow_http=True,
    )
