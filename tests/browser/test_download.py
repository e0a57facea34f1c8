"""The CSV that a page offers holds its total, to the last digit, and no live formula."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from simulator.tiny import FARM
from stats.client import Endpoint
from stats.connect import connect
from stats.model import Dimension, FarmId, Question, Scope, Window
from stats.settings import Settings
from tests.browser.visiting import Visit
from tests.pages.worlds import WEEK, in_queues

pytestmark = pytest.mark.browser

SPAN = (pd.Timestamp("2026-03-02", tz="UTC"), pd.Timestamp("2026-03-09", tz="UTC"))


def _downloaded(here: Visit) -> pd.DataFrame:
    with here.page.expect_download() as download:
        here.page.get_by_role("button", name="Download CSV").first.click()
    assert download.value.suggested_filename.endswith("-2026-03-02-to-2026-03-08.csv")
    assert "-queues-" in download.value.suggested_filename
    with open(download.value.path(), "rb") as file:
        return pd.read_csv(io.BytesIO(file.read()), dtype=str, keep_default_na=False)


@pytest.mark.parametrize("path", ["users", "explore"])
def test_the_file_adds_up_to_the_tile_the_report_and_the_truth(visit, service, path):
    here = visit(path, WEEK)
    total = _downloaded(here)["cost_usd_sum"].astype(float).sum()
    queues = tuple(q.queue_id for q in service.world.queues if q.farm_id == FARM)
    question = Question(FarmId(FARM), Scope(Dimension.QUEUE, queues), Window(*SPAN))
    reporter = connect(Settings(), Endpoint(service.url, ("simulated", "simulated")))
    report = reporter.ask(question)
    reporter.close()
    assert total == pytest.approx(in_queues(service.world, FARM, *SPAN)["cost_usd"].sum())
    assert total == pytest.approx(report.total_cost_usd.sum)
    assert path == "explore" or here.tile("Cost") == f"${total:,.0f}"


def test_no_cell_of_the_file_is_a_formula(visit):
    table = _downloaded(visit("jobs", WEEK))
    cells = {cell for column in ("job_id", "job_name") for cell in table[column]}
    assert {'\'=HYPERLINK("http://example.com","x")', "'+1+1", "'@SUM(A1)", "'-2+3"} <= cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert len(table) == 20


def test_each_farm_scope_filter_and_table_has_a_file_of_its_own(visit):
    users = [f"00000000-0000-4000-8000-{n:012x}" for n in (3, 4)]
    links = [{}, *({"user": user} for user in users), {"fleet": "all"}, {"show": "runtime"}]
    found, here = {}, visit("about")
    for path, link in [*(("jobs", link) for link in links), ("explore", {})]:
        here.open(path, WEEK | link)
        with here.page.expect_download() as download:
            here.page.get_by_role("button", name="Download CSV").first.click()
        found[path, str(link)] = download.value.suggested_filename
    same = found.pop(("jobs", str({"show": "runtime"})))  # another order of the same rows
    assert same == found["jobs", "{}"]
    assert len(set(found.values())) == len(found)
