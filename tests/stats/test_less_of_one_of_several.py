"""Where less of a fleet (or queue) is accepted, what others had stays in each cut of the day.

In cuts that do not tell it apart too, as far as others tell how much of a row is left. All is
worked out beside it from single records.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.amendment import Amended, amended
from stats.dayfile import Shelf
from stats.model import Dimension
from tests.stats.days_twice import (
    FARM,
    MEASURES,
    Record,
    Rows,
    Twice,
    added_up,
    differences,
    effective,
    read,
    twice,
)
from tests.stats.test_a_day_put_together import held, meeting, record

QUEUE, FLEET, USER = Dimension.QUEUE, Dimension.FLEET, Dimension.USER
TYPE, JOB, INSTANCE = Dimension.USAGE_TYPE, Dimension.JOB, Dimension.INSTANCE_TYPE


def told(shelf: Shelf, one: Amended, right: Rows) -> Rows:
    """A cut's rows; a smallest or largest that is not known is taken for right."""
    return {
        key: tuple(
            there if math.isnan(number) else number
            for number, there in zip(numbers, right.get(key, numbers), strict=True)
        )
        for key, numbers in read(shelf, one.rows).items()
    }


def beyond(got: Rows, right: Rows) -> list[str]:
    """Rows that hold more records, cost or run time than there were."""
    sums = [n for n, name in enumerate(MEASURES) if not name.endswith(("min", "max"))]
    nothing = (0.0,) * len(MEASURES)
    return [
        f"{key}: {numbers}, not {right.get(key)}"
        for key, numbers in got.items()
        if any(numbers[n] > right.get(key, nothing)[n] + 1e-6 for n in sums)
    ]


@pytest.mark.parametrize("resource", [QUEUE, FLEET])
@given(both=twice(), data=st.data())
@settings(max_examples=4)
def test_complete_is_what_records_add_up_to_and_no_row_holds_more_than_that(
    resource, both: Twice, data
) -> None:
    every = sorted({one.of((resource,))[0] for one in both.then})
    accepted = frozenset(data.draw(st.sets(st.sampled_from(every))))
    day = meeting(resource, both, accepted)
    found = amended(day)
    right = effective(resource, both, accepted)
    cost, count = held(found[day.total].rows)
    for shelf, one in found.items():
        rows = added_up(shelf, right)
        got = told(shelf, one, rows)
        if one.complete:
            assert differences(got, rows) == [], shelf
        if day.judgement.gone:
            assert beyond(got, rows) == [], shelf
        now = held(one.rows)
        assert (now[0] <= cost + 1e-6, now[1] <= count) == (True, True), shelf


@pytest.mark.parametrize("resource", [QUEUE, FLEET])
@given(both=twice(), data=st.data())
@settings(max_examples=4)
def test_what_is_only_of_others_stays_as_it_was_in_every_cut(resource, both: Twice, data) -> None:
    """As of a job, user, usage type or instance type that none of them had whom less is taken of.

    The service has forgotten all of the day.
    """
    every = sorted({one.of((resource,))[0] for one in both.then})
    accepted = frozenset(data.draw(st.sets(st.sampled_from(every), min_size=1)))
    found = amended(meeting(resource, Twice(both.then, ()), accepted))
    for shelf, one in found.items():
        got = told(shelf, one, added_up(shelf, both.then))
        for dimension in set(shelf.by) - {resource}:
            ids = defaultdict(set)
            for o in both.then:
                ids[o.of((dimension,))].add(o.of((resource,))[0])
            kept = [o for o in both.then if not ids[o.of((dimension,))] & accepted]
            rows = added_up(shelf, kept)
            assert differences({k: v for k, v in got.items() if k in rows}, rows) == [], shelf


def on(fleet: int, job: int, cost: float, instance: str = "c1", *, hour: int = 3) -> Record:
    return replace(record(job % 3, job, cost, fleet), instance_type=instance, hour=hour)


def costs(found: dict[Shelf, Amended], *by: Dimension) -> dict[tuple[str, ...], float]:
    """What a day counted by fleets has by some dimensions, whose fleet 0 goes."""
    rows = found[Shelf(FARM, FLEET, by)].rows
    keys = zip(*(rows[dimension.column] for dimension in by), strict=True)
    return dict(zip(keys, rows["cost_usd_sum"], strict=True))


def left_of(*then: Record, now: tuple[Record, ...] = ()) -> dict[Shelf, Amended]:
    return amended(meeting(FLEET, Twice(then, now), ["fleet-0"]))


def test_a_row_of_both_is_the_rest_where_others_are_known() -> None:
    """Job 1 is of both fleets on one instance type; job 0 goes, job 2 stays as it was."""
    found = left_of(on(0, 0, 1.0), on(0, 1, 2.0), on(1, 1, 4.0, hour=5), on(1, 2, 8.0))
    by = (INSTANCE, JOB)
    assert costs(found, *by) == {("c1", "job-1"): 4.0, ("c1", "job-2"): 8.0}
    one = found[Shelf(FARM, FLEET, by)]
    rows = one.rows.set_index("job_id")
    assert one.complete
    assert rows["count"].to_dict() == {"job-1": 1, "job-2": 1}
    assert rows.loc["job-2", ["cost_usd_min", "cost_usd_max"]].tolist() == [8.0, 8.0]
    assert rows.loc["job-1", ["cost_usd_min", "cost_usd_max"]].isna().all()


