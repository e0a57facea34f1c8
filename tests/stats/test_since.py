"""Where history begins: with the first day of a zone that has the farm's total."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from simulator import tiny_world
from simulator.tiny import FARM
from stats.clock import Clock
from stats.dayfile import Origin, Shelf
from stats.history import History
from stats.model import Dimension, FarmId, Window
from stats.zone import Zone
from tests.stats.asking import Asker, asking
from tests.stats.frames import cut

NOW = datetime(2026, 3, 10, tzinfo=UTC)
TOTAL = (Dimension.USAGE_TYPE,)
ANGELES = Zone("America/Los_Angeles")


def _put(
    folder: Path,
    start: datetime,
    by: tuple[Dimension, ...] = TOTAL,
    *,
    hours: int = 24,
    used: bool = True,
    asked_after: int = 2,
) -> None:
    """A day as a nightly collector writes it, or one that was asked for later."""
    history = History(folder, timedelta(hours=48), Clock(now=lambda: NOW))
    shelf = Shelf(FARM, Dimension.QUEUE, by)
    day = Window(start, start + timedelta(hours=hours))
    of = [(start.date(), *("COMPUTE" for _ in by), 1, 1.0)] if used else []
    rows = cut(shelf.by, of).assign(period_start=pd.Timestamp(start))
    asked = day.end + timedelta(days=asked_after)
    history.put(shelf, day, rows, Origin("Tiny", {}, 1.0, "aws", asked))


def _since(asker: Asker, zone: str = "UTC", resource: Dimension = Dimension.QUEUE) -> object:
    return asker.reporter.since(FarmId(FARM), resource, Zone(zone))


def test_history_begins_with_its_first_day_of_the_total(tmp_path: Path) -> None:
    _put(tmp_path, datetime(2026, 1, 9, tzinfo=UTC), by=(Dimension.JOB, Dimension.USER))
    for day in (14, 12, 13):
        _put(tmp_path, datetime(2026, 1, day, tzinfo=UTC))
    with asking(tiny_world(), NOW, history=str(tmp_path)) as asker:
        assert _since(asker) == datetime(2026, 1, 12, tzinfo=UTC)
        assert _since(asker, resource=Dimension.FLEET) is None
        assert asker.starts() == []


def test_days_of_another_zone_and_days_of_other_lengths_do_not_count(tmp_path: Path) -> None:
    _put(tmp_path, datetime(1969, 7, 20, 8, tzinfo=UTC))  # no farm has seen that year
    _put(tmp_path, datetime(2025, 11, 2, 7, tzinfo=UTC))
    _put(tmp_path, datetime(2025, 11, 12, tzinfo=UTC))
    _put(tmp_path, datetime(2025, 11, 20, 8, tzinfo=UTC))
    with asking(tiny_world(), NOW, history=str(tmp_path)) as asker:
        assert _since(asker, ANGELES.name) == datetime(2025, 11, 20, 8, tzinfo=UTC)
        _put(tmp_path, datetime(2025, 11, 2, 7, tzinfo=UTC), hours=25)
        asker.reporter.history.forget_listing(Shelf(FARM, Dimension.QUEUE, TOTAL))
        assert _since(asker, ANGELES.name) == datetime(2025, 11, 2, 7, tzinfo=UTC)


def test_a_day_of_long_before_is_not_where_history_begins(tmp_path: Path) -> None:
    for year, month, day in ((2023, 5, 4), (2025, 12, 20), (2026, 1, 20)):
        _put(tmp_path, datetime(year, month, day, tzinfo=UTC))
    with asking(tiny_world(), NOW, history=str(tmp_path)) as asker:
        assert _since(asker) == datetime(2025, 12, 20, tzinfo=UTC)


@pytest.mark.parametrize(("then", "is_part"), [(21, True), (20, False)], ids=["31", "32 days"])
def test_a_gap_of_31_days_does_not_part_a_history(tmp_path: Path, then: int, is_part: bool) -> None:
    """From the end of the one day, at midnight, to the beginning of the other."""
    before, after = datetime(2025, 12, then, tzinfo=UTC), datetime(2026, 1, 22, tzinfo=UTC)
    for day in (before, after):
        _put(tmp_path, day)
    with asking(tiny_world(), NOW, history=str(tmp_path)) as asker:
        assert _since(asker) == (before if is_part else after)


def test_days_of_which_nothing_is_known_are_not_where_history_begins(tmp_path: Path) -> None:
    for day, used, asked_after in ((6, False, 2), (8, False, 200), (10, True, 200), (12, True, 2)):
        start = datetime(2025, 6, day, tzinfo=UTC)
        _put(tmp_path, start, used=used, asked_after=asked_after)
    with asking(tiny_world(), NOW, history=str(tmp_path)) as asker:
        assert _since(asker) == datetime(2025, 6, 10, tzinfo=UTC)


def test_one_lonely_day_a_year_earlier_is_history_where_there_is_no_other(tmp_path: Path) -> None:
    _put(tmp_path, datetime(2025, 1, 9, tzinfo=UTC))
    with asking(tiny_world(), NOW, history=str(tmp_path)) as asker:
        assert _since(asker) == datetime(2025, 1, 9, tzinfo=UTC)
        _put(tmp_path, datetime(2026, 1, 9, tzinfo=UTC))
        asker.reporter.history.forget_listing(Shelf(FARM, Dimension.QUEUE, TOTAL))
        assert _since(asker) == datetime(2026, 1, 9, tzinfo=UTC)


def test_without_history_or_where_it_can_not_be_read_nothing_begins(tmp_path: Path) -> None:
    with asking(tiny_world(), NOW) as asker:
        assert _since(asker) is None
    folder = tmp_path / "v2"
    folder.write_text("not a folder")
    with asking(tiny_world(), NOW, history=str(tmp_path)) as asker:
        assert _since(asker) is None
