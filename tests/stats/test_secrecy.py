"""Passwords, keys and tokens stand in no data, file or error, wherever they were given."""

from __future__ import annotations

from pathlib import Path

import pytest

from simulator import Simulator
from stats import chain, secrecy
from stats.errors import FarmCostsError
from stats.settings import Settings
from tests.stats.autumn import NOW, autumn_world
from tests.stats.process import Shell
from tests.stats.test_command_line import DAYS

SECRET = "hunter2-and-more"
ASKED = ("report", "--farm", "autumn", *DAYS, "--by", "usage_type", "-v")
TEXTS = (
    f"Could not connect to https://anna:{SECRET}@farm.example/x",
    f'Failed to connect to proxy URL: "http://anna:{SECRET}@proxy:1"',
    f"https://anna:a/b@{SECRET}@farm.example is no address",
    f"GET https://b.s3.amazonaws.com/k?X-Amz-Signature={SECRET}&X-Amz-Date=1",
    f"GET https://b.s3.amazonaws.com/k?X-Amz-Security-Token={SECRET}",
    f"the canonical string is x-amz-security-token:{SECRET}\nx-amz-date:1",
    f"AWS4-HMAC-SHA256 Credential={SECRET}/20261126/us-west-2, Signature={SECRET}",
    f"Authorization: Bearer {SECRET}",
    f'{{"SecretAccessKey": "{SECRET}", "SessionToken": "{SECRET}"}}',
    f"aws_secret_access_key = {SECRET}",
    f"password={SECRET}, try again",
)


@pytest.mark.parametrize("text", TEXTS)
def test_an_error_does_not_repeat_a_secret(text: str) -> None:
    error = FarmCostsError(text, text)
    assert SECRET not in str(error) + repr(error) + error.what + error.todo
    assert secrecy.HIDDEN in str(error)


@pytest.mark.parametrize(
    "text",
    [
        "Sign in again (with aws sso login, for example), or renew the role or keys; try again.",
        "Give boto3 credentials and a Region (AWS_PROFILE and AWS_DEFAULT_REGION, or a role).",
        "Could not connect to https://farm.example:443/2023-10-12/farms?maxResults=100",
        "anna@studio.example has no name; s3://bucket/prefix is read",
        "Partial credentials found in env, missing: AWS_SECRET_ACCESS_KEY.",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert secrecy.masked(text) == text


@pytest.mark.parametrize("name", ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"])
def test_a_key_of_the_environment_is_not_repeated(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, SECRET)
    assert secrecy.masked(f"what came is {SECRET} and no date") == "what came is *** and no date"


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_S3", "https_proxy"])
def test_a_password_of_an_address_is_not_repeated_by_itself(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, f"https://anna:two words {SECRET}@farm.example")
    assert SECRET not in secrecy.masked(f"two words {SECRET} is no number")


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        (f"https://anna:{SECRET}@farm.example:8/a/b", "https://farm.example:8/a/b"),
        (f"https://{SECRET}@farm.example", "https://farm.example"),
        (f"https://farm.example/a?token={SECRET}#{SECRET}", "https://farm.example/a"),
        ("http://127.0.0.1:8765", "http://127.0.0.1:8765"),
        ("https://farm.example/", "https://farm.example/"),
    ],
)
def test_an_endpoint_is_shown_without_what_is_secret(
    address: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_DEADLINE", address)
    monkeypatch.setenv("FARM_COSTS_HISTORY", "")
    source = chain.custom_endpoint()
    assert source == shown
    assert SECRET not in str(Settings().history_of(source))


def test_a_password_in_the_endpoint_gets_nowhere(tmp_path: Path) -> None:
    (tmp_path / "shell").mkdir()
    history = tmp_path / "history"
    with Simulator(autumn_world(), clock=lambda: NOW) as simulator:
        address = simulator.url.replace("http://", f"http://anna:{SECRET}@")
        shell = Shell(tmp_path / "shell", address, {"FARM_COSTS_HISTORY": str(history)})
        ended = [shell.asked(*ASKED, "--format", "json")]
        simulator.stop()
        later = ("report", "--farm", "autumn", "--start", "2026-01-01", "--end", "2026-01-02")
        ended.append(shell.asked(*later))
    assert [one.code for one in ended] == [0, 4], ended
    files = [one for one in history.rglob("*.parquet") if one.is_file()]
    assert files
    assert not [one for one in ended if SECRET in one.text + one.said]
    assert not [one for one in files if SECRET.encode() in one.read_bytes()]


@pytest.mark.parametrize("place", ["what", "todo"])
@pytest.mark.parametrize(
    "name", ["a\x1b[2J\x1b]0;title\x07b", "a\x00\r\nb", "a\u2028b\u202ec", "a\x85b"]
)
def test_an_error_is_one_line_without_what_steers_a_terminal(name: str, place: str) -> None:
    """Names of queues are in what to do, as the service tells them."""
    error = FarmCostsError(**{"what": "It is so", place: f"There are: “{name}”."})
    assert str(error).isprintable()
    assert "a" in getattr(error, place)


@pytest.mark.parametrize("place", ["what", "todo"])
@pytest.mark.parametrize("name", ["x" * 30_000, "x y " * 10_000])
def test_an_error_is_no_longer_than_somebody_reads(name: str, place: str) -> None:
    error = FarmCostsError(**{"what": "It is so", place: f"There are: “{name}”."})
    assert len(str(error)) < 4_100
