"""The queues (or fleets) that a question is about: what the farm lists, what it had, and strangers.

What was deleted since is told by history, and never asked of the service; what nobody has ever
heard of is an error, and never nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import datetime, timedelta

import pandas as pd

from stats import above, deletions, departed, gone, heard, ways
from stats import plan as planning
from stats.certainty import Certainty
from stats.cuts import Asked
from stats.errors import FarmCostsError, HistoryError, NotFound, QuestionError
from stats.model import Dimension, FarmId, Question, Scope, Window
from stats.names import Names
from stats.remark import Remark
from stats.whose import OTHER, Whose, whose

_LATELY = timedelta(days=4)
"""Before a window: days go to history two or three days after their end."""


class Scopes:
    """Thread-safe. `watched` keeps in mind what goes wrong with history, by what was done."""

    def __init__(
        self,
        certainty: Certainty,
        names: Names,
        watched: Callable[[str], AbstractContextManager[None]],
    ) -> None:
        self._certainty = certainty
        self._names = names
        self._watched = watched

    def called(
        self, farm_id: FarmId, kind: Dimension, days: Sequence[Window] | None = None
    ) -> dict[str, str]:
        """What queues (or fleets) were called, on some days or on any; never raises."""
        history = self._certainty.history
        with self._watched("called" if days is not None else f"{kind} called"):
            if history and days is None:
                return self._certainty.heard_of(farm_id, kind) | history.resources(farm_id, kind)
            if history:
                called = heard.called_on(history, farm_id, kind, days or ())
                return called | history.resources(farm_id, kind, days or ())
        return {}

    def deleted(self, asked: Asked, days: Sequence[Window] | None = None) -> dict[str, str]:
        """Names of queues (or fleets) of some days, or of any, that the farm lists no more.

        Never raises: where there is no list of what there is, nothing is known to be gone.
        """
        farm_id, kind = asked.question.farm_id, asked.question.scope.dimension
        called = self.called(farm_id, kind, days)
        if not called:
            return {}
        with suppress(FarmCostsError):  # as said
            listed = self._listed(asked)
            return {key: name for key, name in called.items() if key not in listed}
        return {}

    def _listed(self, asked: Asked) -> set[str]:
        question = asked.question
        found = asked.names(self._names).resources(question.farm_id, question.scope.dimension)
        return {one.id for one in found}

    def leaves_any(self, question: Question) -> bool:
        """Whether it is about anything: of a farm that lists nothing, about what history knows."""
        if planning.narrowed(question):
            return True
        kind = question.scope.dimension
        return planning.is_whole(question) and bool(self.called(question.farm_id, kind))

    def must_be_known(self, asked: Asked) -> None:
        """Raises NotFound where something is asked about that neither farm nor history knows.

        And the errors of `stats.errors` where it can't be listed what the farm has.
        """
        question = asked.question
        if planning.is_whole(question):
            return
        kind = question.scope.dimension
        strangers = set(planning.narrowed(question)) - set(self.called(question.farm_id, kind))
        if strangers:
            strangers -= self._listed(asked)
        if strangers:
            by_other = self.named_by_other(question.farm_id, kind)
            raise unheard_of(kind, strangers, by_other, self._unheard(question.farm_id, kind))

    def not_found(self, asked: Asked, error: NotFound) -> NotFound:
        """What is wrong where the service does not know what is asked about.

        History may know it, and can't be read, where it is not listed.
        """
        question, kind = asked.question, asked.question.scope.dimension
        unheard = self._unheard(question.farm_id, kind)
        with suppress(FarmCostsError):  # without a list, it stays what the service said
            strangers = set(planning.narrowed(question)) - self._listed(asked) if unheard else set()
            return unheard_of(kind, strangers, (), unheard) if strangers else error
        return error

    def _unheard(self, farm_id: FarmId, kind: Dimension) -> str:
        """Why history can't be heard of queues (or fleets) in any of its cuts; empty: it can."""
        history, total = self._certainty.history, Whose(farm_id, kind).shelf
        try:
            self.heard_of(farm_id, kind)
            if history:
                for shelf in above.cuts_of(history, total, hourly=True):
                    history.listed(shelf)
        except HistoryError as error:
            return str(error)
        return ""

    def named_by_other(self, farm_id: FarmId, kind: Dimension) -> frozenset[str]:
        """The fleets that history knows from usage counted by queues, or the other way.

        Never raises.
        """
        with self._watched("called"):
            if self._certainty.history:
                return heard.named_by_other(self._certainty.history, farm_id, kind)
        return frozenset()

    def heard_of(self, farm_id: FarmId, kind: Dimension) -> frozenset[str]:
        """All queues (or fleets) that history has heard of, in usage counted by either.

        Raises HistoryError where it can't be read.
        """
        history = self._certainty.history
        if not history:
            return frozenset()

        def look() -> frozenset[str]:
            return frozenset(heard.heard_of(history, farm_id, kind))

        found = self._certainty.looked(look, None)
        if found is None:
            raise HistoryError(f"History in {history.where} was changed each time it was read")
        by_other = heard.named_by_other(history, farm_id, kind)
        return found.union(history.resources(farm_id, kind), by_other)

    def as_whole(self, asked: Asked) -> Asked:
        """The same about the whole farm, where that is the same: all that there is is named.

        It is another question where history has usage of what was deleted since: whoever names all
        that there is has not asked about that.
        """
        question, kind = asked.question, asked.question.scope.dimension
        named = question.scope.ids
        is_narrow = question.values(kind) is not None
        if question.scope.whole or is_narrow or not self._certainty.history:
            return asked
        others = True
        with suppress(FarmCostsError):
            if set(named) == self._listed(asked):
                with self._watched("called"):
                    others = self._certainty.has_others(asked)
        if others:
            return asked
        scope = Scope(kind, named, whole=True)
        return replace(asked, question=replace(question, scope=scope))

    def askable(self, asked: Asked) -> Asked | None:
        """What the service can be asked: without what is deleted; None where nothing is left."""
        question = asked.question
        if planning.is_whole(question):
            return asked if question.scope.ids else None
        deleted, chosen = self.deleted(asked), planning.narrowed(question)
        ids = tuple(i for i in chosen if i not in deleted)
        if ids == chosen:
            return asked
        if not ids:
            return None
        kind = question.scope.dimension
        where = tuple(one for one in question.where if one.dimension is not kind)
        return replace(asked, question=replace(question, scope=Scope(kind, ids), where=where))

    def of_deleted(
        self,
        asked: Asked,
        told: Sequence[Window],
        rows: pd.DataFrame | None = None,
        totals: Sequence[Window] = (),
        late: Collection[datetime] = (),
    ) -> tuple[Remark, ...]:
        """What is to be said of queues (or fleets) that were deleted since, beside its rows.

        Of days that are `told`, history tells them; the `totals` of others stand, which hold them.
        Of those that begin `late` the service tells more.
        """
        question, window = asked.question, asked.window
        whole, history = planning.is_whole(question), self._certainty.history
        near = self._touching(asked, Window(window.start - _LATELY, window.end)) if whole else ()
        days = tuple(day for day in near if day.end > window.start)
        found = self.deleted(asked, days if whole else None)
        said: tuple[Remark, ...] = ()
        used: frozenset[str] | None = None
        with self._watched("elsewhere"):
            said = self._certainty.left_out(asked)
            if whole and history:
                said = (*self._certainty.elsewhere(asked, late), *said)
                used = gone.used(history, question, window, rows, told, days) if found else None
        if before := [day for day in near if day.end <= window.start]:
            said = (*said, *self._of_lately_deleted(asked, before, found))
        chosen = planning.narrowed(question) if not whole else found if used is None else used
        names = [name for key, name in found.items() if key in chosen]
        counted = sorted({*told, *totals}, key=lambda day: day.start)
        every_day = not ways.missing(window, counted)
        if not names or (every_day and not whole):
            return said
        about = question.scope.dimension, names
        return (*said, deletions.counted(*about, every_day=every_day, sure=used is not None))

    def _of_lately_deleted(
        self, asked: Asked, before: Sequence[Window], found: Collection[str]
    ) -> Iterator[Remark]:
        """Those that were there on days just before, and on none of the window that is known of."""
        every = self.deleted(asked, before)
        if names := [name for key, name in every.items() if key not in found]:
            yield deletions.lately(asked.question.scope.dimension, names)

    def _touching(self, asked: Asked, window: Window) -> tuple[Window, ...]:
        """Days of the farm's total, of whichever zone, that touch a window; never raises."""
        history = self._certainty.history
        with self._watched("called"):
            if history:
                total = history.listed(whose(asked).farms.shelf)
                return departed.touching(total, (window,)).days
        return ()

    def unasked(self, asked: Asked) -> frozenset[Window]:
        """Days that history has without some of what is asked about (`departed.unasked`, `late`).

        The service is to be asked for them. Never raises.
        """
        late = self._certainty.late.days(asked, self.askable, self._certainty.history)
        with self._watched("unasked"):
            return self._certainty.unasked(asked, asked.names(self._names).resources)[0] | late
        return late

    def is_all(self, question: Question) -> bool:
        """Whether it is about all that the farm lists, whatever it says; raises as listings do."""
        listed = self._names.resources(question.farm_id, question.scope.dimension)
        return {one.id for one in listed} <= set(question.scope.ids)

    def whose(self, asked: Asked) -> Whose:
        """Whose total a question is about, and what of it is gone."""
        of = whose(asked)
        if of.within is None or not self._certainty.history:
            return of
        return replace(of, gone=of.within.intersection(self.deleted(asked)))


