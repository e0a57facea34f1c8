"""A settled day put together anew: what came later is taken in, and nothing that was kept is lost.

Each cut of the day is put together by whose rows count (`verdict`): by queue (or fleet) where it
has that; by a job's queue where it has jobs; else from another cut, if the same reckoning gives
what was kept from what was kept, and what is told now from what is told now. A cut for which
nothing of that holds stays as it was; what came later is then in the total and in no row of it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import pandas as pd

from stats import apart, derivation, nobodys, unheld
from stats.apart import Left
from stats.dayfile import Shelf, keys_of
from stats.derivation import Cuts, rows_by
from stats.margin import NOTHING, Key, holds, summed
from stats.model import Dimension
from stats.unheld import Beside, Parts
from stats.verdict import Judgement, Side, is_less

_JOB, _QUEUE, _TYPE = Dimension.JOB, Dimension.QUEUE, Dimension.USAGE_TYPE


@dataclass(frozen=True)
class Amended:
    """A cut's rows of a day; `complete` unless something of the day has no place in them.

    Of `open` keys it is known that they may hold less than there is. A total is `set_off` where
    what is told more may be what it held of others.
    """

    rows: pd.DataFrame
    complete: bool = True
    open: frozenset[Key] = frozenset()
    set_off: bool = False


@dataclass(frozen=True)
class Meeting:
    """What was kept of a day by its cuts, and what the service tells of the same now.

    Rows are as in files. Both have the cut by queue (or fleet) and usage type, and the total. Of
    `unplaced` cuts it is known that they lack something that came later. What the total held and no
    id did is of what is `beside`.
    """

    resource: Dimension
    stored: Cuts
    fresh: Cuts
    judgement: Judgement
    unplaced: Collection[Shelf] = ()
    beside: Beside = field(default_factory=Beside)

    @property
    def judged_by(self) -> Shelf:
        """The cut by queue (or fleet) and usage type."""
        return next(s for s in self.stored if is_by(s, self.resource, _TYPE))

    @property
    def total(self) -> Shelf:
        """The cut by usage type."""
        return next(s for s in self.stored if is_by(s, _TYPE))

    @cached_property
    def remainder(self) -> Parts:
        """What the total held and no id did: as if some were deleted before that was told apart."""
        return unheld.by_any(self.stored[self.total], self.stored[self.judged_by], self.beside.said)

    @cached_property
    def forgetful(self) -> frozenset[str]:
        """Ids of which the service tells less in some cut by id, and less is not accepted."""
        column = self.resource.column
        found = set[str]()
        for shelf, rows in self.stored.items():
            if self.resource in shelf.by:
                now = rows_by(self.fresh[shelf], [column])
                for key, was in rows_by(rows, [column]).items():
                    if _places_less(shelf, was, now.get(key, was.iloc[:0])):
                        found.update(key)
        return frozenset(found - self.judgement.accepted)

    @cached_property
    def is_told_whole(self) -> bool:
        """Whether all of the day is of ids that the service tells now."""
        if self.judgement.kept or self.remainder.is_any:
            return False
        if self.judgement.gone and self.forgetful:
            return False
        known, column = {one for one, _ in self.judgement.cells}, self.resource.column
        cuts = [rows for shelf, rows in self.stored.items() if self.resource in shelf.by]
        return all(known.issuperset(rows[column]) for rows in cuts)


def is_by(shelf: Shelf, *dimensions: Dimension) -> bool:
    """Whether it is the daily cut by just these."""
    return set(shelf.by) == set(dimensions) and not shelf.hourly


def amended(day: Meeting) -> dict[Shelf, Amended]:
    """Every cut of the day, in the order in which they are to be written.

    Whoever is broken off finds the rest to be done: whose queue a job was comes first, what others
    follow from is written after them, and the total last.
    """
    by_id = _whole(day, day.judged_by) or _by_resource(day, day.judged_by)
    of = day.resource, day.stored[day.judged_by], by_id.rows
    rest = unheld.left(day.remainder, day.beside, *of)
    total = unheld.with_rest(by_id.rows, rest.rows, day.total, day.stored[day.total])
    found = {day.judged_by: by_id, day.total: Amended(total, set_off=rest.is_set_off)}
    for shelf in sorted(day.stored, key=lambda one: -_rank(day.resource, one)):
        if shelf not in found:
            found[shelf] = _whole(day, shelf) or _in_parts(day, shelf, found)
    called = derivation.names(day.stored, day.fresh)
    order = sorted(found, key=lambda one: (_rank(day.resource, one), one.hourly, one.by))
    return {
        shelf: replace(
            found[shelf], rows=derivation.filled(found[shelf].rows, called), open=frozenset()
        )
        for shelf in order
    }


def replaced(day: Meeting, listed: Collection[str]) -> dict[Shelf, Amended] | None:
    """The day as the service tells it now, where it can't be put together by id and usage type.

    None where anything of the day would be lost that is not accepted: less of a usage type or in
    any cut, or of an id that is not listed, which the total may be of.
    """
    found = {shelf: Amended(day.fresh[shelf]) for shelf in day.stored}
    if day.judgement.kept or not day.beside.gone <= day.judgement.accepted:
        return None
    for shelf, rows in day.stored.items() if not day.judgement.gone else ():
        known = set(rows[day.resource.column]) if day.resource in shelf.by else set()
        if not known <= set(listed) or _loses(day, shelf, rows, day.fresh[shelf]):
            return None
    by_id = next(s for s in day.fresh if is_by(s, day.resource, _TYPE))
    found[by_id] = Amended(day.fresh[by_id])
    order = sorted(found, key=lambda one: (_rank(day.resource, one), one.hourly, one.by))
    return {shelf: found[shelf] for shelf in order}


def _rank(resource: Dimension, shelf: Shelf) -> int:
    if is_by(shelf, _TYPE):
        return 5
    if is_by(shelf, resource, _TYPE):
        return 4
    if is_by(shelf, _JOB, _QUEUE) and resource is _QUEUE:
        return 0
    return 3 if resource in shelf.by else 2 if _JOB in shelf.by else 1


def _in_parts(day: Meeting, shelf: Shelf, found: Mapping[Shelf, Amended]) -> Amended:
    if day.resource in shelf.by:
        return _by_resource(day, shelf)
    by_job = _by_queue_of_job(day, shelf) if _JOB in shelf.by else None
    if by_job is not None:
        return by_job
    bases = {s: o.rows for s, o in found.items() if o.complete and s != day.total}
    rows = derivation.derived(shelf, day.stored, day.fresh, bases)
    if rows is not None:
        return Amended(rows)
    if not day.judgement.gone:
        return Amended(day.stored[shelf], complete=False)
    return _left(day, shelf, found)


def _left(day: Meeting, shelf: Shelf, found: Mapping[Shelf, Amended]) -> Amended:
    """What is left where less was accepted, as far as it can be told apart; else what is told now,

    or nothing, where that is more than the total.
    """
    whole = {one: some.rows for one, some in found.items() if some.complete}
    of = (day.resource, day.stored, day.fresh, whole, day.judgement, day.forgetful)
    finer = {s: Left(o.rows, o.open) for s, o in found.items() if o.complete or o.open}
    left = apart.left(apart.Day(*of), shelf, finer)
    total, fresh = found[day.total].rows, day.fresh[shelf]
    if _fits(shelf, left.rows, total):
        is_all = not left.open and holds(summed(left.rows, [])[()], summed(total, [])[()])
        return Amended(left.rows, is_all, left.open)
    return Amended(fresh if _fits(shelf, fresh, total) else fresh.iloc[:0], complete=False)


def _fits(shelf: Shelf, rows: pd.DataFrame, total: pd.DataFrame) -> bool:
    """Whether rows do not hold more than the total."""
    for columns in ([], ["usage_type"]) if _TYPE in shelf.by else ([],):
        whole = summed(total, columns)
        if any(not holds(whole.get(k, NOTHING), one) for k, one in summed(rows, columns).items()):
            return False
    return True


def _whole(day: Meeting, shelf: Shelf) -> Amended | None:
    """What the service tells now, where that is all of the day and of the cut."""
    if not day.is_told_whole:
        return None
    stored, fresh = day.stored[shelf], day.fresh[shelf]
    if not day.judgement.gone and _loses(day, shelf, stored, fresh):
        return None
    return Amended(fresh)


def _loses(day: Meeting, shelf: Shelf, stored: pd.DataFrame, fresh: pd.DataFrame) -> bool:
    """Whether rows place less than others did, in all or of an id."""
    pairs = [(stored, fresh)]
    if day.resource in shelf.by:
        column = day.resource.column
        now = dict(list(fresh.groupby(column)))
        pairs += [(rows, now.get(one, fresh.iloc[:0])) for one, rows in stored.groupby(column)]
    return any(_places_less(shelf, *pair) for pair in pairs)


def _places_less(shelf: Shelf, stored: pd.DataFrame, fresh: pd.DataFrame) -> bool:
    """Also where the service has forgotten whose it was, or what job, and more came of others."""
    keys = [dimension.column for dimension in shelf.by]
    placed = [rows[(rows[keys] != "").all(axis=1)] for rows in (stored, fresh)]
    if is_less(stored, fresh) or is_less(*placed):
        return True
    keys_lost = (one.column for one in nobodys.FORGOTTEN if one in shelf.by)
    return any(nobodys.is_lost(fresh, stored, column) for column in keys_lost)


def _by_resource(day: Meeting, shelf: Shelf) -> Amended:
    """By id, and by usage type where the cut has it too."""
    stored, fresh = day.stored[shelf], day.fresh[shelf]
    keys = [day.resource.column, *(["usage_type"] if _TYPE in shelf.by else [])]
    before, now = rows_by(stored, keys), rows_by(fresh, keys)
    kept, complete = [], shelf not in day.unplaced
    for key in dict.fromkeys((*before, *now)):
        was, tells = before.get(key, stored.iloc[:0]), now.get(key, fresh.iloc[:0])
        side = day.judgement.side(*key)
        loses = key[0] not in day.judgement.accepted and _places_less(shelf, was, tells)
        takes = side is Side.TAKEN and not loses
        complete &= side is not Side.SPLIT and (takes or side is Side.KEPT)
        kept.append(tells if takes else was)
    return Amended(one_after_another(kept, stored), complete)


def _by_queue_of_job(day: Meeting, shelf: Shelf) -> Amended | None:
    """By the queue of each job; None where that does not tell whose rows count."""
    if day.resource is not _QUEUE:
        return None
    stored, fresh = (_sided(day, shelf, cuts) for cuts in (day.stored, day.fresh))
    if stored is None or fresh is None:
        return None
    goes, comes = stored[stored["side"] == Side.TAKEN], fresh[fresh["side"] == Side.TAKEN]
    is_split = bool((stored["side"] == Side.SPLIT).any() or (fresh["side"] == Side.SPLIT).any())
    of = {queues: {*queues.split(" ")} for queues in {*goes["queues"], *comes["queues"]}}
    for (queues,), was in rows_by(goes, ["queues"]).items():
        if not of[queues] <= day.judgement.accepted:
            tells = comes[[of[queues] <= of[one] for one in comes["queues"]]]
            if _places_less(shelf, was, tells):
                return None
    rows = one_after_another([stored[stored["side"] != Side.TAKEN], comes], stored)
    rows = rows.drop(columns=["side", "queues"])
    if rows.duplicated(keys_of(shelf)).any():  # usage without a job, of several queues
        if any(is_by(one, _JOB, _QUEUE) for one in day.unplaced):
            return None  # whoever was broken off may have added it up already
        rows = derivation.added_up(rows, shelf).drop(columns="rows")
    return Amended(rows, not (is_split or shelf in day.unplaced))


def _sided(day: Meeting, shelf: Shelf, cuts: Cuts) -> pd.DataFrame | None:
    """A cut's rows with whose count, and the queues of their jobs; None where that is not clear."""
    of_jobs = next((rows for s, rows in cuts.items() if is_by(s, _JOB, _QUEUE)), None)
    if of_jobs is None:
        return None
    queues = {key[0]: sorted(set(r["queue_id"])) for key, r in rows_by(of_jobs, ["job_id"]).items()}
    rows = cuts[shelf]
    types = rows["usage_type"] if _TYPE in shelf.by else [None] * len(rows)
    sides = [
        {day.judgement.side(queue, usage_type) for queue in queues.get(job, ())}
        for job, usage_type in zip(rows["job_id"], types, strict=True)
    ]
    if any(len(some) != 1 for some in sides):
        return None
    named = [" ".join(queues[job]) for job in rows["job_id"]]
    return rows.assign(side=[*(str(side) for (side,) in sides)], queues=named)


def one_after_another(parts: list[pd.DataFrame], like: pd.DataFrame) -> pd.DataFrame:
    """Some rows after others, with columns `like` those where there are none."""
    some = [part for part in parts if not part.empty]
    return pd.concat(some, ignore_index=True) if some else like.iloc[:0]
