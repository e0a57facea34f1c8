"""From history equals from the service, whatever of a window is in history."""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import Phase, given, reject
from hypothesis import settings as limits
from hypothesis import strategies as st

from simulator import SimulatorSettings
from stats.errors import Unanswerable
from stats.model import Question, Report
from tests.stats.asking import Asker, asking, question
from tests.stats.autumn import LAST, autumn_world, differences, rows_of, values
from tests.stats.test_report_properties import Drawn, drawn

SERVICES = {
    "rows without keys": SimulatorSettings(page_size=100),
    "rows left out": SimulatorSettings(page_size=100, drop_missing_keys=True),
}
few = limits(max_examples=25, deadline=None, phases=[Phase.reuse, Phase.generate])


@pytest.fixture(scope="module", params=SERVICES)
def asker(request: pytest.FixtureRequest) -> Iterator[Asker]:
    """A service, asked without history."""
    with asking(autumn_world(), service=SERVICES[request.param]) as one:
        yield one


def asked_for(one: Drawn) -> Question:
    """The question; one about everything says so."""
    about = question(
        autumn_world(),
        (one.start, one.end),
        *one.by,
        scope=one.scope,
        ids=one.ids,
        where=one.where,
        period=one.period,
        timezone=one.zone,
    )
    everything = len(one.ids) == len([key for key in values(one.scope) if key])
    return replace(about, scope=replace(about.scope, whole=everything))


def whole(one: Drawn) -> Question:
    """What a question is about, of the whole farm."""
    about = asked_for(replace(one, ids=tuple(key for key in values(one.scope) if key)))
    others = tuple(f for f in about.where if f.dimension is not about.scope.dimension)
    return replace(about, where=others)


@few
@given(
    one=drawn(),
    before=st.lists(drawn(filters=False), max_size=3),
    at=st.integers(0, 20 * 24),
    kept=st.floats(0.3, 1.0),
    seed=st.integers(0, 10**6),
)
def test_any_mix_of_covered_preliminary_and_missing_days_gives_the_same(
    asker: Asker, one: Drawn, before: list[Drawn], at: int, kept: float, seed: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        reporter = asker.another(history=folder)
        for earlier in [*before, one]:
            told = replace(earlier, zone=one.zone, scope=one.scope, period=one.period)
            _ask(reporter, whole(told))
        reporter.close()
        chance = random.Random(seed)
        for file in sorted(Path(folder).rglob("*.parquet")):
            if chance.random() > kept:
                file.unlink()
        asker.clock.now = LAST + timedelta(days=4) - timedelta(hours=at)
        again, fresh = asker.another(history=folder), asker.another()
        try:
            asked = asked_for(one)
            _same(_ask(again, asked), _ask(fresh, asked))
        finally:
            asker.clock.now = autumn_world().now
            again.close()
            fresh.close()


def _ask(reporter: object, asked: Question) -> Report:
    try:
        return reporter.ask(asked)
    except Unanswerable:
        reject()


def _same(from_history: Report, from_service: Report) -> None:
    assert differences(rows_of(from_history), rows_of(from_service)) == []
    assert from_history.as_of == from_service.as_of
    assert from_history.preliminary_from == from_service.preliminary_from
    assert from_history.unattributed_count == from_service.unattributed_count
    assert from_history.unattributed_cost_usd == pytest.approx(
        from_service.unattributed_cost_usd, abs=1e-6
    )
    mine, theirs = from_history.total_by_usage_type, from_service.total_by_usage_type
    assert mine.keys() == theirs.keys()
    for kind, usage in theirs.items():
        assert mine[kind].count == usage.count
        assert mine[kind].cost_usd.sum == pytest.approx(usage.cost_usd.sum)
        assert mine[kind].runtime_seconds == pytest.approx(usage.runtime_seconds)
