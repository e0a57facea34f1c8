"""The server's one reporter: AWS, an endpoint that the environment names, or the simulated farm."""

from __future__ import annotations

import logging
from datetime import UTC, datetime
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import streamlit as st

from stats.client import Endpoint, custom_endpoint, finds_credentials
from stats.clock import Clock
from stats.connect import connect
from stats.errors import FarmCostsError
from stats.nightly import Nightly
from stats.report import Reporter
from stats.settings import Settings, Source, load
from stats.zone import Zone

if TYPE_CHECKING:
    from simulator import Simulator

_LOG = logging.getLogger(__name__)
_DEMO_RUN_SECONDS = 0.2
_DEMO_SECONDS_A_THOUSAND_RECORDS = 0.01


@st.cache_resource(show_spinner=False)
def settings() -> Settings:
    """The deployment's settings, read once; raises SettingsError."""
    return load()


@st.cache_resource(show_spinner=False, on_release=Reporter.close)
def reporter() -> Reporter:
    """The reporter that all sessions share.

    With source `auto` the simulated farm is there only where boto3 finds no credentials and no
    endpoint is set: credentials that are wrong are an error, never a demo.
    """
    chosen = settings()
    nothing_to_ask = custom_endpoint() is None and not finds_credentials()
    if chosen.source is Source.DEMO or (chosen.source is Source.AUTO and nothing_to_ask):
        endpoint = Endpoint(
            url=_simulated(chosen.demo_seed).url,
            credentials=("demo", "demo"),
            connect_seconds=chosen.connect_seconds,
            read_seconds=chosen.read_seconds,
        )
        own = chosen.model_copy(update={"history": _history_of_the_demo().name})
        return connect(own, endpoint)
    return connect(chosen)


def get_ready() -> None:
    """Makes the reporter before anybody asks; what is wrong is told to those who open a page."""
    try:
        nightly()
    except FarmCostsError as error:
        _LOG.warning("%s %s", error.what, error.todo)


@st.cache_resource(show_spinner=False, on_release=lambda one: one and one.close())
def nightly() -> Nightly | None:
    """The server's own collector, at work; None where no hour is set for it."""
    hour, its_reporter = settings().collect_hour, reporter()
    if hour is None:
        return None
    one = Nightly(its_reporter, Zone(settings().timezone), hour, Clock())
    one.start()
    return one


def close() -> None:
    """Ends what the server started."""
    nightly.clear()
    reporter.clear()
    _simulated.clear()
    _history_of_the_demo.clear()


@st.cache_resource(show_spinner=False, on_release=lambda folder: folder.cleanup())
def _history_of_the_demo() -> TemporaryDirectory[str]:
    """A folder that lasts as long as the server: each simulated world is one of its own."""
    return TemporaryDirectory(prefix="farm-costs-demo-")


@st.cache_resource(show_spinner=False, on_release=lambda simulator: simulator.stop())
def _simulated(seed: int) -> Simulator:
    """The simulator, started within this process, on loopback."""
    from simulator import Simulator, SimulatorSettings, build_world  # noqa: PLC0415 - demo only

    settings = SimulatorSettings(
        running_base_seconds=_DEMO_RUN_SECONDS,
        running_seconds_per_thousand=_DEMO_SECONDS_A_THOUSAND_RECORDS,
    )
    return Simulator(build_world(seed=seed, now=datetime.now(UTC)), settings).start()
