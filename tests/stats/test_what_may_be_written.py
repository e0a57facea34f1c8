"""What reports write to history is of the whole farm, whatever was asked, in any order.

Each file is held against the records themselves, and what a later question is told from history
against what a service tells where there is none.
"""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
import pytest
from hypothesis import Phase, given
from hypothesis import settings as limits
from hypothesis import strategies as st

from simulator import SimulatorSettings
from stats.model import Dimension, FarmId, Filter, Period, Question, Report, Scope, Window
from tests.stats.asking import Asker, asking
from tests.stats.autumn import (
    FIRST,
    autumn_world,
    differences,
    fleet,
    job,
    person,
    queue,
    records,
    rows_of,
    values,
)

D = Dimension
FARM_ID = FarmId(autumn_world().farms[0].farm_id)
ALL = {of: tuple(filter(None, values(of))) for of in ("queue", "fleet")}
EARLY = Window(FIRST, FIRST + timedelta(days=4))
LATER = Window(FIRST + timedelta(days=2), FIRST + timedelta(days=7))


def _asked(
    *by: D,
    of: str = "queue",
    some: tuple[str, ...] = (),
    where: dict[D, tuple[str, ...]] | None = None,
    **more: object,
) -> Question:
    """A question about the whole farm, by its queues (or fleets), or about some of them."""
    scope = Scope(D(of), some or ALL[of], whole=not some)
    filters = tuple(Filter(kind, frozenset(keys)) for kind, keys in (where or {}).items())
    return Question(FARM_ID, scope, EARLY, "UTC", by, filters, **more)  # type: ignore[arg-type]


SAID_TO_BE_ALL = "some queues, said to be all"
"""As by an old list of queues: history, where it has the day, tells of all that the farm had."""

ON_A_FLEET = {D.FLEET: (fleet(0),)}
IN_A_QUEUE = {D.QUEUE: (queue(3), queue(4))}
NARROW = {
    "on a fleet": _asked(where=ON_A_FLEET),
    "on a fleet, by usage type": _asked(D.USAGE_TYPE, where=ON_A_FLEET),
    "on a fleet, by job and usage type": _asked(D.JOB, D.USAGE_TYPE, where=ON_A_FLEET),
    "on a fleet, by queue": _asked(D.QUEUE, where=ON_A_FLEET),
    "on a fleet, by hour": _asked(D.QUEUE, where=ON_A_FLEET, period=Period.HOURLY),
    "on a fleet, by user and instance type": _asked(D.USER, D.INSTANCE_TYPE, where=ON_A_FLEET),
    "by fleets in a queue": _asked(of="fleet", where=IN_A_QUEUE),
    "by fleets in a queue, by job": _asked(D.JOB, of="fleet", where=IN_A_QUEUE),
    "by fleets in a queue, by fleet": _asked(D.FLEET, of="fleet", where=IN_A_QUEUE),
    "some queues": _asked(D.JOB, some=ALL["queue"][:2]),
    "some queues by usage type": _asked(D.USAGE_TYPE, some=ALL["queue"][:2]),
    SAID_TO_BE_ALL: replace(_asked(D.JOB), scope=Scope(D.QUEUE, ALL["queue"][:5], whole=True)),
    "the scope's own filter": _asked(D.USER, where=IN_A_QUEUE),
    "the scope's own filter, by queue": _asked(D.QUEUE, where=IN_A_QUEUE),
    "some fleets": _asked(D.INSTANCE_TYPE, of="fleet", some=ALL["fleet"][:1]),
    "a job's": _asked(D.USAGE_TYPE, where={D.JOB: (job(1),)}),
    "a user's": _asked(D.QUEUE, where={D.USER: (person(1),)}),
    "without a user": _asked(D.QUEUE, where={D.USER: ("",)}),
    "a name's": _asked(D.JOB, job_name_contains="1"),
    "the largest": _asked(D.JOB, most_jobs=2),
}
WHOLE = {
    "total": _asked(),
    "by usage type": _asked(D.USAGE_TYPE),
    "by job and usage type": _asked(D.JOB, D.USAGE_TYPE),
    "by queue": _asked(D.QUEUE),
    "by queue and fleet": _asked(D.QUEUE, D.FLEET),
    "by user": _asked(D.USER),
    "by instance type": _asked(D.INSTANCE_TYPE),
    "by user, queue and usage type": _asked(D.USER, D.QUEUE, D.USAGE_TYPE),
    "by user, job and instance type": _asked(D.USER, D.JOB, D.INSTANCE_TYPE),
    "by licence": _asked(D.LICENSE_PRODUCT),
    "by hour": _asked(D.QUEUE, period=Period.HOURLY),
    "by day": _asked(D.QUEUE, period=Period.DAILY),
    "fleets": _asked(of="fleet"),
    "fleets by job": _asked(D.JOB, of="fleet"),
    "fleets by user and instance type": _asked(D.USER, D.INSTANCE_TYPE, of="fleet"),
}
EVERY = NARROW | WHOLE


