"""Three farms and their usage, drawn from a seed: what the service adds up, and the truth too.

A job has one queue, one user and one name. Only COMPUTE records have an instance type, only
LICENSE records a licence product; a PERSISTENT_VOLUME record has a fleet and nothing else. Costs
have up to six decimals, and many records lie in the hours around two clock changes.
"""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

FIRST = datetime(2026, 9, 20, tzinfo=UTC)
LAST = datetime(2026, 11, 20, tzinfo=UTC)
CLOCK_CHANGES = (datetime(2026, 10, 25, 1, tzinfo=UTC), datetime(2026, 11, 1, 9, tzinfo=UTC))

INSTANCE_TYPES = ("c5.4xlarge", "c6i.8xlarge", "r6i.4xlarge", "g5.2xlarge", "g6e.2xlarge")
LICENSE_PRODUCTS = ("houdini-21.0", "arnold", "cinema4d")
QUEUE_NAMES = (
    *("Light", "Comp", "FX", "Anim", "Comp", "Layout", "Lookdev", "Matte", "Roto"),
    *("Crowd", "Groom", "Trailer, 4K", "Dailies <b>"),
)
FLEET_NAMES = ("Spot CPU", "On demand", "GPU", "Workstations")
ARN = "arn:aws:sts::123456789012:assumed-role/RenderWrangler/overnight"


@dataclass(frozen=True)
class Record:
    """One usage record; None where it does not have the dimension."""

    at: datetime
    runtime: Decimal
    cost: Decimal
    usage_type: str
    fleet: str
    queue: str | None = None
    job: str | None = None
    user: str | None = None
    instance_type: str | None = None
    license_product: str | None = None


@dataclass(frozen=True)
class Job:
    """What a job determines."""

    id: str
    name: str
    queue: str
    user: str


@dataclass(frozen=True)
class FarmData:
    """A farm as the service keeps it: names by id, and its usage."""

    id: str
    name: str
    scale: float
    queues: dict[str, str]
    fleets: dict[str, str]
    jobs: dict[str, Job]
    records: tuple[Record, ...]


def identifier(kind: str, *parts: object) -> str:
    """An id such as farm-0123456789abcdef0123456789abcdef."""
    return f"{kind}-{hashlib.md5(repr(parts).encode(), usedforsecurity=False).hexdigest()}"


def main_farm(seed: int = 11, size: int = 2400) -> FarmData:
    """13 queues, two of one name, and 4 fleets."""
    chance = random.Random(seed)
    queues = {identifier("queue", "main", n): name for n, name in enumerate(QUEUE_NAMES)}
    fleets = {identifier("fleet", "main", n): name for n, name in enumerate(FLEET_NAMES)}
    jobs = _jobs(chance, "main", tuple(queues), 110)
    records = tuple(_record(chance, jobs, tuple(fleets)) for _ in range(size))
    return FarmData(
        identifier("farm", "main"),
        "Aurora Main",
        1.0,
        queues,
        fleets,
        {job.id: job for job in jobs},
        records,
    )


def empty_farm() -> FarmData:
    """One queue, one fleet and no usage."""
    queues = {identifier("queue", "empty"): "Only"}
    fleets = {identifier("fleet", "empty"): "Only"}
    return FarmData(identifier("farm", "empty"), "Borealis Empty", 1.0, queues, fleets, {}, ())


def tangled_farm(seed: int = 12, size: int = 300) -> FarmData:
    """A farm where instance types are used under two usage types, so that they show nothing."""
    chance = random.Random(seed)
    queues = {identifier("queue", "tangled", n): f"Tangle {n}" for n in range(2)}
    fleets = {identifier("fleet", "tangled", n): f"Knot {n}" for n in range(2)}
    jobs = _jobs(chance, "tangled", tuple(queues), 12)
    records = tuple(_tangled(_record(chance, jobs, tuple(fleets))) for _ in range(size))
    return FarmData(
        identifier("farm", "tangled"),
        "Tangle",
        0.8,
        queues,
        fleets,
        {job.id: job for job in jobs},
        records,
    )


def _jobs(chance: random.Random, farm: str, queues: tuple[str, ...], number: int) -> list[Job]:
    users = [_user(chance) for _ in range(6)] + [ARN]
    steps = ("comp", "light", "fx", 'roto, "v2"', "matte\r\nline", "=1+1", "Ünïcode 影")
    return [
        Job(
            identifier("job", farm, n),
            f"AGM_{n % 40:03}_{steps[n % len(steps)]}",
            chance.choice(queues),
            chance.choice(users),
        )
        for n in range(number)
    ]


def _user(chance: random.Random) -> str:
    digits = f"{chance.getrandbits(168):042x}"
    parts = (digits[:10], digits[10:18], digits[18:22], digits[22:26], digits[26:30], digits[30:])
    return "-".join(parts)


def _moment(chance: random.Random) -> datetime:
    if chance.random() < 0.15:
        hours = chance.uniform(-5, 5)
        return chance.choice(CLOCK_CHANGES) + timedelta(seconds=int(hours * 3600))
    return FIRST + timedelta(seconds=chance.randrange(int((LAST - FIRST).total_seconds())))


def _record(chance: random.Random, jobs: list[Job], fleets: tuple[str, ...]) -> Record:
    at, fleet = _moment(chance), chance.choice(fleets)
    runtime = Decimal(chance.randrange(1, 90_000_000)).scaleb(-3)
    cost = Decimal(chance.randrange(0, 40_000_000)).scaleb(-chance.choice((2, 4, 6, 6)))
    kind = chance.choices(("COMPUTE", "LICENSE", "PERSISTENT_VOLUME", "SNAPSHOT"), (65, 25, 6, 4))[
        0
    ]
    if kind == "PERSISTENT_VOLUME":
        return Record(at, runtime, cost, kind, fleet)
    job = chance.choice(jobs)
    instance = chance.choice(INSTANCE_TYPES) if kind == "COMPUTE" else None
    product = chance.choice(LICENSE_PRODUCTS) if kind == "LICENSE" else None
    return Record(at, runtime, cost, kind, fleet, job.queue, job.id, job.user, instance, product)


def _tangled(record: Record) -> Record:
    if record.usage_type != "SNAPSHOT":
        return record
    return Record(**{**record.__dict__, "instance_type": INSTANCE_TYPES[0]})
