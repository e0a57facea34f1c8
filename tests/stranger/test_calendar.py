"""Periods are the calendar's, clipped to the window, across clock changes, to the hour."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import product
from random import Random

import pytest

from tests.stranger.asking import Asker, asking, hurried, question, reporter
from tests.stranger.records import FarmData, Record, identifier
from tests.stranger.service import Behaviour, serving
from tests.stranger.truth import Wanted, day_start

PERIODS = ("hourly", "daily", "weekly", "monthly", "total")
BY: tuple[tuple[str, ...], ...] = ((), ("user",), ("user", "queue", "instance_type"))
ZONES = ("UTC", "America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata")
"""Asia/Kolkata is counted at UTC+06:00: the service takes whole hours only."""

ODD_ZONES = {
    "America/Havana": date(2026, 11, 1),
    "America/Santiago": date(2026, 9, 6),
    "Africa/Cairo": date(2026, 10, 30),
    "Asia/Beirut": date(2026, 10, 25),
    "Australia/Lord_Howe": date(2026, 10, 4),
    "America/St_Johns": date(2026, 11, 1),
    "Asia/Kathmandu": date(2026, 10, 4),
    "Pacific/Kiritimati": date(2026, 10, 4),
    "Pacific/Pago_Pago": date(2026, 10, 4),
    "Antarctica/Troll": date(2026, 10, 25),
    "America/Scoresbysund": date(2026, 3, 29),
    "Asia/Gaza": date(2026, 3, 28),
}
"""Zones that change their clocks at midnight, by two hours, by half an hour, or lie far out."""

HOURS = (
    ("2026-10-31T23:00", "2026-11-03T02:00"),
    ("2026-11-01T08:00", "2026-11-01T10:00"),
    ("2026-11-01T09:00", "2026-11-02T07:00"),
    ("2026-10-24T21:00", "2026-10-25T01:00"),
    ("2026-10-25T01:00", "2026-10-26T00:00"),
    ("2026-10-20T13:00", "2026-10-21T13:00"),
)
"""Windows that begin or end in, before and after an hour that a clock shows twice (UTC)."""


@pytest.mark.parametrize("mode", ["ask", "ask_leaving_out"])
def test_every_period_is_right_in_every_zone(
    mode: str, request: pytest.FixtureRequest, farm: FarmData
) -> None:
    """Any two of zone, period and dimensions in either manner of rows that lack a key."""
    asker: Asker = request.getfixturevalue(mode)
    ids, wrong = tuple(farm.queues)[:10], []
    for zone, period, by in list(product(ZONES, PERIODS, BY))[asker.leaves_out :: 2]:
        start, end = day_start(date(2026, 10, 12), zone), day_start(date(2026, 11, 11), zone)
        one = Wanted(ids, by, period=period, zone=zone, start=start, end=end)
        wrong += asker.wrong(farm, one)
    assert wrong == []


@pytest.mark.parametrize("mode", ["ask", "ask_leaving_out"])
def test_windows_given_as_hours_are_clipped_to_the_hour(
    mode: str, request: pytest.FixtureRequest, farm: FarmData
) -> None:
    """Any two of window, zone and period in either manner."""
    asker: Asker = request.getfixturevalue(mode)
    ids, wrong = tuple(farm.queues)[:10], []
    for window, zone, period in list(product(HOURS, ZONES[1:], PERIODS))[asker.leaves_out :: 2]:
        start, end = (datetime.fromisoformat(edge).replace(tzinfo=UTC) for edge in window)
        one = Wanted(ids, ("user",), period=period, zone=zone, start=start, end=end)
        wrong += asker.wrong(farm, one)
    assert wrong == []


@pytest.mark.parametrize("zone", ODD_ZONES)
def test_days_are_right_where_clocks_change_at_midnight_or_by_halves(zone: str) -> None:
    change, wrong = ODD_ZONES[zone], []
    odd = _farm_around(change)
    behaviour = Behaviour(polls=0, clipped=len(zone) % 2 == 0)
    with serving((odd,), behaviour) as service, asking(service) as asker:
        first, last = (day_start(change + timedelta(days=d), zone) for d in (-3, 4))
        for start in (first, first + timedelta(hours=67)):
            for period in ("hourly", "daily", "weekly"):
                one = Wanted(tuple(odd.queues), ("user",), period=period, zone=zone)
                wrong += asker.wrong(odd, replace(one, start=start, end=last))
    assert wrong == []


def test_a_zone_off_the_hour_says_what_it_counts_by(ask: Asker, farm: FarmData) -> None:
    wanted = Wanted(tuple(farm.queues), ("user",), zone="Asia/Kolkata")
    assert "UTC+06:00" in " ".join(ask.report(farm, wanted).notes)


def test_the_running_hour_is_left_out(farm: FarmData) -> None:
    now = datetime(2026, 10, 14, 12, 47, tzinfo=UTC)
    with serving((farm,), Behaviour(polls=0)) as service:
        door = reporter(service, hurried(lambda: now))
        report = door.ask(question(farm.id, Wanted(tuple(farm.queues), ("user",))))
        door.close()
        assert {body["endTime"] for body in service.bodies()} == {"2026-10-14T12:00:00Z"}
    assert report.as_of == now.replace(minute=0)
    assert report.preliminary_from == datetime(2026, 10, 12, tzinfo=UTC)


def _farm_around(change: date) -> FarmData:
    """A farm with usage in the days around a clock change, and much in its night."""
    chance, midnight = (
        Random(str(change)),
        datetime(change.year, change.month, change.day, tzinfo=UTC),
    )
    queue, fleet = identifier("queue", change), identifier("fleet", change)
    minutes = [*range(-1440, 1440, 15), *(chance.randrange(-6000, 6000) for _ in range(100))]
    users = [f"arn:aws:sts::123456789012:assumed-role/R/{n}" for n in range(3)]
    cost = Decimal("0.123457")
    records = tuple(
        Record(
            midnight + timedelta(minutes=at),
            *(Decimal(60 + n), cost * n, "COMPUTE", fleet, queue),
            user=chance.choice(users),
        )
        for n, at in enumerate(minutes)
    )
    farm_id = identifier("farm", change)
    return FarmData(farm_id, "Odd", 1.0, {queue: "Q"}, {fleet: "F"}, {}, records)
