"""What a page says while it waits for its turn to be computed."""

from __future__ import annotations

import time
from collections.abc import Callable

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from ui import text

_WORTH_SAYING_SECONDS = 1.0


class Turn:
    """A page's turn, and where it is said that it has not come yet."""

    def __init__(
        self, slot: DeltaGenerator, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._slot, self._monotonic = slot, monotonic
        self._since = monotonic()
        self._is_said = False

    def waits(self) -> None:
        """Says so once it is worth saying; raises what Streamlit ends a run with."""
        st.session_state.get("turn")  # where Streamlit looks whether the run is still wanted
        if not self._is_said and self._monotonic() - self._since > _WORTH_SAYING_SECONDS:
            self._slot.caption(text.WAITS_FOR_ITS_TURN)
            self._is_said = True

    def has_come(self) -> None:
        """Nothing is said any more."""
        if self._is_said:
            self._slot.empty()
            self._is_said = False
