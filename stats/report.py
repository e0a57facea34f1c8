"""The front door: ask a question, get a report.

    reporter = connect(load())
    report = reporter.ask(question, print)

One reporter serves a whole process. It owns the farms' lines and the caches; asking is safe from
any number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, wait
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pandas as pd

from stats import plan as planning
from stats import rollup
from stats.aggregation import Stage
from stats.client import Client, Endpoint, custom_endpoint
from stats.clock import Clock
from stats.errors import Unanswerable
from stats.line import Fetched, Line, Ticket
from stats.model import MISSING, Basis, Dimension, Question, Report, Window
from stats.names import Names
from stats.plan import YARDSTICK, Cut, Plan, Witness
from stats.settings import Settings
from stats.zone import HOUR, Zone

_TELL_EVERY_SECONDS = 0.1
_SAME_MOMENT = timedelta(minutes=1)
_JOB_TO_QUEUE = Witness(Dimension.JOB, Dimension.QUEUE)


@dataclass(frozen=True)
class Progress:
    """How far a question is: `done` of `of` runs, and what the one in front is doing."""

    done: int
    of: int
    stage: Stage
    pages: int

    def __str__(self) -> str:
        here = f"run {min(self.done + 1, self.of)} of {self.of}"
        if self.stage is Stage.READING:
            return f"{here}: reading page {self.pages + 1}"
        return f"{here}: {self.stage.value}"


Tell = Callable[[Progress], None]


@dataclass(frozen=True)
class _Asked:
    """A question at the moment of asking: the ids and the stretch that data is asked for."""

    question: Question
    ids: tuple[str, ...]
    window: Window
    zone: Zone
    not_before: datetime | None
    tell: Tell


@dataclass(frozen=True)
class _Cuts:
    """What came back for a plan."""

    base: pd.DataFrame
    witnesses: dict[Witness, pd.DataFrame]
    yardstick: pd.DataFrame
    fetched: tuple[Fetched, ...]


class Reporter:
    """Answers questions about farms. `source` says whose numbers they are: aws, demo, a URL."""

    def __init__(
        self, client: Client, line: Line, names: Names, clock: Clock, settle: timedelta, source: str
    ) -> None:
        self.names = names
        self.source = source
        self._client = client
        self._line = line
        self._clock = clock
        self._settle = settle

    def as_of(self) -> datetime:
        """The last full hour (UTC): no report holds anything later."""
        return self._clock.now().astimezone(UTC).replace(minute=0, second=0, microsecond=0)

    def ask(
        self, question: Question, progress: Tell | None = None, *, fresh: bool = False
    ) -> Report:
        """The exact answer, or an error of `stats.errors` that says what to do.

        `progress` is called about ten times a second, in the caller's own thread. `fresh` passes
        over what was answered before this moment.
        """
        end = min(question.window.end, self.as_of())
        ids = planning.narrowed(question)
        if not ids or end <= question.window.start:
            return self._nothing(question, end)
        asked = _Asked(
            question,
            ids,
            Window(question.window.start, end),
            Zone(question.timezone),
            self._clock.now() if fresh else None,
            progress or _say_nothing,
        )
        for plan in planning.plans(question):
            cuts = self._gathered(plan, asked)
            try:
                answer = rollup.answer(question, plan, cuts.base, cuts.witnesses)
            except rollup.Ambiguous:
                continue
            if not fresh and _disagree(cuts):
                return self.ask(question, progress, fresh=True)
            return self._report(asked, cuts, answer)
        raise Unanswerable(
            "In this window the data does not tell these dimensions apart: one instance type or "
            "licence was used under several usage types, or a job under several users or queues.",
            "Leave one of them out of the breakdown or the filters.",
        )

    def close(self) -> None:
        """Starts nothing any more."""
        self._line.close()

    def _gathered(self, plan: Plan, asked: _Asked) -> _Cuts:
        base = self._tickets(plan.base, asked, each=plan.each)
        witnesses = {w: self._tickets(w.cut, asked) for w in plan.witnesses}
        yardstick = self._tickets(YARDSTICK, asked)
        tickets = [*base, *(t for some in witnesses.values() for t in some), *yardstick]
        _waited(tickets, asked.tell)
        shown = {w: _frames(some) for w, some in witnesses.items()}
        rows = self._named(_frames(base, plan.each), shown, asked)
        fetched = tuple(ticket.answer.result() for ticket in dict.fromkeys(tickets))
        return _Cuts(rows, shown, _frames(yardstick), fetched)

    def _tickets(self, cut: Cut, asked: _Asked, each: Dimension | None = None) -> list[Ticket]:
        groups: Iterable[tuple[str, ...]] = ((i,) for i in asked.ids) if each else (asked.ids,)
        question = asked.question
        return [
            self._line.ask(run, asked.not_before)
            for ids in groups
            for run in planning.runs(
                cut, question.farm_id, question.scope.dimension, ids, asked.window, asked.zone
            )
        ]

    def _named(
        self, rows: pd.DataFrame, shown: dict[Witness, pd.DataFrame], asked: _Asked
    ) -> pd.DataFrame:
        """Rows whose jobs have names, asked for where the aggregation did not bring them."""
        if Dimension.JOB.column not in rows or not _wants_job_names(asked.question):
            return rows
        nameless = set(rows.loc[(rows["job_name"] == "") & (rows["job_id"] != ""), "job_id"])
        if not nameless:
            return rows
        queues = self._queues_of_jobs(rows, shown, asked)
        pairs = {(queues[job], job) for job in nameless if queues.get(job)}
        names = self.names.jobs(asked.question.farm_id, sorted(pairs))
        found = [names.get(j, n) for j, n in zip(rows["job_id"], rows["job_name"], strict=True)]
        return rows.assign(job_name=pd.Series(found, index=rows.index, dtype="str"))

    def _queues_of_jobs(
        self, rows: pd.DataFrame, shown: dict[Witness, pd.DataFrame], asked: _Asked
    ) -> dict[str, str]:
        scope = asked.question.scope.dimension
        if scope is Dimension.QUEUE and len(asked.ids) == 1:
            return dict.fromkeys(rows["job_id"], asked.ids[0])
        pairs = rows if Dimension.QUEUE.column in rows else shown.get(_JOB_TO_QUEUE)
        if pairs is None:
            tickets = self._tickets(_JOB_TO_QUEUE.cut, asked)
            _waited(tickets, asked.tell)
            pairs = _frames(tickets)
        return dict(zip(pairs["job_id"], pairs["queue_id"], strict=True))

    def _report(self, asked: _Asked, cuts: _Cuts, answer: rollup.Answer) -> Report:
        question = asked.question
        cost, count = _unattributed(cuts)
        people, trouble = self._people(question, answer.table)
        totals = {
            str(usage_type): rollup.usage(rows)
            for usage_type, rows in cuts.yardstick.groupby("usage_type", sort=True)
        }
        notes = (*answer.notes, *_said(cost, asked), *filter(None, [trouble]))
        return Report(
            question=question,
            table=people,
            total_cost_usd=rollup.spread(answer.table, "cost_usd"),
            total_count=int(answer.table["count"].sum()),
            total_by_usage_type=totals,
            unattributed_cost_usd=cost,
            unattributed_count=count,
            as_of=asked.window.end,
            preliminary_from=self.preliminary_from(asked.window, asked.zone),
            basis=self._basis_of(question),
            runs=tuple(record for fetched in cuts.fetched for record in fetched.records),
            notes=notes,
        )

    def preliminary_from(self, window: Window, zone: Zone) -> datetime | None:
        """The first instant of a window that may still change; None where all is settled."""
        first = zone.midnight(zone.day(self._clock.now() - self._settle))
        return max(first, window.start) if first < window.end else None

    def _people(self, question: Question, table: pd.DataFrame) -> tuple[pd.DataFrame, str]:
        if Dimension.USER not in question.by:
            return table, ""
        people = self.names.people(question.farm_id, set(table["user_id"]) - {MISSING})
        named = [people.names.get(user, "") for user in table["user_id"]]
        at = table.columns.get_loc("user_id")
        assert isinstance(at, int)
        table.insert(at + 1, "user_name", pd.Series(named, index=table.index, dtype="str"))
        return table, people.trouble

    def _basis_of(self, question: Question) -> Basis:
        return Basis(self.names.cost_scale_factor(question.farm_id), self.source)

    def _nothing(self, question: Question, end: datetime) -> Report:
        """The report of a scope or window that can't hold any usage; the service isn't asked."""
        begun = end > question.window.start
        why = "The filters leave no queue or fleet." if begun else "This window has not begun yet."
        return Report(
            question=question,
            table=rollup.empty(question.by),
            total_cost_usd=rollup.spread(pd.DataFrame(), "cost_usd"),
            total_count=0,
            total_by_usage_type={},
            unattributed_cost_usd=0.0,
            unattributed_count=0,
            as_of=end,
            preliminary_from=None,
            basis=self._basis_of(question),
            runs=(),
            notes=(why,),
        )


def connect(
    settings: Settings, endpoint: Endpoint | None = None, clock: Clock | None = None
) -> Reporter:
    """A reporter for AWS, for the endpoint that the environment names, or for the one given."""
    clock = clock or Clock()
    source = "demo" if endpoint and endpoint.url else custom_endpoint() or "aws"
    endpoint = endpoint or Endpoint(
        connect_seconds=settings.connect_seconds, read_seconds=settings.read_seconds
    )
    client = Client(endpoint, clock, settings.patience)
    line = Line(
        client,
        clock,
        settings.patience,
        cache_seconds=settings.cache_seconds,
        cache_rows=settings.cache_rows,
    )
    names = Names(
        client,
        clock,
        seconds=settings.names_seconds,
        identity_store_id=settings.identity_store_id,
        identity_region=settings.identity_region,
    )
    return Reporter(client, line, names, clock, timedelta(hours=settings.settle_hours), source)


def _say_nothing(_: Progress) -> None:
    pass


def _waited(tickets: Sequence[Ticket], tell: Tell) -> None:
    """Returns when all are answered; raises the first error as soon as there is one."""
    while True:
        finished, pending = wait(
            [t.answer for t in tickets], timeout=_TELL_EVERY_SECONDS, return_when=FIRST_EXCEPTION
        )
        for one in finished:
            one.result()
        if not pending:
            return
        open_ones = [t for t in tickets if not t.answer.done()]
        front = next((t for t in open_ones if t.stage is not Stage.QUEUED), open_ones[0])
        tell(Progress(len(tickets) - len(open_ones), len(tickets), front.stage, front.pages))


def _frames(tickets: Sequence[Ticket], each: Dimension | None = None) -> pd.DataFrame:
    frames = []
    for ticket in tickets:
        rows = ticket.answer.result().rows
        if each is not None:
            key = pd.Series(ticket.run.ids[0], index=rows.index, dtype="str")
            rows = rows.assign(**{each.column: key})
        frames.append(rows)
    return pd.concat(frames, ignore_index=True)


def _wants_job_names(question: Question) -> bool:
    return Dimension.JOB in question.by or bool(question.job_name_contains)


def _unattributed(cuts: _Cuts) -> tuple[float, int]:
    """Cost in USD and records that the yardstick holds and the base cut's rows do not."""
    cost = float(cuts.yardstick["cost_usd_sum"].sum() - cuts.base["cost_usd_sum"].sum())
    count = int(cuts.yardstick["count"].sum() - cuts.base["count"].sum())
    noise = 1e-9 * float(cuts.yardstick["cost_usd_sum"].sum()) + 1e-6
    return (0.0 if abs(cost) < noise else cost), count


def _disagree(cuts: _Cuts) -> bool:
    """Whether a difference may come from cuts that were fetched at different moments."""
    moments = [fetched.fetched_at for fetched in cuts.fetched]
    return _unattributed(cuts) != (0.0, 0) and max(moments) - min(moments) > _SAME_MOMENT


def _said(unattributed: float, asked: _Asked) -> list[str]:
    notes = []
    if unattributed < 0:
        notes.append(
            f"The rows hold USD {-unattributed:,.2f} more than the service's total by usage type: "
            "its own answers disagree."
        )
    if asked.zone.snapped(asked.window.start) or asked.zone.snapped(asked.window.end - HOUR):
        hours = asked.zone.offset_hours(asked.window.start)
        notes.append(
            f"The service takes whole hours only: days of {asked.zone.name} are counted at "
            f"UTC{hours:+03d}:00."
        )
    return notes
