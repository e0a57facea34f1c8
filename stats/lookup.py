"""From what people write (names or ids, dates) to ids and instants."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from functools import partial

from stats.errors import FarmCostsError, NamesMissing, QuestionError, UnknownName
from stats.model import (
    MISSING,
    Dimension,
    Farm,
    FarmId,
    Filter,
    Fleet,
    Period,
    Question,
    Queue,
    Report,
    Scope,
    is_id,
)
from stats.names import Names
from stats.people import NONE, is_user_id
from stats.progress import Tell, nobody
from stats.remark import RemarkKind
from stats.report import Reporter
from stats.scopes import unheard_of
from stats.spelling import composed, folded
from stats.wire import USAGE_TYPES
from stats.zone import Zone

Former = Callable[[Dimension], Mapping[str, str]]
"""What queues (or fleets) were called that history knows, by id."""


@dataclass(frozen=True)
class _Deleted:
    """A queue or fleet that the farm lists no more, as history knows it."""

    id: str
    name: str


_Listed = Farm | Queue | Fleet | _Deleted


def farm(names: Names, text: str) -> FarmId:
    """A farm by id or name; raises UnknownName. An id is taken as it is, without a listing."""
    return FarmId(text if is_id(text, "farm") else _one(names.farms(), text, "farm"))


def nothing_else(_: Dimension) -> Mapping[str, str]:
    """Where nothing is known of queues and fleets but what the farm lists."""
    return {}


def scope(
    names: Names,
    farm_id: FarmId,
    queues: str | None,
    fleets: str | None,
    former: Former = nothing_else,
) -> Scope:
    """The queues or fleets in a comma-separated text of ids or names; all queues without one."""
    dimension = Dimension.QUEUE if fleets is None else Dimension.FLEET
    text = queues if fleets is None else fleets
    if text is None:
        return Scope(dimension, tuple(q.id for q in names.queues(farm_id)), whole=True)
    return Scope(dimension, resources(names, farm_id, dimension, text, former))


def resources(
    names: Names, farm_id: FarmId, kind: Dimension, text: str, former: Former = nothing_else
) -> tuple[str, ...]:
    """Queue or fleet ids from comma-separated ids or names; `former` names are known of history.

    A name may itself hold a comma: the whole text is one where it is written just so, or where
    its parts are not all known.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words:
        raise UnknownName(f"“{text}” names no {kind.value}.", f"Give a {kind.value}'s id or name.")
    if all(is_id(word, kind.value) for word in words):
        return tuple(words)
    listed = _there_are(names, farm_id, kind, former)
    apart = all(is_id(word, kind.value) or _called(listed, word) for word in words)
    is_one = any(composed(one.name) == composed(text) for one in listed)
    if is_one or (not apart and _called(listed, text)):
        words = [text]
    return tuple(
        word if is_id(word, kind.value) else _one(listed, word, kind.value) for word in words
    )


_DAY_AND_HOUR = re.compile(r"\d{4}-?(\d\d-?\d\d|W\d\d(-?\d)?)([Tt ].*)?", re.ASCII)


def instant(text: str, zone: Zone) -> datetime:
    """A local date, a local hour, or an hour with its own offset, as an instant in UTC."""
    try:
        if len(text) == len("2026-10-01"):
            return zone.midnight(date.fromisoformat(text))
        moment = datetime.fromisoformat(text)
        if not _DAY_AND_HOUR.fullmatch(text):  # else “2026-10-01+02:00” is two o’clock
            raise ValueError
        if moment.tzinfo:
            return Zone("UTC").instant(moment.astimezone(UTC).replace(tzinfo=None))
        return zone.instant(moment)
    except (ValueError, OverflowError) as wrong:
        raise QuestionError(
            f"“{text}” is neither a date nor an hour.",
            "Write 2026-10-01, 2026-10-01T05:00 or 2026-10-01T05:00Z.",
        ) from wrong


def filters(
    reporter: Reporter, question: Question, conditions: Iterable[str], tell: Tell = nobody
) -> tuple[Filter, ...]:
    """Filters from texts like `user=Aiko Mori`; the same dimension twice means either.

    `question` says which farm, scope and window names of users and jobs are looked up in.
    """
    return tuple(_filter(reporter, question, condition, tell) for condition in conditions)


def dimension(text: str) -> Dimension:
    """A dimension by its word; raises UnknownName."""
    try:
        return Dimension(text.strip())
    except ValueError as unknown:
        known = ", ".join(Dimension)
        raise UnknownName(f"There is no dimension “{text}”.", f"Choose from {known}.") from unknown


def _filter(reporter: Reporter, question: Question, condition: str, tell: Tell) -> Filter:
    word, equals, value = condition.partition("=")
    if not equals:
        raise UnknownName(f"“{condition}” is no condition.", "Write it as --where user=NAME.")
    kind = dimension(word)
    if value and kind in (Dimension.QUEUE, Dimension.FLEET):
        names, farm_id = reporter.names.telling(tell), question.farm_id
        former = partial(reporter.remembered, farm_id)
        found = resources(names, farm_id, kind, value, former)
        _must_be_known(reporter, question, kind, found, tell)
        return Filter(kind, frozenset(found))
    if kind is Dimension.USAGE_TYPE:
        return Filter(kind, frozenset({_usage_type(reporter, question, value, tell)}))
    if value and kind is Dimension.USER and not is_user_id(value):
        return Filter(kind, _people(reporter, _by(question, kind), value, tell))
    if value and kind is Dimension.JOB and not is_id(value, "job"):
        return Filter(kind, _jobs(reporter, _by(question, kind), value, tell))
    return Filter(kind, frozenset({value}))


