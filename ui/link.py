"""The URL of a view: a link opens the same view elsewhere.

Pure: parameters in, view out, and back. What a link holds that is not understood is left out, and
said; where that is about which usage is shown, nothing is shown instead (`astray`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from stats.model import Dimension, Filter
from stats.wire import USAGE_TYPES
from stats.zone import YEARS
from ui.presets import Preset
from ui.view import Curve, Granularity, Measure, View

Parameters = Mapping[str, Sequence[str]]

ALL = "all"
"""All queues or fleets, in a URL, where it takes a word to say so."""

MOST_VALUES = 900
"""Values in a link; of one with more than 1,000 Streamlit reads nothing."""

LONGEST_VALUE = 2_000
"""Characters: more than any name or key has, few enough to be held and said many times."""

_MAY_BE_USAGE_TYPE = re.compile("[A-Z][A-Z0-9_]*|")  # the service may name newer ones
_THERE_ARE = ", ".join(USAGE_TYPES)
_DIGITS, _SAID = 7, 40
CUT = "cut"
"""The parameter that says how many values the server has taken off a link before it was read."""

_OF_USAGE = frozenset({"farm", "count", "window", "start", "end", "name", CUT, *Dimension})
"""The parameters that say which usage is shown; the others say how."""


@dataclass(frozen=True)
class LeftOut:
    """A part of a link that was not understood, in words.

    Without one that is `of_usage`, other usage would be shown than the link is about.
    """

    said: str
    of_usage: bool


def parsed(parameters: Parameters) -> tuple[View, tuple[LeftOut, ...]]:
    """The view that a URL's parameters hold, and what had to be left out of it."""
    given = {name: _short(values) for name, values in parameters.items() if _is_read(name)}
    reader = _Reader(_as_many_as_fit({name: values for name, values in given.items() if values}))
    scope = reader.value("count", _resource) or _scope(reader.found)
    preset, first, last = _window(reader)
    others = (d for d in Dimension if d is not scope and d.value in reader.found)
    where = [Filter(d, values) for d in others if (values := reader.keys(d))]
    view = View(
        farm_id=reader.text("farm"),
        scope=scope,
        ids=reader.ids(scope),
        preset=preset,
        first=first,
        last=last,
        granularity=reader.value("period", Granularity) or Granularity.AUTOMATIC,
        where=tuple(sorted(where, key=lambda f: f.dimension)),
        job_text=reader.text("name"),
        measure=reader.value("show", Measure) or Measure.COST,
        stack=reader.value("stack", Dimension) or Dimension.USAGE_TYPE,
        rows=reader.value("rows", Dimension) or Dimension.USER,
        columns=reader.value("columns", Dimension) or Dimension.INSTANCE_TYPE,
        by=reader.value("by", _of_years) or Dimension.USAGE_TYPE,
        curve=reader.value("curve", Curve) or Curve.MONTHLY,
    )
    reader.strangers()
    reader.too_long(parameters)
    reader.beyond(_many(given), parameters.get(CUT, ()))
    return view, tuple(reader.left_out)


def parameters(view: View) -> dict[str, list[str]]:
    """The URL's parameters of a view; what is as by default stays out."""
    usual = View()
    switches = {
        "farm": (view.farm_id, usual.farm_id),
        "window": (view.preset, usual.preset),
        "start": (view.first, usual.first),
        "end": (view.last, usual.last),
        "period": (view.granularity, usual.granularity),
        "name": (view.job_text, usual.job_text),
        "show": (view.measure, usual.measure),
        "stack": (view.stack, usual.stack),
        "rows": (view.rows, usual.rows),
        "columns": (view.columns, usual.columns),
        "by": (view.by, usual.by),
        "curve": (view.curve, usual.curve),
    }
    found = {name: [str(now)] for name, (now, default) in switches.items() if now != default}
    crossed = bool(view.filtered(view.other))
    if view.ids or crossed or view.scope is not usual.scope:
        found[view.scope.value] = list(view.ids) or [ALL]
    if view.ids and crossed and view.scope is not usual.scope:
        found["count"] = [view.scope.value]
    return found | {f.dimension.value: sorted(f.values) for f in view.where}


T = TypeVar("T")


class _TooFar(ValueError):
    """A day that nobody can be asked about, in words that follow it."""


