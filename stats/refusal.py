"""botocore's errors, told apart and put into words that say what to do next."""

from __future__ import annotations

import re
from http.client import responses
from typing import Any

from botocore.exceptions import (
    AwsChunkedWrapperError,
    BotoCoreError,
    CapacityNotAvailableError,
    ChecksumError,
    ClientError,
    CredentialRetrievalError,
    FlexibleChecksumError,
    HTTPClientError,
    IncompleteReadError,
    InvalidRegionError,
    LoginError,
    MetadataRetrievalError,
    MissingParametersError,
    NoAuthTokenError,
    ParamValidationError,
    RefreshWithMFAUnsupportedError,
    SSLError,
    SSOError,
    TokenRetrievalError,
    UndefinedModelAttributeError,
    ValidationError,
)
from botocore.exceptions import ConnectionError as NoConnection
from botocore.parsers import ResponseParserError

from stats import chain, secrecy, skew
from stats.bounded import TooLong
from stats.credentials import GIVING
from stats.errors import (
    AccessDenied,
    AccessError,
    CredentialsRejected,
    FarmCostsError,
    Garbled,
    NotFound,
    Refused,
    ServiceFault,
    Throttled,
    Unreachable,
)

_SIGN_IN = "Sign in again (with aws sso login, for example), or renew the role or keys; try again."
_CHECK = "Check the network, the Region and any proxy, and try again."
_START = "StartSessionsStatisticsAggregation"
_CODE = re.compile(r"[A-Z][A-Za-z0-9]+")
_PAGE = re.compile(r"\s*<", re.DOTALL)
"""How a page of the web begins."""

_MOST_SAID = 500
_ADDRESS = re.compile(r'"?(https?://[^/"\s]+)[^"\s]*"?')
_ON_THE_WAY = (CapacityNotAvailableError, HTTPClientError, IncompleteReadError, NoConnection)
_NOT_TO_BE_ASKED = (MissingParametersError, ParamValidationError, ValidationError)
_REJECTED = (
    *(CredentialRetrievalError, LoginError, MetadataRetrievalError, NoAuthTokenError),
    *(RefreshWithMFAUnsupportedError, SSOError, TokenRetrievalError),
)
_FOR_CREDENTIALS = frozenset(
    {
        *("AssumeRole", "AssumeRoleWithWebIdentity", "CreateOAuth2Token", "CreateToken"),
        *("GetRoleCredentials", "GetSessionToken", "RegisterClient"),
    }
)
_REJECTED_CODES = frozenset(
    {
        "AuthFailure",
        "ExpiredToken",
        "ExpiredTokenException",
        "IncompleteSignature",
        "IncompleteSignatureException",
        "InvalidClientTokenId",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "MissingAuthenticationTokenException",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    }
)
_TOO_MANY = ("ServiceQuotaExceededException", "TooManyRequestsException")
_NOT_NOW = frozenset({408, 409, 423, 425})
"""What HTTP says of a request that is right, and could not be done this time."""

_ALTERED = (AwsChunkedWrapperError, ChecksumError, FlexibleChecksumError)
_IAM_PREFIX = {"DescribeUser": "identitystore"}


def translated(error: Exception, operation: str) -> FarmCostsError:
    """The error of ours that says what a botocore error means for the reader."""
    if _is_of_the_chain(error):
        return of_the_chain(error, operation)
    if isinstance(error, ClientError):
        return _answered(error, operation)
    if isinstance(error, _ON_THE_WAY) and not _is_altered(error):
        return _on_the_way(error, operation)
    if isinstance(error, _NOT_TO_BE_ASKED):
        return Refused(
            f"boto3 does not let {operation} be asked: {error}.",
            "Check the ids in the question.",
            operation=operation,
        )
    if isinstance(error, BotoCoreError) and not _is_altered(error):
        return of_the_chain(error, operation)
    what = f"The answer to {operation} can't be read ({_unreadable(error)})."
    return Garbled(what, operation=operation)


