"""Pages over another service's data (13 queues): the same sums as in that data, to the cent."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from tests.pages.opening import dollars, is_whole, opened
from tests.stranger.records import FarmData, Record, main_farm
from tests.stranger.service import Behaviour, Service, serving
from tests.stranger.truth import Wanted, in_scope

ZONE = "America/Los_Angeles"
START = datetime(2026, 10, 26, 7, tzinfo=UTC)
END = datetime(2026, 11, 9, 8, tzinfo=UTC)
"""Two weeks of Los Angeles's days; the clocks go back on 1 November."""

TWO_WEEKS = {"window": "dates", "start": "2026-10-26", "end": "2026-11-08"}
PAGES = {"users": "user", "jobs": "job", "instance_types": "instance_type"}


@pytest.fixture(scope="module")
def farm() -> FarmData:
    return main_farm()


@pytest.fixture(scope="module")
def stranger(farm: FarmData) -> Iterator[Service]:
    with serving((farm,), Behaviour(polls=1)) as service:
        yield service


@pytest.fixture(autouse=True)
def pointed_at_it(stranger: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", stranger.url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "stranger")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "stranger")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-west-2")
    monkeypatch.setenv("FARM_COSTS_TIMEZONE", ZONE)


def _used(farm: FarmData, ids: tuple[str, ...] = ()) -> list[Record]:
    return in_scope(farm.records, Wanted(ids or tuple(farm.queues), start=START, end=END))


def _cost(records: list[Record]) -> float:
    return float(sum(record.cost for record in records))


def _summed(records: list[Record], word: str) -> list[float]:
    """Cost by key, dearest first."""
    by_key: dict[str, list[Record]] = {}
    for record in records:
        by_key.setdefault(getattr(record, word) or "", []).append(record)
    return sorted(map(_cost, by_key.values()), reverse=True)


def _tile(at, label: str) -> float:
    return next(dollars(metric.help) for metric in at.metric if metric.label == label)


@pytest.mark.parametrize("page", PAGES)
def test_tile_and_rows_are_that_services_sums(farm, page):
    at = opened(page, TWO_WEEKS)
    assert is_whole(at)
    used = _used(farm)
    assert len(used) > 500
    assert _tile(at, "Cost") == pytest.approx(_cost(used), abs=0.005)
    rows = list(at.dataframe[0].value["cost_usd"])
    assert rows == pytest.approx(_summed(used, PAGES[page]), abs=0.005)


@pytest.mark.parametrize("kinds", [(), ("COMPUTE",)], ids=["all usage", "compute"])
@pytest.mark.parametrize("page", PAGES)
def test_filters_leave_just_what_they_keep(farm, page, kinds):
    queues = tuple(farm.queues)[:3]
    used = _used(farm, queues)
    user = next(r.user for r in used if r.user)
    at = opened(page, TWO_WEEKS | {"queue": queues, "user": user, "usage_type": kinds})
    assert is_whole(at)
    of_user = [r for r in used if r.user == user]
    kept = [r for r in of_user if not kinds or r.usage_type in kinds]
    assert kept
    assert _tile(at, "Cost") == pytest.approx(_cost(kept), abs=0.005)
    rows = at.dataframe[0].value
    assert list(rows["cost_usd"]) == pytest.approx(_summed(kept, PAGES[page]), abs=0.005)
    seconds = sum(r.runtime for r in of_user if r.usage_type == "COMPUTE")
    assert rows["runtime_seconds"].sum() == pytest.approx(float(seconds) / 3600, abs=0.1)


def test_the_overview_has_the_same_totals(farm):
    at = opened("overview", TWO_WEEKS)
    assert is_whole(at)
    used = _used(farm)
    assert _tile(at, "Total cost") == pytest.approx(_cost(used), abs=0.005)
    for label, kind in (("Compute", "COMPUTE"), ("Licences", "LICENSE")):
        of_kind = [r for r in used if r.usage_type == kind]
        assert _tile(at, label) == pytest.approx(_cost(of_kind), abs=0.005)
    jobs = {r.job for r in used if r.job}
    assert next(m.value for m in at.metric if m.label == "Jobs") == f"{len(jobs):,}"


def test_fleets_bring_the_volumes_too(farm):
    at = opened("overview", TWO_WEEKS | {"fleet": "all"})
    every = Wanted(tuple(farm.fleets), scope="fleet", start=START, end=END)
    used = in_scope(farm.records, every)
    volumes = [r for r in used if r.usage_type == "PERSISTENT_VOLUME"]
    assert volumes
    assert _tile(at, "Total cost") == pytest.approx(_cost(used), abs=0.005)
    assert _tile(at, "Volumes") == pytest.approx(_cost(volumes), abs=0.005)
