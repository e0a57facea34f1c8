"""What years of history tell, beside DuckDB over the same files; and the memory that it takes.

Every answer is checked to hold the same numbers.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import duckdb
import pandas as pd

from benchmarks import questions, years
from benchmarks.alone import asked_alone
from benchmarks.questions import Case, cases
from benchmarks.years import Years
from stats import past
from stats.findings import Findings
from stats.history import History
from stats.model import Question

MOST_TIMES, MOST_MORE_SECONDS = 1.5, 0.05
MOST_MEMORY = 1024
_MOST_ROUNDS, _LONG_SECONDS = 9, 15.0


@dataclass(frozen=True)
class Told:
    """One question over some years: seconds of either way, and MiB in a process of its own.

    `first_seconds` are those of that process, which has never read the files.
    """

    years: str
    question: str
    rows: int
    seconds: float
    raw_seconds: float
    first_seconds: float
    memory_at_most: int

    @property
    def is_within(self) -> bool:
        """Whether it takes no longer than it may."""
        return self.seconds <= MOST_TIMES * self.raw_seconds + MOST_MORE_SECONDS

    def __str__(self) -> str:
        ratio = self.seconds / self.raw_seconds
        memory = "" if self.memory_at_most < MOST_MEMORY else f" (over {MOST_MEMORY})"
        return (
            f"{self.years:27} {self.question:31} {self.rows:9,} {self.seconds * 1e3:7.0f} "
            f"{self.raw_seconds * 1e3:7.0f} {ratio:6.2f} {'yes' if self.is_within else 'NO':>6} "
            f"{self.first_seconds * 1e3:7.0f} {self.memory_at_most:6,}{memory}"
        )


HEADER = (
    f"{'':27} {'':31} {'rows':>9} {'ms':>7} {'DuckDB':>7} {'ratio':>6} {'within':>6} "
    f"{'first':>7} {'MiB':>6}"
)


def measured(home: Path, only: str = "") -> Iterator[Told]:
    """Each question over a year and over ten, of those lines that hold `only`."""
    for some in years.made(home):
        for case in cases(some).values():
            if only in f"{some.name}, {case.name}":
                yield _told(some, case)


def _told(some: Years, case: Case) -> Told:
    history, sql = some.history, case.sql(some)
    with duckdb.connect() as raw:
        raw.execute("SET TimeZone = 'UTC'; SET parquet_metadata_cache = true")
        ours, theirs, rows = _side_by_side(
            lambda: _ours(history, case.question), lambda: _theirs(raw, sql), case.name
        )
    alone = asked_alone(some, case)
    return Told(some.name, case.name, rows, ours, theirs, alone.seconds, alone.memory_at_most)


def _ours(history: History, question: Question) -> pd.DataFrame:
    found = past.told(history, question, question.window)
    assert found is not None, "history tells nothing"
    with closing(found):
        table, _ = Findings(found, None).table(question)
    return table


def _theirs(raw: duckdb.DuckDBPyConnection, sql: Sequence[str]) -> pd.DataFrame:
    for statement in sql[:-1]:
        raw.execute(statement).fetchall()
    return raw.execute(sql[-1]).df()


def _side_by_side(
    ours: Callable[[], pd.DataFrame], theirs: Callable[[], pd.DataFrame], name: str
) -> tuple[float, float, int]:
    """Medians of both in turn, and the answer's rows; the first round, which warms up, is left out.

    What takes long is measured fewer times, at least once. Raises AssertionError where they differ.
    """
    begun = time.monotonic()
    right, given = questions.numbers(theirs()), questions.numbers(ours())
    _same(given, right, name)
    seconds = [(_seconds(ours), _seconds(theirs))]
    while len(seconds) < _MOST_ROUNDS and time.monotonic() - begun < _LONG_SECONDS:
        seconds.append((_seconds(ours), _seconds(theirs)))
    first, second = (median(some) for some in zip(*seconds, strict=True))
    return first, second, int(right["rows"])


def _seconds(ask: Callable[[], Any]) -> float:
    begun = time.monotonic()
    ask()
    return time.monotonic() - begun


def _same(given: dict[str, float], right: dict[str, float], name: str) -> None:
    for what, number in right.items():
        if not math.isclose(given[what], number, rel_tol=1e-9):
            raise AssertionError(f"{name}: {what} is {given[what]} and not {number}")
