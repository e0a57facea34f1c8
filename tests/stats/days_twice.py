"""One day's usage records as they were known then, and as the service tells them now.

What a day put together from both has to hold is worked out here from single records, in loops.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pandas as pd
from hypothesis import strategies as st

from stats.dayfile import NAMES, Shelf
from stats.model import Dimension

DAY = datetime(2026, 10, 1, 7, tzinfo=UTC)
THEN, NOW = datetime(2026, 10, 4, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)
FARM = f"farm-{1:032x}"
MEASURES = (
    "count",
    *("cost_usd_sum", "cost_usd_min", "cost_usd_max"),
    *("runtime_seconds_sum", "runtime_seconds_min", "runtime_seconds_max"),
)
AN_INSTANT = "datetime64[us, UTC]"
Key = tuple[str, ...]
Rows = dict[Key, tuple[float, ...]]


@dataclass(frozen=True)
class Record:
    """A usage record; a key that it lacks is empty."""

    queue: str
    fleet: str
    job: str
    user: str
    usage_type: str
    instance_type: str
    license_product: str
    hour: int
    cost_usd: float
    runtime_seconds: float

    def of(self, by: Sequence[Dimension]) -> Key:
        """What it is of, in the order of some dimensions."""
        return tuple(getattr(self, dimension.value) for dimension in by)


@dataclass(frozen=True)
class Twice:
    """The records of then and of now, and the queues (or fleets) that are still listed."""

    then: tuple[Record, ...]
    now: tuple[Record, ...]


@st.composite
def records(draw: st.DrawFn, least: int = 0) -> list[Record]:
    """Some records of a farm with three queues, two fleets and seven jobs, each of its queue."""
    found = []
    for _ in range(draw(st.integers(least, 12))):
        number = draw(st.integers(0, 6))
        whose = (f"queue-{number % 3}", f"job-{number}", f"user-{number % 2}")
        kind = draw(st.sampled_from(["COMPUTE", "COMPUTE", "LICENSE", "SNAPSHOT"]))
        queue, job, user = whose if kind != "SNAPSHOT" else (whose[0], "", "")
        instance = f"c{draw(st.integers(1, 2))}" if kind == "COMPUTE" else ""
        product = "nuke" if kind == "LICENSE" else ""
        fleet, hour = f"fleet-{draw(st.integers(0, 1))}", draw(st.integers(0, 23))
        cost, runtime = draw(st.integers(0, 9_999)) / 100, float(draw(st.integers(1, 9_000)))
        found.append(Record(queue, fleet, job, user, kind, instance, product, hour, cost, runtime))
    return found


@st.composite
def twice(draw: st.DrawFn) -> Twice:
    """Then, and now: some came late, some were forgotten by the service, alone or by their keys."""
    then, late = draw(records(1)), draw(records())
    words = ("queue", "fleet", "usage_type", "job")
    forgotten = [
        (word, draw(st.sampled_from(sorted({getattr(one, word) for one in then}))))
        for word in draw(st.lists(st.sampled_from(words), max_size=2))
    ]
    alone = draw(st.sets(st.integers(0, len(then) - 1), max_size=2))
    left = [
        one
        for n, one in enumerate(then)
        if n not in alone and all(getattr(one, word) != key for word, key in forgotten)
    ]
    return Twice(tuple(then), (*left, *late))


def shelves(resource: Dimension, *, hourly: bool = False) -> list[Shelf]:
    """The total by usage type, and how any two dimensions go together."""
    pairs = [(Dimension.USAGE_TYPE,), *combinations(sorted(Dimension), 2)]
    return [Shelf(FARM, resource, by, hourly) for by in pairs]


def cut(shelf: Shelf, some: Iterable[Record], fetched_at: datetime) -> pd.DataFrame:
    """The rows of a cut as a file has them; names are known of what ends in an even number."""
    rows = []
    for key, numbers in added_up(shelf, some).items():
        at, *parts = key
        row: dict[str, object] = {"period_start": pd.Timestamp(at)}
        for dimension, part in zip(shelf.by, parts, strict=True):
            row[dimension.column] = part
            if dimension in NAMES:
                row[NAMES[dimension]] = f"{part} called" if part[-1:] in ("0", "2", "4") else ""
        row |= dict(zip(MEASURES, numbers, strict=True))
        rows.append(row | {"fetched_at": fetched_at, "cost_scale_factor": 1.0})
    keys = [c for d in shelf.by for c in (d.column, *([NAMES[d]] if d in NAMES else []))]
    columns = ["period_start", *keys, *MEASURES, "fetched_at", "cost_scale_factor"]
    kinds = dict.fromkeys(keys, "str") | dict.fromkeys(("period_start", "fetched_at"), AN_INSTANT)
    kinds["count"] = "int64"
    return pd.DataFrame(
        {c: pd.array([row[c] for row in rows], dtype=kinds.get(c, "float64")) for c in columns}
    )


def added_up(shelf: Shelf, some: Iterable[Record]) -> Rows:
    """Count, and sum, least and most of cost and run time, by start and keys."""
    groups: dict[Key, list[Record]] = defaultdict(list)
    for one in some:
        at = DAY + timedelta(hours=one.hour if shelf.hourly else 0)
        groups[(at.isoformat(), *one.of(shelf.by))].append(one)
    found = {}
    for key, of_key in groups.items():
        costs, times = ([getattr(o, f) for o in of_key] for f in ("cost_usd", "runtime_seconds"))
        numbers = [len(of_key)]
        for values in (costs, times):
            numbers += [math.fsum(values), min(values), max(values)]
        found[key] = tuple(numbers)
    return found


def read(shelf: Shelf, table: pd.DataFrame) -> Rows:
    """A cut's rows by start and keys; none comes twice."""
    found: Rows = {}
    for row in table.to_dict("records"):
        key = (row["period_start"].isoformat(), *(row[d.column] for d in shelf.by))
        assert key not in found, f"{key} comes twice"
        found[key] = tuple(float(row[m]) for m in MEASURES)
    return found


def differences(got: Rows, right: Rows) -> list[str]:
    """What is wrong, missing or too much, in words; empty if nothing is."""
    wrong = [f"{key} is missing" for key in right.keys() - got.keys()]
    wrong += [f"{key} is too much" for key in got.keys() - right.keys()]
    for key in got.keys() & right.keys():
        for name, a, b in zip(MEASURES, got[key], right[key], strict=True):
            if not math.isclose(a, b, rel_tol=1e-9, abs_tol=1e-6):
                wrong.append(f"{key}: {name} is {a}, not {b}")
    return wrong


def effective(
    resource: Dimension, both: Twice, accepted: frozenset[str] = frozenset()
) -> list[Record]:
    """The records that count: of each id and usage type those of now, unless they are less."""
    found: list[Record] = []
    by = (resource, Dimension.USAGE_TYPE)
    for key in {one.of(by) for one in (*both.then, *both.now)}:
        was, tells = ([o for o in some if o.of(by) == key] for some in (both.then, both.now))
        before, after = math.fsum(o.cost_usd for o in was), math.fsum(o.cost_usd for o in tells)
        is_less = len(tells) < len(was) or after < before - 1e-6
        is_same = len(tells) == len(was) and abs(after - before) < 1e-6
        if is_same:
            times = [sum(o.runtime_seconds for o in some) for some in (was, tells)]
            is_less = times[1] < times[0]
        found += tells if not is_less or key[0] in accepted else was
    return found
