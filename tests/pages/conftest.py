"""A server's own surroundings for each test: its environment, what it owns, a simulated service."""

from __future__ import annotations

import functools
import logging
import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.components.v2 import manifest_scanner
from streamlit.testing.v1 import local_script_runner

from server import process
from simulator import Simulator, SimulatorSettings, World, build_world, tiny_world
from stats import clock, relation
from tests.pages import moment
from tests.pages.opening import is_whole, opened
from tests.pages.worlds import WEEK

OURS = ("AWS_", "FARM_COSTS_", "STREAMLIT_")


@pytest.fixture(scope="session", autouse=True)
def _looked_through_once() -> Iterator[None]:
    """Which installed packages bring components to Streamlit: the same for every visit."""
    scan = "scan_component_manifests"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, scan, functools.cache(getattr(manifest_scanner, scan)))
        yield


@pytest.fixture(scope="session", autouse=True)
def _waited_for_asleep() -> Iterator[None]:
    """The end of a page's run wakes who waits for it, who else looks a thousand times a second."""
    look = local_script_runner.require_widgets_deltas

    def wait(runner: local_script_runner.LocalScriptRunner, timeout: float) -> None:
        began = time.monotonic()
        runner._script_thread.join(timeout)
        look(runner, max(timeout - time.monotonic() + began, 1.0))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(local_script_runner, "require_widgets_deltas", wait)
        yield


@pytest.fixture(scope="session", autouse=True)
def _one_database() -> Iterator[None]:
    """What adds rows up stays where a server ends and another begins: it has none then."""
    tidy = relation.tidy
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(relation, "tidy", lambda: None)
        yield
    tidy()


@pytest.fixture(scope="package", autouse=True)
def _no_hour_ends() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clock, "datetime", moment.Moved)
        yield


@pytest.fixture(autouse=True)
def surroundings(monkeypatch: pytest.MonkeyPatch, tmp_path) -> Iterator[None]:
    """No AWS but the test's own, and nothing kept from the test before."""
    for name in [name for name in os.environ if name.startswith(OURS)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("FARM_COSTS_REMEMBERED_DAYS", "unlimited")  # as simulated services do
    for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(variable, str(tmp_path / "none"))
    logging.getLogger("streamlit").setLevel(logging.ERROR)
    process.close()
    yield
    process.close()


@pytest.fixture
def serve(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Simulator]]:
    """Simulates a world for one test, and points the environment at it."""
    with ExitStack() as until_the_end:

        def serves(world: World, **settings: object) -> Simulator:
            running = Simulator(world, SimulatorSettings(**settings), clock=moment.now)  # type: ignore[arg-type]
            until_the_end.enter_context(running)
            monkeypatch.setenv("AWS_ENDPOINT_URL_DEADLINE", running.url)
            monkeypatch.setenv("AWS_ENDPOINT_URL_IDENTITYSTORE", running.url)
            monkeypatch.setenv("AWS_ACCESS_KEY_ID", "simulated")
            monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "simulated")
            monkeypatch.setenv("AWS_REGION", "us-west-2")
            return running

        yield serves


@pytest.fixture
def tiny(serve: Callable[..., Simulator]) -> Simulator:
    """The tiny world, for one test alone."""
    return serve(tiny_world())


@pytest.fixture(scope="session")
def written() -> dict[str, Path]:
    """Histories that pages have written in this process, by what was looked at."""
    return {}


@pytest.fixture
def looked_at(
    serve, monkeypatch, tmp_path, tmp_path_factory, written
) -> Callable[[str, Callable[[], None]], None]:
    """Gives a test the history that a look at the tiny world leaves.

    What was looked at before is not looked at again: it is the same each time, and so copied.
    """
    home = tmp_path / "history"
    monkeypatch.setenv("FARM_COSTS_HISTORY", str(home))

    def leaves(name: str, look: Callable[[], None]) -> None:
        if name in written:
            shutil.copytree(written[name], home)
            return
        serve(tiny_world())
        look()
        process.close()
        written[name] = tmp_path_factory.mktemp("looked") / "history"
        shutil.copytree(home, written[name])

    return leaves


@pytest.fixture
def deletes(serve, looked_at) -> Callable[..., Simulator]:
    """Deletes queues of the tiny world whose work history has by queue and usage type alone."""

    def look() -> None:
        assert is_whole(opened("queues_and_fleets", WEEK))

    looked_at("by queue and usage type", look)
    world = tiny_world()

    def gone(*ids: str) -> Simulator:
        process.close()
        return serve(replace(world, queues=tuple(q for q in world.queues if q.queue_id not in ids)))

    return gone


@pytest.fixture(scope="session")
def studio() -> World:
    """The big world of the demo."""
    return build_world(seed=7, now=moment.now())
