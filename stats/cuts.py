"""The cuts of a plan, fetched: tickets asked for, waited for, and put together.

The rows of a job may come without its name; then BatchGetJob is asked, which wants the job's
queue too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import FIRST_EXCEPTION, wait
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta

import pandas as pd

from stats import aside
from stats import plan as planning
from stats.aggregation import Stage
from stats.amounts import usd
from stats.errors import FarmCostsError, NamesMissing, Overdue, Unanswerable
from stats.line import Line
from stats.model import MISSING, Dimension, Question, Window
from stats.names import Names
from stats.people import NONE, Trouble
from stats.plan import YARDSTICK, Cut, Plan, Witness
from stats.progress import TELL_EVERY_SECONDS, Progress, Tell
from stats.shares import ANYBODY, Asker
from stats.ticket import Fetched, Ticket
from stats.zone import Zone

_JOB_TO_QUEUE = Witness(Dimension.JOB, Dimension.QUEUE)


@dataclass(frozen=True)
class Asked:
    """A question at the moment of asking, with the stretch that data is asked for.

    `windows` are what of that the service is asked for; `time_left` tells how many seconds more
    it may take.
    """

    question: Question
    window: Window
    windows: tuple[Window, ...]
    zone: Zone
    at: datetime
    not_before: datetime | None
    tell: Tell
    time_left: Callable[[], float]
    asker: Asker = ANYBODY

    def names(self, names: Names) -> Names:
        """The names, for whoever waits for this question."""
        return names.telling(self.tell, self.time_left)


@dataclass(frozen=True)
class Cuts:
    """What came back for a plan; `trouble` is why some jobs have no name.

    `total` is what the question's scope holds, by usage type; `yardstick` what the plan's does.
    """

    base: pd.DataFrame
    witnesses: dict[Witness, pd.DataFrame]
    total: pd.DataFrame
    yardstick: pd.DataFrame
    fetched: tuple[Fetched, ...]
    trouble: Trouble

    @property
    def apart(self) -> timedelta:
        """Between the service's taking the first of them and the last."""
        return self.latest - min(fetched.fetched_at for fetched in self.fetched)

    @property
    def latest(self) -> datetime:
        """When the service took the last of them."""
        return max(fetched.fetched_at for fetched in self.fetched)


@dataclass(frozen=True)
class Tickets:
    """A plan's runs, put in line; `total` and `yardstick` may be the same ones."""

    base: list[Ticket]
    witnesses: dict[Witness, list[Ticket]]
    total: list[Ticket]
    yardstick: list[Ticket]

    @property
    def every(self) -> list[Ticket]:
        """All of them; cuts of one plan may share tickets, which then come once."""
        witnesses = [ticket for some in self.witnesses.values() for ticket in some]
        return list(dict.fromkeys([*self.base, *witnesses, *self.total, *self.yardstick]))

    def leave(self, line: Line) -> None:
        """They are waited for no more."""
        witnesses = [ticket for some in self.witnesses.values() for ticket in some]
        yardstick = [] if self.yardstick is self.total else self.yardstick
        line.leave_all([*self.base, *witnesses, *self.total, *yardstick])


def tickets(line: Line, plan: Plan, asked: Asked) -> Tickets:
    """Puts a plan's runs in line; those that are under way or answered already are shared.

    The yardstick comes first: it is the shortest, and tells how large the others will be.
    """
    question = plan.asks
    yardstick = total = put_in_line(line, YARDSTICK, asked.question, asked)
    if question != asked.question:
        cut = planning.yardstick_when_turned(asked.question)
        yardstick = put_in_line(line, cut, question, asked)
    base = put_in_line(line, plan.base, question, asked, each=plan.each)
    witnesses = {w: put_in_line(line, w.cut, question, asked) for w in plan.witnesses}
    return Tickets(base, witnesses, total, yardstick)


def gathered(line: Line, names: Names, plan: Plan, asked: Asked) -> Cuts:
    """All cuts of a plan; raises the first error of any of its runs."""
    taken = tickets(line, plan, asked)
    try:
        _waited(taken.every, asked)
    finally:
        taken.leave(line)
    shown = {witness: _frames(some) for witness, some in taken.witnesses.items()}
    rows, trouble = _frames(taken.base, plan.each), NONE
    nameless = _nameless(rows, asked.question)
    if nameless:
        try:
            queues = _queues_of_jobs(line, rows, shown, plan.asks, asked)
        except FarmCostsError as error:
            trouble = Trouble(f"Some jobs are shown by their ids: {error}", error)
        else:
            pairs = sorted((queues[job], job) for job in nameless if queues.get(job))
            named = asked.names(names).jobs(asked.question.farm_id, pairs)
            rows, trouble = _with_names(rows, named.names), named.trouble
        _all_named_for_search(rows, asked.question, trouble)
    fetched = tuple(ticket.answer.result() for ticket in taken.every)
    total, held_against = _frames(taken.total), _frames(taken.yardstick)
    return Cuts(rows, shown, total, held_against, fetched, trouble)


