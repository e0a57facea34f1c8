"""A version of an object in S3, as a listing, a HEAD or its bytes tell of it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime

_LAST_BYTES = b"PAR1"


@dataclass(frozen=True)
class Object:
    """A version of an object: its key below the spot, bytes, and when it was written.

    S3 tells the last in whole seconds, given here in nanoseconds since 1970. The tag (ETag) is
    another one for other content; it is empty where only a listing was read.
    """

    key: str
    size: int
    changed: int
    tag: str = ""


def same(listed: Object, found: Object) -> bool:
    """Whether what is found is the version that was listed, as far as that told."""
    tags = {listed.tag, found.tag} - {""}
    return (listed.size, listed.changed) == (found.size, found.changed) and len(tags) < 2


def is_cut_short(data: bytes | bytearray, whole: Object) -> bool:
    """Whether the end of a Parquet file did not come.

    It came where the tag is the MD5 of what did. The tag of a file that was encrypted by a key of
    one's own, or sent in parts, is something else: there the format's last bytes tell.
    """
    md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
    return md5 != whole.tag.strip('"') and not data.endswith(_LAST_BYTES)


def described(key: str, said: dict[str, bytes]) -> Object:
    """An object as a HEAD of it tells; raises OSError where no S3 would say that."""
    if not {"Last-Modified", "Content-Length", "ETag"} <= said.keys():
        raise OSError(f"what answered of {key} is not S3")
    at = datetime.fromisoformat(said["Last-Modified"].decode())
    nanoseconds = int(at.timestamp()) * 1_000_000_000
    return Object(key, int(said["Content-Length"]), nanoseconds, said["ETag"].decode())
