"""A settled day that is asked for again: what came later is taken in, what was kept is not lost."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from stats import unheld
from stats.amendment import Amended, Meeting, amended, replaced
from stats.dayfile import Shelf
from stats.mending import Mending, lacking, mended_total
from stats.model import Dimension
from stats.unheld import Beside
from stats.verdict import judged
from tests.stats.days_twice import (
    FARM,
    NOW,
    THEN,
    Record,
    Twice,
    added_up,
    cut,
    differences,
    effective,
    read,
    shelves,
    twice,
)

QUEUE, FLEET = Dimension.QUEUE, Dimension.FLEET
TYPE, JOB = Dimension.USAGE_TYPE, Dimension.JOB


def meeting(
    resource: Dimension, both: Twice, accepted: Iterable[str] = (), *, some: Iterable[Shelf] = ()
) -> Meeting:
    """The day's cuts of then and of now."""
    every = tuple(some) or shelves(resource)
    stored = {shelf: cut(shelf, both.then, THEN) for shelf in every}
    fresh = {shelf: cut(shelf, both.now, NOW) for shelf in every}
    by_id = Shelf(FARM, resource, (resource, TYPE))
    judgement = judged(resource, stored[by_id], fresh[by_id])
    return Meeting(resource, stored, fresh, judgement.accepting(accepted))


def held(rows: pd.DataFrame) -> tuple[float, int]:
    return math.fsum(rows["cost_usd_sum"]), int(rows["count"].sum())


def is_sure(resource: Dimension, shelf: Shelf) -> bool:
    """Whether the day can be told exactly by this, whatever has become of it."""
    return shelf.by == (TYPE,) or set(shelf.by) == {resource, TYPE}


@pytest.mark.parametrize("resource", [QUEUE, FLEET])
@given(both=twice())
@settings(max_examples=12)
def test_complete_is_what_records_add_up_to_and_no_cut_holds_less_than_it_did_nor_more_than_all(
    resource, both: Twice
) -> None:
    day = meeting(resource, both)
    found = amended(day)
    right = effective(resource, both)
    cost, count = held(found[day.total].rows)
    for shelf, one in found.items():
        before, now = held(day.stored[shelf]), held(one.rows)
        assert before[0] - 1e-6 <= now[0] <= cost + 1e-6, shelf
        assert before[1] <= now[1] <= count, shelf
        if one.complete:
            assert differences(read(shelf, one.rows), added_up(shelf, right)) == [], shelf
        else:
            assert not is_sure(resource, shelf)


@given(both=twice())
@settings(max_examples=5)
def test_cuts_by_the_hour_are_put_together_beside_those_by_the_day(both: Twice) -> None:
    every = [*shelves(QUEUE), *shelves(QUEUE, hourly=True)]
    right = effective(QUEUE, both)
    for shelf, one in amended(meeting(QUEUE, both, some=every)).items():
        if one.complete:
            assert differences(read(shelf, one.rows), added_up(shelf, right)) == [], shelf


@pytest.mark.parametrize("resource", [QUEUE, FLEET])
@given(both=twice(), done=st.integers(0, 21))
@settings(max_examples=12)
def test_what_was_broken_off_anywhere_is_found_and_goes_on(
    resource, both: Twice, done: int
) -> None:
    goes_on(resource, both, done)


@pytest.mark.parametrize("done", range(22))
def test_usage_without_a_job_of_a_queue_that_tells_less_too_is_added_up_once(done: int) -> None:
    """What is of that queue alone can't be told apart in its jobs, so that stays to be found."""
    same = Record("queue-0", "fleet-0", "job-0", "user-0", "COMPUTE", "c1", "", 0, 2.71, 410.0)
    was = Record("queue-0", "fleet-0", "", "", "SNAPSHOT", "", "", 0, 3.77, 3.0)
    less = Record("queue-2", "fleet-0", "job-2", "user-0", "LICENSE", "", "nuke", 16, 5.2, 2400.0)
    comes = Record("queue-2", "fleet-1", "", "", "SNAPSHOT", "", "", 3, 0.0, 12.0)
    goes_on(QUEUE, Twice((same, was, less), (same, comes)), done)


@lru_cache(1)
def put_together(resource: Dimension, both: Twice) -> tuple[Meeting, dict[Shelf, Amended]]:
    day = meeting(resource, both)
    return day, amended(day)


