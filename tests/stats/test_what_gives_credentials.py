"""Trouble with what gives credentials is told of that, and not of the farm's service."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from botocore.exceptions import ClientError, SSLError

from stats import refusal
from stats.client import Client, Endpoint
from stats.clock import Clock, Patience
from stats.errors import FarmCostsError, Misconfigured, ServiceFault, Throttled, Unreachable

CONFIG = """[default]
region = us-west-2
role_arn = arn:aws:iam::123456789012:role/Render
source_profile = day
[profile day]
aws_access_key_id = AKIA
aws_secret_access_key = s
"""
LONG_AGO = "2020-01-01T00:00:00Z"
OVER = {"AccessKeyId": "AKIA", "SecretAccessKey": "s", "Token": "t", "Expiration": LONG_AGO}
RATE = "<Code>Throttling</Code><Message>Rate exceeded</Message>"
GIVEN = (
    "<AccessKeyId>AKIA</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
    f"<SessionToken>t</SessionToken><Expiration>{LONG_AGO}</Expiration>"
)
ROLE = f"<R><AssumeRoleResult><Credentials>{GIVEN}</Credentials></AssumeRoleResult></R>"

Giving = Callable[[int, str], str]
Asked = Callable[..., FarmCostsError]


@pytest.fixture
def giving() -> Iterator[Giving]:
    """Makes a server that answers each request so; its address."""
    servers: list[ThreadingHTTPServer] = []

    def made(status: int, body: str) -> str:
        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            do_GET = do_POST = _answer  # noqa: N815 - http.server's names

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
        Thread(target=servers[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{servers[-1].server_address[1]}"

    yield made
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Asked:
    """What a call ends with where AWS's files and variables are these."""
    for name in [name for name in os.environ if name.upper().startswith("AWS_")]:
        monkeypatch.delenv(name)

    def caught(config: str = "", **variables: str) -> FarmCostsError:
        (tmp_path / "config").write_text(config)
        files = {"AWS_CONFIG_FILE": "config", "AWS_SHARED_CREDENTIALS_FILE": "keys"}
        for name, value in files.items():
            monkeypatch.setenv(name, str(tmp_path / value))
        for name, value in variables.items():
            monkeypatch.setenv(name, value)
        with pytest.raises(FarmCostsError) as error:
            Client(Endpoint(connect_seconds=1), Clock(), Patience(attempts=1)).farms()
        return error.value

    return caught


@pytest.mark.parametrize(
    ("status", "body", "kind", "said"),
    [
        (500, "", ServiceFault, "AssumeRole failed inside the service or on the way: HTTP 500"),
        (400, f"<R><Error>{RATE}</Error></R>", Throttled, "AWS turned AssumeRole away as one"),
        (200, ROLE, Misconfigured, "The role's credentials can't be used: what is given has exp"),
        (200, "<R/>", Misconfigured, "The role's credentials can't be used: it does not hold"),
    ],
)
def test_what_is_wrong_with_a_role_is_told_of_it(
    status: int, body: str, kind: type, said: str, giving: Giving, asked: Asked
) -> None:
    error = asked(CONFIG, AWS_ENDPOINT_URL_STS=giving(status, body))
    assert type(error) is kind
    assert error.what.startswith(said)
    assert "ListFarms" not in str(error)


@pytest.mark.parametrize("of_the_farm", [{}, {"AWS_ENDPOINT_URL": "http://127.0.0.1:1"}], ids=len)
def test_a_role_that_can_not_be_asked_for_is_no_silence_of_the_farm_s_service(
    of_the_farm: dict[str, str], asked: Asked
) -> None:
    error = asked(CONFIG, AWS_ENDPOINT_URL_STS="http://127.0.0.1:1", **of_the_farm)
    assert type(error) is Unreachable
    assert error.what.startswith("What gives AWS credentials got no answer: Could not connect to ")
    assert "ListFarms" not in str(error)


@pytest.mark.parametrize(
    ("status", "body", "said"),
    [
        (500, "", "Received non 200 response 500"),
        (200, "<html>", "Unable to parse JSON"),
        (200, json.dumps(OVER), "what is given has expired already"),
    ],
)
def test_what_a_container_gives_is_not_what_aws_does_not_accept(
    status: int, body: str, said: str, giving: Giving, asked: Asked
) -> None:
    where = giving(status, body)
    error = asked(AWS_CONTAINER_CREDENTIALS_FULL_URI=where, AWS_DEFAULT_REGION="us-west-2")
    assert type(error) is Misconfigured
    assert error.what.startswith("The container's credentials can't be used: ")
    assert said in error.what


@pytest.mark.parametrize("code", ["Throttling", "TooManyRequestsException"])
def test_one_request_too_many_is_so_whatever_the_status(code: str) -> None:
    answer = {"Error": {"Code": code, "Message": "Rate exceeded"}}
    many = ClientError(answer | {"ResponseMetadata": {"HTTPStatusCode": 400}}, "GetRoleCredentials")
    error = refusal.translated(many, "ListFarms")
    assert type(error) is Throttled
    assert "GetRoleCredentials" in error.what


@pytest.mark.parametrize(
    ("said", "todo"),
    [
        ("[SSL: CERTIFICATE_VERIFY_FAILED] self-signed certificate", "AWS_CA_BUNDLE"),
        ("[SSL: CERTIFICATE_VERIFY_FAILED] certificate has expired", "renewed"),
        ("hostname 'localhost' doesn't match 'other.example'", "of another host"),
        ("[SSL: UNEXPECTED_EOF_WHILE_READING] EOF occurred in violation", "Check the network"),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number", "Check the network"),
    ],
)
def test_certificates_are_given_where_they_are_what_lacks(said: str, todo: str) -> None:
    error = refusal.translated(SSLError(endpoint_url="https://farm", error=said), "ListFarms")
    assert said in error.what
    assert todo in error.todo
