"""What was found for a question, put together: what history told, and what the service answered."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property

import pandas as pd

from stats import agreement, deletions, knowledge, remark, remarks, rollup, tally
from stats.cuts import Asked, Cuts
from stats.knowledge import Gaps
from stats.model import Basis, Jobs, Question, Usage, Window
from stats.past import Past
from stats.record import RunRecord
from stats.remark import Remark, RemarkKind
from stats.rollup import Answer, Part
from stats.standing import Standing
from stats.zone import HOUR

_DAY = timedelta(days=1)
_SAME_MOMENT = timedelta(minutes=1)
"""Within which usage that comes in late is not looked for."""


@dataclass(frozen=True)
class Fresh:
    """What the service was asked for: the cuts, and the answer that was made of them."""

    cuts: Cuts
    answer: Answer

    @property
    def unattributed(self) -> tuple[float, int]:
        """Cost in USD and records that the yardstick holds and the base cut's rows do not.

        The cost is less than nothing only where rows hold more than rounding may make.
        """
        cost, count = rollup.less(self.cuts.yardstick, self.answer)
        return 0.0 if cost < 0 and self.off_the_yardstick == 0 else cost, count

    @property
    def more_than_the_total(self) -> float:
        """USD of the rows above those of the total: by fleets, it may be, against by queues."""
        rows, total = self.answer.table["cost_usd_sum"], self.cuts.total["cost_usd_sum"]
        shown = agreement.more(float(rows.sum()), len(rows), float(total.sum()))
        return max(shown, -self.off_the_yardstick)

    @property
    def off_the_yardstick(self) -> float:
        """USD that the base cut lacks of its yardstick, or holds more (less than zero).

        What rounding may make is no difference.
        """
        costs, rows = self.answer.cost_usd, len(self.cuts.base)
        total = float(self.cuts.yardstick["cost_usd_sum"].sum())
        return agreement.more(total, rows, costs) - agreement.more(costs, rows, total)

    @property
    def took_other_hours(self) -> tuple[float, float] | None:
        """Hours of its base cut's rows and of their yardstick; None where they may be the same."""
        of = self.cuts.base, self.cuts.yardstick
        if not agreement.is_other_time(*of):
            return None
        rows, total = (float(one["runtime_seconds_sum"].sum()) / 3600 for one in of)
        return rows, total

    @property
    def is_out_of_step(self) -> bool:
        """Whether its cuts were taken so far apart that usage may have come in between."""
        return self.cuts.apart > _SAME_MOMENT


