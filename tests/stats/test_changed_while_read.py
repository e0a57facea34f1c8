"""Files that others put together at the moment when somebody is about to read them."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from simulator import Simulator
from stats import audit, particulars
from stats.clock import Clock
from stats.compact import compact
from stats.history import History
from stats.model import Dimension
from stats.outcome import Outcome
from stats.report import Reporter
from stats.store import File, Folder
from tests.stats.asking import asking
from tests.stats.autumn import NOW, autumn_world
from tests.stats.bucket import REGION, Call, client, s3_over_http
from tests.stats.checkups import (
    FARM,
    SERVICE,
    WHOLE,
    ZONE,
    asked,
    collected,
    days,
    later,
    of,
    wrong,
)
from tests.stats.conftest import START, Answer, Relay
from tests.stats.process import Shell
from tests.stats.test_accept_less import VERIFY

DAYS = days()
CUTS = ("cut=usage_type", "cut=job-queue", "cut=queue-usage_type", "cut=job-usage_type")
"""The total, what it is made of where it is lost, and what is held to others."""
QUEUE = Dimension.QUEUE


def put_together(history: History) -> None:
    """As another process does."""
    deque(compact(history, history.shelves(), NOW), maxlen=0)


@dataclass
class Others:
    """What others do in a folder, once so many files were about to be read."""

    folder: Path
    at: int
    seen: int = 0
    files: list[str] = field(default_factory=list)

    def come(self) -> None:
        self.seen += 1
        if self.seen == self.at:
            put_together(History(self.folder, timedelta(hours=48), Clock(now=lambda: NOW)))
            self.files = [path.name for path in self.folder.rglob("*.parquet")]


def beside(others: Others, monkeypatch: pytest.MonkeyPatch, read: Callable[[Reporter], Any]) -> Any:
    """What is read while others are at work there."""
    fetch = Folder.fetch

    def fetched(self: Folder, files: Collection[File], *, anew: bool = False) -> None:
        others.come()
        fetch(self, files, anew=anew)

    about = asking(autumn_world(), service=SERVICE, history=str(others.folder))
    with about as one, monkeypatch.context() as patched:
        patched.setattr(Folder, "fetch", fetched)
        return read(one.reporter)


def _mended(reporter: Reporter) -> object:
    outcome = Outcome(FARM)
    reporter.collector(ZONE).checkup.mend(outcome, DAYS)
    return outcome.written, outcome.errors


def _lacking(reporter: Reporter) -> object:
    return reporter.collector(ZONE).pieces(FARM, DAYS)


def _lacking_to_the_end(reporter: Reporter) -> object:
    return reporter.collector(ZONE).pieces(FARM, DAYS, to_the_end=True)


def _amiss(reporter: Reporter) -> object:
    return list(audit.amiss(reporter.history, reporter.history.shelves()))


def _called(reporter: Reporter) -> object:
    return reporter.history.resources(FARM, QUEUE)


def _queues_of(reporter: Reporter) -> object:
    jobs = set(autumn_world().jobs["job_id"])
    return sorted(particulars.queues_of(reporter.history, asked(DAYS, "job"), DAYS, jobs))


def _put_together(reporter: Reporter) -> object:
    """Its lock is another one than the others'."""
    put_together(reporter.history)
    return sorted(len(reporter.history.listed(s)) for s in reporter.history.shelves())


@pytest.mark.parametrize(
    "read", [_mended, _lacking, _lacking_to_the_end, _amiss, _called, _queues_of]
)
def test_what_is_read_is_the_same_while_others_put_files_together(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[[Reporter], object]
) -> None:
    whole = Others(collected(tmp_path, CUTS), at=0)
    right = beside(whole, monkeypatch, read)
    assert whole.seen
    for at in {*range(1, whole.seen, 1 + whole.seen // 4), whole.seen}:
        folder = collected(tmp_path / f"{at}", CUTS)
        others = Others(folder, at)
        assert beside(others, monkeypatch, read) == right, at
        assert len(others.files) == len(set(folder.rglob("cut=*")))
        shutil.rmtree(folder)


def _alter(relay: Relay, meanwhile: Callable[[], None]) -> list[str]:
    """Something happens once, as soon as the service is asked."""
    started: list[str] = []

    def alter(answer: Answer) -> None:
        if answer.operation == START and not started:
            started.append(START)
            meanwhile()

    relay.passage.alter = alter
    return started


def test_a_check_up_goes_on_where_another_process_puts_a_month_together(
    tmp_path: Path, relay: Relay
) -> None:
    folder = collected(tmp_path)
    (tmp_path / "work").mkdir()
    shell = Shell(tmp_path / "work", relay.url, {"FARM_COSTS_HISTORY": str(folder)})
    late = later(autumn_world(), DAYS[0].start, of(autumn_world(), DAYS), cost_usd=777.0)
    with Simulator(late, SERVICE, clock=lambda: NOW) as simulator:
        relay.passage.to = simulator.url.removeprefix("http://")
        started = _alter(relay, lambda: put_together(_of(folder)))
        ended = shell.asked(*VERIFY)
    assert started
    assert (ended.code, "0 errors" in ended.text) == (0, True), ended.said
    assert "1 settled day had changed" in ended.text
    with asking(late, service=SERVICE, history=str(folder)) as asker:
        assert wrong(asker, DAYS, of(late, DAYS), *WHOLE) == []
    assert list(audit.amiss(_of(folder), _of(folder).shelves())) == []


def _of(folder: Path) -> History:
    return History(folder, timedelta(hours=48), Clock(now=lambda: NOW))


@pytest.mark.parametrize("words", [VERIFY, ("history", "verify"), ("history", "compact")])
def test_in_a_bucket_too(tmp_path: Path, relay: Relay, words: tuple[str, ...]) -> None:
    folder = collected(tmp_path, () if words == VERIFY else CUTS)
    (tmp_path / "work").mkdir()
    with s3_over_http() as wire:
        s3, bucket = client(wire), f"restless-{'-'.join(words[:2]).replace('--', '-')}"
        region = {"LocationConstraint": REGION}
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=region)
        files = {f"history/{p.relative_to(folder)}": p for p in folder.rglob("*.parquet")}
        for key, path in files.items():
            s3.put_object(Bucket=bucket, Key=key, Body=path.read_bytes())
        put_together(_of(folder))
        months = {f"history/{p.relative_to(folder)}": p for p in folder.rglob("*.parquet")}
        done: list[str] = []

        def meanwhile(call: Call) -> None:
            if call.kind == "GET" and call.path.endswith(".parquet") and not done:
                done.append(call.path)
                for key, path in months.items():
                    s3.put_object(Bucket=bucket, Key=key, Body=path.read_bytes())
                for key in files:
                    s3.delete_object(Bucket=bucket, Key=key)

        variables = {"AWS_ENDPOINT_URL_S3": wire.url, "AWS_DEFAULT_REGION": REGION}
        variables |= {"FARM_COSTS_HISTORY": f"s3://{bucket}/history"}
        with Simulator(autumn_world(), SERVICE, clock=lambda: NOW) as simulator:
            relay.passage.to, relay.passage.alter = simulator.url.removeprefix("http://"), None
            shell = Shell(tmp_path / "work", relay.url, variables)
            wire.faulty = meanwhile
            ended = shell.asked(*words)
        assert done
        assert ended.code == 0, ended.said
        assert shell.asked("history", "verify").code == 0
