"""The usage records of a world, laid out for questions: by farm, in time's order, as codes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from simulator.periods import Seconds, buckets, edges

Codes = NDArray[np.int64]
Amounts = NDArray[np.float64]

_COLUMN = {
    "QUEUE_ID": "queue_id",
    "FLEET_ID": "fleet_id",
    "JOB_ID": "job_id",
    "USER_ID": "user_id",
    "USAGE_TYPE": "usage_type",
    "INSTANCE_TYPE": "instance_type",
    "LICENSE_PRODUCT": "license_product",
}


@dataclass(frozen=True)
class Question:
    """What a Start asks for; `until` leaves out records that have not begun yet.

    `resource` is QUEUE_ID or FLEET_ID; `offset` in seconds from UTC; `period` None is one
    bucket, the window.
    """

    farm_id: str
    resource: str
    ids: tuple[str, ...]
    start: int
    end: int
    until: int
    period: str | None
    offset: int
    group_by: tuple[str, ...]
    statistics: tuple[str, ...]


@dataclass(frozen=True)
class Spread:
    """Statistics of one measure, a value for every row."""

    sum: Amounts
    min: Amounts
    max: Amounts
    avg: Amounts


@dataclass(frozen=True)
class Rows:
    """The answer: a row for every bucket and group that has usage.

    `keys` holds the value of each grouped field, None where the records lack it; bucket edges in
    seconds since 1970.
    """

    keys: Mapping[str, Sequence[str | None]]
    bucket_start: Seconds
    bucket_end: Seconds
    count: Codes
    cost_usd: Spread
    runtime_seconds: Spread

    def __len__(self) -> int:
        return len(self.count)


@dataclass(frozen=True)
class _Field:
    """A column as codes: 0 is missing, code k is values[k]."""

    codes: Codes
    values: NDArray[np.object_]


@dataclass(frozen=True)
class _Book:
    """One farm's records in the order of their start."""

    started: Seconds
    fields: Mapping[str, _Field]
    cost_usd: Amounts
    runtime_seconds: Amounts


class Ledger:
    """Answers questions about a table with the columns of `World.usage`."""

    def __init__(self, usage: pd.DataFrame) -> None:
        ordered = usage.sort_values("started_at", kind="stable")
        self._books = {str(farm): _book(part) for farm, part in ordered.groupby("farm_id")}
        self._none = _book(usage.iloc[:0])

    def count(self, question: Question) -> int:
        """How many records the question is about."""
        return len(self._chosen(question))

    def rows(self, question: Question, *, drop_missing_keys: bool) -> Rows:
        """The question's answer, by bucket and then by key.

        `drop_missing_keys` leaves out the records that lack a grouped field.
        """
        book = self._books.get(question.farm_id, self._none)
        chosen = self._chosen(question)
        fields = [book.fields[name] for name in question.group_by]
        if drop_missing_keys:
            for field in fields:
                chosen = chosen[field.codes[chosen] > 0]
        bucket = _bucket(book.started[chosen], question)
        keys = [field.codes[chosen] for field in fields]
        order = np.lexsort((*reversed(keys), bucket))
        firsts = _firsts([column[order] for column in (bucket, *keys)])
        chosen, bucket = chosen[order], bucket[order][firsts]
        start, end = _edges(bucket, question)
        count = np.diff(np.append(firsts, len(chosen)))
        return Rows(
            keys={
                name: field.values[codes[order][firsts]].tolist()
                for name, field, codes in zip(question.group_by, fields, keys, strict=True)
            },
            bucket_start=start,
            bucket_end=end,
            count=count,
            cost_usd=_spread(book.cost_usd[chosen], firsts, count),
            runtime_seconds=_spread(book.runtime_seconds[chosen], firsts, count),
        )

    def _chosen(self, question: Question) -> Codes:
        book = self._books.get(question.farm_id, self._none)
        end = min(question.end, question.until + 1)
        first, last = np.searchsorted(book.started, [question.start, max(question.start, end)])
        resource = book.fields[question.resource]
        wanted = np.isin(resource.values, np.array(question.ids, dtype=object))
        here: Codes = np.flatnonzero(wanted[resource.codes[first:last]])
        chosen: Codes = here + first
        return chosen


def seconds(at: datetime) -> int:
    """Whole seconds since 1970."""
    return int(at.timestamp())


def _book(part: pd.DataFrame) -> _Book:
    started = pd.to_datetime(part["started_at"], utc=True).dt.tz_localize(None)
    return _Book(
        started=started.to_numpy().astype("datetime64[s]").astype(np.int64),
        fields={name: _field(part[column]) for name, column in _COLUMN.items()},
        cost_usd=part["cost_usd"].to_numpy(dtype=np.float64),
        runtime_seconds=part["runtime_seconds"].to_numpy(dtype=np.float64),
    )


def _field(column: pd.Series[str]) -> _Field:
    codes, values = pd.factorize(column)
    listed = np.empty(len(values) + 1, dtype=object)
    listed[0] = None
    listed[1:] = list(values)
    return _Field(codes.astype(np.int64) + 1, listed)


def _bucket(started: Seconds, question: Question) -> Seconds:
    if question.period is None:
        return np.zeros(len(started), dtype=np.int64)
    return buckets(started, question.period, question.offset)


def _edges(numbers: Seconds, question: Question) -> tuple[Seconds, Seconds]:
    if question.period is None:
        return np.full_like(numbers, question.start), np.full_like(numbers, question.end)
    return edges(numbers, question.period, question.offset)


def _firsts(columns: Sequence[Codes]) -> Codes:
    """Where a new group begins in columns that are ordered by group."""
    if not len(columns[0]):
        return np.zeros(0, dtype=np.int64)
    new = np.zeros(len(columns[0]), dtype=bool)
    new[0] = True
    for column in columns:
        new[1:] |= column[1:] != column[:-1]
    return np.flatnonzero(new)


def _spread(values: Amounts, firsts: Codes, count: Codes) -> Spread:
    if not len(firsts):
        none = np.zeros(0)
        return Spread(none, none, none, none)
    total = np.add.reduceat(values, firsts)
    least = np.minimum.reduceat(values, firsts)
    most = np.maximum.reduceat(values, firsts)
    return Spread(total, least, most, total / count)