@dataclass(frozen=True)
class Findings:
    """Any may be missing. `standing` is the total of what history does not tell."""

    past: Past | None
    fresh: Fresh | None
    standing: Standing | None = None

    @property
    def is_lost(self) -> bool:
        """Whether files of all its days can't be used, and the service is not asked for them."""
        return self.past is None and self.fresh is None and self.standing is None

    @property
    def is_over(self) -> bool:
        """Whether the service can't be asked about the rest: all that it is about was deleted."""
        return self.fresh is None and self.standing is not None

    def untold(self, asked: Asked, gaps: Gaps) -> tuple[Remark, ...]:
        """What is to be said where that is so of all days, and history has none of them."""
        if self.is_over and gaps.unknown == (asked.window,):
            return (deletions.untold(asked.question.scope.dimension),)
        return ()

    def short(self, asked: Asked, gaps: Gaps) -> tuple[Remark, ...]:
        """What is to be said of days of which history has more by another cut than their total."""
        more = self.past.more_than_the_total if self.past else 0.0
        return (remarks.short(gaps.short, asked.zone, more),) if gaps.short else ()

    def unread(self, gaps: Gaps) -> tuple[Remark, ...]:
        """What is to be said where history, which may have more of such days, can't be read."""
        is_so = self.standing is not None and self.standing.is_unread
        return (remark.NOT_READ,) if is_so and (gaps.doubtful or gaps.unknown) else ()

    def table(self, question: Question) -> tuple[pd.DataFrame, Jobs | None]:
        """The rows of both, as those of one; and how many jobs, where the largest are asked for."""
        if not self._answers:
            return rollup.empty(question.by, named=False), self._no_jobs(question)
        if question.most_jobs is not None:
            return tally.largest(self._answers, question)
        answers = [answer for answer in self._answers if isinstance(answer, Answer)]
        return (answers[0].table if len(answers) == 1 else rollup.together(answers, question)), None

    @property
    def days(self) -> tuple[Window, ...]:
        """The days, in order, that history tells: of what can't be asked for, totals do."""
        days = self.past.days if self.past else ()
        more = self.standing.seen if self.standing and not self.fresh else ()
        return tuple(sorted((*days, *more), key=lambda day: day.start))

    @property
    def days_of_totals(self) -> tuple[Window, ...]:
        """The days whose total history has, and whose rows the service was asked for."""
        return self.standing.totals if self.standing and self.fresh else ()

    @property
    def late(self) -> frozenset[datetime]:
        """Where days begin of which the service tells more than history has."""
        return self.standing.late if self.standing else frozenset()

    @staticmethod
    def _no_jobs(question: Question) -> Jobs | None:
        return None if question.most_jobs is None else Jobs(0, {})

    @property
    def job_names(self) -> dict[str, frozenset[str]]:
        """All names of jobs that a text has found, by id, where jobs are all listed."""
        names: dict[str, frozenset[str]] = {}
        for answer in self._answers:
            for job, some in answer.names.items():
                names[job] = names.get(job, frozenset()) | some
        return names

    @cached_property
    def usage_by_type(self) -> dict[str, Usage]:
        """The window's usage by usage type."""
        totals = [self.past.total] if self.past else []
        totals += [self.standing.total] if self.standing else []
        if not totals:
            return {}
        rows = pd.concat([total[["usage_type", *rollup.COMPOSE]] for total in totals])
        return {str(kind): rollup.usage(some) for kind, some in rows.groupby("usage_type")}

    @property
    def unattributed(self) -> tuple[float, int]:
        """Cost in USD and records that the total holds and the rows do not."""
        found = [self.past.unattributed] if self.past else []
        found += [self.fresh.unattributed] if self.fresh else []
        found += [(self.standing.cost_usd, self.standing.count)] if self.standing else []
        return sum(cost for cost, _ in found), sum(count for _, count in found)

    def in_no_row(self, asked: Asked) -> tuple[Window, ...]:
        """The stretches of days of which history tells some usage in all only."""
        days = set(self.past.unplaced if self.past else ())
        if self.standing and not self.fresh:
            days |= {day for day, seen in self.standing.seen.items() if seen.has_usage}
        for start in self._less:
            days.add(Window(start, asked.zone.midnight(asked.zone.day(start) + _DAY)))
        stretches = knowledge.on_end(sorted(days, key=lambda day: day.start))
        return knowledge.clipped(stretches, asked.window)

    @property
    def more_than_the_total(self) -> float:
        """USD that the service's rows hold and their total does not, beyond rounding."""
        return self.fresh.more_than_the_total if self.fresh else 0.0

    def asked_at(self, now: datetime) -> datetime:
        """When the service took the first of what is fresh; now, where nothing is."""
        taken = (one.fetched_at for one in self.fresh.cuts.fetched) if self.fresh else ()
        return min(taken, default=now)

    @property
    def runs(self) -> tuple[RunRecord, ...]:
        """What became of the runs behind it."""
        fetched = self.fresh.cuts.fetched if self.fresh else ()
        return tuple(dict.fromkeys(record for one in fetched for record in one.records))

    def remarks(self, asked: Asked, basis: Basis, *, may_change: bool) -> list[Remark]:
        """What is to be said of it; usage may have come in between the cuts if it `may_change`."""
        said = [one for answer in self._answers for one in answer.remarks]
        said += [remark.LOST] if self.is_lost else []
        said += _on_the_total(self, may_change=may_change)
        said += _on_other_factors(self._scale_factors, asked, basis)
        said += self._told_less()
        said += self.standing.remarks if self.standing else ()
        if self.past and self.past.unnamed[1]:
            said.append(remark.passed_over(*self.past.unnamed))
        if self.past and self.past.kept:
            said.append(remark.kept(self.past.kept, asked.zone))
        if self.past and self.past.unplaced:
            said.append(remark.came_late(self.past.unplaced, asked.zone))
        if asked.zone.snapped_between(asked.window.start, asked.window.end):
            hours = asked.zone.offset_hours(asked.window.start)
            said.append(remark.snapped(asked.zone, hours))
        trouble = self.fresh.cuts.trouble.said if self.fresh else ""
        return [*said, *remark.said(RemarkKind.NAMES, trouble)]

    @property
    def _scale_factors(self) -> Mapping[float, datetime]:
        """Those that money of history's was reported with, each until when (UTC)."""
        found = dict(self.past.scale_factors) if self.past else {}
        for factor, until in self.standing.scale_factors.items() if self.standing else ():
            found[factor] = max(until, found.get(factor, until))
        return found

    @property
    def _less(self) -> dict[datetime, float]:
        """What was told less when the rows were asked for, whether that is now or long ago."""
        less = dict(self.past.told_less) if self.past else {}
        return less | dict(self.standing.less) if self.standing else less

    def _told_less(self) -> Iterator[Remark]:
        if less := self._less:
            yield remark.remembered(sum(less.values()), len(less))

    @property
    def _answers(self) -> list[Answer | Part]:
        return [
            *(self.past.answers if self.past else ()),
            *([self.fresh.answer] if self.fresh else ()),
        ]


def _on_the_total(found: Findings, *, may_change: bool) -> list[Remark]:
    """Where rows and total differ, and it is not usage that no row can hold."""
    fresh, (_, count) = found.fresh, found.unattributed
    if may_change and fresh and fresh.is_out_of_step:
        differs = fresh.off_the_yardstick, fresh.unattributed[1]
        if differs != (0.0, 0):
            return [remark.out_of_step(*differs, fresh.cuts.apart)]
    if found.more_than_the_total > 0:
        return [remark.more_than_the_total(found.more_than_the_total)]
    if count < 0:
        return [remark.more_than_the_total(0.0, -count)]
    hours = fresh.took_other_hours if fresh else None
    return [remark.other_hours(*hours)] if hours else []


def _on_other_factors(
    factors: Mapping[float, datetime], asked: Asked, basis: Basis
) -> Iterator[Remark]:
    """Days whose money holds another scale factor than the farm has now."""
    for factor, until in sorted(factors.items()):
        if basis.cost_scale_factor is not None and factor != basis.cost_scale_factor:
            last = asked.zone.day(until - HOUR)
            yield remark.other_factor(factor, last, basis.cost_scale_factor)
