"""A breakdown that holds more than its total is asked for again, and then refused."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from stats.agreement import agreeing, is_more
from stats.cuts import Asked, Cuts
from stats.errors import Contradictory
from stats.model import Dimension, FarmId, Question, Scope, Window
from stats.people import NONE
from stats.progress import nobody
from stats.ticket import Fetched
from stats.zone import Zone
from tests.stats.frames import Row, cut

D = Dimension
ANGELES = Zone("America/Los_Angeles")
WINDOW = Window(datetime(2026, 3, 2, 8, tzinfo=UTC), datetime(2026, 3, 6, 8, tzinfo=UTC))
NOW = datetime(2026, 3, 20, tzinfo=UTC)
TUESDAY = date(2026, 3, 3)


@pytest.mark.parametrize(
    ("costs", "rows", "total", "more"),
    [
        (5.009, 1, 5.0, False),
        (5.011, 1, 5.0, True),
        (0.009, 1, 0.0, False),
        (0.011, 1, 0.0, True),
        (5.049, 1_000, 5.0, False),
        (5.051, 1_000, 5.0, True),
        (1_000.9, 1, 1_000.0, False),
        (1_001.1, 1, 1_000.0, True),
        (900.0, 1, 1_000.0, False),
    ],
)
def test_more_is_beyond_a_cent_what_rows_are_rounded_by_and_a_thousandth(
    costs: float, rows: int, total: float, more: bool
) -> None:
    assert is_more(costs, rows, total) is more


def asked() -> Asked:
    question = Question(FarmId("farm"), Scope(D.QUEUE, ("q",)), WINDOW, ANGELES.name)
    return Asked(question, WINDOW, (WINDOW,), ANGELES, NOW, None, nobody, lambda: 60.0)


def cuts(base: list[Row], total: list[Row], *, after: timedelta = timedelta()) -> Cuts:
    """Rows by user, and the total by usage type that they are held against."""
    yardstick = cut((D.USAGE_TYPE,), total)
    times = (NOW - timedelta(hours=1), NOW + after)
    fetched = tuple(Fetched(yardstick, at, 0.0, ()) for at in times)
    return Cuts(cut((D.USER,), base), {}, yardstick, yardstick, fetched, NONE)


class Asking:
    """Answers one after another, and what was asked for them."""

    def __init__(self, *answers: Cuts) -> None:
        self.answers: Iterator[Cuts] = iter(answers)
        self.asked: list[Asked] = []

    def __call__(self, about: Asked) -> Cuts:
        self.asked.append(about)
        return next(self.answers)


MORE = cuts([(TUESDAY, "ada", 1, 4.0), (TUESDAY, "ben", 1, 2.0)], [(TUESDAY, "COMPUTE", 2, 5.0)])
SAME = cuts(
    [(TUESDAY, "ada", 1, 5.0)], [(TUESDAY, "COMPUTE", 1, 4.0), (TUESDAY, "LICENSE", 1, 1.0)]
)


def test_what_agrees_is_asked_for_once() -> None:
    asking = Asking(SAME)
    assert agreeing(asking, asked(), hourly=False, changes=None) is SAME
    assert [one.not_before for one in asking.asked] == [None]


@pytest.mark.parametrize("after", [timedelta(minutes=3), timedelta(minutes=-3)])
def test_what_does_not_is_asked_for_once_more_and_anew(after: timedelta) -> None:
    first = Cuts(MORE.base, {}, MORE.total, MORE.yardstick, cuts([], [], after=after).fetched, NONE)
    asking = Asking(first, SAME)
    assert agreeing(asking, asked(), hourly=False, changes=None) is SAME
    latest = NOW + max(after, timedelta())
    assert [one.not_before for one in asking.asked] == [None, latest + timedelta(microseconds=1)]


def test_what_is_more_again_is_refused_with_its_day_and_money() -> None:
    says = "breakdown of 2026-03-03 holds USD 6.00, and its total by usage type USD 5.00"
    with pytest.raises(Contradictory, match=says):
        agreeing(Asking(MORE, MORE), asked(), hourly=False, changes=None)


def test_a_day_that_the_total_does_not_have_is_more_than_nothing() -> None:
    lacks = cuts([(TUESDAY, "ada", 1, 4.0)], [(date(2026, 3, 4), "COMPUTE", 1, 4.0)])
    with pytest.raises(Contradictory, match=r"2026-03-03 holds USD 4\.00, .* USD 0\.00"):
        agreeing(Asking(lacks, lacks), asked(), hourly=False, changes=None)


def test_of_several_days_the_first_is_named() -> None:
    days = [date(2026, 3, day) for day in (4, 3, 2)]
    wrong = cuts([(day, "ada", 1, 4.0) for day in days], [(days[2], "COMPUTE", 1, 4.0)])
    with pytest.raises(Contradictory, match="2026-03-03"):
        agreeing(Asking(wrong, wrong), asked(), hourly=False, changes=None)


@pytest.mark.parametrize(("changes", "again"), [(3, False), (4, True)])
def test_days_that_may_change_are_not_held_to_it(changes: int, again: bool) -> None:
    begins = datetime(2026, 3, changes, 8, tzinfo=UTC)
    asking = Asking(MORE, SAME)
    agreeing(asking, asked(), hourly=False, changes=begins)
    assert (len(asking.asked) == 2) is again


def test_rows_by_the_hour_are_held_to_the_total_of_their_local_day() -> None:
    """Tuesday evening in California is Wednesday in UTC."""
    hours = [datetime(2026, 3, 3, 9), datetime(2026, 3, 4, 7)]  # noqa: DTZ001 - a bucket is naive
    rows = [(hour, "ada", 1, 3.0) for hour in hours]
    agrees = cuts(rows, [(TUESDAY, "COMPUTE", 2, 6.0)])
    assert agreeing(Asking(agrees), asked(), hourly=True, changes=None) is agrees
    wrong = cuts(rows, [(TUESDAY, "COMPUTE", 2, 5.0), (date(2026, 3, 4), "COMPUTE", 2, 9.0)])
    with pytest.raises(Contradictory, match=r"2026-03-03 holds USD 6\.00"):
        agreeing(Asking(wrong, wrong), asked(), hourly=True, changes=None)


def by_type(*base: tuple[str, str, float], total: Mapping[str, float]) -> Cuts:
    """Rows of the Tuesday by user and usage type, and the total by usage type."""
    told = cuts([], [(TUESDAY, kind, 1, cost) for kind, cost in total.items()])
    rows = [(TUESDAY, user, kind, 1, cost) for user, kind, cost in base]
    return replace(told, base=cut((D.USER, D.USAGE_TYPE), rows))


BOTH = {"COMPUTE": 4.0, "LICENSE": 2.0}


@pytest.mark.parametrize(("moved", "again"), [(0.009, False), (0.011, True), (2.0, True)])
def test_rows_that_tell_usage_types_are_held_to_the_total_of_each(
    moved: float, again: bool
) -> None:
    wrong = by_type(("ada", "COMPUTE", 4.0 + moved), ("ben", "LICENSE", 2.0 - moved), total=BOTH)
    asking = Asking(wrong, by_type(total=BOTH))
    agreeing(asking, asked(), hourly=False, changes=None)
    assert (len(asking.asked) == 2) is again


def test_the_usage_type_that_they_hold_more_of_is_named() -> None:
    wrong = by_type(("ada", "COMPUTE", 3.0), ("ben", "LICENSE", 3.0), total=BOTH)
    says = "2026-03-03 holds USD 3.00 of LICENSE, and its total by usage type USD 2.00 of it"
    with pytest.raises(Contradictory, match=says):
        agreeing(Asking(wrong, wrong), asked(), hourly=False, changes=None)


def test_what_they_hold_more_of_in_all_is_told_before_that() -> None:
    wrong = by_type(("ada", "COMPUTE", 9.0), total=BOTH)
    with pytest.raises(Contradictory, match=r"USD 9\.00, and its total by usage type USD 6\.00\. "):
        agreeing(Asking(wrong, wrong), asked(), hourly=False, changes=None)


def test_a_usage_type_that_the_total_does_not_have_is_more_than_nothing() -> None:
    wrong = by_type(("ada", "VOLUME", 1.0), total=BOTH)
    with pytest.raises(Contradictory, match=r"USD 1\.00 of VOLUME, .* USD 0\.00 of it"):
        agreeing(Asking(wrong, wrong), asked(), hourly=False, changes=None)


def test_rows_without_a_usage_type_are_refused_where_the_total_tells_one_of_all() -> None:
    """A filter by usage type would leave them out."""
    wrong, nobodys = by_type(("ada", "", 6.0), total=BOTH), {**BOTH, "": 6.0}
    with pytest.raises(Contradictory, match=r"USD 6\.00 of its breakdown of 2026-03-03 has no "):
        agreeing(Asking(wrong, wrong), asked(), hourly=False, changes=None)
    agrees = by_type(("ada", "", 6.0), total=nobodys)
    assert agreeing(Asking(agrees), asked(), hourly=False, changes=None) is agrees
    later = datetime(2026, 3, 3, 8, tzinfo=UTC)
    assert agreeing(Asking(wrong), asked(), hourly=False, changes=later) is wrong


def test_usage_types_of_hours_are_held_to_those_of_their_local_day() -> None:
    hours = [datetime(2026, 3, 3, 9), datetime(2026, 3, 4, 7)]  # noqa: DTZ001 - a bucket is naive
    told = cuts([], [(TUESDAY, kind, 1, cost) for kind, cost in BOTH.items()])
    for kind, is_more_of_it in {"COMPUTE": False, "LICENSE": True}.items():
        rows = [(hour, kind, 1, 2.0) for hour in hours]
        one = replace(told, base=cut((D.USAGE_TYPE,), rows))
        asking = Asking(one, told)
        agreeing(asking, asked(), hourly=True, changes=None)
        assert (len(asking.asked) == 2) is is_more_of_it
