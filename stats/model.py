"""The nouns: farms and their parts, windows, scopes, questions and reports.

All values are frozen and checked once, when they are made. Instants are aware datetimes in UTC.
Money is `cost_usd` in US dollars, time is `runtime_seconds`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, NewType

from stats.errors import QuestionError

if TYPE_CHECKING:
    import pandas as pd

    from stats.record import RunRecord
    from stats.remark import Remark

FarmId = NewType("FarmId", str)

MISSING = ""
"""The key of a row that does not have the dimension (a licence row has no instance type)."""

OTHERS = "…"
"""The key of a row that stands for all jobs that a table does not list: see `most_jobs`."""

COMPUTE, LICENSE, PERSISTENT_VOLUME = "COMPUTE", "LICENSE", "PERSISTENT_VOLUME"
"""The usage types that are known of; the service may report others."""


class Dimension(StrEnum):
    """What usage can be broken down by: the service's groupBy fields."""

    QUEUE = "queue"
    FLEET = "fleet"
    JOB = "job"
    USER = "user"
    USAGE_TYPE = "usage_type"
    INSTANCE_TYPE = "instance_type"
    LICENSE_PRODUCT = "license_product"

    @property
    def column(self) -> str:
        """The column that holds this dimension's key in tables and files."""
        return f"{self.value}_id" if self in _BY_ID else self.value

    @property
    def named(self) -> str:
        """The column of the names that go with its ids; empty where it has none."""
        return f"{self.value}_name" if self in _BY_ID else ""

    @property
    def words(self) -> str:
        """What it is called in a sentence."""
        return self.value.replace("_", " ").replace("license", "licence")


_BY_ID = frozenset({Dimension.QUEUE, Dimension.FLEET, Dimension.JOB, Dimension.USER})
ID = re.compile(r"(farm|queue|fleet|job)-[0-9a-f]{32}")


def is_id(text: str, kind: str) -> bool:
    """Whether a text has the form of the service's ids of a kind: farm, queue, fleet or job."""
    return bool(ID.fullmatch(text)) and text.startswith(f"{kind}-")


class Period(StrEnum):
    """The calendar period of a report's rows; weeks are ISO weeks, from Monday."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    TOTAL = "total"


class Market(StrEnum):
    """How a fleet's workers are bought; a customer-managed one is priced at an assumed dollar."""

    ON_DEMAND = "on-demand"
    SPOT = "spot"
    WAIT_AND_SAVE = "wait-and-save"
    OTHER = "other"
    CUSTOMER_MANAGED = "customer-managed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Farm:
    """A farm by its id and display name."""

    id: FarmId
    name: str


@dataclass(frozen=True)
class Queue:
    """A queue by its id and display name, which need not be unique, and since when there is one."""

    id: str
    name: str
    created_at: datetime | None = None


@dataclass(frozen=True)
class Fleet:
    """A fleet by its id and display name, with its market, and since when there is one."""

    id: str
    name: str
    market: Market
    created_at: datetime | None = None


@dataclass(frozen=True)
class Window:
    """A half-open stretch of time, start <= t < end: aware, UTC, whole hours."""

    start: datetime
    end: datetime

    def __post_init__(self) -> None:
        for edge in (self.start, self.end):
            if edge.tzinfo is None:
                raise ValueError(f"A window's edge needs a time zone: {edge!r}")
        object.__setattr__(self, "start", self.start.astimezone(UTC))
        object.__setattr__(self, "end", self.end.astimezone(UTC))
        for edge in (self.start, self.end):
            if edge.minute or edge.second or edge.microsecond:
                todo = "The service adds up whole hours: give times such as 2026-10-01T05:00."
                raise QuestionError(f"{edge:%Y-%m-%d %H:%M} UTC is not a whole hour.", todo)
        if self.end <= self.start:
            raise QuestionError(
                f"The window ends ({self.end:%Y-%m-%d %H:%M} UTC) before it has begun "
                f"({self.start:%Y-%m-%d %H:%M} UTC).",
                "The end is exclusive: one day is --start 2026-10-01 --end 2026-10-02.",
            )


@dataclass(frozen=True)
class Scope:
    """The queues, or the fleets, that a question is about, never both.

    `whole` says that they are all that the farm has: what it had before, and history knows of,
    belongs to them. So there may be none only of a whole farm, which lists none any more.
    """

    dimension: Dimension
    ids: tuple[str, ...]
    whole: bool = False

    def __post_init__(self) -> None:
        if self.dimension not in (Dimension.QUEUE, Dimension.FLEET):
            raise ValueError(f"A scope is made of queues or of fleets, not of {self.dimension}")
        if not self.ids and not self.whole:
            raise QuestionError(
                f"No {self.dimension.value} is chosen.", f"Choose at least one {self.dimension}."
            )
        object.__setattr__(self, "ids", tuple(sorted(set(self.ids))))


@dataclass(frozen=True)
class Filter:
    """Keeps the usage whose key in one dimension is any of the values; MISSING is a value."""

    dimension: Dimension
    values: frozenset[str]


