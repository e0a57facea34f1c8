"""Farm Costs: what AWS Deadline Cloud farms cost and how long they ran.

`streamlit run app.py` (or any ASGI server, as `app:app`) serves `app`. Its script is not this file,
since Streamlit takes a script beside a folder `pages/` for an app of the old kind until its first
run has ended: whoever came first, by a link to a page, would read "Page not found".
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from streamlit import config

from server import log
from server.frames import WatchedSockets
from server.guard import Guard, Options
from server.long_links import LongLinks
from server.process import lifespan
from server.slow import SlowReaders
from stats import secrets_toml
from stats.settings import SECRETS
from ui import dashboard, visits


def _options() -> Options:
    """Streamlit's own options; it reads variables itself under `streamlit run` only."""
    hosts = st.get_option("server.allowedHosts")
    return Options(
        hosts=tuple(hosts or os.environ.get("STREAMLIT_SERVER_ALLOWED_HOSTS", "").split()),
        origins=tuple(st.get_option("server.corsAllowedOrigins")),
        base=str(st.get_option("server.baseUrlPath")),
        document=Path(st.__file__).with_name("static").joinpath("index.html").read_text("utf-8"),
    )


def _keep_streamlit_from_a_broken_file() -> None:
    """Where it can't read secrets.toml it answers no request; ours tell what is wrong, on pages."""
    try:
        secrets_toml.read(SECRETS)
    except ValueError:
        config.set_option("secrets.files", [])


@asynccontextmanager
async def _lifespan(of: st.App) -> AsyncIterator[None]:
    """What begins and ends with the server."""
    async with lifespan(of), visits.closing_those_that_have_gone():
        yield


app = st.App(
    Path(dashboard.__file__),
    lifespan=_lifespan,
    middleware=[
        Middleware(WatchedSockets),
        Middleware(SlowReaders),
        Middleware(Guard, options=_options),
        Middleware(LongLinks),
    ],
)

if __name__ == "__main__":  # as a script, which is how Streamlit's AppTest runs it
    dashboard.draw()
else:
    log.set_up()
    _keep_streamlit_from_a_broken_file()
