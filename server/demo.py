"""The demo's farm: the simulator, within this process, on loopback."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from simulator import Simulator

_RUN_SECONDS = 0.2
_SECONDS_A_THOUSAND_RECORDS = 0.01


def simulated(seed: int) -> Simulator:
    """A simulated farm; it answers from when its context is entered until that is left."""
    from simulator import Simulator, SimulatorSettings, build_world  # noqa: PLC0415 - demo only

    settings = SimulatorSettings(
        running_base_seconds=_RUN_SECONDS,
        running_seconds_per_thousand=_SECONDS_A_THOUSAND_RECORDS,
    )
    return Simulator(build_world(seed=seed, now=datetime.now(UTC)), settings)