def put_in_line(
    line: Line, cut: Cut, question: Question, asked: Asked, each: Dimension | None = None
) -> list[Ticket]:
    """Tickets for the runs of one cut over what is asked for."""
    every = planning.narrowed(question)
    groups: Iterable[tuple[str, ...]] = ((i,) for i in every) if each else (every,)
    return [
        line.ask(run, asked.not_before, asked.asker)
        for ids in groups
        for window in asked.windows
        for run in planning.runs(
            cut, question.farm_id, question.scope.dimension, ids, window, asked.zone
        )
    ]


def _waited(tickets: Sequence[Ticket], asked: Asked) -> None:
    """Returns when all are answered; raises the first error as soon as there is one, or Overdue."""
    at_once = all(ticket.answer.done() for ticket in tickets)
    with nullcontext() if at_once else aside.waiting():
        _until_answered(tickets, asked)


def _until_answered(tickets: Sequence[Ticket], asked: Asked) -> None:
    while True:
        finished, pending = wait(
            [t.answer for t in tickets], timeout=TELL_EVERY_SECONDS, return_when=FIRST_EXCEPTION
        )
        for one in finished:
            one.result()
        if not pending:
            return
        waiting = [ticket for ticket in tickets if ticket.answer in pending]
        front = next((t for t in waiting if t.stage is not Stage.QUEUED), waiting[0])
        now = doing(front, asked.asker)
        done = len(tickets) - len(waiting)
        progress = Progress(done, len(tickets), now, front.stage_seconds)
        if asked.time_left() < 0:
            raise Overdue(
                "This question took longer than may be waited for it, and is not answered: "
                f"{progress}.",
                "Ask for a shorter window, or allow more (FARM_COSTS_QUESTION_SECONDS). A page "
                "that is opened again within minutes goes on from what has come.",
            )
        asked.tell(progress)


def doing(ticket: Ticket, asker: Asker) -> str:
    """What a run is doing, told to an asker: how many runs of others come before it, too."""
    if ticket.stage is Stage.READING:
        return f"reading page {ticket.pages + 1}"
    others = ticket.behind(asker) if ticket.stage is Stage.QUEUED else 0
    behind = f", behind {others} run{'s' * (others > 1)} of others" * bool(others)
    return ticket.stage.value + behind


def answered(
    tickets: Sequence[Ticket], asked: Asked, each: Dimension | None = None
) -> tuple[pd.DataFrame, datetime]:
    """The rows of one cut's runs, and when the service took the first of them.

    Raises the first error, or Overdue.
    """
    _waited(tickets, asked)
    return _frames(tickets, each), min(ticket.answer.result().fetched_at for ticket in tickets)


def _frames(tickets: Sequence[Ticket], each: Dimension | None = None) -> pd.DataFrame:
    frames = []
    for ticket in tickets:
        rows = ticket.answer.result().rows
        if each is not None:
            key = pd.Series(ticket.run.ids[0], index=rows.index, dtype="str")
            rows = rows.assign(**{each.column: key})
        frames.append(rows)
    return pd.concat(frames, ignore_index=True)


def _nameless(rows: pd.DataFrame, question: Question) -> set[str]:
    """The jobs that are to be shown or searched by name, and came without one."""
    if Dimension.JOB not in question.by and not question.job_name_contains:
        return set()
    named = set(rows.loc[rows["job_name"] != "", "job_id"])
    return set(rows["job_id"]) - named - {MISSING}


def _with_names(rows: pd.DataFrame, names: dict[str, str]) -> pd.DataFrame:
    found = [n or names.get(j, n) for j, n in zip(rows["job_id"], rows["job_name"], strict=True)]
    return rows.assign(job_name=pd.Series(found, index=rows.index, dtype="str"))


def _all_named_for_search(rows: pd.DataFrame, question: Question, trouble: Trouble) -> None:
    """A search by name must not pass over jobs without one.

    Raises Unanswerable where it would, or NamesMissing where an error is behind that.
    """
    nameless = _nameless(rows, question)
    if not question.job_name_contains or not nameless:
        return
    cost = rows.loc[rows["job_id"].isin(nameless), "cost_usd_sum"].sum()
    what = (
        f"{len(nameless)} jobs in this window ({usd(cost)}) have no name that could be had, "
        "so a search by name might miss them."
    )
    todo = "Choose jobs by their ids, not by name."
    if trouble.cause:
        raise NamesMissing(what, todo, trouble.cause)
    raise Unanswerable(f"{what} {trouble.said or 'The service has forgotten them.'}", todo)


def _queues_of_jobs(
    line: Line,
    rows: pd.DataFrame,
    shown: dict[Witness, pd.DataFrame],
    question: Question,
    asked: Asked,
) -> dict[str, str]:
    ids = planning.narrowed(question)
    if question.scope.dimension is Dimension.QUEUE and len(ids) == 1:
        return dict.fromkeys(rows["job_id"], ids[0])
    pairs = rows if Dimension.QUEUE.column in rows else shown.get(_JOB_TO_QUEUE)
    if pairs is None:
        tickets = put_in_line(line, _JOB_TO_QUEUE.cut, question, asked)
        try:
            _waited(tickets, asked)
        finally:
            line.leave_all(tickets)
        pairs = _frames(tickets)
    return dict(zip(pairs["job_id"], pairs["queue_id"], strict=True))
