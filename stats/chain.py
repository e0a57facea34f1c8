"""What boto3 is pointed at: profile, credentials, Region, endpoint, proxy; what is wrong there.

Only what can be told without asking anybody; `refusal` tells what comes of asking.
"""

from __future__ import annotations

import os
import re
import ssl
import stat
from collections.abc import Iterator
from types import FrameType
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

import botocore.session
from botocore.exceptions import (
    BotoCoreError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    UndefinedModelAttributeError,
)

from stats import credentials, scarce, secrecy
from stats.errors import (
    AccessError,
    CredentialsMissing,
    Misconfigured,
    ProfileMissing,
    RegionMissing,
)
from stats.settings import REGION

BROKEN = (
    *(BotoCoreError, UndefinedModelAttributeError),
    *(ArithmeticError, AttributeError, EOFError, LookupError),
    *(OSError, RuntimeError, TypeError, ValueError),
)
"""What boto3 raises, or stumbles over, where what it was pointed at is not as it should be."""

_ENDPOINTS = ("AWS_ENDPOINT_URL_DEADLINE", "AWS_ENDPOINT_URL")
_OTHER_ENDPOINTS = ("AWS_ENDPOINT_URL_IDENTITYSTORE", "AWS_ENDPOINT_URL_STS")
_FILES = ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_CHAIN = re.compile(r"botocore\.(credentials|tokens|configloader|configprovider)")
_PARTS = {
    "ProcessProvider": "The program in credential_process",
    "FileWebIdentityTokenLoader": "The web identity token",
    "ContainerProvider": "The container's credentials",
    "AssumeRoleCredentialFetcher": "The role's credentials",
    "AssumeRoleWithWebIdentityCredentialFetcher": "The web identity's credentials",
    "SSOCredentialFetcher": "The sign-in's credentials",
    "InstanceMetadataProvider": "The machine's credentials",
}
"""What is at work, by botocore's classes."""

_GIVEN = {
    "assume-role": _PARTS["AssumeRoleCredentialFetcher"],
    "assume-role-with-web-identity": _PARTS["AssumeRoleWithWebIdentityCredentialFetcher"],
    "container-role": _PARTS["ContainerProvider"],
    "custom-process": _PARTS["ProcessProvider"],
    "iam-role": _PARTS["InstanceMetadataProvider"],
    "sso": _PARTS["SSOCredentialFetcher"],
}
"""The same by botocore's words for how credentials are found."""

_UNSENDABLE = (ValueError,)
_READING = frozenset({"begin", "getresponse", "read", "read_chunked", "stream"})
"""What http.client and urllib3 call it."""

_NO_FILE = (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError)
_NOT_SO = "it does not hold what it should"
_HOW_TO = "docs/settings.md says what boto3 takes from where."
_GIVE = "Give boto3 credentials and a Region (AWS_PROFILE and AWS_DEFAULT_REGION, or a role)."


def custom_endpoint() -> str | None:
    """The service endpoint that the environment names, or None for AWS itself.

    Without a password or what else may be secret in it: it is shown, and kept in files.
    """
    named = (os.environ[name] for name in _ENDPOINTS if os.environ.get(name))
    return next(map(secrecy.shown, named), None)


def endpoint_of_s3() -> tuple[str, str]:
    """The variable that names S3's endpoint, and its value, as it is; both empty: AWS's own."""
    names = ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL")
    return next(((name, os.environ[name]) for name in names if os.environ.get(name)), ("", ""))


def finds_credentials(seconds: float = credentials.SECONDS) -> bool:
    """Whether boto3's own chain finds any credentials; says nothing of their being good.

    Broken credentials (a profile that does not exist, a token that can't be loaded) count as
    found: they are to be reported, not passed over. Raises CredentialsLate after some seconds.
    """
    try:
        return credentials.session(seconds).get_credentials() is not None
    except (*BROKEN, Misconfigured):
        return True


def told(error: BaseException, operation: str = "") -> AccessError:
    """The error of ours that says what is wrong with what boto3 was pointed at.

    Raises what it is told where that is for want of memory or threads (`scarce`).
    """
    if scarce.is_it(error):
        raise error
    if isinstance(error, ProfileNotFound):
        return ProfileMissing(
            f"There is no profile “{error.kwargs.get('profile')}” in AWS's files",
            f"The profiles there are: {_profiles()}. Set AWS_PROFILE to one of them.",
            operation=operation,
        )
    if isinstance(error, NoRegionError):
        return RegionMissing(
            "boto3 knows of no Region to ask",
            "Set AWS_DEFAULT_REGION (boto3 does not read AWS_REGION), or a region in the profile.",
            operation=operation,
        )
    if isinstance(error, NoCredentialsError | PartialCredentialsError):
        what = f"AWS can't be asked: {error}{without_files()}"
        return CredentialsMissing(what, _GIVE, operation=operation)
    part = _at_work(error) or "What boto3 was pointed at"
    what = f"{part} can't be used: {_said(error)}"
    return Misconfigured(what, _HOW_TO, operation=operation)


def lies_in(error: BaseException) -> bool:
    """Whether it was raised while credentials or configuration were read."""
    frames = _frames(error)
    return any(_CHAIN.fullmatch(str(frame.f_globals.get("__name__"))) for frame in frames)


def _at_work(error: BaseException) -> str:
    """The part of the chain that an error comes of, as its users call it; empty: any."""
    frames = [*_frames(error)]
    classes = [frame.f_code.co_qualname.partition(".")[0] for frame in frames]
    by_class = next((_PARTS[name] for name in reversed(classes) if name in _PARTS), "")
    ways = (getattr(frame.f_locals.get("self"), "method", "") for frame in frames)
    return by_class or next((_GIVEN[way] for way in ways if way in _GIVEN), "")


