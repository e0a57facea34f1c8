"""Adding up, by frames and by DuckDB alike: what is not known of a row, and what is within."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest

from stats import rollup, search
from stats.model import Dimension, FarmId, Filter, Period, Question, Scope, Spread, Usage, Window
from stats.plan import Cut, Plan
from stats.rollup import Known
from tests.stats.frames import Row, cut

D = Dimension
DAY = date(2025, 10, 22)
NEXT = DAY + timedelta(days=1)
WINDOW = Window(datetime(2025, 10, 1, tzinfo=UTC), datetime(2025, 12, 1, tzinfo=UTC))
A: Row = (DAY, "a", 2, 5.0, 1.0, 4.0, 90.0, 20.0, 70.0)
A_AGAIN: Row = (NEXT, "a", 1, 3.0, 3.0, 3.0, 30.0, 30.0, 30.0)
B: Row = (DAY, "b", 4, 8.0, 2.0, 2.0, 40.0, 10.0, 10.0)


def asked(*by: Dimension, period: Period = Period.TOTAL, **where: set[str]) -> Question:
    kept = tuple(Filter(D(word), frozenset(values)) for word, values in where.items())
    scope = Scope(D.QUEUE, ("q1", "q2"))
    return Question(FarmId("farm"), scope, WINDOW, by=by, where=kept, period=period)


def unfit(table: pd.DataFrame, unit: str) -> pd.DataFrame:
    """The first row's smallest and largest of a unit are not known."""
    table.loc[0, [f"{unit}_min", f"{unit}_max"]] = np.nan
    return table


def figures(table: pd.DataFrame, unit: str) -> dict[str, list[float]]:
    """Sum, smallest, largest and average by user; −1 for what is not known."""
    names = [f"{unit}_{edge}" for edge in ("sum", "min", "max", "avg")]
    rows = table.set_index("user_id")[names].fillna(-1.0)
    return {str(user): list(row) for user, row in zip(rows.index, rows.to_numpy(), strict=True)}


@pytest.mark.parametrize("way", ["frames", "duckdb"])
def test_what_one_row_does_not_know_is_not_known_of_all_that_it_is_part_of(way: str) -> None:
    base = unfit(cut((D.USER,), [A, A_AGAIN, B]), "cost_usd")
    if way == "frames":
        table = rollup.composed(base, ["user_id"])
    else:
        question = asked(D.USER)
        table = rollup.answer(Plan(question, Cut((D.USER,))), base, {}).table
    assert figures(table, "cost_usd") == {"a": [8.0, -1, -1, -1], "b": [8.0, 2.0, 2.0, 2.0]}
    assert figures(table, "runtime_seconds") == {"a": [120, 20, 70, 40], "b": [40, 10, 10, 10]}


def test_parts_of_a_window_are_one_table_in_the_order_of_reports() -> None:
    question = asked(D.USER, period=Period.MONTHLY)
    plan = Plan(question, Cut((D.USER,)))
    parts = [rollup.answer(plan, cut((D.USER,), some), {}) for some in ([A, B], [A_AGAIN])]
    later = (date(2025, 11, 3), "c", 1, 99.0)
    parts.insert(0, rollup.answer(plan, cut((D.USER,), [later]), {}))
    whole = rollup.together(parts, question)
    assert whole["user_id"].tolist() == ["a", "b", "c"]
    assert figures(whole, "cost_usd") == {
        "a": [8.0, 1.0, 4.0, pytest.approx(8 / 3)],
        "b": [8.0, 2.0, 2.0, 2.0],
        "c": [99.0, 1.0, 1.0, 99.0],
    }
    assert whole["count"].tolist() == [3, 4, 1]


QUEUES = [
    (DAY, "q1", "COMPUTE", 2, 5.0),
    (NEXT, "q1", "COMPUTE", 1, 1.0),
    (DAY, "q2", "COMPUTE", 4, 2.5),
    (DAY, "q2", "LICENSE", 1, 7.0),
]


