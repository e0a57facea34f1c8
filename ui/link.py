"""The URL of a view: a link opens the same view elsewhere.

Pure: parameters in, view out, and back. What a link holds that is not understood is left out, and
said.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import TypeVar

from stats.model import Dimension, Filter
from stats.zone import YEARS
from ui.presets import Preset
from ui.view import Curve, Granularity, Measure, View

Parameters = Mapping[str, Sequence[str]]

ALL = "all"
"""All queues or fleets, in a URL, where it takes a word to say so."""


def parsed(parameters: Parameters) -> tuple[View, tuple[str, ...]]:
    """The view that a URL's parameters hold, and what had to be left out of it, in words."""
    reader = _Reader(parameters)
    scope = reader.value("count", _resource) or _scope(parameters)
    first, last = reader.value("start", _day), reader.value("end", _day)
    preset = reader.value("window", Preset) or Preset.DAYS_30
    if (first is None or last is None or last < first) and preset is Preset.DATES:
        reader.left_out.append("the dates, which are not two days in order")
        preset = Preset.DAYS_30
    others = (d for d in Dimension if d is not scope and d.value in parameters)
    where = (Filter(d, frozenset(parameters[d.value])) for d in others)
    view = View(
        farm_id=reader.text("farm"),
        scope=scope,
        ids=tuple(sorted(set(parameters.get(scope.value, ())) - {ALL, ""})),
        preset=preset,
        first=first if preset is Preset.DATES else None,
        last=last if preset is Preset.DATES else None,
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


class _Reader:
    """Reads parameters one by one, and keeps what it could not understand."""

    def __init__(self, found: Parameters) -> None:
        self._found = found
        self._asked: set[str] = {d.value for d in Dimension}
        self.left_out: list[str] = []

    def text(self, name: str) -> str:
        self._asked.add(name)
        return next(iter(self._found.get(name, ())), "")

    def value(self, name: str, read: Callable[[str], T]) -> T | None:
        text = self.text(name)
        if not text:
            return None
        try:
            return read(text)
        except ValueError:
            self.left_out.append(f"{name} “{text}”")
            return None

    def strangers(self) -> None:
        self.left_out += [f"“{name}”" for name in self._found if name not in self._asked]


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
        raise ValueError(f"{day.year} is too far away")
    return day
