"""Three hundred thousand rows: what boto3 spends on receiving them, and what the engine does after.

CPU seconds of one thread; waiting is not counted.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from benchmarks.farm import FARM, NOW, QUEUES
from benchmarks.service import KEYS, service
from stats import aggregation, rollup, wire
from stats.client import Client, Endpoint
from stats.clock import Clock, Patience
from stats.model import Dimension, FarmId, Period, Question, Scope, Window
from stats.plan import Run, plans
from stats.turn import Turn

_BY = (Dimension.JOB, Dimension.INSTANCE_TYPE)
_DAYS, _JOBS_A_DAY = 30, 4_400


@dataclass(frozen=True)
class Rows:
    """CPU seconds for so many rows."""

    rows: int
    receiving_seconds: float
    parsing_seconds: float
    checking_seconds: float
    grouping_seconds: float

    @property
    def ratio(self) -> float:
        """What the engine spends, for each second of boto3's."""
        ours = self.parsing_seconds + self.checking_seconds + self.grouping_seconds
        return ours / self.receiving_seconds

    @property
    def checking_ratio(self) -> float:
        """What the laws cost, for each second that rows take to be read."""
        return self.checking_seconds / (self.receiving_seconds + self.parsing_seconds)

    def __str__(self) -> str:
        return (
            f"{self.rows:,} rows: boto3 receives them in {self.receiving_seconds:.1f} s of CPU; "
            f"parsing takes {self.parsing_seconds:.2f} s, holding them to the laws "
            f"{self.checking_seconds:.2f} s ({self.checking_ratio:.3f} of both) and grouping "
            f"{self.grouping_seconds:.2f} s: {self.ratio:.2f} of it"
        )


def measured() -> Rows:
    """Reads one run by job and instance type over ten queues and a month."""
    window = Window(NOW - timedelta(days=_DAYS), NOW)
    scope = Scope(Dimension.QUEUE, QUEUES[:10])
    question = Question(FarmId(FARM), scope, window, by=_BY, period=Period.DAILY)
    (plan, *_) = plans(question)
    run = Run(question.farm_id, Dimension.QUEUE, scope.ids, window, 0, plan.base)
    clock, patience = Clock(), Patience()
    with service(_JOBS_A_DAY, _DAYS, page_seconds=0.0) as asked, tempfile.TemporaryDirectory() as d:
        client = Client(Endpoint(asked.url, KEYS), clock, patience)
        turn = Turn(Path(d), FARM, clock, patience)
        ways = turn, clock, patience, _say_nothing
        begun = aggregation.begin(client, run, *ways, lambda: None)
        aggregation.finish(client, run, begun, *ways)
        began = time.thread_time()
        aggregation.read(client, run, begun, clock, _say_nothing)
        received = time.thread_time()
        rows = [row for page in begun.pages for row in page.rows]
        frame = wire.parsed(rows, run)
        parsed = time.thread_time()
        wire.checked(frame, rows, run)
        checked = time.thread_time()
        rollup.answer(plan, frame, {})
        grouped = time.thread_time()
    times = received - began, parsed - received, checked - parsed, grouped - checked
    return Rows(len(frame), *times)


def _say_nothing(_: object, __: int) -> None:
    pass
