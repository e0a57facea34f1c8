"""Money that can't be placed is said to the cent, and what can't be told is asked for elsewhere."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from simulator.tiny import JOB_1, TINY_NOW, tiny_world
from stats import dayfile, rollup, tally
from stats.history import History
from stats.model import OTHERS, Dimension, FarmId, Filter, Period, Question, Scope, Window
from stats.plan import Cut, Plan, Witness
from stats.remark import Remark, RemarkKind
from tests.stats.asking import asking, question
from tests.stats.frames import cut

D = Dimension
DAY = date(2025, 10, 22)
WINDOW = Window(datetime(2025, 10, 1, tzinfo=UTC), datetime(2025, 12, 1, tzinfo=UTC))
USER_OF_JOB = Witness(D.JOB, D.USER)
TYPE_OF_INSTANCE = Witness(D.INSTANCE_TYPE, D.USAGE_TYPE)
BOTH = (D.USER, D.USAGE_TYPE)
TINY = tiny_world()
WEEK = (datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC))


def asked(*by: Dimension, most_jobs: int | None = None, **where: set[str]) -> Question:
    kept = tuple(Filter(D(word), frozenset(values)) for word, values in where.items())
    scope = Scope(D.QUEUE, ("q",))
    return Question(FarmId("farm"), scope, WINDOW, by=by, where=kept, most_jobs=most_jobs)


def not_placed(about: Question, *rows: tuple[str, str, float]) -> list[str]:
    """What is said of rows (job, machine, dollars) where only j1's user and c5's type are known."""
    return [one.text for one in said_of(about, *rows)]


def said_of(about: Question, *rows: tuple[str, str, float]) -> tuple[Remark, ...]:
    base = cut((D.JOB, D.INSTANCE_TYPE), [(DAY, job, kind, 1, usd) for job, kind, usd in rows])
    shown = {
        USER_OF_JOB: cut((D.JOB, D.USER), [(DAY, "j1", "ada")]),
        TYPE_OF_INSTANCE: cut((D.INSTANCE_TYPE, D.USAGE_TYPE), [(DAY, "c5", "COMPUTE")]),
    }
    plan = Plan(about, Cut((D.JOB, D.INSTANCE_TYPE)), tuple(shown))
    return rollup.answer(plan, base, shown).remarks


def test_each_witness_says_what_it_can_not_place() -> None:
    said = not_placed(asked(*BOTH), ("j1", "c5", 1.0), ("j2", "c5", 2.5), ("j1", "r5", 4.0))
    assert said == [
        "$2.50 belongs to 1 job whose user is not known.",
        "$4.00 belongs to 1 instance type whose usage type is not known.",
    ]


def test_keys_are_counted_once_and_their_money_added_up() -> None:
    (said,) = not_placed(asked(D.USER), ("j2", "c5", 2.0), ("j2", "c5", 0.5), ("j3", "c5", 1.0))
    assert said == "$3.50 belongs to 2 jobs whose user is not known."


def test_nothing_is_said_where_all_is_placed() -> None:
    assert not_placed(asked(*BOTH), ("j1", "c5", 1.0)) == []


def test_of_one_person_what_might_be_theirs_is_said_and_others_money_is_not() -> None:
    rows = ("j1", "c5", 1.0), ("j2", "c5", 2.0), ("j1", "r5", 4.0), ("j2", "r5", 8.0)
    assert not_placed(asked(D.USAGE_TYPE, user={"ada"}), *rows) == [
        "$10.00 belongs to 1 job whose user is not known.",
        "$4.00 belongs to 1 instance type whose usage type is not known.",
    ]


@pytest.mark.parametrize("user", ["ada", ""])
def test_what_is_in_no_row_since_it_is_filtered_by_is_told_from_what_has_a_row(user: str) -> None:
    rows = ("j1", "c5", 1.0), ("j2", "c5", 2.0), ("j1", "r5", 4.0)
    kinds = [one.kind for one in said_of(asked(D.USAGE_TYPE, user={user}), *rows)]
    assert kinds[0] is RemarkKind.MAY_MATCH
    assert set(kinds[1:]) <= {RemarkKind.NOT_PLACED}
    assert {one.kind for one in said_of(asked(*BOTH), *rows)} == {RemarkKind.NOT_PLACED}


@pytest.mark.parametrize(
    ("whole", "rows", "left"),
    [
        (1_000_000.0, 999_999.99, 0.01),
        (1.0, 0.999, 0.001),
        (0.0, 0.01, -0.01),
    ],
)
def test_a_cent_of_a_million_is_unattributed(whole: float, rows: float, left: float) -> None:
    cost, _ = rollup.less(*_total_and_answer(whole, rows))
    assert cost == pytest.approx(left, rel=1e-3)


@pytest.mark.parametrize("whole", [1e-7, 0.3, 1e6, 1e9])
def test_what_comes_of_rounding_is_not(whole: float) -> None:
    assert rollup.less(*_total_and_answer(whole, whole * (1 + 2**-51))) == (0.0, 0)


def _total_and_answer(whole: float, rows: float) -> tuple[object, rollup.Answer]:
    total = cut((D.USAGE_TYPE,), [(DAY, "COMPUTE", 1, whole)])
    return total, rollup.Answer(total, (), rows, 1)


def test_among_those_of_the_most_run_time_licence_hours_do_not_count() -> None:
    rows = (
        (DAY, "dear", "COMPUTE", 1, 9.0, 9.0, 9.0, 60.0),
        (DAY, "long", "COMPUTE", 1, 2.0, 2.0, 2.0, 7_200.0),
        (DAY, "licensed", "COMPUTE", 1, 1.0, 1.0, 1.0, 60.0),
        (DAY, "licensed", "LICENSE", 1, 1.0, 1.0, 1.0, 90_000.0),
        (DAY, "licences alone", "LICENSE", 1, 1.0, 1.0, 1.0, 90_000.0),
        (DAY + timedelta(days=1), "long", "COMPUTE", 1, 0.5, 0.5, 0.5, 60.0),
        (DAY + timedelta(days=1), "long", "LICENSE", 1, 0.5, 0.5, 0.5, 60.0),
        (DAY + timedelta(days=2), "long", "COMPUTE", 1, 0.5, 0.5, 0.5, 60.0),
    )
    about = replace(asked(D.JOB, D.USAGE_TYPE, most_jobs=1), period=Period.DAILY)
    by = (D.JOB, D.USAGE_TYPE)
    answer = rollup.answer(Plan(replace(about, most_jobs=None), Cut(by)), cut(by, rows), {})
    table, jobs = tally.largest([answer], about)
    assert jobs.many == 4
    assert {at.day: many for at, many in jobs.by_period.items()} == {22: 4, 23: 1, 24: 1}
    assert set(table["job_id"]) == {"dear", "long", OTHERS}


def test_a_search_over_jobs_that_history_has_no_names_of_asks_the_service(tmp_path: Path) -> None:
    now = TINY_NOW + timedelta(days=7)
    about = question(TINY, WEEK, "job", period="daily")
    whole = replace(about, scope=replace(about.scope, whole=True))
    searched = replace(whole, job_name_contains="comp")
    with asking(TINY, now, history=str(tmp_path)) as one:
        one.report(whole)
        one.report(searched)
        one.reporter.close()
        kept = one.another(history=str(tmp_path))
        before = len(one.starts())
        assert set(kept.ask(searched).table["job_id"]) == {JOB_1}
        assert len(one.starts()) == before
        kept.close()
        _take_its_name_from(kept.history, JOB_1)
        again = one.another(history=str(tmp_path))
        assert set(again.ask(searched).table["job_id"]) == {JOB_1}
        assert len(one.starts()) > before


def _take_its_name_from(history: History, job: str) -> None:
    for shelf in (shelf for shelf in history.shelves() if D.JOB in shelf.by):
        for day in list(history.listed(shelf)):
            origin = dayfile.described(shelf, history.listed(shelf)[day]).days[day]
            rows = history.read(shelf, day)
            names = rows["job_name"].where(rows["job_id"] != job, "")
            history.put(shelf, day, rows.assign(job_name=names), origin)


def test_jobs_whose_queue_is_not_known_are_sought_by_name_too() -> None:
    """Whether they are of the queue that is asked about is not known, and said."""
    by, queue = (D.JOB, D.INSTANCE_TYPE), Witness(D.JOB, D.QUEUE)
    rows = cut(by, [(DAY, job, "c5", 1, usd) for job, usd in (("j1", 1.0), ("j2", 2.5))])
    about = replace(asked(), job_name_contains="name of j")
    plan = Plan(about, Cut(by), (queue,), within=frozenset({"q"}))
    found = rollup.answer(plan, rows, {queue: cut((D.JOB, D.QUEUE), [(DAY, "j1", "q")])})
    assert found.table["cost_usd_sum"].tolist() == [1.0]
    assert [one.text for one in found.remarks] == [
        "$2.50 belongs to 1 job whose queue is not known."
    ]
