"""Real numbers, the demo, or an error: never the demo in place of real numbers."""

from __future__ import annotations

import pytest

from simulator import Fault, tiny_world
from tests.pages.opening import opened, said, troubles

DEMO = "Simulated farm"


@pytest.mark.parametrize("kind", ["access_denied", "unrecognized_client", "expired_token"])
def test_credentials_that_are_refused_never_become_the_demo(serve, kind):
    serve(tiny_world()).faults.add(Fault("*", kind, times=None))
    at = opened()
    assert len(troubles(at)) == 1
    assert DEMO not in said(at)


def test_a_profile_that_does_not_exist_never_becomes_the_demo(monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "nobody")
    at = opened()
    assert "nobody" in troubles(at)[0]
    assert DEMO not in said(at)


def test_without_credentials_the_farm_is_simulated_and_says_so():
    at = opened("about", {"window": "today"})
    assert not at.exception
    assert not at.error
    assert DEMO in said(at)


def test_the_demo_can_be_asked_for_beside_credentials(serve, monkeypatch):
    asked = serve(tiny_world())
    monkeypatch.setenv("FARM_COSTS_SOURCE", "demo")
    assert DEMO in said(opened("about", {"window": "today"}))
    assert asked.requests == []


def test_a_deployment_on_aws_without_credentials_is_an_error_and_no_demo(monkeypatch):
    monkeypatch.setenv("FARM_COSTS_SOURCE", "aws")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    at = opened()
    assert not at.exception
    assert "credentials" in troubles(at)[0]
    assert DEMO not in said(at)


def test_a_deployment_on_aws_without_a_region_says_what_is_missing(monkeypatch):
    monkeypatch.setenv("FARM_COSTS_SOURCE", "aws")
    at = opened()
    assert not at.exception
    assert "region" in troubles(at)[0].lower()
    assert DEMO not in said(at)


@pytest.mark.parametrize(
    ("setting", "value"),
    [("FARM_COSTS_SUORCE", "demo"), ("FARM_COSTS_TIMEZONE", "Mars/Olympus")],
)
def test_a_setting_that_is_wrong_is_named(monkeypatch, setting, value):
    monkeypatch.setenv(setting, value)
    at = opened()
    assert not at.exception
    assert setting in troubles(at)[0]
    assert DEMO not in said(at)


@pytest.mark.parametrize("setting", [("FARM_COSTS_SOURCE", "elsewhere"), ("AWS_PROFILE", "nobody")])
def test_trying_again_without_a_connection_is_told_again(monkeypatch, setting):
    monkeypatch.setenv(*setting)
    at = opened()
    at.button(key="w_try_again").click().run()
    assert not at.exception
    assert len(troubles(at)) == 1


def test_another_endpoint_than_aws_is_named(serve):
    running = serve(tiny_world())
    shown = said(opened())
    assert running.url in shown
    assert DEMO not in shown