def goes_on(resource, both: Twice, done: int) -> None:
    """Somebody was broken off when so many cuts were written, and somebody else goes on."""
    day, first = put_together(resource, both)
    written = dict(list(first.items())[:done])
    stored = dict(day.stored) | {shelf: one.rows for shelf, one in written.items()}
    again = judged(resource, stored[day.judged_by], day.fresh[day.judged_by])
    assert again.has_news == (day.judgement.has_news and day.judged_by not in written)
    right = effective(resource, both)
    unplaced = {shelf for shelf, one in written.items() if not one.complete}
    cut = written.get(day.judged_by)
    said = unheld.said(first[day.total].rows, cut.rows) if cut else None
    rest = Meeting(resource, stored, day.fresh, again, unplaced, Beside(said))
    for shelf, one in amended(rest).items():
        if one.complete:
            assert differences(read(shelf, one.rows), added_up(shelf, right)) == [], shelf
        before, now = held(stored[shelf]), held(one.rows)
        assert (now[0] >= before[0] - 1e-6, now[1] >= before[1]) == (True, True), shelf


def _snapshot(queue: int) -> Record:
    return Record(f"queue-{queue}", "fleet-0", "", "", "SNAPSHOT", "", "", 0, 0.0, 1.0)


_LICENCE = Record("queue-0", "fleet-0", "job-0", "user-0", "LICENSE", "", "nuke", 0, 0.0, 1.0)


@given(both=twice())
@example(Twice((_snapshot(2), _LICENCE), (_snapshot(2), _snapshot(2), _snapshot(1))))
@settings(max_examples=12)
def test_by_queues_all_that_a_job_determines_is_complete(both: Twice) -> None:
    """Where no queue has both more and less to tell of its usage types, and each job is known."""
    day = meeting(QUEUE, both)
    queues = {key[0] for key in day.judgement.cells}
    if any(day.judgement.side(queue) == "split" for queue in queues):
        return
    nameless = [o for o in (*both.then, *both.now) if not o.job]
    sides = [
        (day.judgement.side(o.queue), day.judgement.side(o.queue, o.usage_type)) for o in nameless
    ]
    if len(set(sides)) > 1:
        return
    for shelf, one in amended(day).items():
        if not shelf.hourly and {QUEUE, JOB, Dimension.USER} & set(shelf.by):
            jobless_users = len({o.user for o in nameless}) > 1
            assert one.complete or jobless_users, shelf


def record(queue: int, job: int, cost: float, fleet: int = 0) -> Record:
    whose = (f"queue-{queue}", f"fleet-{fleet}", f"job-{job}", f"user-{job % 2}")
    return Record(*whose, "COMPUTE", "c1", "", 3, cost, 60.0)


def test_a_queue_that_was_deleted_stays_and_late_usage_of_another_is_taken_in() -> None:
    then = (record(0, 0, 90.91), record(1, 1, 542.49))
    day = meeting(QUEUE, Twice(then, (then[1], record(1, 4, 777.0))))
    found = amended(day)
    assert held(found[day.total].rows) == (pytest.approx(1_410.40), 3)
    by_user = found[Shelf(FARM, QUEUE, (TYPE, Dimension.USER))]
    assert by_user.complete
    assert dict(zip(by_user.rows["user_id"], by_user.rows["cost_usd_sum"], strict=True)) == {
        "user-0": pytest.approx(867.91),
        "user-1": pytest.approx(542.49),
    }
    by_fleet = found[Shelf(FARM, QUEUE, (FLEET, TYPE))]
    assert (held(by_fleet.rows)[0], by_fleet.complete) == (pytest.approx(633.40), False)


def test_what_lacked_something_once_is_not_called_complete_with_the_next_late_usage() -> None:
    then, late = (record(0, 0, 5.0), record(1, 1, 7.0)), record(1, 1, 2.0)
    fleets, of_jobs = (Shelf(FARM, QUEUE, by) for by in ((FLEET, TYPE), (JOB, QUEUE)))
    first = amended(meeting(QUEUE, Twice(then, (then[1], late))))
    assert not first[fleets].complete
    stored = {shelf: one.rows for shelf, one in first.items()}
    unplaced = {fleets, of_jobs}
    again = meeting(QUEUE, Twice((*then, late), (then[1], late, record(1, 1, 4.0))))
    part = amended(Meeting(QUEUE, stored, again.fresh, again.judgement, unplaced))
    assert [part[shelf].complete for shelf in (fleets, of_jobs)] == [False, False]
    again = meeting(QUEUE, Twice((*then, late), (*then, late, record(0, 0, 1.0))))
    whole = amended(Meeting(QUEUE, stored, again.fresh, again.judgement, unplaced))
    assert (held(whole[fleets].rows), whole[fleets].complete) == ((15.0, 4), True)


