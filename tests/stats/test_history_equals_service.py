"""From history equals from the service, whatever of a window is in history."""

from __future__ import annotations

import functools
import os
import random
import shutil
import tempfile
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import Phase, given, reject
from hypothesis import settings as limits
from hypothesis import strategies as st

from simulator import SimulatorSettings
from stats.compact import compact
from stats.errors import Unanswerable
from stats.model import Dimension, FarmId, Period, Question, Report, Scope, Window
from stats.outcome import Outcome
from stats.report import Reporter
from stats.zone import Zone
from tests.stats.asking import Asker, asking
from tests.stats.autumn import FIRST, LAST, autumn_world, differences, rows_of, values
from tests.stats.largest import holds_the_largest
from tests.stats.test_report_properties import Drawn, drawn

D = Dimension
LOSSY = "rows are left out"
SERVICES = {
    "rows lack keys": SimulatorSettings(page_size=100),
    LOSSY: SimulatorSettings(page_size=100, drop_missing_keys=True),
}
Collected = Callable[[str], str]
SINCE = FIRST + timedelta(days=7)
"""What was before is in no history; days of two months are."""
ZONES = {"rows lack keys": "America/Los_Angeles", LOSSY: "Asia/Kolkata"}
"""With a clock change in the window, and off the full hour: to collect one takes a while."""

few = limits(max_examples=6, deadline=None, phases=[Phase.reuse, Phase.generate])


@pytest.fixture(scope="module", params=SERVICES)
def service(request: pytest.FixtureRequest) -> str:
    """What the service does where a key is missing."""
    return request.param


@pytest.fixture(scope="module")
def asker(service: str) -> Iterator[Asker]:
    """The service, asked without history."""
    with asking(autumn_world(), service=SERVICES[service]) as one:
        yield one


@pytest.fixture(scope="module")
def collected(asker: Asker, tmp_path_factory: pytest.TempPathFactory) -> Collected:
    """The folder of a history of all days of a zone, by the collector."""

    @functools.cache
    def folder(zone: str) -> str:
        found = str(tmp_path_factory.mktemp("history"))
        reporter = asker.another(history=found)
        outcome = Outcome(FarmId(autumn_world().farms[0].farm_id))
        collector = reporter.collector(Zone(zone))
        days = [day for day in collector.days(SINCE) if day.start < LAST]
        pieces = collector.pieces(outcome.farm_id, days)
        assert len(list(collector.collect(outcome, pieces, lambda *_: None))) == len(pieces)
        assert outcome.errors == []
        reporter.close()
        return found

    return folder


def asked_for(one: Drawn) -> Question:
    """The question; one about everything says so."""
    about = one.question()
    everything = len(one.ids) == len([key for key in values(one.scope) if key])
    return replace(about, scope=replace(about.scope, whole=everything))


def whole(one: Drawn) -> Question:
    """What a question is about, of the whole farm."""
    about = asked_for(replace(one, ids=tuple(key for key in values(one.scope) if key)))
    others = tuple(f for f in about.where if f.dimension is not about.scope.dimension)
    return replace(about, where=others)


@few
@given(
    data=st.data(),
    at=st.integers(0, 20 * 24),
    kept=st.sampled_from([1.0, 1.0, 0.9, 0.5]),
    seed=st.integers(0, 10**6),
)
def test_any_mix_of_covered_preliminary_and_missing_days_gives_the_same(
    asker: Asker, service: str, collected: Collected, data, at: int, kept: float, seed: int
) -> None:
    one = data.draw(drawn(zones=[ZONES[service]]))
    with tempfile.TemporaryDirectory() as folder:
        _copied(collected(one.zone), folder, {one.scope, *one.told})
        if one.period == "hourly":
            reporter = asker.another(history=folder)
            _ask(reporter, whole(one))
            reporter.close()
        chance = random.Random(seed)
        for file in sorted(Path(folder).rglob("*.parquet")):
            if chance.random() > kept:
                file.unlink()
        if seed % 4 == 0:
            put_together = asker.another(history=folder).history
            list(compact(put_together, put_together.shelves(), LAST + timedelta(days=90)))
        asker.clock.now = LAST + timedelta(days=4) - timedelta(hours=at)
        again, fresh = asker.another(history=folder), asker.another()
        try:
            asked = asked_for(one)
            every = _ask(fresh, asked)
            _same(_ask(again, asked), every, may_hold_more=service == LOSSY)
            if Dimension.JOB in asked.by:
                for reporter in (again, fresh):
                    holds_the_largest(_ask(reporter, replace(asked, most_jobs=3)), every)
        finally:
            asker.clock.now = autumn_world().now
            again.close()
            fresh.close()


