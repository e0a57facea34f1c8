"""A day that a cut can't tell costs no other day of that cut, however little of it is amiss.

What rounding alone may make of a day is nothing amiss.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from stats import past
from stats.dayfile import Shelf
from stats.findings import Findings
from stats.history import History
from stats.model import Dimension, Period, Question, Scope, Window
from tests.stats.test_days_in_different_cuts import ASKED, BY_USE, put
from tests.stats.test_history import BY_JOB, FARM, ORIGIN, TOTAL, Opens, day, opened, rows

__all__ = ["opened"]

D = Dimension
BY_TYPE, TYPES = (Shelf(FARM, D.QUEUE, (D.INSTANCE_TYPE, by)) for by in (D.USER, D.USAGE_TYPE))
JOBS_QUEUES = Shelf(FARM, D.QUEUE, (D.JOB, D.QUEUE))
QUEUES_TOTAL = Shelf(FARM, D.QUEUE, (D.QUEUE, D.USAGE_TYPE))
EACH = range(6)
WINDOW = Window(day(EACH[0]).start, day(EACH[-1]).end)
BY_USER = replace(ASKED, window=WINDOW)
OF_ONE_QUEUE = replace(BY_USER, scope=Scope(D.QUEUE, ("queue-a",)))


def told(history: History, asked: Question = BY_USER) -> tuple[list[int], float, float]:
    """The days that are told, by their numbers, the cost of all rows, and what is in none: USD."""
    found = past.told(history, asked, WINDOW)
    if not found:
        return [], 0.0, 0.0
    table, _ = Findings(found, None).table(asked)
    days = [number for number in EACH if day(number) in found.days]
    return days, float(table["cost_usd_sum"].sum()), found.unattributed[0]


def without(*numbers: int) -> list[int]:
    return [number for number in EACH if number not in numbers]


@pytest.mark.parametrize("cost", [8.9, 9.1])
def test_a_day_of_a_finer_cut_that_is_unlike_its_total_is_left_out_alone(
    opened: Opens, cost: float
) -> None:
    history = opened()
    for number in EACH:
        put(history, TOTAL, number, ("COMPUTE", 2, 9.0))
        put(history, BY_USE, number, ("COMPUTE", "ada", 2, cost if number == 4 else 9.0))
    assert told(opened()) == (without(4), 5 * 9.0, 0.0)


def test_less_of_one_day_is_not_made_up_for_by_more_of_another(opened: Opens) -> None:
    history = opened()
    for number in EACH:
        put(history, TOTAL, number, ("COMPUTE", 2, 9.0))
        cost = {2: 8.0, 4: 10.0}.get(number, 9.0)
        put(history, BY_USE, number, ("COMPUTE", "ada", 2, cost))
    assert told(opened()) == (without(2, 4), 4 * 9.0, 0.0)


def test_a_day_of_a_finer_cut_that_lacks_a_record_is_left_out_alone(opened: Opens) -> None:
    history = opened()
    for number in EACH:
        put(history, TOTAL, number, ("COMPUTE", 2, 9.0))
        put(history, BY_USE, number, ("COMPUTE", "ada", 1 if number == 0 else 2, 9.0))
    assert told(opened()) == (without(0), 5 * 9.0, 0.0)


def test_what_rounding_may_make_of_a_day_of_a_finer_cut_costs_none(opened: Opens) -> None:
    history = opened()
    for number in EACH:
        put(history, TOTAL, number, ("COMPUTE", 2, 9.0))
        put(history, BY_USE, number, ("COMPUTE", "ada", 2, 8.9999 if number == 4 else 9.0))
    days, cost, unattributed = told(opened())
    assert days == without()
    assert cost == pytest.approx(53.9999, abs=1e-9)
    assert unattributed == pytest.approx(0.0001, abs=1e-9)


def of_two_queues(history: History, number: int, *, jobs_cost: float, torn: bool = False) -> None:
    """A day with a job of Ada's in queue A, and one of Ben's in queue B; `torn`: it is the same."""
    ben = "j1" if torn else "j2"
    put(history, TOTAL, number, ("COMPUTE", 3, 9.0))
    put(
        history,
        QUEUES_TOTAL,
        number,
        ("queue-a", "COMPUTE", 2, 5.0),
        ("queue-b", "COMPUTE", 1, 4.0),
    )
    put(history, JOBS_QUEUES, number, ("j1", "queue-a", 2, jobs_cost), (ben, "queue-b", 1, 4.0))
    put(history, BY_JOB, number, ("j1", "ada", 2, jobs_cost), (ben, "ben", 1, 4.0))


def test_a_day_on_which_jobs_are_unlike_the_total_of_a_queue_is_left_out_alone(
    opened: Opens,
) -> None:
    history = opened()
    for number in EACH:
        of_two_queues(history, number, jobs_cost=4.5 if number == 5 else 5.0)
    assert told(opened(), OF_ONE_QUEUE) == (without(5), 5 * 5.0, 0.0)


@pytest.mark.parametrize("number", [EACH[0], 2, EACH[-1]])
@pytest.mark.parametrize(
    ("asked", "cost"), [(OF_ONE_QUEUE, 5.0), (replace(BY_USER, by=(D.USER, D.QUEUE)), 9.0)]
)
def test_a_day_on_which_cuts_can_not_be_put_together_is_left_out_alone(
    opened: Opens, number: int, asked: Question, cost: float
) -> None:
    """A job of two people in two queues: whose what of one queue is, neither cut tells."""
    history = opened()
    for each in EACH:
        of_two_queues(history, each, jobs_cost=5.0, torn=each == number)
    assert told(opened(), asked) == (without(number), 5 * cost, 0.0)


@pytest.mark.parametrize("torn", [(EACH[0],), (2,), (EACH[-1],), (0, 3)])
def test_a_day_on_which_cuts_can_not_be_put_together_as_usual_is_left_out_alone(
    opened: Opens, torn: tuple[int, ...]
) -> None:
    """A type of two usage types: which of them a user's is, is not told; so the service is asked.

    The way is the one that the service would be asked by.
    """
    history = opened()
    for each in EACH:
        put(history, TOTAL, each, ("COMPUTE", 2, 9.0))
        put(history, BY_TYPE, each, ("m5", "ada", 2, 9.0))
        other = [("m5", "LICENSE", 1, 4.0)] if each in torn else []
        put(history, TYPES, each, ("m5", "COMPUTE", 1, 5.0), *other)
    asked = replace(BY_USER, by=(D.USER, D.INSTANCE_TYPE, D.USAGE_TYPE))
    days, cost, unattributed = told(opened(), asked)
    assert (days, cost, unattributed) == (without(*torn), (6 - len(torn)) * 9.0, 0.0)


def test_each_of_many_rows_may_be_rounded(opened: Opens) -> None:
    """Of USD 9 by 400 people each may be told 0.00004 less: 0.016 in all."""
    history = opened()
    for number in EACH:
        put(history, TOTAL, number, ("COMPUTE", 400, 9.0))
        if number != 4:
            put(history, BY_USE, number, ("COMPUTE", "ada", 400, 9.0))
    people = [("COMPUTE", f"user-{n:03}", 1, 9.0 / 400 - 4e-5) for n in range(400)]
    put(history, BY_USE, 4, *people)
    assert told(opened())[0] == without()


def test_jobs_of_several_machines_are_held_to_the_total_of_their_queue(opened: Opens) -> None:
    """Of queue A a job that ran on two kinds of them; another one's USD 4 are of queue B."""
    history = opened()
    of_two_queues(history, 0, jobs_cost=5.0)
    machines = Shelf(FARM, D.QUEUE, (D.INSTANCE_TYPE, D.JOB))
    of_a = [("c5", "j1", 1, 3.0), ("g5", "j1", 1, 2.0)]
    put(history, machines, 0, *of_a, ("c5", "j2", 1, 4.0))
    asked = replace(OF_ONE_QUEUE, by=(D.INSTANCE_TYPE,))
    assert told(opened(), asked) == ([0], 5.0, 0.0)


