"""What holds of every answer, whatever is asked: rows, totals, pieces and the truth agree."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import combinations
from typing import Any

import pytest
from hypothesis import Phase, given, reject
from hypothesis import settings as limits
from hypothesis import strategies as st

from simulator import SimulatorSettings
from stats.errors import Unanswerable
from stats.model import Question, Report, Window
from tests.stats.asking import Asker, asking, question
from tests.stats.autumn import (
    DIMENSIONS,
    FIRST,
    HOURS,
    LAST,
    Figures,
    Record,
    autumn_world,
    by_key,
    differences,
    figures,
    local,
    merged,
    period_of,
    records,
    regrouped,
    rows_of,
    values,
)

HOUR = timedelta(hours=1)
ZONES = ("UTC", "America/Los_Angeles", "Asia/Kolkata")
PERIODS = ("hourly", "daily", "weekly", "monthly", "total")
ONE_OR_TWO = tuple(some for size in (0, 1, 2) for some in combinations(DIMENSIONS, size))
ANSWERABLE = (
    ("job", "user", "instance_type"),
    ("job", "user", "usage_type"),
    ("queue", "user", "instance_type"),
    ("queue", "fleet", "usage_type"),
    ("queue", "job", "license_product"),
    ("fleet", "job", "user"),
)
"""More than two dimensions that a question about queues can tell apart."""

few = limits(max_examples=10, deadline=None, phases=[Phase.reuse, Phase.generate])
"""A failure is shown as it was drawn: to shrink it takes thousands of questions."""


@dataclass(frozen=True)
class Drawn:
    """A question in plain words; `told` are the dimensions that it breaks down or filters by."""

    told: tuple[str, ...]
    by: tuple[str, ...]
    where: dict[str, set[str]]
    scope: str
    ids: tuple[str, ...]
    start: datetime
    end: datetime
    zone: str
    period: str

    def asked(self, asker: Asker, **changes: Any) -> Report:
        """The engine's answer, to the same question or to one that differs a little."""
        try:
            return asker.report(replace(self, **changes).question())
        except Unanswerable:
            reject()

    def question(self) -> Question:
        """The same as the engine's value."""
        return question(
            autumn_world(),
            (self.start, self.end),
            *self.by,
            scope=self.scope,
            ids=self.ids,
            where=self.where,
            period=self.period,
            timezone=self.zone,
        )

    def used(self) -> list[Record]:
        """The records that the question is about, found one by one."""
        return [
            record
            for record in records()
            if self.start <= record.at < self.end
            and record.keys[self.scope] in self.ids
            and all(record.keys[d] in kept for d, kept in self.where.items())
        ]


@st.composite
def windows(draw: st.DrawFn, zone: str) -> tuple[datetime, datetime]:
    """Any hours, or whole days of the zone."""
    first = draw(st.integers(-30, HOURS - 1))
    start = FIRST + first * HOUR
    end = start + draw(st.integers(1, HOURS + 20 - first)) * HOUR
    if draw(st.booleans()):
        return start, end
    start, after = (local(edge, zone).replace(hour=0) for edge in (start, end))
    whole = [_begins(day, zone) for day in (start, max(after, start + timedelta(days=1)))]
    return whole[0], whole[1]


def _begins(day: datetime, zone: str) -> datetime:
    """The first whole hour of a local day, found by looking at each."""
    hour = day.replace(tzinfo=FIRST.tzinfo) - 15 * HOUR
    while local(hour, zone) < day:
        hour += HOUR
    return hour


@st.composite
def drawn(
    draw: st.DrawFn,
    *,
    period: str | None = None,
    filters: bool = True,
    apart: int = 0,
    zones: Sequence[str] = ZONES,
) -> Drawn:
    """Questions that most often can be answered."""
    scope = draw(st.sampled_from(["queue", "queue", "fleet"]))
    told = draw(st.sampled_from([some for some in ONE_OR_TWO + ANSWERABLE if len(some) >= apart]))
    zone = draw(st.sampled_from(zones))
    how = [draw(st.sampled_from(["by", "where", "both"])) if filters else "by" for _ in told]
    where = {
        d: draw(st.sets(st.sampled_from([*values(d), "unheard-of"]), min_size=1))
        for d, h in zip(told, how, strict=True)
        if h != "by"
    }
    everything = [one for one in values(scope) if one]
    ids = draw(st.one_of(st.just(everything), st.sets(st.sampled_from(everything), min_size=1)))
    start, end = draw(windows(zone))
    return Drawn(
        told=told,
        by=tuple(d for d, h in zip(told, how, strict=True) if h != "where"),
        where=where,
        scope=scope,
        ids=tuple(sorted(ids)),
        start=start,
        end=end,
        zone=zone,
        period=period or draw(st.sampled_from(PERIODS)),
    )