@few
@given(data=st.data())
def test_what_two_things_have_to_do_with_one_another_is_not_asked_for_again(
    asker: Asker, service: str, collected: Collected, data
) -> None:
    one = data.draw(drawn(filters=False, zones=[ZONES[service]]))
    if len(one.told) > 2 or one.period == "hourly" or (service == LOSSY and len(one.told) == 1):
        reject()  # of one, and with rows left out, no pair tells all
    start, *_, end = Zone(one.zone).days(SINCE, LAST)
    reporter = asker.another(history=collected(one.zone))
    before = len(asker.starts())
    _ask(reporter, whole(replace(one, start=start[0], end=end[1])))
    reporter.close()
    assert len(asker.starts()) == before


@pytest.mark.parametrize(
    ("by", "period", "gaps"),
    [
        ((D.JOB,), Period.TOTAL, 0.0),
        ((D.JOB,), Period.WEEKLY, 0.4),
        ((D.JOB, D.USAGE_TYPE), Period.WEEKLY, 0.0),
        ((D.JOB, D.USAGE_TYPE), Period.TOTAL, 0.4),
        ((D.USER, D.JOB), Period.TOTAL, 0.0),
        ((D.USER, D.JOB), Period.WEEKLY, 0.4),
    ],
    ids=str,
)
def test_the_largest_jobs_are_those_of_all_and_the_others_are_one_row(
    asker: Asker,
    service: str,
    collected: Collected,
    by: tuple[Dimension, ...],
    period: Period,
    gaps: float,
    tmp_path: Path,
) -> None:
    _copied(collected(ZONES[service]), tmp_path, {"queue"})
    chance = random.Random(7)
    for file in sorted(tmp_path.rglob("*.parquet")):
        if chance.random() < gaps:
            file.unlink()
    reporter = asker.another(history=str(tmp_path))
    farm_id, ids = FarmId(autumn_world().farms[0].farm_id), tuple(filter(None, values("queue")))
    start, *_, end = Zone(ZONES[service]).days(SINCE, LAST)
    window = Window(start[0], end[1])
    scope = Scope(D.QUEUE, ids, whole=True)
    asked = Question(farm_id, scope, window, ZONES[service], by, period=period)
    every = reporter.ask(asked)
    jobs = every.table["job_id"].nunique()
    for most in (0, 1, 7, jobs):
        holds_the_largest(reporter.ask(replace(asked, most_jobs=most)), every)
    reporter.close()


def _copied(source: str, folder: Path | str, told: Collection[str]) -> None:
    """The cuts by queues, or fleets, or both, that may tell of these dimensions.

    They are the same files by other names: none is ever written to, but another put in its place.
    """
    for cuts in Path(source).rglob("counted_by=*"):
        if cuts.name.removeprefix("counted_by=") in told:
            there = Path(folder, cuts.relative_to(source))
            shutil.copytree(cuts, there, dirs_exist_ok=True, copy_function=os.link)


def _ask(reporter: Reporter, asked: Question) -> Report:
    try:
        return reporter.ask(asked)
    except Unanswerable:
        reject()


def _same(from_history: Report, from_service: Report, *, may_hold_more: bool) -> None:
    """Where rows are left out, another cut that history has may hold what the service's does not.

    That is then not unattributed any more, and the filters leave of it what they leave.
    """
    assert differences(rows_of(from_history), rows_of(from_service)) == []
    assert from_history.as_of == from_service.as_of
    assert from_history.preliminary_from == from_service.preliminary_from
    mine, theirs = from_history.unattributed_count, from_service.unattributed_count
    assert mine == theirs or (may_hold_more and 0 <= mine < theirs)
    if mine == theirs:
        assert from_history.unattributed_cost_usd == pytest.approx(
            from_service.unattributed_cost_usd, abs=1e-6
        )
    told, right = from_history.total_by_usage_type, from_service.total_by_usage_type
    if mine < theirs:
        kinds = told.keys() | right.keys()
        counts = [(told[k].count if k in told else 0, right[k].count) for k in kinds]
        assert 0 <= sum(b - a for a, b in counts) <= theirs - mine
        return
    assert told.keys() == right.keys()
    for kind, usage in right.items():
        assert told[kind].count == usage.count
        assert told[kind].cost_usd.sum == pytest.approx(usage.cost_usd.sum)
        assert told[kind].runtime_seconds == pytest.approx(usage.runtime_seconds)
