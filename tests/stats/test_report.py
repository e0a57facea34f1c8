"""The front door: as of when, what may change, what is said beside the figures, what is asked."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import settings as limits
from hypothesis import strategies as st

from simulator import Fault, SimulatorSettings, tiny_world
from simulator.tiny import ADA, BEN, COMP, LIGHTING, RACK, ROBOT, SPOT
from stats import rollup
from stats.client import Endpoint
from stats.clock import Clock
from stats.connect import connect
from stats.errors import NamesMissing, Overdue, Unanswerable
from stats.model import Window
from stats.progress import Progress
from stats.report import Reporter
from stats.settings import OFF, Settings
from stats.zone import Zone
from tests.stats.asking import START, Asker, HeldClock, asking, question
from tests.stats.autumn import FIRST, LAST, autumn_world, figures, local, records

HOUR = timedelta(hours=1)
TINY = tiny_world()
WEEK = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC)
WHOLE = FIRST, LAST
NOWHERE = Endpoint(url="http://127.0.0.1:1", credentials=("nobody", "nobody"))


@pytest.fixture
def tiny() -> Iterator[Asker]:
    """The tiny world, for one test alone."""
    with asking(TINY) as one:
        yield one


@pytest.fixture(scope="module")
def steady() -> Iterator[Asker]:
    """The tiny world, for tests that neither change it nor count from nought."""
    with asking(TINY) as one:
        yield one


def unasked(now: HeldClock, **settings: int) -> Reporter:
    """A reporter that has nobody to ask."""
    return connect(Settings.model_construct(**{"history": OFF} | settings), NOWHERE, Clock(now=now))


@pytest.mark.parametrize(
    ("now", "as_of"),
    [
        ("10:20:00", "10:00"),
        ("10:00:00", "10:00"),
        ("00:59:59.999999", "00:00"),
    ],
)
def test_data_ends_with_the_last_full_hour(now: str, as_of: str) -> None:
    moment, hour = (datetime.fromisoformat(f"2026-03-02T{text}+00:00") for text in (now, as_of))
    with asking(TINY, now=moment) as one:
        assert one.reporter.as_of() == hour
        report = one.report(question(TINY, (WEEK[0] - 24 * HOUR, WEEK[1])))
    assert report.as_of == hour
    ends = {start["endTime"] for start in one.starts()}
    assert ends == {f"{hour:%Y-%m-%dT%H:%M:%SZ}"}


def test_a_clock_of_another_zone_tells_the_same_hour() -> None:
    now = datetime.fromisoformat("2026-03-02T15:45+05:30")
    assert unasked(HeldClock(now)).as_of() == datetime(2026, 3, 2, 10, tzinfo=UTC)


def test_the_data_of_a_window_in_the_past_ends_with_the_window(steady: Asker) -> None:
    report = steady.report(question(TINY, (WEEK[0], WEEK[0] + 24 * HOUR)))
    assert report.as_of == WEEK[0] + 24 * HOUR
    assert report.preliminary_from is None
    assert report.total_cost_usd.sum == 8.0


@pytest.fixture(scope="module")
def reporters() -> dict[int, tuple[Reporter, HeldClock]]:
    """A reporter with its clock for each settle time in hours."""
    clocks = {settle: HeldClock(FIRST) for settle in (0, 1, 24, 48, 49, 720)}
    return {
        settle: (unasked(clock, settle_hours=settle), clock) for settle, clock in clocks.items()
    }


@limits(deadline=None)
@given(
    hour=st.integers(0, 24 * 60),
    settle=st.sampled_from([0, 1, 24, 48, 49, 720]),
    zone=st.sampled_from(["UTC", "America/Los_Angeles", "Asia/Kolkata"]),
    before=st.integers(1, 1000),
)
def test_what_may_change_begins_with_the_first_day_that_is_not_settled(
    reporters: dict[int, tuple[Reporter, HeldClock]], hour: int, settle: int, zone: str, before: int
) -> None:
    reporter, clock = reporters[settle]
    clock.now = FIRST + hour * HOUR + timedelta(minutes=17)
    window = Window(reporter.as_of() - before * HOUR, reporter.as_of())
    hours = [window.start + n * HOUR for n in range(before)]
    first = local(clock.now - settle * HOUR, zone).date()
    changing = [one for one in hours if local(one, zone).date() >= first]
    assert reporter.preliminary_from(window, Zone(zone)) == next(iter(changing), None)


def test_a_day_under_way_that_has_no_full_hour_yet_leaves_a_settled_window_settled(
    reporters: dict[int, tuple[Reporter, HeldClock]],
) -> None:
    reporter, clock = reporters[0]
    clock.now = FIRST + timedelta(minutes=30)
    assert reporter.preliminary_from(Window(FIRST - 24 * HOUR, FIRST), Zone("UTC")) is None
    assert reporter.preliminary_from(Window(FIRST - 24 * HOUR, FIRST + HOUR), Zone("UTC")) == FIRST


@pytest.mark.parametrize(
    ("settle", "first"),
    [(0, "2026-03-04"), (13, "2026-03-03"), (720, None)],
)
def test_the_settle_time_says_how_many_days_are_preliminary(settle: int, first: str | None) -> None:
    with asking(TINY, now=datetime(2026, 3, 4, 12, 30, tzinfo=UTC), settle_hours=settle) as one:
        report = one.report(question(TINY, (WEEK[0] - 9 * 24 * HOUR, WEEK[1])))
    start = report.question.window.start
    assert report.preliminary_from == (
        datetime.fromisoformat(f"{first}T00:00+00:00") if first else start
    )


def test_a_day_is_settled_in_the_zone_of_the_question() -> None:
    with asking(TINY, now=datetime(2026, 3, 4, 5, 30, tzinfo=UTC), settle_hours=0) as one:
        report = one.report(question(TINY, WEEK, timezone="America/Los_Angeles"))
    assert report.preliminary_from == datetime(2026, 3, 3, 8, tzinfo=UTC)


def test_a_window_still_to_come_is_answered_without_asking(steady: Asker) -> None:
    to_come = TINY.now + 24 * HOUR, TINY.now + 48 * HOUR
    before = steady.starts()
    report = steady.report(question(TINY, to_come, "user", "job"))
    assert steady.starts() == before
    assert (report.total_count, report.total_cost_usd.sum) == (0, 0.0)
    assert report.total_by_usage_type == {}
    assert report.notes == ("No hour of this window has passed yet.",)
    assert report.preliminary_from == to_come[0]
    assert list(report.table.columns) == list(rollup.empty(report.question.by).columns)


def test_a_window_in_its_first_hour_is_not_said_to_be_still_to_come() -> None:
    with asking(TINY, now=WEEK[0] + timedelta(minutes=20)) as one:
        report = one.report(question(TINY, WEEK))
    assert one.starts() == []
    assert "not begun" not in " ".join(report.notes)


@pytest.mark.parametrize(
    ("scope", "ids", "kept"),
    [("queue", (COMP,), LIGHTING), ("fleet", (SPOT,), RACK), ("queue", (COMP,), "")],
)
def test_a_scope_that_a_filter_empties_is_answered_without_asking(
    steady: Asker, scope: str, ids: tuple[str, ...], kept: str
) -> None:
    before = steady.starts()
    asked = question(TINY, WEEK, "user", scope=scope, ids=ids, where={scope: {kept}})
    report = steady.report(asked)
    assert steady.starts() == before
    assert (report.total_count, len(report.table)) == (0, 0)
    assert report.notes == ("The filters leave no queue or fleet.",)
    assert report.as_of == WEEK[1]


def test_a_filter_on_the_scopes_own_dimension_asks_for_what_is_left_alone(tiny: Asker) -> None:
    report = tiny.report(question(TINY, WEEK, where={"queue": {COMP}}))
    assert report.total_cost_usd.sum == 5.5
    assert {tuple(s["resourceIds"]["queueIds"]) for s in tiny.starts()} == {(COMP,)}


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("UTC", None),
        ("Europe/Berlin", None),
        ("Asia/Kolkata", "UTC+06:00"),
        ("Asia/Kathmandu", "UTC+06:00"),
        ("America/St_Johns", "UTC-03:00"),
    ],
)
def test_a_zone_off_the_whole_hour_is_said_to_be_counted_at_the_nearest(
    steady: Asker, zone: str, said: str | None
) -> None:
    notes = steady.report(question(TINY, WEEK, timezone=zone)).notes
    assert len(notes) == (said is not None)
    assert all(zone in note and f"{said}." in note for note in notes)


def test_a_total_of_settled_days_that_is_less_than_its_rows_is_asked_for_again() -> None:
    with asking(autumn_world(), now=LAST + timedelta(minutes=70)) as one:
        one.service_clock.now = LAST - 8 * 24 * HOUR
        early = one.report(question(autumn_world(), WHOLE))
        one.service_clock.now = LAST + timedelta(minutes=70)
        late = one.report(question(autumn_world(), WHOLE, "user"))
    assert late.total_cost_usd.sum - early.total_cost_usd.sum > 1
    assert (late.unattributed_cost_usd, late.unattributed_count, late.notes) == (0.0, 0, ())


def test_cuts_that_differ_by_the_time_between_them_are_asked_for_again() -> None:
    with asking(autumn_world(), now=LAST + timedelta(minutes=70)) as one:
        one.service_clock.now = LAST - 8 * 24 * HOUR
        one.report(question(autumn_world(), WHOLE))
        one.service_clock.now = LAST + timedelta(minutes=75)
        one.clock.advance(minutes=5)
        late = one.report(question(autumn_world(), WHOLE, "user"))
    assert (late.unattributed_cost_usd, late.unattributed_count, late.notes) == (0.0, 0, ())
    assert late.total_count == sum(1 for record in records() if record.keys["queue"])


def test_usage_without_the_key_is_a_row_where_the_service_gives_it(steady: Asker) -> None:
    report = steady.report(question(TINY, WEEK, "instance_type"))
    cost = dict(zip(report.table["instance_type"], report.table["cost_usd_sum"], strict=True))
    assert cost == {"c5.4xlarge": 8.0, "r5.8xlarge": 2.0, "": 3.0}
    assert (report.unattributed_cost_usd, report.unattributed_count) == (0.0, 0)


def test_usage_without_the_key_is_unattributed_where_the_service_leaves_it_out() -> None:
    with asking(TINY, service=SimulatorSettings(drop_missing_keys=True)) as one:
        report = one.report(question(TINY, WEEK, "instance_type"))
        by_fleet = one.report(question(TINY, WEEK, "job", scope="fleet"))
    assert report.table["instance_type"].tolist() == ["c5.4xlarge", "r5.8xlarge"]
    assert (report.unattributed_cost_usd, report.unattributed_count) == (3.0, 2)
    assert report.total_cost_usd.sum == 10.0
    assert (by_fleet.unattributed_cost_usd, by_fleet.unattributed_count) == (4.0, 2)


def test_what_a_witness_leaves_out_is_a_row_without_the_key_and_a_note() -> None:
    with asking(autumn_world(), service=SimulatorSettings(drop_missing_keys=True)) as one:
        report = one.report(question(autumn_world(), WHOLE, "user", "job", "instance_type"))
    placed = [r for r in records() if r.keys["job"] and r.keys["instance_type"]]
    nobodys = figures(record for record in placed if not record.keys["user"])
    table = report.table
    assert report.total_count == len(placed)
    assert table.loc[table["user_id"] == "", "cost_usd_sum"].sum() == pytest.approx(
        nobodys["cost_usd_sum"]
    )
    (note,) = report.notes
    assert f"${nobodys['cost_usd_sum']:,.2f} belongs to 1 job whose user" in note


def test_people_stand_beside_their_ids_and_whoever_has_no_name_keeps_the_id(steady: Asker) -> None:
    table = steady.report(question(TINY, WEEK, "usage_type", "user", scope="fleet")).table
    assert list(table.columns[2:5]) == ["usage_type", "user_id", "user_name"]
    named = dict(zip(table["user_id"], table["user_name"], strict=True))
    assert named == {ADA: "Ada Reyes", BEN: BEN, ROBOT: "robot", "": ""}


def test_people_that_may_not_be_looked_up_keep_their_ids_and_that_is_said(tiny: Asker) -> None:
    tiny.simulator.faults.add(Fault("DescribeUser", "access_denied", None))
    report = tiny.report(question(TINY, WEEK, "user"))
    assert set(report.table["user_name"]) == {ADA, BEN, "robot"}
    assert [note.startswith("People are shown by their ids") for note in report.notes] == [True]
    assert report.total_cost_usd.sum == 13.0


def test_the_cost_scale_factor_is_told_and_never_applied() -> None:
    with asking(autumn_world()) as one:
        report = one.report(question(autumn_world(), WHOLE))
    cost = figures(r for r in records() if r.keys["queue"])["cost_usd_sum"]
    assert report.basis.cost_scale_factor == 0.9
    assert report.total_cost_usd.sum == pytest.approx(cost)


@pytest.mark.parametrize("kind", ["access_denied", "not_found", "internal_error"])
def test_a_cost_scale_factor_that_cannot_be_had_is_none_and_no_error(
    tiny: Asker, kind: str
) -> None:
    tiny.simulator.faults.add(Fault("GetFarm", kind, None))  # type: ignore[arg-type]
    report = tiny.report(question(TINY, WEEK))
    assert report.basis.cost_scale_factor is None
    assert report.total_cost_usd.sum == 13.0


def test_progress_is_told_in_the_askers_own_thread_until_the_answer() -> None:
    told: list[tuple[Progress, int]] = []
    with asking(TINY, service=SimulatorSettings(running_base_seconds=6)) as one:
        one.report(
            question(TINY, WEEK, "user"),
            progress=lambda progress: told.append((progress, threading.get_ident())),
        )
    assert {thread for _, thread in told} == {threading.get_ident()}
    assert {progress.of for progress, _ in told} - {0} == {2}
    done = [progress.done for progress, _ in told if progress.of]
    assert done == sorted(done)
    said = [str(progress) for progress, _ in told if progress.of]
    doing = r"run [12] of 2: ((waiting for its turn|the service is adding up)(, \d+ s)?|done)"
    assert [text for text in said if not re.fullmatch(doing, text)] == []
    assert any(s.endswith(" s") for s in said)


def test_what_is_prepared_is_not_started_again_when_it_is_asked() -> None:
    asked = question(autumn_world(), WHOLE, "user", "queue", "instance_type")
    with asking(autumn_world()) as alone:
        right = alone.report(asked)
    with asking(autumn_world()) as one, one.reporter.prepared([asked, asked]):
        report = one.report(asked)
        with one.reporter.prepared([asked]):
            starts = [repr(start) for start in one.starts()]
    assert len(starts) == len(set(starts)) == len(alone.starts()) > 2
    assert len(report.runs) == len(starts)
    assert report.table.equals(right.table)


def test_nothing_is_prepared_where_there_is_nothing_to_ask(tiny: Asker) -> None:
    nothing = [
        question(TINY, (TINY.now + 24 * HOUR, TINY.now + 48 * HOUR)),
        question(TINY, WEEK, ids=(COMP,), where={"queue": {LIGHTING}}),
        question(TINY, WEEK, "user", "fleet", "instance_type"),
    ]
    with tiny.reporter.prepared(nothing):
        tiny.report(question(TINY, WEEK))
    assert len(tiny.starts()) == 1


def test_questions_about_one_window_share_its_total_by_usage_type(tiny: Asker) -> None:
    for by in ((), ("user",), ("queue",), ("user",), ("usage_type",)):
        tiny.report(question(TINY, WEEK, *by))
    groups = [tuple(start["groupBy"]) for start in tiny.starts()]
    assert sorted(groups) == [("QUEUE_ID",), ("USAGE_TYPE",), ("USER_ID",)]


def test_a_question_that_takes_too_long_is_overdue_and_goes_on_when_asked_again() -> None:
    slow, asked = SimulatorSettings(running_base_seconds=50.0), question(TINY, WEEK, "user")
    with asking(TINY, service=slow, hurry=200, question_seconds=60.0) as one:
        with pytest.raises(Overdue, match="run 2 of 2: the service is adding up") as caught:
            one.report(asked)
        assert caught.value.exit_code == 4
        assert "FARM_COSTS_QUESTION_SECONDS" in caught.value.todo
        assert one.report(asked).total_cost_usd.sum == 13.0
        assert len(one.starts()) == 2


def test_each_run_behind_a_report_is_told_once(tiny: Asker) -> None:
    for by in ((), ("usage_type",), ("user",)):
        for _ in range(2):
            report = tiny.report(question(TINY, WEEK, *by))
            assert len(report.runs) == len(set(report.runs)) == (2 if by == ("user",) else 1)


def test_a_run_that_only_brings_names_costs_only_the_names() -> None:
    with asking(TINY, service=SimulatorSettings(job_names=False)) as one:
        one.simulator.faults.add(Fault(START, "access_denied", None, skip=2))
        report = one.report(question(TINY, WEEK, "job"))
        assert report.total_cost_usd.sum == 13.0
        assert report.unattributed_cost_usd == 0.0
        (note,) = report.notes
        assert note.startswith("Some jobs are shown by their ids: AWS does not allow deadline:")
        with pytest.raises(NamesMissing, match="have no name that could be had") as error:
            one.report(question(TINY, WEEK, "job", job_name_contains="comp"))
        assert error.value.exit_code == 3


def test_a_refresh_asks_again_for_what_was_answered_before_it(tiny: Asker) -> None:
    asked = question(TINY, WEEK, "user")
    tiny.report(asked)
    tiny.clock.advance(minutes=2)
    clicked = tiny.clock.now
    tiny.report(asked, not_before=clicked)
    assert len(tiny.starts()) == 4
    tiny.report(asked, not_before=clicked)
    assert len(tiny.starts()) == 4


def test_where_one_plan_proves_wrong_the_next_one_answers(tiny: Asker) -> None:
    """Two people's usage under one job tells nothing of the other cuts: they are asked."""
    usage = TINY.usage.copy()
    usage.loc[usage.index[0], "user_id"] = BEN
    torn = replace(TINY, usage=usage)
    with asking(torn) as one:
        report = one.report(question(torn, WEEK, "queue", "user", "instance_type"))
        with pytest.raises(Unanswerable, match="does not show how"):
            one.report(question(torn, WEEK, "fleet", "job", "user"))
    (row,) = report.table[
        (report.table["queue_id"] == COMP) & (report.table["user_id"] == BEN)
    ].to_dict("records")
    assert (row["instance_type"], row["cost_usd_sum"]) == ("c5.4xlarge", 1.0)
    assert report.total_cost_usd.sum == 13.0


def test_the_source_is_named_in_the_basis(steady: Asker) -> None:
    basis = steady.report(question(TINY, WEEK)).basis
    assert (basis.source, basis.currency, basis.cost_scale_factor) == ("demo", "USD", 1.0)
