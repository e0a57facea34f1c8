"""The server's one reporter: AWS, an endpoint that the environment names, or the simulated farm."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from stats.client import Endpoint, custom_endpoint, finds_credentials
from stats.report import Reporter, connect
from stats.settings import Settings, Source, load

_DEMO_RUN_SECONDS = 0.2
_DEMO_SECONDS_A_THOUSAND_RECORDS = 0.01


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """The deployment's settings, read once; raises SettingsError."""
    return load()


@st.cache_resource(show_spinner="Connecting…")
def reporter() -> Reporter:
    """The reporter that all sessions share.

    With source `auto` the simulated farm is there only where boto3 finds no credentials and no
    endpoint is set: credentials that are wrong are an error, never a demo.
    """
    chosen = settings()
    nothing_to_ask = custom_endpoint() is None and not finds_credentials()
    if chosen.source is Source.DEMO or (chosen.source is Source.AUTO and nothing_to_ask):
        return connect(chosen, _simulated(chosen.demo_seed))
    return connect(chosen)


def _simulated(seed: int) -> Endpoint:
    """Starts the simulator within this process, on loopback."""
    from simulator import Simulator, SimulatorSettings, build_world  # noqa: PLC0415 - demo only

    simulator = Simulator(
        build_world(seed=seed, now=datetime.now(UTC)),
        SimulatorSettings(
            running_base_seconds=_DEMO_RUN_SECONDS,
            running_seconds_per_thousand=_DEMO_SECONDS_A_THOUSAND_RECORDS,
        ),
    )
    simulator.__enter__()
    return Endpoint(url=simulator.url, credentials=("demo", "demo"))
