"""Bars over time: a pale band where nothing is known, grey where it is "at least", never a zero."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd

from stats.model import Period, Window
from stats.zone import Zone
from ui import charts
from ui.charts import Look
from ui.colours import Colours
from ui.theme import palette
from ui.timeline import Timeline

START, A_DAY = datetime(2026, 3, 2, tzinfo=UTC), timedelta(days=1)
DOUBTFUL = (Window(START + A_DAY, START + 2 * A_DAY),)
UNKNOWN = (Window(START + 2 * A_DAY, START + 4 * A_DAY),)
UTC_ZONE = Zone("UTC")
GREY = palette(dark=False).others


def line(period: Period = Period.DAILY, days: int = 6) -> Timeline:
    window = Window(START, START + days * A_DAY)
    return Timeline.of(window, period, UTC_ZONE, None, DOUBTFUL, UNKNOWN)


def drawn(timeline: Timeline) -> list[dict]:
    rows = [(START, "a", 5.0), (START, "b", 1.0), (START + A_DAY, "a", 3.0)]
    table = pd.DataFrame(rows, columns=["period_start", "user_id", "cost_usd"])
    look = Look(dark=False, colours=Colours())
    figure = charts.over_time(table, "cost_usd", "user_id", timeline, look)
    return figure.to_plotly_json()["data"]


def test_days_of_which_nothing_is_known_have_no_bar_and_a_band_that_says_so() -> None:
    a, b, *_, band = drawn(line())
    for bars in (a, b):
        assert list(bars["y"][2:4]) == [None, None]
        assert bars["y"][4] == 0.0
    assert (band["name"], list(band["x"])) == ("not known", [2, 3])
    assert "4 Mar" in band["customdata"][0][1]
    assert band["customdata"][0][0] is None  # a click on it is no filter
    assert "not known" in band["hovertemplate"]


def test_days_that_are_doubtful_are_grey_and_at_least() -> None:
    a, _, *own, sign, _ = drawn(line())
    assert a["marker"]["color"][1] == GREY != a["marker"]["color"][0]
    assert a["customdata"][1][2] == "at least &#36;3.00"
    assert a["customdata"][0][2] == "&#36;5.00"
    assert [one[3] for one in a["customdata"][:2]] == [" · 83.3%", ""]  # of at least so much
    assert a["marker"]["pattern"]["shape"][:3] == ["", "-", ""]
    assert (sign["name"], sign["marker"]["color"]) == ("at least", GREY)
    assert sign["marker"]["pattern"]["shape"] == "-"
    assert [(one["name"], one["marker"]["color"]) for one in own] == [
        ("a", a["marker"]["color"][0]),
        ("b", drawn(line())[1]["marker"]["color"][0]),
    ]
    assert a["showlegend"] is False


def test_a_week_of_which_some_days_are_not_known_is_at_least_and_one_of_no_other_is_not() -> None:
    weeks = line(Period.WEEKLY, 14)
    assert (weeks.places_doubtful, weeks.places_unknown) == ({0}, set())
    gone = (Window(START, START + 7 * A_DAY),)
    window = Window(START, START + 14 * A_DAY)
    weeks = Timeline.of(window, Period.WEEKLY, UTC_ZONE, None, (), gone)
    assert (weeks.places_doubtful, weeks.places_unknown) == (set(), {0})


def test_where_all_is_known_there_is_neither() -> None:
    known = Timeline.of(Window(START, START + 6 * A_DAY), Period.DAILY, UTC_ZONE)
    assert [trace["name"] for trace in drawn(known)] == ["a", "b"]
