"""Totals that stand beside history, and how sure days are: of rows that are made by hand."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from stats import memory
from stats.certainty import Certainty, Told
from stats.clock import Clock
from stats.cuts import Asked
from stats.dayfile import Origin, Shelf
from stats.history import History
from stats.knowledge import Gaps, Knowledge, Rule
from stats.memory import Elsewhere
from stats.model import Dimension, FarmId, Filter, Question, Scope, Window
from stats.progress import nobody
from stats.standing import Standing
from stats.whose import Whose
from stats.whose import whose as whose_of
from stats.zone import Zone
from tests.stats.frames import Row, cut

D = Dimension
FARM = FarmId(f"farm-{'0' * 32}")
ANGELES = Zone("America/Los_Angeles")
SETTLE, DAY = timedelta(hours=48), timedelta(days=1)
TOTAL, OF_FLEETS = (Shelf(FARM, one, (D.USAGE_TYPE,)) for one in (D.QUEUE, D.FLEET))
BY_QUEUE = Shelf(FARM, D.QUEUE, (D.QUEUE, D.USAGE_TYPE))
FARMS = Whose(FARM, D.QUEUE)
NOW = datetime(2026, 3, 12, tzinfo=UTC)
LATE = NOW + 200 * DAY


def days(first: int, last: int | None = None) -> Window:
    """From one day of a February in California to another, which is included."""
    start = datetime(2026, 2, 1, 8, tzinfo=UTC)
    return Window(start + (first - 1) * DAY, start + (last or first) * DAY)


def asked(first: int, last: int, at: datetime = NOW, dimension: Dimension = D.QUEUE) -> Asked:
    """A question of all queues about some days, of all of which the service is asked."""
    window = days(first, last)
    scope = Scope(dimension, ("queue-a",), whole=True)
    question = Question(FARM, scope, window, ANGELES.name)
    return Asked(question, window, (window,), ANGELES, at, None, nobody, lambda: 60.0)


def told(*rows: Row) -> pd.DataFrame:
    """What the service tells of the total: day of February, usage type, records, cost."""
    return cut((D.USAGE_TYPE,), [(date(2026, 2, day), *rest) for day, *rest in rows])


@dataclass
class Kept:
    """A history that days are put into."""

    history: History

    def put(
        self, day: int, *of: Row, shelf: Shelf = TOTAL, at: datetime = NOW, ids: str = "a"
    ) -> None:
        rows = cut(shelf.by, [(date(2026, 2, day), *one) for one in of])
        rows = rows.assign(period_start=pd.Timestamp(days(day).start))
        origin = Origin("F", {f"queue-{one}": one for one in ids}, 1.0, "aws", at)
        self.history.put(shelf, days(day), rows, origin)

    def certainty(self, rule: Rule | None = None) -> Certainty:
        return Certainty(self.history, rule or Rule(120 * DAY), SETTLE)

    def standing(self, total: pd.DataFrame, first: int, last: int) -> Standing:
        return self.certainty().standing(asked(first, last), FARMS, total)


@pytest.fixture
def kept(tmp_path: Path) -> Kept:
    return Kept(History(tmp_path, SETTLE, Clock(now=lambda: LATE)))


def by_type(standing: Standing) -> dict[str, tuple[float, int]]:
    groups = standing.total.groupby("usage_type")
    return {str(k): (math.fsum(t["cost_usd_sum"]), t["count"].sum()) for k, t in groups}


def said(standing: Standing) -> list[str]:
    return [one.text for one in standing.remarks]


def test_of_each_day_and_usage_type_that_counts_of_which_there_is_more(kept: Kept) -> None:
    kept.put(2, ("COMPUTE", 4, 10.0), ("LICENSE", 3, 2.0))
    kept.put(4, ("COMPUTE", 2, 4.0))
    kept.put(5)
    now = [(2, "COMPUTE", 6, 15.0), (3, "COMPUTE", 1, 7.0), (4, "COMPUTE", 2, 4.0)]
    found = kept.standing(told(*now, (5, "COMPUTE", 1, 3.0)), 2, 5)
    assert by_type(found) == {"COMPUTE": (29.0, 10), "LICENSE": (2.0, 3)}
    assert (found.cost_usd, found.count) == (2.0, 3)
    assert found.less == {days(2).start: 2.0}
    (late,) = said(found)
    assert "On 2 days" in late
    assert "$8.00" in late
    assert set(found.seen) == {days(2), days(4), days(5)}


def test_what_is_remembered_of_several_days_is_added_up(kept: Kept) -> None:
    for day in (2, 3):
        kept.put(day, ("COMPUTE", 4, 10.0), ("LICENSE", 3, 2.0))
    found = kept.standing(told((3, "COMPUTE", 1, 4.0)), 2, 3)
    assert by_type(found) == {"COMPUTE": (20.0, 8), "LICENSE": (4.0, 6)}
    assert (found.cost_usd, found.count) == (20.0, 13)
    assert found.less == {days(2).start: 12.0, days(3).start: 8.0}
    assert said(found) == []


def test_fewer_records_of_the_same_cost_are_remembered_without_a_word(kept: Kept) -> None:
    kept.put(2, ("COMPUTE", 5, 4.0), ("LICENSE", 1, 2.0))
    found = kept.standing(told((2, "COMPUTE", 3, 4.0), (2, "LICENSE", 9, 2.0)), 2, 2)
    assert by_type(found) == {"COMPUTE": (4.0, 5), "LICENSE": (2.0, 9)}
    assert (found.cost_usd, found.count, said(found)) == (0.0, 2, [])
    kept.put(3, ("COMPUTE", 1, 0.0))
    free = kept.standing(told(), 3, 3)
    assert (by_type(free), free.cost_usd, free.count) == ({"COMPUTE": (0.0, 1)}, 0.0, 1)


def test_what_costs_more_stands_whatever_its_records_are(kept: Kept) -> None:
    kept.put(2, ("COMPUTE", 5, 4.0), ("LICENSE", 3, 9.0))
    found = kept.standing(told((2, "COMPUTE", 3, 9.0), (2, "LICENSE", 5, 4.0)), 2, 2)
    assert by_type(found) == {"COMPUTE": (9.0, 3), "LICENSE": (9.0, 3)}
    assert (found.cost_usd, found.count) == (5.0, 0)


@pytest.mark.parametrize(
    ("before", "now"),
    [(1.0000005, 1.0), (1.0, 1.0000005), (1e6, 1e6 - 0.0009), (1e6 - 0.0009, 1e6)],
)
def test_rounding_is_neither_remembered_nor_late(kept: Kept, before: float, now: float) -> None:
    kept.put(2, ("COMPUTE", 1, before))
    found = kept.standing(told((2, "COMPUTE", 1, now)), 2, 2)
    assert (by_type(found), found.cost_usd, said(found)) == ({"COMPUTE": (now, 1)}, 0.0, [])
    assert found.less == {}


@pytest.mark.parametrize(("before", "now"), [(1.000005, 1.0), (1e6, 1e6 - 0.002)])
def test_what_is_more_than_rounding_is_remembered_or_late(
    kept: Kept, before: float, now: float
) -> None:
    kept.put(2, ("COMPUTE", 1, before))
    kept.put(3, ("COMPUTE", 1, now))
    found = kept.standing(told((2, "COMPUTE", 1, now), (3, "COMPUTE", 1, before)), 2, 3)
    assert by_type(found)["COMPUTE"][0] == pytest.approx(2 * before, abs=1e-9)
    assert found.cost_usd == pytest.approx(before - now, abs=1e-9)
    assert found.less == {days(2).start: pytest.approx(before - now, abs=1e-9)}
    assert len(said(found)) == 1


def test_of_some_queues_history_has_their_own_total(kept: Kept) -> None:
    rows = (("queue-a", "COMPUTE", 4, 10.0), ("queue-b", "COMPUTE", 2, 5.0))
    kept.put(2, *rows, shelf=BY_QUEUE, ids="ab")
    kept.put(3, ("queue-b", "COMPUTE", 2, 5.0), shelf=BY_QUEUE, ids="ab")
    some = Whose(FARM, D.QUEUE, frozenset({"queue-a"}), frozenset({"queue-a"}))
    found = kept.certainty().standing(asked(2, 3), some, told())
    assert (found.cost_usd, found.count) == (10.0, 4)
    assert {day: (one.has_usage, one.partial) for day, one in found.seen.items()} == {
        days(2): (True, False),
        days(3): (False, False),
    }
    other = Whose(FARM, D.QUEUE, frozenset({"queue-a"}), frozenset({"queue-c"}))
    assert kept.certainty().standing(asked(2, 3), other, told()).seen[days(2)].partial


def test_without_history_the_total_is_what_the_service_tells() -> None:
    cuts = told((2, "COMPUTE", 6, 15.0))
    found = Certainty(None, Rule(None), SETTLE).standing(asked(2, 4), FARMS, cuts)
    assert found.total is cuts
    assert (found.cost_usd, found.count, said(found), found.seen) == (0.0, 0, [], {})


@pytest.mark.parametrize(
    ("whole", "kept", "within"),
    [
        (True, None, None),
        (True, {"queue-b", "queue-x"}, {"queue-b"}),
        (False, None, {"queue-a", "queue-b"}),
        (False, {"queue-a"}, {"queue-a"}),
    ],
)
def test_a_total_is_of_the_whole_farm_where_all_is_asked_for(
    whole: bool, kept: set[str] | None, within: set[str] | None
) -> None:
    where = () if kept is None else (Filter(D.QUEUE, frozenset(kept)),)
    where = (*where, Filter(D.USER, frozenset({"ada"})))
    about = asked(1, 2)
    scope = Scope(D.QUEUE, ("queue-a", "queue-b"), whole=whole)
    about = replace(about, question=replace(about.question, scope=scope, where=where))
    found = Whose(FARM, D.QUEUE, None if within is None else frozenset(within))
    assert whose_of(about) == found
    assert found.shelf == (TOTAL if within is None else BY_QUEUE)
    assert found.farms == FARMS


USED = ((5, "COMPUTE", 0, 0.5), (3, "COMPUTE", 1, 0.0), (4, "COMPUTE", 0, 0.0))
"""The fifth cost money, the third had a record that is free; nothing ran on the fourth."""


def doubts(
    certainty: Certainty, about: Asked, cuts: pd.DataFrame, at: datetime, **more: object
) -> Gaps:
    """The gaps of days that the service was asked for at some time."""
    given = {"told": (), "lost": (), "whose": FARMS} | more
    standing = certainty.standing(about, given["whose"], cuts)
    return certainty.gaps(about, given["whose"], Told(given["told"]), standing, at, given["lost"])


def test_days_before_the_first_with_usage_are_not_known_and_later_ones_are() -> None:
    alone = Certainty(None, Rule(120 * DAY), SETTLE)
    assert doubts(alone, asked(1, 9), told(*USED), NOW) == Gaps((), (days(1, 2),))
    late = Gaps((days(3), days(5)), (days(1, 2), days(4), days(6, 9)))
    assert doubts(alone, asked(1, 9, LATE), told(*USED), LATE) == late


def test_days_are_held_to_it_once_they_are_settled() -> None:
    alone = Certainty(None, Rule(120 * DAY), SETTLE)
    at = days(4).end + SETTLE
    assert doubts(alone, asked(1, 9, at), told(), at) == Gaps((), (days(1, 4),))
    sooner = at - timedelta(hours=1)
    assert doubts(alone, asked(1, 9, sooner), told(), sooner) == Gaps((), (days(1, 3),))


def test_days_that_were_lost_or_of_which_there_is_no_total_are_not_known(kept: Kept) -> None:
    alone = Certainty(None, Rule(120 * DAY), SETTLE)
    lost = doubts(alone, asked(3, 6), told(*USED), NOW, lost={days(5)})
    assert lost == Gaps((), (days(5),))
    kept.put(1, ("COMPUTE", 1, 1.0))
    for one in (alone, kept.certainty()):
        assert one.gaps(asked(3, 6), FARMS, Told(), None, NOW) == Gaps((), (days(3, 6),))


def test_of_days_told_by_a_history_that_can_not_be_looked_at_there_was_at_least_that() -> None:
    alone = Certainty(None, Rule(120 * DAY), SETTLE)
    each = tuple(days(n) for n in (3, 4, 6))
    found = alone.gaps(asked(3, 6), FARMS, Told(each), None, NOW)
    assert found == Gaps((days(3, 4), days(6)), (days(5),))


def test_of_queues_that_are_gone_the_service_tells_at_least_what_it_tells() -> None:
    alone = Certainty(None, Rule(120 * DAY), SETTLE)
    whose = Whose(FARM, D.QUEUE, frozenset({"queue-a"}), frozenset({"queue-a"}))
    found = doubts(alone, asked(3, 6), told(*USED), NOW, whose=whose)
    assert found == Gaps((days(3), days(5)), (days(4), days(6)))


@pytest.mark.parametrize(("remembered", "now"), [(1, 7), (7, 1), (1, 1)])
def test_the_first_day_with_usage_is_the_earlier_of_historys_and_the_services(
    kept: Kept, remembered: int, now: int
) -> None:
    kept.put(remembered, ("COMPUTE", 1, 1.0))
    found = doubts(kept.certainty(), asked(1, 9), told((now, "COMPUTE", 1, 1.0)), NOW)
    assert found == Gaps()


def test_days_of_history_and_days_of_the_service_are_told_together(kept: Kept) -> None:
    kept.put(1, ("COMPUTE", 1, 1.0))
    kept.put(2, ("COMPUTE", 1, 1.0), at=LATE)
    kept.put(3, at=LATE)
    about = asked(1, 6, LATE)
    found = doubts(kept.certainty(), about, told(*USED), LATE, told=(days(1), days(2), days(3)))
    assert found == Gaps((days(2), days(5)), (days(3, 4), days(6)))


def test_a_day_whose_total_was_asked_for_in_time_is_known_whenever_the_rest_is(kept: Kept) -> None:
    kept.put(1, ("COMPUTE", 1, 1.0))
    kept.put(2)
    kept.put(3)
    found = doubts(kept.certainty(), asked(1, 4, LATE), told((3, "COMPUTE", 1, 1.0)), LATE)
    assert found == Gaps((), (days(4),))


def test_what_came_since_of_a_day_that_was_asked_for_late_is_at_least_that(kept: Kept) -> None:
    kept.put(1, ("COMPUTE", 1, 1.0))
    kept.put(2, ("COMPUTE", 1, 1.0), at=LATE)
    kept.put(3, at=LATE)
    found = doubts(kept.certainty(), asked(1, 3, LATE), told((3, "COMPUTE", 1, 1.0)), LATE)
    assert found == Gaps((days(2, 3),), ())


def test_what_is_known_is_reckoned_anew_for_another_rule_other_ids_and_another_first_day(
    kept: Kept,
) -> None:
    kept.put(2, shelf=BY_QUEUE)
    kept.put(3, ("queue-a", "COMPUTE", 1, 1.0), shelf=BY_QUEUE, at=LATE)
    kept.put(3, ("COMPUTE", 1, 1.0), at=LATE)
    one = Whose(FARM, D.QUEUE, frozenset({"queue-a"}))
    before = told((1, "COMPUTE", 1, 1.0))
    gone = replace(one, gone=frozenset({"queue-z"}))
    for remembered, whose, cuts, right in (
        (120 * DAY, one, told(), Gaps((days(3),), (days(1, 2),))),
        (None, one, told(), Gaps((), (days(1, 2),))),
        (None, one, before, Gaps()),
        (None, gone, before, Gaps((days(1), days(3)), (days(2),))),
        (None, replace(one, gone=frozenset({"queue-a"})), before, Gaps((days(1),), ())),
        (120 * DAY, one, before, Gaps((days(3),), ())),
    ):
        more = {"whose": whose, "told": (days(2), days(3))}
        assert doubts(kept.certainty(Rule(remembered)), asked(1, 3), cuts, NOW, **more) == right


def test_what_is_known_of_a_farm_is_reckoned_anew_for_another_rule(kept: Kept) -> None:
    kept.put(2, ("COMPUTE", 1, 1.0), at=LATE)
    for rule, known in ((Rule(None), Knowledge.KNOWN), (Rule(DAY), Knowledge.DOUBTFUL)) * 2:
        assert kept.certainty(rule).of_farm(FARM, [D.QUEUE]) == {days(2): known}


def test_of_a_day_of_the_farm_the_less_of_queues_and_fleets_is_known(kept: Kept) -> None:
    for day, of_queues, of_fleets in ((1, NOW, NOW), (2, NOW, LATE), (3, LATE, NOW)):
        kept.put(day, ("COMPUTE", 1, 1.0), at=of_queues)
        kept.put(day, ("COMPUTE", 1, 1.0), shelf=OF_FLEETS, at=of_fleets)
    kept.put(4, at=LATE)
    kept.put(5, shelf=OF_FLEETS)
    found = kept.certainty().of_farm(FARM, (D.QUEUE, D.FLEET))
    known, doubtful, not_known = Knowledge
    assert {day.start.day: what for day, what in found.items()} == {
        1: known,
        2: doubtful,
        3: doubtful,
        4: not_known,
        5: known,
    }


def test_a_farm_is_unused_until_its_first_day_with_usage_begins(kept: Kept) -> None:
    certainty = kept.certainty()
    assert certainty.is_unused(FARMS, days(9).start)
    kept.put(2)
    kept.put(4, ("COMPUTE", 1, 1.0))
    kept.put(3, ("COMPUTE", 1, 1.0))
    assert certainty.is_unused(FARMS, days(3).start)
    assert not certainty.is_unused(FARMS, days(3).start + timedelta(hours=1))
    assert Certainty(None, Rule(None), SETTLE).is_unused(FARMS, LATE)


VOLUMES = "PERSISTENT_VOLUME"


def both(kept: Kept, day: int, queues: list[Row], fleets: list[Row]) -> None:
    kept.put(day, *queues)
    kept.put(day, *fleets, shelf=OF_FLEETS)


def test_what_fleets_report_more_is_of_days_and_usage_types_that_compare(kept: Kept) -> None:
    both(
        kept,
        1,
        [("COMPUTE", 1, 10.0), ("LICENSE", 1, 1.0)],
        [("COMPUTE", 1, 12.5), ("LICENSE", 1, 3.0), (VOLUMES, 1, 5.0)],
    )
    both(kept, 2, [("COMPUTE", 1, 1000.0)], [("COMPUTE", 1, 1000.9)])
    both(kept, 3, [("COMPUTE", 1, 1000.0)], [("COMPUTE", 1, 1001.1)])
    both(kept, 4, [], [("COMPUTE", 1, 0.009)])
    both(kept, 5, [], [("COMPUTE", 1, 0.011)])
    both(kept, 6, [("COMPUTE", 1, 9.0), ("LICENSE", 1, 50.0)], [("COMPUTE", 1, 5.0)])
    kept.put(7, ("COMPUTE", 1, 100.0), shelf=OF_FLEETS)
    kept.put(8, ("COMPUTE", 1, 100.0))
    both(kept, 9, [], [("COMPUTE", 1, 70.0)])  # which is not asked about
    some = [days(n) for n in range(1, 9)]
    by_queues = memory.elsewhere(kept.history, asked(1, 8).question, some)
    assert by_queues == Elsewhere(pytest.approx(2.5 + 2.0 + 1.1 + 0.011), 3)
    by_fleets = memory.elsewhere(kept.history, asked(1, 8, dimension=D.FLEET).question, some)
    assert by_fleets == Elsewhere(4.0, 1)


def test_where_both_report_the_same_or_one_is_not_there_nothing_is_elsewhere(kept: Kept) -> None:
    question = asked(1, 8).question
    assert memory.elsewhere(kept.history, question, [days(1)]) is None
    both(kept, 1, [("COMPUTE", 1, 10.0)], [("COMPUTE", 1, 10.0)])
    assert memory.elsewhere(kept.history, question, [days(1)]) is None


def test_what_is_elsewhere_is_said_where_history_tells_it(kept: Kept) -> None:
    about, certainty = asked(1, 3), kept.certainty()
    assert certainty.elsewhere(about) == ()
    assert Certainty(None, Rule(None), SETTLE).elsewhere(about) == ()
    both(kept, 1, [("COMPUTE", 1, 10.0)], [("COMPUTE", 1, 12.5)])
    (said,) = certainty.elsewhere(about)
    assert said.text.startswith("On 1 day fleets report $2.50 more than queues")
    assert certainty.elsewhere(asked(1, 3, dimension=D.FLEET)) == ()


def test_days_whose_file_is_spoiled_are_lost_once_the_service_may_have_forgotten_them(
    kept: Kept, tmp_path: Path
) -> None:
    certainty = kept.certainty()
    kept.put(2, ("COMPUTE", 1, 1.0))
    kept.put(3, ("COMPUTE", 1, 1.0))
    (file,) = tmp_path.rglob("20260203T08Z-*.parquet")
    file.write_bytes(file.read_bytes()[:-20])
    assert certainty.since(FARMS, ANGELES) == days(2).start
    in_time = days(3).end + 120 * DAY
    assert [bool(certainty.lost(TOTAL, at)) for at in (NOW, in_time, LATE)] == [False, False, True]
    assert certainty.lost(TOTAL, LATE) == {days(3)}
    assert Certainty(None, Rule(120 * DAY), SETTLE).lost(TOTAL, LATE) == frozenset()