def none_listed(kind: Dimension, trouble: str) -> QuestionError:
    """What is wrong where all queues (or fleets) are asked about of a farm that has none.

    `trouble` is what keeps history from being read.
    """
    what = f"This farm lists no {kind.value}s, and none is known that was deleted since."
    other = OTHER[kind].value
    todo = f"Create a {kind.value}, count by {other}s, or choose another farm."
    return QuestionError(what, f"{trouble} {todo}".lstrip())


def unheard_of(
    kind: Dimension, ids: set[str], by_other: Collection[str], unread: str = ""
) -> NotFound:
    """What is wrong where something is asked about that there never was, as far as is known.

    Or of which only usage that is counted `by_other` resources is known. `unread` is why history
    can't be heard.
    """
    there = sorted(ids.intersection(by_other))
    other = OTHER[kind].value
    if there:
        return NotFound(
            f"This farm lists no {kind.value} {', '.join(there)}, and history, counted by "
            f"{kind.value}s, has none of it. Its usage is in what is counted by {other}s.",
            f"Count by {other}s, and filter: --where {kind.value}={there[0]}",
        )
    several = "" if len(ids) == 1 else "s"
    if unread:
        return NotFound(
            f"This farm lists no {kind.value}{several} {', '.join(sorted(ids))}, and history, "
            f"which may know of {'it' if not several else 'them'}, can't be read. {unread}",
            f"Try again when it can, or look at the id{several}.",
        )
    return NotFound(
        f"This farm lists no {kind.value}{several} {', '.join(sorted(ids))}, and history knows of "
        "none.",
        f"Look at the id{several}, or leave {'it' if not several else 'them'} out.",
    )
