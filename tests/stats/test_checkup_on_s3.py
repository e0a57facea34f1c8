"""A check-up of a history in a bucket: as of a folder's, and what it replaces lies there too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator import Simulator
from tests.stats.asking import asking
from tests.stats.autumn import NOW
from tests.stats.bucket import REGION, Wire, client, s3_over_http
from tests.stats.checkups import COMPUTE, SERVICE, WHOLE, collected, later, of, without, wrong
from tests.stats.process import Shell
from tests.stats.test_accept_less import ACCEPT, DAYS, GONE, LOST, OTHER, THEN, VERIFY, WORLD

ADDRESS = "s3://checkups/history"


@pytest.fixture
def wire(tmp_path: Path) -> Iterator[Wire]:
    """S3, with what was collected."""
    history = collected(tmp_path)
    with s3_over_http() as one:
        region = {"LocationConstraint": REGION}
        client(one).create_bucket(Bucket="checkups", CreateBucketConfiguration=region)
        for path in history.rglob("*.parquet"):
            key = f"history/{path.relative_to(history)}"
            client(one).put_object(Bucket="checkups", Key=key, Body=path.read_bytes())
        yield one


def test_late_usage_is_taken_in_a_deleted_queue_kept_and_given_up_when_that_is_said(
    wire: Wire, tmp_path: Path
) -> None:
    like = THEN[(THEN["queue_id"] == OTHER) & (THEN["usage_type"] == COMPUTE)]
    late = later(without(WORLD, GONE), DAYS[0].start, like, cost_usd=777.0)
    (tmp_path / "work").mkdir()
    with Simulator(late, SERVICE, clock=lambda: NOW) as simulator:
        s3 = {"AWS_ENDPOINT_URL_S3": wire.url, "AWS_DEFAULT_REGION": REGION}
        variables = s3 | {"FARM_COSTS_HISTORY": ADDRESS}
        shell = Shell(tmp_path / "work", simulator.url, variables)
        ended = shell.asked(*VERIFY)
        assert ended.code == 0, ended.said
        assert f"what was kept stays: by queues USD {LOST:,.2f} of" in ended.text
        with asking(late, service=SERVICE, history=ADDRESS) as asker:
            assert wrong(asker, DAYS, of(late, DAYS), *WHOLE, "usage_type") == []
        ended = shell.asked(*ACCEPT, "--yes")
        assert ended.code == 0, ended.said
    found = client(wire).list_objects_v2(Bucket="checkups", Prefix="history/set-aside/")
    aside = [one["Key"] for one in found["Contents"]]
    assert aside
    assert all(f"{ADDRESS}/{key.removeprefix('history/')}" in ended.said for key in aside)
    left = of(late, DAYS)
    with asking(late, service=SERVICE, history=ADDRESS) as asker:
        assert wrong(asker, DAYS, left[left["queue_id"] != GONE], *WHOLE, "usage_type") == []
