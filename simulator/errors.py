"""The service's refusals, as they go over the wire.

ServiceError
  validation        400  a request the service would not take
  access_denied     403
  expired_token     403  raised in front of the service, thus not in its model
  not_found         404
  throttled         429
  internal_error    500
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


class ServiceError(Exception):
    """An answer that is an error: status, code, the body's members and a pause in seconds."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        members: Mapping[str, Any] | None = None,
        retry_after: int | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.members = dict(members or {})
        self.retry_after = retry_after


def validation(fields: Sequence[tuple[str, str]]) -> ServiceError:
    """A request with one or more members that break a rule, as (name, what is wrong)."""
    found = f"{len(fields)} validation error{'s' if len(fields) > 1 else ''} detected: "
    said = "; ".join(f"Value at '{name}' {wrong}" for name, wrong in fields)
    listed = [{"name": name, "message": wrong} for name, wrong in fields]
    members = {"reason": "FIELD_VALIDATION_FAILED", "fieldList": listed}
    return ServiceError(400, "ValidationException", found + said, members)


def unreadable(message: str) -> ServiceError:
    """A body that is not what it says it is."""
    return ServiceError(400, "ValidationException", message, {"reason": "CANNOT_PARSE"})


def unknown_operation(method: str, path: str) -> ServiceError:
    """A path that belongs to no operation."""
    message = f"No operation at {method} {path}"
    return ServiceError(400, "ValidationException", message, {"reason": "UNKNOWN_OPERATION"})


def not_found(resource_type: str, resource_id: str) -> ServiceError:
    """A resource that there is not, or not any more."""
    members = {"resourceId": resource_id, "resourceType": resource_type}
    message = f"Resource of type {resource_type} with id {resource_id} does not exist."
    return ServiceError(404, "ResourceNotFoundException", message, members)


def throttled(message: str, retry_after: int | None) -> ServiceError:
    """Too much at once; `retry_after` is in seconds, None leaves the header out."""
    members = {"serviceCode": "deadline", "quotaCode": "L-00000000", "context": {}}
    return ServiceError(429, "ThrottlingException", message, members, retry_after)


def access_denied() -> ServiceError:
    """A caller without the permission."""
    message = "User is not authorized to perform this operation."
    return ServiceError(403, "AccessDeniedException", message, {"context": {}})


def expired_token() -> ServiceError:
    """Temporary credentials past their time."""
    message = "The security token included in the request is expired"
    return ServiceError(403, "ExpiredTokenException", message)


def unrecognized_client() -> ServiceError:
    """Credentials that nobody knows."""
    message = "The security token included in the request is invalid."
    return ServiceError(403, "UnrecognizedClientException", message)


def internal_error(retry_after: int | None) -> ServiceError:
    """The service's own failure; `retry_after` is in seconds."""
    message = "An unexpected error occurred."
    return ServiceError(500, "InternalServerErrorException", message, None, retry_after)
