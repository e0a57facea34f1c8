"""The viewer's view: held by the URL, kept in the session, changed by what is clicked.

Widgets are set from the view and write to it, so there is one state. The session keeps it too, for
callbacks, and to tell a link that was followed from what the session wrote into the URL itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

import streamlit as st

from stats.errors import FarmCostsError
from stats.model import Dimension, Farm, Fleet, Period, Question, Queue, Window
from stats.names import Names
from stats.progress import Progress
from stats.report import Reporter
from stats.zone import Zone
from ui import answers, backend, link, text
from ui import format as written
from ui import view as views
from ui.called import Called
from ui.colours import Colours
from ui.tables import told_apart
from ui.view import View

_VIEW = "view"
_ADDRESS = "address"
_LEFT_OUT = "left_out_of_link"
_FRESH = "fresh_since"
_COLOURS = "colours"
_CLICKS = "clicks"


@dataclass(frozen=True)
class Sight:
    """Everything a page needs to ask and to draw: the view with what it is about.

    `trouble` is why queues or fleets, whichever are not counted by, have no names (empty: they do).
    `gone` are the names of those that the farm has not any more, as far as history knows them.
    `strangers` are queues or fleets of the view, in words, that nobody has heard of; `known` is the
    view without them.
    """

    view: View
    farms: tuple[Farm, ...]
    farm: Farm
    queues: tuple[Queue, ...]
    fleets: tuple[Fleet, ...]
    zone: Zone
    now: datetime
    reporter: Reporter
    trouble: str
    gone: Mapping[Dimension, Mapping[str, str]]
    strangers: tuple[str, ...]
    known: View

    @property
    def window(self) -> Window:
        return views.window(self.view, self.now, self.zone)

    @cached_property
    def since(self) -> date | None:
        """The first day that history holds of the farm; None where it holds none."""
        since = self.reporter.since(self.farm.id, self.view.scope, self.zone)
        return since and self.zone.day(since)

    @property
    def days(self) -> tuple[date, date]:
        """The window's first and last local day, both included."""
        return self.zone.day(self.window.start), self.zone.last_day(self.window.end)

    @property
    def period(self) -> Period:
        """The period of charts over time."""
        return views.granularity(self.view, self.window)

    @property
    def resources(self) -> tuple[Queue, ...] | tuple[Fleet, ...]:
        """All queues or fleets of the farm, whichever the view is about."""
        return self.queues if self.view.scope is Dimension.QUEUE else self.fleets

    def question(
        self,
        *by: Dimension,
        period: Period = Period.TOTAL,
        window: Window | None = None,
        without_filters: bool = False,
    ) -> Question:
        """The view's question, broken down by some dimensions."""
        view = replace(self.view, where=(), job_text="") if without_filters else self.view
        everything = tuple(one.id for one in self.resources)
        return views.question(view, everything, window or self.window, self.zone, by, period)

    def nameless_jobs(self) -> frozenset[str]:
        """The jobs that are filtered by and have no name that is known by now."""
        jobs = self.view.filtered(Dimension.JOB)
        return jobs - self.reporter.names.known_jobs(jobs).keys()

    def resources_called(self, kind: Dimension) -> dict[str, str]:
        """The names of the farm's queues, or fleets, by id, all different; deleted ones too."""
        listed = self.queues if kind is Dimension.QUEUE else self.fleets
        return told_apart({**self.gone[kind], **{one.id: one.name for one in listed}})

    @cached_property
    def resource_name(self) -> Called:
        """Queues' and fleets' names; the id where neither the farm nor history knows it."""
        names = {one.id: one.name for one in self.queues} | {f.id: f.name for f in self.fleets}
        gone = {key: name for some in self.gone.values() for key, name in some.items()}
        there = {key: name for key, name in names.items() if name}
        return Called(tuple((gone | there).items()))


def current() -> View:
    """The view of this run, from the URL where that is new, else from the session.

    A URL that was opened stays as it is until something is chosen: the browser would take another
    one for a page more, to go back over.
    """
    found = _address()
    if _VIEW not in st.session_state or found != st.session_state[_ADDRESS]:
        view, left_out = link.parsed(found)
        st.session_state[_VIEW] = view
        st.session_state[_ADDRESS] = found
        st.session_state[_LEFT_OUT] = left_out
    return view_now()


def view_now() -> View:
    """The session's view, also inside of callbacks."""
    view: View = st.session_state[_VIEW]
    return view


def _address() -> dict[str, list[str]]:
    return {name: st.query_params.get_all(name) for name in st.query_params}


def show(view: View) -> None:
    """Makes this the view, in the session and in the URL."""
    st.session_state[_VIEW] = view
    written = link.parameters(view)
    st.session_state[_ADDRESS] = written
    if _address() != written:
        st.query_params.from_dict(written)


