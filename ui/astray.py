"""A link that is not plain about which usage it means: no figures, but why, and how to go on.

Those of another queue, window or user in its place would be taken for what the link is about.
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import streamlit as st

from ui import blocks, page, session
from ui import format as written
from ui.session import Sight


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
    about = " · ".join(blocks.about(replace(sight, view=sight.known)))
    st.markdown(written.markdown(f"Without that it is about other figures: {about}."))
    go_on = partial(session.turn_to, sight.known)
    st.button("Show those", on_click=go_on, key="w_without_strangers")


def _why(sight: Sight) -> list[str]:
    lines = []
    if session.left_out():
        lines.append(f"Not understood: {'; '.join(one.said for one in session.left_out())}.")
    if sight.strangers:
        lines.append(
            f"Neither this farm nor its history knows {'; '.join(sight.strangers)}. Look at the "
            "id, and at whether the link is of another farm."
        )
    return lines
