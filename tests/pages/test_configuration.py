"""What AWS is to be asked with and can't be used is told on every page, under its own title."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from stats import credentials
from stats.errors import (
    CredentialsLate,
    CredentialsMissing,
    CredentialsRejected,
    FarmCostsError,
    Misconfigured,
    ProfileMissing,
    RegionMissing,
)
from stats.settings import SettingsError
from tests.pages.opening import opened, said, troubles, walked
from tests.stats.test_credentials_that_hang import Program

KEYS = {"AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI"}
REGION = {"AWS_DEFAULT_REGION": "us-west-2"}
CONFIG = "[profile day]\nregion = us-west-2\n[profile night]\ncredential_process = /nowhere/keys\n"
WRONG: dict[str, tuple[dict[str, str], type[FarmCostsError], str]] = {
    "program": (REGION | {"AWS_PROFILE": "night"}, Misconfigured, "/nowhere/keys"),
    "profile": (REGION | {"AWS_PROFILE": "dusk"}, ProfileMissing, "“day”, “night”"),
    "Region": (KEYS, RegionMissing, "AWS_DEFAULT_REGION"),
    "Region in words": (KEYS | {"AWS_DEFAULT_REGION": "us west 2"}, Misconfigured, "us west 2"),
    "token": (
        REGION | {"AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/x"}
        | {"AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere/token"},
        Misconfigured,
        "/nowhere/token",
    ),
    "endpoint": (
        KEYS | REGION | {"AWS_ENDPOINT_URL": "anna:hunter2@farm.example"},
        Misconfigured,
        "AWS_ENDPOINT_URL can't be used",
    ),
    "half": (REGION | {"AWS_ACCESS_KEY_ID": "AKIA"}, CredentialsMissing, "AWS_SECRET_ACCESS_KEY"),
    "setting": ({"FARM_COSTS_COLLECT_HOUR": "hunter2"}, SettingsError, "FARM_COSTS_COLLECT_HOUR"),
}  # fmt: skip


def _is_told(at, kind: type[FarmCostsError], words: str) -> None:
    assert not at.exception
    (trouble,) = troubles(at)
    assert kind.title in trouble
    assert words in said(at)
    assert "hunter2" not in said(at)
    assert "Traceback" not in said(at)


@pytest.fixture(autouse=True)
def config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "config").write_text(CONFIG)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))


@pytest.mark.parametrize("source", ["aws", "auto"])
@pytest.mark.parametrize("name", WRONG)
def test_what_cannot_be_used_is_told_and_never_becomes_the_demo(
    name: str, source: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    variables, kind, words = WRONG[name]
    for variable, value in (variables | {"FARM_COSTS_SOURCE": source}).items():
        monkeypatch.setenv(variable, value)
    _is_told(opened(), kind, words)


def test_it_is_told_on_every_page(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable, value in WRONG["program"][0].items():
        monkeypatch.setenv(variable, value)
    for page, at in walked({}):
        _is_told(at, Misconfigured, "/nowhere/keys"), page


def test_a_session_that_is_not_signed_in_to_is_told(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config").write_text(
        "[default]\nsso_start_url = https://x.awsapps.com/start\nsso_region = us-west-2\n"
        "sso_account_id = 123456789012\nsso_role_name = Render\nregion = us-west-2\n"
    )
    monkeypatch.setenv("HOME", str(tmp_path))
    _is_told(opened(), CredentialsRejected, "aws sso login")


@pytest.mark.parametrize("kind", ["folder", "deep"])
def test_a_secrets_toml_that_cannot_be_read_is_told(
    kind: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    place = tmp_path / ".streamlit" / "secrets.toml"
    (place if kind == "folder" else place.parent).mkdir(parents=True)
    if kind == "deep":
        place.write_text(f"a = {'[' * 5000}{']' * 5000}")
    _is_told(opened(), SettingsError, "secrets.toml")


def test_a_program_for_credentials_that_hangs_is_told_on_a_page_in_time(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is waited for briefly, once for all that the page asks, and ended."""
    program = Program(tmp_path)
    program.answers(0, timedelta())
    monkeypatch.setattr(credentials, "_FINDING", credentials._Wait())  # no other test's
    monkeypatch.setenv("FARM_COSTS_READ_SECONDS", "1")
    at = opened()
    _is_told(at, CredentialsLate, "No AWS credentials came within 1 seconds.")
    assert "credential_process" in said(at)
    assert len(program.calls) == 1
    assert program.is_over()
