"""Bars show what of them is at an assumed price: dotted, and never longer than the whole."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from stats.model import Period, Window
from stats.zone import Zone
from ui import charts
from ui.charts import Look, Part, Timeline
from ui.colours import Colours

START = datetime(2026, 11, 1, tzinfo=UTC)
DAYS = [START + timedelta(days=n) for n in range(3)]
LINE = Timeline.of(Window(START, START + timedelta(days=3)), Period.DAILY, Zone("UTC"))
LOOK = Look(False, Colours())


def rows(*cells):
    """Rows of (day, machine, dollars, of it at an assumed price)."""
    days, machines, costs, assumed = zip(*cells, strict=True)
    return pd.DataFrame(
        {
            "period_start": pd.Series([DAYS[n] for n in days], dtype="datetime64[us, UTC]"),
            "instance_type": pd.Series(machines, dtype="str"),
            "label": pd.Series(machines, dtype="str"),
            "cost_usd": costs,
            "assumed_usd": assumed,
            "runtime_seconds": [3600.0] * len(costs),
        }
    )


TABLE = rows(
    (0, "c5", 3.0, 0.0), (0, "rack", 4.0, 4.0), (1, "rack", 6.0, 6.0), (2, "mixed", 5.0, 2.0)
)


def dotted(figure):
    return [t for t in figure.data if t.marker.pattern.shape == "."]


def over_time(value="cost_usd", table=TABLE):
    return charts.over_time(table, value, "instance_type", LINE, LOOK, label="label")


def test_the_assumed_part_of_a_stack_is_dotted_and_the_whole_stays_as_high():
    figure = over_time()
    heights = {}
    for trace in figure.data:
        was = heights.get(trace.meta, [0.0] * 3)
        heights[trace.meta] = [a + b for a, b in zip(was, trace.y, strict=True)]
    assert heights == {"rack": [4.0, 6.0, 0.0], "mixed": [0.0, 0.0, 5.0], "c5": [3.0, 0.0, 0.0]}
    dots = {trace.meta: list(trace.y) for trace in dotted(figure)}
    assert dots == {"rack": [4.0, 6.0, 0.0], "mixed": [0.0, 0.0, 2.0]}


def test_a_dotted_part_is_no_entry_of_the_legend_and_answers_to_a_click_as_its_bar_does():
    for trace in dotted(over_time()):
        assert trace.showlegend is False
        assert {point[0] for point in trace.customdata} == {trace.meta} == {trace.legendgroup}


def test_its_hover_text_says_the_whole_and_how_much_of_it():
    (mixed,) = (trace for trace in dotted(over_time()) if trace.meta == "mixed")
    assert mixed.customdata[2][2] == "&#36;5.00"
    assert mixed.customdata[2][-1] == "&#36;2.00"
    last = len(mixed.customdata[2]) - 1
    assert f"of it %{{customdata[{last}]}} at an assumed 1 USD an hour" in mixed.hovertemplate


@pytest.mark.parametrize("value", ["runtime_seconds", "cost_usd"])
def test_hours_are_never_dotted_nor_money_of_which_nothing_is_assumed(value):
    table = TABLE if value == "runtime_seconds" else TABLE.assign(assumed_usd=0.0)
    assert dotted(over_time(value, table)) == []
    assert dotted(over_time("cost_usd", TABLE.drop(columns="assumed_usd"))) == []


def test_a_rankings_bar_ends_in_dots_as_long_as_its_assumed_part():
    figure = charts.ranking(TABLE, "cost_usd", "instance_type", LOOK, label="label")
    (dots,) = dotted(figure)
    whole = figure.data[0]
    assert list(whole.x) == [10.0, 5.0, 3.0]
    assert list(dots.x) == [10.0, 2.0, 0.0]
    assert list(dots.base) == [0.0, 3.0, 3.0]
    written = [one.text for one in figure.layout.annotations]
    assert "&#36;10.00 assumed" in written
    assert "&#36;5.00" in written


def test_others_hold_the_assumed_part_of_the_rest():
    table = rows(*((0, f"m{n:02}", 20.0 - n, 1.0) for n in range(12)))
    parts = charts.largest_and_others(table, "cost_usd", "instance_type", 9, label="label")
    assert parts[0] == Part("m00", "m00", 20.0, 1.0)
    assert parts[-1] == Part(None, "Others (3)", 30.0, 3.0)


def test_those_who_do_not_see_are_told():
    parts = charts.largest_and_others(TABLE, "cost_usd", "instance_type", label="label")
    said = charts.alt_text("Cost", parts, "cost_usd")
    assert "rack $10.00 (55.6%), of it $10.00 at an assumed 1 USD an hour" in said
    assert "c5 $3.00 (16.7%)." in said
