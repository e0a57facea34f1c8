"""What a page's script starts from: the sight that app.py made in this run."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from ui import seen
from ui.session import Sight

_SIGHT = "sight"
_ROOM = "room_for_trouble"
_BESIDE = "what_stands_beside"
_SAID = "what_this_run_has_said"
_SHEET = "sheet_and_what_it_is_of"


def lays_out(sight: Sight, beside: Callable[[], None]) -> None:
    """Hands the run's sight to the page that is about to run, and what draws the sidebar anew."""
    st.session_state[_SIGHT] = sight
    st.session_state[_ROOM] = None
    st.session_state[_BESIDE] = beside
    st.session_state[_SAID] = set()
    seen.begins()


def unsaid(lines: Iterable[str]) -> list[str]:
    """Those of some sentences that the page has not said in this run; now it has."""
    said: set[str] = st.session_state[_SAID]
    new = [line for line in dict.fromkeys(lines) if line and line not in said]
    said.update(new)
    return new


def goes_on() -> None:
    """Draws the sidebar anew, before a page has to wait for a figure or once it has them all.

    It has dozens of elements, which a browser draws together with whatever comes with them, and
    stands as it was before meanwhile. It is drawn as part of the whole app: what a page draws is
    gone, with the state of its widgets, on the next page.
    """
    beside: Callable[[], None] | None = st.session_state.get(_BESIDE)
    st.session_state[_BESIDE] = None
    run = get_script_run_ctx()
    if beside and run:
        with run.run_with_active_hash(run.pages_manager.main_script_hash):
            beside()


def sight() -> Sight:
    """The run's sight."""
    found: Sight = st.session_state[_SIGHT]
    return found


def sheet(sight: Sight) -> DeltaGenerator:
    """What the page is drawn on; of another farm, scope or window than before, it is an empty one.

    A browser leaves what a run has not come to yet as it was: the figures of the farm before would
    stand below this one's name for as long as these are waited for. Where there was one sheet there
    is nothing then, and the other of the two lies beside it.
    """
    view = sight.view
    usage = (sight.farm.id, view.scope, view.ids, view.preset, view.first, view.last)
    second, before = st.session_state.get(_SHEET, (False, usage))
    second = second if usage == before else not second
    st.session_state[_SHEET] = second, usage
    if second:
        st.empty()
        return st.container()
    found = st.container()
    st.empty()
    return found


def leaves_room() -> None:
    """Here it is said if something goes wrong further down, so that nobody has to scroll to it."""
    st.session_state[_ROOM] = st.container()


def room() -> DeltaGenerator:
    """Where to say what went wrong: where room was left, else where the page has come to."""
    found: DeltaGenerator | None = st.session_state[_ROOM]
    return found or st.container()
