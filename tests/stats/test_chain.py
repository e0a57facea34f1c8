"""What boto3 is pointed at and can't be used is named, each with its own title, and exit code 3."""

from __future__ import annotations

import inspect
import json
import os
import re
from collections.abc import Callable
from pathlib import Path

import botocore.exceptions
import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    UndefinedModelAttributeError,
    WaiterError,
)

from stats import chain, refusal
from stats.client import Client, Endpoint
from stats.clock import Clock, Patience
from stats.errors import (
    AccessError,
    CredentialsMissing,
    CredentialsRejected,
    FarmCostsError,
    Garbled,
    Misconfigured,
    ProfileMissing,
    Refused,
    RegionMissing,
    Unreachable,
)
from tests.stats.process import Shell

ROLE = "arn:aws:iam::123456789012:role/render"
REGION = {"AWS_DEFAULT_REGION": "us-west-2"}
KEYS = {
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMIK7MDENG",
}
NOWHERE = "http://127.0.0.1:9"
CLOSED_PORT = {"AWS_ENDPOINT_URL_DEADLINE": NOWHERE}


def _profile(*lines: str) -> str:
    return "\n".join(["[profile night]", *lines])


def _gives(keys: dict[str, object]) -> str:
    """A program that gives credentials."""
    return f"/bin/echo '{json.dumps({'Version': 1, **keys})}'"


