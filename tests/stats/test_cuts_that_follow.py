"""A cut follows from another where the same reckoning gives what was kept and what is told now."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pandas as pd
import pytest

from stats import derivation
from stats.dayfile import Shelf
from stats.model import Dimension
from tests.stats.days_twice import (
    FARM,
    NOW,
    THEN,
    Record,
    added_up,
    cut,
    differences,
    read,
)

D = Dimension
JOBS, USERS, WHOSE, OF_QUEUES = (
    Shelf(FARM, D.QUEUE, by)
    for by in (
        (D.JOB, D.USAGE_TYPE),
        (D.USAGE_TYPE, D.USER),
        (D.JOB, D.USER),
        (D.JOB, D.QUEUE),
    )
)
Cuts = dict[Shelf, pd.DataFrame]


def record(job: int, cost: float, user: int | None = None, hour: int = 3) -> Record:
    """A job of a queue and a user of its own; every second user has two jobs."""
    whose = f"user-{job // 2 if user is None else user}"
    names = (f"queue-{job % 2}", "fleet-0", f"job-{job}", whose)
    return Record(*names, "COMPUTE", "c1", "", hour, cost, 60.0)


LATER = [record(0, 5.0), record(1, 7.0), record(2, 2.0), record(0, 4.0)]
BEFORE = LATER[:3]


def cuts(some: Iterable[Record], at=THEN, shelves=(JOBS, USERS, WHOSE)) -> Cuts:
    kept = list(some)
    return {shelf: cut(shelf, kept, at) for shelf in shelves}


def put_together(shelf: Shelf = JOBS) -> Cuts:
    return {shelf: cut(shelf, LATER, NOW)}


def test_users_follow_from_jobs_by_whose_these_are() -> None:
    found = derivation.derived(USERS, cuts(BEFORE), cuts(LATER, NOW), put_together())
    assert found is not None
    assert differences(read(USERS, found), added_up(USERS, LATER)) == []
    assert "rows" not in found


def test_what_was_put_together_before_somebody_was_broken_off_counts_as_kept() -> None:
    stored = cuts(LATER) | {JOBS: cut(JOBS, BEFORE, THEN)}
    found = derivation.derived(USERS, stored, cuts(LATER, NOW), put_together())
    assert found is not None
    assert differences(read(USERS, found), added_up(USERS, LATER)) == []


@pytest.mark.parametrize("which", ["stored", "fresh"])
@pytest.mark.parametrize(
    ("column", "change", "follows"),
    [
        ("cost_usd_sum", 1.4e-6, True),
        ("cost_usd_sum", 3e-6, False),
        ("cost_usd_max", 3e-6, False),
        ("runtime_seconds_min", -3e-6, False),
        ("count", 1, False),
    ],
)
def test_it_follows_to_a_millionth_and_half_of_one_a_row(
    which: str, column: str, change: float, follows: bool
) -> None:
    """The second user has one job, which is one row."""
    both = {"stored": cuts(BEFORE), "fresh": cuts(LATER, NOW)}
    rows = both[which][USERS]
    rows.loc[rows["user_id"] == "user-1", column] += change
    found = derivation.derived(USERS, both["stored"], both["fresh"], put_together())
    assert (found is not None) is follows


@pytest.mark.parametrize("which", ["stored", "fresh"])
def test_edges_that_both_do_not_know_are_the_same_and_one_that_one_knows_is_not(which: str) -> None:
    both = {"stored": cuts(BEFORE), "fresh": cuts(LATER, NOW)}
    of_user = both[which][USERS]["user_id"] == "user-1"
    both[which][USERS].loc[of_user, "cost_usd_min"] = math.nan
    args = (both["stored"], both["fresh"], put_together())
    assert derivation.derived(USERS, *args) is None
    of_job = both[which][JOBS]["job_id"] == "job-2"
    both[which][JOBS].loc[of_job, "cost_usd_min"] = math.nan
    assert derivation.derived(USERS, *args) is not None


@pytest.mark.parametrize("which", ["stored", "fresh"])
@pytest.mark.parametrize("more", [True, False])
def test_rows_that_one_lacks_are_no_rounding(which: str, more: bool) -> None:
    both = {"stored": cuts(BEFORE), "fresh": cuts(LATER, NOW)}
    rows = both[which][USERS]
    other = cut(USERS, [record(8, 0.0)], THEN)
    both[which][USERS] = pd.concat([rows, other]) if more else rows.iloc[1:]
    assert derivation.derived(USERS, both["stored"], both["fresh"], put_together()) is None


def test_a_job_of_two_users_and_one_of_nobody_known_tell_nothing() -> None:
    torn = [*LATER, record(0, 1.0, user=7)]
    for stored, fresh in ((BEFORE, torn), (torn, torn)):
        args = (cuts(stored), cuts(fresh, NOW), {JOBS: cut(JOBS, torn, NOW)})
        assert derivation.derived(USERS, *args) is None
    unknown = cuts(LATER, NOW) | {WHOSE: cut(WHOSE, BEFORE[:2], NOW)}
    assert derivation.derived(USERS, cuts(BEFORE), unknown, put_together()) is None
    without = [
        {s: rows for s, rows in some.items() if s != WHOSE}
        for some in (cuts(BEFORE), cuts(LATER, NOW))
    ]
    assert derivation.derived(USERS, *without, put_together()) is None


def test_cuts_by_the_hour_follow_from_cuts_by_the_hour_alone() -> None:
    hourly = [Shelf(FARM, D.QUEUE, one.by, hourly=True) for one in (JOBS, USERS)]
    shelves = (JOBS, USERS, WHOSE, *hourly)
    args = (cuts(BEFORE, THEN, shelves), cuts(LATER, NOW, shelves))
    assert derivation.derived(hourly[1], *args, put_together()) is None
    found = derivation.derived(hourly[1], *args, put_together(hourly[0]))
    assert found is not None
    assert differences(read(hourly[1], found), added_up(hourly[1], LATER)) == []


def test_neither_do_they_where_all_ran_in_the_days_first_hour() -> None:
    early = [record(0, 5.0, hour=0), record(1, 7.0, hour=0)]
    hourly = [Shelf(FARM, D.QUEUE, one.by, hourly=True) for one in (JOBS, USERS)]
    shelves = (JOBS, USERS, WHOSE, *hourly)
    args = (cuts(early[:1], THEN, shelves), cuts(early, NOW, shelves))
    for shelf, base in ((hourly[1], JOBS), (USERS, hourly[0])):
        assert derivation.derived(shelf, *args, {base: cut(base, early, NOW)}) is None


def test_queues_of_users_follow_from_jobs_by_their_queues_too() -> None:
    both = Shelf(FARM, D.QUEUE, (D.QUEUE, D.USER))
    shelves = (JOBS, WHOSE, OF_QUEUES, both)
    args = (cuts(BEFORE, THEN, shelves), cuts(LATER, NOW, shelves), put_together())
    found = derivation.derived(both, *args)
    assert found is not None
    assert differences(read(both, found), added_up(both, LATER)) == []


def test_what_is_added_up_is_as_old_as_the_oldest_and_has_one_factor_or_none() -> None:
    rows = cut(JOBS, LATER, NOW)
    rows.loc[rows["job_id"] == "job-0", ["fetched_at"]] = THEN
    total = derivation.added_up(rows, Shelf(FARM, D.QUEUE, (D.USAGE_TYPE,)))
    assert total["fetched_at"].tolist() == [THEN]
    assert total["cost_scale_factor"].tolist() == [1.0]
    assert total["rows"].tolist() == [3]
    for other in (0.5, math.nan):
        rows.loc[rows["job_id"] == "job-0", ["cost_scale_factor"]] = other
        total = derivation.added_up(rows, Shelf(FARM, D.QUEUE, (D.USAGE_TYPE,)))
        assert total["cost_scale_factor"].isna().all()


def named(*pairs: tuple[str, str]) -> Cuts:
    rows = cut(JOBS, [record(n, 1.0) for n in range(len(pairs))], THEN)
    ids, names = zip(*pairs, strict=True)
    return {JOBS: rows.assign(job_id=list(ids), job_name=list(names)).astype({"job_name": "str"})}


def test_who_comes_first_names_things_and_empty_names_are_none() -> None:
    then = named(("j1", "old"), ("j2", ""), ("j3", "other"))
    called = derivation.names(then, named(("j1", "new"), ("j2", "learnt"), ("j4", "")))
    assert called == {"job_name": {"j1": "old", "j2": "learnt", "j3": "other"}, "user_name": {}}
    rows = named(("j1", ""), ("j2", "mine"), ("j9", ""))[JOBS]
    assert derivation.filled(rows, called)["job_name"].tolist() == ["old", "mine", ""]


def test_a_job_whose_user_is_another_now_tells_nothing() -> None:
    now = [record(0, 5.0, user=7), *LATER[1:3]]
    args = (cuts(BEFORE), cuts(now, NOW), {JOBS: cut(JOBS, now, NOW)})
    assert derivation.derived(USERS, *args) is None


def test_a_job_that_was_not_known_then_tells_what_was_put_together_since() -> None:
    stored = cuts(BEFORE) | {WHOSE: cut(WHOSE, BEFORE[:2], THEN)}
    assert derivation.derived(USERS, stored, cuts(LATER, NOW), put_together()) is None
    stored[USERS] = cut(USERS, LATER, NOW)
    found = derivation.derived(USERS, stored, cuts(LATER, NOW), put_together())
    assert found is not None
    assert differences(read(USERS, found), added_up(USERS, LATER)) == []


def test_nothing_follows_from_cuts_that_lack_what_it_is_by() -> None:
    machines = Shelf(FARM, D.QUEUE, (D.INSTANCE_TYPE, D.USAGE_TYPE))
    shelves = (JOBS, USERS, WHOSE, machines)
    args = (cuts(BEFORE, THEN, shelves), cuts(LATER, NOW, shelves))
    assert derivation.derived(machines, *args, put_together()) is None
    assert derivation.derived(USERS, *args, put_together(machines)) is None
    assert derivation.derived(USERS, *args, {}) is None


def test_what_is_added_up_keeps_the_names_that_its_rows_have() -> None:
    rows = cut(JOBS, [record(0, 5.0), record(1, 7.0), record(2, 2.0)], THEN)
    found = derivation.added_up(rows, Shelf(FARM, D.QUEUE, (D.JOB,)))
    names = dict(zip(found["job_id"], found["job_name"], strict=True))
    assert names == {"job-0": "job-0 called", "job-1": "", "job-2": "job-2 called"}
    rows = rows.assign(user_id="user-0")
    found = derivation.added_up(rows, USERS)
    assert found["user_name"].tolist() == [""]


def test_a_person_of_several_names_bears_the_latest_that_is_one() -> None:
    rows = cut(JOBS, [record(n, 1.0) for n in range(3)], NOW).assign(
        user_id="ada", user_name=["Ada New", "Ada Old", ""], fetched_at=[NOW, THEN, NOW]
    )
    for some in (rows, rows.iloc[::-1]):
        assert derivation.added_up(some, USERS)["user_name"].tolist() == ["Ada New"]
