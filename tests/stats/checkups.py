"""A history of some days, what has become of its farm since, and what is true of both."""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from simulator import SimulatorSettings, World
from stats import audit
from stats.model import Dimension, FarmId, Question, Window
from stats.outcome import Outcome
from stats.report import Reporter
from stats.zone import Zone
from tests.stats.asking import Asker, asking, question
from tests.stats.autumn import (
    FIRST,
    Figures,
    Key,
    autumn_world,
    by_key,
    differences,
    figures,
)
from tests.stats.once import once

ZONE = Zone("America/Los_Angeles")
FARM = FarmId(autumn_world().farms[0].farm_id)
WEEK = FIRST + timedelta(days=7)
SERVICE = SimulatorSettings(page_size=100)
DAYS = 2
COMPUTE, QUEUE, FLEET, TYPE = "COMPUTE", Dimension.QUEUE, Dimension.FLEET, Dimension.USAGE_TYPE
WHOLE = ("queue", "job", "user")
"""What is told exactly of a day by queues, whatever has become of it."""


def by_queues(cuts: Sequence[str]) -> tuple[str, ...]:
    """Those cuts counted by queues alone."""
    return tuple(f"counted_by=queue/period=daily/{cut}" for cut in cuts)


def checked(
    reporter: Reporter, *, verify: bool = True, days: int = DAYS, cuts: Sequence[str] = ()
) -> Outcome:
    """Collects the last days of a week, by some cuts where they are named, and checks them up.

    They are named as their folders end.
    """
    collector, outcome = reporter.collector(ZONE), Outcome(FARM)
    some = [day for day in collector.days(FIRST) if day.end <= WEEK][-days:]
    if verify:
        collector.checkup.check(outcome, some, lambda *_: None)
    pieces = collector.pieces(FARM, some, to_the_end=verify)
    pieces = [one for one in pieces if one.shelf.folder.endswith(tuple(cuts) or "")]
    for _ in collector.collect(outcome, pieces, lambda *_: None):
        pass
    if verify:
        collector.checkup.mend(outcome, some)
    return outcome


def days() -> list[Window]:
    """The days that are collected, the oldest first."""
    every = [Window(*pair) for pair in ZONE.days(FIRST, WEEK)]
    return [day for day in every if day.end <= WEEK][-DAYS:]


@once
def _collected(folder: Path) -> None:
    with asking(autumn_world(), service=SERVICE, history=str(folder)) as one:
        assert checked(one.reporter, verify=False).errors == []


def collected(folder: Path, cuts: Sequence[str] = ()) -> Path:
    """A history in a folder of its own, of those days as they were told then, by those cuts."""
    history = _collected(folder / "history")
    for cut in history.rglob("cut=*"):
        if not str(cut).endswith(tuple(cuts) or ""):
            shutil.rmtree(cut)
    return history


def later(world: World, at: datetime, like: pd.DataFrame, **changed: object) -> World:
    """The world with one record more, at that time, like the first of some."""
    more = like.iloc[:1].assign(started_at=at, **changed)
    return replace(world, usage=pd.concat([world.usage, more], ignore_index=True))


def forgotten(world: World, which: Callable[[pd.DataFrame], pd.Series]) -> World:
    """The world of whose usage the service tells some no more."""
    return replace(world, usage=world.usage[~which(world.usage)].reset_index(drop=True))


def without(world: World, *ids: str) -> World:
    """The world after queues or fleets were deleted; what fleets report stays."""
    queues = tuple(one for one in world.queues if one.queue_id not in ids)
    fleets = tuple(one for one in world.fleets if one.fleet_id not in ids)
    return replace(world, queues=queues, fleets=fleets)


def of(world: World, days: Sequence[Window], **keys: str) -> pd.DataFrame:
    """The usage of some days with these keys."""
    rows = world.usage
    at = rows["started_at"]
    found = rows[(at >= days[0].start) & (at < days[-1].end)]
    for column, key in keys.items():
        found = found[found[column] == key]
    return found


def truth(rows: pd.DataFrame, by: Iterable[str]) -> dict[Key, Figures]:
    """Figures by key, from single records."""
    groups: dict[Key, list[_Record]] = defaultdict(list)
    columns = [Dimension(word).column for word in by]
    for row in rows.to_dict("records"):
        key = tuple(row[c] if isinstance(row[c], str) else "" for c in columns)
        groups[key].append(_Record(row["cost_usd"], row["runtime_seconds"]))
    return {key: figures(some) for key, some in groups.items()}  # type: ignore[arg-type]


class _Record:
    def __init__(self, cost_usd: float, runtime_seconds: float) -> None:
        self.cost_usd, self.runtime_seconds = cost_usd, float(runtime_seconds)


def asked(days: Sequence[Window], *by: str, scope: str = "queue") -> Question:
    window = (days[0].start, days[-1].end)
    about = question(autumn_world(), window, *by, scope=scope, timezone=ZONE.name)
    return replace(about, scope=replace(about.scope, whole=True))


def counted(usage: pd.DataFrame, scope: str) -> pd.DataFrame:
    """What is told by queues (or fleets): usage that has one."""
    return usage[usage[f"{scope}_id"].notna()]


def wrong(
    asker: Asker, days: Sequence[Window], right: pd.DataFrame, *bys: str, scope: str = "queue"
) -> list[str]:
    """Where reports from history are not what records add up to; the service is not asked."""
    before, found, reporter = len(asker.starts()), [], asker.another()
    for by in bys:
        words = by.split()
        report = reporter.ask(asked(days, *words, scope=scope))
        rows = counted(right, scope)
        found += differences(by_key(report), truth(rows, words))
        assert report.unattributed_cost_usd == pytest.approx(0, abs=1e-6), by
        total = sum(one.cost_usd.sum for one in report.total_by_usage_type.values())
        assert total == pytest.approx(rows["cost_usd"].sum())
    assert len(asker.starts()) == before
    return found


def amiss(asker: Asker) -> list[audit.Amiss]:
    history = asker.another().history
    return list(audit.amiss(history, history.shelves()))


def two_queues(rows: pd.DataFrame) -> tuple[str, str]:
    """Two queues that have compute."""
    compute = rows[(rows["usage_type"] == COMPUTE) & rows["job_id"].notna()]
    found = sorted(compute["queue_id"].unique())
    return found[0], found[1]