@pytest.fixture(scope="module")
def asker() -> Iterator[Asker]:
    with asking(autumn_world(), service=SimulatorSettings(page_size=100)) as one:
        yield one


@pytest.fixture(scope="module")
def right(asker: Asker):
    """What is told without a history, by a question's name."""
    return functools.cache(
        lambda name, window=EARLY: asker.report(replace(EVERY[name], window=window))
    )


def _answer(asker: Asker, folder: Path, *questions: Question) -> list[Report]:
    """What one process is told, and what it leaves in history."""
    reporter = asker.another(history=str(folder))
    try:
        return [reporter.ask(question) for question in questions]
    finally:
        reporter.close()


def _place(file: Path) -> dict[str, str]:
    return dict(part.split("=", 1) for part in file.parts if re.match(r"\w+=", part))


def _kept(file: Path, columns: list[str]) -> dict[tuple[str, ...], tuple[int, float]]:
    rows = pd.read_parquet(file)
    sums: dict[tuple[str, ...], tuple[int, float]] = defaultdict(lambda: (0, 0.0))
    for row in rows.to_dict("records"):
        key = tuple(str(row[column]) for column in columns)
        count, cost = sums[key]
        sums[key] = count + int(row["count"]), cost + float(row["cost_usd_sum"])
    return dict(sums)


def _true(of: str, dimensions: list[str], day: str) -> dict[tuple[str, ...], tuple[int, float]]:
    """The usage of a day's records, in plain loops; what has no queue is no queue's."""
    sums: dict[tuple[str, ...], tuple[int, float]] = defaultdict(lambda: (0, 0.0))
    for record in records():
        if record.keys[of] and f"{record.at:%Y%m%d}" == day:
            key = tuple(record.keys[one] for one in dimensions)
            count, cost = sums[key]
            sums[key] = count + 1, cost + record.cost_usd
    return dict(sums)


def _holds_the_whole_farm(folder: Path) -> int:
    """Fails where a file is not of the whole farm; gives how many files there are."""
    files = list(folder.rglob("*Z.parquet"))
    for file in files:
        place = _place(file)
        dimensions = place["cut"].split("-")
        columns = [D(one).column for one in dimensions]
        kept = _kept(file, columns)
        true = _true(place["counted_by"], dimensions, file.name[:8])
        assert kept.keys() == true.keys(), file
        for key, (count, cost) in true.items():
            assert kept[key] == (count, pytest.approx(cost)), (file, key)
    return len(files)


def _same(told: Report, without: Report) -> None:
    assert differences(rows_of(told), rows_of(without)) == []
    assert told.total_count == without.total_count
    assert told.total_cost_usd.sum == pytest.approx(without.total_cost_usd.sum)
    assert told.unattributed_count == without.unattributed_count
    assert told.total_by_usage_type.keys() == without.total_by_usage_type.keys()
    for kind, usage in without.total_by_usage_type.items():
        assert told.total_by_usage_type[kind].cost_usd.sum == pytest.approx(usage.cost_usd.sum)


@pytest.mark.parametrize("name", NARROW)
def test_what_one_question_writes_is_of_the_whole_farm(
    name: str, asker: Asker, tmp_path: Path
) -> None:
    _answer(asker, tmp_path, NARROW[name])
    _holds_the_whole_farm(tmp_path)


@pytest.mark.parametrize("name", WHOLE)
def test_what_the_whole_farm_is_asked_for_is_written(
    name: str, asker: Asker, tmp_path: Path
) -> None:
    _answer(asker, tmp_path, WHOLE[name])
    assert _holds_the_whole_farm(tmp_path) >= 4
    before = len(asker.starts())
    _answer(asker, tmp_path, WHOLE[name])
    assert len(asker.starts()) == before


def test_whoever_asks_for_less_leaves_nothing_wrong_to_whoever_asks_for_more(
    asker: Asker, right, tmp_path: Path
) -> None:
    names = ("on a fleet, by job and usage type", "some queues", "a name's")
    _answer(asker, tmp_path, *(NARROW[name] for name in names))
    for one, told in zip(WHOLE, _answer(asker, tmp_path, *WHOLE.values()), strict=True):
        _same(told, right(one))


few = limits(max_examples=8, deadline=None, phases=[Phase.reuse, Phase.generate])


@few
@given(
    names=st.lists(st.sampled_from(sorted(EVERY)), min_size=2, max_size=5, unique=True),
    later=st.lists(st.booleans(), min_size=5, max_size=5),
)
def test_in_any_order_history_tells_what_the_service_does(
    names: list[str], later: list[bool], asker: Asker, right
) -> None:
    with TemporaryDirectory() as place:
        for name, is_later in zip(names, later, strict=False):
            window = LATER if is_later else EARLY
            (told,) = _answer(asker, Path(place), replace(EVERY[name], window=window))
            if EVERY[name].most_jobs is None and name != SAID_TO_BE_ALL:
                _same(told, right(name, window))
        _holds_the_whole_farm(Path(place))