def test_kept_rows_stay_as_they_were_and_names_learnt_fill_empty_ones() -> None:
    then = (record(0, 1, 5.0), record(1, 4, 7.0))
    day = meeting(QUEUE, Twice(then, (then[1], record(1, 4, 1.0))))
    shelf = Shelf(FARM, QUEUE, (JOB, QUEUE))
    day.stored[shelf]["cost_scale_factor"] = 0.9
    day.fresh[shelf]["job_name"] = ""
    rows = amended(day)[shelf].rows.set_index("job_id")
    assert list(rows.loc["job-1", ["fetched_at", "cost_scale_factor"]]) == [THEN, 0.9]
    assert list(rows.loc["job-4", ["fetched_at", "cost_scale_factor"]]) == [NOW, 1.0]
    assert rows.loc["job-4", "job_name"] == "job-4 called"


def test_jobs_that_the_service_has_forgotten_are_not_lost_with_late_usage() -> None:
    """It tells the money still, and no more whose it was."""
    then = (record(0, 1, 5.0), record(0, 4, 7.0))
    forgotten = tuple(replace(one, job="", user="") for one in then)
    day = meeting(QUEUE, Twice(then, (*forgotten, record(0, 4, 1.0))))
    found = amended(day)
    by_job = found[Shelf(FARM, QUEUE, (JOB, QUEUE))]
    assert (
        differences(
            read(Shelf(FARM, QUEUE, (JOB, QUEUE)), by_job.rows),
            added_up(Shelf(FARM, QUEUE, (JOB, QUEUE)), then),
        )
        == []
    )
    assert not by_job.complete
    assert held(found[day.total].rows) == (13.0, 3)


def test_where_less_of_a_queue_was_accepted_jobs_of_a_deleted_one_stay_in_each_breakdown() -> None:
    """Queue 0 has lost a job, which was agreed to; queue 2 was deleted, which was not."""
    lost, deleted = record(0, 3, 3.0), record(2, 2, 9.0)
    left = (record(0, 0, 5.0), record(1, 1, 7.0))
    found = amended(meeting(QUEUE, Twice((*left, lost, deleted), left), ["queue-0"]))
    assert held(found[Shelf(FARM, QUEUE, (TYPE,))].rows) == (21.0, 3)
    by_job = found[Shelf(FARM, QUEUE, (JOB, TYPE))]
    assert by_job.complete
    assert dict(zip(by_job.rows["job_id"], by_job.rows["cost_usd_sum"], strict=True)) == {
        "job-0": 5.0,
        "job-1": 7.0,
        "job-2": 9.0,
    }


def test_what_the_total_held_beyond_its_ids_stays_in_it() -> None:
    """As of a queue that was deleted before the cut by queue was asked for."""
    then = (record(0, 0, 5.0), record(1, 1, 7.0))
    day = meeting(QUEUE, Twice(then, (then[1], record(1, 1, 2.0))))
    by_id = day.judged_by
    stored = dict(day.stored) | {by_id: cut(by_id, then[1:], THEN)}
    later = judged(QUEUE, stored[by_id], day.fresh[by_id])
    found = amended(Meeting(QUEUE, stored, day.fresh, later))
    assert held(found[day.total].rows) == (14.0, 3)
    assert held(found[Shelf(FARM, QUEUE, (FLEET, TYPE))].rows) == (12.0, 2)
    by_job = found[Shelf(FARM, QUEUE, (JOB, TYPE))]
    assert held(by_job.rows) == (14.0, 3)


