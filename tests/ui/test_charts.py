"""Figures hold exactly the table's numbers, safe names, and keys that a click can filter by."""

import json
import math
from datetime import UTC, date, datetime, timedelta

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.model import MISSING, Period, Window
from stats.zone import Zone
from ui import charts
from ui.charts import Look, Part, Side, Timeline
from ui.colours import Colours
from ui.theme import DARK, LIGHT

UTC_ZONE = Zone("UTC")
LOS_ANGELES = Zone("America/Los_Angeles")
DAY = [datetime(2026, 11, d, tzinfo=UTC) for d in range(1, 5)]
HARMFUL = '<b onclick="x">$a$ & $b$</b>'


def timeline(preliminary_from=None):
    window = Window(DAY[0], DAY[3] + timedelta(days=1))
    return Timeline.of(window, Period.DAILY, UTC_ZONE, preliminary_from)


def rows(*cells):
    """Rows of (day of the window, user, dollars); a worker's hour costs a dollar."""
    return pd.DataFrame(
        {
            "period_start": pd.Series(
                [DAY[day] for day, _, _ in cells], dtype="datetime64[us, UTC]"
            ),
            "user_id": pd.Series([user for _, user, _ in cells], dtype="str"),
            "user_name": pd.Series([user.upper() for _, user, _ in cells], dtype="str"),
            "cost_usd_sum": [float(cost) for _, _, cost in cells],
            "runtime_seconds_sum": [cost * 3600.0 for _, _, cost in cells],
        }
    )


def look(dark=False, selected=()):
    return Look(dark, Colours(), frozenset(selected))


TWELVE = rows(*((0, f"u{n:02}", 2**n) for n in range(12)))
"""Users u00 to u11 who cost 1, 2, 4 … 2048 dollars."""


def test_the_nine_largest_are_shown_and_the_rest_are_added_up():
    parts = charts.largest_and_others(TWELVE, "cost_usd_sum", "user_id")
    assert [part.key for part in parts] == [f"u{n:02}" for n in range(11, 2, -1)] + [None]
    assert parts[0] == Part("u11", "U11", 2048.0)
    assert parts[-1] == Part(None, "Others (3)", 7.0)


def test_one_that_would_be_alone_in_others_is_shown_by_name():
    ten = TWELVE[TWELVE["cost_usd_sum"] >= 4]
    parts = charts.largest_and_others(ten, "cost_usd_sum", "user_id")
    assert len(parts) == 10
    assert parts[-1].key == "u02"


def test_equal_values_stand_in_the_order_of_their_keys():
    table = rows((0, "b", 1), (0, "a", 1), (0, "c", 2))
    parts = charts.largest_and_others(table, "cost_usd_sum", "user_id")
    assert [part.key for part in parts] == ["c", "a", "b"]


def test_rows_of_one_key_are_added_up():
    parts = charts.largest_and_others(rows((0, "a", 1), (3, "a", 2)), "cost_usd_sum", "user_id")
    assert parts == (Part("a", "A", 3.0),)


def test_averages_are_not_added_up():
    table = TWELVE.assign(cost_usd_avg=1.0)
    with pytest.raises(ValueError, match="does not add up"):
        charts.largest_and_others(table, "cost_usd_avg", "user_id")


@given(
    st.lists(st.tuples(st.integers(0, 3), st.sampled_from("abcdefgh"), st.integers(0, 2**30))),
    st.integers(1, 9),
)
def test_parts_sum_to_the_whole_exactly(cells, most):
    table = rows(*((day, user, sixtyfourths / 64) for day, user, sixtyfourths in cells))
    parts = charts.largest_and_others(table, "cost_usd_sum", "user_id", most)
    assert sum(part.value for part in parts) == sum(cost / 64 for _, _, cost in cells)


@given(st.lists(st.floats(0, 1e7), min_size=1, max_size=40), st.integers(1, 9))
def test_parts_of_any_amounts_sum_to_the_whole_within_one_rounding(costs, most):
    table = rows(*((0, f"u{n}", cost) for n, cost in enumerate(costs)))
    parts = charts.largest_and_others(table, "cost_usd_sum", "user_id", most)
    whole = math.fsum(costs)
    assert abs(math.fsum(part.value for part in parts) - whole) <= math.ulp(whole)


def test_bars_over_time_fill_gaps_with_zeros_and_put_the_largest_first():
    table = rows((0, "a", 1), (0, "b", 5), (3, "a", 2.5))
    figure = charts.over_time(table, "cost_usd_sum", "user_id", timeline(), look())
    assert [trace.legendgroup for trace in figure.data] == ["b", "a"]
    assert [trace.meta for trace in figure.data] == ["b", "a"]
    assert list(figure.data[0].y) == [5, 0, 0, 0]
    assert list(figure.data[1].y) == [1, 0, 0, 2.5]
    assert list(figure.data[1].x) == [0, 1, 2, 3]
    assert figure.layout.barmode == "stack"


