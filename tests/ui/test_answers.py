"""Reports of a moment ago are for all who ask the same, but for none who wants younger ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from stats.model import Basis, Dimension, FarmId, Question, Report, Scope, Spread, Window
from ui.answers import Answers, Given

NOW = datetime(2026, 11, 26, 10, 30, tzinfo=UTC)
EVER = datetime.min.replace(tzinfo=UTC)
SECOND = timedelta(seconds=1)
QUESTION = Question(
    FarmId("farm-1"),
    Scope(Dimension.QUEUE, ("queue-1",)),
    Window(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 4, tzinfo=UTC)),
)


def _report(question: Question = QUESTION, rows: int = 1) -> Report:
    return Report(
        question=question,
        table=pd.DataFrame({"count": range(rows)}),
        total_cost_usd=Spread(1.0, 1.0, 1.0),
        total_count=rows,
        total_by_usage_type={},
        unattributed_cost_usd=0.0,
        unattributed_count=0,
        as_of=question.window.end,
        preliminary_from=None,
        basis=Basis(1.0, "aws"),
        runs=(),
    )


def _kept(report: Report, at: datetime = NOW, not_before: datetime = EVER) -> Answers:
    answers = Answers()
    answers.keep(Given(report, at, not_before), at)
    return answers


def test_a_report_is_for_whoever_asks_the_same_within_a_minute():
    report = _report()
    answers = _kept(report)
    assert answers.known(QUESTION, NOW + 59 * SECOND, EVER, EVER) is report
    assert answers.known(QUESTION, NOW + 60 * SECOND, EVER, EVER) is None


def test_a_report_is_of_its_hour():
    late = NOW.replace(minute=59, second=50)
    answers = _kept(_report(), late)
    assert answers.known(QUESTION, late + 9 * SECOND, EVER, EVER)
    assert answers.known(QUESTION, late + 10 * SECOND, EVER, EVER) is None


@pytest.mark.parametrize(
    "other",
    [
        replace(QUESTION, farm_id=FarmId("farm-2")),
        replace(QUESTION, timezone="Asia/Tokyo"),
        replace(QUESTION, by=(Dimension.USER,)),
        replace(QUESTION, scope=Scope(Dimension.QUEUE, ("queue-1",), whole=True)),
        replace(QUESTION, job_name_contains="a"),
    ],
)
def test_another_question_has_another_answer(other):
    assert _kept(_report()).known(other, NOW, EVER, EVER) is None


def test_who_tries_again_takes_nothing_that_was_asked_before():
    answers = _kept(_report())
    assert answers.known(QUESTION, NOW + 2 * SECOND, NOW + SECOND, EVER) is None
    assert answers.known(QUESTION, NOW + 2 * SECOND, EVER, EVER)


def test_who_refreshes_takes_nothing_that_may_hold_older_answers():
    """Somebody else may ask after that click, and be told what the service answered before it."""
    answers = _kept(_report())
    clicked = NOW + SECOND
    answers.keep(Given(_report(), NOW + 2 * SECOND, EVER), NOW + 2 * SECOND)
    assert answers.known(QUESTION, NOW + 3 * SECOND, clicked, clicked) is None
    fresh = _report()
    answers.keep(Given(fresh, NOW + 3 * SECOND, clicked), NOW + 3 * SECOND)
    assert answers.known(QUESTION, NOW + 4 * SECOND, clicked, clicked) is fresh
    later = NOW + 4 * SECOND
    assert answers.known(QUESTION, later, later, later) is None


def test_a_report_that_took_long_takes_nothing_from_those_that_came_meanwhile():
    report = _report()
    answers = _kept(report)
    slow = _report(replace(QUESTION, by=(Dimension.USER,)))
    answers.keep(Given(slow, NOW - timedelta(minutes=5), EVER), NOW)
    assert answers.known(QUESTION, NOW, EVER, EVER) is report


def test_reports_are_bounded_by_their_rows_but_the_last_one_stays():
    answers = Answers(most_rows=10)
    questions = [replace(QUESTION, job_name_contains=text) for text in "abc"]
    for question, rows in zip(questions, (6, 6, 60), strict=True):
        answers.keep(Given(_report(question, rows), NOW, EVER), NOW)
        assert answers.known(question, NOW, EVER, EVER)
    assert [answers.known(one, NOW, EVER, EVER) is None for one in questions] == [True, True, False]


def test_what_is_of_no_moment_any_more_goes():
    answers = _kept(_report())
    answers.tidy(NOW + timedelta(minutes=1))
    assert answers.known(QUESTION, NOW, EVER, EVER) is None
