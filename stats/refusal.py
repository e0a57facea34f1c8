"""botocore's errors, told apart and put into words that say what to do next."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.exceptions import (
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    LoginTokenLoadError,
    NoAuthTokenError,
    NoCredentialsError,
    NoRegionError,
    ParamValidationError,
    PartialCredentialsError,
    ProfileNotFound,
    SSOError,
    TokenRetrievalError,
)
from botocore.parsers import ResponseParserError

from stats.bounded import TooLong
from stats.errors import (
    AccessDenied,
    CredentialsMissing,
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
_START = "StartSessionsStatisticsAggregation"
_ADDRESS = re.compile(r'"?(https?://[^/"\s]+)[^"\s]*"?')
_MISSING = (NoCredentialsError, PartialCredentialsError, ProfileNotFound, NoRegionError)
_REJECTED = (
    CredentialRetrievalError,
    LoginTokenLoadError,
    NoAuthTokenError,
    SSOError,
    TokenRetrievalError,
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
_NOT_UNDERSTOOD = (
    *(ResponseParserError, ArithmeticError, AttributeError),
    *(KeyError, RecursionError, TypeError, ValueError),
)
_IAM_PREFIX = {"DescribeUser": "identitystore"}


def translated(error: Exception, operation: str) -> FarmCostsError:
    """The error of ours that says what a botocore error means for the reader."""
    if isinstance(error, ClientError):
        return _answered(error, operation)
    if isinstance(error, _MISSING):
        return CredentialsMissing(
            f"AWS can't be asked: {error}.",
            "Give boto3 credentials and a Region (AWS_PROFILE and AWS_DEFAULT_REGION, or a role).",
            operation=operation,
        )
    if isinstance(error, _REJECTED):
        return CredentialsRejected(
            f"The AWS credentials can't be used: {error}.", _SIGN_IN, operation=operation
        )
    if isinstance(error, ParamValidationError):
        return Refused(
            f"boto3 does not let {operation} be asked: {error}.",
            "Check the ids in the question.",
            operation=operation,
        )
    if isinstance(error, _NOT_UNDERSTOOD) or _is_too_long(error):
        return Garbled(
            f"The answer to {operation} can't be read ({error}).",
            operation=operation,
        )
    said = _ADDRESS.sub(r"\1", str(error))
    return Unreachable(
        f"{operation} got no answer: {said}.",
        "Check the network, the Region and any proxy, and try again.",
        operation=operation,
    )


def _is_too_long(error: Exception) -> bool:
    """Whether an answer was not read to its end, since it is larger than any can be."""
    return isinstance(error, HTTPClientError) and isinstance(error.kwargs.get("error"), TooLong)


def _answered(error: ClientError, operation: str) -> FarmCostsError:
    answer: dict[str, Any] = dict(error.response)
    code = str(answer.get("Error", {}).get("Code", ""))
    status = int(answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    said = str(answer.get("Error", {}).get("Message") or code or status)
    if code in _REJECTED_CODES:
        return CredentialsRejected(
            f"AWS turned {operation} away: {said}", _SIGN_IN, operation=operation
        )
    if status == 429 or "Throttl" in code or code == "TooManyRequestsException":
        return Throttled(
            f"AWS turned {operation} away as one request too many: {said}",
            "Others may be asking the service at the same time: try again in a minute.",
            operation=operation,
            retry_after=_pause(answer),
        )
    if status >= 500:
        return ServiceFault(
            f"{operation} failed inside the service: {said}",
            "That is on the service's side: try again in a few minutes.",
            operation=operation,
            retry_after=_pause(answer),
        )
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


def with_whole_seconds(response_dict: dict[str, Any], **_: Any) -> None:
    """Rewrites Retry-After before botocore reads it, which takes whole seconds and nothing else.

    RFC 9110 allows a date too; a pause that can't be read is left out.
    """
    headers = response_dict["headers"]
    for name in [name for name in headers if name.lower() == "retry-after"]:
        pause = _seconds(headers[name])
        del headers[name]
        if pause is not None and math.isfinite(pause):
            headers[name] = str(math.ceil(max(0.0, pause)))


def _seconds(retry_after: str) -> float | None:
    if re.fullmatch(r"\d+(\.\d+)?", retry_after):
        return float(retry_after)
    try:
        return (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds()
    except (ArithmeticError, TypeError, ValueError):
        return None


def _pause(answer: dict[str, Any]) -> float | None:
    """The pause that the service asks for, in seconds: the error's own member, or the header."""
    headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
    pause = answer.get("retryAfterSeconds", headers.get("retry-after"))
    return None if pause is None else max(0.0, float(pause))


def _denied(said: str, operation: str) -> AccessDenied:
    action = f"{_IAM_PREFIX.get(operation, 'deadline')}:{operation}"
    return AccessDenied(
        f"AWS does not allow {action}: {said}",
        f"Add {action} to the policy of this role (docs/iam-policy.json is the least it needs).",
        operation=operation,
    )


def _fields(answer: dict[str, Any]) -> str:
    fields = [f"{f.get('name')}: {f.get('message')}" for f in answer.get("fieldList") or ()]
    return f" ({'; '.join(fields)})" if fields else ""
