"""Less of one fleet (or queue) is accepted on a day that the service has forgotten; all goes on."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stats import accepting, verified
from stats.model import Dimension, FarmId, Scope
from stats.outcome import Outcome
from tests.stats.asking import asking
from tests.stats.autumn import by_key, fleet
from tests.stats.checkups import (
    FARM,
    FLEET,
    QUEUE,
    SERVICE,
    ZONE,
    amiss,
    asked,
    checked,
    collected,
    counted,
    days,
    forgotten,
    truth,
    without,
    wrong,
)
from tests.stats.test_accept_less import GONE, THEN, WORLD
from tests.stats.test_days_of_the_total_alone import BY_USER_ALONE, farm, said
from tests.stats.test_days_that_conflict import MONDAY
from tests.stats.test_more_than_the_days_total import BY_USER, TOTAL

__all__ = ["farm"]
DAYS = days()
FORGOTTEN = forgotten(WORLD, lambda usage: usage["started_at"] < DAYS[0].end)
OF_IT = THEN["started_at"] < DAYS[0].end


@pytest.mark.parametrize(
    ("kind", "key", "bys"),
    [
        (FLEET, fleet(1), ("fleet", "fleet usage_type", "job", "user", "instance_type")),
        (QUEUE, GONE, ("queue", "job", "user", "user usage_type", "instance_type", "fleet")),
    ],
)
def test_what_others_had_stays_and_nothing_is_amiss(
    tmp_path: Path, kind: Dimension, key: str, bys: tuple[str, ...]
) -> None:
    history, outcome = collected(tmp_path), Outcome(FARM)
    with asking(FORGOTTEN, service=SERVICE, history=str(history)) as one:
        checkup = one.another().collector(ZONE).checkup
        less = checkup.gone(FARM, kind, [key], DAYS, lambda *_: None)
        assert {(some.day, some.id) for some in less} == {(DAYS[0], key)}
        checkup.accept(outcome, kind, [key], DAYS[:1], lambda *_: None)
        assert (outcome.errors, outcome.changed) == ([], [(kind, DAYS[0])])
        assert amiss(one) == []
        for verify in (False, True):
            after = checked(one.another(), verify=verify)
            assert (after.errors, after.conflicts, after.written) == ([], [], 0)
        assert amiss(one) == []
    left = THEN[~(OF_IT & (THEN[f"{kind.value}_id"] == key))]
    with asking(FORGOTTEN, service=SERVICE, history=str(history)) as one:
        found = wrong(one, DAYS, left, *bys, scope=kind.value)
        assert [line for line in found if " is nan, not " not in line] == []  # of the rest of a row


@pytest.mark.parametrize(("kind", "key"), [(FLEET, fleet(1)), (QUEUE, GONE)])
def test_where_no_cut_by_id_tells_whose_rows_are_they_are_at_most_what_they_were(
    tmp_path: Path, kind: Dimension, key: str
) -> None:
    cuts = ("cut=usage_type", f"cut={kind.value}-usage_type", "cut=instance_type-user")
    history, outcome = collected(tmp_path, cuts), Outcome(FARM)
    with asking(FORGOTTEN, service=SERVICE, history=str(history)) as one:
        one.another().collector(ZONE).checkup.accept(
            outcome, kind, [key], DAYS[:1], lambda *_: None
        )
        assert (outcome.errors, outcome.changed) == ([], [(kind, DAYS[0])])
        assert amiss(one) == []
        question = asked(DAYS, "user", "instance_type", scope=kind.value)
        report = one.another().ask(question)
    every = counted(THEN, kind.value)
    left = every[~(every["started_at"] < DAYS[0].end) | (every[f"{kind.value}_id"] != key)]
    rows, right = report.table["cost_usd_sum"].sum(), left["cost_usd"].sum()
    total = sum(usage.cost_usd.sum for usage in report.total_by_usage_type.values())
    assert (total, rows + report.unattributed_cost_usd) == pytest.approx((right, right))
    told, then = by_key(report), truth(every, ("user", "instance_type"))
    assert all(one["cost_usd_sum"] <= then[key]["cost_usd_sum"] + 1e-6 for key, one in told.items())
    assert report.unattributed_cost_usd > 0
    assert [note for note in report.notes if "not all usage could be placed" in note]


@pytest.mark.parametrize("by", [("user",), ("queue", "instance_type"), ("job",)])
def test_a_cut_that_was_told_less_before_makes_no_total_short_of_what_was_accepted(
    tmp_path: Path, by: tuple[str, ...]
) -> None:
    """It says how much less it was told than the total of then, part of which is given up."""
    cuts = ("cut=usage_type", "cut=queue-usage_type")
    history, outcome = collected(tmp_path, cuts), Outcome(FARM)
    ids = tuple(one for one in asked(DAYS).scope.ids if one != GONE)
    still = Scope(QUEUE, ids, whole=True)
    with asking(without(WORLD, GONE), service=SERVICE, history=str(history)) as one:
        before = one.another().ask(replace(asked(DAYS, *by), scope=still))
        assert [note for note in before.notes if "less in all when this breakdown was" in note]
    with asking(without(WORLD, GONE), service=SERVICE, history=str(history)) as one:
        collector = one.another().collector(ZONE)
        collector.checkup.accept(outcome, QUEUE, [GONE], DAYS[:1], lambda *_: None)
        collector.hold(outcome, DAYS)
        assert (outcome.errors, outcome.conflicts) == ([], [])
        report = one.another().ask(replace(asked(DAYS), scope=still))
    left = THEN[~(OF_IT & (THEN["queue_id"] == GONE))]
    assert report.total_cost_usd.sum == pytest.approx(counted(left, "queue")["cost_usd"].sum())
    assert (report.doubtful, report.unknown) == ((), ())


def test_less_is_taken_of_queues_and_of_fleets_on_the_days_that_it_is_of_each(
    tmp_path: Path,
) -> None:
    """Though the service tells less of both on each of these days."""
    now = forgotten(WORLD, lambda usage: usage["started_at"] < DAYS[1].end)
    cuts = ("cut=usage_type", "cut=queue-usage_type", "cut=fleet-usage_type")
    history, outcome = collected(tmp_path, cuts), Outcome(FARM)
    with asking(now, service=SERVICE, history=str(history)) as one:
        collector = one.another().collector(ZONE)
        ids = {QUEUE: (GONE,), FLEET: (fleet(1),)}
        less = accepting.going(collector, FARM, ids, DAYS, lambda *_: None)
        assert {(some.resource, some.day) for some in less} == {
            *((QUEUE, day) for day in DAYS),
            *((FLEET, day) for day in DAYS),
        }
        agreed = {(QUEUE, DAYS[0]), (FLEET, DAYS[1])}
        some = [each for each in less if (each.resource, each.day) in agreed]
        accepting.accept(collector, outcome, ids, some, lambda *_: None)
        assert outcome.errors == []
        assert set(outcome.changed) == agreed


def test_a_cut_that_says_of_itself_that_it_lacks_all_is_not_asked_for_again(farm) -> None:
    one = farm()
    one.of(one.pieces(BY_USER))
    nothing = one.history.read(BY_USER, MONDAY).iloc[:0].drop(columns=["usage_type"])
    origin = one.told(TOTAL, MONDAY)
    one.history.put(BY_USER_ALONE, MONDAY, nothing, replace(origin, unplaced=True))
    assert said(one) == set()
    one.history.put(BY_USER_ALONE, MONDAY, nothing, origin)
    assert len(said(one)) == 1


def test_what_came_of_it_is_said_as_it_is() -> None:
    """Nothing came later: less was taken, and of what is left not all is told apart."""
    outcome = Outcome(FarmId("farm"), aside=["set-aside/…"])
    outcome.take(FLEET, DAYS[0], (), complete=False)
    none = {QUEUE: dict[str, str](), FLEET: dict[str, str]()}
    date = ZONE.day(DAYS[0].start)
    assert verified.summed([outcome], ZONE) == [
        f"less was taken of 1 settled day: {date} (by fleets)"
    ]
    assert verified.summed([outcome, Outcome(FarmId("other"))], ZONE) == [
        f"less was taken of 1 settled day: {date} (by fleets, farm)"
    ]
    assert verified.sentences(outcome, none, none, None, ZONE) == [
        f"On 1 settled day ({date}) not every breakdown tells apart what is left: there it is "
        "unattributed."
    ]
