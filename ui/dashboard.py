"""What every page stands in: navigation, sidebar, and where an error of ours becomes a page.

The server runs this file as its script; `app.py` says why.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import streamlit as st
from streamlit.delta_generator import DeltaGenerator
from streamlit.runtime.scriptrunner import get_script_run_ctx

from stats.errors import FarmCostsError, QuestionError
from stats.model import Farm
from ui import astray, blocks, page, session, sidebar, text
from ui.places import PLACES
from ui.session import Sight
from ui.turn import Turn
from ui.view import NoSuchFarm, View

_ROOT = Path(__file__).parents[1]
_ICON = _ROOT / "ui" / "favicon.png"
_SEEN = "sidebar_seen"


def draw() -> None:
    """The page that the address asks for, once there is a place to compute it in."""
    st.set_page_config(page_title=text.APP, page_icon=_ICON, layout="wide")
    run, turn = get_script_run_ctx(), Turn(st.empty())
    with PLACES.taken(run.session_id if run else turn, turn.waits):
        turn.has_come()
        _draw()


def _draw() -> None:
    """All that is on the page, and that stands around it."""
    st.logo(_ICON, size="large")
    pages = _pages()
    chosen = st.navigation(pages, position="hidden")
    view, beside = session.current(), _Sidebar(pages)
    if not st.session_state.get(_SEEN):  # later runs have that of the run before
        beside.ways(view)
    try:
        sight = session.sight(view)
    except FarmCostsError as error:
        beside.ways(view)
        st.title(chosen.title, anchor=False)
        if isinstance(error, NoSuchFarm):
            beside.farms(error.farms)
            astray.on_no_farm(error)
        else:
            blocks.trouble(error)
        return
    is_astray = astray.is_so(sight)
    page.lays_out(sight, partial(beside.astray if is_astray else beside.draw, sight))
    if not st.session_state.get(_SEEN):
        page.goes_on()
    st.session_state[_SEEN] = True
    nameless = sight.nameless_jobs()
    if not _is_told(sight, chosen, is_astray=is_astray):
        return
    beside.filters(sight)
    if sight.nameless_jobs() < nameless:
        st.rerun()  # filters can be called by the names that this run has brought


def _is_told(sight: Sight, chosen: st.Page, *, is_astray: bool) -> bool:
    """Draws the page; whether it is worth while to ask for more after that."""
    sheet = page.sheet(sight)
    try:
        with sheet:
            if is_astray:
                astray.instead(sight, chosen.title)
            else:
                chosen.run()
    except FarmCostsError as error:
        with sheet, page.room():
            blocks.trouble(error)
        return isinstance(error, QuestionError)
    finally:
        page.goes_on()  # a page that breaks is no reason to lose the way to the others
    return True


class _Sidebar:
    """What stands beside every page, in its places."""

    def __init__(self, pages: dict[str, list[st.Page]]) -> None:
        self._pages = pages
        self._ways, self._place = st.sidebar.container(), st.sidebar.container()
        self._slot: DeltaGenerator | None = None
        self._shown: View | None = None
        self._panel: sidebar.Panel | None = None

    def ways(self, view: View) -> None:
        """The way to every page, with that view; until then that of the run before stands there."""
        self._slot = self._slot or self._ways.empty()
        if self._shown != view:
            sidebar.links(self._slot, self._pages, view)
        self._shown = view

    def farms(self, farms: Sequence[Farm]) -> None:
        """Which farms there are, where that of the view is not among them."""
        with self._place:
            sidebar.farm(farms, None, sidebar.another_farm)

    def astray(self, sight: Sight) -> None:
        """What may be chosen where it is not plain which usage is meant."""
        self.ways(sight.view)
        if not session.is_astray():  # what is not understood can only be let go of
            with self._place:
                sidebar.choices(sight)

    def draw(self, sight: Sight) -> None:
        """All but the filters by key, which have a place."""
        self.ways(sight.view)
        with self._place:
            sidebar.choices(sight)
            self._panel = sidebar.panel()
            sidebar.actions(sight)

    def filters(self, sight: Sight) -> None:
        """The filters by key, once the page has its figures."""
        if self._panel:
            sidebar.filters(self._panel, sight)


def _pages() -> dict[str, list[st.Page]]:
    return {
        "Costs": [
            _page("pages/costs/overview.py", "Overview", "dashboard", first=True),
            _page("pages/costs/users.py", "Users", "group"),
            _page("pages/costs/jobs.py", "Jobs", "movie"),
            _page("pages/costs/instance_types.py", "Instance types", "memory"),
            _page("pages/costs/queues_and_fleets.py", "Queues and fleets", "dns"),
            _page("pages/costs/licences.py", "Licences", "key"),
        ],
        "Analysis": [
            _page("pages/analysis/explore.py", "Explore", "grid_on"),
            _page("pages/analysis/long_range.py", "Long range", "calendar_month"),
        ],
        "Help": [
            _page("pages/help/data.py", "Data", "database"),
            _page("pages/help/about.py", "About the numbers", "info"),
        ],
    }


def _page(script: str, title: str, icon: str, *, first: bool = False) -> st.Page:
    return st.Page(_ROOT / script, title=title, icon=f":material/{icon}:", default=first)


if __name__ == "__main__":
    draw()
