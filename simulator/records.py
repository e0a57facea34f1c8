"""A farm's days as tables of jobs and usage records, with ids, names and prices."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self, TypeVar

import numpy as np
import pandas as pd

from simulator.days import LONGEST_JOB_DAYS, Codes, Jobs, Rhythm, Sessions
from simulator.names import HURTFUL, PLAIN, SHOWS, job_name
from simulator.studio import BUILD, DEPARTMENTS, PEOPLE, ROBOT_ARN, FarmPlan
from simulator.usage import Objects, constant, instants, objects, texts, usage
from simulator.world import JOB_COLUMNS, Fleet, Person, Queue

_DAY = 86_400
_PLAIN_SHARE = 0.06
Columns = TypeVar("Columns", Jobs, Sessions)


@dataclass(frozen=True)
class Tables:
    """Jobs with JOB_COLUMNS and usage with USAGE_COLUMNS, the latter in the order of start."""

    jobs: pd.DataFrame
    usage: pd.DataFrame

    @classmethod
    def together(cls, parts: Sequence[Self]) -> Self:
        """The tables of several farms as one."""
        some = [part for part in parts if len(part.usage)]
        usage = pd.concat([part.usage for part in some])
        usage = usage.sort_values("started_at", kind="stable", ignore_index=True)
        return cls(pd.concat([part.jobs for part in some], ignore_index=True), usage)


def farm_tables(
    plan: FarmPlan,
    number: int,
    seed: int,
    queues: Sequence[Queue],
    fleets: Sequence[Fleet],
    people: Sequence[Person | None],
    days: range,
) -> Tables:
    """Everything of a farm that starts on the given days (UTC).

    `people` are as in PEOPLE, None for those who don't work on the farm.
    """
    rhythm = Rhythm(plan, number, seed)
    drawn_days = range(days.start - LONGEST_JOB_DAYS, days.stop)
    drawn = [rhythm.day(day) for day in drawn_days]
    counts = [len(jobs.queue) for jobs, _ in drawn]
    firsts = np.cumsum(counts) - np.array(counts)
    base = np.repeat(firsts, [len(s.job) for _, s in drawn]).astype(np.int64)
    jobs = _stacked([jobs for jobs, _ in drawn])
    sessions = _stacked([sessions for _, sessions in drawn])
    sessions = replace(sessions, job=sessions.job + base)
    place = [(day, i) for day, n in zip(drawn_days, counts, strict=True) for i in range(n)]
    ids = objects([_job_id(seed, number, *at) for at in place])
    submitters = _submitters(jobs, people)
    shows = np.array([queue.show for queue in plan.queues])[jobs.queue]
    known = {person.user_id: person.user_name for person in people if person}
    logins = [known.get(user_id) for user_id in submitters.tolist()]
    names = _names(jobs, place, shows, logins)
    session = _session_table(jobs, sessions, queues, fleets, ids, submitters)
    tables = Tables(
        _job_table(jobs, sessions, queues, ids, names, submitters),
        usage(plan, session, sessions, fleets, jobs.department, days),
    )
    return _within(tables, days)


def _stacked(parts: Sequence[Columns]) -> Columns:
    kind = type(parts[0])
    names = [field.name for field in fields(kind)]
    return kind(**{name: np.concatenate([getattr(p, name) for p in parts]) for name in names})


def _within(tables: Tables, days: range) -> Tables:
    """The records that start on the days, and the jobs that have any."""
    started = tables.usage["started_at"]
    first, end = (pd.Timestamp(day * _DAY, unit="s", tz="UTC") for day in (days.start, days.stop))
    usage = tables.usage[(started >= first) & (started < end)]
    jobs = tables.jobs[tables.jobs["job_id"].isin(usage["job_id"].unique())]
    return Tables(jobs, usage)


def _job_id(seed: int, farm: int, day: int, index: int) -> str:
    return f"job-{hashlib.md5(f'{seed}/{farm}/{day}/{index}'.encode()).hexdigest()}"


def _submitters(jobs: Jobs, people: Sequence[Person | None]) -> Objects:
    """The user id of every job's submitter: somebody of its department, or the robot."""
    crews: list[list[str]] = [[] for _ in DEPARTMENTS]
    for person, (_, department) in zip(people, PEOPLE, strict=True):
        if person is not None:
            crews[department].append(person.user_id)
    crews[BUILD].append(ROBOT_ARN)
    chosen = zip(jobs.department.tolist(), jobs.person.tolist(), strict=True)
    return objects([crews[d][n % len(crews[d])] for d, n in chosen])


def _names(
    jobs: Jobs, place: Sequence[tuple[int, int]], shows: Codes, logins: Sequence[str | None]
) -> Objects:
    """Every job's name; the last one of a day bears a name that hurts, each in its turn."""
    names = []
    lists = (jobs.sequence, jobs.shot, jobs.department, jobs.version, jobs.naming)
    columns = zip(*(column.tolist() for column in (shows, *lists)), logins, strict=True)
    for show, sequence, shot, department, version, naming, login in columns:
        if department == BUILD or naming < _PLAIN_SHARE:
            names.append(PLAIN[(sequence + shot) % len(PLAIN)])
        else:
            task = DEPARTMENTS[department].task
            names.append(job_name(SHOWS[show], sequence, shot, task, version, login))
    for i, (day, _) in enumerate(place):
        is_last = i + 1 == len(place) or place[i + 1][0] != day
        if is_last and not jobs.runaway[i]:
            names[i] = HURTFUL[day % len(HURTFUL)]
    return objects(names)


def _job_table(
    jobs: Jobs,
    sessions: Sessions,
    queues: Sequence[Queue],
    ids: Objects,
    names: Objects,
    submitters: Objects,
) -> pd.DataFrame:
    started = np.full(len(ids), np.iinfo(np.int64).max)
    ended = np.zeros(len(ids), dtype=np.int64)
    np.minimum.at(started, sessions.job, sessions.started)
    np.maximum.at(ended, sessions.job, sessions.started + sessions.runtime)
    columns: dict[str, Any] = {
        "farm_id": constant(queues[0].farm_id, len(ids)),
        "queue_id": texts(objects([queue.queue_id for queue in queues])[jobs.queue]),
        "job_id": texts(ids),
        "name": texts(names),
        "user_id": texts(submitters),
        "priority": 30 + jobs.shot % 5 * 10,
        "task_count": jobs.sessions * 8,
        "final_status": texts(objects(["SUCCEEDED", "FAILED"])[jobs.failed.astype(np.int64)]),
        "created_at": instants(jobs.created),
        "started_at": instants(started),
        "ended_at": instants(ended),
    }
    return pd.DataFrame(columns, columns=list(JOB_COLUMNS))


def _session_table(
    jobs: Jobs,
    sessions: Sessions,
    queues: Sequence[Queue],
    fleets: Sequence[Fleet],
    ids: Objects,
    submitters: Objects,
) -> pd.DataFrame:
    """What every record of a session says, whatever it is for."""
    queue_ids = objects([queue.queue_id for queue in queues])
    columns: dict[str, Any] = {
        "farm_id": constant(fleets[0].farm_id, len(sessions.job)),
        "queue_id": texts(queue_ids[jobs.queue[sessions.job]]),
        "fleet_id": texts(objects([fleet.fleet_id for fleet in fleets])[sessions.fleet]),
        "job_id": texts(ids[sessions.job]),
        "user_id": texts(submitters[sessions.job]),
        "started_at": instants(sessions.started),
        "runtime_seconds": sessions.runtime,
    }
    return pd.DataFrame(columns)
