"""A farm whose service forgets, and what history must have of it, told from single records.

The record of number n costs 2**n cents, so that any sum of costs tells which records are in it,
and none is taken twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pandas as pd

from simulator import Farm, Fleet, Person, Queue, World
from simulator.world import JOB_COLUMNS, USAGE_COLUMNS
from stats.dayfile import MEASURES, NAMES, Shelf
from stats.model import Dimension, Window
from stats.zone import Zone

FARM = f"farm-{7:032x}"
BEGIN = datetime(2026, 2, 24, 10, 20, tzinfo=UTC)
REMEMBERED, SETTLE = timedelta(days=10), timedelta(hours=48)
MOST_RECORDS = 26
JOBS = 6
SLOTS = {Dimension.QUEUE: 3, Dimension.FLEET: 2}
MOST_HEIRS = 2
"""How often a deleted queue (or fleet) comes back, under a new id with the same name."""

TYPE, QUEUE, FLEET = Dimension.USAGE_TYPE, Dimension.QUEUE, Dimension.FLEET
COUNTED = (QUEUE, FLEET)
_BORN = datetime(2025, 1, 1, tzinfo=UTC)
_HOURLY = (("c5.4xlarge", 1.0), ("g5.2xlarge", 2.0))

Cell = tuple[str, str]
"""An id (of a queue or fleet) and a usage type."""


def named(kind: str, number: int) -> str:
    return f"{kind}-{number + 1:032x}"


def person(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012x}"


@dataclass(frozen=True)
class Record:
    """A usage record; a key that it lacks is empty."""

    number: int
    at: datetime
    keys: Mapping[Dimension, str]

    @property
    def cents(self) -> int:
        return 1 << self.number

    @property
    def seconds(self) -> int:
        return 60 * (self.number + 1)


def queue_of(job: int) -> str:
    """Jobs of a queue that came back are other ones, too."""
    return named("queue", job % 3 + SLOTS[QUEUE] * (job // JOBS))


def record(number: int, at: datetime, job: int, kind: str, fleet: int) -> Record:
    """One of a job on a fleet; licences have a product, volumes are of a fleet only."""
    keys = dict.fromkeys(Dimension, "")
    if kind != "PERSISTENT_VOLUME":
        keys |= {QUEUE: queue_of(job), Dimension.JOB: named("job", job)}
        keys |= {Dimension.USER: person(job % 2)}
    if kind == "COMPUTE":
        keys[Dimension.INSTANCE_TYPE] = _HOURLY[(job + fleet) % 2][0]
    if kind == "LICENSE":
        keys[Dimension.LICENSE_PRODUCT] = f"nuke-{job % 2}"
    if kind != "LICENSE" or job % 3:
        keys[FLEET] = named("fleet", fleet)
    return Record(number, at, keys | {TYPE: kind})


@dataclass
class Studio:
    """The farm, its clock, all that ever ran, and what the service still tells of it."""

    zone: Zone
    now: datetime = BEGIN
    ran: list[Record] = field(default_factory=list)
    forgotten: set[int] = field(default_factory=set)
    listed: dict[Dimension, dict[str, str]] = field(default_factory=dict)
    numbers: dict[Dimension, list[int]] = field(default_factory=dict)
    """Which one it is now, of each queue (or fleet) that there was in the beginning."""
    ever: dict[Dimension, list[str]] = field(default_factory=dict)
    """All ids that there ever were, in order."""
    called: dict[str, str] = field(default_factory=dict)
    """What each was called when it was listed for the last time."""
    born: dict[str, datetime] = field(default_factory=dict)
    """When those were created that there were not in the beginning."""

    def __post_init__(self) -> None:
        self.numbers = {one: list(range(many)) for one, many in SLOTS.items()}
        self.ever = {one: [named(one, n) for n in some] for one, some in self.numbers.items()}
        self.listed = {
            one: {key: f"{one.value.title()} {n}" for n, key in enumerate(some)}
            for one, some in self.ever.items()
        }

    def gone(self, resource: Dimension) -> set[str]:
        """The ids that are deleted."""
        return set(self.ever[resource]) - self.listed[resource].keys()

    def comes_back(self, resource: Dimension, slot: int) -> bool:
        """Under a new id, with the name of before; False where it is there, or was back often."""
        number, many = self.numbers[resource][slot], SLOTS[resource]
        if named(resource, number) in self.listed[resource] or number >= many * MOST_HEIRS:
            return False
        self.numbers[resource][slot] = number + many
        new = named(resource, number + many)
        self.listed[resource][new] = f"{resource.value.title()} {slot}"
        self.ever[resource].append(new)
        self.born[new] = self.now
        return True

    def is_listed_no_more(self, resource: Dimension, key: str) -> None:
        """Deleted, or hidden from who asks."""
        self.called[key] = self.listed[resource].pop(key)

    def is_listed_again(self, resource: Dimension, key: str) -> None:
        """Under its own id and name."""
        self.listed[resource][key] = self.called[key]

    def works(self, at: datetime, job: int, kind: str, fleet: int) -> None:
        """One record more, of a job and on a fleet as they are by now."""
        job += JOBS * (self.numbers[QUEUE][job % SLOTS[QUEUE]] // SLOTS[QUEUE])
        self.ran.append(record(len(self.ran), at, job, kind, self.numbers[FLEET][fleet]))

    @property
    def told(self) -> list[Record]:
        """What the service knows of."""
        return [one for one in self.ran if one.number not in self.forgotten]

    def day(self, back: int, zone: Zone | None = None) -> Window:
        """The local day that is so many days before today; by the farm's zone, or another."""
        zone = zone or self.zone
        first = zone.day(self.now) - timedelta(days=back)
        return Window(zone.midnight(first), zone.midnight(first + timedelta(days=1)))

    def was_there(self, key: str, day: Window) -> bool:
        """Whether it was created before a day was over."""
        return self.born.get(key, _BORN) < day.end

    def every(self, resource: Dimension, day: Window) -> dict[str, int]:
        """Cents by usage type of all that ever ran on a day, of any queue (or fleet)."""
        found: dict[str, int] = defaultdict(int)
        for one in self.ran:
            if one.keys[resource] and day.start <= one.at < day.end:
                found[one.keys[TYPE]] += one.cents
        return dict(found)

    def is_settled(self, day: Window) -> bool:
        return day.end + SETTLE <= self.now

    def tells(self, resource: Dimension, day: Window) -> dict[Cell, list[Record]]:
        """What the service tells of a day by listed queues (or fleets) and usage type."""
        found = defaultdict(list)
        for one in self.told:
            if one.keys[resource] in self.listed[resource] and day.start <= one.at < day.end:
                found[one.keys[resource], one.keys[TYPE]].append(one)
        return dict(found)

    def world(self) -> World:
        """What the service is made of now."""
        jobs = [_job(number) for number in range(JOBS * (MOST_HEIRS + 1))]
        usage = pd.DataFrame(map(_usage, self.told), columns=list(USAGE_COLUMNS))
        return World(
            now=self.now,
            identity_store_id="d-1234567890",
            farms=(Farm(FARM, "Studio", "", 1.0, _BORN),),
            queues=tuple(
                Queue(FARM, key, name, self.born.get(key, _BORN))
                for key, name in self.listed[QUEUE].items()
            ),
            fleets=tuple(
                Fleet(FARM, key, name, self.born.get(key, _BORN), "spot", _HOURLY, 9)
                for key, name in self.listed[FLEET].items()
            ),
            people=tuple(Person(person(n), f"p{n}", f"Person {n}", "") for n in range(2)),
            members=(),
            budgets=(),
            jobs=pd.DataFrame(jobs, columns=list(JOB_COLUMNS)),
            usage=usage.astype({"cost_usd": float, "runtime_seconds": "int64"}),
        )


