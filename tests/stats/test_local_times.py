"""Times in words are of the zone that was asked about, and say of which."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from simulator.tiny import TINY_NOW, tiny_world
from stats.cli import main
from stats.model import Dimension, Scope
from stats.zone import Zone
from tests.stats.asking import asking, question

TINY = tiny_world()
TOKYO = "Asia/Tokyo"
MIDNIGHT = datetime(2026, 3, 1, 15, tzinfo=UTC)
"""Of 2 March in Tokyo."""


@pytest.fixture
def filled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A history of three days of Tokyo."""
    window = (MIDNIGHT, MIDNIGHT + timedelta(days=3))
    about = question(TINY, window, period="daily", timezone=TOKYO)
    scope = Scope(Dimension.QUEUE, about.scope.ids, whole=True)
    with asking(TINY, TINY_NOW + timedelta(days=7), history=str(tmp_path)) as one:
        report = one.report(replace(about, scope=scope))
        (record,) = set(report.runs)
        assert "2026-03-01 15:00–2026-03-04 15:00 UTC" in str(record)
        assert "2026-03-02 00:00–2026-03-05 00:00 Asia/Tokyo" in record.told(Zone(TOKYO))
    monkeypatch.setenv("FARM_COSTS_HISTORY", str(tmp_path))
    return tmp_path


def test_what_history_holds_is_told_in_local_times_and_in_utc_for_programs(
    filled: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["history", "--timezone", TOKYO]) == 0
    header, row, *_ = capsys.readouterr().out.splitlines()
    assert "start (Asia/Tokyo)" in header
    assert "2026-03-02 00:00" in row
    assert "2026-03-05 00:00" in row
    assert main(["history", "--timezone", TOKYO, "--format", "json"]) == 0
    (one,) = json.loads(capsys.readouterr().out)
    assert (one["start"], one["end"]) == ("2026-03-01T15:00Z", "2026-03-04T15:00Z")