def change(**fields: Any) -> None:
    """Changes some fields of the view, as a widget's callback does."""
    turn_to(replace(view_now(), **fields))


def turn_to(view: View) -> None:
    """Makes this the view, as a widget's callback does; what was said of a link is dealt with."""
    st.session_state[_LEFT_OUT] = ()
    show(view)


def only(keys: Mapping[Dimension, str]) -> None:
    """Filters everything by one key of each of some dimensions."""
    st.session_state[_CLICKS] = clicks() + 1
    view = view_now()
    for dimension, key in keys.items():
        view = view.with_filter(dimension, frozenset({key}))
    turn_to(view)


def clicks() -> int:
    """How often was drilled down: part of charts' keys, so that a selection does not linger."""
    return int(st.session_state.get(_CLICKS, 0))


def left_out() -> tuple[link.LeftOut, ...]:
    """What of the link that was opened was not understood."""
    return tuple(st.session_state.get(_LEFT_OUT, ()))


def is_astray() -> bool:
    """Whether it is not understood which usage the link that was opened is about."""
    return any(one.of_usage for one in left_out())


def linked(view: View) -> link.Parameters:
    """The parameters of links to that view; as it was opened, of a link that leads astray."""
    address: link.Parameters = st.session_state[_ADDRESS]
    return address if is_astray() else link.parameters(view)


def refresh() -> None:
    """From now on only answers count that were given after this moment."""
    with suppress(FarmCostsError):  # no reporter, which the next run says; or no history
        reporter = backend.reporter()
        reporter.names.forget()
        st.session_state[_FRESH] = reporter.now()
        answers.forget(reporter.now())
        reporter.history.forget_listings()


def try_again() -> None:
    """Lists anew, asks again for what could not be had, and keeps what was answered already."""
    with suppress(FarmCostsError):  # as above
        reporter = backend.reporter()
        reporter.names.forget_lists()
        answers.forget(reporter.now())


def fresh_since() -> datetime | None:
    """The moment of the last refresh, if there was one."""
    moment: datetime | None = st.session_state.get(_FRESH)
    return moment


def colours() -> Colours:
    """The session's colours: one colour a thing, across all charts."""
    if _COLOURS not in st.session_state:
        st.session_state[_COLOURS] = Colours()
    found: Colours = st.session_state[_COLOURS]
    return found


def sight(view: View) -> Sight:
    """Grounds a view in what the farm has.

    Raises the errors of `stats.errors`, and NoSuchFarm.
    """
    with st.spinner("Connecting…"):
        reporter = backend.reporter()
        with telling(reporter.names) as names:
            farms = names.farms()
            view = views.on_a_farm(view, farms)
            farm = next(f for f in farms if f.id == view.farm_id)
            queues, fleets, trouble = _resources(names, farm, view.scope)
    gone = {
        Dimension.QUEUE: _gone(reporter, farm, Dimension.QUEUE, queues),
        Dimension.FLEET: _gone(reporter, farm, Dimension.FLEET, fleets),
    }
    if trouble:
        gone[view.other] = {}  # what could not be listed is not known to be gone
    known, strangers = views.with_known(view, queues, fleets, gone[view.scope])
    st.session_state[_VIEW] = view
    zone, now = Zone(backend.settings().timezone), reporter.now()
    there = (farms, farm, queues, fleets)
    return Sight(view, *there, zone, now, reporter, trouble, gone, strangers, known)


def _gone(
    reporter: Reporter, farm: Farm, kind: Dimension, listed: tuple[Queue, ...] | tuple[Fleet, ...]
) -> dict[str, str]:
    """The names that history knows of queues, or fleets, that are not listed any more."""
    there = {one.id for one in listed}
    called = reporter.remembered(farm.id, kind)
    return {key: text.deleted(name) for key, name in called.items() if key not in there}


@contextmanager
def telling(names: Names) -> Iterator[Names]:
    """Names for one who waits here: what is asked for, and for how long, is said meanwhile."""
    slot = st.empty()

    def tell(progress: Progress) -> None:
        slot.caption(written.markdown(text.sentence(str(progress))))

    try:
        yield names.telling(tell)
    finally:
        slot.empty()


def _resources(
    names: Names, farm: Farm, scope: Dimension
) -> tuple[tuple[Queue, ...], tuple[Fleet, ...], str]:
    """The farm's queues and fleets, and why those that are not counted by can't be listed.

    Raises the errors of `stats.errors` for those that are.
    """
    if scope is Dimension.QUEUE:
        queues = names.queues(farm.id)
        fleets, trouble = names.fleets_for_names(farm.id)
    else:
        fleets = names.fleets(farm.id)
        queues, trouble = names.queues_for_names(farm.id)
    return queues, fleets, trouble.said
