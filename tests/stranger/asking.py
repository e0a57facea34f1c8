"""Asking in this process, through `stats.report.connect` and nothing deeper."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from stats.client import Endpoint
from stats.clock import Clock
from stats.connect import connect
from stats.errors import Unanswerable
from stats.model import Dimension, FarmId, Filter, Period, Question, Report, Scope, Window
from stats.report import Reporter
from stats.settings import Settings
from tests.stranger.records import FarmData
from tests.stranger.service import Service
from tests.stranger.truth import Wanted, differences

NOW = datetime(2026, 11, 23, 10, 20, tzinfo=UTC)
HURRY = 20.0
"""How many times faster than the wall clock pauses pass."""


def hurried(now: Callable[[], datetime] = lambda: NOW) -> Clock:
    """A clock at one moment, whose pauses are short."""
    return Clock(now=now, sleep=lambda seconds: time.sleep(seconds / HURRY))


def reporter(service: Service, clock: Clock | None = None, **settings: Any) -> Reporter:
    """A reporter for a service, whatever the environment says."""
    endpoint = Endpoint(url=service.url, credentials=("stranger", "stranger"))
    return connect(Settings(**settings), endpoint, clock or hurried())


def question(farm_id: str, wanted: Wanted) -> Question:
    """The same question, as the engine's value."""
    where = tuple(Filter(Dimension(d), frozenset(v)) for d, v in wanted.where.items())
    return Question(
        farm_id=FarmId(farm_id),
        scope=Scope(Dimension(wanted.scope), wanted.ids),
        window=Window(wanted.start, wanted.end),
        timezone=wanted.zone,
        by=tuple(Dimension(word) for word in wanted.by),
        where=where,
        period=Period(wanted.period),
    )


def table_of(report: Report) -> list[dict[str, Any]]:
    """A report's rows as dicts by column."""
    return [dict(row) for row in report.table.to_dict("records")]  # type: ignore[arg-type]


@dataclass
class Asker:
    """A reporter, with the service that it asks."""

    reporter: Reporter
    service: Service

    @property
    def leaves_out(self) -> bool:
        """Whether the service leaves out rows which lack a key that is grouped by."""
        return self.service.behaviour.missing == "left out"

    def report(self, farm: FarmData, wanted: Wanted) -> Report:
        """The engine's answer."""
        return self.reporter.ask(question(farm.id, wanted))

    def wrong(self, farm: FarmData, wanted: Wanted) -> list[str]:
        """What the engine's answer has wrong."""
        wanted = replace(wanted, left_out=self.leaves_out)
        return differences(table_of(self.report(farm, wanted)), farm.records, wanted)

    def wrong_or_declined(self, farm: FarmData, wanted: Wanted) -> list[str] | None:
        """The same, or None where the question is declined."""
        try:
            return self.wrong(farm, wanted)
        except Unanswerable:
            return None


@contextmanager
def asking(service: Service) -> Iterator[Asker]:
    """An asker with its own reporter, closed in the end."""
    front_door = reporter(service)
    try:
        yield Asker(front_door, service)
    finally:
        front_door.close()
