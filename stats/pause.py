"""The pause that an answer asks for, in the one form that botocore reads."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any


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
