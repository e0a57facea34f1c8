"""A deleted queue that only a cut of before tells, beside one that was asked for since."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from stats import heard
from stats.model import Window
from tests.stats.asking import asking
from tests.stats.checkups import FARM, QUEUE, SERVICE, asked
from tests.stats.test_told_again import DAYS, ONE, WORLD, hidden
from tests.stats.test_told_more_meanwhile import by

NAMES = {one.queue_id: one.display_name for one in WORLD.queues if one.farm_id == FARM}


@pytest.mark.parametrize("since", ["queue usage_type", "queue user"])
def test_it_is_heard_of_under_its_name_and_can_be_asked_about(since: str, tmp_path: Path) -> None:
    """Its usage types nobody knows, so that its cost alone is not known: that is no error."""
    by(WORLD, tmp_path, "usage_type", "queue job")
    by(hidden(WORLD), tmp_path, since)
    with asking(hidden(WORLD), service=SERVICE, history=str(tmp_path)) as asker:
        reporter, about = asker.another(), asked(DAYS, "queue")
        assert heard.heard_of(reporter.history, FARM, QUEUE)[ONE] == NAMES[ONE]
        report = reporter.ask(replace(about, scope=replace(about.scope, ids=(ONE,), whole=False)))
        assert asker.starts() == []
    assert (report.table.empty, [*report.unknown]) == (True, [Window(DAYS[0].start, DAYS[1].end)])