def test_run_time_is_drawn_in_hours_and_has_no_share():
    table = rows((0, "a", 1.5), (1, "b", 3))
    figure = charts.over_time(table, "runtime_seconds_sum", "user_id", timeline(), look())
    assert list(figure.data[1].y) == [1.5, 0, 0, 0]
    assert figure.data[1].customdata[0][2:5] == ["1 h 30 min 0 s", "", "1 Nov"]
    assert figure.layout.yaxis.ticksuffix == " h"


def test_others_over_time_are_the_rest_of_each_period_and_have_no_key():
    table = pd.concat([TWELVE, rows((2, "u00", 10), (2, "u11", 1))])
    figure = charts.over_time(table, "cost_usd_sum", "user_id", timeline(), look(), most=3)
    others = figure.data[-1]
    assert others.name == "Others (9)"
    assert list(others.y) == [511, 0, 10, 0]
    assert {point[0] for point in others.customdata} == {None}
    assert others.legendgroup is None
    assert others.marker.color == LIGHT.others
    assert {point[0] for point in figure.data[0].customdata} == {"u11"}


def test_hover_text_has_full_precision_and_the_share_of_its_period():
    table = rows((0, "a", 0.123456), (0, "b", 0.370368))
    figure = charts.over_time(table, "cost_usd_sum", "user_id", timeline(), look())
    assert figure.data[1].customdata[0] == [
        *("a", "A", "&#36;0.123456", " · 25.0%", "1 Nov", "2026-11-01T00:00:00+00:00"),
    ]


def test_preliminary_periods_are_lighter_hatched_and_said_to_be():
    figure = charts.over_time(TWELVE, "cost_usd_sum", "user_id", timeline(DAY[2]), look())
    marker = figure.data[0].marker
    assert list(marker.opacity) == [1, 1, 0.6, 0.6]
    assert list(marker.pattern.shape) == ["", "", "/", "/"]
    assert [note.text for note in figure.layout.annotations] == ["preliminary"]
    assert (figure.layout.shapes[0].x0, figure.layout.shapes[0].x1) == (1.5, 3.5)


def test_a_period_that_is_partly_preliminary_is_marked():
    assert timeline(DAY[1] + timedelta(hours=1)).first_preliminary == 1
    assert timeline(DAY[0] - timedelta(days=9)).first_preliminary == 0
    assert timeline(DAY[3] + timedelta(days=1)).first_preliminary == 4


def test_settled_figures_carry_no_mark():
    figure = charts.over_time(TWELVE, "cost_usd_sum", "user_id", timeline(), look())
    assert not figure.layout.annotations
    assert set(figure.data[0].marker.pattern.shape) == {""}


def test_a_period_outside_of_the_timeline_is_refused_rather_than_dropped():
    stray = rows((0, "a", 1)).assign(period_start=DAY[0] - timedelta(days=1))
    with pytest.raises(ValueError, match="2026-10-31"):
        charts.over_time(stray, "cost_usd_sum", "user_id", timeline(), look())


def test_an_empty_table_draws_empty_axes():
    nothing = TWELVE.iloc[:0]
    over = charts.over_time(nothing, "cost_usd_sum", "user_id", timeline(), look())
    assert not over.data
    assert over.layout.yaxis.showticklabels is False
    assert len(charts.ranking(nothing, "cost_usd_sum", "user_id", look()).data[0].x) == 0


def test_a_ranking_has_the_largest_on_top_and_others_without_a_bar_at_the_bottom():
    figure = charts.ranking(TWELVE, "cost_usd_sum", "user_id", look(), most=2)
    bars = figure.data[0]
    assert list(bars.x) == [2048, 1024, 0]
    assert figure.layout.yaxis.range[0] > figure.layout.yaxis.range[1]
    assert [point[0] for point in bars.customdata] == ["u11", "u10", None]
    assert [point[2] for point in bars.customdata] == [
        *("&#36;2,048.00", "&#36;1,024.00", "&#36;1,023.00"),
    ]
    assert [note.text for note in figure.layout.annotations] == [
        *("U11", "&#36;2,048", "U10", "&#36;1,024", "Others (10)", "&#36;1,023"),
    ]


def test_all_of_a_rankings_row_answers_to_a_click():
    seen, unseen = charts.ranking(TWELVE, "cost_usd_sum", "user_id", look(), most=2).data
    assert list(unseen.x) == [2048, 2048, 2048]
    assert unseen.customdata == seen.customdata
    assert unseen.marker.color == "rgba(0,0,0,0)"


