"""A place in S3, by its address."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ADDRESS = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/(.*))?")


@dataclass(frozen=True)
class Spot:
    """A place in S3: a bucket, and the prefix that its keys begin with (empty: none)."""

    bucket: str
    prefix: str

    @classmethod
    def of(cls, address: str) -> Spot:
        """Raises ValueError where it is not `s3://bucket` or `s3://bucket/prefix`."""
        found = _ADDRESS.fullmatch(address.rstrip("/"))
        prefix = (found[2] or "") if found else ""
        if found is None or any(part in ("", ".", "..") for part in prefix.split("/") if prefix):
            raise ValueError("it has to be s3://bucket or s3://bucket/prefix")
        return cls(found[1], prefix)

    def __str__(self) -> str:
        return f"s3://{self.path}"

    @property
    def path(self) -> str:
        """Bucket and prefix, as pyarrow writes them."""
        return f"{self.bucket}/{self.prefix}".rstrip("/")
