"""Jobs without a name, that nobody names any more, take nothing from a search but themselves."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from simulator import SimulatorSettings, World
from simulator.tiny import COMP, JOB_1, LIGHTING, TINY_NOW, tiny_world
from stats import lookup, remarks
from stats.errors import Unanswerable, UnknownName
from stats.model import Report
from stats.remark import RemarkKind
from tests.stats.asking import Asker, asking
from tests.stats.test_jobs_found_by_any_name import LATER, MONDAY, whole
from tests.stats.test_what_is_known import LATE, forgetful

SOON = TINY_NOW + timedelta(days=5)
PASSED_OVER = (
    "This search by name passes over up to $3.50 of this window: 1 job has no name that is known "
    "to history or to the service. Ids find all jobs."
)


def without_the_first(world: World) -> World:
    """The service tells usage of it, and has forgotten the job."""
    return replace(world, jobs=world.jobs[world.jobs.job_id != JOB_1].reset_index(drop=True))


@contextmanager
def remembered(home: Path, now: datetime, world: World) -> Iterator[Asker]:
    """Whoever asks at that moment; history has the days' jobs, whose rows bear no names."""
    nameless = SimulatorSettings(job_names=False)
    with asking(without_the_first(tiny_world()), SOON, nameless, history=str(home)) as one:
        for by in (("job",), ("job", "queue"), ("queue", "usage_type")):
            one.report(whole(MONDAY, LATER, *by))
    with asking(without_the_first(world), now, nameless, history=str(home)) as one:
        yield one


def passed_over(report: Report) -> list[str]:
    return [one.text for one in remarks.of(report) if one.kind is RemarkKind.MAY_MATCH]


@pytest.mark.parametrize("period", ["daily", "total"])
def test_what_history_finds_counts_where_the_service_may_have_forgotten_the_day(
    tmp_path: Path, period: str
) -> None:
    """The second job is 2.00 and 2.50 on Monday, the day of the first too, and 3.00 on Tuesday."""
    with remembered(tmp_path, LATE, forgetful(LATE)) as one:
        report = one.report(whole(MONDAY, LATER, "job", text="light", period=period))
        assert (report.total_cost_usd.sum, report.unattributed_cost_usd) == (7.5, 0.0)
        assert passed_over(report) == [PASSED_OVER]
        assert one.starts() == []


@pytest.mark.parametrize(
    ("queue", "cost", "said"), [(COMP, 0.0, [PASSED_OVER]), (LIGHTING, 7.5, [])]
)
def test_of_one_queue_only_its_own_jobs_are_said_to_be_passed_over(
    tmp_path: Path, queue: str, cost: float, said: list[str]
) -> None:
    with remembered(tmp_path, LATE, forgetful(LATE)) as one:
        asked = whole(MONDAY, LATER, "job", text="light")
        scope = replace(asked.scope, ids=(queue,), whole=False)
        report = one.report(replace(asked, scope=scope))
        assert (report.total_cost_usd.sum, passed_over(report)) == (cost, said)


def test_who_chooses_a_job_by_name_is_told_that_some_might_be_missed(tmp_path: Path) -> None:
    with remembered(tmp_path, LATE, forgetful(LATE)) as one:
        name = "AGM_104_065_010_light_NFX_v001"
        with pytest.raises(UnknownName, match="might miss some jobs"):
            lookup.filters(one.reporter, whole(MONDAY, LATER), [f"job={name}"])


def test_while_the_service_is_sure_to_know_the_day_it_is_asked(tmp_path: Path) -> None:
    with (
        remembered(tmp_path, SOON, tiny_world()) as one,
        pytest.raises(Unanswerable, match="1 jobs in this window"),
    ):
        one.report(whole(MONDAY, LATER, "job", text="light"))


def test_where_all_have_names_nothing_is_said(tmp_path: Path) -> None:
    with remembered(tmp_path, LATE, forgetful(LATE)) as one:
        days = MONDAY + timedelta(days=1), LATER
        report = one.report(whole(*days, "job", text="light"))
        assert (report.total_cost_usd.sum, passed_over(report)) == (3.0, [])
