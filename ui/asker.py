"""Who looks, for the farm's line: clients take turns there, and the sessions of one client."""

from __future__ import annotations

from uuid import uuid4

import streamlit as st

from stats.shares import Asker

_SESSION = "session"


def asker() -> Asker:
    """The client, as the server knows its address, in this session.

    Behind a proxy that is trusted to tell it (docs/deploy.md), it is the browser's own address.
    """
    session = st.session_state.setdefault(_SESSION, uuid4().hex)
    return Asker(st.context.ip_address or "", session)