TEXTS: dict[str, object] = {"AccessKeyId": "AKIA", "SecretAccessKey": "s"}
LATER: dict[str, object] = {"Expiration": "2999-01-01T00:00:00Z"}
NIGHT = REGION | {"AWS_PROFILE": "night"}
SSO = ("sso_account_id = 123456789012", "sso_role_name = Render", "sso_region = us-west-2")
FILES: dict[str, tuple[str, dict[str, str], type[AccessError], str]] = {
    "program not there": (
        *(_profile("credential_process = /nowhere/keys --for farm"), NIGHT, Misconfigured),
        "The program in credential_process can't be used: /nowhere/keys: No such file",
    ),
    "program that may not run": (
        *(_profile("credential_process = /dev/null"), NIGHT, Misconfigured),
        "credential_process can't be used: /dev/null: Permission denied",
    ),
    "program that says no JSON": (
        *(_profile("credential_process = /bin/echo hello"), NIGHT, Misconfigured),
        "credential_process can't be used",
    ),
    "program that fails": (
        *(_profile("credential_process = /bin/false"), NIGHT, CredentialsRejected),
        "custom-process",
    ),
    "program in open quotes": (
        *(_profile('credential_process = "/bin/echo'), NIGHT, Misconfigured),
        "credential_process can't be used",
    ),
    **{
        f"program that gives {what}": (
            *(_profile(f"credential_process = {_gives(keys)}"), NIGHT, Misconfigured),
            "The AWS credentials of the program in credential_process can't be used: their "
            f"{which} is no text",
        )
        for what, keys, which in (
            ("nulls", {"AccessKeyId": None, "SecretAccessKey": None}, "access key and secret key"),
            ("a list", {"AccessKeyId": ["AKIA"], "SecretAccessKey": "s"}, "access key"),
            ("nothing", {"AccessKeyId": "AKIA", "SecretAccessKey": ""}, "secret key"),
            ("a number", {**TEXTS, "SessionToken": 5}, "token"),
            ("nulls for a while", {**TEXTS, "SecretAccessKey": None, **LATER}, "secret key"),
        )
    },
    "no program": (_profile("credential_process ="), NIGHT, Misconfigured, "credential_process"),
    "no TOML, no INI": ("nonsense\n[default\n", REGION, Misconfigured, "config"),
    "a section twice": ("[default]\n[default]\n", REGION, Misconfigured, "config"),
    "profiles in a ring": (
        _profile(f"role_arn = {ROLE}", "source_profile = day")
        + f"\n[profile day]\nrole_arn = {ROLE}\nsource_profile = night",
        NIGHT,
        Misconfigured,
        "Infinite loop",
    ),
    "source not there": (
        *(_profile(f"role_arn = {ROLE}", "source_profile = day"), NIGHT, Misconfigured),
        '"day"',
    ),
    "no such source": (
        *(_profile(f"role_arn = {ROLE}", "credential_source = Moon"), NIGHT, Misconfigured),
        "Moon",
    ),
    "half a pair": (
        *(_profile("aws_access_key_id = AKIA"), NIGHT, CredentialsMissing),
        "aws_secret_access_key",
    ),
    "no such profile": ("[profile day]\n[profile dusk]\n", NIGHT, ProfileMissing, "“day”, “dusk”"),
    "session not signed in to": (
        _profile("sso_session = studio", *SSO[:2])
        + "\n[sso-session studio]\nsso_start_url = https://x.awsapps.com/start\n"
        + SSO[2],
        NIGHT,
        CredentialsRejected,
        "aws sso login",
    ),
    "session of the old kind": (
        *(_profile(*SSO, "sso_start_url = https://x.awsapps.com/start"), NIGHT),
        *(CredentialsRejected, "aws sso login"),
    ),
    "session not there": (
        *(_profile("sso_session = studio", *SSO[:2]), NIGHT, Misconfigured, "studio"),
    ),
    "services not there": (_profile("services = local"), NIGHT | KEYS, Misconfigured, "local"),
    "service without a scheme": (
        _profile("services = local") + "\n[services local]\ndeadline =\n  endpoint_url = farm:80\n",
        NIGHT | KEYS,
        Misconfigured,
        "Invalid endpoint",
    ),
    "mode of retrying": (_profile("retry_mode = never"), NIGHT | KEYS, Misconfigured, "never"),
}
VARIABLES: dict[str, tuple[dict[str, str], type[AccessError], str]] = {
    "token not mounted": (
        REGION | {"AWS_ROLE_ARN": ROLE, "AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere/token"},
        Misconfigured,
        "The web identity token can't be used: /nowhere/token: No such file",
    ),
    "token without a role": (
        REGION | {"AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere/token"},
        Misconfigured,
        "AWS_ROLE_ARN",
    ),
    "container's token not mounted": (
        REGION
        | {
            "AWS_CONTAINER_CREDENTIALS_FULL_URI": NOWHERE,
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE": "/nowhere/token",
        },
        Misconfigured,
        "/nowhere/token",
    ),
    "container elsewhere": (
        REGION | {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://evil.example/keys"},
        Misconfigured,
        "The container's credentials can't be used",
    ),
    "number that is none": (
        REGION | {"AWS_METADATA_SERVICE_TIMEOUT": "soon"},
        Misconfigured,
        "soon",
    ),
    "half a pair": (
        REGION | {"AWS_ACCESS_KEY_ID": "AKIA"},
        CredentialsMissing,
        "SECRET_ACCESS_KEY",
    ),
    "key of two lines": (
        REGION | CLOSED_PORT | KEYS | {"AWS_ACCESS_KEY_ID": "AKIA\nIOSF"},
        Misconfigured,
        "a character that can't be sent",
    ),
    "no Region": (KEYS, RegionMissing, "AWS_DEFAULT_REGION"),
    "Region in words": (KEYS | {"AWS_DEFAULT_REGION": "us west 2"}, Misconfigured, "“us west 2”"),
    "Region misspelt": (KEYS | {"AWS_DEFAULT_REGION": "us-west2"}, Misconfigured, "“us-west2”"),
    "Region of two lines": (KEYS | {"AWS_DEFAULT_REGION": "us-west-2\n"}, Misconfigured, r"2\\n”"),
    "no certificates": (
        REGION | KEYS | {"AWS_CA_BUNDLE": "/nowhere.pem"},
        Misconfigured,
        "/nowhere",
    ),
    "certificates that are none": (
        *(REGION | KEYS | {"AWS_CA_BUNDLE": "/etc/hostname"}, Misconfigured),
        "it holds no certificates",
    ),
}
NO_ADDRESSES = (
    *("localhost:9000", "farm.example", "//farm.example", "ftp://farm.example", "http://"),
    *("http://farm example", "http://farm:port", "http://farm:99999", "http://[::1", "http://:80"),
)
NO_PROXIES = ("::bad::", "http://proxy:port", "socks5://proxy:1080", "http://")


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[dict[str, str]], None]:
    """Sets variables, where nothing else of AWS's is set; `config` is a file that may be made."""

    def setting(variables: dict[str, str]) -> None:
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    for name in chain.os.environ.copy():
        if name.upper().startswith("AWS_") or name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)
    setting({"AWS_CONFIG_FILE": str(tmp_path / "config"), "HOME": str(tmp_path)})
    setting({"AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "keys")})
    setting({"AWS_EC2_METADATA_DISABLED": "true"})
    return setting


def _caught() -> FarmCostsError:
    with pytest.raises(FarmCostsError) as caught:
        Client(Endpoint(connect_seconds=1), Clock(), Patience(attempts=1)).farms()
    return caught.value


@pytest.mark.parametrize("place", ["a pipe", "a folder", "a device"])
def test_certificates_are_waited_for_in_no_pipe(place: str, bare: Callable, tmp_path: Path) -> None:
    """One that nobody writes to would be waited for without end, and a folder holds none."""
    path = tmp_path / "certificates"
    if place == "a pipe":
        os.mkfifo(path)
    elif place == "a folder":
        path.mkdir()
    else:
        path.symlink_to("/dev/zero")
    bare(REGION | KEYS | {"AWS_CA_BUNDLE": str(path)})
    error = _caught()
    assert (type(error), error.exit_code) == (Misconfigured, 3)
    assert f"{path} can't be used: it is no file" in str(error)


@pytest.mark.parametrize("name", FILES)
def test_what_is_wrong_in_a_file_is_named(name: str, bare: Callable, tmp_path: Path) -> None:
    text, variables, kind, said = FILES[name]
    (tmp_path / "config").write_text(text)
    bare(variables)
    assert chain.finds_credentials()
    error = _caught()
    assert (type(error), error.exit_code) == (kind, 3)
    assert said in str(error)


@pytest.mark.parametrize("name", VARIABLES)
def test_what_is_wrong_with_a_variable_is_named(name: str, bare: Callable) -> None:
    variables, kind, said = VARIABLES[name]
    bare(variables)
    error = _caught()
    assert (type(error), error.exit_code) == (kind, 3)
    assert said.replace("\\\\", "\\") in str(error)


@pytest.mark.parametrize("address", NO_ADDRESSES)
@pytest.mark.parametrize("variable", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_DEADLINE"])
def test_an_endpoint_that_is_no_address_is_named(
    variable: str, address: str, bare: Callable
) -> None:
    bare(REGION | KEYS | {variable: address})
    error = _caught()
    assert type(error) is Misconfigured
    assert f"{variable} can't be used: it is no address" in str(error)


@pytest.mark.parametrize("address", ["http://farm", "https://farm:443/x?y", "http://[::1]:80"])
def test_an_address_is_one(address: str) -> None:
    assert chain.is_address(address)


@pytest.mark.parametrize("proxy", NO_PROXIES)
def test_a_proxy_that_is_none_is_named(proxy: str, bare: Callable) -> None:
    bare(REGION | KEYS | {"HTTPS_PROXY": proxy, "https_proxy": proxy})
    error = _caught()
    assert type(error) is Misconfigured
    assert "HTTPS_PROXY can't be used" in str(error)


def test_a_proxy_that_is_not_used_does_no_harm(bare: Callable) -> None:
    bare(REGION | KEYS | CLOSED_PORT | {"http_proxy": "::bad::", "no_proxy": "127.0.0.1"})
    assert type(_caught()) is Unreachable


def test_a_files_name_that_leads_nowhere_is_told_where_no_credentials_are(bare: Callable) -> None:
    bare(REGION | {"AWS_CONFIG_FILE": "/nowhere/config"})
    error = _caught()
    assert type(error) is CredentialsMissing
    assert "AWS_CONFIG_FILE names /nowhere/config" in str(error)


def test_titles_differ() -> None:
    kinds = (CredentialsMissing, CredentialsRejected, Misconfigured, ProfileMissing, RegionMissing)
    assert len({kind.title for kind in kinds}) == len(kinds)


def _kinds() -> list[type[Exception]]:
    found = vars(botocore.exceptions).values()
    of_its_own = (BotoCoreError, ClientError, UndefinedModelAttributeError)
    return [one for one in found if inspect.isclass(one) and issubclass(one, of_its_own)]


ON_THE_WAY = {
    *("HTTPClientError", "ConnectionError", "EndpointConnectionError", "SSLError"),
    *("ConnectionClosedError", "ReadTimeoutError", "ConnectTimeoutError", "ProxyConnectionError"),
    *("ResponseStreamingError", "IncompleteReadError", "CapacityNotAvailableError"),
}
ALTERED = {"ChecksumError", "FlexibleChecksumError", "AwsChunkedWrapperError"}
NOT_TO_BE_ASKED = {
    *("ParamValidationError", "MissingParametersError", "ValidationError", "UnknownKeyError"),
    *("RangeError", "UnknownParameterError", "AliasConflictParameterError"),
}


def _made(kind: type[Exception]) -> Exception:
    if issubclass(kind, ClientError):
        return kind({"Error": {"Code": "ValidationException", "Message": "no"}}, "ListFarms")
    if issubclass(kind, UndefinedModelAttributeError):
        return kind("some") if kind is UndefinedModelAttributeError else kind(service_name="some")
    if issubclass(kind, WaiterError):
        return kind("some", "some", {})
    return kind(**dict.fromkeys(WORDS, "some"))


WORDS = {word for one in _kinds() for word in re.findall(r"{(\w+)}", getattr(one, "fmt", ""))}


@pytest.mark.parametrize("kind", _kinds(), ids=lambda kind: kind.__name__)
def test_each_of_botocores_errors_is_one_of_ours(kind: type[Exception]) -> None:
    assert issubclass(kind, (*chain.BROKEN, ClientError))
    error = refusal.translated(_made(kind), "ListFarms")
    if kind.__name__ in ON_THE_WAY:
        assert type(error) is Unreachable
    elif kind.__name__ in ALTERED:
        assert type(error) is Garbled
    elif kind.__name__ in NOT_TO_BE_ASKED or issubclass(kind, ClientError):
        assert type(error) is Refused
    else:
        assert isinstance(error, AccessError)


@pytest.mark.parametrize(("status", "kind"), [(403, CredentialsRejected), (503, FarmCostsError)])
def test_what_is_asked_for_credentials_is_not_taken_for_the_farms(
    status: int, kind: type[FarmCostsError]
) -> None:
    answer = {"Error": {"Code": "AccessDenied", "Message": "not you"}}
    sts = ClientError(answer | {"ResponseMetadata": {"HTTPStatusCode": status}}, "AssumeRole")
    error = refusal.translated(sts, "ListFarms")
    assert isinstance(error, kind)
    assert "deadline:ListFarms" not in str(error)


@pytest.mark.parametrize("command", [("farms",), ("collect", "--days", "1")])
def test_a_command_says_so_in_a_line(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "shell").mkdir()
    config = tmp_path / "config"
    config.write_text("[default]\nregion = us-west-2\ncredential_process = /nowhere/keys\n")
    ended = Shell(tmp_path / "shell", "", {"AWS_CONFIG_FILE": str(config)}).run(*command)
    assert (ended.code, ended.data) == (3, b"")
    assert ended.said.startswith(
        "The AWS configuration can't be used: The program in credential_pr"
    )
    assert len(ended.said.splitlines()) == 1
