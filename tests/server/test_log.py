"""What a server says on standard error: each line once, in one form, in UTC."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from server import log
from simulator import Simulator, tiny_world
from tests.browser.serving import pointing_at
from tests.pages.worlds import WEEK
from tests.server.running import COMMANDS, fetch, running, visit

LINE = re.compile(
    r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})Z (INFO|WARNING|ERROR) ([a-z_.]+): (\S.*)"
)
BANNER = re.compile(r"\s*|\s+You can now view your Streamlit app in your browser\.|\s+URL: http:.*")


@pytest.fixture
def plain_records() -> Iterator[None]:
    """Records of the log as the tests before and after have them."""
    factory = logging.getLogRecordFactory()
    yield
    logging.setLogRecordFactory(factory)


def test_what_streamlit_repeats_of_a_browser_makes_no_line_of_its_own(plain_records, caplog):
    log.set_up()
    speaks = logging.getLogger("streamlit.of_anything")
    caplog.set_level(logging.WARNING, "streamlit.of_anything")
    speaks.warning("not there: %s", "a\n2026 ERROR \x1b[31m\u2028forged")
    speaks.warning("%d", "no number\n")
    speaks.warning("x" * 9_000)
    try:
        raise ValueError("the words\nof somebody")
    except ValueError:
        speaks.exception("Uncaught app execution")
    told = [record.getMessage() for record in caplog.records]
    assert told[0] == r"not there: a\n2026 ERROR \x1b[31m\u2028forged"
    assert told[1] == "%d"
    assert len(told[2]) < 600
    assert told[3].startswith("Uncaught app execution: ValueError at server/test_log.py:")
    assert "somebody" not in caplog.text
    assert "Traceback" not in caplog.text


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
