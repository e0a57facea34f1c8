"""The view and its URL: what a link holds, what is left out, and which window it means."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.errors import NotFound
from stats.model import Dimension, Farm, FarmId, Filter, Period, Queue, Scope
from stats.zone import Zone
from ui import link
from ui import view as views
from ui.presets import Preset, first_of_all
from ui.view import Curve, Granularity, Measure, View

D = Dimension
NOW = datetime(2026, 11, 23, 14, 43, tzinfo=UTC)
UTC_ZONE = Zone("UTC")
TEXT = st.text(min_size=1, max_size=30)


@given(
    farm=TEXT,
    scope=st.sampled_from([D.QUEUE, D.FLEET]),
    ids=st.sets(TEXT.filter(lambda text: text != link.ALL), max_size=3),
    preset=st.sampled_from([p for p in Preset if p is not Preset.DATES]),
    grain=st.sampled_from(Granularity),
    users=st.sets(st.text(max_size=30), max_size=3),
    others=st.sets(TEXT.filter(lambda text: text != link.ALL) | st.just(""), max_size=3),
    name=st.text(max_size=30),
    measure=st.sampled_from(Measure),
    stack=st.sampled_from(Dimension),
    rows=st.sampled_from(Dimension),
    columns=st.sampled_from(Dimension),
    by=st.sampled_from([d for d in Dimension if d is not D.JOB]),
    curve=st.sampled_from(Curve),
    begins=st.none() | st.dates(date(1990, 1, 1), date(2190, 12, 31)),
)
def test_a_view_comes_back_from_its_own_link(
    farm,
    scope,
    ids,
    preset,
    grain,
    users,
    others,
    name,
    measure,
    stack,
    rows,
    columns,
    by,
    curve,
    begins,
) -> None:
    view = View(
        farm_id=farm,
        scope=scope,
        ids=tuple(sorted(ids)),
        preset=preset,
        first=begins if preset is Preset.ALL else None,
        granularity=grain,
        job_text=name,
        measure=measure,
        stack=stack,
        rows=rows,
        columns=columns,
        by=by,
        curve=curve,
    )
    view = view.with_filter(D.USER, frozenset(users)).with_filter(view.other, frozenset(others))
    assert link.parsed(link.parameters(view)) == (view, ())


@pytest.mark.parametrize(
    ("values", "read"),
    [
        (["compute", "License"], {"COMPUTE", "LICENSE"}),
        (["", "SNAPSHOT"], {"", "SNAPSHOT"}),
    ],
)
def test_usage_types_are_taken_in_any_case_and_newer_ones_as_they_are(values, read) -> None:
    view, left_out = link.parsed({"usage_type": values})
    assert [(one.dimension, set(one.values)) for one in view.where] == [(D.USAGE_TYPE, read)]
    assert left_out == ()


def test_free_dates_come_back_too() -> None:
    view = View(preset=Preset.DATES, first=date(2026, 10, 1), last=date(2026, 10, 31))
    assert link.parsed(link.parameters(view)) == (view, ())


def test_a_plain_view_has_an_empty_link() -> None:
    assert link.parameters(View()) == {}


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"window": ["yesteryear"]}, "window “yesteryear”"),
        ({"colour": ["red"]}, "“colour”"),
        ({"period": ["x"]}, "period “x”"),
        ({"window": ["dates"], "start": ["2026-10-09"], "end": ["2026-10-01"]}, "dates"),
        ({"window": ["dates"], "start": ["2026-10-01"], "end": ["9999-12-31"]}, "9999-12-31"),
        ({"window": ["dates"], "start": ["0001-01-01"], "end": ["2026-10-01"]}, "0001-01-01"),
        ({"count": ["user"]}, "count “user”"),
        ({"stack": ["price"]}, "stack “price”"),
        ({"by": ["job"]}, "by “job”"),
        ({"curve": ["flat"]}, "curve “flat”"),
        (
            {"usage_type": ["computer", "COMPUTE"]},
            "usage_type “computer”, which is none of COMPUTE, LICENSE, PERSISTENT_VOLUME",
        ),
    ],
)
def test_what_a_link_holds_that_is_not_understood_is_said(parameters, said) -> None:
    view, left_out = link.parsed(parameters)
    assert any(said in each.said for each in left_out)
    assert view.preset is Preset.DAYS_30


@pytest.mark.parametrize(
    ("parameters", "of_usage"),
    [
        ({"window": ["fortnight"]}, True),
        ({"start": ["2026-02-31"]}, True),
        ({"window": ["7d"], "start": ["2026-02-01"], "end": ["2026-02-02"]}, True),
        ({"window": ["all"], "end": ["2026-02-02"]}, True),
        ({"farm": ["farm-a", "farm-b"]}, True),
        ({"farm": [""]}, True),
        ({"queue": [""]}, True),
        ({"queue": ["all", "q"]}, True),
        ({"count": ["user"]}, True),
        ({"name": ["sh010", "sh020"]}, True),
        ({"name": [""]}, False),
        ({"user": ["u"] * 901}, True),
        ({"usage_type": ["computer"]}, True),
        ({"cut": ["3"]}, True),
        ({"period": ["yearly"]}, False),
        ({"show": ["weight"]}, False),
        ({"stack": ["price"]}, False),
        ({"curve": ["flat"]}, False),
        ({"utm_source": ["letter"]}, False),
    ],
    ids=str,
)
def test_a_part_that_is_not_understood_is_of_usage_where_other_usage_would_be_shown(
    parameters, of_usage
) -> None:
    _, left_out = link.parsed(parameters)
    assert [one.of_usage for one in left_out] == [of_usage] * len(left_out) != []


def test_a_view_of_no_farm_is_of_the_first_and_one_of_an_unknown_farm_of_none() -> None:
    farms = [Farm(FarmId("farm-a"), "A"), Farm(FarmId("farm-b"), "B")]
    assert views.on_a_farm(View(ids=("q",)), farms) == View(farm_id="farm-a", ids=("q",))
    assert views.on_a_farm(View(farm_id="farm-b"), farms) == View(farm_id="farm-b")
    with pytest.raises(
        views.NoSuchFarm, match=r"no farm farm-x in this Region. They see A, B\."
    ) as no:
        views.on_a_farm(View(farm_id="farm-x"), farms)
    assert no.value.farms == tuple(farms)
    with pytest.raises(NotFound):
        views.on_a_farm(View(), [])


def test_of_many_farms_a_few_are_named() -> None:
    farms = [Farm(FarmId(f"farm-{n}"), f"F{n}") for n in range(12)]
    with pytest.raises(views.NoSuchFarm, match=r"F0, .*, F9, 2 more\."):
        views.on_a_farm(View(farm_id="farm-x"), farms)


def test_unknown_queues_are_left_out_and_said() -> None:
    queues = [Queue("q1", "one"), Queue("q2", "two")]
    view, left_out = views.with_known(View(ids=("q1", "q9")), queues, [])
    assert view.ids == ("q1",)
    assert left_out == ("the queue q9",)


@pytest.mark.parametrize(
    ("preset", "first", "after", "before_start", "before_end"),
    [
        (Preset.TODAY, (11, 23), (11, 24), (2026, 11, 22, 0), (2026, 11, 22, 14)),
        (Preset.DAYS_7, (11, 17), (11, 24), (2026, 11, 10, 0), (2026, 11, 16, 14)),
        (Preset.DAYS_30, (10, 25), (11, 24), (2026, 9, 25, 0), (2026, 10, 24, 14)),
        (Preset.THIS_WEEK, (11, 23), (11, 24), (2026, 11, 16, 0), (2026, 11, 16, 14)),
        (Preset.LAST_WEEK, (11, 16), (11, 23), (2026, 11, 9, 0), (2026, 11, 16, 0)),
        (Preset.THIS_MONTH, (11, 1), (11, 24), (2026, 10, 1, 0), (2026, 10, 23, 14)),
        (Preset.LAST_MONTH, (10, 1), (11, 1), (2026, 9, 1, 0), (2026, 10, 1, 0)),
        (Preset.THIS_QUARTER, (10, 1), (11, 24), (2026, 7, 1, 0), (2026, 8, 23, 14)),
        (Preset.LAST_QUARTER, (7, 1), (10, 1), (2026, 4, 1, 0), (2026, 7, 1, 0)),
        (Preset.THIS_YEAR, (1, 1), (11, 24), (2025, 1, 1, 0), (2025, 11, 23, 14)),
    ],
)
def test_windows_are_whole_days_and_are_compared_like_with_like(
    preset, first, after, before_start, before_end
) -> None:
    view = View(preset=preset)
    window = views.window(view, NOW, UTC_ZONE)
    assert window.start == datetime(2026, *first, tzinfo=UTC)
    assert window.end == datetime(2026, *after, tzinfo=UTC)
    before = views.window_before(view, NOW, UTC_ZONE)
    assert before is not None
    assert before.start == datetime(*before_start, tzinfo=UTC)
    assert before.end == datetime(*before_end, tzinfo=UTC)


@pytest.mark.parametrize(
    ("preset", "first", "end", "before"),
    [
        (Preset.LAST_YEAR, (2025, 1, 1), (2026, 1, 1), ((2024, 1, 1, 0), (2025, 1, 1, 0))),
        (Preset.MONTHS_12, (2025, 11, 24), (2026, 11, 24), ((2024, 11, 24, 0), (2025, 11, 23, 14))),
    ],
)
def test_a_year_back_is_compared_with_the_year_before_it(preset, first, end, before) -> None:
    window = views.window(View(preset=preset), NOW, UTC_ZONE)
    assert (window.start, window.end) == (_utc(*first), _utc(*end))
    compared = views.window_before(View(preset=preset), NOW, UTC_ZONE)
    assert compared is not None
    assert (compared.start, compared.end) == (_utc(*before[0]), _utc(*before[1]))


@pytest.mark.parametrize(
    ("today", "first"),
    [
        ((2028, 2, 29), (2027, 3, 1)),
        ((2029, 2, 28), (2028, 2, 29)),
        ((2028, 2, 28), (2027, 3, 1)),
        ((2026, 12, 31), (2026, 1, 1)),
    ],
)
def test_the_last_twelve_months_are_a_year_without_its_first_day_again(today, first) -> None:
    window = views.window(View(preset=Preset.MONTHS_12), _utc(*today, 12), UTC_ZONE)
    assert window.start == _utc(*first)
    assert window.end == _utc(*today) + timedelta(days=1)


def test_a_year_to_date_with_a_29_february_is_compared_over_as_many_days() -> None:
    before = views.window_before(View(preset=Preset.THIS_YEAR), _utc(2028, 2, 29, 6), UTC_ZONE)
    assert before is not None
    assert (before.start, before.end) == (_utc(2027, 1, 1), _utc(2027, 3, 1, 6))
    before = views.window_before(View(preset=Preset.THIS_YEAR), _utc(2028, 12, 31, 6), UTC_ZONE)
    assert before is not None
    assert (before.start, before.end) == (_utc(2027, 1, 1), _utc(2028, 1, 1))


def test_years_and_quarters_begin_at_local_midnight_on_both_sides_of_a_clock_change() -> None:
    zone, now = Zone("America/Los_Angeles"), _utc(2026, 11, 23, 14, 43)
    assert views.window(View(preset=Preset.THIS_QUARTER), now, zone).start == _utc(2026, 10, 1, 7)
    before = views.window_before(View(preset=Preset.THIS_QUARTER), now, zone)
    assert before is not None
    assert (before.start, before.end) == (_utc(2026, 7, 1, 7), _utc(2026, 8, 23, 13))
    last = views.window(View(preset=Preset.LAST_QUARTER), _utc(2027, 1, 1, 7), zone)
    assert (last.start, last.end) == (_utc(2026, 7, 1, 7), _utc(2026, 10, 1, 7))
    quarter = views.Window(_utc(2026, 10, 1, 7), _utc(2027, 1, 1, 8))
    assert views.granularity(View(), quarter) is Period.DAILY


@pytest.mark.parametrize(
    ("first", "start", "end"),
    [
        (None, (2024, 1, 1), (2026, 11, 24)),
        (date(2024, 3, 14), (2024, 3, 14), (2026, 11, 24)),
        (date(2026, 11, 24), (2026, 11, 24), (2026, 11, 25)),
        (date(2150, 1, 1), (2150, 1, 1), (2150, 1, 2)),
    ],
)
def test_all_begins_where_its_link_says_or_with_the_calendar_and_is_compared_with_nothing(
    first, start, end
) -> None:
    view = View(preset=Preset.ALL, first=first)
    window = views.window(view, NOW, UTC_ZONE)
    assert (window.start, window.end) == (_utc(*start), _utc(*end))
    assert views.window_before(view, NOW, UTC_ZONE) is None


@pytest.mark.parametrize(
    ("since", "first"),
    [
        (None, date(2026, 8, 26)),
        (date(2026, 11, 1), date(2026, 8, 26)),
        (date(2023, 5, 4), date(2023, 5, 4)),
    ],
)
def test_all_is_chosen_from_the_first_day_of_history_and_has_90_days_at_least(since, first) -> None:
    assert first_of_all(date(2026, 11, 23), since) == first


@pytest.mark.parametrize(
    ("more", "first", "said"),
    [
        ({}, None, []),
        ({"start": ["2024-03-14"]}, date(2024, 3, 14), []),
        ({"start": ["0001-01-01"]}, None, ["start “0001-01-01”, which is not within 1990 to 2198"]),
        (
            {"start": ["2024-03-14"], "end": ["2024-03-20"]},
            date(2024, 3, 14),
            ["the last day, since the window “all” ends today"],
        ),
    ],
)
def test_a_link_to_all_holds_its_first_day_and_no_last_one(more, first, said) -> None:
    view, left_out = link.parsed({"window": ["all"], **more})
    assert (view.preset, view.first, view.last) == (Preset.ALL, first, None)
    assert [one.said for one in left_out] == said
    kept = {"start": [str(first)]} if first else {}
    assert link.parameters(view) == {"window": ["all"], **kept}


def _utc(*at: int) -> datetime:
    return datetime(*at, tzinfo=UTC)


def test_month_to_date_on_the_31st_is_compared_with_no_more_than_the_month_before() -> None:
    now = datetime(2026, 3, 31, 12, tzinfo=UTC)
    before = views.window_before(View(preset=Preset.THIS_MONTH), now, UTC_ZONE)
    assert before is not None
    assert (before.start, before.end) == (
        datetime(2026, 2, 1, tzinfo=UTC),
        datetime(2026, 3, 1, tzinfo=UTC),
    )


def test_free_dates_hold_both_days() -> None:
    view = View(preset=Preset.DATES, first=date(2026, 10, 1), last=date(2026, 10, 31))
    window = views.window(view, NOW, Zone("America/Los_Angeles"))
    assert window.start == datetime(2026, 10, 1, 7, tzinfo=UTC)
    assert window.end == datetime(2026, 11, 1, 7, tzinfo=UTC)


def test_in_the_first_hour_of_the_day_there_is_nothing_to_compare() -> None:
    now = datetime(2026, 11, 23, 0, 20, tzinfo=UTC)
    assert views.window_before(View(preset=Preset.TODAY), now, UTC_ZONE) is None


def test_what_no_farm_can_have_seen_is_not_compared_with() -> None:
    view = View(preset=Preset.DATES, first=date(1990, 1, 5), last=date(2026, 1, 1))
    assert views.window_before(view, NOW, UTC_ZONE) is None


def test_granularity_goes_by_the_windows_length_unless_chosen() -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)

    def of(days: int, **more) -> Period:
        return views.granularity(View(**more), views.Window(start, start + timedelta(days=days)))

    assert [of(1), of(30), of(180), of(800)] == [
        Period.HOURLY,
        Period.DAILY,
        Period.WEEKLY,
        Period.MONTHLY,
    ]
    assert of(30, granularity=Granularity.MONTHLY) is Period.MONTHLY


@pytest.mark.parametrize(
    ("days", "chosen", "drawn"),
    [
        (100, Granularity.HOURLY, Period.HOURLY),
        (101, Granularity.HOURLY, Period.DAILY),
        (2_400, Granularity.DAILY, Period.DAILY),
        (2_401, Granularity.HOURLY, Period.WEEKLY),
        (2_401, Granularity.WEEKLY, Period.WEEKLY),
        (400 * 365, Granularity.HOURLY, Period.MONTHLY),
    ],
)
def test_no_more_periods_are_drawn_than_a_browser_can(days, chosen, drawn) -> None:
    start = datetime(2026, 1, 1, tzinfo=UTC)
    window = views.Window(start, start + timedelta(days=days))
    assert views.granularity(View(granularity=chosen), window) is drawn


def test_a_filter_replaces_the_one_on_its_dimension_and_an_empty_one_takes_it_off() -> None:
    view = View().with_filter(D.USER, frozenset({"a"})).with_filter(D.JOB, frozenset({"j"}))
    view = view.with_filter(D.USER, frozenset({"b"}))
    assert view.filtered(D.USER) == {"b"}
    assert view.with_filter(D.USER, frozenset()).where == (Filter(D.JOB, frozenset({"j"})),)


def test_fleets_filter_what_queues_are_chosen_and_the_other_way() -> None:
    view = View(ids=("q1",)).with_filter(D.FLEET, frozenset({"f1"}))
    assert (view.scope, view.ids, view.where) == (
        D.QUEUE,
        ("q1",),
        (Filter(D.FLEET, frozenset({"f1"})),),
    )
    turned = view.counted_by(D.FLEET)
    assert (turned.scope, turned.ids, turned.where) == (
        D.FLEET,
        ("f1",),
        (Filter(D.QUEUE, frozenset({"q1"})),),
    )
    assert turned.counted_by(D.QUEUE) == view == view.counted_by(D.QUEUE)
    assert View().counted_by(D.FLEET) == View(scope=D.FLEET)


def test_usage_without_a_fleet_is_no_fleet_to_count_by() -> None:
    turned = View().with_filter(D.FLEET, frozenset({"", "f1"})).counted_by(D.FLEET)
    assert (turned.scope, turned.ids, turned.where) == (D.FLEET, ("f1",), ())


def test_all_queues_chosen_one_by_one_are_not_all_that_the_farm_has() -> None:
    """It may get more, and had others before."""
    queues, ids = [Queue("q1", "one"), Queue("q2", "two")], ("q1", "q2")
    chosen, left_out = views.with_known(View(farm_id="f", ids=ids), queues, [])
    assert (chosen.ids, left_out) == (ids, ())
    assert link.parameters(chosen) == {"farm": ["f"], "queue": ["q1", "q2"]}
    assert _scope(chosen, ids) == Scope(D.QUEUE, ids, whole=False)
    assert _scope(View(farm_id="f"), ids) == Scope(D.QUEUE, ids, whole=True)


def _scope(view: View, listed: tuple[str, ...]) -> Scope:
    span = views.window(view, NOW, UTC_ZONE)
    return views.question(view, listed, span, UTC_ZONE, ()).scope


def test_a_filter_by_fleets_keeps_deleted_ones_and_leaves_out_what_is_none() -> None:
    deleted = "fleet-" + "9" * 32
    view = View(ids=("q1",)).with_filter(D.FLEET, frozenset({deleted, "", "fleet 7"}))
    known, left_out = views.with_known(view, [Queue("q1", "one"), Queue("q2", "two")], [])
    assert known.filtered(D.FLEET) == {deleted, ""}
    assert left_out == ("the fleet fleet 7",)


@pytest.mark.parametrize(
    ("parameters", "scope", "ids", "other"),
    [
        ({"queue": ["q"], "fleet": ["f"]}, D.QUEUE, ("q",), {"f"}),
        ({"queue": ["q"], "fleet": ["f"], "count": ["fleet"]}, D.FLEET, ("f",), {"q"}),
        ({"queue": ["q"], "fleet": ["all"]}, D.FLEET, (), {"q"}),
        ({"queue": ["all"], "fleet": ["f"]}, D.QUEUE, (), {"f"}),
        ({"fleet": ["f"]}, D.FLEET, ("f",), set()),
        ({"fleet": ["all"]}, D.FLEET, (), set()),
        ({"queue": ["all"], "fleet": [""]}, D.QUEUE, (), {""}),
    ],
)
def test_a_link_may_hold_queues_and_fleets(parameters, scope, ids, other) -> None:
    view, left_out = link.parsed(parameters)
    assert (view.scope, view.ids, view.filtered(view.other)) == (scope, ids, other)
    assert left_out == ()
    assert link.parameters(view) == parameters


DATED = {"start": ["2026-10-01"], "end": ["2026-10-31"]}


def test_a_first_and_a_last_day_mean_dates_by_themselves() -> None:
    view, left_out = link.parsed(DATED)
    assert (view.preset, view.first, view.last) == (
        Preset.DATES,
        date(2026, 10, 1),
        date(2026, 10, 31),
    )
    assert left_out == ()
    assert link.parsed(DATED | {"window": ["dates"]}) == (view, ())


@pytest.mark.parametrize(
    ("parameters", "preset", "said"),
    [
        ({"start": ["2026-10-01"]}, Preset.DAYS_30, ["the dates, which are not two days in order"]),
        (
            {"start": ["1900-01-01"], "end": ["2026-11-26"]},
            Preset.DAYS_30,
            ["start “1900-01-01”, which is not within 1990 to 2198"],
        ),
        ({"start": ["soon"], "end": ["2026-11-26"]}, Preset.DAYS_30, ["start “soon”"]),
        (DATED | {"window": ["7d"]}, Preset.DAYS_7, ["the dates, since the window is “7d”"]),
        (DATED | {"window": ["nonsense"]}, Preset.DATES, ["window “nonsense”"]),
        (DATED | {"window": [""]}, Preset.DATES, ["window, which is empty"]),
        ({"window": ["7d", "14d"]}, Preset.DAYS_7, ["window “14d”, which comes second"]),
        ({"window": ["7d", "7d"]}, Preset.DAYS_7, []),
        ({"farm": [""]}, Preset.DAYS_30, ["farm, which is empty"]),
        ({"queue": ["all", "q"]}, Preset.DAYS_30, ["queue “all”, beside others"]),
        ({"queue": ["", "q"]}, Preset.DAYS_30, ["queue, which is empty"]),
    ],
    ids=str,
)
def test_what_contradicts_itself_in_a_link_is_said(parameters, preset, said) -> None:
    view, left_out = link.parsed(parameters)
    assert view.preset is preset
    assert view.ids == (("q",) if "queue" in parameters else ())
    assert [one.said for one in left_out] == said


def test_of_more_values_than_a_link_holds_it_is_said_how_many_are_left_out() -> None:
    jobs = [f"job-{n}" for n in range(1_203)]
    view, left_out = link.parsed({"farm": ["f"], "user": ["u"], "job": jobs, "cut": ["7"]})
    assert view.filtered(D.USER) == {"u"}
    assert len(view.filtered(D.JOB)) == 898
    assert [one.said for one in left_out] == ["312 values, since a link holds 900 at most"]
