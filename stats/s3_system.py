"""pyarrow's filesystem of S3, as AWS's own chain, a proxy and an endpoint of one's own have it."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass

from stats.chain import endpoint_of_s3, is_address
from stats.clock import PatienceWithS3
from stats.errors import HistoryError


def connected(
    bucket: str, patience: PatienceWithS3, wrong: Callable[[str, str], HistoryError]
) -> Any:
    """The filesystem: of AWS, in the bucket's own Region, or of the endpoint in use."""
    from pyarrow import fs  # noqa: PLC0415 - S3 is loaded when used

    options: dict[str, Any] = {
        "connect_timeout": patience.connect,
        "request_timeout": patience.answer,
        "retry_strategy": fs.AwsStandardS3RetryStrategy(max_attempts=patience.attempts),
        "allow_delayed_open": True,  # else each file, however small, is written in three calls
        "tls_ca_file_path": os.environ.get("AWS_CA_BUNDLE") or None,
    }
    name, address = endpoint_of_s3()
    if address and not is_address(address):
        raise wrong(f"{name} is no address", "Write it as in https://host.")
    endpoint = urlsplit(address)
    if endpoint.netloc:
        there = endpoint.netloc.rpartition("@")[2]
        options |= {"endpoint_override": there, "scheme": endpoint.scheme}
    else:
        with suppress(OSError):  # then it is taken to be in the chain's
            options["region"] = fs.resolve_s3_region(bucket)
    host = endpoint.hostname or f"{bucket}.s3.amazonaws.com"
    proxy = getproxies().get(endpoint.scheme or "https")
    if proxy and not proxy_bypass(host):
        options["proxy_options"] = proxy
    return fs.S3FileSystem(**options)
