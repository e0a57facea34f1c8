"""A link restores its view on every page; what it holds that is not understood is said."""

from __future__ import annotations

import pytest

from simulator import tiny_world
from simulator.tiny import ADA, COMP, EMPTY_FARM, FARM, JOB_3, LIGHTING, RACK, ROBOT, SPOT
from tests.pages.opening import PAGES, is_whole, opened, said, troubles, walked
from tests.pages.worlds import WEEK


def test_a_link_fills_the_sidebar(tiny):
    link = WEEK | {"queue": COMP, "period": "hourly", "name": "comp", "user": ADA}
    at = opened("users", link)
    assert is_whole(at)
    assert at.selectbox(key="w_Farm").value == FARM
    assert at.multiselect(key="w_Queues").value == [COMP]
    assert at.selectbox(key="w_Window").value == "dates"
    assert at.selectbox(key="w_Charts by").value == "hourly"
    assert at.text_input(key="w_Job name contains").value == "comp"
    assert {str(day) for day in at.date_input(key="w_dates").value} == {"2026-03-02", "2026-03-08"}
    assert f"w_chip_user_{ADA}" in {button.key for button in at.button}


NARROWED = [
    ({}, 13.0),
    ({"queue": COMP}, 5.5),
    ({"queue": [COMP, LIGHTING]}, 13.0),
    ({"fleet": SPOT}, 15.0),
    ({"fleet": "all"}, 17.0),
    ({"queue": COMP, "fleet": SPOT}, 3.5),
    ({"queue": COMP, "fleet": SPOT, "count": "fleet"}, 3.5),
    ({"queue": COMP, "fleet": SPOT, "usage_type": "COMPUTE"}, 3.0),
    ({"queue": "all", "fleet": SPOT}, 11.0),
    ({"queue": COMP, "fleet": "all"}, 5.5),
    ({"queue": "", "fleet": "all"}, 4.0),
    ({"user": ADA}, 3.5),
    ({"user": [ADA, ROBOT]}, 5.5),
    ({"job": JOB_3}, 2.0),
    ({"usage_type": "LICENSE"}, 3.0),
    ({"user": ADA, "usage_type": "COMPUTE"}, 3.0),
    ({"name": "light"}, 7.5),
    ({"start": "2026-03-03", "end": "2026-03-03"}, 3.0),
]


def test_a_link_narrows_what_is_counted(tiny):
    for part, dollars in NARROWED:
        at = opened("jobs", WEEK | part)
        assert is_whole(at), part
        assert at.dataframe[0].value["cost_usd"].sum() == pytest.approx(dollars), part


def test_a_view_stays_from_page_to_page(tiny):
    link = WEEK | {"queue": COMP, "user": ADA, "show": "runtime"}
    for page, at in walked(link, [page for page in PAGES if page != "queues_and_fleets"]):
        assert is_whole(at), page
        assert at.query_params == link, page
        assert at.multiselect(key="w_Queues").value == [COMP], page


def test_another_link_in_the_same_session_is_followed(tiny):
    at = opened("users", WEEK | {"user": ADA})
    at.query_params.clear()
    at.query_params.update(WEEK | {"queue": LIGHTING})
    at.run()
    assert at.multiselect(key="w_Queues").value == [LIGHTING]
    assert at.dataframe[0].value["cost_usd"].sum() == pytest.approx(7.5)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("period", "yearly"),
        ("show", "weight"),
        ("stack", "colour"),
        ("utm_source", "letter"),
    ],
)
def test_what_a_link_holds_that_is_not_understood_is_said(tiny, name, value):
    at = opened("users", WEEK | {name: value})
    assert is_whole(at)
    assert len(at.warning) == 1
    assert (value if name != "utm_source" else name) in said(at)
    at.selectbox(key="w_Charts by").select("hourly").run()
    assert value not in str(at.query_params)


