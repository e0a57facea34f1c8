"""One day of one farm: its jobs and their sessions, the same whenever it is asked for.

A day's random numbers hang on seed, farm and day alone. A day is the studio's, eight hours behind
UTC; its jobs run on for at most LONGEST_JOB_DAYS. Codes number the farm's plan: queue, fleet,
instance type of a fleet, licence of a department.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from simulator import season
from simulator.studio import BUILD, DEPARTMENTS, FX, FarmPlan

Codes = NDArray[np.int64]
Amounts = NDArray[np.float64]

LONGEST_JOB_DAYS = 9
_HOUR, _DAY = 3_600, 86_400
_STUDIO_BEHIND_UTC = 8 * _HOUR
_RUNAWAY_SESSIONS, _RUNAWAY_HOURS = 420, 2_100
_RETRY_SHARE = 0.13


@dataclass(frozen=True)
class Jobs:
    """A column for each property of a day's jobs; a retry has the shot of the job before it.

    `person` is a number to be taken modulo the people at hand; times in seconds since 1970.
    """

    queue: Codes
    department: Codes
    person: Codes
    sequence: Codes
    shot: Codes
    version: Codes
    naming: Amounts
    failed: NDArray[np.bool_]
    runaway: NDArray[np.bool_]
    hours: Amounts
    sessions: Codes
    fleet: Codes
    created: Codes
    begins: Codes


@dataclass(frozen=True)
class Sessions:
    """A column for each property of the sessions; `job` counts within the day."""

    job: Codes
    fleet: Codes
    instance: Codes
    license: Codes
    started: Codes
    runtime: Codes


class Rhythm:
    """A farm's plan as arrays, from which days are drawn."""

    def __init__(self, plan: FarmPlan, number: int, seed: int) -> None:
        self._plan = plan
        self._number = number
        self._seed = seed
        self._queue_edges = _edges(np.array([q.share for q in plan.queues]))
        self._department = np.array([q.department for q in plan.queues])
        shares = np.array([fleet.shares for fleet in plan.fleets], dtype=np.float64)
        self._fleet_edges = _edges(shares.T)
        self._instances = np.array([len(fleet.hourly_usd) for fleet in plan.fleets])
        self._gpu = next((i for i, f in enumerate(plan.fleets) if f.gpu), 0)

    def day(self, day: int) -> tuple[Jobs, Sessions]:
        """The jobs submitted on a day of the studio, and all their sessions."""
        rng = np.random.default_rng([self._seed, self._number, day])
        jobs = self._jobs(rng, day)
        return jobs, self._sessions(rng, jobs)

    def _jobs(self, rng: np.random.Generator, day: int) -> Jobs:
        mean = self._plan.weekday_jobs * season.submission_share(day)
        drawn = round(rng.normal(mean, 0.08 * mean + 0.3))
        count = max(0, min(drawn, round(1.25 * mean + 1)))
        runaway = np.zeros(count, dtype=bool)
        if self._plan.has_runaways and season.is_runaway_friday(season.date_of(day)):
            runaway[-1:] = True
        retry = rng.random(count) < _RETRY_SHARE
        retry[:1] = retry[-1:] = False
        number = np.arange(count)
        first = np.maximum.accumulate(np.where(retry, 0, number)) if count else number
        queue = np.searchsorted(self._queue_edges, rng.random(count))[first]
        queue[runaway] = np.flatnonzero(self._department == FX)[:1]
        department = self._department[queue]
        failed = np.append(retry[1:], np.zeros(min(count, 1), dtype=bool))
        hours = _job_hours(rng, department, failed, runaway)
        created = _submitted(rng, day, runaway)
        return Jobs(
            queue=queue,
            department=department,
            person=rng.integers(0, 1 << 30, count)[first],
            sequence=rng.integers(1, 90, count)[first],
            shot=rng.integers(1, 120, count)[first],
            version=rng.integers(1, 9, count)[first] + number - first,
            naming=rng.random(count)[first],
            failed=failed,
            runaway=runaway,
            hours=hours,
            sessions=_session_counts(rng, department, hours, runaway),
            fleet=self._fleets(rng, department, runaway),
            created=created,
            begins=_begins(rng, department, created, runaway),
        )

    def _fleets(
        self, rng: np.random.Generator, department: Codes, runaway: NDArray[np.bool_]
    ) -> Codes:
        drawn = rng.random(len(department))
        fleet = (drawn[:, None] > self._fleet_edges[department]).sum(axis=1)
        return np.where(runaway, self._gpu, fleet)

    def _sessions(self, rng: np.random.Generator, jobs: Jobs) -> Sessions:
        job = np.repeat(np.arange(len(jobs.queue)), jobs.sessions)
        total = len(job)
        number = np.arange(total) - np.repeat(
            np.cumsum(jobs.sessions) - jobs.sessions, jobs.sessions
        )
        mean = jobs.hours * _HOUR / np.maximum(jobs.sessions, 1)
        runtime = np.maximum(mean[job] * rng.uniform(0.6, 1.4, total), 20).astype(np.int64)
        at_once = np.maximum(jobs.sessions * rng.uniform(0.25, 1.0, len(jobs.sessions)), 1)
        at_once = np.where(jobs.runaway, 60, at_once).astype(np.int64)
        wave = number // at_once[job]
        delay = wave * mean[job] * 1.4 + rng.uniform(0, 900, total)
        started = jobs.begins[job] + np.minimum(delay, 6 * _DAY).astype(np.int64)
        elsewhere = (rng.random(total) < 0.12) & ~jobs.runaway[job]
        drawn = rng.random(total)
        other = (drawn[:, None] > self._fleet_edges[jobs.department[job]]).sum(axis=1)
        fleet = np.where(elsewhere, other, jobs.fleet[job])
        instance = (rng.random(total) ** 1.5 * self._instances[fleet]).astype(np.int64)
        instance[jobs.runaway[job]] = self._instances[self._gpu] - 1
        return Sessions(
            job=job,
            fleet=fleet,
            instance=instance,
            license=(rng.random(len(jobs.queue)) < 0.2).astype(np.int64)[job],
            started=started,
            runtime=runtime,
        )


