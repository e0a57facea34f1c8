"""A filter over rows that were asked for too late, of days whose total was asked for in time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from simulator.tiny import ADA, COMP
from stats.model import Dimension, Filter, Question
from tests.stats.test_what_is_known import LATE, RAN, SOON, asked, asking_at, collected, told, total

D = Dimension


def kept(*by: str, name: str = "", **where: str) -> Question:
    filters = tuple(Filter(D(one), frozenset({key})) for one, key in where.items())
    return replace(asked(*by, window=RAN), where=filters, job_name_contains=name)


@pytest.mark.parametrize(
    ("question", "is_known"),
    [
        (kept("instance_type", user=ADA), False),
        (kept("job", instance_type="c5.4xlarge"), False),
        (kept("job", name="a"), False),
        (kept("instance_type"), True),
        (kept("instance_type", usage_type="COMPUTE"), True),
        (kept("instance_type", queue=COMP), True),
        (kept("user", user=ADA), True),
    ],
)
def test_it_may_leave_out_what_the_service_no_more_told_whose_it_was(
    question: Question, is_known: bool, tmp_path: Path
) -> None:
    """When it is asked for, and when history tells it; the total, or rows of then, leave none."""
    collected(tmp_path)
    with asking_at(SOON, tmp_path) as asker:
        asker.report(asked("queue"))
    for _ in range(2):
        with asking_at(LATE, tmp_path) as asker:
            report = asker.report(question)
        assert told(report) == (() if is_known else (RAN,), ())
        assert total(report) == (5.5 if question.values(D.QUEUE) else 13.0)


@pytest.mark.parametrize(
    "more", [{"remembered_days": "unlimited"}, {}], ids=["for ever", "in time"]
)
def test_where_the_service_was_sure_to_know_them_it_leaves_out_nothing(
    more: dict[str, Any], tmp_path: Path
) -> None:
    collected(tmp_path)
    question, now = kept("instance_type", user=ADA), LATE if more else RAN.end.replace(month=4)
    for _ in range(2):
        with asking_at(now, tmp_path, **more) as asker:
            assert told(asker.report(question)) == ((), ())
