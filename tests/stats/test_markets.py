"""A fleet's market is what its configuration says, and unknown where it says none that is known."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from simulator.tiny import RACK, tiny_world
from stats import wire
from stats.model import Market
from tests.stats.asking import asking, question
from tests.stats.test_assumed_price import WEEK, assumed


def _ec2(kind: str) -> dict[str, Any]:
    return {"serviceManagedEc2": {"instanceMarketOptions": {"type": kind}}}


@pytest.mark.parametrize(
    ("configuration", "market"),
    [
        (_ec2("spot"), Market.SPOT),
        (_ec2("on-demand"), Market.ON_DEMAND),
        (_ec2("wait-and-save"), Market.WAIT_AND_SAVE),
        ({"customerManaged": {"mode": "NO_SCALING"}}, Market.CUSTOMER_MANAGED),
        (_ec2("reserved"), Market.OTHER),
        ({"serviceManagedEc2": {}}, Market.OTHER),
        ({"SDK_UNKNOWN_MEMBER": {"name": "leased"}}, Market.UNKNOWN),
        ({}, Market.UNKNOWN),
        (None, Market.UNKNOWN),
    ],
)
def test_a_fleets_market(configuration: dict[str, Any] | None, market: Market) -> None:
    item = {"fleetId": "fleet-1", "displayName": "GPU", "configuration": configuration}
    assert wire.fleet(item).market is market


@pytest.mark.parametrize("by", [(), ("user",), ("fleet",)])
def test_of_a_fleet_of_a_kind_that_is_new_it_is_not_known(by: tuple[str, ...]) -> None:
    """Its configuration is none that the service's model names: it may have no price, or one."""
    world = tiny_world()
    leased = [replace(f, market="leased") if f.fleet_id == RACK else f for f in world.fleets]
    with asking(replace(world, fleets=tuple(leased))) as one:
        report = one.reporter.with_assumed(one.report(question(world, WEEK, *by)))
    assert report.basis.assumed_cost_usd is None
    assert assumed(report) == [
        "How much of this is at an assumed 1 USD an hour can’t be told: of $2.00 by fleets of a "
        "kind that is new here it is not known."
    ]
