"""A day written to history in S3, and a year's days listed there, beside boto3 alone.

S3 is moto's server on this machine, past a relay: what it takes itself is in both.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks import years
from benchmarks.writing import Written, listed, written
from benchmarks.years import SHELVES, Years
from stats.bucket import Bucket
from stats.clock import Clock
from stats.history import History
from stats.mirror import Mirror
from stats.s3 import Door
from stats.spot import Spot
from stats.store import VERSION
from tests.stats.bucket import client, s3_over_http

_NAME, _ROUNDS, _AT_ONCE = "benchmark", 5, 8
_INSIDE = f"history/{VERSION}"


class InABucket(Written):
    """The same as on a disk; `bare` is boto3 alone."""

    def __str__(self) -> str:
        return (
            f"In S3 a day of {len(SHELVES)} cuts is written in {self.day_seconds:.2f} s, "
            f"{self.day_seconds / self.bare_day_seconds:.1f} times what boto3 takes for the same "
            f"objects; {self.files:,} files of a year are listed in {self.listing_seconds:.2f} s, "
            f"{self.listing_seconds / self.bare_listing_seconds:.1f} times what boto3 takes"
        )


def measured(home: Path) -> InABucket:
    """The names of the year by the day, as objects without content: listing reads none."""
    by_day, _, _ = years.made(home)
    with s3_over_http() as wire, TemporaryDirectory() as copies:
        s3 = client(wire)
        s3.create_bucket(
            Bucket=_NAME, CreateBucketConfiguration={"LocationConstraint": "us-west-2"}
        )
        names = list(_names(by_day))
        with ThreadPoolExecutor(_AT_ONCE) as several:
            for done in [several.submit(_put, s3, name, b"") for name in names]:
                done.result()
        opened = _machines(Path(copies))
        listings = [(listed(next(opened)), _listed(s3)) for _ in range(_ROUNDS)]
        day = next(years.days(by_day.window))
        days = [(written(next(opened), 0, day), _again(s3, day.start)) for _ in range(_ROUNDS)]
    ours, bare = (median(some) for some in zip(*days, strict=True))
    ours_listed, bare_listed = (median(some) for some in zip(*listings, strict=True))
    return InABucket(ours, bare, ours_listed, bare_listed, len(names))


def _machines(copies: Path) -> Iterator[History]:
    """The history as one machine after another opens it, when no object is young any more."""
    clock = Clock(now=lambda: datetime.now(UTC) + timedelta(hours=1))
    for number in count():
        door = Door(Spot(_NAME, "history"), clock)
        bucket = Bucket(door, VERSION, Mirror(copies / str(number)), clock)
        yield History(bucket, timedelta(hours=48), clock)


def _names(year: Years) -> Iterator[str]:
    for shelf in SHELVES:
        for name in os.listdir(year.folder / VERSION / shelf.folder):
            yield f"{shelf.folder}/{name}"


def _put(s3: Any, name: str, data: bytes) -> None:
    s3.put_object(Bucket=_NAME, Key=f"{_INSIDE}/{name}", Body=data)


def _listed(s3: Any) -> float:
    begun = time.monotonic()
    for shelf in SHELVES:
        pages = s3.get_paginator("list_objects_v2").paginate(
            Bucket=_NAME, Prefix=f"{_INSIDE}/{shelf.folder}/", Delimiter="/"
        )
        assert sum(len(page["Contents"]) for page in pages)
    return time.monotonic() - begun


def _again(s3: Any, start: datetime) -> float:
    """Seconds that boto3 takes to write what was just written."""
    names = [f"{shelf.folder}/{start:%Y%m%dT%H}Z-" for shelf in SHELVES]
    keys = [
        s3.list_objects_v2(Bucket=_NAME, Prefix=f"{_INSIDE}/{name}")["Contents"][0]["Key"]
        for name in names
    ]
    data = [s3.get_object(Bucket=_NAME, Key=key)["Body"].read() for key in keys]
    begun = time.monotonic()
    for name, of in zip(names, data, strict=True):
        _put(s3, f"{name}again", of)
    return time.monotonic() - begun