@pytest.fixture(scope="module")
def asker() -> Iterator[Asker]:
    """A service whose rows lack the keys that usage lacks."""
    with asking(autumn_world(), service=SimulatorSettings(page_size=40)) as one:
        yield one


@pytest.fixture(scope="module")
def lossy() -> Iterator[Asker]:
    """A service that leaves out usage without a key that is grouped by."""
    with asking(autumn_world(), service=SimulatorSettings(drop_missing_keys=True)) as one:
        yield one


def _wrong(asker: Asker, one: Drawn) -> list[str]:
    """What of a drawn question's answer is not what was used."""
    groups: dict[tuple[Any, ...], list[Record]] = {}
    for record in one.used():
        key = tuple(record.keys[d] for d in one.by)
        groups.setdefault((period_of(record.at, one.zone, one.period), *key), []).append(record)
    got = {
        (period_of(datetime.fromisoformat(start), one.zone, one.period), *key): numbers
        for (start, *key), numbers in rows_of(one.asked(asker)).items()
    }
    return differences(got, {key: figures(some) for key, some in groups.items()})


@few
@given(one=drawn())
def test_every_row_is_what_was_used(asker: Asker, one: Drawn) -> None:
    assert _wrong(asker, one) == []


@pytest.mark.parametrize("zone", ZONES)
def test_every_period_is_right_across_the_clock_change(asker: Asker, zone: str) -> None:
    queues = tuple(one for one in values("queue") if one)
    start, end = FIRST + 7 * HOUR, LAST - 40 * HOUR
    for period in PERIODS:
        one = Drawn((), (), {}, "queue", queues, start, end, zone, period)
        assert _wrong(asker, one) == [], period


@few
@given(one=drawn())
def test_a_period_begins_and_ends_with_the_calendars_or_the_window(
    asker: Asker, one: Drawn
) -> None:
    table = one.asked(asker).table
    edges = table[["period_start", "period_end"]].drop_duplicates()
    for start, end in edges.itertuples(index=False):
        within = {period_of(edge, one.zone, one.period) for edge in (start, end - HOUR)}
        before, after = (period_of(edge, one.zone, one.period) for edge in (start - HOUR, end))
        assert len(within) == 1
        assert start == one.start or before not in within
        assert end == one.end or after not in within
        assert one.start <= start < end <= one.end


@few
@given(one=drawn())
def test_rows_sum_to_the_reports_total(asker: Asker, one: Drawn) -> None:
    report = one.asked(asker)
    rows = list(rows_of(report).values())
    spread = report.total_cost_usd
    total = {"count": 0.0, "cost_usd_sum": 0.0, "cost_usd_min": 0.0, "cost_usd_max": 0.0}
    right = merged(rows) if rows else total
    assert report.total_count == right["count"] == len(one.used())
    assert math.isclose(spread.sum, right["cost_usd_sum"], abs_tol=1e-7)
    assert (spread.min, spread.max) == (right["cost_usd_min"], right["cost_usd_max"])


@pytest.mark.parametrize("service", ["asker", "lossy"])
@few
@given(one=drawn(filters=False))
def test_the_total_by_usage_type_less_the_rows_is_unattributed(
    service: str, request: pytest.FixtureRequest, one: Drawn
) -> None:
    report = one.asked(request.getfixturevalue(service))
    whole, rows = one.used(), list(rows_of(report).values())
    totals = report.total_by_usage_type
    assert {name: usage.count for name, usage in totals.items()} == {
        name: sum(record.keys["usage_type"] == name for record in whole)
        for name in {record.keys["usage_type"] for record in whole}
    }
    cost = math.fsum(record.cost_usd for record in whole)
    assert math.isclose(math.fsum(u.cost_usd.sum for u in totals.values()), cost, abs_tol=1e-7)
    left = cost - math.fsum(row["cost_usd_sum"] for row in rows)
    assert math.isclose(report.unattributed_cost_usd, left, abs_tol=2e-6)
    assert report.unattributed_count == len(whole) - sum(row["count"] for row in rows)
    assert report.unattributed_count >= 0


@few
@given(one=drawn(apart=1))
def test_what_is_unattributed_does_not_change_with_the_values_of_other_filters(
    lossy: Asker, one: Drawn
) -> None:
    resources = {d: kept for d, kept in one.where.items() if d in ("queue", "fleet")}
    every = {d: {*values(d)} for d in one.where if d not in resources}
    if one.scope in resources and not {*one.ids} & resources[one.scope]:
        reject()
    filtered, whole = one.asked(lossy), one.asked(lossy, where=resources | every)
    assert filtered.unattributed_count == whole.unattributed_count
    assert math.isclose(filtered.unattributed_cost_usd, whole.unattributed_cost_usd, abs_tol=2e-6)
    assert filtered.total_by_usage_type == whole.total_by_usage_type


