"""A day that the service tells less of by now is shown as history has it, by days if need be.

On the Monday of the tiny world queues had 8 USD: Ada 3.5 in Comp, Ben 4.5 in Lighting.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from server import process
from simulator import tiny_world
from simulator.tiny import ADA, BEN, FARM, JOB_2, LIGHTING
from tests.pages.opening import OF_THE_WINDOW, dollars, is_whole, opened, said, walked
from tests.pages.worlds import WEEK

MONDAY = {"farm": FARM, "window": "dates", "start": "2026-03-02", "end": "2026-03-02"}
BY_DAYS = "Drawn by days: not all is known of the hours of this window."
BROKEN_DOWN = tuple(page for page in OF_THE_WINDOW if page not in ("overview", "explore"))


@pytest.fixture
def known(serve, looked_at):
    """The tiny world, all of whose week history has by the day; what is served after that."""

    def look() -> None:
        for page, at in walked(WEEK, OF_THE_WINDOW):
            assert is_whole(at), page

    looked_at("by all that pages show", look)

    def now(**changes: object) -> None:
        process.close()
        serve(replace(tiny_world(), **changes))

    return now


def without_monday():
    usage = tiny_world().usage
    return usage[usage["started_at"].dt.strftime("%Y-%m-%d") != "2026-03-02"]


def without_lighting():
    return tuple(queue for queue in tiny_world().queues if queue.queue_id != LIGHTING)


def costs(at) -> dict[str, float]:
    """The first tile of each label that is of money, in USD."""
    tiles = {tile.label: tile for tile in reversed(at.metric)}
    return {name: dollars(tile.help) for name, tile in tiles.items() if "$" in (tile.help or "")}


@pytest.mark.parametrize("changes", [{"usage": without_monday}, {"queues": without_lighting}])
@pytest.mark.parametrize("chosen", [{}, {"period": "hourly"}])
def test_the_overview_holds_all_of_the_day(known, changes, chosen):
    known(**{name: make() for name, make in changes.items()})
    at = opened("overview", MONDAY | chosen)
    assert is_whole(at)
    found = costs(at)
    assert found["Total cost"] == pytest.approx(8.0)
    assert (found["Compute"], found["Licences"]) == pytest.approx((5.0, 3.0))
    assert found["Cost per job"] == pytest.approx(4.0)
    assert BY_DAYS in said(at)
    assert "Unattributed" not in said(at)


@pytest.mark.parametrize("page", BROKEN_DOWN)
def test_so_does_each_page(known, page):
    known(usage=without_monday())
    at = opened(page, MONDAY)
    assert is_whole(at)
    assert costs(at)["Cost"] == pytest.approx({"licences": 3.0}.get(page, 8.0))
    assert at.dataframe[0].value["cost_usd"].sum() == pytest.approx(costs(at)["Cost"])
    assert "Unattributed" not in costs(at)
    assert said(at).count(BY_DAYS) == 1


@pytest.mark.parametrize("page", ["overview", "users"])
def test_and_filters_find_what_ran(known, page):
    known(queues=without_lighting())
    at = opened(page, MONDAY | {"user": BEN})
    assert is_whole(at)
    assert costs(at)["Total cost" if page == "overview" else "Cost"] == pytest.approx(4.5)
    assert not at.info


def test_where_neither_tells_what_a_filter_finds_it_may_have_run(known):
    """Whose jobs they were history does not tell, where nobody has asked for that before.

    The service tells it of the other jobs alone. Those may be in history by then, or not yet.
    """
    known(queues=without_lighting())
    at = opened("jobs", MONDAY | {"user": BEN})
    assert [info.value for info in at.info] == [
        "Nothing that is known of this window matches the filters."
    ]
    in_no_row = "Unattributed, before filters: $4.50."
    assert in_no_row in said(at) or "$4.50 belongs to 1 job whose user is not known." in said(at)


def test_a_ranking_alone_whose_hours_are_lacking_holds_all_of_it_too(known, serve, monkeypatch):
    """Jobs are asked for by the hour last: of one the service has forgotten who it was."""
    world = tiny_world()
    known()
    assert is_whole(opened("users", MONDAY))
    usage = world.usage
    process.close()
    serve(replace(world, usage=usage[usage["job_id"] != JOB_2]))
    at = opened("overview", MONDAY)
    assert is_whole(at)
    jobs = {tile.label: tile.value for tile in at.metric}["Jobs"]
    assert jobs == "2"
    assert costs(at)["Total cost"] == pytest.approx(8.0)
    assert "Unattributed" not in said(at)


def test_hours_that_are_told_are_drawn(known):
    known()
    at = opened("users", MONDAY)
    assert is_whole(at)
    assert costs(at)["Cost"] == pytest.approx(8.0)
    assert BY_DAYS not in said(at)


def test_under_a_filter_it_is_at_least_so_much_where_it_is_not_known_whose_the_rest_is(
    known, serve
):
    """Of Lighting's job history does not tell whose it was, once it has that of the other ones."""
    known(queues=without_lighting())
    opened("jobs", MONDAY | {"user": ADA, "period": "daily"})
    process.close()
    serve(replace(tiny_world(), queues=without_lighting()))
    at = opened("jobs", MONDAY | {"user": ADA, "period": "daily"})
    assert "$4.50 belongs to 1 job whose user is not known." in said(at)
    assert [tile.delta for tile in at.metric] == ["at least"] * 3
    charts = [chart.proto for chart in at.get("plotly_chart")]
    assert len(charts) == 2
    for chart in charts:
        assert ": at least $3.50 in all. Largest of what is known: " in chart.alt
        assert "at least &#36;3.50" in chart.spec