def _job(number: int) -> tuple[object, ...]:
    whose = FARM, queue_of(number), named("job", number)
    states = f"shot_{number}", person(number % 2), 50, 9, "SUCCEEDED"
    return *whose, *states, BEGIN, BEGIN, BEGIN


def _usage(one: Record) -> tuple[object, ...]:
    keys = {dimension.column: key or None for dimension, key in one.keys.items()}
    whole = keys | {"farm_id": FARM, "started_at": one.at, "runtime_seconds": one.seconds}
    return tuple((whole | {"cost_usd": one.cents / 100})[column] for column in USAGE_COLUMNS)


def cents(some: Iterable[Record]) -> int:
    return sum(one.cents for one in some)


def in_cents(cost_usd: float) -> int:
    """US dollars as cents; fails where they are no whole ones."""
    found = round(cost_usd * 100)
    assert abs(cost_usd * 100 - found) < 1e-3, f"{cost_usd} is no sum of records"
    return found


def within(mask: int, ran: Iterable[Record]) -> list[Record]:
    """The records that a sum in cents is of."""
    found = [one for one in ran if mask & one.cents]
    assert cents(found) == mask, f"{mask} cents are of no records"
    return found


def rows_of(shelf: Shelf, day: Window, some: Iterable[Record], asked: datetime) -> pd.DataFrame:
    """A cut of a day as the release before has it in its files."""
    groups = defaultdict(list)
    for one in some:
        groups[tuple(one.keys[dimension] for dimension in shelf.by)].append(one)
    rows = []
    for keys, of_key in groups.items():
        row: dict[str, object] = {"period_start": day.start, "period_end": day.end}
        for dimension, key in zip(shelf.by, keys, strict=True):
            row[dimension.column] = key
            row |= {NAMES[dimension]: ""} if dimension in NAMES else {}
        costs, times = [one.cents / 100 for one in of_key], [float(one.seconds) for one in of_key]
        numbers = [len(of_key), *_spread(costs), *_spread(times)]
        rows.append(row | dict(zip(MEASURES, numbers, strict=True)))
    return pd.DataFrame(rows).assign(fetched_at=asked, cost_scale_factor=1.0)


