"""Where nothing can be written, not even in the system's place for temporary files."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from simulator import Simulator
from tests.stats.autumn import NOW
from tests.stats.bucket import REGION, client, s3_over_http
from tests.stats.checkups import SERVICE, collected, counted
from tests.stats.process import Ended, Shell
from tests.stats.test_accept_less import ABOUT, THEN, WORLD

NO_FILE = "ulimit -f 0"
"""No process may write a byte to any file: of no folder at all it is found that it can be used."""

REPORT = ("report", *ABOUT, "--by", "user", "--format", "json")


@pytest.fixture
def shell(tmp_path: Path) -> Iterator[Shell]:
    (tmp_path / "work").mkdir()
    with Simulator(WORLD, SERVICE, clock=lambda: NOW) as simulator:
        yield Shell(tmp_path / "work", simulator.url, {"FARM_COSTS_HISTORY": "off"})


def is_right(ended: Ended) -> None:
    assert ended.code == 0, ended.said
    cost = json.loads(ended.text)["total"]["cost_usd"]["sum"]
    assert cost == pytest.approx(counted(THEN, "queue")["cost_usd"].sum())


def test_it_is_not_needed_where_the_service_is_asked(shell: Shell) -> None:
    is_right(shell.run(*REPORT, before=NO_FILE))


def test_nor_where_history_is_read(shell: Shell, tmp_path: Path) -> None:
    history = str(collected(tmp_path))
    is_right(shell.run(*REPORT, before=NO_FILE, FARM_COSTS_HISTORY=history))
    ended = shell.run("history", "verify", before=NO_FILE, FARM_COSTS_HISTORY=history)
    assert ended.code == 0, ended.said


def test_where_a_buckets_files_can_be_copied_nowhere_that_is_told(
    shell: Shell, tmp_path: Path
) -> None:
    with s3_over_http() as wire:
        region = {"LocationConstraint": REGION}
        client(wire).create_bucket(Bucket="nowhere", CreateBucketConfiguration=region)
        folder = collected(tmp_path)
        for path in folder.rglob("*.parquet"):
            key = str(path.relative_to(folder))
            client(wire).put_object(Bucket="nowhere", Key=key, Body=path.read_bytes())
        s3 = {"AWS_ENDPOINT_URL_S3": wire.url, "AWS_DEFAULT_REGION": REGION}
        s3["XDG_CACHE_HOME"] = "/dev/null"
        about = s3 | {"FARM_COSTS_HISTORY": "s3://nowhere"}
        ended = shell.run(*REPORT, before=NO_FILE, **about)
        is_right(ended)
        assert "neither" in json.dumps(json.loads(ended.text)["notes"])
        ended = shell.run("history", "verify", before=NO_FILE, **about)
    assert (ended.code, ended.said.count("\n")) == (5, 1)
    assert "nor a temporary folder can be written" in ended.said
