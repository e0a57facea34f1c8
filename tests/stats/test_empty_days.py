"""A settled day without usage needs an answer that says so, and a total that agrees."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from simulator.tiny import COMP, LIGHTING, tiny_world
from simulator.tiny import FARM as TINY
from stats import audit, belief, past
from stats.certainty import Certainty
from stats.clock import Clock
from stats.dayfile import Shelf
from stats.errors import Malformed
from stats.history import History
from stats.intake import Answered
from stats.keeper import Keeper
from stats.knowledge import Rule
from stats.model import Dimension, FarmId, Question, Scope, Window
from stats.zone import Zone
from tests.stats.asking import asking, wait_until
from tests.stats.frames import cut
from tests.stats.test_history import BY_JOB, FARM, LATER, ORIGIN, TOTAL, day, rows

D = Dimension
QUEUES = (COMP, LIGHTING)
HOURS = replace(TOTAL, hourly=True)
LICENCES = Shelf(FARM, D.QUEUE, (D.LICENSE_PRODUCT, D.USER))


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path, timedelta(hours=48), Clock(now=lambda: LATER))


def put(history: History, shelf: Shelf, number: int, *of: tuple[object, ...]) -> None:
    history.put(shelf, day(number), rows(shelf, *of, at=day(number)), ORIGIN)


def asked(*by: Dimension) -> Question:
    scope = Scope(D.QUEUE, ("queue-a",), whole=True)
    return Question(FarmId(FARM), scope, day(0), "America/Los_Angeles", by)


@pytest.mark.parametrize(
    ("by", "kinds"),
    [
        ((D.JOB, D.USER), {"COMPUTE", "LICENSE"}),
        ((D.USAGE_TYPE, D.USER), {"COMPUTE", "LICENSE"}),
        ((D.FLEET, D.INSTANCE_TYPE), {"COMPUTE"}),
        ((D.LICENSE_PRODUCT, D.QUEUE), {"LICENSE"}),
        ((D.INSTANCE_TYPE, D.LICENSE_PRODUCT), set()),
        ((D.FLEET, D.LICENSE_PRODUCT), set()),
    ],
)
def test_what_a_cut_must_show(by: tuple[Dimension, ...], kinds: set[str]) -> None:
    assert belief.must_show(by) == kinds


def test_an_empty_day_that_the_total_contradicts_is_absent_and_named(history: History) -> None:
    put(history, TOTAL, 0, ("COMPUTE", 4, 10.0))
    put(history, BY_JOB, 0)
    put(history, LICENCES, 0)  # which may be: there was no licence
    (amiss,) = audit.amiss(history, history.shelves())
    assert "job-user" in amiss.where
    assert "holds nothing" in amiss.what
    assert past.told(history, asked(D.JOB, D.USER), day(0)) is None
    assert past.told(history, asked(D.USER), day(0)) is None
    assert history.listed(BY_JOB).days == ()
    put(history, BY_JOB, 0, ("j1", "ada", 4, 10.0))
    assert past.told(history, asked(D.USER), day(0)) is not None


def test_an_empty_total_that_another_cut_contradicts_is_absent_and_named(history: History) -> None:
    jobs = Shelf(FARM, D.QUEUE, (D.JOB, D.QUEUE))
    put(history, TOTAL, 0)
    put(history, jobs, 0, ("j1", "queue-a", 4, 10.0))
    (first, *_) = audit.amiss(history, history.shelves())
    assert "usage_type" in first.where
    assert past.told(history, asked(D.JOB), day(0)) is None
    assert history.listed(TOTAL).days == ()


def test_an_empty_total_beside_a_cut_without_jobs_is_absent_too(history: History) -> None:
    fleets = Shelf(FARM, D.QUEUE, (D.FLEET, D.USAGE_TYPE))
    put(history, TOTAL, 0)
    put(history, fleets, 0, ("f1", "COMPUTE", 4, 10.0))
    assert past.told(history, asked(D.FLEET), day(0)) is None
    assert history.listed(TOTAL).days == ()


@pytest.mark.parametrize("used", [("COMPUTE", 4, 0.0), ("LICENSE", 0, 2.0)])
def test_usage_that_costs_nothing_or_has_no_records_is_usage_too(
    history: History, used: tuple[str, int, float]
) -> None:
    put(history, TOTAL, 0, used)
    put(history, TOTAL, 1, ("SNAPSHOT", 4, 10.0))  # which has no job
    for shelf in (BY_JOB, HOURS):
        assert belief.against(history, shelf, [day(0), day(1), day(2)]) == [day(0)]


def test_days_that_hold_rows_or_on_which_no_job_ran_are_contradicted_by_nothing(
    history: History,
) -> None:
    jobs = Shelf(FARM, D.QUEUE, (D.JOB, D.QUEUE))
    for number, of in enumerate([(("COMPUTE", 4, 10.0),), ()]):
        put(history, TOTAL, number, *of)
        put(history, jobs, number, *(("j1", "queue-a", 4, 10.0) for _ in of))
    for shelf in (TOTAL, jobs):
        assert belief.contradicted(history, history.listed(shelf)) == []


def test_of_cuts_asked_for_together_a_total_is_empty_only_where_all_are() -> None:
    full = rows(BY_JOB, ("j1", "ada", 4, 10.0), at=day(0))
    total = rows(TOTAL, ("COMPUTE", 4, 10.0), at=day(0))
    nothing, no_total = full.iloc[:0], total.iloc[:0]

    def left(total: pd.DataFrame, cut: pd.DataFrame) -> list[Shelf]:
        return [shelf for shelf, _ in belief.agreeing({TOTAL: total, BY_JOB: cut})]

    assert left(total, full) == left(no_total, nothing) == left(total, nothing) == [TOTAL, BY_JOB]
    assert left(no_total, full) == [BY_JOB]
    of_nothing = rows(TOTAL, ("COMPUTE", 0, 0.0), at=day(0)).assign(runtime_seconds_sum=0.0)
    assert left(of_nothing, full) == [BY_JOB]
    hours = {TOTAL: total, HOURS: rows(HOURS, at=day(0))}
    assert [shelf for shelf, _ in belief.agreeing(hours)] == [TOTAL, HOURS]


def test_a_day_on_which_nothing_ran_is_believed(history: History) -> None:
    for shelf in (TOTAL, BY_JOB):
        put(history, shelf, 0)
    told = past.told(history, asked(D.USER), day(0))
    assert told is not None
    assert told.days == (day(0),)
    assert list(audit.amiss(history, history.shelves())) == []


NOTHING = (0, *[0.0] * 6)


@pytest.mark.parametrize("of", [(), ("job-1", "ada", *NOTHING)], ids=["no row", "rows of nothing"])
def test_a_cut_that_comes_back_without_what_it_must_show_is_not_written(
    tmp_path: Path, of: tuple[object, ...]
) -> None:
    first = datetime(2026, 3, 2, tzinfo=UTC)
    window = Window(first, first + timedelta(days=4))  # on the last of which nothing ran
    total, jobs = (Shelf(TINY, D.QUEUE, by) for by in ((D.USAGE_TYPE,), (D.JOB, D.USER)))
    with asking(tiny_world(), history=str(tmp_path)) as asker:
        report = asker.report(
            Question(FarmId(TINY), Scope(D.QUEUE, QUEUES, whole=True), window, by=total.by)
        )
        assert report.total_cost_usd.sum == 13.0
        history = asker.reporter.history
        certainty = Certainty(history, Rule(None), timedelta(hours=48))
        keeper = Keeper(certainty, asker.reporter.names, "aws")
        wait_until(lambda: len(history.listed(total)) == 4)
        days = [first.replace(tzinfo=None) + timedelta(days=n) for n in range(4)]
        nothing = cut(jobs.by, [(at, *of) for at in days if of])
        answered = Answered(jobs, [window], QUEUES, nothing, Zone("UTC"), asker.clock.now)
        taken = keeper.write(answered)
        assert (taken.written, len(taken.empty), taken.more) == (1, 3, ())
        assert [day.start for day in history.listed(jobs)] == [first + timedelta(days=3)]


def test_what_is_refused_is_said_in_a_sentence() -> None:
    error = belief.refused(BY_JOB, [day(0)])
    assert isinstance(error, Malformed)
    assert "By job and user the service reports nothing for 1 day(s)" in str(error)
