"""What pages ask over years, and the SQL that somebody would write for it over the same files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import pandas as pd

from benchmarks.farm import FARM, INSTANCES, QUEUES
from benchmarks.years import USERS, Years
from stats.model import LICENSE, Dimension, FarmId, Filter, Period, Question, Scope
from stats.rollup import COMPOSE
from ui import overview
from ui.view import MOST_JOBS

_SUMS = {"sum": "fsum", "min": "min", "max": "max"}
_ADDED_UP = ", ".join(
    f"{'sum(count)::BIGINT' if name == 'count' else f'{_SUMS[how]}({name})'} AS {name}"
    for name, how in COMPOSE.items()
)
_ALL = Scope(Dimension.QUEUE, QUEUES, whole=True)
_SOME = Scope(Dimension.QUEUE, QUEUES[:2])
_IN_SOME = f"queue_id IN ('{QUEUES[0]}', '{QUEUES[1]}')"
_TRUNCATED = {Period.WEEKLY: "week", Period.MONTHLY: "month"}
_TEXT = "show_7_042"


@dataclass(frozen=True)
class Case:
    """One question of a page, and the same by hand: which files, keys and rows.

    `joined` stands after the files, and `cuts` are the other files that it takes. Where the
    question is for the largest jobs, so is the SQL.
    """

    name: str
    question: Question
    cut: str
    keys: tuple[str, ...]
    where: str = "TRUE"
    joined: str = ""
    cuts: tuple[str, ...] = ()

    def sql(self, years: Years) -> tuple[str, ...]:
        """What reads no file but those of the years, all of which it reads; the table last."""
        joined = self.joined.format(*(_files(years, cut) for cut in self.cuts))
        source = f"{_files(years, self.cut)} AS base {joined} WHERE {self.where}"
        if self.question.most_jobs is not None:
            return self._of_the_largest(source)
        columns = ", ".join([*self._period, *self.keys, _ADDED_UP])
        return (f"SELECT {columns} FROM {source} GROUP BY ALL",)

    @property
    def _period(self) -> list[str]:
        truncated = _TRUNCATED.get(self.question.period)
        return [f"date_trunc('{truncated}', period_start) AS period"] if truncated else []

    def _of_the_largest(self, source: str) -> tuple[str, ...]:
        """How many jobs there are (in each period), and the largest with the others as one row."""
        timed = "FILTER (usage_type = 'COMPUTE')" if "usage_type" in self.keys else ""
        most = self.question.most_jobs
        others = ["CASE WHEN one IS NULL AND job_id <> '' THEN '…' ELSE job_id END AS job_id"]
        others += [key for key in self.keys if key != "job_id"]
        columns = ", ".join([*self._period, *others, "max(job_name) AS job_name", _ADDED_UP])
        many = ", ".join([*self._period, "count(DISTINCT job_id) AS many"])
        return (
            f"CREATE OR REPLACE TEMP TABLE sums AS SELECT job_id, sum(cost_usd_sum) AS cost, "
            f"sum(runtime_seconds_sum) {timed} AS runtime FROM {source} GROUP BY job_id",
            "CREATE OR REPLACE TEMP TABLE kept AS "
            f"SELECT job_id AS one FROM (FROM sums ORDER BY cost DESC, job_id LIMIT {most}) UNION "
            f"SELECT job_id FROM (FROM sums ORDER BY runtime DESC NULLS LAST, job_id LIMIT {most})",
            f"SELECT {many} FROM {source} GROUP BY ALL",
            f"SELECT {columns} FROM (FROM {source}) LEFT JOIN kept ON one = job_id GROUP BY ALL",
        )


def cases(years: Years) -> Mapping[str, Case]:
    """Every question by its name; charts over a year are by the week, over more by the month."""
    period = Period.WEEKLY if years.years == 1 else Period.MONTHLY
    plain = Question(FarmId(FARM), _ALL, years.window, period=period)
    found = [*_of_the_overview(plain), *_of_pages(plain), *_filtered(plain), *_of_jobs(plain)]
    return {case.name: case for case in found}


def numbers(table: pd.DataFrame) -> dict[str, float]:
    """What two answers have to have in common: how many rows, and all of them added up."""
    return {"rows": len(table)} | {name: table[name].agg(how) for name, how in COMPOSE.items()}


def _of_the_overview(plain: Question) -> Iterator[Case]:
    total = replace(plain, by=(Dimension.USAGE_TYPE,))
    yield Case("by usage type", total, "usage_type", ("usage_type",))
    yield Case(
        "by usage type, in all", replace(total, period=Period.TOTAL), "usage_type", ("usage_type",)
    )
    for dimension in (Dimension.USER, Dimension.INSTANCE_TYPE):
        yield _apart(plain, dimension)


def _of_pages(plain: Question) -> Iterator[Case]:
    for dimension in (Dimension.QUEUE, Dimension.FLEET):
        yield _apart(plain, dimension)
    yield Case(
        "by licence product",
        _narrowed(
            replace(plain, by=(Dimension.LICENSE_PRODUCT, Dimension.USAGE_TYPE)),
            Dimension.USAGE_TYPE,
            LICENSE,
        ),
        "license_product-usage_type",
        ("license_product", "usage_type"),
        f"usage_type = '{LICENSE}'",
    )
    in_all = replace(plain, period=Period.TOTAL)
    for by in (
        (Dimension.INSTANCE_TYPE, Dimension.USER),
        (Dimension.QUEUE, Dimension.USER),
    ):
        crossed = replace(in_all, by=by)
        keys = tuple(dimension.column for dimension in by)
        yield Case(f"{by[0].words} × {by[1].words}, in all", crossed, "-".join(by), keys)
    monthly = replace(plain, period=Period.MONTHLY)
    yield replace(_apart(monthly, Dimension.USER), name="by user, monthly")


def _filtered(plain: Question) -> Iterator[Case]:
    by_user = replace(plain, by=(Dimension.USER, Dimension.USAGE_TYPE))
    by_type = replace(plain, by=(Dimension.INSTANCE_TYPE, Dimension.USAGE_TYPE))
    yield Case(
        "users of one instance type",
        _narrowed(by_user, Dimension.INSTANCE_TYPE, INSTANCES[0]),
        "instance_type-user",
        ("user_id",),
        f"instance_type = '{INSTANCES[0]}'",
    )
    yield Case(
        "instance types of one user",
        _narrowed(by_type, Dimension.USER, USERS[0]),
        "instance_type-user",
        ("instance_type",),
        f"user_id = '{USERS[0]}'",
    )
    yield Case(
        "usage types in two queues",
        replace(plain, by=(Dimension.USAGE_TYPE,), scope=_SOME),
        "queue-usage_type",
        ("usage_type",),
        _IN_SOME,
    )
    yield Case(
        "users in two queues",
        replace(by_user, scope=_SOME),
        "job-usage_type",
        ("user_id", "usage_type"),
        joined="JOIN (SELECT DISTINCT job_id, user_id FROM {0}) USING (job_id) "
        f"JOIN (SELECT DISTINCT job_id FROM {{1}} WHERE {_IN_SOME}) USING (job_id)",
        cuts=("job-user", "job-queue"),
    )


def _of_jobs(plain: Question) -> Iterator[Case]:
    by_job = replace(plain, by=(Dimension.JOB, Dimension.USAGE_TYPE), most_jobs=MOST_JOBS)
    keys = ("job_id", "usage_type")
    yield Case("by job", by_job, "job-usage_type", keys)
    in_all = replace(by_job, by=(Dimension.JOB,), period=Period.TOTAL)
    yield Case("by job, in all", in_all, "job-queue", ("job_id",))
    yield Case(
        "jobs of one user",
        _narrowed(by_job, Dimension.USER, USERS[0]),
        "job-usage_type",
        keys,
        joined=f"SEMI JOIN (SELECT job_id FROM {{0}} WHERE user_id = '{USERS[0]}') USING (job_id)",
        cuts=("job-user",),
    )
    of_overview = replace(by_job, by=(Dimension.JOB,), most_jobs=overview.MOST_JOBS)
    dearest = _narrowed(of_overview, Dimension.USER, USERS[0])
    of_user = f"user_id = '{USERS[0]}'"
    yield Case("dearest jobs of one user", dearest, "job-user", ("job_id",), of_user)
    counted = replace(dearest, most_jobs=0, period=Period.TOTAL)
    yield Case("how many jobs one user has", counted, "job-user", ("job_id",), of_user)
    yield Case(
        "jobs by a part of their name",
        replace(by_job, job_name_contains=_TEXT),
        "job-usage_type",
        keys,
        f"contains(lower(job_name), '{_TEXT}')",
    )


def _apart(plain: Question, dimension: Dimension) -> Case:
    """By a dimension and usage type, as most charts are."""
    by = (dimension, Dimension.USAGE_TYPE)
    cut = "-".join(sorted(by))
    keys = tuple(one.column for one in by)
    return Case(f"by {dimension.words}", replace(plain, by=by), cut, keys)


def _narrowed(question: Question, dimension: Dimension, key: str) -> Question:
    return replace(question, where=(Filter(dimension, frozenset({key})),))


def _files(years: Years, cut: str) -> str:
    return f"read_parquet('{years.parquet(cut)}', hive_partitioning = false)"
