"""History can't be read: what it may know of fleets that are gone is missing, and that is said."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from simulator.tiny import RACK
from stats.model import Report, Window
from tests.stats.asking import asking
from tests.stats.test_assumed_of_deleted_fleets import (
    LATER,
    TINY,
    UNTOLD,
    WEEK,
    remember_all,
    told,
    whole,
    without,
)
from tests.stats.test_assumed_price import assumed

SAID = (
    "How much of this is at an assumed 1 USD an hour can’t be told here: history can’t be read, "
    "which may know of fleets that were deleted since."
)


def spoil(home: Path, counted_by: str) -> None:
    """What was counted so can't be read any more: in place of its cuts lie files."""
    for cut in home.glob(f"v2/farm_id=*/counted_by={counted_by}/period=*/cut=*"):
        shutil.rmtree(cut)
        cut.write_text("x")


def is_untold(report: Report) -> bool:
    said = assumed(report)
    return report.basis.assumed_cost_usd is None and [one[: len(SAID)] for one in said] == [SAID]


@pytest.mark.parametrize("counted_by", ["fleet", "*"])
def test_it_is_not_known_of_settled_days(tmp_path: Path, counted_by: str) -> None:
    remember_all(tmp_path)
    world = without(RACK)
    with asking(TINY, LATER, history=str(tmp_path)) as one:
        one.report(whole(TINY, "user"))
    spoil(tmp_path, counted_by)
    with asking(world, LATER, history=str(tmp_path)) as one:
        report = told(one, whole(world, "user"))
        licences = told(one, whole(world, "user", where={"usage_type": {"LICENSE"}}))
    assert report.total_cost_usd.sum == 13
    assert is_untold(report)
    assert licences.total_cost_usd.sum == 3
    assert (licences.basis.assumed_cost_usd, assumed(licences)) == (0.0, [])


@pytest.mark.parametrize("counted_by", ["queue", "fleet", "*"])
def test_it_is_not_known_of_days_that_are_not_settled(tmp_path: Path, counted_by: str) -> None:
    """All of them may still change, so nothing of them is doubtful."""
    remember_all(tmp_path)
    start = WEEK[1] + timedelta(days=5)
    moved = TINY.usage.assign(started_at=TINY.usage["started_at"] + (start - WEEK[0]))
    days = start + timedelta(days=1), start + timedelta(days=3)
    world, now = replace(without(RACK), usage=moved), days[1] + timedelta(hours=1)
    about = replace(whole(world, "user"), window=Window(*days))
    with asking(world, now, history=str(tmp_path)) as one:
        sure = told(one, about)
    assert assumed(sure) == [UNTOLD]
    spoil(tmp_path, counted_by)
    with asking(world, now, history=str(tmp_path)) as one:
        report = told(one, about)
        assert (report.doubtful, report.unknown) == ((), ())
    assert report.total_cost_usd == sure.total_cost_usd
    assert is_untold(report)
