"""People and jobs that nobody names any more bear the names that history has of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pandas as pd
import pytest

from simulator import Fault, SimulatorSettings, World
from stats.model import Dimension, FarmId, Question, Scope
from tests.stats.asking import Asker, asking, question
from tests.stats.autumn import FIRST, autumn_world, job, person

WORLD = autumn_world()
PEOPLE = {person(n): f"Person {n}" for n in range(5)}
NOBODY = Fault("DescribeUser", "access_denied", None)
BY_IDS = "People are shown by their ids: "


def whole(*by: str, days: int = 14) -> Question:
    window: tuple[datetime, datetime] = (FIRST, FIRST + timedelta(days=days))
    about = question(WORLD, window, *by, period="daily")
    return replace(about, scope=Scope(Dimension.QUEUE, about.scope.ids, whole=True))


def knows(one: Asker, people: Iterable[str]) -> None:
    """Has names known before rows come: those go to history with the names there are by then."""
    one.reporter.names.people(FarmId(WORLD.farms[0].farm_id), people)


def called(table: pd.DataFrame, kind: str) -> dict[str, str]:
    return dict(zip(table[f"{kind}_id"], table[f"{kind}_name"], strict=True))


@pytest.fixture
def history(tmp_path: Path) -> str:
    """Of two weeks by user, written while everybody had a name."""
    with asking(WORLD, history=str(tmp_path)) as one:
        knows(one, PEOPLE)
        assert PEOPLE.items() <= called(one.report(whole("user")).table, "user").items()
    return str(tmp_path)


def test_who_has_left_keeps_the_name_and_who_was_renamed_has_the_new_one(history: str) -> None:
    gone, renamed = WORLD.people[1], replace(WORLD.people[2], display_name="Person Two")
    people = tuple(renamed if one.user_id == renamed.user_id else one for one in WORLD.people)
    later: World = replace(WORLD, people=tuple(one for one in people if one != gone))
    with asking(later, history=history) as one:
        report = one.report(whole("user"))
    names = called(report.table, "user")
    assert (names[gone.user_id], names[renamed.user_id]) == ("Person 1", "Person Two")
    assert not any("by their ids" in note for note in report.notes)


def test_where_nobody_may_be_asked_history_names_them_and_nothing_is_amiss(history: str) -> None:
    with asking(WORLD, history=history) as one:
        one.simulator.faults.add(NOBODY)
        report = one.report(whole("user"))
    assert PEOPLE.items() <= called(report.table, "user").items()
    assert not any("by their ids" in note for note in report.notes)


def test_where_history_does_not_know_all_it_is_said_why_the_rest_have_none(tmp_path: Path) -> None:
    """The first day was of two people, and they had names; who came later never had."""
    early, usage = (person(0), person(1)), WORLD.usage
    is_first = pd.to_datetime(usage["started_at"], utc=True) < FIRST + timedelta(days=1)
    world = replace(WORLD, usage=usage[~is_first | usage["user_id"].isin(early)])
    with asking(world, history=str(tmp_path)) as one:
        knows(one, early)
        first = called(one.report(whole("user", days=1)).table, "user")
        assert first.keys() & PEOPLE.keys() == set(early)
    with asking(world, history=str(tmp_path)) as one:
        one.simulator.faults.add(NOBODY)
        report = one.report(whole("user"))
    names = called(report.table, "user")
    right = {user: name if user in early else user for user, name in PEOPLE.items()}
    assert {user: names[user] for user in PEOPLE} == right
    assert [note for note in report.notes if note.startswith(BY_IDS)]


def test_jobs_that_had_no_name_when_they_were_kept_are_named_once_they_can_be(
    tmp_path: Path,
) -> None:
    nameless = SimulatorSettings(job_names=False)
    theirs = replace(WORLD, jobs=WORLD.jobs[WORLD.jobs["job_id"] != job(17)])  # the one of nobody
    with asking(theirs, service=nameless, history=str(tmp_path)) as one:
        one.simulator.faults.add(Fault("BatchGetJob", "access_denied", None))
        first = one.report(whole("job", "queue"))
    assert called(first.table, "job")[job(3)] == ""
    with asking(theirs, service=nameless, history=str(tmp_path)) as one:
        report = one.report(whole("job"))
        assert called(report.table, "job")[job(3)] == "AGM_003_comp"
        assert one.reporter.names.known_jobs([job(3)]) == {job(3): "AGM_003_comp"}


def test_a_name_that_came_with_a_row_is_known_to_whoever_shows_the_job_next() -> None:
    with asking(WORLD) as one:
        assert one.reporter.names.known_jobs([job(3)]) == {}
        one.report(whole("job"))
        assert one.reporter.names.known_jobs([job(3)]) == {job(3): "AGM_003_comp"}
        assert one.called("BatchGetJob") == 0
