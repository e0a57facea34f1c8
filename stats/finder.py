"""Finds what a question asks for: history's part of it first, and of the service the rest.

Where jobs are sought by name, each is found by any name that it bears in either part, and counted
in both.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

import pandas as pd

from stats import agreement, nobodys, relation, remark, rollup, search, shorter
from stats import plan as planning
from stats.cuts import Asked, Cuts, answered, gathered, put_in_line
from stats.errors import Closed, FarmCostsError, HistoryError, NotFound, Unanswerable
from stats.findings import Findings, Fresh
from stats.join import Ambiguous
from stats.keeper import Keeper
from stats.knowledge import on_end
from stats.line import Line
from stats.looking import MOST_LOOKS
from stats.model import Jobs, Window
from stats.names import Names
from stats.parts import Days, Look
from stats.past import Past
from stats.plan import Plan
from stats.rollup import Known
from stats.standing import Standing
from stats.zone import Zone


@dataclass(frozen=True)
class Found:
    """What was found, as it was asked for in the end: the table of it, and how many jobs."""

    asked: Asked
    findings: Findings
    table: pd.DataFrame
    jobs: Jobs | None


class _LookAnew(Exception):
    """History is not any more what it was a moment ago."""


class Finder:
    """Thread-safe. `changes` tells from when on a window may still change, or None."""

    def __init__(
        self,
        line: Line,
        names: Names,
        keeper: Keeper,
        changes: Callable[[Window, Zone], datetime | None],
    ) -> None:
        self._line = line
        self._names = names
        self._keeper = keeper
        self._changes = changes

    def found(self, asked: Asked) -> Found:
        """What there is; settled days of what the service answers go to history.

        Raises what asking raises, and NotFound. History is looked at anew where it changes
        meanwhile, and passed over in the end.
        """
        for _ in range(MOST_LOOKS):
            with suppress(_LookAnew):
                return self._looked(asked, with_history=True)
        return self._looked(asked, with_history=False)

    def _looked(self, asked: Asked, *, with_history: bool) -> Found:
        """Raises _LookAnew."""
        with ExitStack() as ending:
            past = self._told(asked, ending) if with_history else None
            told = past.days if past else ()
            asked = replace(asked, windows=self._keeper.windows(asked, told))
            rest = self._keeper.scopes.askable(asked) if asked.windows else None
            if not asked.windows:
                self._keeper.scopes.must_be_known(asked)  # else the service says so
            fresh, late, plan = self._fresh(rest, past) if rest else (None, frozenset[str](), None)
            if past and late:
                past = self._told(asked, ending, late)
                if past is None or past.days != told:
                    raise _LookAnew
            if with_history and rest and fresh and shorter.taken_in(self._keeper, rest, fresh.cuts):
                raise _LookAnew
            standing = None
            if asked.windows:
                standing = self._keeper.standing(asked, fresh.cuts if fresh else None)
                if rest:
                    self._keeper.certainty.late.learn(rest, standing)
                    standing = self._with_parts(rest, standing)
                if with_history and rest and fresh and plan:
                    standing = self._without_nobodys(rest, plan, fresh.cuts, standing)
                if with_history and self._keeper.windows(asked, told) != asked.windows:
                    raise _LookAnew  # the total of a day proved bad
            findings = Findings(past, fresh, standing)
            table = self._keeper.table(findings, asked.question)
        if table is None:
            raise _LookAnew
        if rest and fresh and plan and standing:
            self._keeper.keep(rest, plan, fresh.cuts, standing.lacking)
        return Found(asked, findings, *table)

    def _told(
        self, asked: Asked, ending: ExitStack, late: frozenset[str] = frozenset()
    ) -> Past | None:
        """What history tells, until the `ending`; with jobs that only the service's names find."""
        past = self._keeper.told(asked, late)
        if past:
            ending.callback(past.close)
        return past

    def _fresh(self, asked: Asked, past: Past | None) -> tuple[Fresh, frozenset[str], Plan]:
        """What the service answers, past jobs that only its names find, and how it was asked."""
        try:
            return self._answered(asked, past)
        except NotFound as error:
            raise self._keeper.scopes.not_found(asked, error) from error

    def _answered(self, asked: Asked, past: Past | None) -> tuple[Fresh, frozenset[str], Plan]:
        """The same; raises NotFound as the service says it."""
        for plan in planning.plans(asked.question):
            try:
                cuts = self._agreeing(plan, asked)
                theirs, late = self._sought(asked, cuts, past)
                with relation.in_memory():
                    answer = rollup.answer(plan, cuts.base, cuts.witnesses, Known(found=theirs))
            except Ambiguous:
                continue
            except NotFound:
                if plan.asks == asked.question:
                    raise
                continue  # a fleet or queue that is filtered by may be deleted since
            return Fresh(cuts, answer), late, plan
        raise Unanswerable(
            "AWS breaks usage down by two things at once. What it reports for this window does not "
            f"show how {planning.listed(planning.needed(asked.question))} go together.",
            "Leave one of them out of the breakdown or the filters.",
        )

    def _sought(
        self, asked: Asked, cuts: Cuts, past: Past | None
    ) -> tuple[frozenset[str], frozenset[str]]:
        """The service's jobs that names of the past find, and the past's that only its names do.

        Raises _LookAnew.
        """
        text = asked.question.job_name_contains
        if not text or past is None:
            return frozenset(), frozenset()
        with relation.in_memory():
            ours, there = search.found_in(cuts.base, text)
        found = self._keeper.sought(past, text, there)
        if found is None:
            raise _LookAnew
        theirs, both = found
        return theirs, (ours & both) - theirs

    def _with_parts(self, asked: Asked, standing: Standing) -> Standing:
        """A total with those days, too, of which a part is asked for, and all is still told.

        Those of which less is told are lacking something, and so may those be of which that could
        not be looked at: the answer is there, and is at least so much.
        """
        looks = self._keeper.parts(asked)
        if looks is None:
            return standing.unread(asked.window)
        for look, days in looks.items():
            said, still = standing.remarks, days
            try:
                still = self._still_told(asked, look, days)
            except Closed:
                raise
            except FarmCostsError as error:
                still = {}
                said = (*said, remark.unchecked(tuple(days), asked.zone, error.what))
            lacking = (*standing.lacking, *(day for day in days if day not in still))
            seen = {**standing.seen, **(still if look == Look(asked.zone) else {})}
            standing = replace(standing, seen=seen, lacking=lacking, remarks=said)
        return standing

    def _without_nobodys(
        self, asked: Asked, plan: Plan, cuts: Cuts, standing: Standing
    ) -> Standing:
        """A total with the days of which it is told no more whose some usage was."""
        certainty, none = self._keeper.certainty, frozenset[Window]()
        if (history := certainty.history) is None:
            return standing
        lost = none
        with suppress(HistoryError):  # which is said of the total
            lost = certainty.looked(lambda: nobodys.of_answer(history, asked, plan, cuts), none)
        said = (remark.nobodys(lost, asked.zone),) if lost else ()
        return replace(standing, nobodys=lost, remarks=(*standing.remarks, *said))

    def _still_told(self, asked: Asked, look: Look, days: Days) -> Days:
        """Those of which the service tells as much as history has; raises what asking raises."""
        question = replace(asked.question, timezone=look.zone.name)
        whole = replace(asked, question=question, zone=look.zone, windows=on_end(days))
        tickets = put_in_line(self._line, look.cut, question, whole)
        try:
            told, _ = answered(tickets, whole)
        finally:
            self._line.leave_all(tickets)
        return self._keeper.still_told(whole, look, days, told)

    def _agreeing(self, plan: Plan, asked: Asked) -> Cuts:
        """A plan's cuts; raises Contradictory where those of settled days can't be so together."""
        return agreement.agreeing(
            partial(gathered, self._line, self._names, plan),
            asked,
            hourly=plan.base.hourly,
            changes=self._changes(asked.window, asked.zone),
        )
