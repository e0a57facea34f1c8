"""Farm Costs: what AWS Deadline Cloud farms cost and how long they ran.

`streamlit run app.py` (or any ASGI server, as `app:app`) serves `app`. Its script is not this file,
since Streamlit takes a script beside a folder `pages/` for an app of the old kind until its first
run has ended: whoever came first, by a link to a page, would read "Page not found".
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st

from ui import backend, dashboard


@asynccontextmanager
async def _lifespan(_: st.App) -> AsyncIterator[None]:
    """Gets ready for the first visitor while the server comes up, and ends what was started."""
    ready = asyncio.create_task(asyncio.to_thread(backend.get_ready))
    yield
    await ready
    backend.close()


app = st.App(Path(dashboard.__file__), lifespan=_lifespan)

if __name__ == "__main__":  # as a script, which is how Streamlit's AppTest runs it
    dashboard.draw()
