"""Where history can't be read, what it alone knows is missing: said, "at least", and not lost.

A queue has been deleted since its days went to history, so the service tells less of them by now.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from simulator import World
from stats import out_of_reach, remarks, scarce
from stats.description import Foreign
from stats.errors import HistoryError
from stats.model import Dimension, Question, Report, Scope, Window
from stats.remark import NOT_READ, RemarkKind
from stats.spot import Spot
from tests.stats.asking import asking, question
from tests.stats.autumn import FIRST, autumn_world, queue, records
from tests.stats.bucket import REGION, Fault, Wire, client, s3_over_http

WORLD = autumn_world()
GONE = queue(3)
AFTER = replace(WORLD, queues=tuple(one for one in WORLD.queues if one.queue_id != GONE))
WINDOW = Window(FIRST, FIRST + timedelta(days=3))
_NUMBERS = count()
DAY = timedelta(days=1)


def whole(of: Any, *by: str, window: Window = WINDOW) -> Question:
    about = question(of, (window.start, window.end), *by, period="daily")
    return replace(about, scope=Scope(Dimension.QUEUE, about.scope.ids, whole=True))


def used(*, without: str = "") -> float:
    """The cost of those days, volumes apart, which are of no queue."""
    return sum(
        one.cost_usd
        for one in records()
        if WINDOW.start <= one.at < WINDOW.end and one.keys["queue"] not in ("", without)
    )


def remember(history: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The days go to history, by a machine of its own, while the queue is there."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache / "first"))
    with asking(WORLD, history=history) as one:
        for by in (("user",), ("queue", "usage_type")):
            one.report(whole(WORLD, *by))
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache / "second"))


def told(history: str) -> Report:
    """What somebody is told who has asked nothing before, after the queue was deleted."""
    with asking(AFTER, history=history) as one:
        return one.reporter.with_assumed(one.report(whole(AFTER, "user")))


def is_right(report: Report) -> bool:
    is_whole = report.total_cost_usd.sum + report.unattributed_cost_usd == pytest.approx(used())
    is_known = report.basis.assumed_cost_usd == 0.0 and not remarks.is_at_least(report)
    return is_whole and is_known


def is_at_least(report: Report) -> bool:
    """What the service tells, said to be that and no more."""
    said = [one.text for one in remarks.of(report)]
    days = "It was at least so much: 3 days (20–22 Oct 2025)."
    return (
        report.total_cost_usd.sum == pytest.approx(used(without=GONE))
        and report.doubtful == (WINDOW,)
        and NOT_READ.text in said
        and days in said
        and report.basis.assumed_cost_usd is None
    )


def unreadable(history: Path, cut: str, away: Path) -> Path:
    """A cut's folder, as unreadable as without permission, to the superuser too; it is `away`."""
    (shelf,) = history.glob(f"v2/*/counted_by=queue/*/cut={cut}")
    shelf.rename(away)
    shelf.write_text("")
    return Path(shelf)


def test_a_folder_that_cannot_be_looked_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = tmp_path / "history"
    remember(str(history), tmp_path, monkeypatch)
    shelf = unreadable(history, "usage_type", tmp_path / "away")
    found = told(str(history))
    assert is_at_least(found), remarks.of(found)
    shelf.unlink()
    (tmp_path / "away").rename(shelf)
    assert is_right(told(str(history)))


def told_by_user(world: World, history: str) -> tuple[Report, list[dict[str, Any]]]:
    """What somebody is told of each user, and what the service was asked for."""
    with asking(world, history=history) as one:
        return one.report(whole(world, "user")), one.starts()


