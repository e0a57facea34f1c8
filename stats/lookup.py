"""From what people write (names or ids) to ids."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import pandas as pd

from stats.errors import UnknownName
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
from stats.names import Named, Names, is_user_id
from stats.report import Reporter

_Listed = Farm | Queue | Fleet


def farm(names: Names, text: str) -> FarmId:
    """A farm by id or name; raises UnknownName. An id is taken as it is, without a listing."""
    return FarmId(text if is_id(text, "farm") else _one(names.farms(), text, "farm"))


def scope(names: Names, farm_id: FarmId, queues: str | None, fleets: str | None) -> Scope:
    """The queues or fleets in a comma-separated text of ids or names; all queues without one."""
    dimension = Dimension.QUEUE if fleets is None else Dimension.FLEET
    text = queues if fleets is None else fleets
    if text is None:
        return Scope(dimension, tuple(queue.id for queue in names.queues(farm_id)))
    return Scope(dimension, resources(names, farm_id, dimension, text))


def resources(names: Names, farm_id: FarmId, kind: Dimension, text: str) -> tuple[str, ...]:
    """Queue or fleet ids from comma-separated ids or names.

    A name may itself hold a comma: the whole text is one where it is written just so, or where
    its parts are not all known.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words:
        raise UnknownName(f"“{text}” names no {kind.value}.", f"Give a {kind.value}'s id or name.")
    if all(is_id(word, kind.value) for word in words):
        return tuple(words)
    listed = names.resources(farm_id, kind)
    apart = all(is_id(word, kind.value) or _called(listed, word) for word in words)
    if any(one.name == text for one in listed) or (not apart and _called(listed, text)):
        words = [text]
    return tuple(
        word if is_id(word, kind.value) else _one(listed, word, kind.value) for word in words
    )


def filters(
    reporter: Reporter, question: Question, conditions: Iterable[str]
) -> tuple[Filter, ...]:
    """Filters from texts like `user=Aiko Mori`; the same dimension twice means either.

    `question` says which farm, scope and window names of users and jobs are looked up in.
    """
    return tuple(_filter(reporter, question, condition) for condition in conditions)


def dimension(text: str) -> Dimension:
    """A dimension by its word; raises UnknownName."""
    try:
        return Dimension(text.strip())
    except ValueError as unknown:
        known = ", ".join(Dimension)
        raise UnknownName(f"There is no dimension “{text}”.", f"Choose from {known}.") from unknown


def _filter(reporter: Reporter, question: Question, condition: str) -> Filter:
    word, equals, value = condition.partition("=")
    if not equals:
        raise UnknownName(f"“{condition}” is no condition.", "Write it as --where user=NAME.")
    kind = dimension(word)
    if value and kind in (Dimension.QUEUE, Dimension.FLEET):
        found = resources(reporter.names, question.farm_id, kind, value)
        return Filter(kind, frozenset(found))
    if kind is Dimension.USAGE_TYPE:
        return Filter(kind, frozenset({value.upper()}))
    if value and kind in (Dimension.USER, Dimension.JOB):
        return Filter(kind, _people_or_jobs(reporter, question, kind, value))
    return Filter(kind, frozenset({value}))


def _people_or_jobs(
    reporter: Reporter, question: Question, kind: Dimension, value: str
) -> frozenset[str]:
    """The keys of that name that have usage; several jobs may share one name."""
    if is_user_id(value) if kind is Dimension.USER else is_id(value, "job"):
        return frozenset({value})
    report = reporter.ask(
        replace(question, by=(kind,), where=(), job_name_contains="", period=Period.TOTAL)
    )
    table = report.table[report.table[kind.column] != MISSING]
    found = _named(reporter.names, report, kind, table)
    names = [found.names.get(key, "") for key in table[kind.column]]
    named = pd.Series(names, index=table.index, dtype="str")
    exact = (named == value) | (table[kind.column] == value)
    matching = exact if exact.any() else named.str.casefold() == value.casefold()
    keys = frozenset(table.loc[matching, kind.column])
    nameless = _nameless(found, table[kind.column])
    if nameless and not (keys and all(_is_role(key) for key in keys)):
        raise UnknownName(
            f"{nameless} {kind.value}s in this window have no name that could be had, so “{value}” "
            "might miss some of them.",
            f"Give the {kind.value}s' ids. {found.trouble}",
        )
    if not keys:
        raise UnknownName(
            f"No {kind.value} with usage in this window is called “{value}”.",
            " ".join([f"Give the name in full, or the {kind.value}'s id.", *report.notes]),
        )
    return keys


def _named(names: Names, report: Report, kind: Dimension, table: pd.DataFrame) -> Named:
    """The names of a report's people, or of its jobs as it has them."""
    if kind is Dimension.USER:
        return names.people(report.question.farm_id, set(table["user_id"]))
    known = dict(zip(table["job_id"], table["job_name"], strict=True))
    why = " ".join(report.notes) or "The service does not know them any more."
    return Named({job: name for job, name in known.items() if name}, why)


def _nameless(found: Named, keys: pd.Series) -> int:
    """How many could not be named this time; a person who was deleted has no name ever."""
    unnamed = [key for key in keys if found.names.get(key, key) == key and not _is_role(key)]
    return len(unnamed) if found.trouble else 0


def _is_role(key: str) -> bool:
    """Whether it is a role's: its name is part of its id."""
    return key.startswith("arn:")


def _called(listed: Sequence[_Listed], text: str) -> list[_Listed]:
    """What goes by a name: written just so, else in any case."""
    same = [one for one in listed if one.name == text]
    return same or [one for one in listed if one.name.casefold() == text.casefold()]


def _one(listed: Sequence[_Listed], text: str, kind: str) -> str:
    same = _called(listed, text)
    if len(same) == 1:
        return same[0].id
    if same:
        ids = ", ".join(one.id for one in same)
        raise UnknownName(f"{len(same)} {kind}s are called “{text}”.", f"Give the id: {ids}.")
    names = ", ".join(f"“{one.name}”" for one in listed) or "none"
    raise UnknownName(f"There is no {kind} “{text}”.", f"The {kind}s there are: {names}.")