def _spread(values: list[float]) -> tuple[float, float, float]:
    return sum(values), min(values), max(values)


@dataclass
class Kept:
    """What history must have of a cut by days: cents by cell, and when each was first asked for.

    A total's cells have no id. `about` are the ids that a day was asked about, and `set_off` the
    days whose total says that it is at least so much.
    """

    cells: dict[Window, dict[Cell, int]] = field(default_factory=dict)
    counts: dict[Window, dict[Cell, int]] = field(default_factory=dict)
    first_asked: dict[Window, datetime] = field(default_factory=dict)
    about: dict[Window, frozenset[str]] = field(default_factory=dict)
    set_off: set[Window] = field(default_factory=set)

    def forget(self, before: datetime) -> None:
        self.lose([day for day in self.cells if day.end <= before])

    def lose(self, days: Iterable[Window]) -> None:
        for day in days:
            for some in (self.cells, self.counts, self.first_asked, self.about):
                some.pop(day, None)
            self.set_off.discard(day)


def by_type(cells: Mapping[Cell, int]) -> dict[str, int]:
    found: dict[str, int] = defaultdict(int)
    for (_, kind), amount in cells.items():
        found[kind] += amount
    return dict(found)


def sums(cells: Mapping[Cell, list[Record]]) -> dict[Cell, int]:
    return {cell: cents(some) for cell, some in cells.items()}


def numbers(cells: Mapping[Cell, list[Record]]) -> dict[Cell, int]:
    return {cell: len(some) for cell, some in cells.items()}


def of_total(cells: Mapping[Cell, int]) -> dict[Cell, int]:
    return {("", kind): amount for kind, amount in by_type(cells).items()}


def more(kept: Kept, day: Window, now: Mapping[Cell, list[Record]]) -> Iterator[Cell]:
    """The cells of which the service tells more than was kept, in cost or records, and no less."""
    cells, counts = kept.cells[day], kept.counts[day]
    for cell, some in now.items():
        changes = cents(some) - cells.get(cell, 0), len(some) - counts.get(cell, 0)
        if min(changes) >= 0 and max(changes) > 0:
            yield cell