def _unreadable(error: Exception) -> str:
    """Why an answer can't be read, in words; what Python says of it is nobody's concern."""
    within = error.kwargs.get("error") if isinstance(error, HTTPClientError) else error
    if isinstance(within, ResponseParserError | TooLong):
        return str(within)
    if isinstance(within, UnicodeDecodeError):
        return "it is no text in UTF-8"
    return "it is not of the form that the service's model promises"


def _on_the_way(error: Exception, operation: str) -> Unreachable:
    if type(error) is HTTPClientError:  # what botocore has no words for
        said = "what came back is no answer of HTTP, or can't be unpacked"
    else:
        said = _ADDRESS.sub(r"\1", " ".join(str(error).split()))
    who = GIVING if GIVING in getattr(error, "__notes__", ()) else operation
    return Unreachable(
        f"{who} got no answer: {said}.",
        _on_certificates(said) if isinstance(error, SSLError) else _CHECK,
        operation=operation,
    )


def _on_certificates(said: str) -> str:
    """What to do where no safe connection came about; that may be for quite other reasons."""
    if re.search("certificate has expired|certificate is not yet valid", said):
        return "Have the certificate there renewed, or set this machine's clock right; try again."
    if "doesn't match" in said:
        return "Look at the endpoint's address: the certificate there is of another host."
    if "CERTIFICATE" in said:
        return "Give boto3 the certificates that sign there (AWS_CA_BUNDLE), and try again."
    return _CHECK


def _is_altered(error: Exception) -> bool:
    """Whether an answer is not as it was sent, or not read to its end: larger than any can be."""
    within = error.kwargs.get("error") if isinstance(error, HTTPClientError) else None
    return isinstance(error, _ALTERED) or isinstance(within, TooLong)


def of_the_chain(error: Exception, operation: str = "") -> AccessError:
    """The error of ours where credentials or configuration are the trouble."""
    if isinstance(error, ClientError):
        code, said = _code(dict(error.response)), _message(dict(error.response))
        if skew.is_told(code, said):
            return skew.told(said, operation, error.operation_name)
        return CredentialsRejected(
            f"No AWS credentials can be had: {error.operation_name} says: {said}",
            _SIGN_IN,
            operation=operation,
        )
    if isinstance(error, _REJECTED) and error.kwargs.get("provider") != "container-role":
        said = " ".join(str(error).split())
        return CredentialsRejected(
            f"The AWS credentials can't be used: {said}.", _SIGN_IN, operation=operation
        )
    return chain.told(error, operation)


def _is_of_the_chain(error: Exception) -> bool:
    """Whether credentials could not be read or had, or a request not even be made."""
    if isinstance(error, ClientError):
        answer: dict[str, Any] = dict(error.response)
        good = not _is_too_many(answer) and _status(answer) < 500
        return error.operation_name in _FOR_CREDENTIALS and good
    if isinstance(error, (InvalidRegionError, *_REJECTED)):
        return True
    if isinstance(error, _ON_THE_WAY):
        return chain.is_never_sent(error)
    return chain.lies_in(error) or isinstance(error, UndefinedModelAttributeError | OSError)


def _answered(error: ClientError, operation: str) -> FarmCostsError:
    answer: dict[str, Any] = dict(error.response)
    code, status, said = _code(answer), _status(answer), _message(answer)
    asked = error.operation_name if error.operation_name in _FOR_CREDENTIALS else operation
    if skew.is_told(code, said):
        return skew.told(said, operation, asked)
    if code in _REJECTED_CODES:
        return CredentialsRejected(
            f"AWS turned {operation} away: {said}", _SIGN_IN, operation=operation
        )
    if _is_too_many(answer):
        return Throttled(
            f"AWS turned {asked} away as one request too many: {said}",
            "Others may be asking the service at the same time: try again in a minute.",
            operation=operation,
            retry_after=_pause(answer),
        )
    if status >= 500 or (code and status in _NOT_NOW):
        where, or_else = ("", "") if code else (" or on the way", ", or a proxy's")
        return ServiceFault(
            f"{asked} failed inside the service{where}: {said}",
            f"That is on the service's side{or_else}: try again in a few minutes.",
            operation=operation,
            retry_after=_pause(answer),
        )
    return _told_by_its_code(answer, operation) if code else _of_somebody_else(answer, operation)


