"""The big world: three farms and 400 days, from a seed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from simulator.finances import budgets, with_blocked_queues
from simulator.records import Tables, farm_tables
from simulator.season import day_number
from simulator.studio import FARMS, PEOPLE, FarmPlan
from simulator.world import Farm, Fleet, Member, Person, Queue, World

DAYS = 400
DAYS_AHEAD = 35
"""How many days after now's are there already, for a server that runs on."""

_BORN = datetime(2024, 9, 2, 16, tzinfo=UTC)


def build_world(*, seed: int = 7, now: datetime, days: int = DAYS) -> World:
    """The world of that seed up to five weeks after `now`, which has to be aware.

    The same seed and now give the same world, and a later now doesn't change what was. `days` is
    how far back usage goes.
    """
    if now.tzinfo is None:
        raise ValueError("now has to be an aware datetime")
    people = tuple(_person(seed, i) for i in range(len(PEOPLE)))
    today = day_number(now.astimezone(UTC).date())
    span = range(today - days, today + DAYS_AHEAD + 1)
    farms, queues, fleets, tables = [], [], [], []
    for number, plan in enumerate(FARMS):
        farm = _farm(plan, number, seed)
        its_queues = _queues(plan, farm, seed)
        its_fleets = _fleets(plan, farm, seed)
        if plan.weekday_jobs:
            crew = _crew(people, number)
            tables.append(farm_tables(plan, number, seed, its_queues, its_fleets, crew, span))
        farms.append(farm)
        queues += its_queues
        fleets += its_fleets
    all_tables = Tables.together(tables)
    all_budgets = budgets(seed, queues, all_tables.usage, now)
    return World(
        now=now,
        identity_store_id=f"d-{_hex(seed, 'store')[:10]}",
        farms=tuple(farms),
        queues=with_blocked_queues(queues, all_budgets),
        fleets=tuple(fleets),
        people=people,
        members=_members(farms, people, seed),
        budgets=all_budgets,
        jobs=all_tables.jobs,
        usage=all_tables.usage,
    )


def _hex(seed: int, *of: object) -> str:
    """32 hex digits that only what they are `of` determines."""
    return hashlib.sha256(repr((seed, *of)).encode()).hexdigest()[:32]


def _farm(plan: FarmPlan, number: int, seed: int) -> Farm:
    farm_id = f"farm-{_hex(seed, 'farm', number)}"
    return Farm(farm_id, plan.display_name, plan.description, plan.cost_scale_factor, _BORN)


def _queues(plan: FarmPlan, farm: Farm, seed: int) -> list[Queue]:
    return [
        Queue(
            farm.farm_id,
            f"queue-{_hex(seed, farm.farm_id, 'queue', i)}",
            queue.display_name,
            _BORN + timedelta(days=i),
            status="SCHEDULING" if plan.weekday_jobs else "IDLE",
        )
        for i, queue in enumerate(plan.queues)
    ]


def _fleets(plan: FarmPlan, farm: Farm, seed: int) -> list[Fleet]:
    return [
        Fleet(
            farm.farm_id,
            f"fleet-{_hex(seed, farm.farm_id, 'fleet', i)}",
            fleet.display_name,
            _BORN + timedelta(days=i),
            fleet.market,
            fleet.hourly_usd,
            fleet.max_workers,
            fleet.gpu,
            fleet.volume_gib,
        )
        for i, fleet in enumerate(plan.fleets)
    ]


def _person(seed: int, number: int) -> Person:
    """Every other id has the older form with ten digits in front."""
    digits = _hex(seed, "person", number)
    uuid = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    prefix = f"{_hex(seed, 'prefix')[:10]}-" if number % 2 else ""
    name = PEOPLE[number][0]
    namesakes = [_login(other) for other, _ in PEOPLE[:number]].count(_login(name))
    login = _login(name) + (str(namesakes + 1) if namesakes else "")
    return Person(
        prefix + uuid,
        login,
        name,
        f"{login}@example.com",
        deleted=number == len(PEOPLE) - 1,
    )


def _login(name: str) -> str:
    """The first letter and the last word, as far as they are ASCII."""
    first, *_, last = name.lower().split()
    return "".join(c for c in first[0] + last if c.isascii() and c.isalnum()) or "guest"


def _crew(people: Sequence[Person], farm: int) -> list[Person | None]:
    """Everybody works on the first farm, every third on the others; None for who doesn't."""
    return [person if farm == 0 or i % 3 == 0 else None for i, person in enumerate(people)]


def _members(farms: list[Farm], people: tuple[Person, ...], seed: int) -> tuple[Member, ...]:
    """The crew and a group on every farm; on the empty one, only one of the crew."""
    digits = _hex(seed, "group")
    group = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    members = []
    for number, farm in enumerate(farms):
        crew = [person for person in _crew(people, number) if person]
        for i, person in enumerate(crew if number < 2 else crew[:1]):
            level = "OWNER" if i == 0 else ("MANAGER", "CONTRIBUTOR", "VIEWER")[i % 3]
            members.append(Member(farm.farm_id, person.user_id, "USER", level))
        members.append(Member(farm.farm_id, group, "GROUP", "VIEWER"))
    return tuple(members)
