"""Between rows and their total is said what is more than rounding may make, and all of that."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from stats.cuts import Asked, Cuts
from stats.findings import Findings, Fresh
from stats.model import Basis, Dimension, FarmId, Question, Scope, Window
from stats.past import Past
from stats.people import NONE
from stats.progress import nobody
from stats.rollup import Answer
from stats.standing import Standing
from stats.stretch import Stretch
from stats.ticket import Fetched
from stats.zone import Zone

START = datetime(2026, 3, 2, tzinfo=UTC)
WINDOW = Window(START, START + timedelta(days=3))
DAY = Window(START, START + timedelta(days=1))
MINUTES = timedelta(minutes=4)


def rows(cost: float, many: int = 2, count: int = 8, hours: float = 8.0) -> pd.DataFrame:
    """So many rows of so much cost, so many records and hours in all."""
    return pd.DataFrame(
        {
            "usage_type": ["COMPUTE"] * many,
            "cost_usd_sum": [cost / many] * many,
            "count": [count // many] * many,
            "runtime_seconds_sum": [hours * 3600 / many] * many,
        }
    )


def fresh(cost: float, total: float, *, many: int = 2, more: int = 0) -> Fresh:
    """Rows that the service told four minutes before their total, with `more` records in that."""
    yardstick = rows(total, 1, 8 + more)
    fetched = tuple(Fetched(yardstick, at, 0.0, ()) for at in (START, START + MINUTES))
    cuts = Cuts(rows(cost, many), {}, yardstick, yardstick, fetched, NONE)
    return Fresh(cuts, Answer(rows(cost, many), (), cost, 8))


def told(cost: float, total: float, *, many: int = 2) -> Past:
    """A day's rows in history, and its total."""
    over = {DAY: (cost - total, 0)} if cost > total else {}
    answer = Answer(rows(cost, many), (), cost, 8)
    stretch = Stretch((DAY,), answer, rows(total, 1), {}, {}, over=over)
    return Past((stretch,), nullcontext)


def said(found: Findings, *, may_change: bool = False) -> list[str]:
    question = Question(
        FarmId("farm"), Scope(Dimension.QUEUE, ("queue",)), WINDOW, by=(Dimension.USER,)
    )
    asked = Asked(
        question, WINDOW, (WINDOW,), Zone("UTC"), WINDOW.end, None, nobody, time_left=lambda: 60.0
    )
    return [one.text for one in found.remarks(asked, Basis(1.0, "aws"), may_change=may_change)]


def more(cost: str) -> list[str]:
    return [
        f"The rows hold {cost} more than the total by usage type. The service told both: they do "
        "not agree."
    ]


@pytest.mark.parametrize(
    ("cost", "total", "due"),
    [
        (5.0002, 5.0, []),
        (5.009, 5.0, []),
        (5.02, 5.0, more("$0.02")),
        (2_001.5, 2_000.0, []),
        (2_003.0, 2_000.0, more("$3.00")),
        (4.0, 5.0, []),
    ],
)
def test_rows_of_the_service_that_hold_more_than_the_total(
    cost: float, total: float, due: list[str]
) -> None:
    assert said(Findings(None, fresh(cost, total))) == due


def test_each_row_may_be_rounded() -> None:
    """By half a hundredth of a cent: a thousand rows by five cents."""
    assert said(Findings(None, fresh(5.04, 5.0, many=1_000))) == []
    assert said(Findings(None, fresh(5.06, 5.0, many=1_000))) == more("$0.06")


def test_what_a_total_lacks_on_one_side_is_not_set_off_against_what_it_holds_elsewhere() -> None:
    standing = Standing(rows(3.0, 1), cost_usd=3.0, count=0)
    found = Findings(told(8.0, 5.0), None, standing)
    assert found.unattributed[0] == 3.0
    assert found.past is not None
    assert (found.past.unattributed[0], found.past.more_than_the_total) == (0.0, 3.0)


@pytest.mark.parametrize(
    ("cost", "total", "records", "by"),
    [
        (5.0, 5.0002, 0, None),
        (5.0002, 5.0, 0, None),
        (5.0, 5.02, 0, "$0.02"),
        (5.02, 5.0, 0, "$0.02"),
        (5.0, 5.0002, 3, "3 usage records"),
        (5.0, 7.0, 3, "$2.00"),
    ],
)
def test_cuts_that_were_taken_apart(
    cost: float, total: float, records: int, by: str | None
) -> None:
    due = [
        f"The total and the rows differ by {by}. They were added up 4 minutes apart, and usage "
        "may have come in meanwhile: asked again later, they may agree."
    ]
    found = Findings(None, fresh(cost, total, more=records))
    assert said(found, may_change=True) == (due if by else [])


def test_what_is_in_no_row_is_told_to_the_millionth_of_a_dollar() -> None:
    """Which a sentence of its own says, and needs no rounding's."""
    assert Findings(None, fresh(5.0, 5.0002)).unattributed[0] == pytest.approx(0.0002)


@pytest.mark.parametrize(
    ("cost", "total", "lacks"),
    [(2_001.5, 2_000.0, 0.0), (2_000.0, 2_001.5, 1.5), (2_003.0, 2_000.0, -3.0)],
)
def test_rounding_makes_no_cost_in_no_row_of_less_than_nothing(
    cost: float, total: float, lacks: float
) -> None:
    assert Findings(None, fresh(cost, total)).unattributed[0] == pytest.approx(lacks)


@pytest.mark.parametrize(("cost", "lacks"), [(2_001.5, 0.0), (1_998.5, 1.5)])
def test_nor_does_it_in_history(cost: float, lacks: float) -> None:
    """Of a day that is not over: rows and total are the same but for rounding."""
    answer = Answer(rows(cost), (), cost, 8)
    past = Past((Stretch((DAY,), answer, rows(2_000.0, 1), {}, {}),), nullcontext)
    assert Findings(past, None).unattributed[0] == pytest.approx(lacks)


@pytest.mark.parametrize(
    ("hours", "cost", "count", "is_said"),
    [
        (80.0, 50.0, 8, True),
        (0.0, 50.0, 8, True),
        (8.007, 50.0, 8, False),  # a thousandth
        (8.009, 50.0, 8, True),
        (80.0, 49.0, 8, False),
        (80.0, 50.0, 6, False),
    ],
)
def test_as_many_records_of_as_much_cost_that_took_another_time_are_said(
    hours: float, cost: float, count: int, is_said: bool
) -> None:
    one = fresh(50.0, 50.0)
    cuts = replace(one.cuts, base=rows(cost, 2, count, hours))
    found = Findings(None, replace(one, cuts=cuts, answer=replace(one.answer, cost_usd=cost)))
    text = (
        f"The rows took {hours:,.2f} hours and the total by usage type 8.00, of as many usage "
        "records at as much cost. The service told both: they do not agree."
    )
    assert (text in said(found)) is is_said


def test_seconds_that_rows_may_be_rounded_by_are_none() -> None:
    one = fresh(50.0, 50.0)
    for hours, is_said in ((3.0 / 3600, False), (3.1 / 3600, True)):
        cuts = replace(one.cuts, base=rows(50.0, hours=hours), yardstick=rows(50.0, 1, hours=0.0))
        texts = said(Findings(None, replace(one, cuts=cuts)))
        assert any("do not agree" in text for text in texts) is is_said