NO_FARM = f"farm-{99:032x}"
NO_QUEUE = f"queue-{99:032x}"
UNSOUND = [
    ({"window": "fortnight", "start": None, "end": None}, "window “fortnight”"),
    ({"start": "2026-02-31"}, "2026-02-31"),
    ({"end": None}, "not two days in order"),
    ({"window": "7d"}, "the window is “7d”"),
    ({"queue": NO_QUEUE}, f"the queue {NO_QUEUE}"),
    ({"queue": [COMP, NO_QUEUE]}, f"the queue {NO_QUEUE}"),
    ({"queue": "Comp"}, "the queue Comp"),
    ({"queue": ""}, "queue, which is empty"),
    ({"fleet": f"fleet-{99:032x}"}, f"the fleet fleet-{99:032x}"),
    ({"queue": COMP, "fleet": "Spot"}, "the fleet Spot"),
    ({"farm": [FARM, EMPTY_FARM]}, "which comes second"),
]
"""What links hold that is not there or not understood, and says which usage is meant."""


def _shows_money(at) -> bool:
    return bool(at.metric or at.dataframe or at.get("plotly_chart")) or "$" in said(at)


def _linked(more):
    return {name: value for name, value in (WEEK | more).items() if value is not None}


@pytest.mark.parametrize(("more", "why"), UNSOUND, ids=str)
def test_a_link_to_usage_that_is_not_plain_shows_no_other_usage_until_that_is_chosen(
    tiny, more, why
):
    at = opened("users", _linked(more))
    assert is_whole(at)
    assert [why in said(at), len(at.warning), _shows_money(at)] == [True, 1, False]
    for page in ("overview", "jobs"):  # by the sidebar, whose links say the same
        at.switch_page(PAGES[page]).run()
        assert is_whole(at)
        assert [why in said(at), _shows_money(at)] == [True, False]
    at.button(key="w_without_strangers").click().run()
    assert is_whole(at)
    assert not at.warning
    assert _shows_money(at) or "ran in this window" in said(at) or "is known" in said(at)


def test_the_sidebars_links_say_what_the_link_said_while_it_is_not_plain(tiny):
    at = opened("users", _linked({"window": "fortnight", "start": None, "end": None}))
    links = [one.proto.query_string for one in at.sidebar.get("page_link")]
    assert links
    assert all("window=fortnight" in query for query in links)


def test_a_queue_that_is_not_there_is_left_out_by_whoever_chooses_another(tiny):
    at = opened("jobs", WEEK | {"queue": NO_QUEUE})
    at.selectbox(key="w_Charts by").select("hourly").run()
    assert not _shows_money(at)
    assert at.query_params == WEEK | {"queue": NO_QUEUE, "period": "hourly"}
    at.multiselect(key="w_Queues").set_value([COMP]).run()
    assert at.dataframe[0].value["cost_usd"].sum() == pytest.approx(5.5)


def test_a_link_to_a_farm_that_is_not_there_shows_no_other_farm(tiny):
    for page, at in walked(WEEK | {"farm": NO_FARM, "queue": COMP, "name": "comp"}):
        assert not at.exception, page
        (trouble,) = troubles(at)
        assert NO_FARM in trouble, page
        assert all(farm.display_name in trouble for farm in tiny_world().farms), page
        assert not _shows_money(at), page
    at.switch_page(PAGES["users"]).run()
    farm = at.selectbox(key="w_Farm")
    assert farm.value is None
    farm.select(FARM).run()
    assert is_whole(at)
    assert at.query_params == WEEK


def test_what_was_left_out_is_not_said_again_once_the_view_changes(tiny):
    at = opened("users", WEEK | {"show": "weight"})
    at.selectbox(key="w_Charts by").select("hourly").run()
    assert not at.warning
    assert at.query_params == WEEK | {"period": "hourly"}


@pytest.mark.parametrize(
    ("key", "value", "parameter"),
    [
        ("w_Charts by", "weekly", {"period": "weekly"}),
        ("w_Window", "lastweek", {"window": "lastweek", "start": None, "end": None}),
    ],
)
def test_a_choice_in_the_sidebar_is_written_to_the_link(tiny, key, value, parameter):
    at = opened("users", WEEK)
    at.selectbox(key=key).select(value).run()
    assert not at.exception
    wanted = {name: value for name, value in (WEEK | parameter).items() if value is not None}
    assert at.query_params == wanted