def test_of_rows_that_can_not_be_told_apart_nothing_is_claimed_and_the_cut_says_so() -> None:
    """Jobs 1 and 4 ran on both instance types of both fleets, job 2 of the other alone."""
    kinds = [(f, job, i) for f in (0, 1) for job in (1, 4) for i in ("c1", "c2")]
    crossed = [on(f, job, float(2**n), i) for n, (f, job, i) in enumerate(kinds)]
    found = left_of(*crossed, on(1, 2, 256.0))
    one = found[Shelf(FARM, FLEET, (INSTANCE, JOB))]
    assert (costs(found, INSTANCE, JOB), one.complete) == ({("c1", "job-2"): 256.0}, False)
    by_job = {("job-1", "COMPUTE"): 48.0, ("job-2", "COMPUTE"): 256.0, ("job-4", "COMPUTE"): 192.0}
    assert costs(found, JOB, TYPE) == by_job
    assert costs(found, INSTANCE, TYPE) == {("c1", "COMPUTE"): 336.0, ("c2", "COMPUTE"): 160.0}


def test_users_whose_jobs_are_told_apart_are_too() -> None:
    """User 0 has jobs 0 and 2 on both instance types: one is of fleet 0, and one of the other."""
    goes = [on(0, 0, 1.0), on(0, 0, 2.0, "c2")]
    stays = [on(1, 2, 4.0), on(1, 2, 8.0, "c2")]
    found = left_of(*goes, *stays)
    assert costs(found, INSTANCE, USER) == {("c1", "user-0"): 4.0, ("c2", "user-0"): 8.0}
    assert found[Shelf(FARM, FLEET, (INSTANCE, USER))].complete


def test_beside_one_that_is_told_still_and_one_that_was_kept() -> None:
    """Fleet 2 is told, and shares jobs with fleet 0, which goes, and with fleet 1, which stays."""
    still = (on(2, 0, 1.0), on(2, 1, 2.0), on(2, 1, 2.5, "c2"))
    goes = (on(0, 0, 4.0), on(0, 0, 8.0, "c2"))
    stays = (on(1, 1, 16.0), on(1, 1, 32.0, "c2"))
    found = left_of(*still, *goes, *stays, now=still)
    right = added_up(Shelf(FARM, FLEET, (INSTANCE, JOB)), (*still, *stays))
    one = found[Shelf(FARM, FLEET, (INSTANCE, JOB))]
    assert one.complete
    assert differences(read(Shelf(FARM, FLEET, (INSTANCE, JOB)), one.rows), right) == []


def test_where_the_service_has_forgotten_whose_jobs_the_others_were_they_stay() -> None:
    """It tells as much of fleet 1 as before, and no more of which jobs."""
    of_others = (on(1, 1, 4.0), on(1, 2, 8.0, "c2"))
    now = tuple(replace(one, job="", user="") for one in of_others)
    found = left_of(on(0, 0, 1.0), *of_others, now=now)
    for by in ((FLEET, JOB), (INSTANCE, JOB), (JOB, TYPE), (INSTANCE, USER)):
        shelf = Shelf(FARM, FLEET, by)
        assert (
            differences(told(shelf, found[shelf], rows := added_up(shelf, of_others)), rows) == []
        )
        assert found[shelf].complete


def test_what_was_broken_off_goes_on_where_cuts_were_written_before() -> None:
    then = (on(0, 0, 1.0), on(0, 1, 2.0), on(1, 1, 4.0), on(1, 2, 8.0, "c2"))
    first = meeting(FLEET, Twice(then, ()), ["fleet-0"])
    whole = amended(first)
    for done in (5, 12, 18):
        written = dict(list(whole.items())[:done])
        stored = dict(first.stored) | {shelf: one.rows for shelf, one in written.items()}
        for shelf, one in amended(replace(first, stored=stored)).items():
            assert held(one.rows) == held(whole[shelf].rows), (done, shelf)


def test_where_no_cut_by_queue_is_whole_nothing_passes_for_put_together_before() -> None:
    """Queue 0 lost some and has something new besides: how much is left of no cut is known."""
    then = (record(0, 0, 40.0), record(0, 0, 8.0), record(1, 1, 11.0))
    new = replace(record(0, 0, 80.0), usage_type="SNAPSHOT", job="", user="", instance_type="")
    found = amended(meeting(QUEUE, Twice(then, (record(0, 0, 1.0), new)), ["queue-1"]))
    one = found[Shelf(FARM, QUEUE, (FLEET, USER))]
    assert not one.complete
    assert "user-1" not in set(one.rows["user_id"])
    assert held(found[Shelf(FARM, QUEUE, (TYPE,))].rows)[0] == pytest.approx(128.0)