def test_the_hours_of_a_day_are_held_to_its_total_together(opened: Opens) -> None:
    history = opened()
    hourly = Shelf(FARM, D.QUEUE, BY_USE.by, hourly=True)
    for number, cost in enumerate((5.0, 4.0)):
        put(history, TOTAL, number, ("COMPUTE", 3, 9.0))
        hours = [("COMPUTE", "ada", 1, 4.0), ("COMPUTE", "ada", 2, cost)]
        at = [day(number).start + timedelta(hours=n) for n in (0, 7)]
        of_hours = rows(hourly, *hours, at=day(number)).assign(period_start=at)
        history.put(hourly, day(number), of_hours, ORIGIN)
    assert told(opened(), replace(BY_USER, period=Period.HOURLY)) == ([0], 9.0, 0.0)


def test_what_a_cut_can_not_place_is_a_row_without_a_value(opened: Opens) -> None:
    """Of USD 9 by people and types, USD 4 are of a type whose usage types were not told."""
    history = opened()
    put(history, TOTAL, 0, ("COMPUTE", 2, 9.0))
    put(history, BY_TYPE, 0, ("m5", "ada", 1, 5.0), ("g5", "ada", 1, 4.0))
    put(history, TYPES, 0, ("m5", "COMPUTE", 1, 5.0))
    asked = replace(BY_USER, by=(D.USER, D.INSTANCE_TYPE, D.USAGE_TYPE))
    assert told(opened(), asked) == ([0], 9.0, 0.0)