def with_a_finer_cut(history: str, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of three days that are remembered are told by a finer cut, too."""
    with asking(WORLD, history=history) as one:
        one.report(whole(WORLD, "user", "usage_type", window=Window(FIRST, FIRST + 2 * DAY)))
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache / "third"))


def is_told_by_the_other(report: Report, asked: list[dict[str, Any]]) -> bool:
    """Two days by the finer cut, and the third by the service: by which of users, and in all."""
    days = {one["startTime"] for one in asked}
    (said,) = {one.text for one in remarks.of(report) if one.kind is RemarkKind.HISTORY}
    return (
        days == {f"{FIRST + 2 * DAY:%Y-%m-%dT%H:%M:%SZ}"}
        and report.total_cost_usd.sum == pytest.approx(used())
        and not remarks.is_at_least(report)
        and "(its cuts by user). What no other cut tells, the service is asked for." in said
    )


def test_a_cut_that_cannot_be_looked_through_costs_what_no_other_tells(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = tmp_path / "history"
    remember(str(history), tmp_path, monkeypatch)
    with_a_finer_cut(str(history), tmp_path, monkeypatch)
    shelf = unreadable(history, "user", tmp_path / "away")
    found, asked = told_by_user(WORLD, str(history))
    assert is_told_by_the_other(found, asked), (asked, remarks.of(found))
    assert shelf.read_text() == ""
    shelf.unlink()
    (tmp_path / "away").rename(shelf)
    found, asked = told_by_user(WORLD, str(history))
    assert not asked
    assert not [one for one in remarks.of(found) if one.kind is RemarkKind.HISTORY]


def test_what_is_deleted_and_in_a_cut_out_of_reach_is_not_said_to_be_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    history = tmp_path / "history"
    remember(str(history), tmp_path, monkeypatch)
    unreadable(history, "user", tmp_path / "away")
    about = replace(whole(WORLD, "user"), scope=Scope(Dimension.QUEUE, (), whole=True))
    with asking(replace(WORLD, queues=()), history=str(history)) as one:
        found = one.report(about)
    said = " ".join(remark.text for remark in remarks.of(found))
    assert found.unattributed_cost_usd == pytest.approx(used())
    assert "can't be read" in said
    assert "only the total" not in said


@pytest.fixture(scope="module")
def wire() -> Iterator[Wire]:
    with s3_over_http() as one:
        yield one


def new_bucket(wire: Wire) -> str:
    name = f"reach-{next(_NUMBERS)}"
    region = {"LocationConstraint": REGION}
    client(wire).create_bucket(Bucket=name, CreateBucketConfiguration=region)
    return name


@pytest.fixture(scope="module")
def remembered(wire: Wire, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A bucket to which the days went; nobody else looks at it."""
    name = new_bucket(wire)
    with pytest.MonkeyPatch.context() as patched:
        remember(f"s3://{name}/history", tmp_path_factory.mktemp("cache"), patched)
    return name


@pytest.fixture
def bucket(wire: Wire, remembered: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A bucket that has the days."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "second"))
    s3, name = client(wire), new_bucket(wire)
    for one in s3.list_objects_v2(Bucket=remembered)["Contents"]:
        source = {"Bucket": remembered, "Key": one["Key"]}
        s3.copy_object(Bucket=name, Key=one["Key"], CopySource=source)
    return f"s3://{name}/history"


def test_a_cut_that_a_bucket_denies_to_list_costs_what_no_other_tells(
    wire: Wire, bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with_a_finer_cut(bucket, tmp_path, monkeypatch)
    with wire.fails(403, "LIST"):
        every = wire.faulty
        wire.faulty = lambda call: every(call) if "cut%3Duser%2F&" in f"{call.path}&" else None
        found, asked = told_by_user(WORLD, bucket)
    assert is_told_by_the_other(found, asked), (asked, remarks.of(found))


@pytest.mark.parametrize(
    ("how", "kinds"),
    [
        (403, ("LIST",)),
        (403, ("GET",)),
        (503, ()),
        (404, ("GET",)),
        (404, ("HEAD",)),
        (404, ("GET", "HEAD")),
        (Fault.SIGN_IN, ()),
        (Fault.SIGN_IN, ("GET", "HEAD")),
        (Fault.SIGN_IN, ("LIST",)),
        (Fault.EMPTY, ("LIST",)),
    ],
)
def test_a_bucket_that_does_not_answer_as_one(
    wire: Wire, bucket: str, how: int | Fault, kinds: tuple[str, ...]
) -> None:
    with wire.fails(how, *kinds):
        found = told(bucket)
    assert is_at_least(found), remarks.of(found)
    assert is_right(told(bucket))


@pytest.mark.parametrize("how", [Fault.SIGN_IN, Fault.EMPTY])
def test_a_listing_that_lacks_what_is_there_costs_no_file(
    wire: Wire, bucket: str, how: Fault
) -> None:

    def contents() -> dict[str, str]:
        found = client(wire).list_objects_v2(Bucket=Spot.of(bucket).bucket)
        return {one["Key"]: one["ETag"] for one in found["Contents"]}

    before = contents()
    with wire.fails(how, "LIST"):
        told(bucket)
    assert before == contents()
    assert is_right(told(bucket))


@pytest.mark.parametrize("how", [Fault.SIGN_IN, Fault.EMPTY])
def test_a_listing_that_lies_once_is_asked_for_again(wire: Wire, bucket: str, how: Fault) -> None:
    times = count()
    with wire.fails(how, "LIST"):
        every = wire.faulty
        wire.faulty = lambda call: ((every(call) and not next(times)) and how) or None
        found = told(bucket)
    assert is_right(found), remarks.of(found)


@pytest.mark.parametrize("number", [errno.EACCES, errno.EMFILE, errno.EIO])
def test_a_file_that_is_only_out_of_reach_is_not_taken_for_a_bad_one(number: int) -> None:
    broken = OSError(number, "Failed to open local file '/history/one.parquet'")
    why = out_of_reach.why("/history/one.parquet", broken)
    assert isinstance(why, HistoryError)
    assert f"/history/one.parquet: {os.strerror(number)}. The service is asked" in str(why)


@pytest.mark.parametrize("broken", [OSError("no magic"), OSError(errno.ENOENT, ""), ValueError()])
def test_a_file_whose_content_is_wrong_is_a_bad_one(broken: Exception) -> None:
    assert isinstance(out_of_reach.why("/history/one.parquet", broken), Foreign)


@pytest.mark.parametrize(
    "lacking",
    [
        pa.ArrowMemoryError("malloc of size 64 failed"),
        pa.ArrowException("Unknown error: Failed to launch worker thread: Resource temporarily"),
        pa.ArrowException("Unknown error: what nobody knows"),
    ],
)
def test_where_there_is_no_memory_or_thread_that_says_nothing_of_a_file(lacking: Exception) -> None:
    why = out_of_reach.why("/history/one.parquet", lacking)
    assert isinstance(why, HistoryError)
    said = str(lacking) if "nobody" in str(lacking) else scarce.SAID
    assert f"/history/one.parquet: {said}. The service is asked" in str(why)


@pytest.mark.parametrize("how", [403, 503])
def test_a_total_that_is_lost_counts_also_where_the_bucket_is_only_read(
    wire: Wire, bucket: str, how: int
) -> None:
    """It is made of the day's cut by queue, and the other days go on being read."""
    door, name = client(wire), Spot.of(bucket).bucket
    keys = [one["Key"] for one in door.list_objects_v2(Bucket=name)["Contents"]]
    (lost,) = [key for key in keys if "cut=usage_type/20251021" in key]
    door.delete_object(Bucket=name, Key=lost)
    with wire.fails(how, "PUT", "POST"):
        report = told(bucket)
    assert is_right(report), remarks.of(report)
    assert not report.unattributed_cost_usd
