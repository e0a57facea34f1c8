"""Late usage of a day of which a queue was deleted, which the cut that tells it is not of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from simulator import World
from stats.dayfile import Shelf
from stats.model import Dimension, Period
from tests.stats.asking import asking
from tests.stats.checkups import FARM, QUEUE, SERVICE, asked, without
from tests.stats.test_told_again import (
    DAYS,
    OTHER,
    TOTAL,
    WORLD,
    cost_of,
    hidden,
    more,
    not_told,
    told,
)


def by(world: World, home: Path, *cuts: str, period: Period = Period.TOTAL) -> None:
    """What questions about all queues leave in history, a process each."""
    listed = tuple(one.queue_id for one in world.queues if one.farm_id == FARM)
    for one in cuts:
        about = replace(asked(DAYS, *one.split()), period=period)
        with asking(world, service=SERVICE, history=str(home)) as asker:
            asker.another().ask(replace(about, scope=replace(about.scope, ids=listed)))


@pytest.mark.parametrize("usd", [0.0, 0.5, 5.0])
@pytest.mark.parametrize(
    ("before", "since"),
    [
        ("queue user", "queue usage_type"),
        ("queue user", "queue job"),
        ("job", "user job"),
    ],
)
def test_what_an_earlier_cut_tells_less_of_came_late_and_the_total_is_at_least_what_it_was(
    before: str, since: str, usd: float, tmp_path: Path
) -> None:
    """No fleet tells of it, and the later cut holds less than the total for all that."""
    by(WORLD, tmp_path, "usage_type", before)
    now = hidden(more(WORLD, usd=usd) if usd else WORLD)
    by(now, tmp_path, since)
    for _ in range(2):
        cost, lacking, notes = told(now, tmp_path)
        assert cost == pytest.approx(cost_of(WORLD))
        assert (lacking, len(notes)) == ((DAYS[1:], 1) if usd else ([], 0))


def test_hours_of_before_tell_it_too(tmp_path: Path) -> None:
    by(WORLD, tmp_path, "usage_type")
    by(WORLD, tmp_path, "queue", period=Period.HOURLY)
    by(hidden(more(WORLD, usd=5.0)), tmp_path, "queue usage_type")
    assert told(hidden(WORLD), tmp_path)[1] == DAYS[1:]


def _asked_after_it_came(home: Path) -> World:
    """The total, lost meanwhile, was told after the usage had come, and nothing was deleted."""
    by(WORLD, home, "queue user")
    for file in (home / "v2" / TOTAL.folder).iterdir():
        file.unlink()
    by(more(WORLD, usd=5.0), home, "usage_type")
    return more(WORLD, usd=5.0)


def _known_to_lack_it(home: Path) -> World:
    """The day was checked up, and the cut could not be put together."""
    by(WORLD, home, "usage_type", "queue user")
    with asking(WORLD, service=SERVICE, history=str(home)) as asker:
        history, shelf = asker.another().history, Shelf(FARM, QUEUE, (QUEUE, Dimension.USER))
        for day, origin in history.told(history.listed(shelf)).days.items():
            history.put(shelf, day, history.read(shelf, day), replace(origin, unplaced=True))
    return hidden(more(WORLD, usd=5.0))


def _of_jobs_that_are_forgotten(home: Path) -> World:
    """The service tells the usage, and no more whose it was."""
    by(WORLD, home, "usage_type", "job")
    now = hidden(WORLD)
    return replace(now, usage=now.usage.assign(job_id=None))


def _asked_without_one_that_is_back(home: Path) -> World:
    by(WORLD, home, "usage_type")
    by(hidden(WORLD), home, "job")
    return without(WORLD, OTHER)


@pytest.mark.parametrize(
    "before",
    [
        _asked_after_it_came,
        _known_to_lack_it,
        _of_jobs_that_are_forgotten,
        _asked_without_one_that_is_back,
    ],
)
def test_nothing_is_said_to_have_come_late_that_was_told_or_not_asked_for_before(
    before: Callable[[Path], World], tmp_path: Path
) -> None:
    now = before(tmp_path)
    by(now, tmp_path, "queue usage_type", "job usage_type")
    assert told(now, tmp_path)[1:] == ([], [])


def test_beside_a_total_that_holds_nothing_of_the_deleted_queue_late_usage_is_what_fleets_say(
    tmp_path: Path,
) -> None:
    """The cut by queue holds all of the total: what fleets tell more is said, and no doubt."""
    before = not_told(WORLD)
    by(before, tmp_path, "usage_type")
    by(hidden(before), tmp_path, "queue usage_type")
    now = hidden(more(before, usd=5.0))
    with asking(now, service=SERVICE, history=str(tmp_path)) as asker:
        asker.another().ask(asked(DAYS, "usage_type", scope="fleet"))
    assert told(now, tmp_path) == (pytest.approx(cost_of(before)), [], [])
    with asking(now, service=SERVICE, history=str(tmp_path)) as asker:
        notes = asker.another().ask(asked(DAYS, "usage_type")).notes
    assert [one for one in notes if "fleets report $5.00 more than queues" in one]
