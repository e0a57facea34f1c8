"""A job that was renamed is found by any of its names and counted whole, whoever tells of it."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from simulator import SimulatorSettings, World
from simulator.tiny import COMP, FARM, JOB_1, JOB_2, JOB_3, TINY_NOW, tiny_world
from stats import lookup, rollup, search
from stats.errors import UnknownName
from stats.model import Dimension, FarmId, Filter, Question, Report, Scope, Window
from stats.plan import Cut, Plan
from tests.stats.asking import Asker, asking, question
from tests.stats.frames import cut

D = Dimension
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
TUESDAY, LATER = MONDAY + timedelta(days=1), MONDAY + timedelta(days=3)
LIGHT = 7.5
"""What the second job cost, in USD: 2.00 and 2.50 on Monday, 3.00 on Tuesday."""


def renamed(job: str, name: str, world: World | None = None) -> World:
    """The tiny world, in which one of three jobs is called otherwise by now."""
    world = world or tiny_world()
    jobs = world.jobs.assign(
        name=[
            name if j == job else n for j, n in zip(world.jobs.job_id, world.jobs.name, strict=True)
        ]
    )
    return replace(world, jobs=jobs)


BEFORE, SINCE = renamed(JOB_2, "Lamp_light_v1"), renamed(JOB_2, "Harbour_dusk")


def whole(start: datetime, end: datetime, *by: str, text: str = "", period: str = "daily"):
    about = question(tiny_world(), (start, end), *by, period=period, job_name_contains=text)
    return replace(about, scope=replace(about.scope, whole=True))


@contextmanager
def remembering(
    home: Path, *told: tuple[World, datetime, datetime], now: World, weeks: int = 1
) -> Iterator[Asker]:
    """Whoever asks the service as it is now, and has asked for stretches of days before, by job."""
    _tell(home, told)
    with asking(now, TINY_NOW + timedelta(weeks=weeks), history=str(home)) as one:
        yield one


def _tell(home: Path, told: Iterable[tuple[World, datetime, datetime]]) -> None:
    for n, (world, start, end) in enumerate(told):
        with asking(world, TINY_NOW + timedelta(days=n), history=str(home)) as one:
            one.report(whole(start, end, "job"))
            one.report(whole(start, end, "job", "usage_type"))


def found(report: Report) -> tuple[float, set[str]]:
    return report.total_cost_usd.sum, set(report.table["job_name"])


TOLD = {
    "by history": [(BEFORE, MONDAY, TUESDAY), (SINCE, TUESDAY, LATER)],
    "by history, then by the service": [(BEFORE, MONDAY, TUESDAY)],
    "by the service, then by history": [(BEFORE, TUESDAY, LATER)],
}


@functools.cache
def _kept(told: str) -> Path:
    """What is known once that was told; made once a test run."""
    home = Path(tempfile.mkdtemp(prefix="farm-costs-told-"))
    atexit.register(shutil.rmtree, home)
    _tell(home, TOLD[told])
    return home


@pytest.fixture
def one(tmp_path: Path, told: str) -> Iterator[Asker]:
    """Whoever asks the service as it is now, with a history of their own of what was told."""
    home = shutil.copytree(_kept(told), tmp_path / "history")
    with remembering(home, now=SINCE) as one:
        yield one


@pytest.mark.parametrize("told", TOLD)
@pytest.mark.parametrize("text", ["lamp", "HARBOUR"])
@pytest.mark.parametrize("period", ["daily", "total"])
def test_it_is_found_by_either_name_and_counted_whole(one: Asker, told, text, period) -> None:
    report = one.report(whole(MONDAY, LATER, "job", text=text, period=period))
    assert found(report) == (LIGHT, {"Harbour_dusk"})
    assert bool(one.starts()) == (len(TOLD[told]) == 1)
    some = one.report(whole(MONDAY, LATER, "job", "usage_type", text=text))
    assert found(some) == (LIGHT, {"Harbour_dusk"})


@pytest.mark.parametrize("told", TOLD)
@pytest.mark.parametrize("text", ["lamp", "harbour"])
def test_so_it_is_among_the_largest(one: Asker, told, text) -> None:
    asked = replace(whole(MONDAY, LATER, "job", text=text), most_jobs=5)
    report = one.report(asked)
    assert found(report) == (LIGHT, {"Harbour_dusk"})
    assert report.jobs is not None
    assert report.jobs.many == 1


@pytest.mark.parametrize("told", TOLD)
@pytest.mark.parametrize("name", ["Lamp_light_v1", "harbour_dusk"])
def test_it_is_chosen_by_either_name(one: Asker, told, name) -> None:
    asked = whole(MONDAY, LATER)
    where = lookup.filters(one.reporter, asked, [f"job={name}"])
    assert where == (Filter(D.JOB, frozenset({JOB_2})),)
    assert one.report(replace(asked, where=where)).total_cost_usd.sum == LIGHT
    with pytest.raises(UnknownName):
        lookup.filters(one.reporter, asked, ["job=Lamp_light"])


def test_a_filter_takes_nothing_from_the_names_that_it_is_found_by(tmp_path: Path) -> None:
    """On Tuesday there are no licences, and the job's name is a new one."""
    told = [(BEFORE, MONDAY, TUESDAY), (SINCE, TUESDAY, LATER)]
    with remembering(tmp_path, *told, now=SINCE) as one:
        where = (Filter(D.USAGE_TYPE, frozenset({"LICENSE"})),)
        asked = replace(whole(MONDAY, LATER, "job", text="harbour"), where=where)
        report = one.report(asked)
        assert report.total_cost_usd.sum == 2.5
        assert set(report.table["job_id"]) == {JOB_2}
        assert one.starts() == []


