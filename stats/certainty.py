"""How sure a question's days are: the totals that stand, and the days that are not wholly known.

A total of a settled day never falls below what history has of it, whoever answers the rest.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import TypeVar

import pandas as pd

from stats import (
    above,
    deletions,
    departed,
    forgotten,
    heard,
    knowledge,
    memory,
    remark,
    rollup,
    standing,
)
from stats.cuts import Asked
from stats.dayfile import Shelf
from stats.departed import Listed
from stats.history import History
from stats.knowledge import Gaps, Knowledge, Rule, Seen
from stats.late import Late
from stats.looking import Changed, looks
from stats.model import Dimension, FarmId, Window
from stats.remark import Remark
from stats.standing import Standing, Told, seen_of, used_on
from stats.ways import days_of, missing, touched
from stats.whose import OTHER, Whose
from stats.zone import Zone

T = TypeVar("T")
_Days = frozenset[Window]
_LONGEST_GAP = timedelta(days=31)


@dataclass(frozen=True)
class Certainty:
    """What is known, by history's totals and by when was asked; `settle` is a day's time to settle.

    `listed` are a farm's queues (or fleets) of now; `late` is what has been learnt of days. All may
    raise HistoryError.
    """

    history: History | None
    rule: Rule
    settle: timedelta
    listed: Listed | None = None
    late: Late = field(default_factory=Late)

    def standing(self, asked: Asked, whose: Whose, told: pd.DataFrame | None) -> Standing:
        """The total that the service told, or could not be asked for: never less than history's."""
        total = standing.nothing_told() if told is None else told
        found = self.looked(lambda: self._standing(asked, whose, total), Standing(total))
        if told is None:
            said = [remark.only_the_total(found.cost_usd, len(found.seen))] if found.count else []
            return replace(found, remarks=tuple(said), less={})
        return found

    def _standing(self, asked: Asked, whose: Whose, total: pd.DataFrame) -> Standing:
        within = [day for one in asked.windows for day in days_of(asked.zone, one)]
        held = self.history.covered(whose.shelf, tuple(within)) if self.history else None
        if not held or not self.history:
            return Standing(total)
        starts = {asked.zone.day(day.start): day.start for day in held}
        at = total["bucket"].dt.date.map(starts)
        now, others = total[at.notna()], total[at.isna()]
        now = rollup.composed(now.assign(period_start=pd.to_datetime(at, utc=True)), standing.KEYS)
        then = memory.totals(self.history, held, whose)
        seen = memory.seen(self.history, held, whose)
        gone = departed.departed(self.history, held, whose, departed.still(asked, whose))
        return standing.put_together(then, now, gone, others, seen)

    def gaps(
        self,
        asked: Asked,
        whose: Whose,
        told: Told,
        standing: Standing | None,
        at: datetime,
        lost: Collection[Window] = (),
    ) -> Gaps:
        """The stretches of a question's days that are not known as a whole.

        All days but those that history `told` and `lost` ones the service was asked for `at` that
        time, as far as there is a total.
        """
        used = used_on(standing.total, asked.zone) if standing else {}
        first = self.looked(lambda: self._first_used(whose, min(used.values(), default=None)), None)
        found = Gaps(doubtful=knowledge.on_end(told.days))  # unless history can be looked at
        anew, late = self._late(asked, told)
        late |= standing.nobodys if standing else frozenset()
        if self.history and told.days:
            ids = departed.still(asked, whose)
            found = self.looked(lambda: self._gaps(whose, told, first, ids, late), found)
        known: dict[Window, Knowledge] = {}
        rest = touched(asked.zone, missing(asked.window, told.days))
        is_gone = departed.is_gone(asked, whose)
        settled = [day for day in rest if is_gone or day.end + self.settle <= asked.at]
        lacking = self._lacking(asked, whose, settled) if settled and not is_gone else ()
        lacking += standing.lacking if standing else ()
        for day in settled:
            lacks = is_gone or bool(whose.gone) or bool(knowledge.clipped(lacking, day))
            just_now, before = Seen(at, False, lacks), None if day in anew else standing
            seen = seen_of(day, asked, before, just_now, used)
            asked_for = standing and day not in lost
            known[day] = self.rule.of(day, seen, first) if asked_for else Knowledge.NOT_KNOWN
        short = {*told.over, *self._short(asked, whose, told.days, settled, standing)}
        found = found.and_of(knowledge.gaps(knowledge.at_least(known, short | late)))
        found = knowledge.with_rows(found, told.over)
        found = knowledge.with_short(found, short.intersection(told.days), short)
        return found.within(asked.window)

    def _late(self, asked: Asked, told: Told) -> tuple[_Days, _Days]:
        """Days that are asked for anew, and those for which it is, or was, too late to be sure."""
        anew, late = self.unasked(asked, self.listed)
        late |= self.late.staying(asked, self.history).intersection(told.days)
        if self.history:
            of = self.history, self.rule, asked, told.days, told.read
            late |= self.looked(partial(forgotten.filtered, *of), late)
        return anew, late

    def unasked(self, asked: Asked, listed: Listed | None) -> tuple[_Days, _Days]:
        """Days of `departed.unasked` that the service is sure to know, and others of them."""
        history, days = self.history, frozenset[Window]()
        if history:
            days = self.looked(lambda: frozenset(departed.unasked(history, asked, listed)), days)
        known = frozenset(day for day in days if self.rule.is_in_time(day, asked.at))
        return known, days - known

    def _short(
        self,
        asked: Asked,
        whose: Whose,
        told: Sequence[Window],
        settled: Sequence[Window],
        standing: Standing | None,
    ) -> frozenset[Window]:
        """Days of whose farm history has more by another cut than their total.

        That says so, or is what the service told of `settled` days of which history has none.
        """
        history, none = self.history, frozenset[Window]()
        if not history:
            return none
        seen = standing.seen if standing else {}
        found = self.looked(lambda: memory.short(history, whose, (*told, *seen)), none)
        window = asked.window  # of a day of which a part is asked for, no more than that was told
        whole = [d for d in settled if window.start <= d.start and d.end <= window.end]
        days = [d for d in whole if d not in seen and asked.zone.is_day(d.start, d.end)]
        if not standing or not days or whose.within is not None:
            return found
        return found.union(above.of_told(history, whose.shelf, days, standing.total, asked.zone))

    def _lacking(self, asked: Asked, whose: Whose, settled: Sequence[Window]) -> tuple[Window, ...]:
        history, none = self.history, tuple[Window, ...]()
        if not history:
            return none
        return self.looked(lambda: departed.lacking(history, asked, whose, settled), none)

    def _gaps(
        self, whose: Whose, told: Told, first: datetime | None, ids: Collection[str], late: _Days
    ) -> Gaps:
        assert self.history
        held, less = self.history.covered(whose.shelf, tuple(told.days)), told.less
        found = memory.gaps(self.history, held, whose, self.rule, first)
        lacking = set(held) & late
        if told_less := held.among([day for day in held if day.start in less]) if less else None:
            lacking |= departed.departed(self.history, told_less, whose, ids).mixed
        of = self.history, held, whose, self.rule, first
        return found.and_of(memory.gaps_where(*of, lacking)) if lacking else found

    def since(self, whose: Whose, zone: Zone) -> datetime | None:
        """Where the first day of a zone begins that the total is there of, and something is known.

        Single days of long before, which somebody has looked at, are not where history begins.
        """
        first: datetime | None = None
        nothing: Mapping[Window, Knowledge] = {}
        known = self.looked(lambda: self._known(whose), nothing)
        days = (day for day, what in known.items() if what is not Knowledge.NOT_KNOWN)
        for day in sorted(days, key=lambda day: day.start, reverse=True):
            if zone.is_day(day.start, day.end):
                if first and first - day.end > _LONGEST_GAP:
                    break
                first = day.start
        return first

    def of_farm(self, farm_id: FarmId, resources: Iterable[Dimension]) -> dict[Window, Knowledge]:
        """What is known of each day of a farm that history has a total of: the least of them."""
        found: dict[Window, Knowledge] = {}
        nothing: Mapping[Window, Knowledge] = {}
        for resource in resources:
            whose = Whose(farm_id, resource)
            for day, known in self.looked(partial(self._known, whose), nothing).items():
                found[day] = max(found.get(day, known), known, key=list(Knowledge).index)
        return found

    def _known(self, whose: Whose) -> Mapping[Window, Knowledge]:
        if not self.history:
            return {}
        held = self.history.listed(whose.shelf)
        memory.seen(self.history, held, whose)  # which looks at all files, however many are bad
        first = self._first_used(whose, None)
        known = memory.known(self.history, held, whose, self.rule, first)
        lost = self.lost(whose.shelf, self.history.now())
        return {**known, **dict.fromkeys(lost, Knowledge.NOT_KNOWN)}

    def is_unused(self, whose: Whose, until: datetime) -> bool:
        """Whether history knows of no day with usage of the farm that begins before then."""
        first = self.looked(lambda: self._first_used(whose, None), None)
        return first is None or first >= until

    def heard_of(self, farm_id: FarmId, kind: Dimension) -> dict[str, str]:
        """Names by id (or ids) of all queues (or fleets) that history has usage of."""
        found: dict[str, str] = {}
        if not self.history:
            return found
        history = self.history
        return self.looked(lambda: heard.heard_of(history, farm_id, kind), found)

    def has_others(self, asked: Asked) -> bool:
        """Whether history may have usage in a question's window of others than it is about."""
        history, question = self.history, asked.question
        if not history:
            return False
        days = days_of(asked.zone, asked.window)
        of = (question.farm_id, question.scope.dimension, frozenset(question.scope.ids), days)
        return self.looked(lambda: memory.has_others(history, *of), True)

    def lost(
        self,
        shelf: Shelf,
        now: datetime,
        days: Collection[Window] = (),
        *,
        only_late: bool = False,
    ) -> frozenset[Window]:
        """Days whose files can't be used, and of which the service may tell less by now.

        They are not asked for again, and their files stay where they are. Files of some `days` are
        looked at before; of others it is told what has been seen. `only_late` ones it may have
        forgotten; of others something is listed no more.
        """
        late = [day for day in days if not self.rule.is_in_time(day, now)]
        if self.history and late:
            self.history.sound(shelf, late)
        bad = self.history.bad_days(shelf) if self.history else frozenset()
        forgotten = frozenset(day for day in bad if not self.rule.is_in_time(day, now))
        if only_late or not self.listed or not self.history:
            return forgotten
        return forgotten | departed.bereft(self.history, shelf, self.listed)

    def elsewhere(self, asked: Asked, late: Collection[datetime] = ()) -> tuple[Remark, ...]:
        """What is to be said of work that is reported by the other resource only.

        Not of days that begin `late`, of which more counts than history has.
        """
        question, history = asked.question, self.history
        days = tuple(day for day in days_of(asked.zone, asked.window) if day.start not in late)
        if not history:
            return ()
        found = self.looked(lambda: memory.elsewhere(history, question, days), None)
        if found is None:
            return ()
        counted, more = question.scope.dimension, OTHER[question.scope.dimension]
        return (deletions.elsewhere(found.cost_usd, found.days, counted, more),)

    def left_out(self, asked: Asked) -> tuple[Remark, ...]:
        """What is to be said of settled days that were asked for without what was used later."""
        history, none = self.history, tuple[Remark, ...]()
        if not history:
            return none
        of = history, asked, asked.at - self.settle, self.rule, self.listed
        return self.looked(partial(departed.left_out, *of), none)

    def looked(self, look: Callable[[], T], otherwise: T) -> T:
        """What history shows; it is looked at anew where a file proves bad meanwhile."""
        for _ in looks(self.history.number_bad if self.history else int):
            with suppress(Changed):
                return look()
        return otherwise

    def _first_used(self, whose: Whose, at_hand: datetime | None) -> datetime | None:
        """The farm's first day with usage, as far as it is known: it may be earlier."""
        known = memory.first_used(self.history, whose) if self.history else None
        return min(filter(None, (known, at_hand)), default=None)
