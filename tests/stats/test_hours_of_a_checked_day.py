"""Hours kept of a day that is checked up: what came late is in them, or is unattributed."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from simulator import World
from stats.model import Period, Report
from stats.outcome import Outcome
from stats.report import Reporter
from tests.stats.asking import Asker, asking
from tests.stats.checkups import (
    COMPUTE,
    FARM,
    QUEUE,
    SERVICE,
    ZONE,
    amiss,
    asked,
    checked,
    collected,
    counted,
    days,
    later,
    of,
    without,
)
from tests.stats.test_accept_less import GONE, OTHER, THEN, WORLD

DAYS = days()
LATE_AT = DAYS[0].start + timedelta(hours=5)
LIKE = THEN[(THEN["queue_id"] == OTHER) & (THEN["usage_type"] == COMPUTE)]
LATE = 777.0
CUTS = ("cut=usage_type", "cut=job-queue", "cut=usage_type-user")
CUTS += ("cut=queue-usage_type", "cut=fleet-usage_type")
BYS = ("usage_type", "user", "queue usage_type", "job", "queue")


def by_the_hour(reporter: Reporter, by: str) -> Report:
    return reporter.ask(replace(asked(DAYS, *by.split()), period=Period.HOURLY))


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A history of two days, also by the hour."""
    folder = collected(tmp_path_factory.mktemp("hours"), CUTS)
    with asking(WORLD, service=SERVICE, history=str(folder)) as one:
        for by in BYS:
            by_the_hour(one.reporter, by)
    assert len(list(folder.rglob("period=hourly/cut=user/*"))) == len(DAYS)
    return folder


def holds(one: Asker, by: str, right: float) -> tuple[float, float]:
    """What is told of the hours adds up; in the late one, and unattributed."""
    starts = len(one.starts())
    report = by_the_hour(one.another(), by)
    assert len(one.starts()) == starts
    table = report.table
    whole = sum(usage.cost_usd.sum for usage in report.total_by_usage_type.values())
    assert whole == pytest.approx(right)
    assert table["cost_usd_sum"].sum() + report.unattributed_cost_usd == pytest.approx(right)
    hour = table[table["period_start"] == LATE_AT]
    said = any("could be placed in every breakdown" in remark.text for remark in report.remarks)
    assert said == (report.unattributed_cost_usd > 0.01)
    return float(hour["cost_usd_sum"].sum()), report.unattributed_cost_usd


@pytest.fixture
def history(kept: Path, tmp_path: Path) -> str:
    return str(shutil.copytree(kept, tmp_path / "history"))


def cost(world: World, *, left_out: str = "") -> float:
    rows = counted(of(world, DAYS), "queue")
    return float(rows[rows["queue_id"] != left_out]["cost_usd"].sum())


def test_late_usage_is_taken_in_by_the_hour_too(history: str) -> None:
    late = later(WORLD, LATE_AT, LIKE, cost_usd=LATE)
    with asking(late, service=SERVICE, history=history) as one:
        before = {by: holds(one, by, cost(WORLD))[0] for by in BYS}
        outcome = checked(one.another(), cuts=CUTS)
        assert (outcome.errors, outcome.unplaced) == ([], [])
        for by in BYS:
            hour, apart = holds(one, by, cost(late))
            assert (hour - before[by], apart) == (pytest.approx(LATE), pytest.approx(0, abs=1e-6))
        assert amiss(one) == []


def test_where_a_queue_is_gone_it_is_in_the_hours_or_unattributed_and_said_so(history: str) -> None:
    late = later(without(WORLD, GONE), LATE_AT, LIKE, cost_usd=LATE)
    with asking(late, service=SERVICE, history=history) as one:
        before = {by: holds(one, by, cost(WORLD))[0] for by in BYS}
        assert checked(one.another(), cuts=CUTS).errors == []
        for by in BYS:
            hour, apart = holds(one, by, cost(late))
            assert hour - before[by] + apart == pytest.approx(LATE)
        assert holds(one, "queue usage_type", cost(late))[1] == pytest.approx(0, abs=1e-6)
        assert holds(one, "user", cost(late))[1] == pytest.approx(LATE)
        assert amiss(one) == []
    with asking(late, service=SERVICE, history=history) as one:
        outcome = Outcome(FARM)
        checkup = one.another().collector(ZONE).checkup
        checkup.accept(outcome, QUEUE, [GONE], DAYS, lambda *_: None)
        assert outcome.aside
        for by in BYS:
            holds(one, by, cost(late, left_out=GONE))
        assert amiss(one) == []