class _Reader:
    """Reads parameters one by one, and keeps what it could not understand."""

    def __init__(self, found: Parameters) -> None:
        self.found = found
        self._asked: set[str] = {d.value for d in Dimension}
        self.left_out: list[LeftOut] = []

    def leaves(self, name: str, said: str) -> None:
        """Leaves out what a parameter of that name holds."""
        self.left_out.append(LeftOut(said, name in _OF_USAGE))

    def text(self, name: str) -> str:
        """The first of a parameter's values; of others, and of one that is empty, it is said."""
        self._asked.add(name)
        values = list(dict.fromkeys(self.found.get(name, ())))
        if values and not values[0]:
            self.leaves("" if name == "name" else name, f"{name}, which is empty")
        for text in values[1:]:
            self.leaves(name, f"{name} “{text}”, which comes second")
        return next(iter(values), "")

    def value(self, name: str, read: Callable[[str], T]) -> T | None:
        text = self.text(name)
        if not text:
            return None
        try:
            return read(text)
        except _TooFar as far:
            self.leaves(name, f"{name} “{text}”, {far}")
            return None
        except ValueError:
            self.leaves(name, f"{name} “{text}”")
            return None

    def ids(self, scope: Dimension) -> tuple[str, ...]:
        """The queues or fleets that are counted; none of them is all."""
        values = set(self.found.get(scope.value, ()))
        ids = tuple(sorted(values - {ALL, ""}))
        if "" in values:
            self.leaves(scope.value, f"{scope.value}, which is empty")
        if ids and ALL in values:
            self.leaves(scope.value, f"{scope.value} “{ALL}”, beside others")
        return ids

    def keys(self, dimension: Dimension) -> frozenset[str]:
        """What is filtered by; usage types in any case, and only what may be one."""
        values = self.found[dimension.value]
        if dimension is not Dimension.USAGE_TYPE:
            return frozenset(values)
        read = {text: text.upper() if text.upper() in USAGE_TYPES else text for text in values}
        none = [text for text, one in read.items() if not _MAY_BE_USAGE_TYPE.fullmatch(one)]
        for text in none:
            self.leaves("usage_type", f"usage_type “{text}”, which is none of {_THERE_ARE}")
        return frozenset(read[text] for text in read if text not in none)

    def strangers(self) -> None:
        for name in self.found:
            if name not in self._asked:
                self.leaves(name, f"“{name}”")

    def too_long(self, given: Parameters) -> None:
        """What is longer than anything is called."""
        much = f"which is longer than {LONGEST_VALUE:,} characters"
        for name in (name for name in given if name != CUT):
            if not _is_read(name):
                self.leaves(name, f"“{name[:_SAID]}…”, {much}")
                continue
            for text in (text for text in given[name] if len(text) > LONGEST_VALUE):
                self.leaves(name, f"{name} “{text[:_SAID]}…”, {much}")

    def beyond(self, given: int, cut: Sequence[str]) -> None:
        """What is more than a link can hold; `cut` says how many were taken off before."""
        before = [int(text) for text in cut[:1] if text.isdecimal() and len(text) < _DIGITS]
        more = given - _many(self.found) + sum(before)
        if more:
            some = "1 value" if more == 1 else f"{more:,} values"
            self.leaves(CUT, f"{some}, since a link holds {MOST_VALUES} at most")


def _is_read(name: str) -> bool:
    return name != CUT and len(name) <= LONGEST_VALUE


def _short(values: Sequence[str]) -> list[str]:
    return [text for text in values if len(text) <= LONGEST_VALUE]


def _many(parameters: Parameters) -> int:
    return sum(len(values) for values in parameters.values())


def _as_many_as_fit(parameters: Parameters) -> dict[str, list[str]]:
    """The parameters with so many of the values of filters that a link can hold them all."""
    keys = {d.value for d in Dimension}
    few = {name: list(values) for name, values in parameters.items() if name not in keys}
    room = MOST_VALUES - _many(few)
    for name in (name for name in parameters if name in keys):
        few[name] = list(parameters[name])[: max(room, 1)]
        room -= len(few[name])
    return few


def _window(reader: _Reader) -> tuple[Preset, date | None, date | None]:
    """The window, and the first and last day of one of dates, which two days mean by themselves.

    All may have a first day.
    """
    first, last = reader.value("start", _day), reader.value("end", _day)
    named = reader.value("window", Preset)
    dated = "start" in reader.found or "end" in reader.found
    if named is Preset.ALL:
        if "end" in reader.found:
            reader.leaves("end", "the last day, since the window “all” ends today")
        return named, first, None
    if named not in (None, Preset.DATES):
        if dated:
            reader.leaves("start", f"the dates, since the window is “{named}”")
        return named, None, None
    if first and last and first <= last:
        return Preset.DATES, first, last
    unread = (reader.found.get("start") and not first) or (reader.found.get("end") and not last)
    if (dated or named) and not unread:  # which is said by itself
        reader.leaves("start", "the dates, which are not two days in order")
    return Preset.DAYS_30, None, None


def _scope(found: Parameters) -> Dimension:
    """Whether a link that does not say so is about queues or about fleets."""
    if "queue" in found and ALL not in found.get("fleet", ()):
        return Dimension.QUEUE
    return Dimension.FLEET if "fleet" in found else Dimension.QUEUE


def _resource(text: str) -> Dimension:
    """What a view may count by; raises ValueError."""
    if text not in (Dimension.QUEUE, Dimension.FLEET):
        raise ValueError(f"{text} is neither queue nor fleet")
    return Dimension(text)


def _of_years(text: str) -> Dimension:
    """What months and years may be broken down by; raises ValueError."""
    if text == Dimension.JOB:
        raise ValueError("Jobs over years are too many")
    return Dimension(text)


def _day(text: str) -> date:
    """A day that a window may begin or end with; raises ValueError."""
    day = date.fromisoformat(text)
    if day.year not in YEARS[:-1]:
        raise _TooFar(f"which is not within {YEARS[0]} to {YEARS[-2]}")
    return day
