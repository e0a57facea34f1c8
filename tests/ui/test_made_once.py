"""What follows from a report is made once for all who look, and never shown of anything else."""

from __future__ import annotations

import gc
import json
from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pandas as pd
import pytest

from stats.model import Basis, Dimension, FarmId, Period, Question, Report, Scope, Spread, Window
from stats.zone import Zone
from ui import charts, made_once, tables
from ui.called import Called
from ui.charts import Look, Timeline
from ui.colours import Colours
from ui.made_once import Things

WINDOW = Window(datetime(2026, 11, 1, tzinfo=UTC), datetime(2026, 11, 4, tzinfo=UTC))
QUESTION = Question(
    FarmId("farm-1"),
    Scope(Dimension.QUEUE, ("queue-1",)),
    WINDOW,
    by=(Dimension.USER, Dimension.USAGE_TYPE),
    period=Period.DAILY,
)
NAMES = Called((("u1", "Ada"), ("u2", "Bo")))


def _report(*costs: float) -> Report:
    """A report of two people's work, on as many days as there are pairs of costs."""
    starts = [WINDOW.start + n * (WINDOW.end - WINDOW.start) / 3 for n in range(3)]
    rows = [
        {
            "period_start": pd.Timestamp(starts[n // 2]),
            "user_id": ("u1", "u2")[n % 2],
            "usage_type": "COMPUTE",
            "count": 1,
            **{f"cost_usd_{of}": cost for of in ("sum", "min", "max", "avg")},
            **{f"runtime_seconds_{of}": 60.0 for of in ("sum", "min", "max", "avg")},
        }
        for n, cost in enumerate(costs)
    ]
    return Report(
        question=QUESTION,
        table=pd.DataFrame(rows),
        total_cost_usd=Spread(sum(costs), min(costs), max(costs)),
        total_count=len(costs),
        total_by_usage_type={},
        unattributed_cost_usd=0.0,
        unattributed_count=0,
        as_of=WINDOW.end,
        preliminary_from=None,
        basis=Basis(1.0, "aws"),
        runs=(),
    )


@pytest.fixture
def things(monkeypatch):
    """The things of a process in which nothing was made yet."""
    found = Things()
    monkeypatch.setattr(made_once, "THINGS", found)
    return found


def _ranked(report: Report, names: Called = NAMES) -> pd.DataFrame:
    return tables.ranked(tables.Used.apart(report, Dimension.USER), Dimension.USER, names)


def _figures(report: Report, look: Look) -> list[str]:
    """The JSON of all figures of a report, keys sorted."""
    used = tables.Used.apart(report, Dimension.USER)
    timed = tables.over_time(used, Dimension.USER, NAMES)
    line = Timeline.of(WINDOW, Period.DAILY, Zone("UTC"))
    drawn = (
        charts.ranking(_ranked(report), "cost_usd", "user_id", look, label="label"),
        charts.over_time(timed, "cost_usd", "user_id", line, look, label="label"),
    )
    return [json.dumps(one.to_dict(), sort_keys=True) for one in drawn]


def test_whoever_looks_at_the_same_report_is_given_the_same_table(things):
    report = _report(1.0, 2.0)
    assert _ranked(report) is _ranked(report)


def test_an_equal_question_with_another_answer_is_another_table(things):
    first, second = _report(1.0, 2.0), _report(3.0, 5.0)
    assert first.question == second.question
    assert _ranked(first)["cost_usd"].tolist() == [2.0, 1.0]
    assert _ranked(second)["cost_usd"].tolist() == [5.0, 3.0]


def test_other_names_for_the_same_ids_are_another_table(things):
    report = _report(1.0, 2.0)
    renamed = Called((("u1", "Ada"), ("u2", "Bertha")))
    assert _ranked(report)["label"].tolist() == ["Bo", "Ada"]
    assert _ranked(report, renamed)["label"].tolist() == ["Bertha", "Ada"]


def test_one_and_true_are_not_the_same(things):
    @made_once.made_once
    def said(of: object) -> str:
        return repr(of)

    assert [said(1), said(True), said(1.0)] == ["1", "True", "1.0"]


def test_what_can_not_be_part_of_a_key_is_refused(things):
    @made_once.made_once
    def many(of: list[int]) -> int:
        return len(of)

    with pytest.raises(TypeError, match="list"):
        many([1])


def test_nothing_lasts_longer_than_its_report(things):
    report = _report(1.0, 2.0)
    _figures(report, Look(False, Colours()))
    assert things.bytes > 0
    del report
    gc.collect()
    for _ in range(5):  # a figure goes once the table has that it was made of
        things.tidy()
    left = [key for key in things.kept if any(isinstance(p, made_once.Itself) for p in key)]
    assert left == []


def test_there_is_no_more_than_there_is_room_for():
    things = Things(most_bytes=5_000)
    for n in range(50):
        things.given((n,), lambda n=n: f"thing {n}")
    assert things.bytes <= 5_000
    assert things.given((49,), lambda: "made anew") == "thing 49"
    assert things.given((0,), lambda: "made anew") == "made anew"


def test_what_there_is_no_room_for_is_made_all_the_same():
    things = Things(most_bytes=0)
    assert [things.given((), lambda n=n: n) for n in range(2)] == [0, 1]


def test_what_fails_is_tried_again():
    things = Things()
    with pytest.raises(ZeroDivisionError):
        things.given(("one",), lambda: 1 // 0)
    assert things.given(("one",), lambda: 1) == 1


LOOKS = tuple(
    product((False, True), ((), ("u2", "u1")), (frozenset(), frozenset({"u1"}), frozenset({"x"})))
)
"""Dark or light, whose colours were given in which order before, and what is chosen."""


def _look(dark: bool, before: tuple[str, ...], chosen: frozenset[str]) -> Look:
    colours = Colours()
    for key in before:  # one at a time takes the palette's places in that order
        colours.of("user_id", ["z", key], dark=dark)
    return Look(dark, colours, chosen)


def test_figures_are_the_same_whether_they_were_made_before_or_not(monkeypatch):
    reports = [_report(1.0, 2.0), _report(1.0, 2.0, 30.0, 4.0)]
    asked = list(product(reports, LOOKS))
    monkeypatch.setattr(made_once, "THINGS", Things(0))
    alone = [_figures(report, _look(*look)) for report, look in asked]
    monkeypatch.setattr(made_once, "THINGS", Things())
    for _ in range(2):
        assert [_figures(report, _look(*look)) for report, look in asked] == alone
    assert len({tuple(one) for one in alone}) >= 2 * 2 * 2 * 3 - 4


def test_a_report_that_was_given_counts_as_itself_however_equal(things):
    report = _report(1.0, 2.0)
    twin = replace(report)
    assert _ranked(report) is not _ranked(twin)


def test_an_object_stands_for_itself_alone_also_when_it_has_gone():
    report = _report(1.0, 2.0)
    other = replace(report)
    it, again, twin = (made_once.Itself(one) for one in (report, report, other))
    assert it == again
    assert hash(it) == hash(again)
    assert it != twin
    assert it.is_there
    del report
    gc.collect()
    assert not it.is_there
    assert it != again
