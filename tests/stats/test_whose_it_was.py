"""The service forgets whose usage was, but not that it was: history's rows that know it stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest

from simulator import World
from stats import remarks, verified
from stats.model import Dimension, Filter
from tests.stats.asking import asking
from tests.stats.autumn import autumn_world
from tests.stats.checkups import (
    COMPUTE,
    SERVICE,
    ZONE,
    asked,
    checked,
    collected,
    days,
    later,
    of,
    without,
)

NAMES: verified.Called = {Dimension.QUEUE: {}, Dimension.FLEET: {}}

DAYS = days()
WORLD = autumn_world()
THEN = of(WORLD, DAYS, usage_type=COMPUTE)
ONE = THEN[THEN["user_id"].notna() & THEN["job_id"].notna()].iloc[0]
WHO, JOB, QUEUE = ONE["user_id"], ONE["job_id"], ONE["queue_id"]
DAY = next(day for day in DAYS if day.start <= ONE["started_at"] < day.end)
CUTS = ("cut=usage_type", "cut=queue-usage_type", "cut=fleet-usage_type", "cut=job-queue")
CUTS += ("cut=usage_type-user", "cut=license_product-user", "cut=job-user")


def nobodys(world: World, *columns: str) -> World:
    """A world that has forgotten whose the usage of one user on one day was."""
    usage = world.usage
    its = (usage["user_id"] == WHO) & usage["started_at"].between(DAY.start, DAY.end, "left")
    return replace(world, usage=usage.assign(**{c: usage[c].mask(its) for c in columns}))


def late(world: World, cost: float) -> World:
    """More usage of somebody else in the same queue, on the same day, in as many records."""
    others = THEN[(THEN["queue_id"] == QUEUE) & THEN["user_id"].notna() & (THEN["user_id"] != WHO)]
    many = int((THEN["user_id"] == WHO).sum())
    for _ in range(many):
        world = later(world, DAY.start + timedelta(hours=5), others, cost_usd=cost / many)
    return world


def cost_of(rows: pd.DataFrame, key: str) -> float:
    return float(rows[rows["user_id"] == key]["cost_usd_sum"].sum())


@pytest.mark.parametrize("cost", [1.5, 1_000.0])
@pytest.mark.parametrize("columns", [("user_id",), ("user_id", "job_id")], ids=len)
def test_a_check_up_takes_it_from_no_cut(
    tmp_path: Path, columns: tuple[str, ...], cost: float
) -> None:
    """However much came late of others."""
    folder = collected(tmp_path, CUTS)
    now = late(nobodys(WORLD, *columns), cost)
    right = spent(of(WORLD, [DAY]))
    with asking(now, service=SERVICE, history=str(folder)) as one:
        outcome = checked(one.reporter, cuts=CUTS)
        assert outcome.errors == []
        for by in (("usage_type", "user"), ("license_product", "user"), ("job", "user")):
            report = one.another().ask(asked([DAY], *by))
            assert cost_of(report.table, WHO) == pytest.approx(right), by
            assert report.unattributed_cost_usd == pytest.approx(cost)


def spent(usage: pd.DataFrame) -> float:
    return float(usage[usage["user_id"] == WHO]["cost_usd"].sum())


@pytest.mark.parametrize("by", ["fleet", "instance_type"])
def test_a_breakdown_that_is_asked_for_then_is_at_least_that_and_not_kept(
    tmp_path: Path, by: str
) -> None:
    """Each time: what it tells without user may be theirs, as another one knows."""
    folder = collected(tmp_path, CUTS)
    about = asked([DAY], by)
    about = replace(about, where=(Filter(Dimension.USER, frozenset({WHO})),))
    for world, doubtful in ((nobodys(WORLD, "user_id"), (DAY,)), (WORLD, ())):
        for _ in range(2):
            with asking(world, service=SERVICE, history=str(folder)) as one:
                report = one.report(about)
            assert report.doubtful == doubtful
            said = " ".join(remark.text for remark in remarks.of(report))
            assert ("tells no more whose some usage was" in said) == bool(doubtful)
            if not doubtful:
                costs = report.table["cost_usd_sum"].sum()
                assert costs == pytest.approx(spent(of(WORLD, [DAY])))
        kept = list(folder.rglob(f"cut=*{by}*user*/{DAY.start:%Y%m%d}*"))
        assert bool(kept) != bool(doubtful)


def test_a_collector_does_not_take_it_in_and_says_so(tmp_path: Path) -> None:
    cuts = (*CUTS, "cut=queue-user")
    folder = collected(tmp_path, CUTS)
    with asking(nobodys(WORLD, "user_id"), service=SERVICE, history=str(folder)) as one:
        outcome = checked(one.reporter, verify=False, cuts=cuts)
        assert (outcome.errors, outcome.nobodys) == ([], {DAY})
        (said,) = verified.sentences(outcome, NAMES, NAMES, None, ZONE)
        assert said.startswith(f"Of 1 settled day ({ZONE.day(DAY.start)}) the service tells no")
    assert len(list(folder.rglob("cut=queue-user/*.parquet"))) == 2 * (len(DAYS) - 1)


def test_usage_that_never_had_a_user_is_no_sign_of_it(tmp_path: Path) -> None:
    """Nor is another scale factor."""
    folder = collected(tmp_path, CUTS)
    farms = tuple(replace(farm, cost_scale_factor=0.5) for farm in WORLD.farms)
    world = replace(WORLD, farms=farms)
    with asking(world, service=SERVICE, history=str(folder)) as one:
        report = one.report(asked([DAY], "instance_type", "user"))
        assert one.starts() != []
        assert report.doubtful == ()


def test_nor_is_a_queue_that_is_gone_with_what_its_users_had(tmp_path: Path) -> None:
    folder = collected(tmp_path, CUTS)
    about = asked([DAY], "instance_type", "user")
    left = tuple(one for one in about.scope.ids if one != QUEUE)
    with asking(without(WORLD, QUEUE), service=SERVICE, history=str(folder)) as one:
        report = one.report(replace(about, scope=replace(about.scope, ids=left)))
        assert one.starts() != []
    assert report.unattributed_cost_usd > 0
    assert "no more whose" not in " ".join(remark.text for remark in remarks.of(report))