@pytest.mark.parametrize("told", TOLD)
def test_the_name_shown_is_the_latest_that_was_told(one: Asker, told) -> None:
    table = one.report(whole(MONDAY, LATER, "job")).table
    assert set(table.loc[table["job_id"] == JOB_2, "job_name"]) == {"Harbour_dusk"}


def test_one_that_came_without_a_name_is_found_by_what_it_is_called_now(tmp_path: Path) -> None:
    nameless = SimulatorSettings(job_names=False)
    without = replace(BEFORE, jobs=BEFORE.jobs[BEFORE.jobs.job_id != JOB_2])
    with asking(without, TINY_NOW, nameless, history=str(tmp_path)) as one:
        one.report(whole(MONDAY, LATER, "job"))
        one.report(whole(MONDAY, LATER, "job", "queue"))
    with asking(SINCE, TINY_NOW + timedelta(weeks=1), history=str(tmp_path)) as one:
        report = one.report(whole(MONDAY, LATER, "job", text="harbour"))
        assert found(report) == (LIGHT, {"Harbour_dusk"})
        assert one.starts() == []
        assert found(one.report(whole(MONDAY, LATER, "job", text="conda")))[0] == 2.0
        assert found(one.report(whole(MONDAY, LATER, "job", text="comp")))[0] == 3.5


def test_only_days_with_jobs_that_nobody_can_name_are_asked_for_again(tmp_path: Path) -> None:
    nameless = SimulatorSettings(job_names=False)
    without = replace(BEFORE, jobs=BEFORE.jobs[BEFORE.jobs.job_id != JOB_3])
    with asking(without, TINY_NOW, nameless, history=str(tmp_path)) as one:
        one.report(whole(MONDAY, LATER + timedelta(days=1), "job"))
    with asking(BEFORE, TINY_NOW + timedelta(weeks=1), history=str(tmp_path)) as one:
        assert found(one.report(whole(MONDAY, LATER, "job", text="lamp")))[0] == LIGHT
        assert {s["startTime"] for s in one.starts()} == {"2026-03-04T00:00:00Z"}


DAYS = [date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)]


@pytest.mark.parametrize("text", ["old", "new", "straße", "STRASSE"])
def test_rows_of_one_answer_that_differ_in_name_are_of_one_job(text: str) -> None:
    base = cut((D.JOB,), [(DAYS[0], "j"), (DAYS[1], "j"), (DAYS[2], "j"), (DAYS[0], "k")])
    base["job_name"] = pd.Series(["old", "Straße", "new", "k"], dtype="str")
    window = Window(MONDAY, LATER)
    about = Question(FarmId(FARM), Scope(D.QUEUE, (COMP,)), window, by=(D.JOB,))
    plan = Plan(replace(about, job_name_contains=text), Cut((D.JOB,)))
    answer = rollup.answer(plan, base, {})
    (row,) = answer.table.to_dict("records")
    assert (row["job_id"], row["job_name"], row["cost_usd_sum"]) == ("j", "new", 3.0)
    assert answer.names == {"j": {"old", "Straße", "new"}}
    assert search.found_in(base, text, {"j"}) == ({"j"}, {"j"})
    assert search.found_in(base, text, {"k"}) == (frozenset(), {"k"})


def test_a_job_that_is_not_renamed_is_found_as_ever(tmp_path: Path) -> None:
    with remembering(tmp_path, (BEFORE, MONDAY, TUESDAY), now=SINCE) as one:
        report = one.report(whole(MONDAY, LATER, "job", text="agm_104"))
        assert set(report.table["job_id"]) == {JOB_1}
        assert report.total_cost_usd.sum == 3.5
