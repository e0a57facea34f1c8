"""Periods are the calendar's, clipped to the window, across clock changes, to the hour."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from decimal import Decimal

import pytest

from tests.stranger.asking import NOW, Asker, asking
from tests.stranger.records import FarmData, Record, identifier
from tests.stranger.service import Behaviour, serving
from tests.stranger.truth import SNAPPED, Wanted, day_start

PERIODS = ("hourly", "daily", "weekly", "monthly", "total")
ZONES = ("UTC", "America/Vancouver", "Europe/Berlin", "Asia/Kolkata")
ODD_ZONES = {
    "America/Havana": (2026, 11, 1),
    "America/Santiago": (2026, 9, 6),
    "Africa/Cairo": (2026, 10, 30),
    "Asia/Beirut": (2026, 10, 25),
    "Australia/Lord_Howe": (2026, 10, 4),
    "America/St_Johns": (2026, 11, 1),
    "Asia/Kathmandu": (2026, 10, 4),
    "Pacific/Kiritimati": (2026, 10, 4),
    "Pacific/Pago_Pago": (2026, 10, 4),
    "Antarctica/Troll": (2026, 10, 25),
}
"""Zones that change their clocks at midnight, by two hours, by half an hour, or lie far out."""


def _hours(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize("mode", ["ask", "ask_leaving_out"])
@pytest.mark.parametrize("zone", ZONES)
def test_every_period_is_right_in_every_zone(
    mode: str, zone: str, request: pytest.FixtureRequest, farm: FarmData
) -> None:
    asker: Asker = request.getfixturevalue(mode)
    start = day_start(datetime(2026, 10, 12, tzinfo=UTC).date(), zone)
    end = day_start(datetime(2026, 11, 11, tzinfo=UTC).date(), zone)
    ids, wrong = tuple(farm.queues)[:10], []
    for period in PERIODS:
        for by in ((), ("user",), ("job", "instance_type"), ("user", "queue", "instance_type")):
            one = Wanted(ids, by, period=period, zone=zone, start=start, end=end)
            wrong += asker.wrong(farm, one)
    assert wrong == []


@pytest.mark.parametrize("mode", ["ask", "ask_leaving_out"])
def test_windows_given_as_hours_are_clipped_to_the_hour(
    mode: str, request: pytest.FixtureRequest, farm: FarmData
) -> None:
    asker: Asker = request.getfixturevalue(mode)
    ids, wrong = tuple(farm.queues)[:10], []
    for start, end in (
        ("2026-10-31T23:00", "2026-11-03T02:00"),
        ("2026-11-01T08:00", "2026-11-01T10:00"),
        ("2026-11-01T09:00", "2026-11-02T07:00"),
        ("2026-10-24T21:00", "2026-10-25T01:00"),
        ("2026-10-25T01:00", "2026-10-26T00:00"),
        ("2026-10-20T13:00", "2026-10-21T13:00"),
    ):
        for zone in ZONES:
            for period in PERIODS:
                one = Wanted(ids, ("user",), period=period, zone=zone)
                one = Wanted(**{**one.__dict__, "start": _hours(start), "end": _hours(end)})
                wrong += asker.wrong(farm, one)
    assert wrong == []


@pytest.mark.parametrize("clipped", [False, True])
def test_days_are_right_where_clocks_change_at_midnight_or_by_halves(clipped: bool) -> None:
    wrong = []
    for zone, (year, month, day) in ODD_ZONES.items():
        change = datetime(year, month, day, tzinfo=UTC)
        odd = _farm_around(change)
        with serving((odd,), Behaviour(polls=0, clipped=clipped)) as service, asking(service) as a:
            first = day_start((change - timedelta(days=4)).date(), zone)
            last = day_start((change + timedelta(days=4)).date(), zone)
            for period in PERIODS:
                for start, end in ((first, last), (first + timedelta(hours=90), last)):
                    one = Wanted(tuple(odd.queues), ("user",), period=period, zone=zone)
                    one = Wanted(**{**one.__dict__, "start": start, "end": end})
                    wrong += a.wrong(odd, one)
    assert wrong == []


def test_a_zone_off_the_hour_says_what_it_counts_by(ask: Asker, farm: FarmData) -> None:
    wanted = Wanted(tuple(farm.queues), ("user",), zone="Asia/Kolkata")
    assert "UTC+06:00" in " ".join(ask.report(farm, wanted).notes)
    assert SNAPPED["Asia/Kolkata"] == 6


def test_the_running_hour_is_left_out(farm: FarmData) -> None:
    now = datetime(2026, 10, 14, 12, 47, tzinfo=UTC)
    with serving((farm,), Behaviour(polls=0)) as service:
        from tests.stranger.asking import hurried, question, reporter

        door = reporter(service, hurried(lambda: now))
        report = door.ask(question(farm.id, Wanted(tuple(farm.queues), ("user",))))
        door.close()
        assert report.as_of == now.replace(minute=0)
        assert {body["endTime"] for body in service.bodies()} == {"2026-10-14T12:00:00Z"}
        assert report.preliminary_from == datetime(2026, 10, 12, tzinfo=UTC)
    assert NOW > now


def _farm_around(change: datetime) -> FarmData:
    chance = Random(str(change))
    queue, fleet = identifier("queue", change), identifier("fleet", change)
    moments = [change + timedelta(minutes=chance.randrange(-6000, 6000)) for _ in range(500)]
    users = [f"arn:aws:sts::1:assumed-role/R/{n}" for n in range(3)]
    cost = Decimal("0.123457")
    records = tuple(
        Record(m, Decimal(60 + n), cost * n, "COMPUTE", fleet, queue, None, chance.choice(users))
        for n, m in enumerate(moments)
    )
    farm_id = identifier("farm", change)
    return FarmData(farm_id, "Odd", 1.0, {queue: "Q"}, {fleet: "F"}, {}, records)
