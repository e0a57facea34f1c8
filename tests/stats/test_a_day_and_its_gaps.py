"""One day's knowledge by the rule, and days that are not known as stretches on end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from stats.knowledge import Gaps, Knowledge, Rule, Seen, gaps
from stats.model import Window

KNOWN, DOUBTFUL, NOT_KNOWN = Knowledge
DAY = timedelta(days=1)
TUESDAY = Window(datetime(2026, 3, 3, tzinfo=UTC), datetime(2026, 3, 4, tzinfo=UTC))
IN_TIME, LATE = TUESDAY.end + 120 * DAY, TUESDAY.end + 120 * DAY + timedelta(hours=1)


def days(first: int, last: int) -> Window:
    """From one day of March 2026 to another, which is included."""
    return Window(datetime(2026, 3, first, tzinfo=UTC), datetime(2026, 3, last, tzinfo=UTC) + DAY)


@pytest.mark.parametrize("at", [IN_TIME, LATE])
@pytest.mark.parametrize(("used", "known"), [(True, DOUBTFUL), (False, NOT_KNOWN)])
def test_of_a_day_that_was_asked_for_in_part_or_late_there_was_at_least_what_is_there(
    at: datetime, used: bool, known: Knowledge
) -> None:
    rule = Rule(timedelta(days=120))
    assert rule.of(TUESDAY, Seen(at, used, partial=True), TUESDAY.start - DAY) is known
    assert rule.of(TUESDAY, Seen(LATE, used), TUESDAY.start - DAY) is known


@pytest.mark.parametrize(
    ("first_used", "idle"),
    [
        (None, NOT_KNOWN),
        (TUESDAY.end + DAY, NOT_KNOWN),
        (TUESDAY.end, NOT_KNOWN),
        (TUESDAY.end - timedelta(hours=1), KNOWN),
        (TUESDAY.start, KNOWN),
        (TUESDAY.start - DAY, KNOWN),
    ],
)
@pytest.mark.parametrize("rule", [Rule(timedelta(days=120)), Rule(None)])
def test_a_day_is_a_zero_only_where_an_earlier_one_had_usage(
    rule: Rule, first_used: datetime | None, idle: Knowledge
) -> None:
    assert rule.of(TUESDAY, Seen(IN_TIME, False), first_used) is idle
    assert rule.of(TUESDAY, Seen(IN_TIME, True), first_used) is KNOWN


def test_where_all_is_remembered_no_day_is_asked_for_too_late() -> None:
    ever = Rule(None)
    assert ever.is_in_time(TUESDAY, LATE + 10_000 * DAY)
    assert ever.of(TUESDAY, Seen(LATE, True), TUESDAY.start) is KNOWN
    assert ever.of(TUESDAY, Seen(LATE, True, partial=True), TUESDAY.start) is DOUBTFUL


def test_days_in_any_order_are_told_as_stretches_on_end() -> None:
    what = {9: KNOWN, 3: NOT_KNOWN, 5: DOUBTFUL, 2: NOT_KNOWN, 6: DOUBTFUL, 8: DOUBTFUL, 4: KNOWN}
    found = gaps({days(n, n): known for n, known in what.items()})
    assert found == Gaps((days(5, 6), days(8, 8)), (days(2, 3),))


def test_gaps_of_several_days_are_put_together_in_the_order_of_time() -> None:
    late = Gaps((days(8, 9),), (days(20, 21), days(25, 25)))
    early = Gaps((days(5, 7), days(11, 12)), (days(22, 22),))
    both = Gaps((days(5, 9), days(11, 12)), (days(20, 22), days(25, 25)))
    assert late.and_of(early) == early.and_of(late) == both


def test_of_gaps_a_window_has_what_lies_within_it() -> None:
    found = Gaps((days(1, 4), days(6, 7), days(9, 12)), (days(2, 3), days(5, 5), days(10, 10)))
    assert found.within(days(4, 9)) == Gaps((days(4, 4), days(6, 7), days(9, 9)), (days(5, 5),))
