"""A link that is not plain about which usage it means: no figures, but why, and how to go on.

Those of another queue, window or user in its place would be taken for what the link is about.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from stats.model import Farm
from ui import blocks, chips, page, session, sidebar
from ui import format as written
from ui.session import Sight
from ui.view import NoSuchFarm

_MOST_FARMS = 5
"""That have a button each; more are chosen in the sidebar."""


def is_so(sight: Sight) -> bool:
    """Whether the view lacks some of what the link says of usage, or is of what is not there."""
    return session.is_astray() or bool(sight.strangers)


def instead(sight: Sight, title: str) -> None:
    """What of the link can't be shown, and the way to what it means without that."""
    st.title(title, anchor=False)
    page.leaves_room()
    st.warning(
        written.markdown(" ".join(_why(sight))),
        title="This link can’t be shown as it is",
        icon=":material/link_off:",
    )
    without = replace(sight, view=sight.known)
    about = " · ".join([*blocks.about(without), *chips.kept(without)])
    st.markdown(written.markdown(f"Without that it is about other figures: {about}."))
    with st.container(horizontal=True):
        go_on = partial(session.turn_to, sight.known)
        st.button("Show those", on_click=go_on, key="w_without_strangers")
        if sight.strangers:
            blocks.try_again()


def on_no_farm(error: NoSuchFarm) -> None:
    """That the link's farm is not there, and the way to those that are."""
    blocks.trouble(error)
    if len(error.farms) <= _MOST_FARMS:
        with st.container(horizontal=True):
            for farm in error.farms:
                _to(farm)


def _to(farm: Farm) -> None:
    name = written.shortened(written.searchable(farm.name or farm.id), 40)
    go = partial(sidebar.another_farm, farm.id)
    st.button(written.markdown(f"Show {name}"), on_click=go, key=f"w_show_{farm.id}")


def _why(sight: Sight) -> list[str]:
    lines = []
    if session.left_out():
        lines.append(f"Not understood: {'; '.join(one.said for one in session.left_out())}.")
    if sight.strangers:
        lines += _unknown("; ".join(sight.strangers), sight.reporter.unheard(sight.view.scope))
    return lines


def _unknown(strangers: str, unheard: str) -> tuple[str, ...]:
    """What is not known, and what may be the reason."""
    look = "Look at the id, and at whether the link is of another farm."
    if unheard:
        may = f"This farm does not list {strangers}, and its history, which may know it, can’t be "
        return f"{may}read.", unheard, look
    new = "What is new is found by “Try again”."
    return f"Neither this farm nor its history knows {strangers}.", look, new
