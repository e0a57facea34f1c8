"""What a file of history says of itself: where each of its days is from, when it was asked for.

All of a description is looked at before any of it is used: one that is not as it should be is
Foreign, whoever has written it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Annotated, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, ValidationError

from stats.looking import Changed
from stats.model import Window

Unheld = Mapping[str, tuple[int, float, float]]
"""By usage type: records, cost (USD) and run time (seconds)."""
FORMAT = "farm-costs history 2"
FORMER_FORMAT = "farm-costs history 1"
_LATEST = datetime.max.replace(tzinfo=UTC)
_ALL_NAMED = frozenset({""})
"""Stands for all ids that have a name; one of none is about no id."""
_MOST_BYTES = 16 * 2**20
T = TypeVar("T", bound=BaseModel)


class Foreign(Changed):
    """A file is not what its place says: cut short, altered, or of something else.

    Who looks anew, as at whatever is Changed, finds history without it.
    """


@dataclass(frozen=True)
class Origin:
    """Where a day's rows are from: the farm as it was called, what was asked, of whom and when.

    `resources` are the names of all its queues (or fleets) by id. The scale factor, which is
    already in the figures, is None where it could not be had, or differs. `fetched_at` is the
    service's taking the oldest of them, and `first_asked_at` when this day of this cut was asked
    for as a settled one for the first time: it stays, however often the day is written anew.

    The figures are those of `ids`, which are all of `resources` unless said; what is of `kept` ones
    is from before, since the service told less later. A day is `unplaced` where usage that came
    late could not be broken down by this cut. `told_less` is what the service told less of the day
    in all (USD), when it was asked for this cut, than history had by then. A total is `short` where
    another cut of history held more of the day: it is at least so much. Of `given_up` ones less was
    accepted: unless they are of its `ids`, the day is about them no more, though it was asked for
    with them. What the day's total held and this cut did not, when both were put together, is
    `unheld`; None where they never were. A total is `set_off` where what was told later may be what
    it held of others: it is at least so much.
    """

    farm_name: str
    resources: Mapping[str, str]
    cost_scale_factor: float | None
    source: str
    fetched_at: datetime
    first_asked_at: datetime = _LATEST
    ids: frozenset[str] = _ALL_NAMED
    kept: frozenset[str] = frozenset()
    unplaced: bool = False
    told_less: float = 0.0
    short: bool = False
    given_up: frozenset[str] = frozenset()
    unheld: Unheld | None = None
    set_off: bool = False

    def __post_init__(self) -> None:
        first = min(self.first_asked_at, self.fetched_at)
        object.__setattr__(self, "first_asked_at", first)
        ids = self.resources if self.ids is _ALL_NAMED else self.ids
        object.__setattr__(self, "ids", frozenset(ids))
        object.__setattr__(self, "kept", frozenset(self.kept))
        object.__setattr__(self, "given_up", frozenset(self.given_up))


def ids_of(origin: Origin) -> frozenset[str]:
    """All that a day's figures may be of."""
    return origin.ids | origin.kept


@dataclass(frozen=True)
class Description:
    """Of each day of a file: where it is from, and how many rows it has.

    A former file of several days does not say how many, nor when each was asked for: `rows` is
    None, and its days are as old as the oldest. A `sealed` file has a checksum of all its bytes.
    """

    days: Mapping[Window, Origin]
    rows: Mapping[Window, int] | None
    sealed: bool = False

    @property
    def names(self) -> Mapping[str, str]:
        """What its queues (or fleets) were called, by id."""
        return next(iter(self.days.values())).resources

    def rows_of(self, day: Window) -> int:
        """How many rows a day has; of a description that says so."""
        assert self.rows is not None
        return self.rows[day]


def written(folder: str, days: Mapping[Window, Origin], rows: Mapping[Window, int]) -> str:
    """The description of a file, as it is kept; the farm is called what it was called last."""
    origins = sorted(days.values(), key=lambda one: one.fetched_at)
    names: dict[str, str] = {}
    for one in origins:
        names |= one.resources
    sets = list(dict.fromkeys(one.ids for one in days.values()))
    about = {
        "format": FORMAT,
        "sealed": True,
        "folder": folder,
        "farm_name": origins[-1].farm_name,
        "source": origins[-1].source,
        "names": names,
        "ids": [sorted(one) for one in sets],
        "days": [_day(day, one, rows[day], sets.index(one.ids)) for day, one in days.items()],
    }
    return json.dumps(about, ensure_ascii=False)


def _day(day: Window, origin: Origin, rows: int, ids: int) -> dict[str, object]:
    return {
        "start": day.start.isoformat(),
        "end": day.end.isoformat(),
        "first_asked_at": origin.first_asked_at.isoformat(),
        "fetched_at": origin.fetched_at.isoformat(),
        "cost_scale_factor": origin.cost_scale_factor,
        "rows": rows,
        "ids": ids,
        **({"kept": sorted(origin.kept)} if origin.kept else {}),
        **({"unplaced": True} if origin.unplaced else {}),
        **({"told_less": origin.told_less} if origin.told_less else {}),
        **({"short": True} if origin.short else {}),
        **({"given_up": sorted(origin.given_up)} if origin.given_up else {}),
        **({"set_off": True} if origin.set_off else {}),
        **({"unheld": origin.unheld} if origin.unheld is not None else {}),
    }


