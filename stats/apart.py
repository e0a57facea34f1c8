"""What is left of a cut without queues (or fleets), on a day on which less of some was accepted.

The day's cuts with them tell of which ones each row may be, and how much is left of several rows
together. A row of none that less was taken of stays; a row of none that is kept is as it is told
now; a row that is the last of several is the rest of them. Of any other row it is not known how
much is left: it holds no more than is sure, and is said to be open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

import pandas as pd

from stats import derivation, laws
from stats.dayfile import Shelf
from stats.derivation import ADDED, Cuts
from stats.margin import (
    NOTHING,
    STRANGER,
    Key,
    Margin,
    Side,
    Sums,
    as_much,
    columns_of,
    keyed,
    summed,
)
from stats.model import Dimension
from stats.verdict import Judgement, Verdict

_TYPE = Dimension.USAGE_TYPE


class Fate(Enum):
    """What becomes of an id's usage."""

    STAYS = "stays"
    """The service tells less of it, which is not taken."""
    COMES = "comes"
    """The service tells more of it."""
    GOES = "goes"
    """Less of it was accepted."""


_Fates = Mapping[tuple[str, str | None], frozenset[Fate]]
"""By id and usage type, and by id (None)."""


@dataclass(frozen=True)
class Day:
    """A day by queues (or fleets): as it was kept, as it is told now, and as it is put together.

    Of its cuts by id those are `whole` that lack nothing. Of `forgetful` ids the service tells no
    more whose some of their usage was: it stays.
    """

    resource: Dimension
    stored: Cuts
    fresh: Cuts
    whole: Cuts
    judgement: Judgement
    forgetful: Collection[str] = ()

    def fates(self) -> _Fates:
        """What becomes of some of each id's usage, where that is not the same then and now."""
        found: dict[tuple[str, str | None], set[Fate]] = defaultdict(set)
        for (one, kind), cell in self.judgement.cells.items():
            if fate := self._fate(one, cell.verdict):
                found[one, kind].add(fate)
                found[one, None].add(fate)
        return {key: frozenset(some) for key, some in found.items()}

    def _fate(self, one: str, verdict: Verdict) -> Fate | None:
        if verdict is Verdict.LESS and one in self.judgement.accepted:
            return Fate.GOES
        if verdict is Verdict.LESS or one in self.forgetful:
            return Fate.STAYS
        return Fate.COMES if verdict is Verdict.MORE else None

    def margins(self, shelf: Shelf) -> Iterator[Margin]:
        """The cuts with ids that know something of one without."""
        ids, columns = self.resource.column, columns_of(shelf)
        by = {self.resource, Dimension.USAGE_TYPE}
        by_id = next(one for one in self.stored if set(one.by) == by and not one.hourly)
        for one in self.stored:
            own = [column for column in columns_of(one) if column != ids]
            if self.resource in one.by and set(own) <= set(columns):
                then, now = (
                    Side(cuts[shelf], cuts[one], ids, own, summed(cuts[by_id], [ids]))
                    for cuts in (self.stored, self.fresh)
                )
                left = summed(self.whole[one], own) if one in self.whole else None
                yield Margin(tuple(map(columns.index, own)), then, now, left)


@dataclass(frozen=True)
class Left:
    """A cut's rows. Of `open` keys there may be more than these hold."""

    rows: pd.DataFrame
    open: frozenset[Key] = frozenset()


def left(day: Day, shelf: Shelf, finer: Mapping[Shelf, Left]) -> Left:
    """What is left of a cut; `finer` ones were put together before."""
    one = _Cut(day, shelf)
    if one.is_done:
        return Left(day.stored[shelf])
    one.sort_out()
    one.learn_from(finer)
    one.take_the_rest()
    return one.left()