def _is_too_many(answer: dict[str, Any]) -> bool:
    code = _code(answer)
    return _status(answer) == 429 or "Throttl" in code or code in _TOO_MANY


def _told_by_its_code(answer: dict[str, Any], operation: str) -> FarmCostsError:
    code, status, said = _code(answer), _status(answer), _message(answer)
    if status in (401, 403) or "AccessDenied" in code:
        return _denied(said, operation)
    if status == 404 or "NotFound" in code:
        return NotFound(
            f"{operation} found nothing: {said}",
            "It may have been deleted: choose again from the farm's lists.",
            operation=operation,
        )
    return Refused(
        f"{operation} was refused: {said}{_fields(answer)}",
        "Ask for another window, or for other queues or fleets."
        if operation == _START
        else "Try again; if it stays so, see whether Farm Costs and its boto3 are up to date.",
        operation=operation,
    )


def _status(answer: dict[str, Any]) -> int:
    return int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))


def _code(answer: dict[str, Any]) -> str:
    """The service's own word for an error; empty where an answer has none, as a proxy's has."""
    code = answer.get("Error", {}).get("Code")
    return code if isinstance(code, str) and _CODE.fullmatch(code) else ""


def _message(answer: dict[str, Any]) -> str:
    """What an error says, in one line; of a page that is not the service's, only its status."""
    code, said = _code(answer), answer.get("Error", {}).get("Message")
    if not code or (isinstance(said, str) and _PAGE.match(said)):
        return _http(answer)
    line = " ".join(said.split()) if isinstance(said, str) else ""
    return f"{line[:_MOST_SAID]}…" if len(line) > _MOST_SAID else line or code


def _http(answer: dict[str, Any]) -> str:
    status = _status(answer)
    return f"HTTP {status} {responses.get(status, '')}".strip()


def _of_somebody_else(answer: dict[str, Any], operation: str) -> Garbled:
    """An answer of a proxy, a load balancer, or whatever else is asked in the service's place."""
    where = _headers(answer).get("location", "")
    there = f", on to {secrecy.shown(where)}" if where else ""
    service = _IAM_PREFIX.get(operation, "deadline").upper()
    return Garbled(
        f"{operation} was answered with {_http(answer)}{there}, which is not the service's own.",
        "A proxy, a load balancer or another program has answered in its place: look at proxies in "
        f"between and at AWS_ENDPOINT_URL_{service}, with its path, if it is set; or try again.",
        operation=operation,
    )


def _pause(answer: dict[str, Any]) -> float | None:
    """The pause that the service asks for, in seconds: the error's own member, or the header."""
    pause = answer.get("retryAfterSeconds", _headers(answer).get("retry-after"))
    return None if pause is None else max(0.0, float(pause))


def _headers(answer: dict[str, Any]) -> dict[str, str]:
    headers: dict[str, str] = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    return headers


def _denied(said: str, operation: str) -> AccessDenied:
    action = f"{_IAM_PREFIX.get(operation, 'deadline')}:{operation}"
    return AccessDenied(
        f"AWS does not allow {action}: {said}",
        f"Add {action} to the policy of this role (docs/iam-policy.json is the least it needs).",
        operation=operation,
    )


def _fields(answer: dict[str, Any]) -> str:
    told = [(f.get("name"), f.get("message")) for f in answer.get("fieldList") or ()]
    fields = [": ".join(filter(None, field)) for field in told if any(field)]
    return f" ({'; '.join(fields)})" if fields else ""