def _edges(shares: Amounts) -> Amounts:
    """Upper edges of the shares on the way from 0 to 1, along the last axis."""
    edges: Amounts = np.cumsum(shares, axis=-1) / np.sum(shares, axis=-1, keepdims=True)
    edges[..., -1] = 1.0
    return edges


def _of(name: str) -> Amounts:
    return np.array([getattr(department, name) for department in DEPARTMENTS], dtype=np.float64)


_MEDIAN_HOURS = _of("median_hours")
_SPREAD = _of("spread")
_SESSION_HOURS = _of("session_minutes") / 60
_MOST_SESSIONS = _of("most_sessions")
_NIGHT_SHARE = _of("night_share")


def _job_hours(
    rng: np.random.Generator,
    department: Codes,
    failed: NDArray[np.bool_],
    runaway: NDArray[np.bool_],
) -> Amounts:
    normal = rng.standard_normal(len(department)).clip(-2.5, 2.5)
    hours = _MEDIAN_HOURS[department] * np.exp(_SPREAD[department] * normal)
    hours = np.where(failed, hours * rng.uniform(0.1, 0.6, len(hours)), hours)
    return np.where(runaway, _RUNAWAY_HOURS, hours)


def _session_counts(
    rng: np.random.Generator, department: Codes, hours: Amounts, runaway: NDArray[np.bool_]
) -> Codes:
    usual = _SESSION_HOURS[department] * np.exp(0.3 * rng.standard_normal(len(department)))
    count = np.ceil(hours / usual).clip(1, _MOST_SESSIONS[department])
    return np.where(runaway, _RUNAWAY_SESSIONS, count).astype(np.int64)


def _submitted(rng: np.random.Generator, day: int, runaway: NDArray[np.bool_]) -> Codes:
    """Through the working day, in order; the runaway at half past six in the evening."""
    midnight = day * _DAY + _STUDIO_BEHIND_UTC
    hours = np.sort(9 + 10.5 * rng.beta(2.2, 1.8, len(runaway)))
    return midnight + (np.where(runaway, 18.5, hours) * _HOUR).astype(np.int64)


def _begins(
    rng: np.random.Generator, department: Codes, created: Codes, runaway: NDArray[np.bool_]
) -> Codes:
    """After a short wait, or in the evening for what is held back for the night."""
    count = len(created)
    soon = created + 60 + rng.exponential(600, count).clip(0, 7200).astype(np.int64)
    midnight = (created - _STUDIO_BEHIND_UTC) // _DAY * _DAY + _STUDIO_BEHIND_UTC
    evening = midnight + (rng.uniform(19, 24, count) * _HOUR).astype(np.int64)
    held = (rng.random(count) < _NIGHT_SHARE[department]) & ~runaway & (department != BUILD)
    return np.where(held, np.maximum(evening, soon), soon)
