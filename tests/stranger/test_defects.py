"""What a hostile reader of the engine finds: each test is one promise that was broken."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import PIPE
from typing import Any

import pytest

from stats.client import Client, Endpoint
from stats.clock import Clock, Patience
from stats.errors import QuestionError, ServiceError
from stats.line import Line
from stats.model import Dimension, FarmId, Window
from stats.names import Names
from stats.plan import YARDSTICK, Run
from tests.stranger.asking import NOW, asking, question, reporter
from tests.stranger.command import ROOT, environment, run
from tests.stranger.records import FIRST, FarmData
from tests.stranger.service import Behaviour, Service
from tests.stranger.truth import Wanted

Opens = Callable[[Behaviour], Service]


def _client(service: Service) -> Client:
    endpoint = Endpoint(url=service.url, credentials=("stranger", "stranger"))
    return Client(endpoint, Clock(), Patience(attempts=1))


def _run(farm: FarmData) -> Run:
    window = Window(FIRST, FIRST + timedelta(days=5))
    queues = tuple(farm.queues)[:3]
    return Run(FarmId(farm.id), Dimension.QUEUE, queues, window, 0, YARDSTICK)


def test_jobs_that_all_lack_a_name_raise_no_warning(farm: FarmData, moody: Opens) -> None:
    with asking(moody(Behaviour(polls=0, job_names=False))) as asker:
        assert asker.wrong(farm, Wanted(tuple(farm.queues)[:3], ("job",))) == []


@pytest.mark.parametrize(
    ("edge", "fine"),
    [("2026-10-01T00:00+05:30", False), ("2026-10-01T05:30+05:30", True)],
)
def test_a_windows_edge_is_whole_in_utc_whatever_offset_it_was_written_with(
    edge: str, fine: bool
) -> None:
    end = datetime(2026, 11, 1, tzinfo=UTC)
    if fine:
        assert Window(datetime.fromisoformat(edge), end).start.minute == 0
        return
    with pytest.raises(QuestionError):
        Window(datetime.fromisoformat(edge), end)


def test_jobs_whose_names_cannot_be_had_are_not_silently_searched_away(
    farm: FarmData, moody: Opens, tmp_path: Path
) -> None:
    env = environment(moody(Behaviour(polls=0, job_names=False)).url, tmp_path)
    told = ("--start", "2026-10-20", "--end", "2026-11-10", "--job-name", "comp")
    one = run(env, "report", "--farm", farm.id, *told, "--format", "csv")
    assert one.code in (2, 3, 4), one.data
    assert one.data == ""


def test_deleted_jobs_are_not_silently_searched_away(
    farm: FarmData, moody: Opens, tmp_path: Path
) -> None:
    """BatchGetJob names one job of the two that were called comp: the other's money is missed."""
    alive = frozenset(list(farm.jobs)[::2])
    env = environment(moody(Behaviour(polls=0, jobs_alive=alive)).url, tmp_path)
    told = ("--start", "2026-10-20", "--end", "2026-11-10", "--job-name", "comp")
    one = run(env, "report", "--farm", farm.id, *told, "--format", "csv")
    assert one.code in (2, 3, 4), one.said


def test_a_settled_window_is_not_asked_for_again_because_its_cuts_differ_in_age(
    farm: FarmData, moody: Opens
) -> None:
    now = [NOW]
    service = moody(Behaviour(polls=0, missing="left out", job_names=True))
    door = reporter(service, Clock(now=lambda: now[0], sleep=lambda _: None))
    wanted = Wanted(tuple(farm.queues)[:5], ("user",))
    door.ask(question(farm.id, wanted))
    service.forget_requests()
    now[0] += timedelta(minutes=3)
    door.ask(question(farm.id, replace(wanted, by=("instance_type",))))
    door.close()
    assert len(service.bodies()) == 1


def test_a_question_that_takes_minutes_is_not_computed_twice(farm: FarmData, moody: Opens) -> None:
    """Rows that lack a key are left out for good: asking again brings back none of them."""
    now = [NOW]

    def sleep(_: float) -> None:
        now[0] += timedelta(seconds=40)

    service = moody(Behaviour(polls=1, missing="left out", job_names=True))
    door = reporter(service, Clock(now=lambda: now[0], sleep=sleep))
    door.ask(question(farm.id, Wanted(tuple(farm.queues)[:5], ("user", "queue", "instance_type"))))
    door.close()
    bodies = [repr(body) for body in service.bodies()]
    assert len(bodies) == len(set(bodies))


def test_the_moment_of_a_run_is_when_the_service_took_it(
    farm: FarmData, moody: Opens, tmp_path: Path
) -> None:
    """A run that waited ten minutes for the farm is no older than one that did not."""
    now = [NOW]

    def sleep(seconds: float) -> None:
        now[0] += timedelta(minutes=10)

    service = moody(Behaviour(polls=0, others_hold=1))
    clock = Clock(now=lambda: now[0], sleep=sleep)
    line = Line(
        _client(service), clock, Patience(), cache_seconds=60, cache_rows=1000, turns=tmp_path
    )
    fetched = line.ask(_run(farm)).answer.result(timeout=120)
    line.close()
    assert fetched.fetched_at == NOW + timedelta(minutes=10)


