"""Less is accepted of days in files of any kind and anywhere; what it replaces comes back."""

from __future__ import annotations

import os
import shutil
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from unittest.mock import patch

import pytest

from stats import dayfile, knowledge
from stats.clock import Clock
from stats.compact import compact
from stats.dayfile import Shelf
from stats.history import History
from stats.model import Scope, Window
from stats.outcome import Outcome
from tests.stats.asking import Asker, asking
from tests.stats.autumn import NOW
from tests.stats.bucket import REGION, client, s3_over_http
from tests.stats.checkups import (
    FARM,
    QUEUE,
    SERVICE,
    WHOLE,
    ZONE,
    amiss,
    asked,
    collected,
    days,
    without,
    wrong,
)
from tests.stats.former_files import sealed
from tests.stats.test_accept_less import GONE, LOST, OTHER, THEN, WORLD

DAYS = days()
NOW_THERE = without(WORLD, GONE, OTHER)
LEFT = THEN[THEN["queue_id"] != GONE]
BYS = (*WHOLE, "usage_type", "queue usage_type")
CUTS = (
    *("cut=usage_type", "cut=queue-usage_type", "cut=job-usage_type", "cut=usage_type-user"),
    *("cut=job-queue", "cut=job-user"),
)


def opened(folder: Path) -> History:
    return History(folder, timedelta(hours=48), Clock(now=lambda: NOW))


def of_days(_: Path) -> None:
    """As they were collected."""


def of_months(folder: Path) -> None:
    history = opened(folder)
    deque(compact(history, history.shelves(), NOW), maxlen=0)
    assert all(len(list(cut.iterdir())) == 1 for cut in folder.rglob("cut=*"))


def of_the_release_before(folder: Path) -> None:
    """One file of each cut, by its days."""
    history = opened(folder)
    for shelf in history.shelves():
        for day in DAYS:
            name, data = _former(history, shelf, day)
            place = folder / "v1" / shelf.folder
            place.mkdir(parents=True, exist_ok=True)
            (place / name).write_bytes(data)
    shutil.rmtree(folder / "v2")


def _former(history: History, shelf: Shelf, day: Window) -> tuple[str, bytes]:
    held = history.listed(shelf).among((day,))
    rows, told = history.read(shelf, day), history.told(held).days[day]
    columns = dayfile.schema(shelf.by, former=True).names
    return sealed(shelf, [day], told.fetched_at, rows[columns], told.resources)


Makes = Callable[[Path], None]


@contextmanager
def in_a_folder(folder: Path, _: str) -> Iterator[tuple[str, Callable[[Path], None]]]:
    def brought_back(away: Path) -> None:
        (aside,) = (folder / "set-aside").iterdir()
        shutil.copytree(aside / "v2", folder / "v2", dirs_exist_ok=True)

    yield str(folder), brought_back


@contextmanager
def in_a_bucket(folder: Path, bucket: str) -> Iterator[tuple[str, Callable[[Path], None]]]:
    with s3_over_http() as wire, patch.dict(os.environ, XDG_CACHE_HOME=str(folder.parent)):
        s3 = client(wire)
        region = {"LocationConstraint": REGION}
        s3.create_bucket(Bucket=bucket, CreateBucketConfiguration=region)
        for path in folder.rglob("*.parquet"):
            key = f"studio/{path.relative_to(folder)}"
            s3.put_object(Bucket=bucket, Key=key, Body=path.read_bytes())

        def brought_back(_: Path) -> None:
            found = s3.list_objects_v2(Bucket=bucket, Prefix="studio/set-aside/")["Contents"]
            for key in [one["Key"] for one in found]:
                to = "studio/" + "/".join(key.split("/")[3:])
                s3.copy_object(Bucket=bucket, Key=to, CopySource={"Bucket": bucket, "Key": key})

        yield f"s3://{bucket}/studio", brought_back


def accepted(one: Asker) -> Outcome:
    outcome = Outcome(FARM)
    collector = one.another().collector(ZONE)
    gone = collector.checkup.gone(FARM, QUEUE, [GONE], DAYS, lambda *_: None)
    assert {less.id for less in gone} == {GONE}
    assert sum(less.cost_usd for less in gone) == pytest.approx(
        THEN[THEN["queue_id"] == GONE]["cost_usd"].sum()
    )
    some = sorted({less.day for less in gone}, key=lambda day: day.start)
    collector.checkup.accept(outcome, QUEUE, [GONE], some, lambda *_: None)
    return outcome


@pytest.mark.parametrize(
    ("make", "lies"),
    [(of_days, in_a_folder), (of_the_release_before, in_a_folder), (of_months, in_a_bucket)],
)
def test_less_is_taken_of_one_queue_and_can_be_brought_back(
    tmp_path: Path, make: Makes, lies: Callable[..., Iterator[tuple[str, Callable[[Path], None]]]]
) -> None:
    folder = collected(tmp_path, CUTS)
    make(folder)
    with lies(folder, f"less-{make.__name__}".replace("_", "-")) as (history, brought_back):
        with asking(NOW_THERE, service=SERVICE, history=history) as one:
            outcome = accepted(one)
            assert outcome.aside
            assert wrong(one, DAYS, LEFT, *BYS) == []
            assert amiss(one) == []
            collector, again = one.another().collector(ZONE), Outcome(FARM)
            collector.put_together(again)
            assert again.errors == []
            assert wrong(one, DAYS, LEFT, *BYS) == []
        brought_back(folder)
        with asking(NOW_THERE, service=SERVICE, history=history) as one:
            assert wrong(one, DAYS, THEN, *BYS) == []
            assert amiss(one) == []


def test_of_one_that_less_was_taken_of_no_zero_is_told(tmp_path: Path) -> None:
    """It is deleted, and the service was not asked for it: what it told is not known any more."""
    history = collected(tmp_path, CUTS)
    with asking(NOW_THERE, service=SERVICE, history=str(history)) as one:
        gone, other = (replace(asked(DAYS), scope=Scope(QUEUE, (key,))) for key in (GONE, OTHER))
        before = one.another().ask(gone)
        assert before.total_cost_usd.sum == pytest.approx(LOST)
        assert before.unknown == ()
        days = accepted(one).changed
        after = one.another().ask(gone)
        assert after.total_by_usage_type == {}
        assert after.unknown == knowledge.on_end(day for _, day in days)
        assert one.another().ask(other).unknown == ()