def test_what_is_chosen_stands_out():
    figure = charts.ranking(TWELVE, "cost_usd_sum", "user_id", look(selected={"u10"}), most=2)
    assert list(figure.data[0].marker.opacity) == [0.35, 1, 0.35]
    assert figure.layout.annotations[2].text == "<b>U10</b>"
    over = charts.over_time(
        TWELVE, "cost_usd_sum", "user_id", timeline(), look(selected={"u10"}), most=2
    )
    assert [trace.marker.opacity[0] for trace in over.data] == [0.35, 1, 0.35]


@pytest.mark.parametrize("dark", [False, True])
def test_harmful_names_are_plain_words_in_every_chart(dark):
    table = rows((0, "a", 1), (1, "b", 2)).assign(user_name=HARMFUL, instance_type=HARMFUL)
    figures = [
        charts.over_time(table, "cost_usd_sum", "user_id", timeline(), look(dark)),
        charts.ranking(table, "cost_usd_sum", "user_id", look(dark)),
        charts.heat_map(
            table, "cost_usd_sum", Side("user_id"), Side("period_start", order=()), look(dark)
        ),
        charts.treemap(table, "cost_usd_sum", "user_id", "user_name", look(dark)),
    ]
    for figure in figures:
        shown = json.loads(figure.to_json())
        del shown["layout"]["template"]
        texts = [t for t in strings(shown) if "onclick" in t]
        assert all("<b onclick" not in t and "$" not in t for t in texts if t != HARMFUL)
    assert figures[0].data[0].name.startswith("&lt;b onc")


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from strings(inner)


def test_a_name_of_512_characters_is_cut_on_axes_and_wrapped_in_hover_text():
    table = rows((0, "a", 1)).assign(user_name="N" * 512)
    figure = charts.ranking(table, "cost_usd_sum", "user_id", look())
    assert len(figure.layout.annotations[0].text) == 32
    lines = figure.data[0].customdata[0][1].split("<br>")
    assert len(lines) == 6
    assert max(map(len, lines)) == 32


def test_japanese_hover_text_is_no_wider_than_latin():
    table = rows((0, "a", 1)).assign(user_name="山" * 40)
    figure = charts.ranking(table, "cost_usd_sum", "user_id", look())
    assert figure.data[0].customdata[0][1] == f"{'山' * 16}<br>{'山' * 16}<br>{'山' * 8}"


def test_missing_keys_have_words_a_neutral_colour_and_stay_a_key():
    table = rows((0, MISSING, 5), (0, "a", 1))
    figure = charts.ranking(table, "cost_usd_sum", "user_id", look())
    assert [note.text for note in figure.layout.annotations][2] == "No user"
    assert figure.data[0].marker.color == (LIGHT.categorical[0], LIGHT.missing)
    assert [point[0] for point in figure.data[0].customdata] == ["a", MISSING]
    assert list(figure.data[0].x) == [1, 0]


def test_a_heat_map_fills_gaps_in_the_order_that_is_given():
    table = rows((0, "a", 1), (1, "b", 5), (1, "b", 2)).assign(hour=["9", "10", "10"])
    hours = Side("hour", order=("8", "9", "10"))
    figure = charts.heat_map(table, "cost_usd_sum", Side("user_id"), hours, look())
    heat = figure.data[0]
    assert [list(line) for line in heat.z] == [[0, 0, 7], [0, 1, 0]]
    assert heat.customdata[0][2] == ["b", "B", "&#36;7.00", "10", "10"]
    assert heat.zmin == 0
    assert heat.zmax == 7
    assert [list(line) for line in heat.text] == [["", "", "&#36;7.00"], ["", "&#36;1.00", ""]]
    assert list(figure.layout.yaxis.ticktext) == ["B", "A"]


def test_a_treemaps_tiles_add_up_to_the_whole():
    table = TWELVE.assign(instance_type=["x", "y"] * 6)
    tiles = charts.treemap(table, "cost_usd_sum", "user_id", "instance_type", look(), most=3).data[
        0
    ]
    assert sum(tiles.values) == 4095
    assert len(set(tiles.ids)) == len(tiles.ids)
    assert [
        data[0] for data, home in zip(tiles.customdata, tiles.parents, strict=True) if not home
    ] == [
        *("u11", "u10", "u09", None),
    ]
    assert tiles.customdata[1][4] == "y"
    assert tiles.marker.colors[0] == tiles.marker.colors[1] == LIGHT.categorical[0]


def test_the_text_for_those_who_do_not_see_says_the_whole_and_the_largest():
    parts = charts.largest_and_others(TWELVE, "cost_usd_sum", "user_id", 3)
    assert charts.alt_text("Cost by user", parts, "cost_usd_sum") == (
        "Cost by user: $4,095 in all. Largest: U11 $2,048 (50.0%), U10 $1,024 (25.0%), "
        "U09 $512 (12.5%)."
    )
    assert charts.alt_text("Run time by user", parts, "runtime_seconds_sum") == (
        "Run time by user: Largest: U11 34 min, U10 17 min, U09 9 min."
    )
    assert charts.alt_text("Cost by user", [], "cost_usd_sum") == (
        "Cost by user: Nothing ran in this window."
    )


