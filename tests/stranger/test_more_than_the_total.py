"""A breakdown that holds more than the total: of settled days an error, of others a note."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from stats.errors import Contradictory
from stats.model import Report
from tests.stranger.asking import Asker, hurried, reporter
from tests.stranger.records import FarmData
from tests.stranger.service import Behaviour, Service
from tests.stranger.truth import Wanted

Page = dict[str, Any]
Row = dict[str, Any]
SETTLED = "2026-11-10"
LATE = "2026-11-19"
NOW = datetime(2026, 11, 20, 10, 20, tzinfo=UTC)
DAYS = datetime(2026, 11, 8, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)
MORE = "more than the total by usage type"

Moody = Callable[[Behaviour], Service]


def by_user(change: Callable[[Row], None], day: str, times: int = 1_000) -> Callable[[Page], Page]:
    """Changes the first row of a day in breakdowns by user, so many times."""
    left = [times]

    def spoiled(page: Page) -> Page:
        rows = [row for row in page.get("statistics") or [] if row.get("userId")]
        some = [row for row in rows if str(row["aggregationStartTime"]).startswith(day)]
        if some and left[0]:
            left[0] -= 1
            page = copy.deepcopy(page)
            change(next(row for row in page["statistics"] if row == some[0]))
        return page

    return spoiled


def costs(usd: float) -> Callable[[Row], None]:
    """Adds so much to a row's cost."""

    def change(row: Row) -> None:
        row["costInUsd"]["sum"] += usd

    return change


def both(*some: Callable[[Page], Page]) -> Callable[[Page], Page]:
    def spoiled(page: Page) -> Page:
        for one in some:
            page = one(page)
        return page

    return spoiled


@contextmanager
def asking(service: Service) -> Iterator[Asker]:
    """An asker whose clock stands on the last day that there is usage of."""
    front_door = reporter(service, hurried(lambda: NOW))
    try:
        yield Asker(front_door, service)
    finally:
        front_door.close()


def wanted(farm: FarmData, period: str = "total", zone: str = "UTC") -> Wanted:
    start, end = DAYS
    return Wanted(tuple(farm.queues)[:4], ("user",), start=start, end=end, period=period, zone=zone)


def asked(moody: Moody, farm: FarmData, spoiled: Callable[[Page], Page], **more: Any) -> Report:
    service = moody(Behaviour(polls=0, page=100_000, spoiled=spoiled))
    with asking(service) as asker:
        return asker.report(farm, wanted(farm, **more))


def test_the_days_are_what_these_tests_take_them_for() -> None:
    limit = NOW - timedelta(hours=48)
    assert f"{limit:%Y-%m-%d}" < LATE < f"{NOW:%Y-%m-%d}"
    assert f"{limit - timedelta(days=2):%Y-%m-%d}" > SETTLED


@pytest.mark.parametrize(
    ("period", "zone"), [("total", "UTC"), ("daily", "Asia/Tokyo"), ("hourly", "America/Santiago")]
)
def test_of_a_settled_day_it_is_an_error_after_both_were_asked_for_twice(
    moody: Moody, farm: FarmData, period: str, zone: str
) -> None:
    spoiled = by_user(costs(9_000.0), SETTLED)
    service = moody(Behaviour(polls=0, page=100_000, spoiled=spoiled))
    with asking(service) as asker, pytest.raises(Contradictory) as caught:
        asker.report(farm, wanted(farm, period, zone))
    assert caught.value.exit_code == 4
    assert "its breakdown of 2026-11-" in caught.value.what
    grouped = sorted(str(body["groupBy"]) for body in service.bodies())
    assert grouped == ["['USAGE_TYPE']"] * 2 + ["['USER_ID']"] * 2


def test_where_it_is_over_when_asked_again_the_answer_is_right(
    moody: Moody, farm: FarmData
) -> None:
    service = moody(
        Behaviour(polls=0, page=100_000, spoiled=by_user(costs(9_000.0), SETTLED, times=1))
    )
    with asking(service) as asker:
        assert asker.wrong(farm, wanted(farm)) == []
        assert MORE not in " ".join(asker.report(farm, wanted(farm)).notes)


def test_what_one_day_has_too_much_is_not_made_up_for_by_another(
    moody: Moody, farm: FarmData
) -> None:
    spoiled = both(by_user(costs(9_000.0), SETTLED), by_user(costs(-9_000.0), "2026-11-11"))
    with pytest.raises(Contradictory, match=SETTLED):
        asked(moody, farm, spoiled)


def test_of_a_day_that_may_still_change_it_is_a_note(moody: Moody, farm: FarmData) -> None:
    report = asked(moody, farm, by_user(costs(9_000.0), LATE))
    assert report.unattributed_cost_usd == pytest.approx(-9_000.0)
    assert [MORE in note for note in report.notes].count(True) == 1


@pytest.mark.parametrize(("usd", "is_error"), [(0.009, False), (500.0, False), (900.0, True)])
def test_a_cent_or_a_thousandth_may_be_rounding(
    moody: Moody, farm: FarmData, usd: float, is_error: bool
) -> None:
    try:
        asked(moody, farm, by_user(costs(usd), SETTLED))
    except Contradictory:
        assert is_error
    else:
        assert not is_error


def test_more_records_of_the_same_money_are_a_note(moody: Moody, farm: FarmData) -> None:
    def counts(row: Row) -> None:
        row["count"] += 1
        row["costInUsd"]["min"] = 0.0
        row["runtimeInSeconds"]["min"] = 0.0

    report = asked(moody, farm, by_user(counts, SETTLED))
    assert report.unattributed_count == -1
    assert any("1 usage record more than" in note for note in report.notes)
