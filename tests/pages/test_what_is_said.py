"""Pages say of their numbers what the command line says of the same question, each thing once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from streamlit.testing.v1 import AppTest

from server import process
from simulator import Fault, World, tiny_world
from simulator.tiny import FARM, RACK, TINY_NOW
from stats import export, remarks
from stats.cli import main
from stats.remarks import RemarkKind
from tests.pages.moment import TODAY
from tests.pages.opening import is_whole, opened, said
from tests.pages.worlds import WEEK
from tests.stats.test_what_is_said import DUE

BY = {
    "users": "user,usage_type",
    "instance_types": "instance_type,usage_type",
    "jobs": "job,usage_type",
}
ASSUMED = "Of this $2.00 at an assumed 1 USD an hour"


def recent(days_ago: int) -> World:
    """The tiny world moved to so many days ago, with a scale factor."""
    tiny = tiny_world()
    by = TODAY - timedelta(days=days_ago) - datetime(2026, 3, 2, tzinfo=UTC)
    farms = tuple(replace(farm, cost_scale_factor=0.85) for farm in tiny.farms)
    usage = tiny.usage.assign(started_at=tiny.usage["started_at"] + by)
    return replace(tiny, now=TINY_NOW + by, farms=farms, usage=usage)


def captions(at: AppTest) -> list[str]:
    return said(at).splitlines()


def printed(capsys: pytest.CaptureFixture[str], *options: str) -> list[str]:
    """What the command says below its total and as-of time."""
    assert main(["report", "--farm", FARM, "--format", "csv", *options]) == 0
    lines = capsys.readouterr().err.splitlines()
    at = next(n for n, line in enumerate(lines) if line.startswith("As of "))
    return lines[at + 1 :]


@pytest.mark.parametrize("page", BY)
def test_what_a_page_says_is_what_the_command_says(serve, capsys, page):
    running = serve(recent(4))
    running.faults.add(Fault("DescribeUser", "access_denied", None))
    today = TODAY.date()
    first, end = today - timedelta(days=6), today + timedelta(days=1)
    period = ["--period", "daily", "--by", BY[page]]
    lines = printed(capsys, "--start", f"{first}", "--end", f"{end}", *period)
    link = {"farm": FARM, "window": "dates", "start": f"{first}", "end": f"{today}"}
    at = opened(page, link)
    assert is_whole(at)
    on_page = captions(at)
    assert len(lines) >= 5
    assert [line for line in lines if on_page.count(line) != 1] == []


@pytest.mark.parametrize("kind", DUE)
def test_each_kind_of_sentence_is_on_pages_as_the_command_prints_it(kind: RemarkKind) -> None:
    def draw() -> None:
        import streamlit as st  # noqa: PLC0415 - this is a script of its own

        from tests.stats.test_what_is_said import DUE  # noqa: PLC0415
        from ui import blocks, page  # noqa: PLC0415

        st.session_state["what_this_run_has_said"] = set()
        assert page.unsaid([""]) == []
        blocks.footnotes(DUE[st.session_state["kind"]])

    at = AppTest.from_function(draw)
    at.session_state["kind"] = kind
    at.run()
    assert captions(at) == export.summary(DUE[kind]).splitlines()[2:]


@pytest.mark.parametrize("page", ["overview", "users", "instance_types", "explore", "jobs"])
def test_what_is_at_an_assumed_price_is_said_below_the_total(tiny, page):
    at = opened(page, WEEK)
    assert is_whole(at)
    assert said(at).count(ASSUMED) == 1


def test_on_long_range_where_no_tile_is_of_as_much_the_total_is_named(tiny):
    """Of the farm nothing is known before its first day with usage, so it is at least as much."""
    at = opened("long_range", WEEK)
    year = TODAY.year
    (line,) = (line for line in captions(at) if ASSUMED in line)
    assert line.startswith(f"All that is shown costs at least $13.00, 1 Jan {year - 2} – ")


def test_of_a_farm_without_customer_managed_fleets_nothing_of_it_is_said(serve):
    serve(replace(tiny_world(), fleets=tiny_world().fleets[:1]))
    for page in ("overview", "instance_types"):
        text = said(opened(page, WEEK))
        assert "Of this" not in text
        assert "Dotted" not in text


@pytest.mark.parametrize("page", ["overview", "users", "instance_types", "queues_and_fleets"])
def test_bars_at_an_assumed_price_are_dotted_and_that_is_explained_once(tiny, page):
    at = opened(page, WEEK)
    assert said(at).count("Dotted: at an assumed 1 USD an hour.") == 1


def test_rows_at_an_assumed_price_are_marked_in_the_table(tiny):
    at = opened("instance_types", WEEK)
    table = at.dataframe[0].value
    assumed = dict(zip(table["label"], table["assumed_usd"], strict=True))
    assert assumed == {"c5.4xlarge": 0.0, "Not on an instance type": 0.0, "r5.8xlarge": 2.0}


def test_where_it_is_not_known_of_deleted_fleets_that_is_said_and_no_row_is_marked(serve):
    serve(replace(tiny_world(), fleets=tiny_world().fleets[:1]))
    at = opened("queues_and_fleets", WEEK)
    assert is_whole(at)
    (line,) = (line for line in captions(at) if "at an assumed 1 USD an hour can’t be told" in line)
    assert line.endswith("of $2.00 by fleets that were deleted since it is not known any more.")
    (table,) = (one.value for one in at.dataframe if "market" in one.value)
    assert sorted(table["cost_usd"]) == [2.0, 11.0]
    assert "assumed_usd" not in table


def test_jobs_at_an_assumed_price_are_asked_of_their_fleets_alone(tiny):
    at = opened("jobs", WEEK)
    table = at.dataframe[0].value
    assumed = dict(zip(table["label"], table["assumed_usd"], strict=True))
    assert {name for name, dollars in assumed.items() if dollars} == {"CondaBuild: blender-4.1"}
    by_job = [r.parameters for r in tiny.requests if "JOB_ID" in r.parameters.get("groupBy", ())]
    of_fleets = [
        one["resourceIds"]["fleetIds"] for one in by_job if "fleetIds" in one["resourceIds"]
    ]
    assert of_fleets
    assert all(ids == [RACK] for ids in of_fleets)


def test_what_two_breakdowns_have_in_common_is_said_once(tiny):
    text = said(opened("queues_and_fleets", WEEK))
    assert text.count(remarks.BASIS.text) == 1
    assert text.count(remarks.WITHOUT_VOLUMES) == 1


def test_a_change_is_never_painted_good_or_bad(serve):
    serve(recent(4))
    at = opened("overview", {"farm": FARM, "window": "7d"})
    moved = [tile for tile in at.metric if tile.delta]
    assert moved
    assert {tile.proto.color for tile in moved} == {at.metric[0].proto.MetricColor.GRAY}


def test_what_is_wrong_with_history_is_said_once_a_page_and_once_a_command(
    tiny, monkeypatch, tmp_path, capsys
):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("FARM_COSTS_HISTORY", str(tmp_path / "file" / "history"))
    for page in ("overview", "users", "queues_and_fleets"):
        at = opened(page, WEEK)
        assert is_whole(at)
        found = [line for line in captions(at) if "History in " in line]
        assert len(found) == 1, "\n".join(found)
    process.close()
    lines = printed(capsys, "--start", "2026-03-02", "--end", "2026-03-09", "--by", "user")
    assert sum("History in " in line for line in lines) == 1


@pytest.mark.parametrize(
    ("page", "more", "what"),
    [
        ("instance_types", {}, "Not on an instance type: licences."),
        ("instance_types", {"fleet": "all"}, "Not on an instance type: storage volumes, licences."),
        ("overview", {}, "Not on an instance type: licences."),
        ("overview", {"stack": "license_product"}, "Not a licence product: compute."),
        ("explore", {}, "Not on an instance type: usage without one, such as licences."),
        ("explore", {"rows": "usage_type"}, "Not on an instance type: licences."),
        ("long_range", {"by": "instance_type"}, "Not on an instance type: licences."),
    ],
    ids=str,
)
def test_what_usage_without_a_key_is_stands_once_on_the_page(tiny, page, more, what):
    assert said(opened(page, WEEK | more)).count(what) == 1


def test_of_usage_that_has_a_key_nothing_is_said(tiny):
    compute = opened("instance_types", WEEK | {"usage_type": "COMPUTE"})
    assert is_whole(compute)
    assert "Not on an instance type" not in said(compute)