class _Cut:
    """A cut, and the keys of which it is `known` how much is left."""

    def __init__(self, day: Day, shelf: Shelf) -> None:
        self._day, self._shelf, self._columns = day, shelf, columns_of(shelf)
        self._margins = tuple(day.margins(shelf))
        self._were, self._are = (
            summed(cuts[shelf], self._columns) for cuts in (day.stored, day.fresh)
        )
        self._stay, self._come = set[Key](), set[Key]()
        self._open: dict[Key, set[Key]] = {}
        self._known: dict[Key, Sums] = {}
        self._made: list[pd.DataFrame] = []

    @property
    def is_done(self) -> bool:
        """Whether it was put together before, by somebody who was broken off then."""
        told = [margin for margin in self._margins if margin.left is not None]
        return bool(told) and all(margin.is_done for margin in told)

    def sort_out(self) -> None:
        """Keys of none that goes or comes, and of none that stays; of others, what is sure."""
        fates, kinds = self._day.fates(), [*self._shelf.by]
        place = self._columns.index(_TYPE.column) if _TYPE in kinds else None
        for key in dict.fromkeys([*self._were, *self._are]):
            parts = [(one, one.part(key)) for one in self._margins]
            kind = None if place is None else key[place]
            then = _fates([one.then.ids(part) for one, part in parts], kind, fates)
            now = _fates([one.now.ids(part) for one, part in parts], kind, fates)
            if then | now <= {Fate.STAYS}:
                self._stay.add(key)
                self._known[key] = self._were.get(key, NOTHING)
            elif Fate.STAYS not in then | now:
                self._come.add(key)
                self._known[key] = self._are.get(key, NOTHING)
            else:
                sure = self._come if Fate.STAYS not in now else set[Key]()
                self._open[key] = self._stay if then <= {Fate.STAYS} else sure

    def learn_from(self, finer: Mapping[Shelf, Left]) -> None:
        """Keys all of whose rows in a finer cut are known, if both had the same then and now."""
        stored, fresh = self._day.stored, self._day.fresh
        for one in derivation.candidates(self._shelf, finer):
            jobs = derivation.jobs_of(stored, fresh)
            reckoned = (
                derivation.reckoned(rows, self._shelf, jobs)
                for rows in (finer[one].rows, stored[one], fresh[one])
            )
            some = [rows for rows in reckoned if rows is not None]
            opened = _coarser(finer[one].open, one, self._shelf, jobs)
            if opened is not None and len(some) == 3:
                self._learn(some, opened)

    def _learn(self, reckoned: list[pd.DataFrame], opened: set[Key]) -> None:
        """From a finer cut as it is left, as it was and as it is told, by the keys of this one."""
        sums, then, now = (summed(rows, self._columns) for rows in reckoned)
        found = {
            key
            for key in self._open.keys() - self._known.keys() - opened
            if as_much(then.get(key, NOTHING), self._were.get(key, NOTHING))
            and as_much(now.get(key, NOTHING), self._are.get(key, NOTHING))
        }
        self._known |= {key: sums.get(key, NOTHING) for key in found}
        self._made.append(_of(reckoned[0].drop(columns="rows"), self._columns, found))

    def take_the_rest(self) -> None:
        """Keys that are the last of several of which it is known how much is left of all."""
        found: dict[Key, Sums] = {}
        while more := self._rest():
            self._known |= more
            found |= more
        of = {key: one for key, one in found.items() if one[0]}
        for key in [*of]:
            for side, sums in ((self._stay, self._were), (self._come, self._are)):
                if key in of and as_much(of[key], sums.get(key, NOTHING)):
                    side.add(key)
                    del of[key]
        stored, fresh = self._day.stored[self._shelf], self._day.fresh[self._shelf]
        like = pd.concat([_of(rows, self._columns, of) for rows in (stored, fresh)])
        like = like.drop_duplicates(self._columns)
        left = [of[key][: len(ADDED)] for key in keyed(like, self._columns)]
        rest = pd.DataFrame(left, columns=[*ADDED], index=like.index, dtype="float64")
        edges = dict.fromkeys(laws.EDGES, float("nan"))
        self._made.append(like.assign(**rest.astype({"count": "int64"}), **edges))

    def _rest(self) -> dict[Key, Sums]:
        found: dict[Key, Sums] = {}
        for margin in self._margins:
            parts: dict[Key, list[Key]] = defaultdict(list)
            for key in dict.fromkeys([*self._were, *self._are]):
                parts[margin.part(key)].append(key)
            for part, keys in parts.items():
                lacking = [key for key in keys if key not in self._known and key not in found]
                if len(lacking) == 1:
                    others = [(found | self._known)[key] for key in keys if key not in lacking]
                    rest = margin.rest(part, others)
                    found |= {} if rest is None else {lacking[0]: rest}
        return found

    def left(self) -> Left:
        """The rows, of open keys those that are sure."""
        still = self._open.keys() - self._known.keys()
        for key in still:
            self._open[key].add(key)
        stored, fresh = self._day.stored[self._shelf], self._day.fresh[self._shelf]
        parts = [_of(stored, self._columns, self._stay), _of(fresh, self._columns, self._come)]
        some = [part for part in (*parts, *self._made) if not part.empty]
        rows = pd.concat(some, ignore_index=True) if some else stored.iloc[:0]
        return Left(rows[stored.columns], frozenset(still))


def _fates(ids: Collection[frozenset[str]], kind: str | None, fates: _Fates) -> set[Fate]:
    """What becomes of a row that is of some of each of these ids, and of a usage type if told.

    Where no cut by id tells whose it may be, it may be of any, and stay.
    """
    if not ids:
        every = (found for (_, of), found in fates.items() if of == kind)
        return {Fate.STAYS}.union(*every)
    some = frozenset.intersection(*ids)
    found = {fate for one in some for fate in fates.get((one, kind), ())}
    return found | {Fate.STAYS} if STRANGER in some else found


def _of(rows: pd.DataFrame, columns: list[str], keys: Collection[Key]) -> pd.DataFrame:
    """The rows of some keys."""
    return rows[[key in keys for key in keyed(rows, columns)]]


def _coarser(
    keys: Collection[Key], finer: Shelf, shelf: Shelf, jobs: derivation.Jobs
) -> set[Key] | None:
    """Keys of a cut in those of a coarser one; None where a job of them is not known."""
    rows = pd.DataFrame([*keys], columns=columns_of(finer))
    for dimension in shelf.by:
        if dimension.column not in rows:
            if not jobs[dimension].keys() >= set(rows["job_id"]):
                return None
            rows[dimension.column] = rows["job_id"].map(jobs[dimension])
    return set(keyed(rows, columns_of(shelf)))
