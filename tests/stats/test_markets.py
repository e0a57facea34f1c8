"""A fleet's market is what its configuration says, and unknown where it says none that is known."""

from __future__ import annotations

from typing import Any

import pytest

from stats import wire
from stats.model import Market


def _ec2(kind: str) -> dict[str, Any]:
    return {"serviceManagedEc2": {"instanceMarketOptions": {"type": kind}}}


@pytest.mark.parametrize(
    ("configuration", "market"),
    [
        (_ec2("spot"), Market.SPOT),
        (_ec2("on-demand"), Market.ON_DEMAND),
        (_ec2("wait-and-save"), Market.WAIT_AND_SAVE),
        ({"customerManaged": {"mode": "NO_SCALING"}}, Market.CUSTOMER_MANAGED),
        (_ec2("reserved"), Market.UNKNOWN),
        ({"serviceManagedEc2": {}}, Market.UNKNOWN),
        ({}, Market.UNKNOWN),
        (None, Market.UNKNOWN),
    ],
)
def test_a_fleets_market(configuration: dict[str, Any] | None, market: Market) -> None:
    item = {"fleetId": "fleet-1", "displayName": "GPU", "configuration": configuration}
    assert wire.fleet(item).market is market
