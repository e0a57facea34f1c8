"""Questions share their runs, and no farm ever computes two of ours at once."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

from tests.stranger.asking import asking, question, table_of
from tests.stranger.records import FarmData
from tests.stranger.service import Behaviour, Service
from tests.stranger.truth import Wanted, differences

Opens = Callable[[Behaviour], Service]


def test_a_hundred_equal_questions_cost_the_runs_of_one(farm: FarmData, moody: Opens) -> None:
    wanted = Wanted(tuple(farm.queues)[:11], ("user", "queue"))
    service = moody(Behaviour(polls=2, job_names=True))
    with asking(service) as alone:
        alone.report(farm, wanted)
    for_one = len(service.bodies())
    service.forget_requests()
    with asking(service) as crowd, ThreadPoolExecutor(100) as threads:
        reports = list(threads.map(lambda _: crowd.report(farm, wanted), range(100)))
    assert for_one == len(service.bodies()) > 0
    assert set(service.statuses("Start")) == {200}
    for report in (reports[0], reports[-1]):
        assert differences(table_of(report), farm.records, wanted) == []


def test_different_questions_at_once_wait_in_one_line(farm: FarmData, moody: Opens) -> None:
    breakdowns = [("user",), ("queue",), ("job",), ("fleet", "queue"), ("instance_type", "user")]
    service = moody(Behaviour(polls=3, job_names=True))
    with asking(service) as crowd, ThreadPoolExecutor(15) as threads:
        wanted = [Wanted(tuple(farm.queues), by) for by in breakdowns * 3]
        wrong = list(threads.map(lambda one: crowd.wrong(farm, one), wanted))
    assert [one for some in wrong for one in some] == []
    assert set(service.statuses("Start")) == {200}
    bodies = [repr(body) for body in service.bodies()]
    assert len(bodies) == len(set(bodies))


def test_somebody_elses_aggregation_is_waited_out(farm: FarmData, moody: Opens) -> None:
    service = moody(Behaviour(others_hold=3, job_names=True))
    with asking(service) as asker:
        assert asker.wrong(farm, Wanted(tuple(farm.queues), ("user",))) == []
    assert service.statuses("Start")[:4] == [429, 429, 429, 200]


def test_a_run_that_is_too_large_is_split_and_still_right(farm: FarmData, moody: Opens) -> None:
    def fate(body: dict[str, str]) -> str:
        start, end = (datetime.fromisoformat(body[edge]) for edge in ("startTime", "endTime"))
        return "COMPLETED" if end - start <= timedelta(days=9) else "TIMEOUT"

    service = moody(Behaviour(polls=0, fate=fate, job_names=True, page=37))
    with asking(service) as asker:
        for zone in ("UTC", "America/Los_Angeles"):
            wanted = Wanted(tuple(farm.queues), ("user",), period="daily", zone=zone)
            assert asker.wrong(farm, wanted) == []
    assert set(service.statuses("Start")) == {200}


def test_two_farms_do_not_wait_for_each_other(farms: tuple[FarmData, ...], moody: Opens) -> None:
    service = moody(Behaviour(polls=2, job_names=True))
    with asking(service) as asker, ThreadPoolExecutor(2) as threads:
        asked = [(farms[0], ("user",)), (farms[2], ("user",))]
        reports = list(
            threads.map(
                lambda one: asker.reporter.ask(
                    question(one[0].id, Wanted(tuple(one[0].queues), one[1]))
                ),
                asked,
            )
        )
    assert all(report.total_count for report in reports)
    assert set(service.statuses("Start")) == {200}
