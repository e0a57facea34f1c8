"""The calendar of history: which days are complete, in part, missing, or of another zone."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

import pytest

from stats.audit import Coverage
from stats.collect import CUTS
from stats.coverage import MOST_YEARS, Calendar, Day, State, calendar, held, wanted
from stats.dayfile import Shelf
from stats.knowledge import Knowledge
from stats.model import Dimension, Window
from stats.zone import Zone

D = Dimension
FARM = f"farm-{'0' * 32}"
UTC_ZONE, LOS_ANGELES, BERLIN = Zone("UTC"), Zone("America/Los_Angeles"), Zone("Europe/Berlin")
TOTAL, BY_USER = Shelf(FARM, D.QUEUE, (D.USAGE_TYPE,)), Shelf(FARM, D.QUEUE, (D.USER, D.JOB))
BOTH = (TOTAL, BY_USER)
NOW = datetime(2024, 3, 20, 15, tzinfo=UTC)


def days(zone: Zone, first: str, last: str) -> list[Window]:
    """Local days, both included."""
    start, end = date.fromisoformat(first), date.fromisoformat(last) + timedelta(days=1)
    return [Window(*pair) for pair in zone.days(zone.midnight(start), zone.midnight(end))]


def there(shelf: Shelf, some: Iterable[Window], size: int = 1_000) -> Coverage:
    """What there is of a cut, a file a day."""
    found = tuple(some)
    return Coverage(shelf, found, (), len(found), size * len(found), NOW)


def of(
    found: Iterable[Coverage],
    zone: Zone = UTC_ZONE,
    now: datetime = NOW,
    wants: tuple[Shelf, ...] = BOTH,
    known: dict[Window, Knowledge] | None = None,
) -> Calendar:
    """The calendar, where days settle in 48 hours."""
    settled = timedelta(hours=48)

    def is_settled(day: Window) -> bool:
        return day.end + settled <= now

    return calendar(list(found), wants, zone, now, is_settled, known or {})


def state(over: Calendar, day: str) -> State:
    (found,) = [one for one in over.days if one.day == date.fromisoformat(day)]
    return found.state


def test_a_day_is_complete_with_every_cut_that_is_collected_and_else_there_in_part() -> None:
    all_of_it = days(UTC_ZONE, "2024-02-27", "2024-03-02")
    over = of([there(TOTAL, all_of_it), there(BY_USER, all_of_it[:1] + all_of_it[2:])])
    assert state(over, "2024-02-27") is State.COMPLETE
    (part,) = [day for day in over.days if day.state is State.PARTLY]
    assert part == Day(date(2024, 2, 28), State.PARTLY, (BY_USER,))
    assert over.first == date(2024, 2, 27)


def test_every_cut_of_queues_and_of_fleets_is_wanted() -> None:
    assert len(set(wanted(FARM, (D.QUEUE, D.FLEET)))) == 2 * len(CUTS) == 44
    assert {shelf.resource for shelf in wanted(FARM, (D.FLEET,))} == {D.FLEET}


def test_a_leap_day_is_a_day() -> None:
    over = of([there(shelf, days(UTC_ZONE, "2024-02-28", "2024-03-01")) for shelf in BOTH])
    assert [day.day.day for day in over.days if day.state is State.COMPLETE] == [28, 29, 1]
    assert over.gaps[0].first == date(2024, 3, 2)


def test_days_before_the_first_are_no_gaps_and_those_after_it_are() -> None:
    some = days(UTC_ZONE, "2024-03-01", "2024-03-02") + days(UTC_ZONE, "2024-03-06", "2024-03-17")
    over = of([there(TOTAL, some), there(BY_USER, some[:-3])])
    assert state(over, "2024-02-29") is State.BEFORE
    latest, earlier = over.gaps
    assert (latest.first, latest.last) == (date(2024, 3, 15), date(2024, 3, 17))
    assert (latest.state, latest.fewest, latest.most) == (State.PARTLY, 1, 1)
    assert (earlier.first, earlier.last) == (date(2024, 3, 3), date(2024, 3, 5))
    assert (earlier.state, earlier.days) == (State.MISSING, 3)


def test_days_of_which_not_all_is_known_are_told_apart_and_are_no_gaps() -> None:
    some = days(UTC_ZONE, "2024-02-26", "2024-03-17")
    known = dict.fromkeys(some[:2], Knowledge.NOT_KNOWN) | {some[2]: Knowledge.DOUBTFUL}
    over = of([there(shelf, some) for shelf in BOTH], known=known)
    assert (over.number(State.UNKNOWN), over.number(State.DOUBTFUL)) == (2, 1)
    assert over.number(State.COMPLETE) == len(some) - 3
    assert (over.first, over.gaps) == (date(2024, 2, 28), ())


def test_days_that_were_looked_at_in_vain_make_none_missing_between_them_and_the_first() -> None:
    glance = days(UTC_ZONE, "2023-12-01", "2023-12-31")
    used = days(UTC_ZONE, "2024-03-01", "2024-03-05")
    found = [there(TOTAL, [*glance, *used]), there(BY_USER, [*used[:2], *used[3:]])]
    over = of(found, known=dict.fromkeys(glance, Knowledge.NOT_KNOWN))
    assert over.first == date(2024, 3, 1)
    assert state(over, "2023-12-15") is State.UNKNOWN
    assert [state(over, day) for day in ("2024-01-01", "2024-02-29")] == [State.BEFORE] * 2
    assert state(over, "2024-03-03") is State.PARTLY
    assert over.number(State.MISSING) == 12  # 6 to 17 March, which are settled
    total, by_user = held(found, over, UTC_ZONE)
    assert (total.lacking, by_user.lacking) == (12, 13)


def test_a_day_is_preliminary_until_it_is_settled_and_the_calendar_ends_today() -> None:
    over = of([there(shelf, days(UTC_ZONE, "2024-03-16", "2024-03-19")) for shelf in BOTH])
    assert [(day.day.day, day.state) for day in over.days[-4:]] == [
        (17, State.COMPLETE),
        (18, State.PRELIMINARY),
        (19, State.PRELIMINARY),
        (20, State.PRELIMINARY),
    ]


def test_with_nothing_at_all_there_is_this_year_and_no_gap() -> None:
    over = of([])
    assert (over.first, over.gaps, over.elsewhere) == (None, (), ())
    assert over.days[0].day == date(2024, 1, 1)
    assert {day.state for day in over.days} == {State.BEFORE, State.PRELIMINARY}


def test_where_nothing_is_to_be_collected_no_day_is_complete() -> None:
    assert of([], wants=()).number(State.COMPLETE) == 0


@pytest.mark.parametrize("zone", [LOS_ANGELES, BERLIN, Zone("America/Havana"), Zone("Asia/Beirut")])
def test_days_on_which_clocks_change_are_days(zone: Zone) -> None:
    year = days(zone, "2023-01-01", "2023-12-31")
    assert {(day.end - day.start) / timedelta(hours=1) for day in year} == {23, 24, 25}
    over = of([there(shelf, year) for shelf in BOTH], zone)
    assert over.number(State.COMPLETE) == 365
    assert over.elsewhere == ()
    assert over.years == (2024, 2023)


def test_a_day_of_24_hours_is_not_one_on_which_clocks_change() -> None:
    (change,) = days(LOS_ANGELES, "2024-03-10", "2024-03-10")
    fixed = Window(change.start, change.start + timedelta(days=1))
    assert LOS_ANGELES.is_day(change.start, change.end)
    assert not LOS_ANGELES.is_day(fixed.start, fixed.end)
    over = of([there(shelf, [fixed]) for shelf in BOTH], LOS_ANGELES)
    assert over.elsewhere == (fixed,)


def test_days_of_another_zone_are_told_and_fill_no_gap() -> None:
    ours = days(LOS_ANGELES, "2024-03-04", "2024-03-06")
    theirs = days(BERLIN, "2024-02-01", "2024-03-10")
    over = of([there(shelf, [*ours[:1], *ours[2:], *theirs]) for shelf in BOTH], LOS_ANGELES)
    assert over.first == date(2024, 3, 4)
    assert state(over, "2024-03-05") is State.MISSING
    assert over.elsewhere == tuple(theirs)


def test_a_day_of_a_year_that_can_not_be_asked_about_is_of_no_zone() -> None:
    odd = Window(datetime(1700, 1, 1, tzinfo=UTC), datetime(1700, 1, 2, tzinfo=UTC))
    assert of([there(TOTAL, [odd])]).elsewhere == (odd,)


def test_the_calendar_goes_back_some_years_only() -> None:
    over = of([there(TOTAL, days(UTC_ZONE, "2001-05-01", "2001-05-02"))])
    assert len(over.years) == MOST_YEARS


def test_a_cut_lacks_settled_days_since_the_first_and_one_by_the_hour_lacks_nothing() -> None:
    by_hour = Shelf(FARM, D.QUEUE, (D.USER,), hourly=True)
    some = days(UTC_ZONE, "2024-03-01", "2024-03-17")
    berlin = there(Shelf(FARM, D.FLEET, (D.USER,)), days(BERLIN, "2024-03-01", "2024-03-02"))
    found = [there(TOTAL, some), there(BY_USER, some[4:6]), there(by_hour, some[:1]), berlin]
    total, by_user, hourly = held(found, of(found), UTC_ZONE)
    assert (total.days, total.lacking, total.size) == (17, 0, 17_000)
    assert (by_user.first, by_user.last) == (date(2024, 3, 5), date(2024, 3, 6))
    assert (by_user.lacking, hourly.lacking) == (15, 0)