def _usage_type(reporter: Reporter, question: Question, value: str, tell: Tell) -> str:
    """One that the service's model names, in any case, or a newer one that has usage."""
    word = value.upper()
    if word in (MISSING, *USAGE_TYPES):
        return word
    told = set(reporter.ask(_by(question, Dimension.USAGE_TYPE), tell).total_by_usage_type)
    if word not in told:
        there = ", ".join(dict.fromkeys((*USAGE_TYPES, *sorted(told))))
        raise UnknownName(f"There is no usage type “{value}”.", f"Choose from {there}.")
    return word


def _must_be_known(
    reporter: Reporter, question: Question, kind: Dimension, ids: Iterable[str], tell: Tell
) -> None:
    """Raises NotFound where fleets (or queues) are filtered by of which nothing at all is known.

    Those of the scope's own kind are looked at by whoever answers the question.
    """
    if kind is question.scope.dimension:
        return
    strangers = set(ids) - set(reporter.remembered(question.farm_id, kind))
    with suppress(FarmCostsError):  # without a list, usage tells
        listed = reporter.names.telling(tell).resources(question.farm_id, kind)
        strangers -= {one.id for one in listed}
    if strangers:
        kept = (Filter(kind, frozenset(strangers)),)
        report = reporter.ask(replace(_by(question, kind), where=kept), tell)
        strangers -= set(report.table[kind.column])
    strangers -= reporter.named_by_other(question.farm_id, kind) if strangers else set()
    if strangers:
        raise unheard_of(kind, strangers, (), reporter.unheard(kind))


def _by(question: Question, kind: Dimension) -> Question:
    return replace(question, by=(kind,), where=(), job_name_contains="", period=Period.TOTAL)


def _jobs(reporter: Reporter, question: Question, value: str, tell: Tell) -> frozenset[str]:
    """The jobs of that name that have usage; several may share one."""
    report = reporter.ask(replace(question, job_name_contains=value), tell)
    shown = dict(zip(report.table["job_id"], report.table["job_name"], strict=True))
    for one in report.remarks:
        if one.kind is RemarkKind.MAY_MATCH:
            raise UnknownName(f"“{value}” might miss some jobs. {one.text}", "Give the jobs' ids.")
    every = {job: report.job_names.get(job, frozenset()) | {name} for job, name in shown.items()}
    return _called_so(every, Dimension.JOB, value, report)


def _people(reporter: Reporter, question: Question, value: str, tell: Tell) -> frozenset[str]:
    """The people of that name that have usage."""
    report = reporter.ask(question, tell)
    users = set(report.table["user_id"]) - {MISSING}
    found = reporter.names.telling(tell).people(question.farm_id, users)
    nameless = [u for u in users if found.names[u] == u and not _is_role(u)]
    if found.trouble is not NONE and nameless:
        keys = _keys(_each(found.names), value)
        if keys and all(_is_role(key) for key in keys):
            return keys
        what = (
            f"{len(nameless)} users in this window have no name that could be had, so “{value}” "
            "might miss some of them."
        )
        if found.trouble.cause:
            raise NamesMissing(what, "Or give the users' ids.", found.trouble.cause)
        raise UnknownName(what, f"Give the users' ids. {found.trouble.said}")
    return _called_so(_each(found.names), Dimension.USER, value, report)


def _each(names: Mapping[str, str]) -> dict[str, frozenset[str]]:
    return {key: frozenset({name}) for key, name in names.items()}


def _called_so(
    names: Mapping[str, frozenset[str]], kind: Dimension, value: str, report: Report
) -> frozenset[str]:
    keys = _keys(names, value)
    if not keys:
        raise UnknownName(
            f"No {kind.value} with usage in this window is called “{value}”.",
            " ".join([f"Give the name in full, or the {kind.value}'s id.", *report.notes]),
        )
    return keys


def _keys(names: Mapping[str, frozenset[str]], value: str) -> frozenset[str]:
    """What goes by a name among others, or is that key: written just so, else in any case."""
    wanted, loosely = composed(value), folded(value)
    exact = {key for key, some in names.items() if wanted in {key, *map(composed, some)}}
    in_any_case = {key for key, some in names.items() if loosely in set(map(folded, some))}
    return frozenset(exact or in_any_case)


def _is_role(key: str) -> bool:
    """Whether it is a role's: its name is part of its id."""
    return key.startswith("arn:")


def _there_are(names: Names, farm_id: FarmId, kind: Dimension, former: Former) -> Sequence[_Listed]:
    """What the farm lists, and what it had."""
    listed = names.resources(farm_id, kind)
    there = {one.id for one in listed}
    gone = [_Deleted(key, name) for key, name in former(kind).items() if key not in there]
    return [*listed, *gone]


def _called(listed: Sequence[_Listed], text: str) -> list[_Listed]:
    """What goes by a name: written just so, else in any case."""
    same = [one for one in listed if composed(one.name) == composed(text)]
    return same or [one for one in listed if folded(one.name) == folded(text)]


def _one(listed: Sequence[_Listed], text: str, kind: str) -> str:
    same = _called(listed, text)
    if len(same) == 1:
        return same[0].id
    if same:
        gone = {one.id: " (deleted since)" for one in same if isinstance(one, _Deleted)}
        ids = ", ".join(f"{one.id}{gone.get(one.id, '')}" for one in same)
        todo = (
            f"Give the id, or several separated by commas: {ids}."
            if gone
            else (f"Give the id: {ids}.")
        )
        raise UnknownName(f"{len(same)} {kind}s are called “{text}”.", todo)
    now = [one for one in listed if not isinstance(one, _Deleted)]
    names = ", ".join(f"“{one.name}”" for one in now) or "none"
    raise UnknownName(f"There is no {kind} “{text}”.", f"The {kind}s there are: {names}.")