def test_where_there_may_be_more_each_amount_is_at_least_and_nothing_a_share():
    parts = charts.largest_and_others(TWELVE, "cost_usd_sum", "user_id", 1)
    assert charts.alt_text("Cost by user", parts, "cost_usd_sum", more=True) == (
        "Cost by user: at least $4,095 in all. Largest of what is known: U11 $2,048."
    )
    assert charts.alt_text("Run time by user", parts, "runtime_seconds_sum", more=True) == (
        "Run time by user: Largest of what is known: U11 34 min."
    )
    assert "Nothing ran on those days" in charts.alt_text("Cost", [], "cost_usd_sum", more=True)
    more, keys = Look(False, Colours(), more=True), ("cost_usd_sum", "user_id")
    table = TWELVE.assign(day="Monday")
    for drawn in (
        charts.ranking(table, *keys, more, most=1).data[0].customdata[0],
        charts.over_time(table, *keys, timeline(), more, most=1).data[0].customdata[0],
        charts.treemap(table, *keys, "day", more, most=1).data[0].customdata[0],
    ):
        assert list(drawn[2:4]) == ["at least &#36;2,048.00", ""]
    cells = charts.heat_map(table, keys[0], Side(keys[1]), Side("day"), more).data[0]
    assert cells.customdata[0][0][2] == "at least &#36;2,048.00"


def test_a_thing_keeps_its_colour_from_chart_to_chart_and_mode_to_mode():
    colours = Colours()
    first = colours.of("user_id", ["a", "b", "c"], dark=False)
    assert list(first.values()) == list(LIGHT.categorical[:3])
    assert colours.of("user_id", ["d", "c", "a"], dark=False) == {
        "d": LIGHT.categorical[3],
        "c": first["c"],
        "a": first["a"],
    }
    assert colours.of("user_id", ["b"], dark=True) == {"b": DARK.categorical[1]}


def test_usage_types_have_their_own_colours_whatever_comes_first():
    keys = ["NEW", "PERSISTENT_VOLUME", "LICENSE", "COMPUTE"]
    chosen = Colours().of("usage_type", keys, dark=False)
    assert [chosen[key] for key in reversed(keys)] == list(LIGHT.categorical[:4])


@given(st.lists(st.lists(st.integers(0, 40), unique=True, max_size=10), max_size=12))
def test_ten_keys_of_one_chart_never_share_a_colour(charts_keys):
    colours = Colours()
    for keys in charts_keys:
        chosen = colours.of("job_id", [f"job-{key}" for key in keys], dark=False)
        assert len(set(chosen.values())) == len(keys)


def test_keys_beyond_the_palette_are_grey():
    chosen = Colours().of("job_id", [str(n) for n in range(12)], dark=True)
    assert len(set(chosen.values())) == 11
    assert chosen["10"] == chosen["11"] == DARK.others


def test_a_timeline_holds_every_calendar_period_of_its_window():
    start, end = (LOS_ANGELES.midnight(date(2026, m, 1)) for m in (10, 12))
    window = Window(start, end)
    lengths = {
        period: len(Timeline.of(window, period, LOS_ANGELES).starts)
        for period in (Period.HOURLY, Period.DAILY, Period.WEEKLY, Period.MONTHLY, Period.TOTAL)
    }
    assert lengths == {
        Period.HOURLY: 61 * 24 + 1,
        Period.DAILY: 61,
        Period.WEEKLY: 10,
        Period.MONTHLY: 2,
        Period.TOTAL: 1,
    }
    weeks = Timeline.of(window, Period.WEEKLY, LOS_ANGELES)
    assert weeks.labels[:2] == ["Wk 40 · 1 Oct", "Wk 41 · 5 Oct"]


@pytest.mark.parametrize("period", Period)
@pytest.mark.parametrize("length", [1, 2, 7, 8, 30, 90, 400])
def test_an_axis_of_any_length_has_few_labels_in_order(period, length):
    start = LOS_ANGELES.midnight(date(2025, 11, 1))
    end = LOS_ANGELES.midnight(date(2025, 11, 1) + timedelta(days=length))
    axis = Timeline.of(Window(start, end), period, LOS_ANGELES)
    places, ticks = axis.ticks()
    assert 1 <= len(places) <= 7
    assert places == sorted(set(places))
    assert len(ticks) == len(places)
    assert places[-1] < len(axis.starts)
    assert min(3, len(axis.starts)) <= len(places)
