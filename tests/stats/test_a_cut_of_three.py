"""A cut by three things, which takes a run per queue (or fleet), is checked up as it was made."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from stats.model import Dimension, Window
from stats.plan import MOST_IDS, Cut, Run
from tests.stats.asking import asking, wait_until
from tests.stats.autumn import autumn_world, by_key, differences
from tests.stats.checkups import (
    COMPUTE,
    FARM,
    QUEUE,
    SERVICE,
    TYPE,
    asked,
    checked,
    collected,
    counted,
    days,
    later,
    of,
    truth,
    without,
)

DAYS = days()
WORLD = autumn_world()
CUTS = ("cut=usage_type", "cut=queue-usage_type", "cut=fleet-usage_type", "cut=job-queue")
THREE = [
    ("queue", ("instance_type", "queue", "usage_type")),
    ("queue", ("instance_type", "queue", "user")),
    ("fleet", ("fleet", "instance_type", "job")),
]


@pytest.fixture(scope="module", params=THREE, ids=lambda one: "-".join(one[1]))
def kept(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, str, tuple[str, ...]]:
    """A history of two days, also by three things; by queues or fleets; the three."""
    scope, by = request.param
    folder = collected(tmp_path_factory.mktemp("three"), CUTS)
    with asking(WORLD, service=SERVICE, history=str(folder)) as one:
        one.report(asked(DAYS, *by, scope=scope))
    assert len(list(folder.rglob(f"cut={'-'.join(sorted(by))}/*.parquet"))) == len(DAYS)
    return folder, scope, by


def test_late_usage_is_taken_into_it(
    kept: tuple[Path, str, tuple[str, ...]], tmp_path: Path
) -> None:
    source, scope, by = kept
    folder = shutil.copytree(source, tmp_path / "history")
    like = of(WORLD, DAYS, usage_type=COMPUTE)
    now = later(WORLD, DAYS[0].start + timedelta(hours=5), like, cost_usd=77.0)
    with asking(now, service=SERVICE, history=str(folder)) as one:
        outcome = checked(one.reporter, cuts=CUTS)
        assert (outcome.errors, outcome.unplaced, outcome.conflicts) == ([], [], [])
        assert {day for _, day in outcome.changed} == {DAYS[0]}
        starts = len(one.starts())
        report = one.another().ask(replace(asked(DAYS, *by, scope=scope)))
        assert len(one.starts()) == starts
    right = truth(counted(of(now, DAYS), scope), by)
    assert differences(by_key(report), right) == []
    assert (report.doubtful, report.unknown, report.unattributed_cost_usd) == ((), (), 0.0)


COARSER = [
    ("queue", "queue instance_type user", "queue"),
    ("queue", "queue instance_type user", "user"),
    ("queue", "queue instance_type user", "instance_type user"),
    ("fleet", "fleet instance_type job", "job"),
]


@pytest.mark.parametrize(("scope", "three", "by"), COARSER)
def test_what_is_coarser_follows_from_it_whatever_was_deleted_since(
    tmp_path: Path, scope: str, three: str, by: str
) -> None:
    with asking(WORLD, service=SERVICE, history=str(tmp_path)) as one:
        one.report(asked(DAYS, *three.split(), scope=scope))
    gone = WORLD.queues[2].queue_id if scope == "queue" else WORLD.fleets[1].fleet_id
    with asking(without(WORLD, gone), service=SERVICE, history=str(tmp_path)) as one:
        report = one.report(asked(DAYS, *by.split(), scope=scope))
        assert one.starts() == []
    right = truth(counted(of(WORLD, DAYS), scope), by.split())
    assert differences(by_key(report), right) == []
    assert (report.doubtful, report.unknown) == ((), ())


def test_it_is_found_as_soon_as_it_is_there(tmp_path: Path) -> None:
    """Also by who has looked before, and whoever wrote it."""
    by = ["queue", "instance_type", "user"]
    with asking(WORLD, service=SERVICE, history=str(tmp_path)) as one:
        assert one.reporter.history.of_three() == ()
        one.report(asked(DAYS, *by))
        wait_until(lambda: len(list(tmp_path.rglob("cut=*-*-*/*.parquet"))) == len(DAYS))
        assert len(one.reporter.history.of_three()) == 1
        other = one.another()
        assert len(other.history.of_three()) == 1
        shutil.rmtree(next(tmp_path.rglob("cut=*-*-*")))
        other.history.forget_listings()
        assert other.history.of_three() == ()


@pytest.mark.parametrize(
    ("by", "many"), [((QUEUE, TYPE, Dimension.USER), 1), ((QUEUE, TYPE), MOST_IDS + 1)]
)
def test_there_is_no_run_that_the_service_would_refuse(
    by: tuple[Dimension, ...], many: int
) -> None:
    window = Window(DAYS[0].start, DAYS[0].end)
    with pytest.raises(ValueError, match="no aggregation"):
        Run(FARM, QUEUE, tuple(map(str, range(many))), window, 0, Cut(by))
