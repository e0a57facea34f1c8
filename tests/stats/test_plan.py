"""Which cuts answer a question, and which runs make a cut."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.errors import QuestionError, Unanswerable
from stats.model import Dimension, FarmId, Filter, Period, Question, Scope, Window
from stats.plan import (
    MOST_IDS,
    YARDSTICK,
    Cut,
    Plan,
    Run,
    Witness,
    listed,
    narrowed,
    needed,
    plans,
    price,
    runs,
    turned,
    yardstick_when_turned,
)
from stats.smaller import halves, slices
from stats.zone import Zone

D = Dimension
FARM = FarmId("farm-" + "0" * 32)
WINDOW = Window(datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC))


def question(*by: Dimension, where: tuple[Filter, ...] = (), ids: int = 2, **more) -> Question:
    scope = Scope(more.pop("scope", D.QUEUE), tuple(f"id-{n:02d}" for n in range(ids)))
    return Question(FARM, scope, more.pop("window", WINDOW), by=by, where=where, **more)


def test_one_or_two_dimensions_are_one_cut() -> None:
    for by in [*combinations(D, 1), *combinations(D, 2)]:
        plan = plans(question(*by))[0]
        assert set(plan.base.by) == set(by)
        assert plan.witnesses == ()
        assert plan.each is None


@pytest.mark.parametrize("scope", [D.QUEUE, D.FLEET])
@pytest.mark.parametrize("period", [Period.TOTAL, Period.HOURLY])
def test_a_whole_farm_is_asked_by_queue_with_what_its_days_are_judged_by(
    scope: Dimension, period: Period
) -> None:
    some = question(scope, scope=scope, period=period)
    every = replace(some, scope=replace(some.scope, whole=True))
    hourly = period is Period.HOURLY
    assert plans(every)[0].base == Cut((scope, D.USAGE_TYPE), hourly)
    assert plans(replace(every, by=()))[0].base == Cut(YARDSTICK.by, hourly)
    assert plans(some)[0].base == Cut((scope,), hourly)


def test_user_job_and_instance_type_is_a_job_cut_with_a_witness_for_the_user() -> None:
    plan = plans(question(D.USER, D.JOB, D.INSTANCE_TYPE))[0]
    assert set(plan.base.by) == {D.JOB, D.INSTANCE_TYPE}
    assert [(w.key, w.value) for w in plan.witnesses] == [(D.JOB, D.USER)]


def test_a_run_per_queue_stands_in_for_a_third_dimension() -> None:
    plan = plans(question(D.QUEUE, D.FLEET, D.INSTANCE_TYPE))[0]
    assert plan.each is D.QUEUE
    assert set(plan.base.by) == {D.FLEET, D.INSTANCE_TYPE}


def test_what_no_cuts_tell_apart_is_declined_with_advice() -> None:
    with pytest.raises(Unanswerable, match="Choose fleets instead of queues"):
        plans(question(D.USER, D.FLEET, D.INSTANCE_TYPE))


def test_no_plan_has_a_cut_of_more_than_two_dimensions() -> None:
    for by in [*combinations(D, 3), *combinations(D, 4)]:
        try:
            found = plans(question(*by))
        except Unanswerable:
            continue
        for plan in found:
            assert all(
                1 <= len(cut.by) <= 2 for cut in [plan.base, *(w.cut for w in plan.witnesses)]
            )
            told = {*plan.base.by, *(w.value for w in plan.witnesses), plan.each}
            assert set(by) <= told


def test_a_filter_on_the_scopes_own_dimension_narrows_the_ids_and_needs_no_cut() -> None:
    asked = question(D.USER, where=(Filter(D.QUEUE, frozenset({"id-01"})),))
    assert narrowed(asked) == ("id-01",)
    assert plans(asked)[0].base.by == (D.USER,)


def test_queues_filtered_by_fleets_are_asked_of_the_fleets_where_that_tells_more() -> None:
    fleet = "fleet-" + "a" * 32
    asked = question(D.USER, D.USAGE_TYPE, where=(Filter(D.FLEET, frozenset({fleet})),))
    plan = plans(asked)[0]
    assert plan.asks == turned(asked)
    assert plan.asks.scope == Scope(D.FLEET, (fleet,))
    assert plan.asks.where == (Filter(D.QUEUE, frozenset({"id-00", "id-01"})),)
    assert set(plan.base.by) == {D.JOB, D.USAGE_TYPE}
    assert {w.value for w in plan.witnesses} == {D.QUEUE, D.USER}


@pytest.mark.parametrize("kept", [{""}, {"", "fleet-" + "a" * 32}, {"no id"}, set()])
def test_usage_without_a_fleet_and_ids_that_are_none_can_only_be_asked_of_queues(
    kept: set[str],
) -> None:
    asked = question(D.USER, where=(Filter(D.FLEET, frozenset(kept)),))
    assert turned(asked) is None
    assert plans(asked)[0].asks == asked


def test_a_usage_type_without_instance_types_tells_that_there_is_none() -> None:
    def base(*types: str) -> set[D]:
        asked = question(D.USER, D.INSTANCE_TYPE, where=(Filter(D.USAGE_TYPE, frozenset(types)),))
        return set(plans(asked)[0].base.by)

    assert base("LICENSE") == {D.USER, D.USAGE_TYPE}
    assert base("COMPUTE", "LICENSE") == {D.USER, D.INSTANCE_TYPE}


def test_a_hourly_question_gets_hourly_cuts() -> None:
    assert plans(question(D.USER, period=Period.HOURLY))[0].base.hourly
    assert not plans(question(D.USER, period=Period.WEEKLY))[0].base.hourly


def test_thirteen_queues_are_two_runs_of_at_most_ten() -> None:
    ids = tuple(f"queue-{n:02d}" for n in range(13))
    made = runs(Cut((D.USER,)), FARM, D.QUEUE, ids, WINDOW, Zone("UTC"))
    assert [len(run.ids) for run in made] == [MOST_IDS, 3]
    assert tuple(i for run in made for i in run.ids) == ids


@given(
    hours=st.integers(1, 24 * 60),
    ids=st.integers(1, 10),
    offset=st.integers(-11, 13),
    hourly=st.booleans(),
)
def test_halves_are_the_run_again_and_end_at_the_floor(
    hours: int, ids: int, offset: int, hourly: bool
) -> None:
    start = datetime(2026, 10, 1, 5, tzinfo=UTC)
    window = Window(start, start + timedelta(hours=hours))
    whole = Run(FARM, D.QUEUE, tuple(map(str, range(ids))), window, offset, Cut((D.USER,), hourly))
    todo, floor = [whole], []
    while todo:
        run = todo.pop()
        parts = halves(run)
        todo += parts
        floor += [] if parts else [run]
    covered = sorted((i, r.window.start, r.window.end) for r in floor for i in r.ids)
    assert sum((e - s for _, s, e in covered), timedelta()) == ids * timedelta(hours=hours)
    longest = timedelta(hours=1) if hourly else timedelta(days=1)
    assert all(len(r.ids) == 1 and r.window.end - r.window.start <= longest for r in floor)
    midnights = {(r.window.start + timedelta(hours=offset)).hour for r in floor}
    assert hourly or midnights <= {0, (start + timedelta(hours=offset)).hour}


@given(
    hours=st.integers(1, 24 * 60),
    most=st.integers(1, 40),
    offset=st.integers(-11, 13),
    begins=st.integers(0, 23),
)
def test_slices_are_the_run_again_cut_between_days(
    hours: int, most: int, offset: int, begins: int
) -> None:
    start = datetime(2026, 10, 1, begins, tzinfo=UTC)
    window = Window(start, start + timedelta(hours=hours))
    whole = Run(FARM, D.QUEUE, ("a", "b"), window, offset, Cut((D.USER,)))
    parts = slices(whole, most)
    assert 1 <= len(parts) <= most
    assert [p.window.start for p in parts] == [start, *(p.window.end for p in parts[:-1])]
    assert parts[-1].window.end == window.end
    assert all((p.window.start + timedelta(hours=offset)).hour == 0 for p in parts[1:])
    assert {replace(p, window=window) for p in parts} == {whole}
    if most * 24 * 3 < hours:
        lengths = [p.window.end - p.window.start for p in parts]
        assert max(lengths) - min(lengths) <= timedelta(days=2)


def test_a_window_must_end_after_it_begins_and_lie_on_whole_hours() -> None:
    with pytest.raises(QuestionError, match="end is exclusive"):
        Window(WINDOW.end, WINDOW.start)
    with pytest.raises(QuestionError, match="whole hour"):
        Window(WINDOW.start + timedelta(minutes=30), WINDOW.end)
    with pytest.raises(ValueError, match="time zone"):
        Window(WINDOW.start.replace(tzinfo=None), WINDOW.end)


def test_filters_on_one_dimension_become_one_that_keeps_either() -> None:
    both = (Filter(D.USER, frozenset({"a"})), Filter(D.USER, frozenset({"b"})))
    assert question(where=both).values(D.USER) == {"a", "b"}


@pytest.mark.parametrize(("queues", "a_run_each"), [(2, True), (40, False)])
def test_a_run_a_queue_comes_first_only_while_the_queues_are_few(
    queues: int, a_run_each: bool
) -> None:
    """Forty runs cost more than the three cuts by job, which take four runs each."""
    first, *rest = plans(question(D.QUEUE, D.USER, D.INSTANCE_TYPE, ids=queues))
    assert (first.each is D.QUEUE) is a_run_each
    assert any((plan.each is D.QUEUE) is not a_run_each for plan in rest)


@pytest.mark.parametrize(
    ("ids", "base", "witnesses", "each", "rows"),
    [
        (10, (D.USER,), (), None, 15 + 30),
        (11, (D.USER,), (), None, 15 + 2 * 30),
        (2, (D.USER, D.INSTANCE_TYPE), (), D.QUEUE, 15 * 6 + 2 * 30),
        (13, (D.USER, D.INSTANCE_TYPE), (), D.QUEUE, 15 * 6 + 13 * 30),
        (13, (D.JOB, D.FLEET), (D.USER, D.QUEUE), None, 3 * (2 * 100 + 2 * 30)),
    ],
)
def test_a_plan_costs_its_rows_a_day_and_its_runs(
    ids: int, base: tuple[D, ...], witnesses: tuple[D, ...], each: D | None, rows: int
) -> None:
    shown = tuple(Witness(D.JOB, value) for value in witnesses)
    assert price(Plan(question(ids=ids), Cut(base), shown, each)) == rows


@pytest.mark.parametrize("ids", [2, 40])
@pytest.mark.parametrize("by", [*combinations(D, 3)], ids="-".join)
def test_plans_come_the_cheapest_first(by: tuple[D, ...], ids: int) -> None:
    try:
        found = plans(question(*by, ids=ids))
    except Unanswerable:
        return
    prices = [price(plan) for plan in found]
    assert prices == sorted(prices)


def test_a_question_by_nothing_is_its_total() -> None:
    (first, *_) = plans(question())
    assert (first.base, first.witnesses, first.each) == (YARDSTICK, (), None)
    (first, *_) = plans(question(period=Period.HOURLY))
    assert first.base == Cut(YARDSTICK.by, hourly=True)


def test_rows_tell_apart_what_is_broken_down_filtered_and_searched() -> None:
    where = tuple(Filter(d, frozenset({"x"})) for d in (D.QUEUE, D.USER))
    assert needed(question(D.FLEET, where=where)) == {D.FLEET, D.USER}
    assert needed(question(D.FLEET, job_name_contains="comp")) == {D.FLEET, D.JOB}
    assert needed(question(D.QUEUE, where=where)) == {D.QUEUE, D.USER}


def test_a_run_a_queue_is_for_three_dimensions_of_which_the_queue_is_one() -> None:
    both = plans(question(D.QUEUE, D.INSTANCE_TYPE))
    assert {plan.each for plan in both} == {None}
    by_fleets = plans(question(D.QUEUE, D.FLEET, D.INSTANCE_TYPE, scope=D.FLEET))
    assert {plan.each for plan in by_fleets} == {D.FLEET}
    assert {plan.each for plan in plans(question(D.USER, D.JOB, D.INSTANCE_TYPE))} == {None}


def test_a_turned_question_keeps_its_other_filters_and_the_queues_that_were_left() -> None:
    fleets = frozenset({"fleet-" + "a" * 32, "no id"})
    where = (
        Filter(D.USER, frozenset({"ada"})),
        Filter(D.QUEUE, frozenset({"id-01", "of another scope"})),
        Filter(D.FLEET, fleets),
    )
    found = turned(question(D.USAGE_TYPE, where=where))
    assert found is not None
    assert found.scope == Scope(D.FLEET, ("fleet-" + "a" * 32,))
    assert set(found.where) == {where[0], Filter(D.QUEUE, frozenset({"id-01"}))}
    queue = "queue-" + "b" * 32
    back = turned(question(scope=D.FLEET, where=(Filter(D.QUEUE, frozenset({queue})),)))
    assert back is not None
    assert back.scope == Scope(D.QUEUE, (queue,))
    assert back.where == (Filter(D.FLEET, frozenset({"id-00", "id-01"})),)
    assert set(yardstick_when_turned(question(scope=D.FLEET)).by) == {D.FLEET, D.USAGE_TYPE}


def test_what_can_not_be_told_is_declined_in_words_of_the_question() -> None:
    assert listed(frozenset({D.USER, D.FLEET, D.JOB})) == "fleet, job and user"
    with pytest.raises(Unanswerable, match="Choose queues instead of fleets"):
        plans(question(D.USER, D.QUEUE, D.INSTANCE_TYPE, D.LICENSE_PRODUCT, scope=D.FLEET))
    with pytest.raises(Unanswerable, match="Leave one of them out of the breakdown or the filters"):
        plans(question(D.USER, D.INSTANCE_TYPE, D.LICENSE_PRODUCT))


def _over(hours: int, ids: int = 1, *, hourly: bool = False, offset: int = 0) -> Run:
    start = datetime(2026, 10, 1, tzinfo=UTC)
    window = Window(start, start + timedelta(hours=hours))
    return Run(FARM, D.QUEUE, tuple("abcdefghij"[:ids]), window, offset, Cut((D.USER,), hourly))


@pytest.mark.parametrize(
    ("hours", "hourly", "offset", "first"),
    [
        (240, False, 0, 120),
        (72, False, 0, 24),
        (30, False, 0, 24),
        (240, False, -7, 103),
        (240, False, 9, 111),
        (10, True, 0, 5),
        (7, True, -7, 3),
        (2, True, 0, 1),
    ],
)
def test_a_run_is_halved_between_the_days_next_to_its_middle(
    hours: int, hourly: bool, offset: int, first: int
) -> None:
    run = _over(hours, 3, hourly=hourly, offset=offset)
    before, after = halves(run)
    assert before.window.end - before.window.start == timedelta(hours=first)
    assert after.window.end - after.window.start == timedelta(hours=hours - first)
    assert before.ids == after.ids == run.ids


@pytest.mark.parametrize(("ids", "parts"), [(5, ("ab", "cde")), (2, ("a", "b")), (1, ())])
def test_a_day_of_several_queues_is_halved_by_queues(ids: int, parts: tuple[str, ...]) -> None:
    assert tuple("".join(part.ids) for part in halves(_over(24, ids))) == parts


@pytest.mark.parametrize(
    ("days", "most", "lengths"),
    [(30, 3, (10, 10, 10)), (8, 3, (3, 2, 3)), (2, 5, (1, 1)), (5, 1, (5,))],
)
def test_slices_are_of_about_the_same_length(
    days: int, most: int, lengths: tuple[int, ...]
) -> None:
    parts = slices(_over(24 * days), most)
    found = tuple((part.window.end - part.window.start) // timedelta(days=1) for part in parts)
    assert found == lengths


def test_a_licence_product_tells_its_usage_type_and_what_is_no_licence_has_none() -> None:
    plan = plans(question(D.USER, D.LICENSE_PRODUCT, D.USAGE_TYPE))[0]
    assert set(plan.base.by) == {D.USER, D.LICENSE_PRODUCT}
    assert plan.witnesses == (Witness(D.LICENSE_PRODUCT, D.USAGE_TYPE),)
    assert plan.witnesses[0].cut == Cut((D.LICENSE_PRODUCT, D.USAGE_TYPE), hourly=False)
    compute = (Filter(D.USAGE_TYPE, frozenset({"COMPUTE"})),)
    plan = plans(question(D.USER, D.LICENSE_PRODUCT, where=compute))[0]
    assert plan.witnesses == (Witness(D.USAGE_TYPE, D.LICENSE_PRODUCT),)
    licences = (Filter(D.USAGE_TYPE, frozenset({"LICENSE"})),)
    plan = plans(question(D.USER, D.LICENSE_PRODUCT, where=licences))[0]
    assert set(plan.base.by) == {D.USER, D.LICENSE_PRODUCT}
