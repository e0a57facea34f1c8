"""What a server says on standard error: each line once, in one form, in UTC."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest

from simulator import Simulator, tiny_world
from tests.browser.serving import pointing_at
from tests.pages.worlds import WEEK
from tests.server.running import COMMANDS, fetch, running, visit

LINE = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})Z (INFO|WARNING|ERROR) ([a-z_.]+): (\S.*)"
)
BANNER = re.compile(r"\s*|\s+You can now view your Streamlit app in your browser\.|\s+URL: http:.*")


@pytest.mark.parametrize("by", COMMANDS)
def test_it_has_one_form(tmp_path, by):
    """In Tokyo the clock is nine hours ahead; the setting that is wrong is said by our own code."""
    wrong = {"FARM_COSTS_COLLECT_HOUR": "25", "TZ": "Asia/Tokyo"}
    with (
        Simulator(tiny_world()) as service,
        running(tmp_path, by, **pointing_at(service.url), **wrong) as url,
    ):
        visit(url, WEEK)
        fetch(url)
    lines = (tmp_path / "server.log").read_text().splitlines()
    said = [line for line in lines if not BANNER.fullmatch(line)]
    found = [LINE.fullmatch(line) for line in said]
    assert [line for line, match in zip(said, found, strict=True) if not match] == []
    assert len(set(said)) == len(said)
    assert ("uvicorn.access" in "".join(said)) == (by == "uvicorn")  # which logs visits, if it may
    (own,) = [match for match in found if match and match[3] == "server.estate"]
    assert "FARM_COSTS_COLLECT_HOUR" in own[4]
    for match in found:
        assert match
        at = datetime.fromisoformat(match[1]).replace(tzinfo=UTC)
        assert abs(datetime.now(UTC) - at) < timedelta(hours=1)