def _frames(error: BaseException) -> Iterator[FrameType]:
    step = error.__traceback__
    while step is not None:
        yield step.tb_frame
        step = step.tb_next


def is_never_sent(error: BotoCoreError) -> bool:
    """Whether it is a request that can't be made, and not one that is lost on its way."""
    within = getattr(error, "kwargs", {}).get("error")
    return isinstance(within, (*_UNSENDABLE, *_NO_FILE)) and not _is_read(within)


def _is_read(error: BaseException) -> bool:
    """Whether it was raised while an answer was read."""
    return any(frame.f_code.co_name in _READING for frame in _frames(error))


def without_files() -> str:
    """What is to be said of AWS's files that a variable names and that are not there."""
    named = {name: os.environ.get(name, "") for name in _FILES}
    gone = [f"{name} names {value}" for name, value in named.items() if _is_gone(value)]
    return f" ({'; '.join(gone)}, where there is no such file)" if gone else ""


def _is_gone(path: str) -> bool:
    return bool(path) and (not os.path.exists(path) or os.path.isdir(path))


def must_be_addresses() -> None:
    """Raises Misconfigured where a variable names an endpoint by something that is no address."""
    for name in (*_ENDPOINTS, *_OTHER_ENDPOINTS):
        value = os.environ.get(name, "")
        if value and not is_address(value):
            raise Misconfigured(
                f"{name} can't be used: it is no address",
                "Write it with its scheme, as in https://host or http://localhost:8080.",
            )


def must_be_a_region(region: str | None, *, elsewhere: bool) -> None:
    """Raises Misconfigured where it is no Region's name; endpoints of one's own have any label."""
    if region is None or (_LABEL if elsewhere else REGION).fullmatch(region):
        return
    raise Misconfigured(
        f"“{region.encode('unicode_escape').decode()}” is no Region of AWS",
        "Write it as in us-west-2: in AWS_DEFAULT_REGION, in the profile, or, for Identity Center, "
        "in FARM_COSTS_IDENTITY_REGION.",
    )


def must_be_ways(address: str, certificates: str | None) -> None:
    """Raises Misconfigured where an endpoint's address, proxy or certificates can't be used."""
    if not is_address(address):
        raise Misconfigured("The endpoint in the profile's services is no address", _HOW_TO)
    there = urlsplit(address)
    proxy = getproxies().get(there.scheme, "")
    if proxy and not proxy_bypass(str(there.hostname)):
        must_be_a_proxy(proxy, f"{there.scheme.upper()}_PROXY")
    if there.scheme == "https" and certificates:
        _must_be_certificates(certificates)


def must_be_a_proxy(proxy: str, name: str) -> None:
    """Raises Misconfigured."""
    if not is_address(proxy if "://" in proxy else f"http://{proxy}"):
        raise Misconfigured(
            f"{name} can't be used: it is no address of a proxy that is spoken to in HTTP",
            "Write it as in http://host:3128.",
        )


def is_address(text: str) -> bool:
    """Whether it is an HTTP address with a host and, if any, a port."""
    try:
        there = urlsplit(text)
        port = there.port
    except ValueError:
        return False
    plain = text.isprintable() and not re.search(r"\s", text)
    return plain and there.scheme in ("http", "https") and bool(there.hostname) and port != 0


def _must_be_certificates(path: str) -> None:
    why: str | None = None
    try:
        if not stat.S_ISREG(os.stat(path).st_mode):  # a pipe would be waited for
            why = "it is no file"
        else:
            ssl.create_default_context().load_verify_locations(path)
    except ValueError:
        why = "it is no name of a file"
    except OSError as error:  # an SSLError too
        why = "it holds no certificates" if isinstance(error, ssl.SSLError) else error.strerror
    if why:
        raise Misconfigured(
            f"The certificates in {path} can't be used: {why}",
            "Set AWS_CA_BUNDLE (or ca_bundle in the profile) to a file of them, or unset it.",
        )


def certificates_of(session: botocore.session.Session) -> str | None:
    """The file of certificates that boto3 would use, if it is told one."""
    found = session.get_config_variable("ca_bundle") or os.environ.get("REQUESTS_CA_BUNDLE")
    return str(found) if found else None


def _profiles() -> str:
    try:
        names = botocore.session.Session().available_profiles
    except BROKEN:
        return "unknown"
    return ", ".join(f"“{name}”" for name in names) or "none"


def _said(error: BaseException) -> str:
    if isinstance(error, EOFError):
        return "the profile wants a code (MFA), which nobody can type here"
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename or 'a file'}: {error.strerror}"
    within = getattr(error, "kwargs", {}).get("error")
    if type(within) in (ValueError, UnicodeEncodeError):
        return "the credentials hold a character that can't be sent"
    if isinstance(error, BotoCoreError):
        return " ".join(str(error).split())
    if isinstance(error, RuntimeError):
        return _of_running(error)
    return _of_a_value(error) if isinstance(error, ValueError) else _NOT_SO


def _of_running(error: RuntimeError) -> str:
    if isinstance(error, RecursionError):
        return "it is nested too deep"
    return "what is given has expired already" if "still expired" in str(error) else _NOT_SO


def _of_a_value(error: ValueError) -> str:
    """botocore's own words, but not Python's."""
    said = " ".join(str(error).split())
    number = re.match(r"(?:invalid literal|could not convert).*: '(.*)'", said)
    if number:
        return f"“{number[1]}” is no number"
    return _NOT_SO if type(error) is not ValueError else said or _NOT_SO
