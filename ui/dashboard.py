"""What every page stands in: navigation, sidebar, and where an error of ours becomes a page.

The server runs this file as its script; `app.py` says why.
"""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from stats.errors import FarmCostsError, QuestionError
from ui import blocks, page, session, sidebar, text

_ROOT = Path(__file__).parents[1]
_ICON = _ROOT / "ui" / "favicon.png"


def draw() -> None:
    """The page that the address asks for, with all that stands around it."""
    st.set_page_config(page_title=text.APP, page_icon=_ICON, layout="wide")
    st.logo(_ICON, size="large")
    pages = _pages()
    chosen = st.navigation(pages, position="hidden")
    view, ways = session.current(), st.sidebar.empty()
    sidebar.links(ways, pages, view)
    try:
        sight = session.sight(view)
        if sight.view != view:
            sidebar.links(ways, pages, sight.view)
        with st.sidebar:
            sidebar.choices(sight)
            more = sidebar.panel()
            sidebar.actions(sight)
    except FarmCostsError as error:
        st.title(chosen.title, anchor=False)
        blocks.trouble(error)
        return
    page.lays_out(sight)
    nameless = sight.nameless_jobs()
    try:
        chosen.run()
    except FarmCostsError as error:
        with page.room():
            blocks.trouble(error)
        if not isinstance(error, QuestionError):
            return
    sidebar.filters(more, sight)
    if sight.nameless_jobs() < nameless:
        st.rerun()  # filters can be called by the names that this run has brought


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