@few
@given(one=drawn(period="total"), data=st.data())
def test_a_window_cut_in_two_is_the_window_at_once(
    asker: Asker, one: Drawn, data: st.DataObject
) -> None:
    hours = (one.end - one.start) // HOUR
    cut = one.start + data.draw(st.integers(0, hours)) * HOUR
    pieces = [edges for edges in ((one.start, cut), (cut, one.end)) if edges[0] < edges[1]]
    parts: dict[tuple[str, ...], list[Figures]] = {}
    for start, end in pieces:
        for key, numbers in by_key(one.asked(asker, start=start, end=end)).items():
            parts.setdefault(key, []).append(numbers)
    together = {key: merged(numbers) for key, numbers in parts.items()}
    assert differences(together, by_key(one.asked(asker))) == []


@few
@given(one=drawn(period="total"), data=st.data())
def test_a_window_within_a_window_never_holds_more(
    asker: Asker, one: Drawn, data: st.DataObject
) -> None:
    hours = (one.end - one.start) // HOUR
    first = data.draw(st.integers(0, hours - 1))
    last = data.draw(st.integers(first + 1, hours))
    part = one.asked(asker, start=one.start + first * HOUR, end=one.start + last * HOUR)
    inner, outer = by_key(part), by_key(one.asked(asker))
    assert inner.keys() <= outer.keys()
    for key, numbers in inner.items():
        assert numbers["count"] <= outer[key]["count"]
        assert numbers["cost_usd_sum"] <= outer[key]["cost_usd_sum"] + 1e-7
        assert numbers["runtime_seconds_sum"] <= outer[key]["runtime_seconds_sum"] + 1e-7
        assert numbers["cost_usd_min"] >= outer[key]["cost_usd_min"]
        assert numbers["cost_usd_max"] <= outer[key]["cost_usd_max"]


@few
@given(one=drawn())
def test_periods_add_up_to_the_whole_window(asker: Asker, one: Drawn) -> None:
    keys = tuple(range(1, len(one.by) + 1))
    added = regrouped(rows_of(one.asked(asker)), keys)
    assert differences(added, by_key(one.asked(asker, period="total"))) == []


@few
@given(one=drawn(apart=1))
def test_a_filter_keeps_those_rows_of_the_whole_breakdown(asker: Asker, one: Drawn) -> None:
    whole = rows_of(one.asked(asker, by=one.told, where={}))
    at = {dimension: n + 1 for n, dimension in enumerate(one.told)}
    kept = {
        key: numbers
        for key, numbers in whole.items()
        if all(key[at[d]] in some for d, some in one.where.items())
    }
    right = regrouped(kept, (0, *(at[d] for d in one.by)))
    assert differences(rows_of(one.asked(asker)), right) == []


@pytest.mark.parametrize("service", ["asker", "lossy"])
@pytest.mark.parametrize("scope", ["queue", "fleet"])
@limits(few, max_examples=2)
@given(window=windows("America/Los_Angeles"))
def test_every_dimension_alone_has_the_same_total(
    service: str, scope: str, request: pytest.FixtureRequest, window: tuple[datetime, datetime]
) -> None:
    one = request.getfixturevalue(service)
    in_window = [r for r in records() if window[0] <= r.at < window[1] and r.keys[scope]]
    cost = math.fsum(record.cost_usd for record in in_window)
    for dimension in ((), *((d,) for d in DIMENSIONS)):
        report = one.report(question(autumn_world(), window, *dimension, scope=scope))
        assert report.total_count + report.unattributed_count == len(in_window)
        added = report.total_cost_usd.sum + report.unattributed_cost_usd
        assert math.isclose(added, cost, abs_tol=2e-6), dimension


@pytest.mark.parametrize("told", ANSWERABLE, ids="-".join)
def test_what_a_job_or_a_queue_determines_is_answered(asker: Asker, told: tuple[str, ...]) -> None:
    asked = question(autumn_world(), (FIRST, LAST), *told)
    assert asked.window == Window(FIRST, LAST)
    groups: dict[tuple[str, ...], list[Record]] = {}
    for record in records():
        if record.keys["queue"]:
            groups.setdefault(tuple(record.keys[d] for d in told), []).append(record)
    right = {key: figures(some) for key, some in groups.items()}
    assert differences(by_key(asker.report(asked)), right) == []