def test_a_cut_that_another_does_not_give_as_it_was_kept_is_not_made_of_that() -> None:
    """Jobs were asked for later than users, when the service had forgotten one."""
    then = (record(0, 0, 5.0), record(0, 3, 3.0), record(1, 1, 7.0))
    day = meeting(QUEUE, Twice(then, (then[2], record(1, 1, 2.0))))
    jobs, users = (Shelf(FARM, QUEUE, (one, TYPE)) for one in (JOB, Dimension.USER))
    stored = dict(day.stored) | {jobs: cut(jobs, (then[0], then[2]), THEN)}
    found = amended(Meeting(QUEUE, stored, day.fresh, day.judgement))
    assert held(found[jobs].rows) == (14.0, 3)
    assert (held(found[users].rows), found[users].complete) == ((15.0, 3), False)


def _only(found: dict[Shelf, Amended], *by: Dimension) -> Amended:
    return next(one for shelf, one in found.items() if set(shelf.by) == set(by))


@pytest.mark.parametrize("resource", [QUEUE, FLEET])
def test_a_day_of_which_some_cuts_only_were_kept_is_put_together_too(resource) -> None:
    then = (record(0, 0, 5.0), record(1, 1, 7.0, fleet=1))
    now = (then[1], record(1, 1, 2.0, fleet=1))
    some = [Shelf(FARM, resource, by) for by in ((TYPE,), (resource, TYPE), (TYPE, Dimension.USER))]
    found = amended(meeting(resource, Twice(then, now), some=some))
    assert held(_only(found, TYPE).rows) == (14.0, 3)
    by_user = _only(found, TYPE, Dimension.USER)
    assert (held(by_user.rows), by_user.complete) == ((12.0, 2), False)


@pytest.mark.parametrize(
    ("late", "forgotten", "listed", "is_taken"),
    [
        (2.0, (), ("queue-0", "queue-1"), True),
        (2.0, (), ("queue-1",), False),  # queue 0 was deleted, whatever is told of it
        (20.0, (0,), ("queue-0", "queue-1"), False),  # more in all, and nothing of queue 0
    ],
)
def test_a_day_that_is_not_told_apart_by_id_is_taken_anew_only_where_nothing_of_it_is_lost(
    late: float, forgotten: tuple[int, ...], listed: tuple[str, ...], *, is_taken: bool
) -> None:
    then = (record(0, 0, 5.0), record(1, 1, 7.0))
    now = (*(one for n, one in enumerate(then) if n not in forgotten), record(1, 4, late))
    total, jobs, by_id = (Shelf(FARM, QUEUE, by) for by in ((TYPE,), (JOB, QUEUE), (QUEUE, TYPE)))
    stored = {shelf: cut(shelf, then, THEN) for shelf in (total, jobs)}
    fresh = {shelf: cut(shelf, now, NOW) for shelf in (total, jobs, by_id)}
    apart = (rows.assign(queue_id="") for rows in (stored[total], fresh[by_id]))
    found = replaced(Meeting(QUEUE, stored, fresh, judged(QUEUE, *apart)), listed)
    assert (found is not None) == is_taken
    if found is not None:
        assert list(found) == [jobs, by_id, total]
        assert {held(one.rows) for one in found.values()} == {(14.0, 3)}


def test_a_total_is_mended_only_where_nothing_of_it_is_lost() -> None:
    """The total was asked for first; what was asked for by queue then had been forgotten partly."""
    one, other, dear = (
        Record("queue-0", "fleet-0", "job-0", "user-0", "COMPUTE", "c1", "", hour, cost, 60.0)
        for hour, cost in ((1, 1.0), (2, 2.0), (3, 8.0))
    )
    total, by_id = Shelf(FARM, QUEUE, (TYPE,)), Shelf(FARM, QUEUE, (QUEUE, TYPE))
    known = cut(by_id, [one, other], NOW)
    assert mended_total(total, cut(total, [dear], THEN), known) == Mending(None, ("COMPUTE",))
    assert mended_total(total, cut(total, [one, other], THEN), known) == Mending()
    mending = mended_total(total, cut(total, [one], THEN), known)
    assert mending.total is not None
    assert (held(mending.total.rows), mending.declined) == ((3.0, 2), ())


