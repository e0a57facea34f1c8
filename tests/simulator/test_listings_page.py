"""Every listing comes in pages, and the pages together are the whole."""

from __future__ import annotations

from datetime import timedelta

import pytest

from simulator import tiny_world
from simulator.tiny import EMPTY_FARM, FARM
from tests.simulator.asking import SetClock, refusal, running

LISTINGS = {
    "list_farms": ("farms", "farmId"),
    "list_queues": ("queues", "queueId"),
    "list_fleets": ("fleets", "fleetId"),
    "list_budgets": ("budgets", "budgetId"),
    "list_farm_members": ("members", "principalId"),
}


@pytest.fixture(scope="module")
def by_fives(big_world):
    with running(big_world, list_page_size=5, page_size=5) as (_, boto):
        yield boto


def of_farm(world, member: str) -> list[str]:
    farm = world.farms[0].farm_id
    every = {
        "farms": [f.farm_id for f in world.farms],
        "queues": [q.queue_id for q in world.queues if q.farm_id == farm],
        "fleets": [f.fleet_id for f in world.fleets if f.farm_id == farm],
        "budgets": [b.budget_id for b in world.budgets if b.farm_id == farm],
        "members": [m.principal_id for m in world.members if m.farm_id == farm],
    }
    return every[member]


@pytest.mark.parametrize("method", LISTINGS)
@pytest.mark.parametrize("asked", [None, 2, 100])
def test_pages_of_at_most_five_together_are_the_whole(by_fives, big_world, method, asked):
    member, key = LISTINGS[method]
    request = {} if method == "list_farms" else {"farmId": big_world.farms[0].farm_id}
    paging = {"PageSize": asked} if asked else {}
    pages = list(by_fives.get_paginator(method).paginate(**request, PaginationConfig=paging))
    largest = min(asked or 5, 5)
    assert all(len(page[member]) == largest for page in pages[:-1])
    assert 0 < len(pages[-1][member]) <= largest
    assert [item[key] for page in pages for item in page[member]] == of_farm(big_world, member)


def test_rows_of_an_aggregation_come_by_fives_too(by_fives, big_world):
    farm = big_world.farms[0].farm_id
    queues = of_farm(big_world, "queues")[:10]
    started = by_fives.start_sessions_statistics_aggregation(
        farmId=farm,
        resourceIds={"queueIds": queues},
        startTime=big_world.now - timedelta(days=2),
        endTime=big_world.now,
        groupBy=["JOB_ID"],
        statistics=["SUM"],
    )["aggregationId"]
    pages = by_fives.get_paginator("get_sessions_statistics_aggregation").paginate(
        farmId=farm, aggregationId=started
    )
    sizes = [len(page["statistics"]) for page in pages]
    usage = big_world.usage
    of_window = usage[
        usage["queue_id"].isin(queues)
        & (usage["started_at"] >= big_world.now - timedelta(days=2))
        & (usage["started_at"] < big_world.now)
    ]
    assert set(sizes[:-1]) == {5}
    assert sum(sizes) == of_window["job_id"].nunique()


def test_an_offset_walks_through_found_jobs(by_fives, big_world):
    farm = big_world.farms[1].farm_id
    queues = [q.queue_id for q in big_world.queues if q.farm_id == farm][-1:]
    seen, offset = [], 0
    while offset is not None:
        page = by_fives.search_jobs(farmId=farm, queueIds=queues, itemOffset=offset)
        seen += [job["jobId"] for job in page["jobs"]]
        assert len(page["jobs"]) <= 5
        offset = page.get("nextItemOffset")
    jobs = big_world.jobs
    there = jobs[jobs["queue_id"].isin(queues) & (jobs["created_at"] <= big_world.now)]
    assert sorted(seen) == sorted(there["job_id"])
    assert page["totalResults"] == len(there)


def test_a_token_is_good_for_its_own_listing_only():
    with running(tiny_world(), list_page_size=1) as (_, boto):
        token = boto.list_queues(farmId=FARM)["nextToken"]
        for call, request in (
            (boto.list_fleets, {"farmId": FARM}),
            (boto.list_queues, {"farmId": EMPTY_FARM}),
            (boto.list_queues, {"farmId": FARM, "status": "IDLE"}),
        ):
            said = refusal(call, **request, nextToken=token)
            assert said["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize("token", ["nonsense", "AAAA", "💥", "x" * 4097])
def test_a_malformed_token_is_refused(boto, token):
    said = refusal(boto.list_queues, farmId=FARM, nextToken=token)
    assert said["fieldList"][0]["name"] == "nextToken"


def test_a_token_is_good_for_less_than_a_day():
    world = tiny_world()
    clock = SetClock(world.now)
    with running(world, clock, list_page_size=1) as (_, boto):
        token = boto.list_queues(farmId=FARM)["nextToken"]
        clock.advance(hours=23, minutes=59)
        assert boto.list_queues(farmId=FARM, nextToken=token)["queues"]
        clock.advance(minutes=1)
        said = refusal(boto.list_queues, farmId=FARM, nextToken=token)
        assert said["Error"]["Code"] == "ValidationException"


def test_a_principal_sees_the_farms_it_is_a_member_of(boto, simulator):
    one_farm_only = simulator.world.people[1].user_id
    seen = boto.list_farms(principalId=one_farm_only)["farms"]
    assert [farm["farmId"] for farm in seen] == [FARM]
    assert not boto.list_queues(farmId=EMPTY_FARM, principalId=one_farm_only)["queues"]