def test_what_worked_of_a_split_run_is_kept(farm: FarmData, moody: Opens) -> None:
    """FAILED at one piece costs that piece, not what was added up before it."""
    failing = ["2026-11-05"]

    def fate(body: dict[str, Any]) -> str:
        start, end = body["startTime"][:10], body["endTime"][:10]
        days = datetime.fromisoformat(end) - datetime.fromisoformat(start)
        if days > timedelta(days=20) or any(start <= day < end for day in failing):
            return "FAILED"
        return "COMPLETED"

    service = moody(Behaviour(polls=0, fate=fate, job_names=True))
    with asking(service) as asker:
        wanted = Wanted(tuple(farm.queues)[:1])
        with pytest.raises(ServiceError):
            asker.report(farm, wanted)
        done = [repr(body) for body in service.bodies() if fate(body) == "COMPLETED"]
        failing.clear()
        service.forget_requests()
        assert asker.wrong(farm, wanted) == []
    again = [repr(body) for body in service.bodies()]
    assert done
    assert not {*done} & {*again}


def test_one_failed_look_up_leaves_people_nameless_for_a_minute_and_not_an_hour(
    farm: FarmData, moody: Opens
) -> None:
    service, passed = moody(Behaviour()), [0.0]
    names = Names(_client(service), Clock(monotonic=lambda: passed[0]), seconds=3600)
    user = next(job.user for job in farm.jobs.values() if not job.user.startswith("arn:"))
    service.behaviour.broken = 1
    names.people(FarmId(farm.id), [user])
    asked = len(service.requests)
    names.people(FarmId(farm.id), [user])
    assert len(service.requests) == asked
    passed[0] = 61.0
    names.people(FarmId(farm.id), [user])
    assert len(service.requests) > asked


def test_a_scale_factor_that_once_failed_is_asked_for_again(farm: FarmData, moody: Opens) -> None:
    service = moody(Behaviour())
    passed = [0.0]
    names = Names(_client(service), Clock(monotonic=lambda: passed[0]), seconds=3600)
    service.behaviour.broken = 1
    assert names.cost_scale_factor(FarmId(farm.id)) is None
    passed[0] = 61.0
    assert names.cost_scale_factor(FarmId(farm.id)) == 1.0


def test_a_zone_off_the_hour_in_the_middle_of_a_window_says_so(
    farm: FarmData, moody: Opens
) -> None:
    """Lord Howe is at +11 in summer and at +10:30 in the winter between."""
    now = datetime(2027, 1, 1, tzinfo=UTC)
    door = reporter(moody(Behaviour(polls=0)), Clock(now=lambda: now, sleep=lambda _: None))
    wanted = Wanted(
        tuple(farm.queues)[:1],
        zone="Australia/Lord_Howe",
        start=datetime(2026, 3, 1, tzinfo=UTC),
        end=datetime(2026, 11, 1, tzinfo=UTC),
    )
    notes = " ".join(door.ask(question(farm.id, wanted)).notes)
    door.close()
    assert "whole hours only" in notes


@pytest.mark.parametrize(
    "told",
    [
        ("--start", "0001-01-01", "--end", "2026-11-01", "--timezone", "Asia/Tokyo"),
        ("--start", "2026-10-01", "--end", "9999-12-31T23:00-08:00"),
        ("--start", "2026-10-01", "--end", "9999-12-31T23:00", "--timezone", "America/Los_Angeles"),
    ],
)
def test_a_date_beyond_the_calendar_is_a_wrong_question(
    told: tuple[str, ...], steady: Service, farm: FarmData, tmp_path: Path
) -> None:
    env = environment(steady.url, tmp_path)
    one = run(env, "report", "--farm", farm.id, "--queues", "FX", *told)
    assert "Traceback" not in one.said
    assert one.code in (0, 2)


def test_a_reader_that_goes_away_early_is_no_traceback(
    steady: Service, farm: FarmData, tmp_path: Path
) -> None:
    env = environment(steady.url, tmp_path)
    told = (
        "--by",
        "job,user",
        "--period",
        "hourly",
        "--start",
        "2026-10-20",
        "--end",
        "2026-11-10",
    )
    command = [sys.executable, "-m", "stats", "report", "--farm", farm.id, *told]
    with subprocess.Popen(
        [*command, "--format", "csv"], env=env, cwd=ROOT, stdout=PIPE, stderr=PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        said = process.stderr.read().decode()
    assert "Traceback" not in said
    assert process.returncode == 0


def test_names_are_looked_up_by_the_day_not_by_the_hour(
    farm: FarmData, moody: Opens, tmp_path: Path
) -> None:
    service = moody(Behaviour(polls=0, job_names=True))
    env = environment(service.url, tmp_path)
    told = ("--start", "2026-10-20", "--end", "2026-10-25", "--period", "hourly")
    one = run(env, "report", "--farm", farm.id, *told, "--where", "user=overnight", "--by", "queue")
    assert one.code == 0, one.said
    lookups = [b for b in service.bodies() if b["groupBy"] == ["USER_ID"]]
    assert {body["period"] for body in lookups} == {"DAILY"}