@dataclass(frozen=True)
class Question:
    """What is asked: cache key, plan input and URL payload are this one value.

    `job_name_contains` keeps jobs whose name holds that text, whatever the case. Where jobs are
    told apart, `most_jobs` asks for so many of the dearest and of those with the most run time;
    the others are one row then, OTHERS. With none of them the jobs are counted only.
    """

    farm_id: FarmId
    scope: Scope
    window: Window
    timezone: str = "UTC"
    by: tuple[Dimension, ...] = ()
    where: tuple[Filter, ...] = ()
    job_name_contains: str = ""
    period: Period = Period.TOTAL
    most_jobs: int | None = None

    def __post_init__(self) -> None:
        if len(set(self.by)) != len(self.by):
            what = "A dimension is named twice in the breakdown."
            raise QuestionError(what, "Name each dimension once.")
        merged: dict[Dimension, frozenset[str]] = {}
        for one in self.where:
            merged[one.dimension] = merged.get(one.dimension, frozenset()) | one.values
        object.__setattr__(self, "where", tuple(Filter(d, merged[d]) for d in sorted(merged)))
        if Dimension.JOB not in self.by:
            object.__setattr__(self, "most_jobs", None)

    def values(self, dimension: Dimension) -> frozenset[str] | None:
        """What is kept of a dimension, or None where all of it is."""
        return next((f.values for f in self.where if f.dimension is dimension), None)


@dataclass(frozen=True)
class Spread:
    """Sum, smallest and largest of single usage records, in the unit the field's name gives."""

    sum: float
    min: float
    max: float


@dataclass(frozen=True)
class Usage:
    """Usage records added up. `count` is records (sessions), not jobs and not machines."""

    count: int
    cost_usd: Spread
    runtime_seconds: Spread


@dataclass(frozen=True)
class Jobs:
    """How many jobs have usage, in all and by the start (UTC) of a period."""

    many: int
    by_period: Mapping[datetime, int]


@dataclass(frozen=True)
class Basis:
    """What the money is an estimate of: the farm's scale factor is already in the figures.

    `cost_scale_factor` is None where GetFarm was not allowed; `currency` is always USD.
    `assumed_cost_usd` is what of it is at the assumed price of customer-managed fleets' workers,
    `assumed_of_all` or of known ones (`stats.assumed`); None where that was not or can't be told.
    """

    cost_scale_factor: float | None
    source: str
    currency: str = "USD"
    assumed_cost_usd: float | None = None
    assumed_of_all: bool = False


@dataclass(frozen=True)
class Report:
    """An answer, with what is uncertain about it said beside it.

    `table` has one row a period and key that has usage: period_start, period_end (UTC), a column
    a dimension (`Dimension.column`, with job_name and user_name), then count, cost_usd_sum, _min,
    _max, _avg and runtime_seconds_sum, _min, _max, _avg. `total_cost_usd` and `total_count` are
    the table's own; there is no total of runtime, since compute and licences meter the same hours.
    `total_by_usage_type` is the window's and scope's (which a filter by its own dimension narrows),
    whatever the other filters, and `unattributed_cost_usd` what of it no row of the breakdown
    (before the filters) holds: of days `in_no_row`, since it is known in all only. The data ends
    at `as_of`; from `preliminary_from` on it may still change (None: nothing will).
    `jobs` counts the jobs where the question had `most_jobs`, those of the row OTHERS too.
    `job_names` are, where it had none, all names of each job that a text in names has found.

    `doubtful` are stretches of whole local days, in order, whose usage is "at least" what is
    reported: they were first asked for later than the service is sure to remember. Of `unknown`
    ones nothing is known: they are gaps and never zeros. All other time until `as_of` is known.
    Days `of_history` were told by it, and not by the service.
    """

    question: Question
    table: pd.DataFrame = field(compare=False)
    total_cost_usd: Spread
    total_count: int
    total_by_usage_type: dict[str, Usage]
    unattributed_cost_usd: float
    unattributed_count: int
    as_of: datetime
    preliminary_from: datetime | None
    basis: Basis
    runs: tuple[RunRecord, ...]
    remarks: tuple[Remark, ...] = ()
    jobs: Jobs | None = field(default=None, compare=False)
    job_names: Mapping[str, frozenset[str]] = field(default_factory=dict, compare=False)
    doubtful: tuple[Window, ...] = ()
    unknown: tuple[Window, ...] = ()
    in_no_row: tuple[Window, ...] = ()
    of_history: tuple[Window, ...] = field(default=(), compare=False)

    @property
    def notes(self) -> tuple[str, ...]:
        """The sentences of its remarks; what else is said of it follows from its members."""
        return tuple(remark.text for remark in self.remarks)

    @property
    def leaves_out(self) -> bool:
        """Whether the total by usage type holds usage that no row of the breakdown does."""
        return self.unattributed_cost_usd > 0 or self.unattributed_count > 0
