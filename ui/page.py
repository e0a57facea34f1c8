"""What a page's script starts from: the sight that app.py made in this run."""

from __future__ import annotations

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui.session import Sight

_SIGHT = "sight"
_ROOM = "room_for_trouble"


def lays_out(sight: Sight) -> None:
    """Hands the run's sight to the page that is about to run."""
    st.session_state[_SIGHT] = sight
    st.session_state[_ROOM] = None


def sight() -> Sight:
    """The run's sight."""
    found: Sight = st.session_state[_SIGHT]
    return found


def leaves_room() -> None:
    """Here it is said if something goes wrong further down, so that nobody has to scroll to it."""
    st.session_state[_ROOM] = st.container()


def room() -> DeltaGenerator:
    """Where to say what went wrong: where room was left, else where the page has come to."""
    found: DeltaGenerator | None = st.session_state[_ROOM]
    return found or st.container()
