"""Trouble on the way costs time and no usage: what is asked for again adds up to the truth."""

from __future__ import annotations

from collections.abc import Callable

from tests.stranger.asking import asking
from tests.stranger.records import FarmData
from tests.stranger.service import Behaviour, Service
from tests.stranger.truth import Wanted

Opens = Callable[[Behaviour], Service]


def test_expired_page_tokens_are_asked_for_again(farm: FarmData, moody: Opens) -> None:
    service = moody(Behaviour(polls=0, tokens_expire=2, page=20))
    with asking(service) as asker:
        assert asker.wrong(farm, Wanted(tuple(farm.queues)[:5], ("user",))) == []
    bodies = [repr(body) for body in service.bodies()]
    # A run whose results are gone is started again; where they are gone again, in halves.
    assert len(bodies) - len(set(bodies)) in (1, 2)
    assert service.behaviour.tokens_expire == 0


def test_some_internal_errors_change_no_number(farm: FarmData, moody: Opens) -> None:
    service = moody(Behaviour(polls=1))
    with asking(service) as asker:
        for by in ((), ("user",), ("queue", "fleet")):
            service.behaviour.broken = 3
            assert asker.wrong(farm, Wanted(tuple(farm.queues)[:5], by)) == []
            assert service.behaviour.broken == 0


def test_names_of_jobs_come_from_batch_get_job_where_rows_lack_them(
    farm: FarmData, moody: Opens
) -> None:
    service = moody(Behaviour(polls=0, jobs_alive=frozenset(farm.jobs)))
    with asking(service) as asker:
        table = asker.report(farm, Wanted(tuple(farm.queues), ("job",))).table
    named = dict(zip(table["job_id"], table["job_name"], strict=True))
    assert named == {job: farm.jobs[job].name for job in named}
