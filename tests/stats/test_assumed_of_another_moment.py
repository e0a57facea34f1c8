"""What is at an assumed price where fleets are told as of another moment than the figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from simulator import World
from simulator.tiny import RACK
from stats.model import Report
from tests.stats.asking import asking
from tests.stats.test_assumed_of_deleted_fleets import LATER, TINY, told, whole
from tests.stats.test_assumed_price import assumed


def later() -> World:
    """The tiny world after USD 1,000 more of the customer-managed fleet were told."""
    usage = TINY.usage
    more = usage[(usage["fleet_id"] == RACK) & usage["queue_id"].notna()].iloc[:1]
    usage = pd.concat([usage, more.assign(cost_usd=1_000.0)], ignore_index=True)
    return replace(TINY, usage=usage)


def after(kept: str, asked: str, tmp_path: Path) -> Report:
    """What is told then, where history has another breakdown from before."""
    with asking(TINY, LATER, history=str(tmp_path)) as one:
        one.report(whole(TINY, kept))
    with asking(later(), LATER, history=str(tmp_path)) as one:
        return told(one, whole(TINY, asked))


def test_it_is_not_taken_for_a_part_of_them(tmp_path: Path) -> None:
    report = after("usage_type", "usage_type", tmp_path)
    assert report.basis.assumed_cost_usd is None
    assert assumed(report) == [
        "How much of this is at an assumed 1 USD an hour can’t be told here: by fleets usage is "
        "told as of another moment, $1,013.00 in all, and not the $13.00 of these figures."
    ]


def test_what_fleets_were_told_before_is_asked_anew_where_more_is_told_since(
    tmp_path: Path,
) -> None:
    report = after("fleet", "instance_type", tmp_path)
    assert report.basis.assumed_cost_usd == pytest.approx(1_002.0)
