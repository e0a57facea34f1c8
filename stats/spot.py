"""A place in S3, by its address."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FORM = "it has to be s3://bucket or s3://bucket/prefix"
_ADDRESS = re.compile(r"s3://([^/]+)(?:/(.*))?")
_NAME = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")


@dataclass(frozen=True)
class Spot:
    """A place in S3: a bucket, and the prefix that its keys begin with (empty: none)."""

    bucket: str
    prefix: str

    @classmethod
    def of(cls, address: str) -> Spot:
        """Raises ValueError where it is not `s3://bucket` or `s3://bucket/prefix`."""
        found = _ADDRESS.fullmatch(address.rstrip("/"))
        if found is None:
            raise ValueError(_FORM)
        bucket, prefix = found[1], found[2] or ""
        if not _NAME.fullmatch(bucket):
            raise ValueError(
                f"{_FORM}; a bucket’s name has 3 to 63 characters: lower-case letters, digits, "
                "dots and hyphens, the first and the last a letter or a digit"
            )
        if prefix and not {"", ".", ".."}.isdisjoint(prefix.split("/")):
            raise ValueError(f"{_FORM}; no part of the prefix may be empty, “.” or “..”")
        return cls(bucket, prefix)

    def __str__(self) -> str:
        return f"s3://{self.path}"

    @property
    def path(self) -> str:
        """Bucket and prefix, as pyarrow writes them."""
        return f"{self.bucket}/{self.prefix}".rstrip("/")
