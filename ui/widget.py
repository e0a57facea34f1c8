"""What widgets show: the view, set where it is another, and else left alone."""

from __future__ import annotations

from typing import Any

import streamlit as st

_SHOWN = "shown_by_widgets"


def shows(key: str, now: Any) -> None:
    """Sets a widget that is about to be drawn to a value of the view, unless it is there already.

    A browser forgets with each setting what somebody is about: the text that is being typed, or
    the first of two days. That stays for as long as the view does.
    """
    shown: dict[str, Any] = st.session_state.setdefault(_SHOWN, {})
    if key not in st.session_state or not _stays(st.session_state[key], now, shown.get(key)):
        st.session_state[key] = now
    shown[key] = now


def _stays(there: Any, now: Any, before: Any) -> bool:
    """Whether what a widget holds is the value, in any order, or half of the next one."""
    if isinstance(now, list) and isinstance(there, list):
        return sorted(there) == sorted(now)
    is_half = isinstance(there, tuple) and len(there) == 1 and now == before
    return is_half or bool(there == now)