def test_another_farm_starts_without_the_filters_of_the_last(tiny):
    at = opened("users", WEEK | {"queue": COMP, "user": ADA, "name": "comp"})
    other = EMPTY_FARM
    at.selectbox(key="w_Farm").select(other).run()
    assert is_whole(at)
    assert at.query_params == WEEK | {"farm": other}


def test_counting_by_fleets_keeps_the_queues_that_are_chosen(tiny):
    at = opened("users", WEEK | {"queue": COMP})
    before = at.dataframe[0].value["cost_usd"].sum()
    at.segmented_control(key="w_Count by").set_value("fleet").run()
    assert is_whole(at)
    assert at.query_params == WEEK | {"fleet": "all", "queue": COMP}
    assert at.dataframe[0].value["cost_usd"].sum() == pytest.approx(before)
    at.button(key=f"w_chip_queue_{COMP}").click().run()
    assert at.query_params == WEEK | {"fleet": "all"}


def test_counting_by_fleets_is_written_to_the_link(tiny):
    at = opened("users", WEEK)
    at.segmented_control(key="w_Count by").set_value("fleet").run()
    assert is_whole(at)
    assert at.query_params == WEEK | {"fleet": "all"}
    at.multiselect(key="w_Fleets").set_value([SPOT]).run()
    assert at.query_params == WEEK | {"fleet": SPOT}


def test_a_chip_takes_its_filter_off(tiny):
    at = opened("users", WEEK | {"user": [ADA, ROBOT]})
    at.button(key=f"w_chip_user_{ADA}").click().run()
    assert is_whole(at)
    assert at.query_params == WEEK | {"user": ROBOT}


def test_each_queue_that_is_chosen_stands_above_the_page_and_is_taken_off_by_a_click(serve, studio):
    serve(studio)
    twins = [q for q in studio.queues if q.display_name == "Lighting"]
    assert len(twins) == 2
    farm, ids = twins[0].farm_id, sorted(q.queue_id for q in twins)
    at = opened("users", {"farm": farm, "window": "7d", "queue": ids})
    chips = [at.button(key=f"w_chip_queue_{queue}") for queue in ids]
    assert ["Queue: Lighting" in chip.label for chip in chips] == [True, True]
    assert [queue[-6:] in chip.label for queue, chip in zip(ids, chips, strict=True)] == [
        True,
        True,
    ]
    chips[0].click().run()
    assert at.query_params["queue"] in (ids[1], [ids[1]])


SOME_OF_BOTH = (
    {"queue": COMP, "fleet": SPOT},
    {"queue": COMP, "fleet": SPOT, "count": "fleet"},
    {"queue": "all", "fleet": RACK, "user": ROBOT},
    {"queue": LIGHTING, "fleet": "all", "instance_type": "c5.4xlarge"},
)


@pytest.mark.parametrize("n", range(len(SOME_OF_BOTH)))
def test_every_page_shows_some_queues_on_some_fleets(tiny, n):
    """Each page by two of the links, of which one has filters."""
    link = WEEK | SOME_OF_BOTH[n]
    for page, at in walked(link, list(PAGES)[n % 2 :: 2]):
        assert is_whole(at), page
        assert not at.error, page
        assert not at.warning, page
        assert at.query_params == link, page


def test_a_fleet_that_the_farm_does_not_have_is_spoken_of(tiny):
    gone = f"fleet-{99:032x}"
    at = opened("users", WEEK | {"queue": COMP, "fleet": [SPOT, gone]})
    assert is_whole(at)
    assert f"Not among the farm’s fleets now: {gone}." in said(at)
    assert at.dataframe[0].value["cost_usd"].sum() == pytest.approx(3.5)
    assert "Not among" not in said(opened("users", WEEK | {"queue": COMP, "fleet": SPOT}))


def test_about_says_that_its_total_is_before_filters(tiny):
    filtered = opened("about", WEEK | {"usage_type": "LICENSE"})
    assert "before filters" in said(filtered)
    assert "before filters" not in said(opened("about", WEEK))
