"""What the process owns: made together or not at all, tried again, and closed in the end."""

from __future__ import annotations

import asyncio
import os
import threading
from pathlib import Path

import pytest

from server import process
from server.estate import Estate
from simulator import Simulator, tiny_world
from stats.errors import Closed
from stats.settings import Settings, SettingsError
from tests.loops import in_a_loop

FOR_THE_DEMO = "farm-costs-demo-*"


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    """No AWS but the test's own, and temporary folders of its own."""
    for name in [name for name in os.environ if name.startswith(("AWS_", "FARM_COSTS_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(variable, str(tmp_path / "none"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))


def threads(name: str) -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == name]


def test_the_demo_is_made_with_its_collector_and_goes_with_it(tmp_path):
    before = threads("farm-nightly")
    estate = Estate(lambda: Settings(source="demo", collect_hour=3))
    reporter = estate.reporter()
    assert reporter.source == "demo"
    assert len(reporter.names.farms()) == 3
    (folder,) = tmp_path.glob(FOR_THE_DEMO)
    (nightly,) = set(threads("farm-nightly")) - set(before)
    assert estate.reporter() is reporter
    estate.close()
    nightly.join(30)
    assert not nightly.is_alive()
    assert not folder.exists()


def test_nobody_is_given_a_reporter_once_it_is_over():
    estate = Estate(lambda: Settings(source="demo"))
    estate.close()
    with pytest.raises(Closed):
        estate.reporter()


def test_many_who_come_at_once_get_the_same_one():
    found = []
    estate = Estate(lambda: Settings(source="demo"))
    visitors = [threading.Thread(target=lambda: found.append(estate.reporter())) for _ in range(8)]
    for visitor in visitors:
        visitor.start()
    for visitor in visitors:
        visitor.join()
    assert len(found) == 8
    assert len(set(map(id, found))) == 1
    estate.close()


def test_what_was_made_before_something_failed_is_closed(tmp_path):
    spoilt = Settings(source="demo", collect_hour=3).model_copy(update={"timezone": "Mars/Base"})
    estate = Estate(lambda: spoilt)
    before = {*threading.enumerate()}
    with pytest.raises(Exception, match="Mars/Base"):
        estate.reporter()
    for made in {*threading.enumerate()} - before:
        made.join(30)
    assert {*threading.enumerate()} <= before
    assert list(tmp_path.glob(FOR_THE_DEMO)) == []


def test_a_setting_that_was_wrong_is_read_again_with_the_collector_not_forgotten(monkeypatch):
    monkeypatch.setenv("FARM_COSTS_SOURCE", "demo")
    monkeypatch.setenv("FARM_COSTS_COLLECT_HOUR", "25")
    before = threads("farm-nightly")
    estate = Estate()
    estate.get_ready()
    with pytest.raises(SettingsError, match="FARM_COSTS_COLLECT_HOUR"):
        estate.reporter()
    monkeypatch.setenv("FARM_COSTS_COLLECT_HOUR", "5")
    assert estate.reporter().source == "demo"
    assert len(threads("farm-nightly")) == len(before) + 1
    estate.close()


def test_the_servers_own_is_closed_with_it_and_another_one_comes_after(monkeypatch):
    monkeypatch.setenv("FARM_COSTS_SOURCE", "demo")

    async def serves():
        async with process.lifespan(None):
            return process.estate(), await asyncio.to_thread(process.estate().reporter)

    with pytest.raises(Closed):
        in_a_loop(serves())[0].reporter()
    process.close()
    assert process.estate().reporter().source == "demo"
    process.close()


def test_the_servers_own_is_closed_where_the_server_fails(monkeypatch):
    monkeypatch.setenv("FARM_COSTS_SOURCE", "demo")
    found = []

    async def fails():
        async with process.lifespan(None):
            found.append(process.estate())
            raise OSError("the port is taken")

    with pytest.raises(OSError, match="the port is taken"):
        in_a_loop(fails())
    with pytest.raises(Closed):
        found[0].reporter()
    process.close()


def test_with_an_endpoint_no_farm_is_simulated(monkeypatch, tmp_path):
    with Simulator(tiny_world()) as service:
        monkeypatch.setenv("AWS_ENDPOINT_URL_DEADLINE", service.url)
        monkeypatch.setenv("AWS_REGION", "us-west-2")
        estate = Estate(lambda: Settings(history="off"))
        assert estate.reporter().source == service.url
        estate.close()
    assert list(Path(tmp_path).glob(FOR_THE_DEMO)) == []