def test_a_mended_total_keeps_the_usage_types_that_no_id_holds() -> None:
    compute, licence = record(0, 0, 1.0), replace(record(1, 1, 5.0), usage_type="LICENSE")
    total, by_id = Shelf(FARM, QUEUE, (TYPE,)), Shelf(FARM, QUEUE, (QUEUE, TYPE))
    known = cut(by_id, [compute, record(0, 0, 2.0)], NOW)
    mended = mended_total(total, cut(total, [compute, licence], THEN), known).total
    assert mended is not None
    costs = dict(zip(mended.rows["usage_type"], mended.rows["cost_usd_sum"], strict=True))
    assert costs == {"COMPUTE": 3.0, "LICENSE": 5.0}


def test_what_its_cut_by_id_said_of_a_total_is_added_to_what_it_tells() -> None:
    compute, licence = record(0, 0, 1.0), replace(record(1, 1, 5.0), usage_type="LICENSE")
    total, by_id = Shelf(FARM, QUEUE, (TYPE,)), Shelf(FARM, QUEUE, (QUEUE, TYPE))
    kept, known = cut(total, [compute, licence], THEN), cut(by_id, [record(0, 0, 3.0)], NOW)
    said = {"COMPUTE": (2, 0.5, 90.0), "SNAPSHOT": (1, 7.0, 8.0)}  # of which it tells nothing
    mended = mended_total(total, kept, known, said).total
    assert mended is not None
    figures = mended.rows.set_index("usage_type")[["count", "cost_usd_sum", "runtime_seconds_sum"]]
    assert {kind: tuple(row) for kind, *row in figures.itertuples()} == {
        "COMPUTE": (3, 3.5, 150.0),
        "LICENSE": (1, 5.0, 60.0),
    }


def test_a_usage_type_that_a_total_lacks_altogether_is_taken_from_what_is_known_by_id() -> None:
    compute, licence = record(0, 0, 1.0), replace(record(1, 1, 5.0), usage_type="LICENSE")
    total, by_id = Shelf(FARM, QUEUE, (TYPE,)), Shelf(FARM, QUEUE, (QUEUE, TYPE))
    known = cut(by_id, [compute, licence], NOW)
    mended = mended_total(total, cut(total, [compute], THEN), known).total
    assert mended is not None
    assert (held(mended.rows), sorted(mended.rows["usage_type"])) == (
        (6.0, 2),
        ["COMPUTE", "LICENSE"],
    )


def test_of_two_usage_types_one_may_be_mended_and_the_other_declined() -> None:
    """Compute: USD 8 kept, USD 3 of more records known. Licences: USD 5 kept, USD 9 known."""
    by_kind = [record(0, 0, 1.0), record(0, 1, 2.0), *licences(5.0, 4.0)]
    total, by_id = Shelf(FARM, QUEUE, (TYPE,)), Shelf(FARM, QUEUE, (QUEUE, TYPE))
    stored = cut(total, [record(0, 0, 8.0), *licences(5.0)], THEN)
    mending = mended_total(total, stored, cut(by_id, by_kind, NOW))
    assert mending.total is not None
    assert (held(mending.total.rows), mending.declined) == ((17.0, 3), ("COMPUTE",))


def test_a_total_that_agrees_in_all_and_has_usage_types_otherwise_is_declined() -> None:
    """USD 6 both times: USD 1 and 5, and USD 3 and 3."""
    total, by_id = Shelf(FARM, QUEUE, (TYPE,)), Shelf(FARM, QUEUE, (QUEUE, TYPE))
    stored = cut(total, [record(0, 0, 1.0), *licences(5.0)], THEN)
    known = cut(by_id, [record(0, 0, 3.0), *licences(3.0)], NOW)
    assert mended_total(total, stored, known) == Mending(None, ("COMPUTE",))


def licences(*costs: float) -> list[Record]:
    return [replace(record(1, 1, cost), usage_type="LICENSE") for cost in costs]


def test_beside_a_mended_total_a_cut_that_holds_as_much_stays_complete() -> None:
    """A cent is no difference, which so many rows may be rounded by."""
    then = [record(0, 0, 1.0), record(1, 1, 2.0)]
    total, jobs, users = (Shelf(FARM, QUEUE, by) for by in ((TYPE,), (JOB,), (Dimension.USER,)))
    kept = {total: cut(total, then[:1], THEN), jobs: cut(jobs, then, THEN)}
    kept[users] = cut(users, then[:1], THEN)
    found = lacking(total, Amended(cut(total, [*then, record(1, 1, 0.01)], NOW)), kept)
    assert {shelf: one.complete for shelf, one in found.items()} == {users: False}
