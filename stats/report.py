"""The front door: ask a question, get a report.

    report = reporter.ask(question, print)

One reporter serves a whole process. It owns the farms' lines and the caches; asking is safe from
any number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime

from stats import assumed, finer, nothing, remark, rollup
from stats import plan as planning
from stats.certainty import Certainty
from stats.clock import Clock
from stats.collect import Collector
from stats.cuts import Asked, Tickets, tickets
from stats.errors import Unanswerable
from stats.finder import Finder, Found
from stats.history import History
from stats.keeper import Keeper
from stats.knowledge import clipped, on_end
from stats.line import Line
from stats.model import Basis, Dimension, FarmId, Market, Question, Report, Window
from stats.names import Names
from stats.naming import named
from stats.plan import Plan
from stats.progress import Tell, nobody
from stats.record import RunRecord
from stats.scopes import none_listed
from stats.shares import ANYBODY, Asker
from stats.zone import Zone


class Reporter:
    """Answers questions about farms. `source` says whose numbers they are: aws, demo, a URL."""

    def __init__(
        self,
        line: Line,
        names: Names,
        clock: Clock,
        source: str,
        certainty: Certainty,
        *,
        longest_seconds: float,
    ) -> None:
        self.names = names
        self.source = source
        self.certainty = certainty
        self._past = Keeper(certainty, names, source)
        self._finder = Finder(line, names, self._past, self.preliminary_from)
        self._line = line
        self._clock = clock
        self._settle = certainty.settle
        self._longest = longest_seconds

    def now(self) -> datetime:
        """The moment that windows are counted from: aware, UTC."""
        return self._clock.now().astimezone(UTC)

    def as_of(self) -> datetime:
        """The last full hour (UTC): no report holds anything later."""
        return self.now().replace(minute=0, second=0, microsecond=0)

    def ask(
        self,
        question: Question,
        progress: Tell | None = None,
        *,
        not_before: datetime | None = None,
        asker: Asker = ANYBODY,
    ) -> Report:
        """The exact answer, or an error of `stats.errors` that says what to do, in bounded time.

        `progress` is called about ten times a second, in the caller's own thread. What was
        answered before `not_before` is asked for again.
        """
        asked = self._asked(question, progress, not_before)
        if asked is None:
            return self._nothing(question, progress or nobody)
        asked = replace(asked, asker=asker)
        report, out_of_step = self._answered(asked)
        if out_of_step:
            report, _ = self._answered(replace(asked, not_before=out_of_step))
        return replace(report, question=question)

    def with_assumed(self, report: Report, progress: Tell | None = None) -> Report:
        """The report with what of it is at an assumed price, asked for where need be."""
        tell = progress or nobody
        names = self.names.telling(tell)
        return assumed.told(report, names, self.markets, lambda one: self.ask(one, tell))

    @contextmanager
    def prepared(
        self,
        questions: Iterable[Question],
        *,
        not_before: datetime | None = None,
        asker: Asker = ANYBODY,
    ) -> Iterator[None]:
        """Puts the runs of some questions in line, so that the farm is not idle between them.

        They are asked within. Runs that nobody waits for after it are not started. After the
        first question's come those by job, whose pages take long and are read while others run.
        """
        found: list[tuple[Plan, Asked]] = []
        for question in questions:
            asked = self._asked(question, None, not_before)
            with suppress(Unanswerable):  # said to whoever asks
                windows = self._past.missing(asked) if asked else ()
                asked = self._past.scopes.askable(asked) if asked and windows else None
                if asked:
                    plan = planning.plans(asked.question)[0]
                    found.append((plan, replace(asked, windows=windows, asker=asker)))
        shared = finer.sharing([plan for plan, _ in found])
        found = [(plan, asked) for plan, (_, asked) in zip(shared, found, strict=True)]
        rest = sorted(found[1:], key=lambda one: Dimension.JOB not in one[0].base.by)
        taken: list[Tickets] = []
        try:
            taken += [tickets(self._line, plan, asked) for plan, asked in (*found[:1], *rest)]
            yield
        finally:
            for some in taken:
                some.leave(self._line)

    def is_at_hand(self, question: Question) -> bool:
        """Whether history tells all of it, most likely, so that asking it keeps nobody waiting."""
        asked = self._asked(question, None, None)
        return asked is None or not self._past.missing(asked)

    def is_outdated(self, report: Report) -> bool:
        """Whether the service told more, since, of days that history has told the report.

        Not where it says so, of days that only history tells.
        """
        late, history = self.certainty.late, self.certainty.history
        if not report.of_history or not late.is_any():  # so it is most often
            return False
        asked = self._asked(report.question, None, None)
        if asked is None:
            return False
        anew = late.days(asked, self._past.scopes.askable, history)
        staying = late.staying(asked, history)
        known = [day for day in staying if not clipped(report.doubtful, day)]
        return any(clipped(report.of_history, day) for day in (*anew, *known))

    def _asked(
        self, question: Question, progress: Tell | None, not_before: datetime | None
    ) -> Asked | None:
        """None where there can't be any usage: nothing in scope, or a window still to come."""
        end = min(question.window.end, self.as_of())
        if end <= question.window.start or not self._past.scopes.leaves_any(question):
            return None
        window = Window(question.window.start, end)
        until = self._clock.monotonic() + self._longest
        asked = Asked(
            question,
            window,
            (window,),
            Zone(question.timezone),
            self.now(),
            not_before,
            tell=progress or nobody,
            time_left=lambda: until - self._clock.monotonic(),
        )
        return self._past.scopes.as_whole(asked)

    def _answered(self, asked: Asked) -> tuple[Report, datetime | None]:
        """The report, and since when to ask anew if only its cuts' ages may set it off the total.

        None where that can't be so. Cuts that are kept may all be from before the question, and a
        busy farm may bring a question's own cuts minutes apart.
        """
        found = self._finder.found(asked)
        report, fresh = self._report(found), found.findings.fresh
        if fresh is None:
            return report, None
        differs = fresh.unattributed != (0.0, 0) or fresh.answer.remarks
        out_of_step = differs and self._may_change(asked) and fresh.is_out_of_step
        return report, max(fresh.cuts.latest, asked.at) if out_of_step else None

    def records(self, farm_id: FarmId) -> tuple[RunRecord, ...]:
        """What became of the last Starts on a farm, whoever asked, and then what is under way."""
        return self._line.told(farm_id)

    def since(self, farm_id: FarmId, resource: Dimension, zone: Zone) -> datetime | None:
        """Where the first day of a zone begins that history has a farm's total of, if it has any.

        By its queues, or by its fleets. None too where history can't be read.
        """
        return self._past.since(farm_id, resource, zone)

    @property
    def unread_since(self) -> str:
        """Why history could not tell `since` when it was last asked; empty: it could."""
        return self._past.unread("since")

    @property
    def history(self) -> History:
        """The folder of history; raises HistoryError where none is kept."""
        return self._past.folder

    def remembered(self, farm_id: FarmId, kind: Dimension) -> dict[str, str]:
        """What the farm's queues (or fleets) were called, by id, as far as history knows."""
        return self._past.scopes.called(farm_id, kind)

    def unheard(self, kind: Dimension) -> str:
        """Why `remembered` or `named_by_other` lacks what history may know; empty: neither does."""
        return self._past.unread(f"{kind} called") or self._past.unread("called")

    def named_by_other(self, farm_id: FarmId, kind: Dimension) -> frozenset[str]:
        """The fleets that history knows from usage counted by queues, or the other way."""
        return self._past.scopes.named_by_other(farm_id, kind)

    def markets(self, farm_id: FarmId) -> dict[str, Market]:
        """How workers of all fleets were bought that history has heard of, by the fleet's id.

        Raises HistoryError where it can't be read.
        """
        return dict.fromkeys(self._past.scopes.heard_of(farm_id, Dimension.FLEET), Market.UNKNOWN)

    def collector(self, zone: Zone) -> Collector:
        """Who collects these farms' days, in that zone; raises HistoryError without a history."""
        return Collector(self._line, self.names, self._past, zone, self.now())

    def close(self, idle_seconds: float = 3e9, tell: Callable[[str], object] = bool) -> None:
        """Starts nothing any more; returns once history has what it was to keep (`Keeper`)."""
        self._line.close()
        self._past.close(idle_seconds, tell)

    def _report(self, all_found: Found) -> Report:
        asked, found, table = all_found.asked, all_found.findings, all_found.table
        question = asked.question
        cost, count = found.unattributed
        rows, nameless = named(table, asked, found.past, self.names, self._past)
        basis = self._basis(question.farm_id, asked.names(self.names))
        said = found.remarks(asked, basis, may_change=self._may_change(asked))
        deleted = asked, found.days, rows, found.days_of_totals, found.late
        said += self._past.scopes.of_deleted(*deleted)
        gaps = self._past.gaps(asked, found.past, found.standing, found.asked_at(asked.at))
        said += found.untold(asked, gaps) or self._past.of_unused(asked, found, gaps)
        said += [*found.unread(gaps), *found.short(asked, gaps)]
        said += [*nameless, *self._past.of_troubles()]
        return Report(
            question=question,
            table=rows,
            total_cost_usd=rollup.spread(table, "cost_usd"),
            total_count=int(table["count"].sum()),
            total_by_usage_type=found.usage_by_type,
            unattributed_cost_usd=cost,
            unattributed_count=count,
            as_of=asked.window.end,
            preliminary_from=None if found.is_over else self._changes_from(asked),
            basis=basis,
            runs=found.runs,
            remarks=tuple(dict.fromkeys(said)),
            jobs=all_found.jobs,
            job_names=found.job_names,
            doubtful=gaps.doubtful,
            unknown=gaps.unknown,
            in_no_row=found.in_no_row(asked),
            of_history=on_end(found.past.days if found.past else ()),
        )

    def _may_change(self, asked: Asked) -> bool:
        """Whether usage may come in late."""
        return self._changes_from(asked) is not None

    def _changes_from(self, asked: Asked) -> datetime | None:
        return self.preliminary_from(asked.window, asked.zone)

    def preliminary_from(self, window: Window, zone: Zone) -> datetime | None:
        """The first instant of a window that may still change; None where all is settled."""
        first = zone.midnight(zone.day(self._clock.now() - self._settle))
        return max(first, window.start) if first < window.end else None

    def _basis(self, farm_id: FarmId, names: Names) -> Basis:
        return Basis(names.cost_scale_factor(farm_id), self.source)

    def _nothing(self, question: Question, tell: Tell) -> Report:
        """The report of a scope or window that can't hold any usage; the service isn't asked.

        Raises QuestionError of a farm that has nothing to ask about.
        """
        end = min(question.window.end, self.as_of())
        begun = end > question.window.start
        if begun and planning.is_whole(question):
            raise none_listed(question.scope.dimension, self._past.trouble)
        why, start = (remark.NO_SCOPE, None) if begun else (remark.NOT_YET, question.window.start)
        basis = self._basis(question.farm_id, self.names.telling(tell))
        return nothing.report(question, end, start, basis, (why,))