@pytest.mark.parametrize(
    ("within", "costs"),
    [
        (None, {"COMPUTE": (8.5, 7), "LICENSE": (7.0, 1)}),
        (frozenset({"q1"}), {"COMPUTE": (6.0, 3)}),
        (frozenset({"q2", "q3"}), {"COMPUTE": (2.5, 4), "LICENSE": (7.0, 1)}),
        (frozenset(), {}),
    ],
)
def test_a_total_by_usage_type_is_of_all_or_of_some_queues(
    within: frozenset[str] | None, costs: dict[str, tuple[float, int]]
) -> None:
    found = rollup.by_usage_type(cut((D.QUEUE, D.USAGE_TYPE), QUEUES), D.QUEUE, within)
    numbers = zip(found["cost_usd_sum"], found["count"], strict=True)
    assert dict(zip(found["usage_type"], numbers, strict=True)) == costs


def test_rows_in_all_have_their_cost_and_records() -> None:
    rows = cut((D.QUEUE, D.USAGE_TYPE), QUEUES)
    assert rollup.whole(rows) == (15.5, 8)
    assert rollup.whole(rows.iloc[:0]) == (0.0, 0)


def test_what_an_answer_has_in_all_is_before_its_filters_and_within_its_scope() -> None:
    base = cut((D.QUEUE, D.USAGE_TYPE), QUEUES)
    question = asked(D.USAGE_TYPE, usage_type={"COMPUTE"})
    plan = Plan(question, Cut((D.QUEUE, D.USAGE_TYPE)))
    within = Plan(question, plan.base, within=frozenset({"q2"}))
    known = Known(base=(90.0, 9))
    answers = [
        rollup.answer(one, base, {}, of)
        for one, of in ((plan, None), (plan, known), (within, None), (within, known))
    ]
    assert [(one.cost_usd, one.count) for one in answers] == [
        (15.5, 8),
        (90.0, 9),
        (9.5, 5),
        (9.5, 5),
    ]
    assert [one.table["cost_usd_sum"].tolist() for one in answers] == [[8.5], [8.5], [2.5], [2.5]]


def test_a_total_holds_more_or_less_than_an_answer_in_cost_and_records() -> None:
    total = cut((D.USAGE_TYPE,), [(DAY, "COMPUTE", 5, 10.0), (DAY, "LICENSE", 2, 1.0)])

    def less(cost: float, count: int) -> tuple[float, int]:
        return rollup.less(total, rollup.Answer(total, (), cost, count))

    assert less(8.5, 4) == (2.5, 3)
    assert less(12.0, 9) == (-1.0, -2)
    assert less(11.0, 7) == (0.0, 0)
    assert less(11.0 - 9e-7, 7) == (0.0, 0)
    assert less(11.0 - 2e-6, 7)[0] == pytest.approx(2e-6)


def test_all_rows_as_one_have_the_smallest_and_largest_of_any_unless_one_is_not_known() -> None:
    rows = cut((D.USER,), [A, A_AGAIN, B])
    assert rollup.usage(rows) == Usage(7, Spread(16.0, 1.0, 4.0), Spread(160.0, 10.0, 70.0))
    assert rollup.usage(rows.iloc[:0]) == Usage(0, Spread(0.0, 0.0, 0.0), Spread(0.0, 0.0, 0.0))
    cost = rollup.spread(unfit(rows, "cost_usd"), "cost_usd")
    assert cost.sum == 16.0
    assert math.isnan(cost.min)
    assert math.isnan(cost.max)


def test_a_job_is_called_by_the_last_of_its_names_and_by_none_where_none_is_known() -> None:
    rows = pd.DataFrame(
        {"job_id": ["j1", "j2", "j1", "j1", "j3"], "job_name": ["b", "", "c", "a", "d"]}
    ).astype("str")
    rows["day"] = [3, 9, 1, 2, 1]
    table = pd.DataFrame({"job_id": ["j3", "j1", "j2", "j9"]}, index=[4, 3, 2, 1]).astype("str")
    named = search.job_names(rows, table, "day")
    assert named.tolist() == ["d", "b", "", ""]
    assert named.index.tolist() == [4, 3, 2, 1]