def _in_utc(at: datetime) -> datetime:
    try:
        return at.astimezone(UTC)
    except OverflowError as beyond:
        raise ValueError("is no time of this world") from beyond


_At = Annotated[AwareDatetime, AfterValidator(_in_utc)]
_Text = Annotated[str, Field(max_length=10_000)]
_Id = Annotated[str, Field(min_length=1, max_length=1_000)]
_Many = Annotated[int, Field(ge=0)]
_Amount = Annotated[float, Field(ge=0)]
_Factor = Annotated[float, Field(ge=0)] | None


class _Strict(BaseModel):
    """Members that are not known are of a later release, and passed over."""

    model_config = ConfigDict(strict=True, frozen=True, allow_inf_nan=False)


class _Day(_Strict):
    start: _At
    end: _At
    first_asked_at: _At
    fetched_at: _At
    cost_scale_factor: _Factor
    rows: _Many
    ids: _Many
    kept: frozenset[_Id] = frozenset()
    unplaced: bool = False
    told_less: _Amount = 0.0
    short: bool = False
    given_up: frozenset[_Id] = frozenset()
    unheld: dict[_Text, tuple[_Many, _Amount, _Amount]] | None = None
    set_off: bool = False


class _File(_Strict):
    format: str
    folder: str
    farm_name: _Text
    source: _Text
    names: dict[_Id, _Text]
    ids: list[frozenset[_Id]]
    days: list[_Day]
    sealed: bool = False


class _Former(_Strict):
    format: str
    folder: str
    farm_name: _Text
    source: _Text
    resources: dict[_Id, _Text]
    cost_scale_factor: _Factor
    fetched_at: _At
    rows: Annotated[int, Field(ge=0)]
    days: list[tuple[_At, _At]]


def read(about: bytes, folder: str, days: Sequence[Window], rows: int) -> Description:
    """What a file of so many rows says of itself; raises Foreign where it is not of these days."""
    said = _parsed(_File, about)
    _agree(said, FORMAT, folder)
    found = [(one.start, one.end) for one in said.days]
    _same_days(found, days)
    _same_rows(sum(one.rows for one in said.days), rows)
    names = _shared(tuple(said.names.items()))
    origins = {}
    for day, one in zip(days, said.days, strict=True):
        if not day.end <= one.first_asked_at <= one.fetched_at or one.ids >= len(said.ids):
            raise Foreign(f"what it says of {day.start:%Y-%m-%d} can't be")
        origins[day] = Origin(
            said.farm_name,
            names,
            one.cost_scale_factor,
            said.source,
            one.fetched_at,
            one.first_asked_at,
            _alike(said.ids[one.ids]),
            one.kept,
            one.unplaced,
            one.told_less,
            one.short,
            one.given_up,
            one.unheld,
            one.set_off,
        )
    many = dict(zip(days, (one.rows for one in said.days), strict=True))
    return Description(origins, many, said.sealed)


def read_former(about: bytes, folder: str, days: Sequence[Window], rows: int) -> Description:
    """The same of a file of the former format."""
    said = _parsed(_Former, about)
    _agree(said, FORMER_FORMAT, folder)
    _same_days(said.days, days)
    _same_rows(said.rows, rows)
    names = _shared(tuple(said.resources.items()))
    factor, taken = said.cost_scale_factor, said.fetched_at
    origin = Origin(
        said.farm_name, names, factor, said.source, taken, taken, _alike(frozenset(names))
    )
    return Description(dict.fromkeys(days, origin), {days[0]: rows} if len(days) == 1 else None)


def _parsed(kind: type[T], about: bytes) -> T:
    if len(about) > _MOST_BYTES:
        raise Foreign("its description is too long to be one")
    try:
        return kind.model_validate_json(about)
    except ValidationError as wrong:
        first = wrong.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, first["loc"])) or "its description"
        raise Foreign(f"it does not describe itself: {where}: {first['msg']}") from wrong


def _agree(said: _File | _Former, form: str, folder: str) -> None:
    for name, value in (("format", form), ("folder", folder)):
        if getattr(said, name) != value:
            raise Foreign(f"its {name} is {getattr(said, name)!r} and not {value!r}")


def _same_days(said: Sequence[tuple[datetime, datetime]], days: Sequence[Window]) -> None:
    if list(said) != [(day.start, day.end) for day in days]:
        raise Foreign("its days are not those that its name says")


def _same_rows(said: int, rows: int) -> None:
    if said != rows:
        raise Foreign(f"its rows are {said} and not {rows}")


@lru_cache(maxsize=4_096)  # thousands of files name the same queues
def _shared(names: tuple[tuple[str, str], ...]) -> Mapping[str, str]:
    return dict(names)


@lru_cache(maxsize=4_096)
def _alike(ids: frozenset[str]) -> frozenset[str]:
    return ids
