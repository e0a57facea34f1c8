"""What is at an assumed price where fleets are told as of another moment than the figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from simulator import World
from simulator.tiny import RACK
from tests.stats.asking import asking
from tests.stats.test_assumed_of_deleted_fleets import LATER, TINY, told, whole
from tests.stats.test_assumed_price import assumed


def later() -> World:
    """The tiny world after USD 1,000 more of the customer-managed fleet were told."""
    usage = TINY.usage
    more = usage[(usage["fleet_id"] == RACK) & usage["queue_id"].notna()].iloc[:1]
    usage = pd.concat([usage, more.assign(cost_usd=1_000.0)], ignore_index=True)
    return replace(TINY, usage=usage)


@pytest.mark.parametrize(
    ("kept", "asked", "fleets", "figures"),
    [
        ("usage_type", "usage_type", "$1,013.00", "$13.00"),
        ("fleet", "instance_type", "$13.00", "$1,013.00"),
    ],
    ids=["fleets are told later", "fleets were told before"],
)
def test_it_is_not_taken_for_a_part_of_them(
    kept: str, asked: str, fleets: str, figures: str, tmp_path: Path
) -> None:
    with asking(TINY, LATER, history=str(tmp_path)) as one:
        one.report(whole(TINY, kept))
    with asking(later(), LATER, history=str(tmp_path)) as one:
        report = told(one, whole(TINY, asked))
    assert report.basis.assumed_cost_usd is None
    assert assumed(report) == [
        "How much of this is at an assumed 1 USD an hour can’t be told here: by fleets usage is "
        f"told as of another moment, {fleets} in all, and not the {figures} of these figures."
    ]
