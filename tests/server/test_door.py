"""On which of a server's addresses real numbers are shown."""

from __future__ import annotations

import pytest

from server import door
from server.estate import Estate
from stats.settings import Access, Settings, SettingsError

HERE = [
    *(("127.0.0.1", 8501), ("127.3.2.1", 80), ("::1", 80), ["::ffff:127.0.0.1", 80]),
    *(("localhost", 80), ("/run/farm-costs.sock", None)),
]
REACHABLE = [
    *(("10.0.0.5", 8501), ("0.0.0.0", 80), ("::", 80), ("fe80::1%eth0", 80), ("2001:db8::1", 80)),
    *(("::ffff:10.0.0.5", 80), ("testserver", 80), None, (), "127.0.0.1", ("127.0.0.1.x", 80)),
]


@pytest.fixture(autouse=True)
def surroundings(monkeypatch, tmp_path):
    for name in ("FARM_COSTS_HISTORY", "FARM_COSTS_ACCESS", "FARM_COSTS_SOURCE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "one")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "two")


def estate(**settings):
    return Estate(lambda: Settings(history="off", **settings))


@pytest.mark.parametrize("server", HERE)
def test_whoever_came_in_on_this_machine_may(server):
    assert door.keeps_out(estate(source="aws"), server) == ""


@pytest.mark.parametrize("server", REACHABLE)
def test_where_others_may_come_somebody_has_to_keep_the_door(server):
    said = door.keeps_out(estate(source="aws"), server)
    assert "FARM_COSTS_ACCESS=open" in said
    assert "docs/deploy.md" in said
    assert door.keeps_out(estate(source="aws", access="open"), server) == ""
    assert door.keeps_out(estate(source="demo"), server) == ""


def test_credentials_that_are_found_are_no_demo():
    found = estate(source="auto")
    assert "starting" in door.keeps_out(found, ("10.0.0.5", 80))
    found.reporter()
    assert "FARM_COSTS_ACCESS=open" in door.keeps_out(found, ("10.0.0.5", 80))
    found.close()


def test_an_endpoint_of_ones_own_is_no_demo(monkeypatch):
    monkeypatch.setenv("AWS_ENDPOINT_URL_DEADLINE", "https://deadline.example.com")
    found = estate(source="auto")
    found.reporter()
    assert "FARM_COSTS_ACCESS=open" in door.keeps_out(found, ("10.0.0.5", 80))
    found.close()


def test_without_any_it_is_the_demos(monkeypatch, tmp_path):
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    for variable in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(variable, str(tmp_path / "none"))
    found = estate(source="auto")
    found.reporter()
    assert door.keeps_out(found, ("10.0.0.5", 80)) == ""
    found.close()


def test_where_settings_can_not_be_read_nobody_else_may(monkeypatch):
    monkeypatch.setenv("FARM_COSTS_ACCESS", "ajar")
    said = door.keeps_out(Estate(), ("10.0.0.5", 80))
    assert "FARM_COSTS_ACCESS" in said
    assert door.keeps_out(Estate(), ("127.0.0.1", 80)) == ""


def test_open_is_the_only_value_there_is(monkeypatch):
    assert [one.value for one in Access] == ["open"]
    monkeypatch.setenv("FARM_COSTS_ACCESS", "OPEN ")
    with pytest.raises(SettingsError, match="FARM_COSTS_ACCESS"):
        Estate().settings()
