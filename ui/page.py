"""What a page's script starts from: the sight that app.py made in this run."""

from __future__ import annotations

import streamlit as st

from ui.session import Sight

_SIGHT = "sight"


def lays_out(sight: Sight) -> None:
    """Hands the run's sight to the page that is about to run."""
    st.session_state[_SIGHT] = sight


def sight() -> Sight:
    """The run's sight."""
    found: Sight = st.session_state[_SIGHT]
    return found
